package ingest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
	"oxus/geo/charset"
)

// Report tells what an import found and would do, or did: counts first, then what
// was found in the records, and the first of the differences. All of these are among
// what is staged.
type Report struct {
	Import     string `json:"import,omitempty"`
	Collection string `json:"collection"`
	File       string `json:"file,omitempty"`
	Digest     string `json:"sha256,omitempty"`
	Layer      string `json:"layer,omitempty"`
	Actor      string `json:"actor"`
	// Compared is the moment on the record clock that the data was compared at.
	Compared time.Time `json:"compared"`

	Counts Counts `json:"counts"`
	// Questions are open: until they are answered nothing more is known.
	Questions []Question `json:"questions,omitempty"`
	Findings  Findings   `json:"findings"`

	Mode    Mode    `json:"mode,omitempty"`
	Missing Missing `json:"missing,omitempty"`
	// Audience is whom what the import brings is kept for, blank for nobody.
	Audience geo.Role `json:"audience,omitempty"`
	Key      string   `json:"key,omitempty"`
	// Encoding says how texts were decoded, CRS which system the positions are in,
	// Operation how they come to WGS 84, with the accuracy of that.
	Encoding  string  `json:"encoding,omitempty"`
	CRS       string  `json:"crs,omitempty"`
	Operation string  `json:"crs_operation,omitempty"`
	Mapping   Mapping `json:"mapping"`
	// Notes say in words how the file was read, and what was left out or set right.
	Notes []string `json:"notes,omitempty"`

	New     []string `json:"new,omitempty"`
	Changed []Change `json:"changed,omitempty"`
	Gone    []string `json:"gone,omitempty"`

	// Staging names what was staged with this report.
	Staging string `json:"staging,omitempty"`
	// Parts is how many rows each part of it has.
	Parts []int `json:"parts,omitempty"`

	kind geo.RowKind
}

// Counts are the numbers of an import.
type Counts struct {
	// Stored is how many rows there were to compare with, Records how many the file
	// has.
	Stored  int `json:"stored"`
	Records int `json:"records"`
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	// Missing are stored and not in the file, Removed are those that go.
	Missing int `json:"missing"`
	Removed int `json:"removed"`
	// Refused have errors; LeftOut are not what the mode is about.
	Refused  int `json:"refused"`
	LeftOut  int `json:"left_out"`
	DroppedZ int `json:"heights_dropped"`
	DroppedM int `json:"measures_dropped"`
}

// Change is how a stored row would change.
type Change struct {
	ID         string           `json:"id"`
	Properties []PropertyChange `json:"properties,omitempty"`
	// Moved is the distance in metres the geometry moves, 0 when it stays.
	Moved float64 `json:"moved_m,omitempty"`
}

// PropertyChange is one property before and after, as texts.
type PropertyChange struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// shown is how many rows of a list a report has.
const shown = 20

func newReport(r *Request, t *target, layer geo.Layer) *Report {
	return &Report{
		Import: r.Import, Collection: r.Collection, File: r.File, Digest: r.Digest, Layer: layer.Name(), Actor: r.Actor, Compared: r.Now,
		Mode: r.Options.mode(), Missing: r.Options.Missing, Key: r.Options.key(), kind: t.kind, Findings: Findings{List: []Finding{}, Tallies: []Tally{}},
	}
}

func (r *Report) ask(q *Question) { r.Questions = append(r.Questions, *q) }

// Errors is how many findings keep the import from being staged.
func (r *Report) Errors() int { return r.Findings.Count(Error) }

// Warnings is how many there are to accept.
func (r *Report) Warnings() int { return r.Findings.Count(Warning) }

// State is how far the import has come by what the report says.
func (r *Report) State() geo.ImportState {
	switch {
	case len(r.Questions) > 0:
		return geo.Decoded
	case r.Errors() > 0:
		return geo.Checked
	default:
		return geo.Staged
	}
}

// count counts an entry that is emitted, and lists the first of each kind. The
// source that an import itself is does not count.
func (r *Report) count(e *Entry, atlas *geo.Atlas) {
	action := e.Action()
	switch {
	case e.Kind != r.kind && action != geo.RowRemoved:
	case action == geo.RowAdded:
		if r.Counts.New++; r.Counts.New <= shown {
			r.New = append(r.New, e.ID)
		}
	case action == geo.RowRemoved:
		r.Counts.Removed++
	default:
		if r.Counts.Changed++; r.Counts.Changed <= shown {
			r.Changed = append(r.Changed, describe(e, atlas))
		}
	}
}

// withdraw takes back what was counted of a feature whose record is refused after all.
func (r *Report) withdraw(id string, isNew bool) {
	if isNew {
		r.Counts.New--
		r.New = slices.DeleteFunc(r.New, func(other string) bool { return other == id })
		return
	}
	r.Counts.Changed--
	r.Changed = slices.DeleteFunc(r.Changed, func(ch Change) bool { return ch.ID == id })
}

func (r *Report) miss(gone []*geo.Feature) {
	r.Counts.Missing = len(gone)
	for _, f := range gone[:min(len(gone), shown)] {
		r.Gone = append(r.Gone, f.ID)
	}
}

// describe writes the differences of an entry as texts; geometries are told by how
// far they move.
func describe(e *Entry, atlas *geo.Atlas) Change {
	ch := Change{ID: e.ID, Moved: e.Moved()}
	for _, d := range e.Differences(atlas) {
		if isGeometry(d.Before) || isGeometry(d.After) {
			if ch.Moved == 0 {
				ch.Properties = append(ch.Properties, PropertyChange{d.Name, place(d.Before), place(d.After)})
			}
			continue
		}
		ch.Properties = append(ch.Properties, PropertyChange{d.Name, show(d.Before), show(d.After)})
	}
	return ch
}

func isGeometry(v geo.Value) bool {
	_, is := v.(orb.Geometry)
	return is
}

func place(v geo.Value) string {
	if v == nil {
		return "not located"
	}
	return v.(orb.Geometry).GeoJSONType()
}

func show(v geo.Value) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, "|")
	}
	return asText(v)
}

// ParseReport reads a report that an import has kept.
func ParseReport(text json.RawMessage) (*Report, error) {
	r := &Report{}
	if len(text) == 0 {
		return r, nil
	}
	return r, json.Unmarshal(text, r)
}

// WriteText writes the report for a terminal, counts first.
func (r *Report) WriteText(w io.Writer) error {
	t := &textReport{w: w}
	c := &r.Counts
	t.line("%s, layer %s → %s", r.File, r.Layer, r.Collection)
	for _, told := range []struct{ name, value string }{
		{"coordinate reference system", r.CRS}, {"positions", r.Operation},
	} {
		if told.value != "" {
			t.line("  %s: %s", told.name, told.value)
		}
	}
	if len(r.Questions) == 0 || c.Records > 0 {
		t.line("%d records: %d new, %d changed, %d same, %d refused; %d stored features are not in the file",
			c.Records, c.New, c.Changed, c.Same, c.Refused, c.Missing)
	}
	for _, told := range []struct {
		count int
		text  string
	}{
		{c.Removed, "rows are removed"},
		{c.LeftOut, "records are left out by the mode " + string(r.Mode)},
		{c.DroppedZ, "geometries lose their heights"},
		{c.DroppedM, "geometries lose their measures"},
	} {
		if told.count > 0 {
			t.line("  %d %s", told.count, told.text)
		}
	}
	for _, note := range r.Notes {
		t.line("  %s", note)
	}
	for _, m := range r.Mapping.Matches {
		if m.Field != m.Property {
			t.line("  field %s fills %s", m.Field, m.Property)
		}
	}
	t.list("ignored", r.Mapping.Ignored, len(r.Mapping.Ignored))
	t.list("new", r.New, c.New)
	t.list("changed", changeTexts(r.Changed), c.Changed)
	if r.Mode == Replace {
		t.list("not in the file", r.Gone, c.Missing)
	}
	t.findings(r)
	t.questions(r.Questions)
	return t.err
}

type textReport struct {
	w   io.Writer
	err error
}

func (t *textReport) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

func (t *textReport) list(title string, entries []string, total int) {
	for _, e := range entries[:min(len(entries), shown)] {
		t.line("  %s: %s", title, e)
	}
	if more := total - shown; more > 0 {
		t.line("  … and %d more", more)
	}
}

// findings lists every error that is kept, because errors are what a maintainer has
// to mend, and of each other rule the first.
func (t *textReport) findings(r *Report) {
	const first = 5
	for _, s := range []Severity{Repair, Warning, Error} {
		told := map[geo.Rule]int{}
		for _, f := range r.Findings.of(s) {
			if told[f.Rule]++; s == Error || told[f.Rule] <= first {
				t.line("  %s: %s", map[Severity]string{Repair: "repaired", Warning: "warning", Error: "refused"}[s], &f)
			}
		}
		for _, tally := range r.Findings.Tallies {
			listed := told[tally.Rule]
			if s != Error {
				listed = min(listed, first)
			}
			if tally.Severity == s && tally.Count > listed {
				t.line("  … and %d more (%s)", tally.Count-listed, tally.Rule)
			}
		}
	}
}

func (t *textReport) questions(questions []Question) {
	for _, q := range questions {
		t.line("question %s: %s", q.Option, q.Detail)
		for _, c := range q.Choices {
			t.line("  %s: %s", c.Value, c.Detail)
			for _, s := range c.Samples {
				t.line("    %s", s)
			}
			if b := c.Bounds; b != nil {
				t.line("    would lie in %.4f %.4f – %.4f %.4f", b[0], b[1], b[2], b[3])
			}
		}
	}
}

func changeTexts(changes []Change) []string {
	texts := make([]string, len(changes))
	for i, ch := range changes {
		parts := make([]string, 0, len(ch.Properties)+1)
		for _, p := range ch.Properties {
			parts = append(parts, fmt.Sprintf("%s %q → %q", p.Name, p.Before, p.After))
		}
		if ch.Moved > 0 {
			parts = append(parts, fmt.Sprintf("moved by %.2f m", ch.Moved))
		}
		texts[i] = ch.ID + ": " + strings.Join(parts, ", ")
	}
	return texts
}

// What a layer may say beside its records; formats that have nothing to say do
// without.
type (
	// teller says how a layer was read, and what was left out or set right.
	teller interface{ Notes() []string }
	// counted says how many records a layer claims to have, less than 0 where nobody knows.
	counted interface{ Len() int }
	// decoded says how texts are decoded, and guesses where they are not.
	decoded interface{ Encoding() charset.Encoding }
	// private says that the terms of a dataset forbid to show its rows to others.
	private interface{ Private() bool }
	guesser interface {
		Guess() ([]charset.Candidate, error)
	}
)

func (r *Report) tell(layer geo.Layer) {
	if p, ok := layer.(private); ok && p.Private() {
		r.Findings.add(&Finding{
			Severity: Warning, Rule: RulePrivate,
			Detail: "the terms of this dataset forbid to pass its rows on: only those with a key of the role " + string(r.Audience) + " or above will see them",
		})
		r.Findings.sort()
	}
	if d, ok := layer.(decoded); ok {
		r.Encoding = d.Encoding().String()
	}
	if t, ok := layer.(teller); ok {
		r.Notes = t.Notes()
	}
}

// askEncoding asks what the texts are in, and shows how they would read. Nothing is
// decoded by a guess.
func (r *Report) askEncoding(guesses []charset.Candidate) {
	choices := make([]Choice, len(guesses))
	for i, g := range guesses {
		choices[i] = Choice{Value: g.Name, Detail: fmt.Sprintf("reads like %s, %.0f %%", g.Language, 100*g.Score), Samples: g.Samples}
	}
	r.ask(ask("encoding", choices, "texts are not in the encoding that the file names, or it names none; say which it is"))
}

// brokenReport is that of a file that cannot be read as a whole.
func brokenReport(r *Request, broken *geo.Error) *Report {
	report := &Report{
		Import: r.Import, Collection: r.Collection, File: r.File, Digest: r.Digest, Actor: r.Actor, Compared: r.Now, Mode: r.Options.mode(),
		Missing: r.Options.Missing, Key: r.Options.key(), Findings: Findings{List: []Finding{}, Tallies: []Tally{}},
	}
	if broken.Detail != "" {
		report.Findings.add(&Finding{Severity: Error, Detail: broken.Detail})
	}
	for i := range broken.Faults {
		report.Findings.add(faulted(&broken.Faults[i]))
	}
	return report
}

// warned are the listed warnings as faults, for an error to name.
func (r *Report) warned() []geo.Fault {
	var faults []geo.Fault
	for _, f := range r.Findings.of(Warning)[:min(r.Warnings(), maxRows)] {
		faults = append(faults, geo.Fault{Rule: f.Rule, Place: geo.Place{Record: f.Record, Feature: f.Feature, Field: f.Field, Point: f.At}, Detail: f.Detail})
	}
	return faults
}

func sortedFaults(faults []geo.Fault) []geo.Fault {
	slices.SortFunc(faults, func(a, b geo.Fault) int { return cmp.Compare(a.Place.Feature, b.Place.Feature) })
	return faults
}

// RowChange is what becomes of one row, as texts.
type RowChange struct {
	Record     int              `json:"record,omitempty"`
	Action     geo.ImportAction `json:"action"`
	Collection string           `json:"collection,omitempty"`
	Kind       geo.RowKind      `json:"kind"`
	Change
}

// Described writes a row as texts.
func Described(row *geo.ImportRow, atlas *geo.Atlas) RowChange {
	return RowChange{row.Record, row.Action(), row.Collection, row.Kind, describe(row, atlas)}
}

// String writes the row on one line.
func (r RowChange) String() string {
	return fmt.Sprintf("%s %s %s/%s", r.Action, r.Kind, r.Collection, changeTexts([]Change{r.Change})[0])
}
