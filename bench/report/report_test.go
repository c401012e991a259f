package report_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oxus/bench/report"
)

func rounds(rates ...float64) []report.Round {
	var all []report.Round
	for _, r := range rates {
		all = append(all, report.Round{Rate: r, P50: 1, P99: report.Unknown, Server: report.Unknown, Database: 0, Answers: 3, Bytes: 1500})
	}
	return all
}

func example() *report.Results {
	return &report.Results{Cases: []report.Case{{
		ID: "A", Title: "a page", Question: "`/items`", Per: "answers", Run: report.Run{Revision: "abc", Rows: 1_000_000, Rounds: 3, Seconds: 2},
		Variants: []report.Variant{
			{Name: "bare", Floor: true, Rounds: rounds(1000, 2000, 4000)},
			{Name: "Oxus", Rounds: rounds(500, 1800, 400)},
			{Name: "Oxus, memory", Missing: "this build has none"},
		},
		Figures: []report.Figure{{Name: "idle", Value: 31.84, Unit: "MB"}, {Name: "later", Missing: "no time"}},
	}}}
}

// A ratio is the median of those within the rounds, not one of medians.
func TestRatios(t *testing.T) {
	t.Parallel()
	c := &example().Cases[0]
	for _, want := range []struct {
		name, floor string
		ratio       float64
	}{{"Oxus", "bare", 0.5}, {"bare", "bare", 1}, {"Oxus, memory", "bare", math.NaN()}, {"nobody", "bare", math.NaN()}} {
		got := c.Ratio(want.name, want.floor)
		if got != want.ratio && !(math.IsNaN(got) && math.IsNaN(want.ratio)) {
			t.Errorf("%s to %s is %v, want %v", want.name, want.floor, got, want.ratio)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	text := report.Render(example(), []report.Expected{{ID: "A", Title: "a page"}, {ID: "B", Title: "a larger page"}})
	for _, want := range []string{
		"| A | a page | bare | 0.500 |",
		"| bare | 2,000 (1,000–4,000) | 1.00 | – | – | 0 | 1.50 | 0 | 1 |",
		"| Oxus | 500 (400–1,800) | 1.00 | – | – | 0 | 1.50 | 0 | 0.500 (0.100–0.900) |",
		"Not measured: Oxus, memory (this build has none).",
		"| idle | 31.8 MB |",
		"| later | not measured: no time |",
		"### B: a larger page\n\nNot measured.",
		"1,000,000 incidents",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// Processor time is that of the server and the database; what is unknown of one counts nothing.
func TestBurdens(t *testing.T) {
	t.Parallel()
	c := &report.Case{Variants: []report.Variant{
		{Name: "psql", Floor: true, Rounds: []report.Round{{Server: report.Unknown, Database: 10}, {Server: report.Unknown, Database: 20}}},
		{Name: "Oxus", Rounds: []report.Round{{Server: 5, Database: 10}, {Server: 10, Database: 20}}},
		{Name: "idle", Floor: true, Rounds: []report.Round{{}, {}}},
	}}
	if got := c.Burden("Oxus", "psql"); got != 1.5 {
		t.Errorf("Oxus takes %v times what psql takes, want 1.5", got)
	}
	for _, floor := range []string{"idle", "nobody"} {
		if got := c.Burden("Oxus", floor); !math.IsNaN(got) {
			t.Errorf("against %s: %v", floor, got)
		}
	}
}

// What is shown of another run says so.
func TestCasesOfAnotherRun(t *testing.T) {
	t.Parallel()
	r := example()
	r.Put(report.Case{ID: "B", Title: "later", Run: report.Run{Revision: "def", Rows: 5}})
	text := report.Render(r, []report.Expected{{ID: "A"}, {ID: "B"}})
	if strings.Count(text, "Measured on") != 1 || !strings.Contains(text, "at abc, 1,000,000 incidents") {
		t.Errorf("the older run is not told:\n%s", text)
	}
	r.Put(report.Case{ID: "C", Failed: "503 from `oxus`", Run: report.Run{Revision: "def", Rows: 5}})
	if text := report.Render(r, []report.Expected{{ID: "C"}}); !strings.Contains(text, "Not measured: `503 from 'oxus'`") || r.Has("C") || !r.Has("A") {
		t.Errorf("that C failed is not told:\n%s", text)
	}
	r.Put(report.Case{ID: "A", Title: "again", Run: report.Run{Revision: "def", Rows: 5}})
	if text := report.Render(r, []report.Expected{{ID: "A"}, {ID: "B"}}); strings.Contains(text, "Measured on") || len(r.Cases) != 3 {
		t.Errorf("both are of one run:\n%s", text)
	}
}

func TestWritePage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# By hand\n")
	if err := report.WritePage(path, example(), nil); err == nil {
		t.Error("a page without marks was written")
	}
	write("# By hand\n<!-- make bench writes from here -->\nold\n<!-- to here -->\nmore by hand\n")
	for range 2 {
		if err := report.WritePage(path, example(), []report.Expected{{ID: "A"}}); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "# By hand\n") || !strings.HasSuffix(got, "more by hand\n") || strings.Contains(got, "old") || strings.Count(got, "### A") != 1 {
		t.Errorf("the page is\n%s", got)
	}
}

func TestKeptResults(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "results.json")
	none, err := report.Read(path)
	if err != nil || len(none.Cases) != 0 {
		t.Fatalf("no file: %v, %v", none, err)
	}
	if err := example().Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := report.Read(path)
	if err != nil || len(got.Cases) != 1 || got.Cases[0].Ratio("Oxus", "bare") != 0.5 {
		t.Errorf("read back: %+v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a broken file: %v", err)
	}
}
