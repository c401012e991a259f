package postgis

import (
	"context"
	"slices"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// check holds a change against the rules together with the part of the data it
// touches, so that every fault is found and placed. Faults that lie in what is
// stored already are not the change's, overlaps apart: those take two.
func (s *Store) check(ctx context.Context, tx pgx.Tx, ch *geo.Change) error {
	if err := geo.Faulty(ch.WrittenTwice()); err != nil {
		return err
	}
	around := &surroundings{stored: s.view, ch: ch, ds: &geo.Dataset{
		Sources: slices.Clone(ch.Sources), Periods: slices.Clone(ch.Periods), Features: map[string][]geo.Feature{},
	}, own: map[string]bool{}}
	for i := range ch.Features {
		p := &ch.Features[i]
		if _, err := s.atlas.Stored(p.Collection.ID); err != nil {
			return err
		}
		around.ds.Features[p.Collection.ID] = append(around.ds.Features[p.Collection.ID], p.Feature)
		around.mine(p.Collection.ID, p.Feature.ID)
	}
	for i := range ch.Periods {
		around.mine(geo.StatusID, ch.Periods[i].Collection+"/"+ch.Periods[i].ID)
	}
	for i := range ch.Sources {
		around.mine(geo.SourcesID, ch.Sources[i].ID)
	}
	for _, c := range s.atlas.Collections {
		if err := around.collect(ctx, tx, s, s.tables[c.ID]); err != nil {
			return err
		}
	}
	if err := around.collectSources(ctx, tx); err != nil {
		return err
	}
	faults := slices.DeleteFunc(s.atlas.Check(around.ds, geo.ByFeature), func(f geo.Fault) bool {
		return f.Rule != geo.RuleOverlap && !around.own[f.Place.Feature]
	})
	return geo.Faulty(faults)
}

// surroundings is a change with what it refers to.
type surroundings struct {
	stored view
	ch     *geo.Change
	ds     *geo.Dataset
	own    map[string]bool // places of the change itself
}

func (a *surroundings) mine(collection, id string) {
	a.own[geo.ByFeature(collection, id).Feature] = true
}

// missing returns those ids, each once, that the change does not bring itself.
func (a *surroundings) missing(collection string, ids []string) []string {
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool {
		return a.own[geo.ByFeature(collection, id).Feature]
	})
}

// collect adds the features of one collection that the change refers to, and
// the phases that its own may overlap.
func (a *surroundings) collect(ctx context.Context, tx pgx.Tx, s *Store, t *table) error {
	c := t.collection
	owners, projects, periods := a.owners(c.ID)
	referred := append(a.referred(s, c.ID), owners...)
	var q statement
	features, err := t.selectFeatures(ctx, tx, &q, "WHERE f.id = ANY ("+q.bind(a.missing(c.ID, referred))+")")
	if err != nil {
		return err
	}
	a.ds.Features[c.ID] = append(a.ds.Features[c.ID], features...)
	if len(owners) > 0 {
		if err := a.addPhases(ctx, tx, t, "s.feature", owners, periods); err != nil {
			return err
		}
	}
	if len(projects) == 0 || t.project == "" {
		return nil
	}
	if err := a.addMembers(ctx, tx, t, projects); err != nil {
		return err
	}
	return a.addPhases(ctx, tx, t, "s.project", projects, periods)
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

// referred returns the ids of a collection that the change's features name.
func (a *surroundings) referred(s *Store, collection string) []string {
	var ids []string
	for i := range a.ch.Features {
		p := &a.ch.Features[i]
		for j, v := range p.Feature.Values {
			properties := s.tables[p.Collection.ID].collection.Properties
			if id, ok := v.(string); ok && j < len(properties) && properties[j].Refers == collection {
				ids = append(ids, id)
			}
		}
	}
	return ids
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

func (a *surroundings) collectSources(ctx context.Context, tx pgx.Tx) error {
	var cited []string
	for i := range a.ch.Features {
		cited = append(cited, a.ch.Features[i].Feature.Sources...)
	}
	for i := range a.ch.Periods {
		cited = append(cited, a.ch.Periods[i].Sources...)
	}
	stored, err := a.stored.named(ctx, tx, a.missing(geo.SourcesID, cited))
	a.ds.Sources = append(a.ds.Sources, stored...)
	return err
}
