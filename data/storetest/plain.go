package storetest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"oxus/geo"
)

// Plain is a store with nothing clever in it: lists that are read from end to
// end, and the functions of geo. What it answers is right because it can be
// read. It forgets everything with the process. It is also a geo.Keeper, for
// the tests of what stands above one.
type Plain struct {
	// Fail, when set, is what Apply and Ready answer.
	Fail error

	atlas *geo.Atlas
	mu    sync.Mutex
	ds    *geo.Dataset
	// revisions is all there was; the present and every past are made of it.
	revisions []geo.Revision
	keys      map[string]geo.Key
	kept      plainImports
	// moment is the last that a change or a question has taken.
	moment time.Time
}

// NewPlain returns an empty store.
func NewPlain(atlas *geo.Atlas) *Plain {
	return &Plain{atlas: atlas, ds: &geo.Dataset{Features: map[string][]geo.Feature{}, State: geo.Beginning()}, kept: newPlainImports()}
}

func (s *Plain) now() plainState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return plainState{atlas: s.atlas, ds: s.ds}
}

// Items implements geo.Reader.
func (s *Plain) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return s.now().Items(ctx, q)
}

// Count implements geo.Reader.
func (s *Plain) Count(ctx context.Context, q geo.Query) (int, error) { return s.now().Count(ctx, q) }

// Detail implements geo.Reader.
func (s *Plain) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	return s.now().Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (s *Plain) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	return s.now().Sources(ctx, ids)
}

// Version implements geo.Reader.
func (s *Plain) Version(ctx context.Context, c *geo.Collection) (string, error) {
	return s.now().Version(ctx, c)
}

// Summary implements geo.Reader.
func (s *Plain) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	return s.now().Summary(ctx, c)
}

// Ready implements geo.Reader.
func (s *Plain) Ready(context.Context) error { return s.Fail }

// Close implements geo.Store.
func (s *Plain) Close() error { return nil }

// Load implements geo.Keeper.
func (s *Plain) Load(context.Context) (*geo.Dataset, error) {
	now := s.now()
	return now.versioned(), nil
}

func (s plainState) versioned() *geo.Dataset {
	ds := *s.ds
	ds.Versions = map[string]string{}
	for _, c := range s.atlas.Collections {
		ds.Versions[c.ID] = strconv.FormatInt(ds.State.Last, 10)
	}
	return &ds
}

// State implements geo.Recorder. Each change and each question takes a moment of
// its own, so that no two are one.
func (s *Plain) State(_ context.Context, moment time.Time) (geo.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.tick()
	if moment.IsZero() {
		moment = now
	}
	st := geo.State{Moment: moment.UTC()}
	for i := range s.revisions {
		if !s.revisions[i].Recorded.After(moment) {
			st.Last = s.revisions[i].Number
		}
	}
	return st, geo.Future(moment, now)
}

func (s *Plain) tick() time.Time {
	s.moment = s.moment.Add(time.Microsecond)
	if now := time.Now().UTC().Truncate(time.Microsecond); now.After(s.moment) {
		s.moment = now
	}
	return s.moment
}

// Pinned implements geo.Recorder.
func (s *Plain) Pinned() geo.Pinned { return geo.Pin(s) }

// Latest implements geo.Recorder.
func (s *Plain) Latest(context.Context) (geo.State, error) { return s.now().ds.State, nil }

// At implements geo.Recorder.
func (s *Plain) At(_ context.Context, st geo.State) (geo.Reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return plainState{atlas: s.atlas, ds: Replay(s.atlas, s.revisions[:st.Last])}, nil
}

// LoadAt implements geo.Archive.
func (s *Plain) LoadAt(_ context.Context, st geo.State) (*geo.Dataset, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return plainState{atlas: s.atlas, ds: Replay(s.atlas, s.revisions[:st.Last])}.versioned(), nil
}

// Revisions implements geo.Recorder.
func (s *Plain) Revisions(_ context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	s.mu.Lock()
	revisions := slices.Clone(s.revisions)
	s.mu.Unlock()
	if q.Newest {
		slices.Reverse(revisions)
	}
	return func(yield func(geo.Revision, error) bool) {
		sent := 0
		for i := range revisions {
			if r := &revisions[i]; q.Follows(r.Number) && q.Asks(r) {
				if !yield(*r, nil) {
					return
				}
				if sent++; sent == q.Limit {
					return
				}
			}
		}
	}
}

// Replay makes the dataset that revisions from the first on lead to.
func Replay(atlas *geo.Atlas, revisions []geo.Revision) *geo.Dataset {
	ds := &geo.Dataset{Features: map[string][]geo.Feature{}, State: geo.Beginning()}
	features, periods, sources := map[string]map[string]geo.Feature{}, map[string]geo.Period{}, map[string]geo.Source{}
	for _, c := range atlas.Collections {
		features[c.ID] = map[string]geo.Feature{}
	}
	for i := range revisions {
		r := &revisions[i]
		switch r.Kind {
		case geo.FeatureRow:
			become(features[r.Collection], r.ID, r.After.Feature)
		case geo.StatusRow:
			become(periods, r.Collection+"/"+r.ID, r.After.Period)
		case geo.SourceRow:
			become(sources, r.ID, r.After.Source)
		}
		ds.State = geo.State{Moment: r.Recorded, Last: r.Number}
	}
	for id, byID := range features {
		ds.Features[id] = ordered(byID, func(a, b geo.Feature) int { return cmp.Compare(a.ID, b.ID) })
	}
	ds.Periods = ordered(periods, geo.ComparePeriods)
	ds.Sources = ordered(sources, func(a, b geo.Source) int { return cmp.Compare(a.ID, b.ID) })
	return ds
}

func become[T any](rows map[string]T, key string, after *T) {
	if after == nil {
		delete(rows, key)
		return
	}
	rows[key] = *after
}

func ordered[T any](rows map[string]T, compare func(a, b T) int) []T {
	var all []T
	for _, row := range rows {
		all = append(all, row)
	}
	slices.SortFunc(all, compare)
	return all
}

// Apply implements geo.Writer.
func (s *Plain) Apply(ctx context.Context, ch geo.Change) error {
	ch, err := ch.Whole() // before the lock: it may be read from here
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmp.Or(s.Fail, ctx.Err()); err != nil {
		return err
	}
	for _, p := range ch.Features {
		if _, err := s.atlas.Stored(p.Collection.ID); err != nil {
			return err
		}
	}
	if err := geo.Faulty(ch.WrittenTwice()); err != nil {
		return err
	}
	if missed := s.missed(&ch); len(missed) > 0 {
		return &geo.Error{Kind: geo.Conflict, Faults: missed}
	}
	d := &draft{store: s, change: &ch, next: slices.Clone(s.revisions), recorded: s.tick()}
	d.write()
	after := Replay(s.atlas, d.next)
	if faults := append(s.atlas.Check(after, geo.ByFeature), d.twice...); len(faults) > 0 {
		return geo.Faulty(faults)
	}
	if len(d.stale) > 0 {
		return &geo.Error{Kind: geo.Conflict, Faults: d.stale}
	}
	imports, err := s.kept.with(ch.Imports, d.recorded)
	if err != nil {
		return err
	}
	s.ds, s.revisions, s.kept.imports = after, d.next, imports
	return nil
}

// missed are the rows that were changed since the state the change was made against.
func (s *Plain) missed(ch *geo.Change) (faults []geo.Fault) {
	if ch.Since == nil {
		return nil
	}
	for _, rows := range ch.Uncounted() {
		for _, id := range rows.IDs {
			later := func(r geo.Revision) bool {
				return r.Number > ch.Since.Last && r.Kind == rows.Kind && r.Collection == rows.Collection && r.ID == id
			}
			if slices.ContainsFunc(s.revisions, later) {
				faults = append(faults, rows.Changed(id))
			}
		}
	}
	return faults
}

// draft is a change on its way into the revisions.
type draft struct {
	store        *Plain
	change       *geo.Change
	next         []geo.Revision
	recorded     time.Time
	stale, twice []geo.Fault
}

// write appends a revision for each row that the change makes another.
func (d *draft) write() {
	for i := range d.change.Removals {
		d.remove(&d.change.Removals[i])
	}
	seen := map[string]bool{}
	for _, src := range d.change.Sources {
		d.once(seen, geo.SourcesID, src.ID)
		d.add(geo.SourcesID, geo.SourceRow, src.ID, geo.Row{Source: &src})
	}
	for _, p := range d.change.Features {
		d.once(seen, p.Collection.ID, p.Feature.ID)
		d.put(&p)
	}
	for _, p := range d.change.Periods {
		d.once(seen, geo.StatusID, p.Collection+"/"+p.ID)
		d.add(p.Collection, geo.StatusRow, p.ID, geo.Row{Period: &p})
	}
}

func (d *draft) once(seen map[string]bool, collection, id string) {
	if key := collection + "/" + id; seen[key] {
		d.twice = append(d.twice, geo.Fault{Rule: geo.RuleDuplicateID, Place: geo.ByFeature(collection, id), Detail: "it is written twice"})
	} else {
		seen[key] = true
	}
}

// latest returns what a row is after the last revision, and the highest revision
// of a feature that it ever had.
func (d *draft) latest(collection string, kind geo.RowKind, id string) (row geo.Row, reached int64) {
	for i := range d.next {
		r := &d.next[i]
		if r.Kind == kind && r.Collection == collection && r.ID == id {
			if row = r.After; row.Feature != nil {
				reached = row.Feature.Revision
			}
		}
	}
	return row, reached
}

func (d *draft) put(p *geo.Put) {
	stored, reached := d.latest(p.Collection.ID, geo.FeatureRow, p.Feature.ID)
	revision := int64(0)
	if stored.Feature != nil {
		revision = stored.Feature.Revision
	}
	if revision != p.Expect {
		d.stale = append(d.stale, geo.Fault{Rule: geo.RuleChanged, Place: geo.ByFeature(p.Collection.ID, p.Feature.ID), Detail: "it has changed"})
	}
	f := p.Feature
	f.Revision = revision
	if stored.Feature != nil && f.SameContent(stored.Feature) {
		return
	}
	f.Revision = reached + 1
	d.add(p.Collection.ID, geo.FeatureRow, f.ID, geo.Row{Feature: &f})
}

func (d *draft) remove(r *geo.Removal) {
	collection := r.Collection
	if r.Kind == geo.SourceRow {
		collection = geo.SourcesID
	}
	stored, _ := d.latest(collection, r.Kind, r.ID)
	if !stored.Exists() || stored.Feature != nil && stored.Feature.Revision != r.Expect {
		d.stale = append(d.stale, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: "it has changed"})
		return
	}
	d.add(collection, r.Kind, r.ID, geo.Row{})
}

// add appends a revision, unless the row is so already.
func (d *draft) add(collection string, kind geo.RowKind, id string, after geo.Row) {
	before, _ := d.latest(collection, kind, id)
	r := geo.Revision{
		Number: int64(len(d.next)) + 1, Recorded: d.recorded, Actor: d.change.Actor, Note: d.change.Note,
		Collection: collection, Kind: kind, ID: id, Before: before, After: after,
	}
	if c, err := d.store.atlas.Collection(collection); kind == geo.SourceRow || err == nil {
		if len(r.Differences(c)) == 0 {
			return
		}
	}
	d.next = append(d.next, r)
}
