package run

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"oxus/bench/report"
)

const (
	// readers is how many export everything at once.
	readers = 20
	// exportTimes is how many times the seconds of a round they may read: the memory of answers
	// that stream is soon as much as it gets.
	exportTimes = 15
	// trickle is how many bytes the slow reader takes every tenth of a second.
	trickle = 16 << 10
)

// memory measures what servers hold: idle, with many large answers under way, and with a reader
// who hardly reads.
func memory(ctx context.Context, b *bench) (report.Case, error) {
	c := report.Case{ID: "M", Title: "memory", Question: fmt.Sprintf("`/api/incidents.geojson` by %d at once, each cut off after %s; then by one who reads %d kB a second. "+
		"Each server was started anew.", readers, b.span(exportTimes), trickle*10/1000)}
	for _, s := range b.stances {
		if s.missing != "" {
			c.Figures = append(c.Figures, report.Figure{Name: s.name, Missing: s.missing})
			continue
		}
		figures, err := b.memoryOf(ctx, s)
		if err != nil {
			return c, fmt.Errorf("%s: %w", s.name, err)
		}
		c.Figures = append(c.Figures, figures...)
	}
	return c, nil
}

func (b *bench) memoryOf(ctx context.Context, s *stance) ([]report.Figure, error) {
	p, err := b.startOxus(ctx, s.name+" for memory", b.database, s.flags...)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	idle, _, err := p.resident()
	if err != nil {
		return nil, err
	}
	if err := p.forgetPeak(); err != nil {
		return nil, err
	}
	e := exportBy(ctx, p, readers, b.span(exportTimes))
	_, peak, err := p.resident()
	if err != nil {
		return nil, err
	}
	figures := []report.Figure{
		{Name: s.name + ": idle", Value: idle, Unit: "MB"},
		{Name: fmt.Sprintf("%s: most above idle while %d export", s.name, readers), Value: peak - idle, Unit: "MB"},
		{Name: s.name + ": exports that were answered", Value: float64(e.answered.Load()), Unit: fmt.Sprintf("of %d", readers)},
		{Name: s.name + ": exports that came to their end in time", Value: float64(e.whole.Load())},
		{Name: s.name + ": sent meanwhile", Value: float64(e.bytes.Load()) / 1e6, Unit: "MB"},
	}
	slow, err := b.slowReader(ctx, s.name, p)
	return append(figures, slow...), err
}

// exports counts what came of exports that run at once.
type exports struct{ answered, whole, bytes atomic.Int64 }

func exportBy(ctx context.Context, p *process, many int, span time.Duration) *exports {
	ctx, cancel := context.WithTimeoutCause(ctx, span, errCut)
	defer cancel()
	var e exports
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			answer, err := get(ctx, p.url+"/api/incidents.geojson")
			if err != nil {
				return // refused, or not yet answered: it is not among the answered
			}
			defer answer.Body.Close()
			e.answered.Add(1)
			n, err := io.Copy(io.Discard, answer.Body)
			e.bytes.Add(n)
			if err == nil {
				e.whole.Add(1)
			}
		})
	}
	all.Wait()
	return &e
}

// slowReader measures the memory and the pages of others while one reads slowly.
func (b *bench) slowReader(ctx context.Context, name string, p *process) ([]report.Figure, error) {
	q := b.page(100, 0.05, 50)
	pages := contender{name: name, process: p, targets: targets(p.url, q.paths, false), want: http.StatusOK}
	// What was cut off must be over, and the pages known, before they are measured.
	if err := p.settled(ctx); err != nil {
		return nil, err
	}
	if _, err := b.attack(ctx, &pages, 1, b.span(1)); err != nil {
		return nil, err
	}
	before, err := b.attack(ctx, &pages, 1, b.span(1))
	if err != nil {
		return nil, err
	}
	idle, _, err := p.resident()
	if err != nil {
		return nil, err
	}
	if err := p.forgetPeak(); err != nil {
		return nil, err
	}
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	slow, err := get(reading, p.url+"/api/incidents.geojson") //nolint:bodyclose // it is, below: the linter loses it in the goroutine
	if err != nil {
		return nil, err
	}
	defer slow.Body.Close()
	done := make(chan struct{})
	go func() {
		readSlowly(reading, slow.Body)
		close(done)
	}()
	during, err := b.attack(ctx, &pages, 1, b.span(2))
	stop(errCut)
	<-done
	if err != nil {
		return nil, err
	}
	_, peak, err := p.resident()
	return []report.Figure{
		{Name: name + ": most above that with a slow reader, while pages are asked for", Value: peak - idle, Unit: "MB"},
		{Name: name + ": median page beside the slow reader by that without", Value: during.P50 / before.P50, Unit: "times"},
	}, err
}

// readSlowly reads a little at a time until it is cut off.
func readSlowly(ctx context.Context, body io.Reader) {
	buf := make([]byte, trickle)
	for {
		if _, err := io.ReadFull(body, buf); err != nil {
			return // the end, or cut off
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}
