package ingest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// observation is something about a record that can be taken which its maintainer
// should know, and accept, before it is.
type observation struct {
	rule geo.Rule
	// look returns what it sees, nil when there is nothing to see. A finding with a
	// rule of its own keeps it.
	look func(b *builder, seen *sight) *Finding
}

// sight is a record with what it becomes and what is stored of it, nil when it is
// new.
type sight struct {
	record *geo.Record
	f      *geo.Feature
	stored *geo.Feature
}

// moved reports whether the record brings a geometry that is not stored: what is
// stored was accepted before.
func (s *sight) moved() bool {
	return s.f.Geometry != nil && (s.stored == nil || s.stored.Geometry == nil || !orb.Equal(s.stored.Geometry, s.f.Geometry))
}

// brings reports whether the record gives a property a value that is not stored.
func (s *sight) brings(i int) bool {
	return s.f.Values[i] != nil && (s.stored == nil || !geo.EqualValues(s.stored.Values[i], s.f.Values[i]))
}

// The rules of what is only observed.
const (
	RuleMovedFar  geo.Rule = "moved-far"
	RuleRegion    geo.Rule = "outside-region"
	RuleExchanged geo.Rule = "coordinates-exchanged"
	RuleDegrees   geo.Rule = "degrees-suspected"
	RuleBorder    geo.Rule = "far-from-border"
	RuleFuture    geo.Rule = "date-in-future"
	RulePast      geo.Rule = "date-long-past"
	RuleLost      geo.Rule = "text-may-be-lost"
	RuleTwice     geo.Rule = "duplicate-suspected"
	RuleThere     geo.Rule = "possible-duplicate"
)

// observations are looked at in their order.
var observations = []observation{
	{RuleMovedFar, movedFar},
	{RuleRegion, outsideRegion},
	{RuleExchanged, exchanged},
	{RuleDegrees, inDegrees},
	{RuleBorder, farFromBorder},
	{RuleSelfCrossing, crossesItself},
	{RuleFuture, inFuture},
	{RulePast, longPast},
	{RuleLost, lostText},
	{RuleMayBeCut, cutText},
	{RuleTwice, twiceInFile},
	{RuleThere, thereAlready},
	{RuleNoGeometry, notLocated},
}

func (b *builder) observe(r *geo.Record, f, stored *geo.Feature) {
	s := &sight{r, f, stored}
	for _, o := range observations {
		found := o.look(b, s)
		if found == nil {
			continue
		}
		if found.Severity == "" {
			found.Severity = Warning
		}
		if found.Rule == "" {
			found.Rule = o.rule
		}
		found.Record, found.Feature = r.Number, f.ID
		b.report.Findings.add(found)
	}
}

// farMove is how many metres a feature may move without a word.
const farMove = 1000

func movedFar(_ *builder, s *sight) *Finding {
	if s.stored == nil || s.stored.Geometry == nil || s.f.Geometry == nil || orb.Equal(s.stored.Geometry, s.f.Geometry) {
		return nil
	}
	if moved := geo.Displacement(s.stored.Geometry, s.f.Geometry); moved > farMove {
		return &Finding{At: firstOf(s.f.Geometry), Detail: fmt.Sprintf("it moves by %.1f km from where it is stored", moved/1000)}
	}
	return nil
}

// region is what the collections are about, in longitude and latitude.
var region = orb.Bound{Min: orb.Point{55, 29}, Max: orb.Point{80, 45}}

func outsideRegion(_ *builder, s *sight) *Finding {
	for _, p := range geo.Positions(s.f.Geometry) {
		if !region.Contains(p) {
			return &Finding{At: &p, Detail: "it lies outside the region, longitude 55 to 80, latitude 29 to 45"}
		}
	}
	return nil
}

// exchanged sees a record that lies outside the region and would lie inside, were its
// two coordinates the other way round.
func exchanged(b *builder, s *sight) *Finding {
	if !s.moved() {
		return nil
	}
	first := firstOf(s.f.Geometry)
	if first == nil || region.Contains(*first) {
		return nil
	}
	flat := s.record.Geometry.FlatCoords()
	p := orb.Point{flat[0], flat[1]}
	if b.swapped {
		p = orb.Point{flat[1], flat[0]}
	}
	there, inside := b.exchange(p)
	if !inside {
		return nil
	}
	advice := fmt.Sprintf("where all are so, answer crs with %q", b.crs.String()+swappedSuffix)
	if b.swapped {
		advice = fmt.Sprintf("where all are so, answer crs with %q", b.crs.String())
	}
	return &Finding{
		At:     first,
		Detail: fmt.Sprintf("its coordinates seem to be exchanged: the other way round it would lie at %.5f %.5f; %s", there[0], there[1], advice),
	}
}

// inDegrees sees a record that lies outside the region by its system, and inside where
// its coordinates are read as longitude and latitude.
func inDegrees(_ *builder, s *sight) *Finding {
	first := firstOf(s.f.Geometry)
	if !s.moved() || first == nil || region.Contains(*first) {
		return nil
	}
	flat := s.record.Geometry.FlatCoords()
	if !region.Contains(orb.Point{flat[0], flat[1]}) {
		return nil
	}
	return &Finding{
		At:     first,
		Detail: fmt.Sprintf("its coordinates %.5f %.5f seem to be longitude and latitude; where all are so, answer crs with EPSG:4326", flat[0], flat[1]),
	}
}

// exchange returns where a position, as its system has it, would lie with its
// coordinates the other way round, when that is inside the region.
func (b *builder) exchange(p orb.Point) (orb.Point, bool) {
	if b.crs == nil || b.crs.Check(p[1], p[0]) != nil {
		return p, false
	}
	lon, lat := b.crs.ToWGS84(p[1], p[0])
	return orb.Point{lon, lat}, region.Contains(orb.Point{lon, lat})
}

// farFrom is how many metres from a border a crossing or bazaar may lie without a
// word. The borders that are drawn miss the real ones by up to 4.4 km.
const farFrom = 5000

// atBorders are the collections whose features stand at a border.
var atBorders = []string{"crossings", "bazaars"}

func farFromBorder(b *builder, s *sight) *Finding {
	p, isPoint := s.f.Geometry.(orb.Point)
	if b.request.Borders == nil || !isPoint || !s.moved() || !slices.Contains(atBorders, b.target.ID) || !region.Contains(p) {
		return nil
	}
	switch {
	case b.request.Borders.Within(p, farFrom):
		return nil
	case b.report.Findings.Count(Warning) >= maxFindings:
		return &Finding{} // which is counted only: finding the nearest border costs more than all else
	}
	metres := b.request.Borders.Distance(p)
	return &Finding{At: &p, Detail: fmt.Sprintf("it lies %.1f km from the nearest border of a country as the map draws it", metres/1000)}
}

func inFuture(b *builder, s *sight) *Finding {
	for _, end := range b.ends(s.f) {
		if end.date.Known() && end.date.First() > b.today {
			return &Finding{Field: end.name, Detail: fmt.Sprintf("%s lies ahead", end.date)}
		}
	}
	return nil
}

// end is one end of a lifetime, with its name.
type end struct {
	name string
	date geo.PartialDate
}

func (b *builder) ends(f *geo.Feature) []end {
	return []end{{b.target.Lifetime.From, f.Lifetime.From}, {b.target.Lifetime.To, f.Lifetime.To}}
}

// longPastYear is the first year that needs no word: nothing of what the collections
// hold is older, and 0202 and 1023 are slips of the pen.
const longPastYear = 1800

func longPast(b *builder, s *sight) *Finding {
	past := func(name string, d geo.PartialDate) *Finding {
		if d.Known() && d.First() < geo.NewDate(longPastYear, time.January, 1) {
			return &Finding{Field: name, Detail: fmt.Sprintf("%s is before the year %d", d, longPastYear)}
		}
		return nil
	}
	for k, e := range b.ends(s.f) {
		if s.stored != nil && b.ends(s.stored)[k].date == e.date {
			continue
		}
		if found := past(e.name, e.date); found != nil {
			return found
		}
	}
	for i := range b.target.Properties {
		p := &b.target.Properties[i]
		if !s.brings(i) {
			continue
		}
		year, isNumber := s.f.Values[i].(int64)
		if isNumber && strings.HasSuffix(p.Name, "_year") && year < longPastYear {
			return &Finding{Field: p.Name, Detail: fmt.Sprintf("%d is before the year %d", year, longPastYear)}
		}
		if text, isText := s.f.Values[i].(string); isText && p.Type == geo.Partial {
			d, err := geo.ParsePartialDate(text)
			if found := past(p.Name, d); err == nil && found != nil {
				return found
			}
		}
	}
	return nil
}

// wholeField is how many bytes a text must at least have that fills the widest field
// of a .dbf, 254 bytes, as far as Record.Filled tells. Narrower fields are filled by
// codes and names that are whole.
const wholeField = 250

// cutText sees texts that fill the widest field there is. Where what is stored begins
// with the text, that was kept, and told, before.
func cutText(b *builder, s *sight) *Finding {
	for i := range b.target.Properties {
		field, p := b.fields[i], &b.target.Properties[i]
		if !filled(s.record, field) {
			continue
		}
		text := asText(valueOf(s.record, field))
		if len(text) >= wholeField && s.brings(i) {
			return &Finding{Field: p.Name, Detail: fmt.Sprintf("the text fills its field and may be cut: it ends with %q", lastOf(text, 30))}
		}
	}
	return nil
}

func lastOf(text string, runes int) string {
	all := []rune(text)
	return string(all[max(0, len(all)-runes):])
}

func notLocated(b *builder, s *sight) *Finding {
	if s.stored != nil || s.f.Geometry != nil || b.target.Geometry == geo.NoGeometry {
		return nil
	}
	if s.record.Geometry != nil {
		return &Finding{Detail: "its geometry is empty, which is none: it will be known but not located"}
	}
	return &Finding{Detail: "it has no geometry: it will be known but not located"}
}

// firstOf is the first position of a geometry, nil where there is none that can be
// told.
func firstOf(g orb.Geometry) *orb.Point {
	for _, p := range geo.Positions(g) {
		if !math.IsNaN(p[0]+p[1]) && !math.IsInf(p[0]+p[1], 0) {
			return &p
		}
	}
	return nil
}
