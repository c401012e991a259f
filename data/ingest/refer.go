package ingest

import (
	"context"
	"fmt"

	"oxus/geo"
)

// refer refuses records that cite a source or name a feature that neither is
// stored nor comes with them, so that a dry run promises only what can be done.
func (b *builder) refer(ctx context.Context, store geo.Reader) error {
	known, err := b.knownSources(ctx, store)
	if err != nil {
		return err
	}
	for i, p := range b.plan.change.Features {
		place := geo.Place{File: b.request.File, Record: b.records[i], Feature: p.Feature.ID, Field: geo.SourcesID}
		for _, id := range p.Feature.Sources {
			if !known[id] {
				b.reject(geo.Fault{Rule: geo.RuleSource, Place: place, Detail: fmt.Sprintf("there is no source %q", id)})
			}
		}
	}
	for i := range b.request.Collection.Properties {
		if err := b.referred(ctx, store, i); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) knownSources(ctx context.Context, store geo.Reader) (map[string]bool, error) {
	var cited []string
	for _, p := range b.plan.change.Features {
		cited = append(cited, p.Feature.Sources...)
	}
	stored, err := store.Sources(ctx, cited)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, s := range append(stored, b.plan.change.Sources...) {
		known[s.ID] = true
	}
	return known, nil
}

// referred checks the property at position i where it names features.
func (b *builder) referred(ctx context.Context, store geo.Reader, i int) error {
	property := &b.request.Collection.Properties[i]
	if property.Refers == "" || !b.mapping.has(property.Name) {
		return nil
	}
	target, err := b.request.Atlas.Collection(property.Refers)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for it, err := range store.Items(ctx, geo.Query{Collection: target, Today: b.today}) {
		if err != nil {
			return err
		}
		known[it.ID] = true
	}
	for _, p := range b.plan.change.Features {
		known[p.Feature.ID] = known[p.Feature.ID] || target.ID == p.Collection.ID
	}
	for n, p := range b.plan.change.Features {
		if id, ok := p.Feature.Values[i].(string); ok && !known[id] {
			place := geo.Place{File: b.request.File, Record: b.records[n], Feature: p.Feature.ID, Field: property.Name}
			b.reject(geo.Fault{Rule: geo.RuleFeature, Place: place, Detail: fmt.Sprintf("%s has no feature %q", target.ID, id)})
		}
	}
	return nil
}
