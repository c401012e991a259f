package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"oxus/geo"
)

// settle emits what waits, looks up what the records name, and says what becomes of
// the features that a whole collection does not have any more.
func (b *builder) settle(ctx context.Context, store geo.Reader) error {
	around := &geo.Dataset{}
	if b.target.kind == geo.StatusRow {
		var err error
		if around, err = b.periodsAround(ctx, store); err != nil {
			return err
		}
		b.endPhases(around.Periods)
	}
	b.order()
	for i := range b.waiting {
		if err := b.write(&b.waiting[i]); err != nil {
			return err
		}
	}
	late, err := b.checkNames(ctx, store)
	if err != nil {
		return err
	}
	if b.target.kind == geo.StatusRow {
		late = append(late, b.checkPeriods(around)...)
	}
	b.rejectLate(late)
	return b.missing(ctx, store)
}

// lateFault is a fault that shows only when all records are read.
type lateFault struct {
	fault geo.Fault
	isNew bool
}

// rejectLate refuses records that were counted already, each once.
func (b *builder) rejectLate(late []lateFault) {
	byRecord := map[int][]geo.Fault{}
	for _, l := range late {
		byRecord[l.fault.Place.Record] = append(byRecord[l.fault.Place.Record], l.fault)
	}
	for _, l := range late {
		record := l.fault.Place.Record
		if byRecord[record] == nil {
			continue
		}
		b.reject(byRecord[record]...)
		b.report.withdraw(l.fault.Place.Feature, l.isNew)
		delete(byRecord, record)
	}
}

// checkNames finds the records that name sources and features which are not there.
func (b *builder) checkNames(ctx context.Context, store geo.Reader) ([]lateFault, error) {
	absent := map[string]map[string]bool{} // by collection
	for _, n := range b.names {
		if absent[n.collection] == nil {
			absent[n.collection] = map[string]bool{}
		}
		absent[n.collection][n.id] = true
	}
	for collection, ids := range absent {
		if err := b.strikeStored(ctx, store, collection, ids); err != nil {
			return nil, err
		}
	}
	var late []lateFault
	for _, n := range b.names {
		if !absent[n.collection][n.id] {
			continue
		}
		fault := geo.Fault{
			Rule: geo.RuleFeature, Place: geo.Place{File: b.request.File, Record: n.record, Feature: n.feature, Field: n.field, Point: n.at},
			Detail: fmt.Sprintf("%s has no feature %q", n.collection, n.id),
		}
		if n.collection == geo.SourcesID {
			fault.Rule, fault.Detail = geo.RuleSource, fmt.Sprintf("there is no source %q", n.id)
		}
		late = append(late, lateFault{fault, n.isNew})
	}
	return late, nil
}

// strikeStored takes what is there, stored or in the file, off the ids.
func (b *builder) strikeStored(ctx context.Context, store geo.Reader, collection string, ids map[string]bool) error {
	if collection == geo.SourcesID {
		stored, err := store.Sources(ctx, slices.Sorted(maps.Keys(ids)))
		for i := range stored {
			delete(ids, stored[i].ID)
		}
		return err
	}
	c, err := b.request.Atlas.Collection(collection)
	if err != nil {
		return err
	}
	for it, err := range store.Items(ctx, geo.Query{Collection: c, Today: b.today}) {
		if err != nil {
			return err
		}
		delete(ids, it.ID)
	}
	if collection == b.target.ID {
		maps.DeleteFunc(ids, func(id string, _ bool) bool { return b.added[id] })
	}
	return nil
}

// source is the source that an import itself is.
func (b *builder) source() *geo.Source {
	return &geo.Source{
		ID: b.ownSource(), Publisher: b.request.Actor, Title: "Import of " + b.request.File,
		Published: geo.On(b.today), Accessed: geo.On(b.today), Supports: "sha256:" + b.request.Digest,
	}
}

// order puts features that name others of their collection after those, as far as
// they do not name each other in a circle.
func (b *builder) order() {
	if b.target.kind != geo.FeatureRow {
		return
	}
	waits := map[string]bool{}
	for i := range b.waiting {
		waits[b.waiting[i].ID] = true
	}
	depth := map[string]int{}
	for range b.waiting {
		moved := false
		for i := range b.waiting {
			e := &b.waiting[i]
			for j := range b.target.Properties {
				id, named := e.After.Feature.Values[j].(string)
				if b.target.Properties[j].Refers == b.target.ID && named && waits[id] && depth[e.ID] <= depth[id] && depth[id] < len(b.waiting) {
					depth[e.ID] = depth[id] + 1
					moved = true
				}
			}
		}
		if !moved {
			break
		}
	}
	slices.SortStableFunc(b.waiting, func(x, y Entry) int { return cmp.Compare(depth[x.ID], depth[y.ID]) })
}

// missing counts the features that the file does not have, and removes them where
// the maintainer says so.
func (b *builder) missing(ctx context.Context, store geo.Reader) error {
	if b.target.kind != geo.FeatureRow {
		return nil
	}
	var gone []*geo.Feature
	for key, features := range b.stored {
		if _, inFile := b.seen[key]; !inFile {
			gone = append(gone, features...)
		}
	}
	slices.SortFunc(gone, func(x, y *geo.Feature) int { return cmp.Compare(x.ID, y.ID) })
	b.report.miss(gone)
	o := &b.request.Options
	switch {
	case len(gone) == 0 || o.mode() != Replace || o.Missing == Keep:
		return nil
	case o.Missing == unsaid:
		b.report.ask(ask("missing", []Choice{
			{Value: string(Keep), Detail: "they stay as they are"},
			{Value: string(Drop), Detail: "they are removed, with their status periods; the record keeps them"},
		}, "%d stored features are not in the file; say what becomes of them", len(gone)))
		return nil
	}
	return b.drop(ctx, store, gone)
}

// drop removes features with the periods that are recorded for them.
func (b *builder) drop(ctx context.Context, store geo.Reader, gone []*geo.Feature) error {
	dropped := map[string]bool{}
	for _, f := range gone {
		dropped[f.ID] = true
	}
	c := b.target.Collection
	for it, err := range store.Items(ctx, geo.Query{Collection: c, Today: b.today, Histories: c.HasStatus(), Sort: geo.ByID()}) {
		if err != nil {
			return err
		}
		if !dropped[it.ID] {
			continue
		}
		for i := range it.History {
			p := &it.History[i]
			if p.Scope != geo.OfFeature {
				continue
			}
			if err := b.write(&Entry{Collection: c.ID, Kind: geo.StatusRow, ID: p.ID, Before: geo.Row{Period: p}}); err != nil {
				return err
			}
		}
		if err := b.write(&Entry{Collection: c.ID, Kind: geo.FeatureRow, ID: it.ID, Before: geo.Row{Feature: it.Feature}}); err != nil {
			return err
		}
	}
	return nil
}
