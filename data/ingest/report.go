package ingest

import (
	"fmt"
	"io"
	"strings"

	"github.com/paulmach/orb"
	spherical "github.com/paulmach/orb/geo"

	"oxus/geo"
)

// Report tells what an import found: counts, every difference, every refused
// record by rule and place, and what was repaired or kept.
type Report struct {
	Collection string
	File       string
	Digest     string
	Layer      string
	// CRS is the name of the file's coordinate reference system, Operation how
	// its positions come to WGS 84, with the accuracy of that.
	CRS, Operation string
	Mapping        Mapping

	Stored  int
	Records int
	New     []string
	Changed []Change
	Same    int
	// Missing are stored features the file does not have; an import never
	// removes them.
	Missing         []string
	Rejected        []geo.Fault
	RejectedRecords int
	Notes           []Note
	// DroppedZ and DroppedM count geometries whose heights or measures are not
	// kept.
	DroppedZ, DroppedM int
}

// Note is something done to a feature that its maintainer should know.
type Note struct {
	Feature, Text string
}

// Change is how a stored feature would change.
type Change struct {
	ID         string
	Properties []PropertyChange
	// Moved is the distance in metres the geometry moves, 0 when it stays.
	Moved float64
}

// PropertyChange is one property before and after.
type PropertyChange struct {
	Name          string
	Before, After string
}

func (r *Report) note(feature, text string) {
	r.Notes = append(r.Notes, Note{feature, text})
}

// difference lists what differs between the stored feature and the new one.
func difference(c *geo.Collection, before, after *geo.Feature) Change {
	ch := Change{ID: after.ID}
	add := func(name, old, new string) {
		if old != new {
			ch.Properties = append(ch.Properties, PropertyChange{name, old, new})
		}
	}
	for i, p := range c.Properties {
		if !geo.EqualValues(before.Values[i], after.Values[i]) {
			add(p.Name, show(before.Values[i]), show(after.Values[i]))
		}
	}
	add(c.Lifetime.From, before.Lifetime.From.String(), after.Lifetime.From.String())
	add(c.Lifetime.To, before.Lifetime.To.String(), after.Lifetime.To.String())
	add(geo.SourcesID, strings.Join(before.Sources, "|"), strings.Join(after.Sources, "|"))
	ch.Moved = moved(before.Geometry, after.Geometry)
	return ch
}

func show(v geo.Value) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, "|")
	}
	return asText(v)
}

// moved returns the greatest distance between counterparts, or between the
// first positions when the geometries have no counterparts.
func moved(a, b orb.Geometry) float64 {
	pa, pb := geo.Positions(a), geo.Positions(b)
	var most float64
	for i := range min(len(pa), len(pb)) {
		most = max(most, spherical.Distance(pa[i], pb[i]))
	}
	return most
}

// shown is how many entries of a list a text report prints.
const shown = 20

// WriteText writes the report for a terminal, counts first.
func (r *Report) WriteText(w io.Writer) error {
	t := &textReport{w: w}
	t.line("%s, layer %s → %s", r.File, r.Layer, r.Collection)
	t.line("  coordinate reference system: %s", r.CRS)
	t.line("  positions: %s", r.Operation)
	t.line("%d records: %d new, %d changed, %d same, %d refused; %d stored features are not in the file",
		r.Records, len(r.New), len(r.Changed), r.Same, r.RejectedRecords, len(r.Missing))
	if r.DroppedZ+r.DroppedM > 0 {
		t.line("  heights dropped from %d geometries, measures from %d", r.DroppedZ, r.DroppedM)
	}
	for _, m := range r.Mapping.Matches {
		if m.Field != m.Property {
			t.line("  field %s fills %s", m.Field, m.Property)
		}
	}
	t.list("ignored", r.Mapping.Ignored)
	t.list("new", r.New)
	t.list("changed", describe(r.Changed))
	t.list("not in the file", r.Missing)
	t.list("note", noteTexts(r.Notes))
	t.list("refused", faultTexts(r.Rejected))
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

func (t *textReport) list(title string, entries []string) {
	for i, e := range entries {
		// Refused records are what a maintainer has to mend: all are listed.
		if i == shown && title != "refused" {
			t.line("  … and %d more", len(entries)-shown)
			return
		}
		t.line("  %s: %s", title, e)
	}
}

func describe(changes []Change) []string {
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

func noteTexts(notes []Note) []string {
	texts := make([]string, len(notes))
	for i, n := range notes {
		texts[i] = n.Feature + ": " + n.Text
	}
	return texts
}

func faultTexts(faults []geo.Fault) []string {
	texts := make([]string, len(faults))
	for i, f := range faults {
		texts[i] = f.String()
	}
	return texts
}
