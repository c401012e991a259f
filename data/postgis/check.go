package postgis

import (
	"context"
	"maps"
	"slices"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// readied is a change, or a part of one, that is ready for the database: all that can be
// done before it is asked. It is made while the database takes the part before.
type readied struct {
	ch     *geo.Change
	around *surroundings
	// sound says that the rules are kept if all is there that the change refers to.
	sound bool
	// added are the rows to add of each collection, nil where they may break rules.
	added map[string]*copied
}

// ready makes a change ready.
func (s *Store) ready(ch *geo.Change) (*readied, error) {
	if err := geo.Faulty(ch.WrittenTwice()); err != nil {
		return nil, err
	}
	around, err := s.surroundings(ch)
	if err != nil {
		return nil, err
	}
	r := &readied{ch: ch, around: around, sound: s.isSound(around)}
	if r.sound {
		r.added, err = s.copied(ch)
	}
	return r, err
}

// copied writes the rows that a change adds.
func (s *Store) copied(ch *geo.Change) (map[string]*copied, error) {
	added := map[string]*copied{}
	for i := range ch.Features {
		p := &ch.Features[i]
		if !p.Added() {
			continue
		}
		if added[p.Collection.ID] == nil {
			added[p.Collection.ID] = &copied{}
		}
		if err := added[p.Collection.ID].add(s.tables[p.Collection.ID], &p.Feature); err != nil {
			return nil, err
		}
	}
	return added, nil
}

// isSound holds a change against the rules as if all were there that it refers to. With
// what periods may overlap that cannot be told.
func (s *Store) isSound(a *surroundings) bool {
	if len(a.ch.Periods) > 0 {
		return false
	}
	supposed := &geo.Dataset{Sources: slices.Clone(a.ds.Sources), Features: maps.Clone(a.ds.Features)}
	for collection, ids := range a.refers {
		features := slices.Clip(supposed.Features[collection])
		for _, id := range ids {
			if collection == geo.SourcesID {
				supposed.Sources = append(supposed.Sources, geo.Source{ID: id})
			} else {
				features = append(features, geo.Feature{ID: id})
			}
		}
		supposed.Features[collection] = features
	}
	return len(a.ownFaults(s.atlas.Check(supposed, geo.ByFeature))) == 0
}

// check holds a change against the rules together with the part of the data it
// touches, so that every fault is found and placed. Faults that lie in what is
// stored already are not the change's, overlaps apart: those take two.
func (s *Store) check(ctx context.Context, tx pgx.Tx, r *readied) error {
	around := r.around
	there := true
	for _, c := range s.atlas.Collections {
		found, err := around.collect(ctx, tx, s.tables[c.ID])
		if err != nil {
			return err
		}
		there = there && found
	}
	found, err := around.collectSources(ctx, tx)
	if err != nil || r.sound && there && found {
		return err
	}
	return geo.Faulty(around.ownFaults(s.atlas.Check(around.ds, geo.ByFeature)))
}

// surroundings is a change with what it refers to.
type surroundings struct {
	stored view
	ch     *geo.Change
	ds     *geo.Dataset
	own    map[string]map[string]bool // ids of the change itself, by collection
	refers map[string][]string        // ids that must be there already, by collection
}

// surroundings begins with the change alone.
func (s *Store) surroundings(ch *geo.Change) (*surroundings, error) {
	a := &surroundings{stored: s.view, ch: ch, ds: &geo.Dataset{
		Sources: slices.Clone(ch.Sources), Periods: slices.Clone(ch.Periods), Features: map[string][]geo.Feature{},
	}, own: map[string]map[string]bool{}, refers: map[string][]string{}}
	for i := range ch.Features {
		p := &ch.Features[i]
		if _, err := s.atlas.Stored(p.Collection.ID); err != nil {
			return nil, err
		}
		a.ds.Features[p.Collection.ID] = append(a.ds.Features[p.Collection.ID], p.Feature)
		a.mine(p.Collection.ID, p.Feature.ID)
	}
	for i := range ch.Periods {
		a.mine(geo.StatusID, ch.Periods[i].Collection+"/"+ch.Periods[i].ID)
	}
	for i := range ch.Sources {
		a.mine(geo.SourcesID, ch.Sources[i].ID)
	}
	a.refer(s)
	return a, nil
}

func (a *surroundings) mine(collection, id string) {
	if a.own[collection] == nil {
		a.own[collection] = map[string]bool{}
	}
	a.own[collection][id] = true
}

// ownFaults are those that lie in the change itself, and overlaps.
func (a *surroundings) ownFaults(faults []geo.Fault) []geo.Fault {
	return slices.DeleteFunc(faults, func(f geo.Fault) bool {
		collection, id, _ := strings.Cut(f.Place.Feature, "/")
		return f.Rule != geo.RuleOverlap && !a.own[collection][id]
	})
}

// refer finds what the change refers to and does not bring itself.
func (a *surroundings) refer(s *Store) {
	named := map[string]map[string]bool{}
	name := func(collection, id string) {
		if a.own[collection][id] {
			return
		}
		if named[collection] == nil {
			named[collection] = map[string]bool{}
		}
		named[collection][id] = true
	}
	for i := range a.ch.Features {
		p := &a.ch.Features[i]
		for _, id := range p.Feature.Sources {
			name(geo.SourcesID, id)
		}
		t := s.tables[p.Collection.ID]
		for _, k := range t.refers {
			if k < len(p.Feature.Values) {
				if id, ok := p.Feature.Values[k].(string); ok {
					name(t.collection.Properties[k].Refers, id)
				}
			}
		}
	}
	for i := range a.ch.Periods {
		p := &a.ch.Periods[i]
		for _, id := range p.Sources {
			name(geo.SourcesID, id)
		}
		if p.Scope != geo.OfProject {
			name(p.Collection, p.Owner)
		}
	}
	for collection, ids := range named {
		a.refers[collection] = slices.Sorted(maps.Keys(ids))
	}
}

// collect adds the features of one collection that the change refers to, and
// the phases that its own may overlap. It reports whether all of those features are there.
func (a *surroundings) collect(ctx context.Context, tx pgx.Tx, t *table) (there bool, err error) {
	c := t.collection
	owners, projects, periods := a.owners(c.ID)
	if ids := a.refers[c.ID]; len(ids) > 0 {
		var q statement
		features, err := t.selectFeatures(ctx, tx, &q, "WHERE f.id = ANY ("+q.bind(ids)+")")
		if err != nil {
			return false, err
		}
		a.ds.Features[c.ID] = append(a.ds.Features[c.ID], features...)
		there = len(features) == len(ids)
	} else {
		there = true
	}
	if len(owners) > 0 {
		if err := a.addPhases(ctx, tx, t, "s.feature", owners, periods); err != nil {
			return false, err
		}
	}
	if len(projects) == 0 || t.project == "" {
		return there, nil
	}
	if err := a.addMembers(ctx, tx, t, projects); err != nil {
		return false, err
	}
	return there, a.addPhases(ctx, tx, t, "s.project", projects, periods)
}

// owners returns the features and projects that the change's periods of a
// collection belong to, and the ids of all periods that the change replaces or
// removes.
func (a *surroundings) owners(collection string) (features, projects, periods []string) {
	for i := range a.ch.Periods {
		p := &a.ch.Periods[i]
		if p.Collection != collection {
			continue
		}
		periods = append(periods, p.ID)
		if p.Scope == geo.OfProject {
			projects = append(projects, p.Owner)
		} else {
			features = append(features, p.Owner)
		}
	}
	for _, r := range a.ch.Removals {
		if r.Kind == geo.StatusRow && r.Collection == collection {
			periods = append(periods, r.ID)
		}
	}
	return features, projects, periods
}

func (a *surroundings) addPhases(ctx context.Context, tx pgx.Tx, t *table, owner string, owners, replaced []string) error {
	if t.status == "" {
		return nil
	}
	var q statement
	stored, err := t.selectPeriods(ctx, tx, &q, "WHERE "+owner+" = ANY ("+q.bind(owners)+") AND s.id <> ALL ("+q.bind(replaced)+") AND s.kind = 'phase'")
	a.ds.Periods = append(a.ds.Periods, stored...)
	return err
}

// addMembers adds one stored feature of each project.
func (a *surroundings) addMembers(ctx context.Context, tx pgx.Tx, t *table, projects []string) error {
	var own []string
	for i := range a.ds.Features[t.collection.ID] {
		own = append(own, a.ds.Features[t.collection.ID][i].ID)
	}
	var q statement
	members, err := t.selectFeatures(ctx, tx, &q, "WHERE f.id IN (SELECT min(id) FROM "+t.features+
		" WHERE "+t.project+" = ANY ("+q.bind(projects)+") AND id <> ALL ("+q.bind(nonNil(own))+") GROUP BY "+t.project+")")
	a.ds.Features[t.collection.ID] = append(a.ds.Features[t.collection.ID], members...)
	return err
}

// nonNil keeps an empty list from being NULL, to which nothing compares.
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// collectSources adds the sources that the change refers to, and reports whether all of
// them are there.
func (a *surroundings) collectSources(ctx context.Context, tx pgx.Tx) (there bool, err error) {
	ids := a.refers[geo.SourcesID]
	if len(ids) == 0 {
		return true, nil
	}
	stored, err := a.stored.named(ctx, tx, ids)
	a.ds.Sources = append(a.ds.Sources, stored...)
	return len(stored) == len(ids), err
}
