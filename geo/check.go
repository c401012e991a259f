package geo

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

// The rules of the data. Stores that hold them as constraints report them by
// the same names.
const (
	RuleID           Rule = "feature-id"
	RuleDuplicateID  Rule = "duplicate-id"
	RuleRequired     Rule = "required-property"
	RuleType         Rule = "property-type"
	RuleCode         Rule = "unknown-code"
	RuleRange        Rule = "out-of-range"
	RuleGeometryType Rule = "geometry-type"
	RuleCoordinates  Rule = "coordinates-out-of-range"
	RuleNoSource     Rule = "source-required"
	RuleSource       Rule = "unknown-source"
	RuleSourceTwice  Rule = "source-twice"
	RuleFeature      Rule = "unknown-feature"
	RuleSelf         Rule = "names-itself"
	RuleCollection   Rule = "unknown-collection"
	RuleDateOrder    Rule = "date-order"
	RuleDateMissing  Rule = "date-required"
	RuleEndBasis     Rule = "end-basis"
	RuleOverlap      Rule = "overlapping-phases"
	RuleChanged      Rule = "changed-meanwhile"
)

// SourcesID and StatusID stand for the two tables beside the collections where
// a place or a version is asked for.
const (
	SourcesID = "sources"
	StatusID  = "status"
)

// maxID is how many letters an id has at most.
const maxID = 100

// isID reports whether a text is one to maxID letters, digits, '.', '_' and '-', the
// first a letter or digit. Every row of an import is held against it, several times:
// a regular expression costs ten times as much.
func isID(s string) bool {
	if s == "" || len(s) > maxID || strings.IndexByte("._-", s[0]) >= 0 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// Places tells where a feature, a period (under StatusID) or a source (under
// SourcesID) came from, for faults to name.
type Places func(collection, id string) Place

// ByFeature names places by collection and id alone.
func ByFeature(collection, id string) Place { return Place{Feature: collection + "/" + id} }

// Check holds a whole dataset against the rules: values against the
// declarations, ids, dates, codes, positions, every reference, and phases that
// overlap.
func (a *Atlas) Check(ds *Dataset, at Places) []Fault {
	k := checker{atlas: a, at: at, known: knownIDs(a, ds)}
	k.dataset(ds)
	return k.faults
}

func (k *checker) dataset(ds *Dataset) {
	for i := range ds.Sources {
		k.source(&ds.Sources[i])
	}
	for _, c := range k.atlas.Collections {
		for i := range ds.Features[c.ID] {
			k.feature(c, &ds.Features[c.ID][i])
		}
	}
	for i := range ds.Periods {
		k.period(&ds.Periods[i])
	}
	k.overlaps(ds.Periods)
}

// CheckFeature holds one feature against its declaration, references aside.
func (c *Collection) CheckFeature(f *Feature, place Place) []Fault {
	k := checker{at: func(string, string) Place { return place }}
	k.content(c, f)
	return k.faults
}

type checker struct {
	atlas  *Atlas
	at     Places
	known  map[string]map[string]int // ids by collection, SourcesID, and project: how often
	faults []Fault
}

const projectsOf = "projects of "

func knownIDs(a *Atlas, ds *Dataset) map[string]map[string]int {
	known := map[string]map[string]int{SourcesID: {}, StatusID: {}}
	for _, s := range ds.Sources {
		known[SourcesID][s.ID]++
	}
	for _, p := range ds.Periods {
		known[StatusID][p.Collection+"/"+p.ID]++
	}
	for _, c := range a.Collections {
		ids, projects := map[string]int{}, map[string]int{}
		project := c.PropertyIndex(c.Project)
		for _, f := range ds.Features[c.ID] {
			ids[f.ID]++
			if project >= 0 && project < len(f.Values) {
				name, _ := f.Values[project].(string)
				projects[name]++
			}
		}
		known[c.ID], known[projectsOf+c.ID] = ids, projects
	}
	return known
}

func (k *checker) add(rule Rule, place Place, format string, args ...any) {
	k.faults = append(k.faults, Fault{rule, place, fmt.Sprintf(format, args...)})
}

func (k *checker) source(s *Source) {
	place := k.at(SourcesID, s.ID)
	if !isID(s.ID) {
		k.add(RuleID, place, "%q is not an id", s.ID)
	}
	if k.known[SourcesID][s.ID] > 1 {
		k.add(RuleDuplicateID, place, "source %q is there twice", s.ID)
	}
	if isBlank(s.Publisher) || isBlank(s.Title) {
		k.add(RuleRequired, place, "a source has a publisher and a title")
	}
	k.readable(place, s.Publisher, s.Title, s.URL, s.Supports)
	if err := CheckAddress(s.URL); err != nil {
		address := place
		address.Field = "url"
		k.add(RuleType, address, "%s", err)
	}
	if err := CheckAudience(s.Audience); err != nil {
		audience := place
		audience.Field = "audience"
		k.add(RuleCode, audience, "%s", err)
	}
	k.inCalendar(place, s.Published, s.Accessed)
}

// CheckAddress returns an error when a text is no absolute address by http or https,
// which readers are given as a link. Blank is none.
func CheckAddress(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is not an address that begins with http:// or https://", s)
	}
	return nil
}

func (k *checker) feature(c *Collection, f *Feature) {
	k.content(c, f)
	place := k.at(c.ID, f.ID)
	if k.known[c.ID][f.ID] > 1 {
		k.add(RuleDuplicateID, place, "%q is there twice", f.ID)
	}
	k.references(c, f, place)
}

// references holds what a feature rests on against what is there.
func (k *checker) references(c *Collection, f *Feature, place Place) {
	k.cited(f.Sources, place)
	for i, p := range c.Properties {
		if id, ok := valueAt(f, i).(string); ok && p.Refers != "" && k.known[p.Refers][id] == 0 {
			place.Field = p.Name
			k.add(RuleFeature, place, "%s has no feature %q", p.Refers, id)
		}
	}
}

func valueAt(f *Feature, i int) Value {
	if i >= 0 && i < len(f.Values) {
		return f.Values[i]
	}
	return nil
}

func (k *checker) cited(sources []string, place Place) {
	place.Field = SourcesID
	if len(sources) == 0 {
		k.add(RuleNoSource, place, "at least one source is required")
	}
	for _, id := range sources {
		if k.known[SourcesID][id] == 0 {
			k.add(RuleSource, place, "there is no source %q", id)
		}
	}
}

// once refuses a source that one row cites twice.
func (k *checker) once(sources []string, place Place) {
	place.Field = SourcesID
	for i, id := range sources {
		if slices.Index(sources, id) < i {
			k.add(RuleSourceTwice, place, "the source %q is named twice", id)
		}
	}
}

func (k *checker) content(c *Collection, f *Feature) {
	place := k.at(c.ID, f.ID)
	if !isID(f.ID) {
		k.add(RuleID, place, "%q is not an id (letters, digits, '.', '_', '-', at most 100)", f.ID)
	}
	for i := range c.Properties {
		p := &c.Properties[i]
		k.value(p, valueAt(f, i), place)
		// Longer circles are taken: to find them would take the whole collection.
		if p.Refers == c.ID && valueAt(f, i) == f.ID {
			place := place
			place.Field = p.Name
			k.add(RuleSelf, place, "a feature cannot belong to itself")
		}
	}
	if len(f.Values) > len(c.Properties) {
		k.add(RuleType, place, "there are %d values for %d properties", len(f.Values), len(c.Properties))
	}
	if l := f.Lifetime; l.From.Known() && l.To.Known() && l.From.First() > l.To.Last() {
		place := place
		place.Field = c.Lifetime.To
		k.add(RuleDateOrder, place, "it ends (%s) before it starts (%s)", l.To, l.From)
	}
	k.inCalendar(place, f.Lifetime.From, f.Lifetime.To)
	k.once(f.Sources, place)
	k.geometry(c, f.Geometry, place)
}

// readable refuses texts that not every store can hold.
func (k *checker) readable(place Place, texts ...string) {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			k.add(RuleType, place, "the text %q is not UTF-8, or has a zero byte in it", s)
		}
	}
}

// inCalendar refuses dates that cannot be written with four digits of a year.
func (k *checker) inCalendar(place Place, dates ...PartialDate) {
	first, last := NewDate(1, time.January, 1), NewDate(9999, time.December, 31)
	for _, d := range dates {
		if d.Known() && (d.Date < first || d.Date > last) {
			k.add(RuleRange, place, "a date lies outside the years 1 to 9999")
		}
	}
}

func (k *checker) value(p *Property, v Value, place Place) {
	place.Field = p.Name
	switch v := v.(type) {
	case nil:
		if p.Required {
			k.add(RuleRequired, place, "a value is required")
		}
	case string:
		k.text(p, v, place)
	case []string:
		if p.Type != TextList {
			k.add(RuleType, place, "a list does not fit the property")
		}
		k.readable(place, v...)
		for _, s := range v {
			if isBlank(s) {
				k.add(RuleType, place, "a member of the list is blank")
			}
			k.code(p, s, place)
		}
	case int64:
		k.number(p, float64(v), p.Type == Integer, place)
	case float64:
		k.number(p, v, p.Type == Number, place)
	default:
		k.add(RuleType, place, "%T does not fit the property", v)
	}
}

func (k *checker) text(p *Property, s string, place Place) {
	k.readable(place, s)
	switch p.Type {
	case Text:
		if isBlank(s) {
			k.add(RuleType, place, "a blank text stands for nothing; leave the value out")
			return
		}
		k.code(p, s, place)
	case Partial:
		if d, err := ParsePartialDate(s); err != nil || !d.Known() {
			k.add(RuleType, place, "%q is not a date (YYYY, YYYY-MM or YYYY-MM-DD)", s)
		}
	default:
		k.add(RuleType, place, "the text %q does not fit the property", s)
	}
}

// isBlank reports whether a text shows nothing: white space of any script says no more
// than no text.
func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

func (k *checker) code(p *Property, s string, place Place) {
	if p.Codes != nil && !HasCode(p.Codes, s) {
		k.add(RuleCode, place, "%q is not one of %s", s, listCodes(p.Codes))
	}
}

func (k *checker) number(p *Property, n float64, fits bool, place Place) {
	switch {
	case !fits:
		k.add(RuleType, place, "the number %v does not fit the property", n)
	case math.IsNaN(n) || math.IsInf(n, 0) || p.Max > p.Min && (n < p.Min || n > p.Max):
		k.add(RuleRange, place, "%v lies outside %v to %v", n, p.Min, p.Max)
	}
}

func (k *checker) geometry(c *Collection, g orb.Geometry, place Place) {
	if g == nil {
		return
	}
	if !c.Geometry.Admits(g) {
		k.add(RuleGeometryType, place, "%s does not fit the collection", g.GeoJSONType())
		return
	}
	for _, p := range Positions(g) {
		if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) { // so put, NaN is refused too
			place.Point = &p
			k.add(RuleCoordinates, place, "a position lies outside longitude ±180, latitude ±90")
			return
		}
	}
}

// Positions returns every position of a geometry, in order.
func Positions(g orb.Geometry) []orb.Point {
	switch g := g.(type) {
	case orb.Point:
		return []orb.Point{g}
	case orb.LineString:
		return g
	case orb.MultiLineString:
		return slices.Concat(g...)
	}
	return nil
}

// Admits reports whether a geometry may stand in a collection of this type. A
// line needs two positions.
func (t GeometryType) Admits(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Point:
		return t == Point
	case orb.LineString:
		return t == Line && len(g) > 1
	case orb.MultiLineString:
		short := func(l orb.LineString) bool { return len(l) < 2 }
		return t == Line && len(g) > 0 && !slices.ContainsFunc(g, short)
	default:
		return false
	}
}

func (k *checker) period(p *Period) {
	place := k.at(StatusID, p.Collection+"/"+p.ID)
	c := k.atlas.byID[p.Collection]
	if c == nil || !c.HasStatus() {
		k.add(RuleCollection, place, "there is no collection %q with a status", p.Collection)
		return
	}
	if !isID(p.ID) {
		k.add(RuleID, place, "%q is not an id", p.ID)
	}
	k.readable(place, p.Cause, p.Summary)
	k.inCalendar(place, p.From, p.To)
	if k.known[StatusID][p.Collection+"/"+p.ID] > 1 {
		k.add(RuleDuplicateID, place, "period %q is there twice", p.ID)
	}
	owners := k.known[c.ID]
	if p.Scope == OfProject {
		owners = k.known[projectsOf+c.ID]
	}
	if owners[p.Owner] == 0 {
		k.add(RuleFeature, place, "%s has no %s %q", c.ID, p.Scope, p.Owner)
	}
	if !HasCode(c.Statuses, p.Status) {
		k.add(RuleCode, place, "%q is not a status of %s (%s)", p.Status, c.ID, listCodes(c.Statuses))
	}
	if p.Scope != OfFeature && p.Scope != OfProject {
		k.add(RuleCode, place, "%q is not a scope (%s, %s)", p.Scope, OfFeature, OfProject)
	}
	if !slices.Contains(periodKinds, p.Kind) {
		k.add(RuleCode, place, "%q is not a kind of period", p.Kind)
	}
	k.once(p.Sources, place)
	k.cited(p.Sources, place)
	k.periodDates(p, place)
}

func (k *checker) periodDates(p *Period, place Place) {
	if !p.From.Known() {
		k.add(RuleDateMissing, place, "a period needs a first date")
		return
	}
	needsEnd := p.Basis == Ended || p.Basis == LastDocumented
	switch {
	case !slices.Contains(endBases, p.Basis):
		k.add(RuleCode, place, "%q is not an end basis", p.Basis)
	case needsEnd && !p.To.Known():
		k.add(RuleEndBasis, place, "end basis %s needs a date", p.Basis)
	case !needsEnd && p.To.Known():
		k.add(RuleEndBasis, place, "end basis %s admits no date", p.Basis)
	case p.Basis == UnknownEnd && p.Kind == Phase:
		k.add(RuleEndBasis, place, "only a disruption may have an unknown end")
	case needsEnd && p.To.Date < p.From.Date:
		k.add(RuleDateOrder, place, "the period ends (%s) before it starts (%s)", p.To, p.From)
	}
}

func (k *checker) overlaps(periods []Period) {
	type owner struct {
		collection string
		scope      Scope
		id         string
	}
	var order []owner
	byOwner := map[owner][]Period{}
	for _, p := range periods {
		o := owner{p.Collection, p.Scope, p.Owner}
		if byOwner[o] == nil {
			order = append(order, o)
		}
		byOwner[o] = append(byOwner[o], p)
	}
	for _, o := range order {
		if a, b, overlap := OverlappingPhases(byOwner[o]); overlap {
			k.add(RuleOverlap, k.at(StatusID, b.Collection+"/"+b.ID),
				"%s: the phase %s from %s overlaps %s from %s", o.id, b.Status, b.From, a.Status, a.From)
		}
	}
}
