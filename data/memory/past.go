package memory

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"oxus/geo"
)

// keptPast is how many past states are kept in memory: people who look back look
// at one or two.
const keptPast = 4

// past holds past states that were asked for, the last asked first.
type past struct {
	mu     sync.Mutex
	states []*pastState
	// loading lets one state be loaded at a time: each is as large as the present.
	loading sync.Mutex
}

// pastState is a past state that is there, or on its way.
type pastState struct {
	last    int64
	waiting int                // how many ask for it while it is on its way
	giveUp  context.CancelFunc // when nobody does any more
	done    chan struct{}      // closed when it is there, or cannot be had

	snapshot *snapshot
	err      error
}

// State implements geo.Recorder.
func (s *Store) State(ctx context.Context, moment time.Time) (geo.State, error) {
	return s.keeper.State(ctx, moment)
}

// Pinned implements geo.Recorder.
func (s *Store) Pinned() geo.Pinned { return geo.Pin(s) }

// Latest implements geo.Recorder.
func (s *Store) Latest(ctx context.Context) (geo.State, error) {
	now, err := s.now(ctx)
	if err != nil {
		return geo.State{}, err
	}
	return now.data.State, nil
}

// Revisions implements geo.Recorder.
func (s *Store) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return s.keeper.Revisions(ctx, q)
}

// At implements geo.Recorder: the state is loaded whole and kept for a while.
func (s *Store) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	state, err := s.at(ctx, st)
	if err != nil {
		return nil, err
	}
	return state, nil
}

func (s *Store) at(ctx context.Context, st geo.State) (*snapshot, error) {
	if now, err := s.now(ctx); err != nil || now.data.State.Last == st.Last {
		return now, err
	}
	state := s.past.join(ctx, st.Last, func(ctx context.Context, state *pastState) { s.recall(ctx, state, st) })
	defer s.past.leave(state)
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-state.done:
	}
	if state.err != nil {
		return nil, state.err
	}
	return state.snapshot, nil
}

// join returns the state after a revision, and has it loaded when nobody has
// asked for it yet. Others may come to wait for it, so the loading does not end
// with the context of whoever asked first.
func (p *past) join(ctx context.Context, last int64, load func(context.Context, *pastState)) *pastState {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.states, func(s *pastState) bool { return s.last == last })
	var state *pastState
	if i >= 0 {
		state = p.states[i]
		p.states = slices.Delete(p.states, i, i+1)
	} else {
		loading, giveUp := context.WithCancel(context.WithoutCancel(ctx))
		state = &pastState{last: last, giveUp: giveUp, done: make(chan struct{})}
		go load(loading, state)
	}
	state.waiting++
	p.first(state)
	return state
}

// keep remembers a state that is there already: who walks through its pages goes
// on in it.
func (p *past) keep(was *snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := was.data.State.Last
	if slices.ContainsFunc(p.states, func(s *pastState) bool { return s.last == last }) {
		return
	}
	state := &pastState{last: last, giveUp: func() {}, done: make(chan struct{}), snapshot: was}
	close(state.done)
	p.first(state)
}

// first puts a state before all others, of which the last makes room for it. The caller
// holds the lock.
func (p *past) first(state *pastState) {
	p.states = slices.Insert(p.states, 0, state)
	if len(p.states) > keptPast {
		p.states = slices.Delete(p.states, keptPast, len(p.states)) // nor does the array hold it
	}
}

// leave gives up a loading that nobody waits for any more.
func (p *past) leave(state *pastState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if state.waiting--; state.waiting > 0 {
		return
	}
	select {
	case <-state.done:
	default:
		p.forget(state)
	}
	state.giveUp()
}

// forget lets the next one who asks try again. The caller holds the lock.
func (p *past) forget(state *pastState) {
	p.states = slices.DeleteFunc(p.states, func(s *pastState) bool { return s == state })
}

func (s *Store) recall(ctx context.Context, state *pastState, st geo.State) {
	defer close(state.done)
	s.past.loading.Lock()
	defer s.past.loading.Unlock()
	err := ctx.Err()
	if err == nil {
		state.snapshot, err = s.built(func() (*geo.Dataset, error) { return s.keeper.LoadAt(ctx, st) })
	}
	if err == nil {
		return
	}
	state.err = fmt.Errorf("load the state after revision %d: %w", st.Last, err)
	s.past.mu.Lock()
	defer s.past.mu.Unlock()
	s.past.forget(state)
}
