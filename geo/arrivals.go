package geo

import "strings"

// Arrivals holds the parts of a change against the rules, one after the other, without
// keeping the features that are added: of those it keeps what others may refer to. What
// else a part holds is for the caller to keep and to check at the end, with Check.
type Arrivals struct {
	checker
	// wanted is where what an added feature rests on was first referred to, by
	// collection and id.
	wanted map[string]map[string]Place
}

// In known: a row was there before or came with something else than an added feature,
// and a feature of that id was added.
const (
	wasThere = 1
	wasAdded = 2
)

// Arrivals begins to check a change of the dataset.
func (a *Atlas) Arrivals(ds *Dataset, at Places) *Arrivals {
	r := &Arrivals{checker{atlas: a, at: at, known: knownIDs(a, ds)}, map[string]map[string]Place{}}
	for _, ids := range r.known {
		for id := range ids {
			ids[id] = wasThere // how often is no fault of the change
		}
	}
	return r
}

// Added reports whether a put adds a feature.
func (p *Put) Added() bool { return p.Expect == 0 }

// Part returns the faults of the features that a part adds. They may rest on what
// stands in it or came before.
func (r *Arrivals) Part(ch *Change) []Fault {
	r.faults = nil
	for i := range ch.Sources {
		r.note(SourcesID, ch.Sources[i].ID, wasThere)
	}
	for i := range ch.Features {
		r.arrive(&ch.Features[i])
	}
	for i := range ch.Features {
		p := &ch.Features[i]
		if !p.Added() {
			continue
		}
		f, place := &p.Feature, r.at(p.Collection.ID, p.Feature.ID)
		r.content(p.Collection, f)
		r.references(p.Collection, f, place)
		for _, id := range f.Sources {
			r.want(SourcesID, id, place)
		}
		for i := range p.Collection.Properties {
			if id, ok := valueAt(f, i).(string); ok && p.Collection.Properties[i].Refers != "" {
				r.want(p.Collection.Properties[i].Refers, id, place)
			}
		}
	}
	return r.faults
}

func (r *Arrivals) arrive(p *Put) {
	c, f, how := p.Collection, &p.Feature, wasThere
	if p.Added() {
		if how = wasAdded; r.known[c.ID][f.ID]&wasAdded != 0 {
			r.add(RuleDuplicateID, r.at(c.ID, f.ID), "%q is there twice", f.ID)
		}
	}
	r.note(c.ID, f.ID, how)
	if name, ok := valueAt(f, c.PropertyIndex(c.Project)).(string); ok {
		r.note(projectsOf+c.ID, name, how)
	}
}

// note keeps an id without the text that it may be cut from.
func (r *Arrivals) note(collection, id string, how int) {
	was := r.known[collection][id]
	if was == 0 {
		id = strings.Clone(id)
	}
	if was|how != was {
		r.known[collection][id] = was | how
	}
}

// want notes what a feature rests on, which a later part may remove. What is not there
// is a fault already.
func (r *Arrivals) want(collection, id string, place Place) {
	if r.known[collection][id] == 0 {
		return
	}
	if r.wanted[collection] == nil {
		r.wanted[collection] = map[string]Place{}
	}
	if _, seen := r.wanted[collection][id]; !seen {
		r.wanted[collection][strings.Clone(id)] = Place{Feature: strings.Clone(place.Feature)}
	}
}

// Check returns the faults of the dataset that a change leads to, given without the
// features that it adds, and what those rest on that is not there any more.
func (r *Arrivals) Check(ds *Dataset) []Fault {
	k := checker{atlas: r.atlas, at: r.at, known: knownIDs(r.atlas, ds)}
	for collection, ids := range r.known {
		for id, how := range ids {
			if how&wasAdded != 0 && k.known[collection][id] == 0 {
				k.known[collection][id] = 1
			}
		}
	}
	k.dataset(ds)
	for collection, ids := range r.wanted {
		rule, text := RuleFeature, "there is no feature %q in "+collection
		if collection == SourcesID {
			rule, text = RuleSource, "there is no source %q"
		}
		for id, place := range ids {
			if k.known[collection][id] == 0 {
				k.add(rule, place, text, id)
			}
		}
	}
	return k.faults
}
