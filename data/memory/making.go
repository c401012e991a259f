package memory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// makings are things that are made when they are first asked for, each once. Whoever asks
// for one that is on its way waits for that one alone. The zero value has none.
type makings[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]*making[V]
}

// making is a thing that is there, or on its way.
type making[V any] struct {
	done  chan struct{} // closed when it is there, or was given up
	value V
	err   error
}

// errGivenUp is what became of a making that did not return.
var errGivenUp = errors.New("the making was given up")

// get returns the thing of that key, made by the first who asks; when that fails, the next
// one makes it. Where there would be more than most, any of the others makes room; 0 is
// no bound.
func (m *makings[K, V]) get(ctx context.Context, key K, most int, makeIt func() (V, error)) (V, error) {
	for {
		one, own := m.join(key, most)
		if own {
			return m.carryOut(key, one, makeIt)
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			return one.value, ctx.Err()
		}
		if one.err == nil {
			return one.value, nil
		}
	}
}

// join returns what is there or on its way, else what the caller has to make.
func (m *makings[K, V]) join(key K, most int) (one *making[V], own bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if one = m.all[key]; one != nil {
		return one, false
	}
	for other := range m.all {
		if most > 0 && len(m.all) >= most {
			delete(m.all, other)
		}
	}
	if m.all == nil {
		m.all = map[K]*making[V]{}
	}
	one = &making[V]{done: make(chan struct{}), err: errGivenUp}
	m.all[key] = one
	return one, true
}

func (m *makings[K, V]) carryOut(key K, one *making[V], makeIt func() (V, error)) (V, error) {
	defer func() { // also after a panic
		if one.err != nil {
			m.mu.Lock()
			if m.all[key] == one {
				delete(m.all, key)
			}
			m.mu.Unlock()
		}
		close(one.done)
	}()
	one.value, one.err = makeIt()
	return one.value, one.err
}

// keys are those of all that is there or on its way.
func (m *makings[K, V]) keys() []K {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Keys(m.all))
}
