package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"oxus/geo"
)

// RuleMapping is broken by a mapping that says what cannot be.
const RuleMapping geo.Rule = "unknown-mapping"

// Match says which field of the file fills which property, and how that was found.
type Match struct {
	Field    string `json:"field"`
	Property string `json:"property"`
	By       By     `json:"by"`
	// Sample is the first value of the field, "" when all that were looked at are
	// blank.
	Sample string `json:"sample,omitempty"`
}

// Mapping is how the fields of a layer fill a collection.
type Mapping struct {
	Matches []Match `json:"matches"`
	// Ignored are the fields that fill nothing, each with the reason.
	Ignored []string `json:"ignored,omitempty"`

	targets map[string]int // property → position of its field
	unused  map[int]bool   // fields that are said to fill nothing
}

// dbfNameLength is how many bytes of a name a .dbf keeps.
const dbfNameLength = 10

// match derives the mapping: what the maintainer says first, then fields named
// like a property, then names cut to ten characters the way GDAL cuts them, then
// guesses, which say that they are.
func match(c *geo.Collection, fields []geo.Field, given map[string]string, values sample, isSource func([]string) (bool, error)) (*Mapping, error) {
	m := &Mapping{targets: map[string]int{}, unused: map[int]bool{}}
	byName := map[string]int{}
	for i, f := range fields {
		byName[strings.ToLower(f.Name)] = i
	}
	used, ways := map[int]bool{}, map[string]By{}
	take := func(property string, i int, by By) {
		m.targets[property], used[i], ways[property] = i, true, by
	}
	if faults := takeGiven(c, given, byName, m, take); len(faults) > 0 {
		return nil, geo.Faulty(faults)
	}
	maps.Copy(used, m.unused)
	names := targetNames(c)
	for _, way := range []struct {
		by   By
		find func(string) (int, bool)
	}{
		{ByName, func(name string) (int, bool) { i, ok := byName[name]; return i, ok }},
		{ByCutName, cutNames(names, byName)},
	} {
		for _, name := range names {
			if m.has(name) {
				continue
			}
			if i, ok := way.find(name); ok && !used[i] {
				take(name, i, way.by)
			}
		}
	}
	g := &matcher{c, names, fields, values, isSource, m, used, map[int]string{}, take}
	if err := g.guess(); err != nil {
		return nil, err
	}
	m.describe(g, ways)
	return m, nil
}

// takeGiven takes what the maintainer says. A field that is said to fill "" fills
// nothing, whatever it is called.
func takeGiven(c *geo.Collection, given map[string]string, byName map[string]int, m *Mapping, take func(string, int, By)) []geo.Fault {
	var faults []geo.Fault
	for _, field := range slices.Sorted(maps.Keys(given)) {
		property := given[field]
		i, inFile := byName[strings.ToLower(field)]
		switch {
		case property == "" && inFile:
			m.unused[i] = true
		case property == "": // a saved mapping says so of fields that other files have
		case !inFile:
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: "the file has no such field"})
		case !slices.Contains(targetNames(c), property):
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: fmt.Sprintf("%s has no property %q to fill", c.ID, property)})
		case m.has(property):
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: fmt.Sprintf("another field fills %s already", property)})
		default:
			take(property, i, BySaying)
		}
	}
	return faults
}

// targetNames are the names a field can fill, in the order the API writes them.
func targetNames(c *geo.Collection) []string {
	names := []string{"id"}
	for _, p := range c.Properties {
		names = append(names, p.Name)
	}
	l := c.Lifetime
	return append(names, l.From, l.FromPrecision, l.To, l.ToPrecision, geo.SourcesID)
}

// cutNames finds a property by the name GDAL's shapefile driver gives it: cut
// to ten bytes, and where that is taken, to eight with _1, _2 … . A cut name
// that could stand for several properties counts only when all of them are in
// the file; else nobody can tell which one it is.
func cutNames(names []string, byName map[string]int) func(string) (int, bool) {
	cut := map[string]string{}
	groups := map[string][]string{}
	taken := map[string]bool{}
	for _, name := range names {
		short := name
		if len(name) > dbfNameLength {
			short = name[:dbfNameLength]
		}
		groups[short] = append(groups[short], name)
		for n := 1; taken[short]; n++ {
			short = fmt.Sprintf("%.8s_%d", name, n)
		}
		taken[short] = true
		cut[name] = short
	}
	return func(name string) (int, bool) {
		stem := name[:min(len(name), dbfNameLength)]
		for _, sibling := range groups[stem] {
			if _, there := byName[cut[sibling]]; !there {
				return 0, false
			}
		}
		i, ok := byName[cut[name]]
		return i, ok
	}
}

// describe lists the matches and what is left over, for the report.
func (m *Mapping) describe(g *matcher, ways map[string]By) {
	for _, name := range g.names {
		if i, ok := m.targets[name]; ok {
			m.Matches = append(m.Matches, Match{g.fields[i].Name, name, ways[name], g.sample.first(i)})
		}
	}
	for i, f := range g.fields {
		reason := g.refused[i]
		switch {
		case m.unused[i]:
			reason = "it is said to fill nothing"
		case g.used[i]:
			continue
		case reason == "":
			reason = reasonIgnored(g.c, f.Name)
		}
		m.Ignored = append(m.Ignored, f.Name+": "+reason)
	}
}

func reasonIgnored(c *geo.Collection, field string) string {
	name := strings.ToLower(field)
	switch {
	case c.HasStatus() && strings.HasPrefix(name, geo.StatusProperty):
		return "the status follows from status periods and cannot be imported here"
	case name == "revision":
		return "the revision is counted by the store"
	case c.Geometry != geo.NoGeometry && places[fold(field)]:
		return "where a record lies is told by its geometry"
	}
	return "no property is named like it; use --map"
}

// by says how the field of a property was found, "" when none fills it.
func (m *Mapping) by(property string) (Match, bool) {
	for _, match := range m.Matches {
		if match.Property == property {
			return match, true
		}
	}
	return Match{}, false
}

// has reports whether a field fills the property.
func (m *Mapping) has(property string) bool {
	_, ok := m.targets[property]
	return ok
}

// field is the position of the field that fills a property, -1 for none.
func (m *Mapping) field(property string) int {
	if i, ok := m.targets[property]; ok {
		return i
	}
	return -1
}

// fields are the positions of the fields that fill the properties of a collection, -1
// for none.
func (m *Mapping) fields(c *geo.Collection) []int {
	fields := make([]int, len(c.Properties))
	for i := range c.Properties {
		fields[i] = m.field(c.Properties[i].Name)
	}
	return fields
}

// filled reports whether the value of a field may be cut.
func filled(r *geo.Record, field int) bool {
	return field >= 0 && field < len(r.Filled) && r.Filled[field]
}

// value returns what a record holds for the property, nil when no field fills
// it.
func (m *Mapping) value(r *geo.Record, property string) geo.Value {
	return valueOf(r, m.field(property))
}

// valueOf is the value of the field at a position, nil where there is none.
func valueOf(r *geo.Record, field int) geo.Value {
	if field < 0 || field >= len(r.Values) {
		return nil
	}
	return r.Values[field]
}
