package api

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"oxus/geo"
)

const (
	// plansEvery is the least time between two plans that are asked for: a store that is
	// slow is not to be asked more than it is already.
	plansEvery = time.Second
	planWithin = 5 * time.Second
)

// slowLog writes questions that took long, each with the way in which the store answers it
// where there is time to ask.
type slowLog struct {
	log  *slog.Logger
	mu   sync.Mutex
	last time.Time
	busy bool
}

// turn reports whether a plan may be asked for now; done must be called if so.
func (l *slowLog) turn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy || time.Since(l.last) < plansEvery {
		return false
	}
	l.busy, l.last = true, time.Now()
	return true
}

func (l *slowLog) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = false
}

// tell writes a question. The plan is asked for aside, of the same reader, so that the
// request does not wait for it.
func (l *slowLog) tell(ctx context.Context, q *inquiry, err error, ask *geo.Query, reader geo.Reader) {
	about := []slog.Attr{
		slog.String("request_id", requestIDOf(ctx)), slog.String("question", q.name), slog.String("collection", q.collection),
		slog.Float64("took_ms", float64(q.spent.Microseconds())/1000), slog.Int("rows", q.rows),
	}
	if ask != nil {
		about = append(about, slog.String("asked", ask.Question()))
	}
	if err != nil {
		about = append(about, slog.Any("error", err))
	}
	if reader == nil || ask == nil || !l.turn() {
		l.log.LogAttrs(ctx, slog.LevelWarn, "slow question", about...)
		return
	}
	planned := *ask
	go func() {
		defer l.done()
		aside, cancel := context.WithTimeout(context.WithoutCancel(ctx), planWithin)
		defer cancel()
		switch plan, err := geo.PlanOf(aside, reader, planned); {
		case err == nil:
			about = append(about, slog.String("plan", plan))
		case !errors.Is(err, geo.ErrNoPlan):
			about = append(about, slog.String("no_plan", err.Error()))
		}
		l.log.LogAttrs(aside, slog.LevelWarn, "slow question", about...)
	}()
}
