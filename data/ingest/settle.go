package ingest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"oxus/geo"
)

// settle looks up what the records name, emits what waits, and says what becomes of
// the features that a whole collection does not have any more.
func (b *builder) settle(ctx context.Context, store geo.Reader) error {
	if err := b.checkSources(ctx, store); err != nil {
		return err
	}
	for _, collection := range slices.Sorted(maps.Keys(b.referred)) {
		if err := b.checkReferred(ctx, store, collection); err != nil {
			return err
		}
	}
	if b.target.kind == geo.StatusRow {
		if err := b.checkPeriods(ctx, store); err != nil {
			return err
		}
	}
	b.order()
	for i := range b.waiting {
		if err := b.write(&b.waiting[i]); err != nil {
			return err
		}
	}
	return b.missing(ctx, store)
}

// refuse refuses the record that names something that is not there.
func (b *builder) refuse(record int, field string, rule geo.Rule, format string, args ...any) {
	b.reject(geo.Fault{Rule: rule, Place: geo.Place{Record: record, Field: field}, Detail: fmt.Sprintf(format, args...)})
}

// checkSources refuses records that cite sources which are not there. The import
// itself is one where it is cited, and goes before everything else.
func (b *builder) checkSources(ctx context.Context, store geo.Reader) error {
	stored, err := store.Sources(ctx, slices.Sorted(maps.Keys(b.cited)))
	if err != nil {
		return err
	}
	for i := range stored {
		delete(b.cited, stored[i].ID)
	}
	delete(b.cited, b.ownSource())
	for _, id := range slices.Sorted(maps.Keys(b.cited)) {
		b.refuse(b.cited[id], geo.SourcesID, geo.RuleSource, "there is no source %q", id)
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

// checkReferred refuses records that name features of a collection which are not
// there.
func (b *builder) checkReferred(ctx context.Context, store geo.Reader, collection string) error {
	target, err := b.request.Atlas.Collection(collection)
	if err != nil {
		return err
	}
	named := b.referred[collection]
	for it, err := range store.Items(ctx, geo.Query{Collection: target, Today: b.today}) {
		if err != nil {
			return err
		}
		delete(named, it.ID)
	}
	for _, id := range slices.Sorted(maps.Keys(named)) {
		if collection == b.target.ID && b.added[id] {
			continue
		}
		b.refuse(named[id], "", geo.RuleFeature, "%s has no feature %q", collection, id)
	}
	return nil
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
	for it, err := range store.Items(ctx, geo.Query{Collection: c, Today: b.today, Histories: c.HasStatus()}) {
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
