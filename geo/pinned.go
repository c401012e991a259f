package geo

import (
	"context"
	"iter"
	"sync"
)

// Pinned is a reader of the present that stays in the state which its first answer
// comes from, whatever is written meanwhile. The state is chosen with that answer, not
// before it, so that a store can find both at once.
type Pinned interface {
	Reader
	// PinnedAt returns the state, and chooses it where nothing has been asked yet.
	PinnedAt(ctx context.Context) (State, error)
}

// Pin is Recorder.Pinned for a store that finds its latest state without looking far.
func Pin(r Recorder) Pinned {
	return PinBy(func(ctx context.Context, _ *Collection) (Pinned, error) {
		st, err := r.Latest(ctx)
		if err != nil {
			return nil, err
		}
		reader, err := r.At(ctx, st)
		return PinTo(reader, st), err
	})
}

// PinBy is Recorder.Pinned for a store that chooses by what is first asked about, which
// is nil where that belongs to no collection.
func PinBy(choose func(context.Context, *Collection) (Pinned, error)) Pinned {
	return &pin{choose: choose}
}

// PinTo is the reader of a state that is known.
func PinTo(reader Reader, st State) Pinned { return pinnedTo{reader, st} }

type pinnedTo struct {
	Reader
	state State
}

// PinnedAt implements Pinned.
func (p pinnedTo) PinnedAt(context.Context) (State, error) { return p.state, nil }

// Plan implements Planner where the reader does.
func (p pinnedTo) Plan(ctx context.Context, q Query) (string, error) { return PlanOf(ctx, p.Reader, q) }

// pin chooses when it is first asked.
type pin struct {
	choose func(context.Context, *Collection) (Pinned, error)
	mu     sync.Mutex
	chosen Pinned // nil until it is
}

func (p *pin) open(ctx context.Context, c *Collection) (Pinned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.chosen != nil {
		return p.chosen, nil
	}
	chosen, err := p.choose(ctx, c)
	if err == nil {
		p.chosen = chosen
	}
	return chosen, err
}

// Plan implements Planner where the reader that is chosen does.
func (p *pin) Plan(ctx context.Context, q Query) (string, error) {
	chosen, err := p.open(ctx, q.Collection)
	if err != nil {
		return "", err
	}
	return PlanOf(ctx, chosen, q)
}

// PinnedAt implements Pinned.
func (p *pin) PinnedAt(ctx context.Context) (State, error) {
	chosen, err := p.open(ctx, nil)
	if err != nil {
		return State{}, err
	}
	return chosen.PinnedAt(ctx)
}

// Items implements Reader.
func (p *pin) Items(ctx context.Context, q Query) iter.Seq2[Item, error] {
	reader, err := p.open(ctx, q.Collection)
	if err != nil {
		return func(yield func(Item, error) bool) { yield(Item{}, err) }
	}
	return reader.Items(ctx, q)
}

// Count implements Reader.
func (p *pin) Count(ctx context.Context, q Query) (int, error) {
	reader, err := p.open(ctx, q.Collection)
	if err != nil {
		return 0, err
	}
	return reader.Count(ctx, q)
}

// Detail implements Reader.
func (p *pin) Detail(ctx context.Context, c *Collection, id string, on Date) (*Detail, error) {
	reader, err := p.open(ctx, c)
	if err != nil {
		return nil, err
	}
	return reader.Detail(ctx, c, id, on)
}

// Sources implements Reader.
func (p *pin) Sources(ctx context.Context, ids []string) ([]Source, error) {
	reader, err := p.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	return reader.Sources(ctx, ids)
}

// Version implements Reader.
func (p *pin) Version(ctx context.Context, c *Collection) (string, error) {
	reader, err := p.open(ctx, c)
	if err != nil {
		return "", err
	}
	return reader.Version(ctx, c)
}

// Summary implements Reader.
func (p *pin) Summary(ctx context.Context, c *Collection) (Summary, error) {
	reader, err := p.open(ctx, c)
	if err != nil {
		return Summary{}, err
	}
	return reader.Summary(ctx, c)
}

// Ready implements Reader.
func (p *pin) Ready(ctx context.Context) error {
	chosen, err := p.open(ctx, nil)
	if err != nil {
		return err
	}
	return chosen.Ready(ctx)
}
