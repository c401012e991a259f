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
func Pin(r Recorder) Pinned { return &pin{recorder: r} }

// pin chooses the latest state when it is first asked.
type pin struct {
	recorder Recorder
	mu       sync.Mutex
	reader   Reader // nil until the state is chosen
	state    State
}

func (p *pin) open(ctx context.Context) (reader Reader, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reader != nil {
		return p.reader, nil
	}
	if p.state, err = p.recorder.Latest(ctx); err != nil {
		return nil, err
	}
	p.reader, err = p.recorder.At(ctx, p.state)
	return p.reader, err
}

// PinnedAt implements Pinned.
func (p *pin) PinnedAt(ctx context.Context) (State, error) {
	_, err := p.open(ctx)
	return p.state, err
}

// Items implements Reader.
func (p *pin) Items(ctx context.Context, q Query) iter.Seq2[Item, error] {
	reader, err := p.open(ctx)
	if err != nil {
		return func(yield func(Item, error) bool) { yield(Item{}, err) }
	}
	return reader.Items(ctx, q)
}

// Count implements Reader.
func (p *pin) Count(ctx context.Context, q Query) (int, error) {
	reader, err := p.open(ctx)
	if err != nil {
		return 0, err
	}
	return reader.Count(ctx, q)
}

// Detail implements Reader.
func (p *pin) Detail(ctx context.Context, c *Collection, id string, on Date) (*Detail, error) {
	reader, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return reader.Detail(ctx, c, id, on)
}

// Sources implements Reader.
func (p *pin) Sources(ctx context.Context, ids []string) ([]Source, error) {
	reader, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	return reader.Sources(ctx, ids)
}

// Version implements Reader.
func (p *pin) Version(ctx context.Context, c *Collection) (string, error) {
	reader, err := p.open(ctx)
	if err != nil {
		return "", err
	}
	return reader.Version(ctx, c)
}

// Summary implements Reader.
func (p *pin) Summary(ctx context.Context, c *Collection) (Summary, error) {
	reader, err := p.open(ctx)
	if err != nil {
		return Summary{}, err
	}
	return reader.Summary(ctx, c)
}

// Ready implements Reader.
func (p *pin) Ready(ctx context.Context) error {
	_, err := p.open(ctx)
	return err
}
