package geo

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"
)

// Watcher is a store that knows without asking what state its data is in, and answers
// several questions from one state. What was answered can then be kept for as long as
// it is still the answer.
type Watcher interface {
	// Watch begins to follow the data, whoever changes it, until the store is closed.
	// What goes wrong is told once, and nil when it goes on. Called again it does nothing.
	Watch(tell func(error))
	// Known returns the state the data is in, as it was known at most a second ago; what
	// this store has changed is in it. Nil means that nobody knows: ask.
	Known() *Known
	// Changed returns a channel that is closed when another state is known.
	Changed() <-chan struct{}
	// Hold returns a context in which the readers of the store answer from one state,
	// that of the first question. Recorder.State is not held: what it waits for has to
	// be seen, so it is asked before. Nobody asks two questions at once in it.
	Hold(ctx context.Context) (context.Context, Held)
}

// Held is one state that answers come from.
type Held interface {
	// Versions are those of the state as Known has them, nil when nothing was asked.
	Versions() map[string]string
	// Release ends it: what is asked from then on is answered from the present. It may
	// be called again.
	Release()
}

// Known is a state of all data. It does not change: two that are one pointer are one
// state.
type Known struct {
	// Epoch differs from that of an earlier state when what led from there to here was
	// not all seen: the connection was lost, or a backup was put back.
	Epoch uint64
	// Versions name the states of the stored collections and of the sources, by id and
	// SourcesID. No two states of one share a name.
	Versions map[string]string
	// moves led to it, by collection, the oldest first; each begins where the one before
	// it ended.
	moves map[string][]Move
}

// Move is how a collection went from one version to another.
type Move struct {
	Collection, From, To string
	// Boxes hold all that changed, as it was and as it became; what has no geometry lies
	// in none. Everywhere says that nobody knows where it lies.
	Boxes      []orb.Bound
	Everywhere bool
}

const (
	// keptMoves is how many moves of a collection are remembered: what was not asked
	// for in so many is not worth keeping.
	keptMoves = 64
	// keptBoxes is how many boxes a move has at most.
	keptBoxes = 256
)

// Stands reports whether an answer from a version of a collection is the answer now:
// nothing has changed since in the area it was made of, nil for all of it.
func (k *Known) Stands(collection, version string, area *orb.Bound) bool {
	now := k.Versions[collection]
	if version == now {
		return true
	}
	if area == nil {
		return false
	}
	moves := k.moves[collection]
	for i := len(moves) - 1; i >= 0; i-- {
		if moves[i].touches(*area) {
			return false
		}
		if moves[i].From == version {
			return true
		}
	}
	return false
}

func (m *Move) touches(area orb.Bound) bool {
	if m.Everywhere {
		return true
	}
	for _, b := range m.Boxes {
		if b.Intersects(area) {
			return true
		}
	}
	return false
}

// Course is how the state of a store goes on. It is safe for concurrent use; its zero
// value knows nothing.
type Course struct {
	mu      sync.Mutex // of those who change it
	known   atomic.Pointer[Known]
	changed chan struct{}
}

// Known returns the state reached, nil before the first.
func (c *Course) Known() *Known { return c.known.Load() }

// Changed returns a channel that is closed when another state is reached.
func (c *Course) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

// Begin says that the data is in a state, and that nobody saw how it came there.
func (c *Course) Begin(versions map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := &Known{Versions: maps.Clone(versions), moves: map[string][]Move{}}
	if was := c.known.Load(); was != nil {
		next.Epoch = was.Epoch + 1
	}
	c.reach(next)
}

// Go says that the data has come to a state by moves, each collection by its own one
// after the other. Where they do not lead from the last state to this one, the change
// lies everywhere. A state that is known already stays as it is.
func (c *Course) Go(versions map[string]string, moves []Move) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.known.Load()
	if was == nil || maps.Equal(was.Versions, versions) {
		return
	}
	next := &Known{Epoch: was.Epoch, Versions: maps.Clone(versions), moves: maps.Clone(was.moves)}
	for id, version := range versions {
		if from := was.Versions[id]; from != version {
			passed := was.moves[id]
			passed = passed[max(0, len(passed)-keptMoves+1):]
			next.moves[id] = append(passed[:len(passed):len(passed)], joined(id, from, version, moves))
		}
	}
	c.reach(next)
}

func (c *Course) reach(next *Known) {
	c.known.Store(next)
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

// joined is one move in the place of those that lead a collection from one version to
// another.
func joined(id, from, to string, moves []Move) Move {
	all, at := Move{Collection: id, From: from, To: to}, from
	for i := range moves {
		m := &moves[i]
		if m.Collection != id {
			continue
		}
		if m.From != at {
			return Move{Collection: id, From: from, To: to, Everywhere: true}
		}
		at = m.To
		all.Everywhere = all.Everywhere || m.Everywhere
		all.Boxes = append(all.Boxes, m.Boxes...)
	}
	if at != to || len(all.Boxes) > keptBoxes {
		all.Everywhere = true
	}
	if all.Everywhere {
		all.Boxes = nil
	}
	return all
}

// veiledMark begins the end of the name of a state that is seen through a veil.
const veiledMark = "~"

// Veiled reports whether the name of a state, as Reader.Version gives it, is one for
// those from whom something is hidden. What they are answered may change with every
// collection.
func Veiled(version string) bool { return strings.Contains(version, veiledMark) }
