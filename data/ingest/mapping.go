package ingest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"oxus/geo"
)

// The rules of matching fields to properties.
const (
	RuleMapping   geo.Rule = "unknown-mapping"
	RuleNoKey     geo.Rule = "key-not-in-file"
	RuleAmbiguous geo.Rule = "ambiguous-field"
)

// Match says which field of the file fills which property.
type Match struct {
	Field    string `json:"field"`
	Property string `json:"property"`
}

// Mapping is how the fields of a layer fill a collection.
type Mapping struct {
	Matches []Match `json:"matches"`
	// Ignored are the fields that fill nothing, each with the reason.
	Ignored []string `json:"ignored,omitempty"`

	targets map[string]int // property → position of its field
}

// dbfNameLength is how many bytes of a name a .dbf keeps.
const dbfNameLength = 10

// match derives the mapping: what the maintainer says first, then fields named
// like a property, then names cut to ten characters the way GDAL cuts them.
func match(c *geo.Collection, fields []geo.Field, given map[string]string) (*Mapping, []geo.Fault) {
	m := &Mapping{targets: map[string]int{}}
	byName := map[string]int{}
	for i, f := range fields {
		byName[strings.ToLower(f.Name)] = i
	}
	used := map[int]bool{}
	take := func(property string, i int) {
		m.targets[property], used[i] = i, true
	}
	faults := takeGiven(c, given, byName, m, take)
	names := targetNames(c)
	for _, find := range []func(string) (int, bool){
		func(name string) (int, bool) { i, ok := byName[name]; return i, ok },
		cutNames(names, byName),
	} {
		for _, name := range names {
			if _, done := m.targets[name]; done {
				continue
			}
			if i, ok := find(name); ok && !used[i] {
				take(name, i)
			}
		}
	}
	m.describe(c, fields, used)
	return m, faults
}

func takeGiven(c *geo.Collection, given map[string]string, byName map[string]int, m *Mapping, take func(string, int)) []geo.Fault {
	var faults []geo.Fault
	for _, field := range slices.Sorted(maps.Keys(given)) {
		property := given[field]
		i, inFile := byName[strings.ToLower(field)]
		switch {
		case !inFile:
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: "the file has no such field"})
		case !slices.Contains(targetNames(c), property):
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: fmt.Sprintf("%s has no property %q to fill", c.ID, property)})
		case m.has(property):
			faults = append(faults, geo.Fault{Rule: RuleMapping, Place: geo.Place{Field: field}, Detail: fmt.Sprintf("another field fills %s already", property)})
		default:
			take(property, i)
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
func (m *Mapping) describe(c *geo.Collection, fields []geo.Field, used map[int]bool) {
	for _, name := range targetNames(c) {
		if i, ok := m.targets[name]; ok {
			m.Matches = append(m.Matches, Match{fields[i].Name, name})
		}
	}
	for i, f := range fields {
		if !used[i] {
			m.Ignored = append(m.Ignored, f.Name+": "+reasonIgnored(c, f.Name))
		}
	}
}

func reasonIgnored(c *geo.Collection, field string) string {
	name := strings.ToLower(field)
	if c.HasStatus() && strings.HasPrefix(name, geo.StatusProperty) {
		return "the status follows from status periods and cannot be imported here"
	}
	if name == "revision" {
		return "the revision is counted by the store"
	}
	return "no property is named like it; use --map"
}

// has reports whether a field fills the property.
func (m *Mapping) has(property string) bool {
	_, ok := m.targets[property]
	return ok
}

// filled reports whether the record's value for the property may be cut.
func (m *Mapping) filled(r *geo.Record, property string) bool {
	i, ok := m.targets[property]
	return ok && i < len(r.Filled) && r.Filled[i]
}

// value returns what a record holds for the property, nil when no field fills
// it.
func (m *Mapping) value(r *geo.Record, property string) geo.Value {
	i, ok := m.targets[property]
	if !ok || i >= len(r.Values) {
		return nil
	}
	return r.Values[i]
}
