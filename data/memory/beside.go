package memory

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"oxus/geo"
)

const (
	// maxAge is how old an answer may be: a state that was the present one when the
	// store was last asked may be answered from for so long.
	maxAge = time.Second
	// askEvery is how often the store is asked whether something has changed.
	askEvery = 250 * time.Millisecond
	// askTimeout is how long it may take to tell what.
	askTimeout = 30 * time.Second
	// loadAgain is how long the engine waits after a loading that failed.
	loadAgain = 5 * time.Second
)

// Options are what an engine beside a store needs to know.
type Options struct {
	// Budget is about how many bytes of memory it may take.
	Budget int64
	// Encode returns what writes the features of a collection as answers hold them;
	// nil means that answers are made of the features.
	Encode func(*geo.Collection) *geo.FeatureEncoder
	// Log takes what happens.
	Log *slog.Logger
}

// Beside answers questions about the present from memory, for the collections that
// fit in a budget, and leaves all others to the store that it stands beside: about
// other collections, the past, and whatever is asked while it is not sure of the
// present. All changes go to the store. It implements geo.Store.
type Beside struct {
	geo.Base
	atlas   *geo.Atlas
	options Options
	whole   sideView

	// fresh is what is answered from, and for how long.
	fresh atomic.Pointer[freshState]
	// writes counts the changes made over this engine: what was asked of the store
	// before one of them tells nothing of the present after it.
	mu     sync.Mutex
	writes int64

	// refreshing lets one refreshing through at a time; loaded is the newest state that
	// there is.
	refreshing sync.Mutex
	loaded     *present
	// wanted asks for everything to be loaded anew.
	wanted chan struct{}
	said   map[string]bool

	stop context.CancelFunc
	done sync.WaitGroup
}

// freshState is a state with the moment up to which it may be answered from.
type freshState struct {
	*present
	until time.Time
	// known is the same state as a store that watches its data knows it: as long as it
	// knows no other, the state may be answered from.
	known *geo.Known
}

// NewBeside returns an engine beside a store, which begins to load in the
// background. The readers of the store must count cells. Closing it closes the
// store.
func NewBeside(ctx context.Context, atlas *geo.Atlas, base geo.Base, options Options) (*Beside, error) {
	if _, counts := base.(geo.CellCounter); !counts {
		return nil, errors.New("the store beside which the engine is to stand counts no cells")
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Beside{Base: base, atlas: atlas, options: options, wanted: make(chan struct{}, 1), said: map[string]bool{}}
	s.whole = s.view(geo.Admin)
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.done.Go(func() { s.follow(running) })
	s.done.Go(func() { s.keepLoaded(running) })
	s.want()
	return s, nil
}

// now is the state to answer from, nil when that is the store's business.
func (s *Beside) now() *present {
	f := s.fresh.Load()
	switch {
	case f == nil:
		return nil
	case f.known != nil && s.Known() == f.known, time.Now().Before(f.until):
		return f.present
	}
	return nil
}

// Holds returns the ids of the collections that are answered from memory now, in the
// order they are shown, with about how many bytes each takes.
func (s *Beside) Holds() (ids []string, bytes []int64) {
	now := s.now()
	if now == nil {
		return nil, nil
	}
	for _, c := range s.atlas.Collections {
		if h := now.held[c.ID]; h != nil {
			ids, bytes = append(ids, c.ID), append(bytes, h.bytes)
		}
	}
	return ids, bytes
}

// Await returns when the engine answers from the state that the store is in.
func (s *Beside) Await(ctx context.Context) error {
	for s.now() == nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the memory engine: %w", ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
		if err := s.refresh(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Close stops the engine and closes the store.
func (s *Beside) Close() error {
	s.stop()
	s.done.Wait()
	return s.Base.Close()
}

// Apply implements geo.Writer. Whoever made a change is answered from it or by the
// store, never from the state before it.
func (s *Beside) Apply(ctx context.Context, ch geo.Change) error {
	err := s.Base.Apply(ctx, ch)
	s.mu.Lock()
	s.writes++
	s.fresh.Store(nil)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	// The change is durable: what goes wrong here only leaves more to the store.
	if err := s.refreshSoon(context.WithoutCancel(ctx)); err != nil {
		s.say("the memory engine cannot follow a change", err)
	}
	return nil
}

// For implements geo.Gate.
func (s *Beside) For(who geo.Role) geo.View {
	if who.SeesAll() {
		return s
	}
	return s.view(who.Known())
}

// Items implements geo.Reader.
func (s *Beside) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return s.whole.Items(ctx, q)
}

// Count implements geo.Reader.
func (s *Beside) Count(ctx context.Context, q geo.Query) (int, error) { return s.whole.Count(ctx, q) }

// CountCells implements geo.CellCounter.
func (s *Beside) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	return s.whole.CountCells(ctx, q, property, grid)
}

// Plan implements geo.Planner.
func (s *Beside) Plan(ctx context.Context, q geo.Query) (string, error) { return s.whole.Plan(ctx, q) }

// Detail implements geo.Reader.
func (s *Beside) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	return s.whole.Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (s *Beside) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	return s.whole.Sources(ctx, ids)
}

// Version implements geo.Reader.
func (s *Beside) Version(ctx context.Context, c *geo.Collection) (string, error) {
	return s.whole.Version(ctx, c)
}

// Summary implements geo.Reader.
func (s *Beside) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	return s.whole.Summary(ctx, c)
}

// Latest implements geo.Recorder.
func (s *Beside) Latest(ctx context.Context) (geo.State, error) { return s.whole.Latest(ctx) }

// At implements geo.Recorder.
func (s *Beside) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	return s.whole.At(ctx, st)
}

// Pinned implements geo.Recorder.
func (s *Beside) Pinned() geo.Pinned { return s.whole.Pinned() }
