package report

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// The generated part of the page stands between these two.
const (
	begins = "<!-- make bench writes from here -->"
	ends   = "<!-- to here -->"
)

// Expected is a case that a whole run has.
type Expected struct{ ID, Title string }

// WritePage writes the results into the page at a path, between its two marks. Cases that were
// expected and are not among the results are named as missing.
func WritePage(path string, r *Results, expected []Expected) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(page), begins)
	_, after, closed := strings.Cut(rest, ends)
	if !found || !closed {
		return fmt.Errorf("%s has not the two marks %s and %s to write between", path, begins, ends)
	}
	return replace(path, []byte(before+begins+"\n\n"+Render(r, expected)+"\n"+ends+after))
}

// Render writes the results as Markdown, in the order of the expected cases.
func Render(r *Results, expected []Expected) string {
	var b strings.Builder
	b.WriteString(about(r))
	b.WriteString(summary(r, expected))
	for _, want := range expected {
		i := slices.IndexFunc(r.Cases, func(c Case) bool { return c.ID == want.ID })
		if i < 0 {
			fmt.Fprintf(&b, "\n### %s: %s\n\nNot measured.\n", want.ID, want.Title)
			continue
		}
		b.WriteString("\n" + r.Cases[i].render(newest(r).Run))
	}
	return b.String()
}

// about says where and how most of the cases were measured.
func about(r *Results) string {
	if len(r.Cases) == 0 {
		return "Nothing was measured yet.\n"
	}
	run := newest(r).Run
	return fmt.Sprintf(`The machine: %s. %s; %s. Revision %s, on %s. %s incidents, seed %d; each variant was asked
for %s s in each of %d rounds, in which the variants took turns.
`, run.Machine, run.Database, run.Go, run.Revision, run.Day, thousands(fmt.Sprint(run.Rows)), run.Seed, short(run.Seconds), run.Rounds)
}

// newest is the case that was measured last; results are kept in that order.
func newest(r *Results) *Case { return &r.Cases[len(r.Cases)-1] }

// summary is two ratios of each variant of Oxus and its peers to the last floor of each case: the
// one that does most of what they do.
func summary(r *Results, expected []Expected) string {
	var names []string
	for _, c := range r.Cases {
		for _, v := range c.Variants {
			if !c.Apart && !v.Floor && v.Missing == "" && !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "\nAnswers a second, by those of the floor in the same rounds; more is better, 1 is as quick.\n\n" +
		overview(r, expected, names, (*Case).Ratio) +
		"\nProcessor time of an answer, of the server and the database together, by that of the floor; less is better. It says more than the clock where the machine has " +
		"other work.\n\n" + overview(r, expected, names, (*Case).Burden)
}

// overview is a table of one number of each variant for each case that has a floor.
func overview(r *Results, expected []Expected, names []string, number func(c *Case, name, floor string) float64) string {
	var b strings.Builder
	b.WriteString("| | case | held against | " + strings.Join(names, " | ") + " |\n|---|---|---|" + strings.Repeat("---|", len(names)) + "\n")
	for _, want := range expected {
		i := slices.IndexFunc(r.Cases, func(c Case) bool { return c.ID == want.ID })
		if i < 0 || r.Cases[i].Apart || r.Cases[i].floor() == nil {
			continue
		}
		c := &r.Cases[i]
		cells := []string{want.ID, want.Title, c.floor().Name}
		for _, name := range names {
			cells = append(cells, short(number(c, name, c.floor().Name)))
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

// floor is the last floor that was measured, nil where none was.
func (c *Case) floor() (last *Variant) {
	for i := range c.Variants {
		if v := &c.Variants[i]; v.Floor && v.Missing == "" {
			last = v
		}
	}
	return last
}

func (c *Case) render(newest Run) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n%s\n", c.ID, c.Title, c.Question)
	if c.Failed != "" {
		fmt.Fprintf(&b, "\nNot measured: `%s`\n", strings.ReplaceAll(c.Failed, "`", "'"))
	}
	if len(c.Variants) > 0 {
		b.WriteString("\n" + c.table())
	}
	if len(c.Figures) > 0 {
		b.WriteString("\n| figure | value |\n|---|---|\n")
		for _, f := range c.Figures {
			fmt.Fprintf(&b, "| %s | %s |\n", f.Name, f.value())
		}
	}
	var missing []string
	for _, v := range c.Variants {
		if v.Missing != "" {
			missing = append(missing, v.Name+" ("+v.Missing+")")
		}
	}
	if len(missing) > 0 {
		fmt.Fprintf(&b, "\nNot measured: %s.\n", strings.Join(missing, "; "))
	}
	for _, note := range c.Notes {
		b.WriteString("\n" + note + "\n")
	}
	fmt.Fprintf(&b, "\n%sAs it began %s processes wanted to run.\n", c.Run.unlike(newest), short(c.Run.Load))
	return b.String()
}

// unlike says what run a case is of where that is another than the newest.
func (r Run) unlike(newest Run) string {
	if r.Load = newest.Load; r == newest {
		return ""
	}
	return fmt.Sprintf("Measured on %s at %s, %s incidents, %d × %s s, %s. ", r.Day, r.Revision, thousands(fmt.Sprint(r.Rows)), r.Rounds, short(r.Seconds), r.Machine)
}

func (f *Figure) value() string {
	if f.Missing != "" {
		return "not measured: " + f.Missing
	}
	return strings.TrimSpace(short(f.Value) + " " + f.Unit)
}

// table is a row for each variant, with its ratio to each floor.
func (c *Case) table() string {
	var floors []*Variant
	for i := range c.Variants {
		if v := &c.Variants[i]; v.Floor && v.Missing == "" {
			floors = append(floors, v)
		}
	}
	rate := "answers/s"
	if c.Per == "seconds" {
		rate = "seconds"
	}
	var b strings.Builder
	b.WriteString("| who answers | " + rate + " | p50, ms | p99, ms | ms of processor: server | database | body, kB | errors |")
	for _, f := range floors {
		b.WriteString(" ÷ " + f.Name + " |")
	}
	b.WriteString("\n|---|---|---|---|---|---|---|---|" + strings.Repeat("---|", len(floors)) + "\n")
	for i := range c.Variants {
		if v := &c.Variants[i]; v.Missing == "" {
			b.WriteString(c.row(v, floors))
		}
	}
	return b.String()
}

func (c *Case) row(v *Variant, floors []*Variant) string {
	rate := v.of(func(r *Round) float64 { return r.Rate })
	if c.Per == "seconds" {
		rate = v.of(func(r *Round) float64 { return 1 / r.Rate })
	}
	known := func(number func(*Round) float64) string {
		if middle := v.of(number).middle; middle >= 0 {
			return short(middle)
		}
		return "–"
	}
	size := "–"
	if bytes := v.of(func(r *Round) float64 { return float64(r.Bytes) }).middle; bytes > 0 {
		size = short(bytes / 1000)
	}
	cells := []string{
		v.Name, rate.String(),
		known(func(r *Round) float64 { return r.P50 }), known(func(r *Round) float64 { return r.P99 }),
		known(func(r *Round) float64 { return r.Server }), known(func(r *Round) float64 { return r.Database }),
		size, short(float64(v.errors())),
	}
	for _, f := range floors {
		if f == v {
			cells = append(cells, "1")
			continue
		}
		cells = append(cells, v.ratios(f).String())
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func (v *Variant) errors() (n int) {
	for i := range v.Rounds {
		n += v.Rounds[i].Errors
	}
	return n
}
