package geo

import (
	"cmp"
	"slices"
	"strings"
)

// StatusPeriodsID is the id of the derived collection of status periods.
const StatusPeriodsID = "status-periods"

// StatusPeriods derives the features of the collection of status periods from
// the stored data, in ascending order of id: one for each period and each
// feature it speaks for, with the geometry and revision of that feature.
func StatusPeriods(a *Atlas, ds *Dataset) []Feature {
	type owner struct {
		collection string
		scope      Scope
		id         string
	}
	byOwner := map[owner][]*Period{}
	for i := range ds.Periods {
		p := &ds.Periods[i]
		o := owner{p.Collection, p.Scope, p.Owner}
		byOwner[o] = append(byOwner[o], p)
	}
	var derived []Feature
	for _, c := range a.Collections {
		project := c.PropertyIndex(c.Project)
		for i := range ds.Features[c.ID] {
			f := &ds.Features[c.ID][i]
			speaking := byOwner[owner{c.ID, OfFeature, f.ID}]
			if project >= 0 {
				name, _ := f.Values[project].(string)
				speaking = slices.Concat(speaking, byOwner[owner{c.ID, OfProject, name}])
			}
			for _, p := range speaking {
				derived = append(derived, statusPeriod(c, f, p))
			}
		}
	}
	slices.SortFunc(derived, func(a, b Feature) int { return cmp.Compare(a.ID, b.ID) })
	return derived
}

// statusPeriod is the feature of one period and one feature it speaks for. Its
// id joins theirs by "~", which no other id can hold.
func statusPeriod(c *Collection, f *Feature, p *Period) Feature {
	text := func(s string) Value {
		if s == "" {
			return nil
		}
		return s
	}
	during := p.During()
	derived := Feature{
		ID: strings.Join([]string{c.ID, p.ID, f.ID}, "~"), Geometry: f.Geometry, Sources: p.Sources, Revision: f.Revision,
		Lifetime: Lifetime{From: On(during.From)},
		Values: []Value{
			c.ID, f.ID, valueAt(f, c.PropertyIndex("name_en")), p.Status, string(p.Kind), string(p.Scope),
			p.From.Precision.String(), string(p.Basis), text(p.Cause), text(p.Summary),
		},
	}
	if during.To.Bounded() {
		derived.Lifetime.To = On(during.To)
	}
	return derived
}

// StatusVersion names the state of the status periods by the versions of all
// collections that have a status.
func StatusVersion(a *Atlas, version func(*Collection) string) string {
	var all []string
	for _, c := range a.Collections {
		if c.HasStatus() {
			all = append(all, version(c))
		}
	}
	return strings.Join(all, "_")
}
