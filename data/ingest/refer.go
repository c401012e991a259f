package ingest

import (
	"context"
	"fmt"
	"slices"

	"oxus/geo"
)

// refer refuses records that cite a source or name a feature that neither is
// stored nor comes with them, so that a dry run promises only what can be done.
func (b *builder) refer(ctx context.Context, store geo.Reader) error {
	faults := make([][]geo.Fault, len(b.plan.change.Features))
	known, err := b.knownSources(ctx, store)
	if err != nil {
		return err
	}
	for n, p := range b.plan.change.Features {
		for _, id := range p.Feature.Sources {
			if !known[id] {
				faults[n] = append(faults[n], b.faultOf(n, geo.SourcesID, geo.RuleSource, "there is no source %q", id))
			}
		}
	}
	for i := range b.request.Collection.Properties {
		if err := b.referred(ctx, store, i, faults); err != nil {
			return err
		}
	}
	b.withdraw(faults)
	return nil
}

// faultOf places a fault found in the n-th put at its record.
func (b *builder) faultOf(n int, field string, rule geo.Rule, format string, args ...any) geo.Fault {
	place := geo.Place{File: b.request.File, Record: b.records[n], Feature: b.plan.change.Features[n].Feature.ID, Field: field}
	return geo.Fault{Rule: rule, Place: place, Detail: fmt.Sprintf(format, args...)}
}

// withdraw refuses the puts that have faults: they are neither new nor changed.
func (b *builder) withdraw(faults [][]geo.Fault) {
	refused := map[string]bool{}
	var kept []geo.Put
	for n, p := range b.plan.change.Features {
		if len(faults[n]) == 0 {
			kept = append(kept, p)
			continue
		}
		b.reject(faults[n]...)
		refused[p.Feature.ID] = true
	}
	report := &b.plan.Report
	b.plan.change.Features = kept
	report.New = slices.DeleteFunc(report.New, func(id string) bool { return refused[id] })
	report.Changed = slices.DeleteFunc(report.Changed, func(ch Change) bool { return refused[ch.ID] })
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

// referred checks the property at position i where it names features, and adds
// the faults of each put.
func (b *builder) referred(ctx context.Context, store geo.Reader, i int, faults [][]geo.Fault) error {
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
			faults[n] = append(faults[n], b.faultOf(n, property.Name, geo.RuleFeature, "%s has no feature %q", target.ID, id))
		}
	}
	return nil
}
