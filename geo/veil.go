package geo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Hidden names what may not be seen: sources by id, the others by collection and
// id. Of a row that changed it is the last version that counts, of one that is
// gone the last it had: rights are those of today, whatever time is asked about.
type Hidden struct {
	Sources map[string]bool
	// Features and Periods are rows whose last version may not be seen; of
	// projects no feature may be seen.
	Features, Periods, Projects map[Named]bool
}

// Named is a row or a project of a collection.
type Named struct{ Collection, ID string }

// Veil lies over the data for one who asks. What cites a source that they may not
// see is not there for them; nor is what belongs to it, and what names it names
// it no more.
type Veil struct {
	atlas  *Atlas
	who    Role
	hidden Hidden
	// mark ends the names of states that are seen through the veil.
	mark string
}

// NewVeil returns the veil of a role by the rights of today: the data as it is
// now, and beside it the rows that are gone, each as it last was.
func NewVeil(a *Atlas, who Role, now, gone *Dataset) *Veil {
	v := &Veil{atlas: a, who: who, hidden: Hidden{
		Sources: map[string]bool{}, Features: map[Named]bool{}, Periods: map[Named]bool{}, Projects: map[Named]bool{},
	}}
	if who.SeesAll() {
		return v
	}
	for _, ds := range []*Dataset{now, gone} {
		v.hideSources(ds.Sources)
	}
	if v.Nothing() {
		return v
	}
	for _, ds := range []*Dataset{now, gone} {
		v.hideRows(ds)
	}
	v.hideProjects(now)
	v.mark = veiledMark + markOf(who, now.Versions)
	return v
}

// VeilOf returns the veil of a role over what is known to be hidden from it.
func VeilOf(a *Atlas, who Role, hidden Hidden) *Veil {
	return &Veil{atlas: a, who: who, hidden: hidden}
}

// markOf names what all collections are at: what is hidden from a role can change
// with any of them.
func markOf(who Role, versions map[string]string) string {
	h := sha256.New()
	fmt.Fprintln(h, who)
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		fmt.Fprintln(h, id, versions[id])
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// Nothing reports whether the veil hides nothing.
func (v *Veil) Nothing() bool {
	known := len(v.hidden.Sources) + len(v.hidden.Features) + len(v.hidden.Periods) + len(v.hidden.Projects)
	return v.who.SeesAll() || known == 0 && len(v.atlas.Closed(v.who)) == 0
}

func (v *Veil) hideSources(sources []Source) {
	for i := range sources {
		if !v.who.Sees(sources[i].Audience) {
			v.hidden.Sources[sources[i].ID] = true
		}
	}
}

func (v *Veil) hideRows(ds *Dataset) {
	for collection, features := range ds.Features {
		for i := range features {
			if f := &features[i]; v.closes(collection) || v.cites(f.Sources) {
				v.hidden.Features[Named{collection, f.ID}] = true
			}
		}
	}
	for i := range ds.Periods {
		if p := &ds.Periods[i]; v.cites(p.Sources) {
			v.hidden.Periods[Named{p.Collection, p.ID}] = true
		}
	}
}

func (v *Veil) hideProjects(now *Dataset) {
	for _, c := range v.atlas.Collections {
		project := c.PropertyIndex(c.Project)
		if project < 0 {
			continue
		}
		seen := map[string]bool{}
		for i := range now.Features[c.ID] {
			f := &now.Features[c.ID][i]
			name, _ := valueAt(f, project).(string)
			seen[name] = seen[name] || v.showsFeature(c, f)
		}
		for name, shown := range seen {
			if !shown {
				v.hidden.Projects[Named{c.ID, name}] = true
			}
		}
	}
}

func (v *Veil) cites(sources []string) bool {
	return slices.ContainsFunc(sources, func(id string) bool { return v.hidden.Sources[id] })
}

func (v *Veil) closes(collection string) bool {
	c := v.atlas.byID[collection]
	return c == nil || !v.who.Sees(c.Audience)
}

func (v *Veil) showsFeature(c *Collection, f *Feature) bool {
	return v.who.Sees(c.Audience) && !v.cites(f.Sources) && !v.hidden.Features[Named{c.ID, f.ID}]
}

func (v *Veil) showsPeriod(p *Period) bool {
	if p.Scope != OfProject && v.hidden.Features[Named{p.Collection, p.Owner}] {
		return false
	}
	return !v.closes(p.Collection) && !v.cites(p.Sources) && !v.hidden.Periods[Named{p.Collection, p.ID}]
}

// Dataset returns what the veil leaves of a state of the data, sharing all that it
// leaves as it is.
func (v *Veil) Dataset(ds *Dataset) *Dataset {
	if v.Nothing() {
		return ds
	}
	seen := &Dataset{Features: map[string][]Feature{}, Versions: map[string]string{}, State: ds.State}
	gone, projects := map[Named]bool{}, map[Named]bool{}
	for _, c := range v.atlas.Collections {
		seen.Features[c.ID] = v.features(c, ds.Features[c.ID], gone, projects)
		seen.Versions[c.ID] = ds.Versions[c.ID] + v.mark
	}
	for _, c := range v.atlas.Collections {
		for i := range seen.Features[c.ID] {
			seen.Features[c.ID][i] = v.unnamed(c, &seen.Features[c.ID][i])
		}
	}
	for i := range ds.Periods {
		p := &ds.Periods[i]
		owner := Named{p.Collection, p.Owner}
		if v.showsPeriod(p) && (p.Scope == OfProject && projects[owner] || p.Scope != OfProject && !gone[owner]) {
			seen.Periods = append(seen.Periods, *p)
		}
	}
	for i := range ds.Sources {
		if !v.hidden.Sources[ds.Sources[i].ID] {
			seen.Sources = append(seen.Sources, ds.Sources[i])
		}
	}
	return seen
}

// features are those that are seen. It notes which are not, and the projects of
// those that are.
func (v *Veil) features(c *Collection, all []Feature, gone, projects map[Named]bool) []Feature {
	seen := make([]Feature, 0, len(all))
	project := c.PropertyIndex(c.Project)
	for i := range all {
		f := &all[i]
		if !v.showsFeature(c, f) {
			gone[Named{c.ID, f.ID}] = true
			continue
		}
		seen = append(seen, *f)
		if name, ok := valueAt(f, project).(string); ok {
			projects[Named{c.ID, name}] = true
		}
	}
	return seen
}

// unnamed is a feature without what names others that are hidden.
func (v *Veil) unnamed(c *Collection, f *Feature) Feature {
	seen, own := *f, false
	set := func(i int, value Value) {
		if !own {
			seen.Values, own = slices.Clone(f.Values), true
		}
		seen.Values[i] = value
	}
	hidden := func(collection, id string) bool { return v.hidden.Features[Named{collection, id}] }
	for i := range c.Properties {
		p := &c.Properties[i]
		switch value := valueAt(f, i).(type) {
		case string:
			if p.Refers != "" && (v.closes(p.Refers) || hidden(p.Refers, value)) {
				set(i, nil)
			}
		case []string:
			if !p.Mentions {
				continue
			}
			left := slices.DeleteFunc(slices.Clone(value), func(id string) bool {
				return slices.ContainsFunc(v.atlas.Collections, func(c *Collection) bool { return hidden(c.ID, id) })
			})
			if len(left) < len(value) {
				set(i, listOrNil(left))
			}
		}
	}
	return seen
}

func listOrNil(list []string) Value {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Revision returns what the veil leaves of a recorded change, and whether that is
// anything. A side that may not be seen is one where there was no row.
func (v *Veil) Revision(r Revision) (Revision, bool) {
	if v.Nothing() {
		return r, true
	}
	switch r.Kind {
	case SourceRow:
		return r, !v.hidden.Sources[r.ID]
	case StatusRow:
		for _, side := range []*Row{&r.Before, &r.After} {
			p := side.Period
			if p != nil && (!v.showsPeriod(p) || p.Scope == OfProject && v.hidden.Projects[Named{p.Collection, p.Owner}]) {
				*side = Row{}
			}
		}
	default:
		c := v.atlas.byID[r.Collection]
		if c == nil {
			return r, false
		}
		for _, side := range []*Row{&r.Before, &r.After} {
			switch f := side.Feature; {
			case f == nil:
			case !v.showsFeature(c, f):
				*side = Row{}
			default:
				seen := v.unnamed(c, f)
				side.Feature = &seen
			}
		}
	}
	return r, r.Before.Exists() || r.After.Exists()
}
