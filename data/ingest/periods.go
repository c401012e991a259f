package ingest

import (
	"cmp"
	"context"
	"slices"

	"oxus/geo"
)

// phaseOwner is what phases must not overlap for.
type phaseOwner struct {
	collection string
	scope      geo.Scope
	id         string
}

func ownerOf(p *geo.Period) phaseOwner { return phaseOwner{p.Collection, p.Scope, p.Owner} }

// checkPeriods holds the periods of the file against the rules together with those
// that are stored.
func (b *builder) checkPeriods(ds *geo.Dataset) []lateFault {
	mine := map[string]*Entry{}
	for i := range b.waiting {
		p := b.waiting[i].After.Period
		mine[p.Collection+"/"+p.ID] = &b.waiting[i]
	}
	ds.Periods = slices.DeleteFunc(ds.Periods, func(p geo.Period) bool { return mine[p.Collection+"/"+p.ID] != nil })
	for i := range b.waiting {
		ds.Periods = append(ds.Periods, *b.waiting[i].After.Period)
	}
	ds.Sources = standIns(ds.Periods)
	place := func(collection, id string) geo.Place {
		e := mine[id]
		if collection != geo.StatusID || e == nil {
			return geo.Place{}
		}
		return geo.Place{File: b.request.File, Record: e.Record, Feature: e.ID}
	}
	isNew := map[int]bool{}
	for i := range b.waiting {
		isNew[b.waiting[i].Record] = isNew[b.waiting[i].Record] || !b.waiting[i].Before.Exists()
	}
	var late []lateFault
	for _, fault := range b.request.Atlas.Check(ds, place) {
		if fault.Place.Record > 0 {
			late = append(late, lateFault{fault, isNew[fault.Place.Record]})
		}
	}
	return late
}

// periodsAround returns the features that the file's periods may speak for, and the
// stored periods of those collections.
func (b *builder) periodsAround(ctx context.Context, store geo.Reader) (*geo.Dataset, error) {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}}
	for i := range b.waiting {
		id := b.waiting[i].Collection
		c, err := b.request.Atlas.Collection(id)
		if _, done := ds.Features[id]; done || err != nil || !c.HasStatus() {
			continue // the check names the collections that are none
		}
		seen := map[string]bool{}
		ds.Features[id] = nil
		for it, err := range store.Items(ctx, geo.Query{Collection: c, Today: b.today, Histories: true, Sort: geo.ByID()}) {
			if err != nil {
				return nil, err
			}
			ds.Features[id] = append(ds.Features[id], *it.Feature)
			for _, p := range it.History {
				if !seen[p.ID] {
					seen[p.ID] = true
					ds.Periods = append(ds.Periods, p)
				}
			}
		}
	}
	return ds, nil
}

// standIns are sources of the ids that the periods cite: whether they are there has
// been looked up before.
func standIns(periods []geo.Period) []geo.Source {
	var sources []geo.Source
	known := map[string]bool{}
	for i := range periods {
		for _, id := range periods[i].Sources {
			if !known[id] {
				known[id] = true
				sources = append(sources, geo.Source{ID: id, Publisher: "-", Title: "-"})
			}
		}
	}
	return sources
}

// phase is a phase with the row of the file that it is, nil for a stored one.
type phase struct {
	period *geo.Period
	entry  *Entry
}

// endPhases ends each phase without a known end where the next one begins: so that
// a reopening is one row.
func (b *builder) endPhases(stored []geo.Period) {
	mine := map[string]bool{}
	owners := map[phaseOwner][]phase{}
	add := func(p *geo.Period, e *Entry) {
		if p.Kind == geo.Phase && p.From.Known() {
			owners[ownerOf(p)] = append(owners[ownerOf(p)], phase{p, e})
		}
	}
	var order []phaseOwner
	for i := range b.waiting {
		p := b.waiting[i].After.Period
		mine[p.Collection+"/"+p.ID] = true
		if owners[ownerOf(p)] == nil {
			order = append(order, ownerOf(p))
		}
		add(p, &b.waiting[i])
	}
	for i := range stored {
		if p := &stored[i]; !mine[p.Collection+"/"+p.ID] && owners[ownerOf(p)] != nil {
			add(p, nil)
		}
	}
	var ended []Entry
	for _, o := range order {
		phases := owners[o]
		slices.SortStableFunc(phases, func(x, y phase) int { return cmp.Compare(x.period.From.Date, y.period.From.Date) })
		for i := range len(phases) - 1 {
			if e := b.endPhase(phases[i], phases[i+1]); e != nil {
				ended = append(ended, *e)
			}
		}
	}
	b.waiting = append(b.waiting, ended...)
}

// endPhase ends a phase by the one after it, and returns the entry of a stored one.
func (b *builder) endPhase(this, next phase) *Entry {
	if this.period.Basis != geo.Ongoing || this.period.From.Date >= next.period.From.Date || this.entry == nil && next.entry == nil {
		return nil
	}
	after := *this.period
	after.Basis, after.To = geo.Ended, next.period.From
	record := 0
	switch {
	case this.entry != nil:
		record = this.entry.Record
		this.entry.After.Period = &after
	default:
		record = next.entry.Record
	}
	b.report.Findings.add(&Finding{
		Severity: Repair, Rule: RulePhaseEnded, Record: record, Feature: after.Collection + "/" + after.Owner,
		Detail: "the phase " + after.Status + " from " + after.From.String() + " had no end: it ends on " + after.To.String() + ", when " + next.period.Status + " begins",
	})
	if this.entry != nil {
		return nil
	}
	return &Entry{Record: record, Collection: after.Collection, Kind: geo.StatusRow, ID: after.ID, Before: geo.Row{Period: this.period}, After: geo.Row{Period: &after}}
}
