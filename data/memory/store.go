package memory

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"oxus/geo"
)

// Store answers from a snapshot and keeps through a geo.Keeper. It implements
// geo.Store.
type Store struct {
	reading
	atlas  *geo.Atlas
	keeper geo.Keeper

	current atomic.Pointer[snapshot]
	// writing lets one change or one loading through at a time, so that each
	// change is checked against the state it will join and no older state
	// replaces a newer one.
	writing sync.Mutex
	// seen is the keeper's data version at the last loading, where it has one.
	seen int64
	// failed says that the last loading went wrong, untold that one went well of which
	// Follow has not told.
	failed, untold bool
	// waits puts the loading after a change off until the next reading; putOff says
	// that it is put off.
	waits  bool
	putOff atomic.Bool

	past past
	gone gone
	// course is how the present state goes on.
	course geo.Course
}

// Over loads everything the keeper keeps and returns a store that answers from
// it. Closing the store closes the keeper.
func Over(ctx context.Context, atlas *geo.Atlas, keeper geo.Keeper) (*Store, error) {
	s := &Store{atlas: atlas, keeper: keeper}
	s.reading = s.now
	if outside, ok := keeper.(geo.Outside); ok {
		// Read before loading: a change in between is loaded twice, not missed.
		seen, err := outside.DataVersion(ctx)
		if err != nil {
			return s, err
		}
		s.seen = seen
	}
	return s, s.load(ctx)
}

// load answers from what the keeper keeps from now on. Readers under way finish
// on the state they began with.
func (s *Store) load(ctx context.Context) error {
	now, err := s.built(func() (*geo.Dataset, error) { return s.keeper.Load(ctx) })
	s.failed = err != nil && ctx.Err() == nil
	if err != nil {
		return fmt.Errorf("load the data into memory: %w", err)
	}
	was := s.current.Load()
	now.versions = versionsOf(now.data, was)
	s.current.Store(now)
	if was == nil {
		s.course.Begin(now.versions)
		return nil
	}
	s.past.keep(was)
	s.course.Go(now.versions, nil)
	return nil
}

// Dataset returns the state the store answers from. It must not be changed.
func (s *Store) Dataset() *geo.Dataset { return s.current.Load().data }

// Ready implements geo.Reader.
func (s *Store) Ready(ctx context.Context) error { return s.keeper.Ready(ctx) }

// Close closes the keeper.
func (s *Store) Close() error { return s.keeper.Close() }

// Apply implements geo.Writer: the change is checked against the state it will
// join, kept, and answered from a new snapshot. Faults that lie in what is kept
// already are not the change's. Other changes wait while its parts are read. It is
// Unavailable while an edit of another program cannot be loaded.
func (s *Store) Apply(ctx context.Context, ch geo.Change) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.catchUp(ctx); err != nil {
		return notTakenIn(err)
	}
	if ch.Parts != nil {
		return s.applyParts(ctx, ch)
	}
	for _, p := range ch.Features {
		if _, err := s.atlas.Stored(p.Collection.ID); err != nil {
			return err
		}
	}
	before := s.Dataset()
	if err := geo.Faulty(ch.WrittenTwice()); err != nil {
		return err
	}
	if err := geo.Faulty(s.unless(s.atlas.Check(merge(before, ch), geo.ByFeature), before)); err != nil {
		return err
	}
	ch = s.effective(ch)
	moved := moves(&ch)
	if !moved && len(ch.Imports) == 0 {
		return nil
	}
	if err := s.keeper.Apply(ctx, ch); err != nil || !moved {
		return err
	}
	s.renew(ctx)
	return nil
}

// renew answers from the state after a change. The change is durable: a client
// that goes away now must not leave the readers on the old state, and a loading
// that fails does not undo it.
func (s *Store) renew(ctx context.Context) {
	if s.waits {
		s.putOff.Store(true)
		return
	}
	if err := s.load(context.WithoutCancel(ctx)); err != nil {
		s.seen = neverSeen
	}
}

// WaitToLoad has the store load what a change has led to when it is next read, not
// at once: a command that ends with its change needs it never. It is called before
// the store is used.
func (s *Store) WaitToLoad() { s.waits = true }

// catchUpOwn loads what an own change has led to, if that was put off. The caller holds
// the lock.
func (s *Store) catchUpOwn(ctx context.Context) error {
	if !s.putOff.Load() {
		return nil
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	s.putOff.Store(false)
	return nil
}

// effective leaves out puts of features that are already so, at the revision
// expected: they are no change.
func (s *Store) effective(ch geo.Change) geo.Change {
	now := s.current.Load()
	same := func(p geo.Put) bool {
		part := now.collections[p.Collection.ID]
		i, found := part.find(p.Feature.ID)
		return found && part.features[i].Revision == p.Expect && part.features[i].SameContent(&p.Feature)
	}
	ch.Features = slices.DeleteFunc(slices.Clone(ch.Features), same)
	return ch
}

// neverSeen is a data version no keeper has.
const neverSeen = math.MinInt64

// Follow answers from a new state within the given time after another program
// has changed what the keeper keeps, until the context ends. After each loading
// it tells nil, and what goes wrong once; the old state is answered from
// meanwhile and the loading tried again. It returns at once when no other
// program can change the keeper's data.
func (s *Store) Follow(ctx context.Context, every time.Duration, tell func(error)) {
	if _, ok := s.keeper.(geo.Outside); !ok {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.writing.Lock()
		err := s.catchUp(ctx)
		loaded := err == nil && s.untold
		s.untold = s.untold && !loaded
		s.writing.Unlock()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && firstLine(err) != told:
			told = firstLine(err)
			tell(err)
		case loaded:
			told = ""
			tell(nil)
		}
	}
}

// catchUp loads what this program or another has changed since the last loading. The
// caller holds the lock.
func (s *Store) catchUp(ctx context.Context) error {
	version := int64(0) // that of a keeper which no other program changes
	if outside, ok := s.keeper.(geo.Outside); ok {
		var err error
		if version, err = outside.DataVersion(ctx); err != nil {
			return err
		}
	}
	if version == s.seen {
		return s.catchUpOwn(ctx)
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	s.seen, s.untold = version, true
	s.putOff.Store(false)
	return nil
}

// notTakenIn says that the data has changed and that nobody can tell to what. The cause,
// nil where there is none, is for the log.
func notTakenIn(cause error) error {
	err := geo.Errorf(geo.Unavailable, "The data has changed and cannot be read now; ask again in a moment.")
	if cause == nil {
		return err
	}
	return fmt.Errorf("%w (%w)", err, cause)
}

// merge returns the dataset as it would be after the change, sharing all that
// the change does not touch.
func merge(ds *geo.Dataset, ch geo.Change) *geo.Dataset {
	gone := map[geo.Removal]bool{}
	for _, r := range ch.Removals {
		r.Expect = 0
		gone[r] = true
	}
	after := &geo.Dataset{Features: map[string][]geo.Feature{}}
	after.Sources = replace(ds.Sources, ch.Sources, gone, func(s *geo.Source) geo.Removal { return geo.Removal{Kind: geo.SourceRow, ID: s.ID} })
	after.Periods = replace(ds.Periods, ch.Periods, gone, func(p *geo.Period) geo.Removal {
		return geo.Removal{Kind: geo.StatusRow, Collection: p.Collection, ID: p.ID}
	})
	puts := map[string][]geo.Feature{}
	for _, p := range ch.Features {
		puts[p.Collection.ID] = append(puts[p.Collection.ID], p.Feature)
	}
	for id, features := range ds.Features {
		after.Features[id] = features
		puts[id] = puts[id][:len(puts[id]):len(puts[id])] // named, if only by nothing
	}
	for id := range puts {
		after.Features[id] = replace(ds.Features[id], puts[id], gone, func(f *geo.Feature) geo.Removal {
			return geo.Removal{Kind: geo.FeatureRow, Collection: id, ID: f.ID}
		})
	}
	return after
}

// replace returns old without what is gone, with every new entry in the place of
// the one that has its key, or added. A key given twice stays twice, for the
// check to find.
func replace[T any](old, changes []T, gone map[geo.Removal]bool, key func(*T) geo.Removal) []T {
	if len(changes)+len(gone) == 0 {
		return old
	}
	changed := make(map[geo.Removal]bool, len(changes))
	for i := range changes {
		changed[key(&changes[i])] = true
	}
	merged := make([]T, 0, len(old)+len(changes))
	for i := range old {
		if k := key(&old[i]); !changed[k] && !gone[k] {
			merged = append(merged, old[i])
		}
	}
	merged = append(merged, changes...)
	slices.SortStableFunc(merged, func(a, b T) int {
		x, y := key(&a), key(&b)
		return cmp.Or(cmp.Compare(x.Collection, y.Collection), cmp.Compare(x.ID, y.ID))
	})
	return merged
}
