package run

import (
	"context"
	"net/http"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"oxus/bench/report"
)

const (
	// crowd is how many ask at once at most in an open loop.
	crowd = 400
	// below and beyond are the parts of the greatest rate that are asked for.
	below, beyond = 0.7, 2.0
)

// load finds the most that each stance answers of the mixture of J, then asks at 70 % of that
// rate and at twice the rate, whether answers come or not.
func load(ctx context.Context, b *bench) (report.Case, error) {
	c := report.Case{ID: "L", Title: "load below and above the most", Question: "The mixture of J over the cache, with the settings that `oxus serve` has by itself: first in a closed " +
		"loop of sixteen, which gives the greatest rate; then at 70 % of that rate and at twice the rate, whether answers come or not."}
	q := b.mixed()
	for _, s := range b.stances {
		if s.missing != "" {
			c.Figures = append(c.Figures, report.Figure{Name: s.name, Missing: s.missing})
			continue
		}
		figures, err := b.loadOf(ctx, s, q.paths)
		if err != nil {
			return c, err
		}
		c.Figures = append(c.Figures, figures...)
	}
	return c, nil
}

func (b *bench) loadOf(ctx context.Context, s *stance, paths []string) ([]report.Figure, error) {
	p := s.usual()
	at := contender{name: s.name, process: p, targets: targets(p.url, paths, true), want: http.StatusOK}
	if _, err := b.attack(ctx, &at, 4*workers, b.span(1)); err != nil {
		return nil, err
	}
	most, err := b.attack(ctx, &at, 4*workers, b.span(3))
	if err != nil {
		return nil, err
	}
	calm, err := b.openly(ctx, &at, below*most.Rate, b.span(5))
	if err != nil {
		return nil, err
	}
	flood, err := b.openly(ctx, &at, beyond*most.Rate, b.span(5))
	if err != nil {
		return nil, err
	}
	name := s.name + ": "
	return []report.Figure{
		{Name: name + "greatest rate", Value: most.Rate, Unit: "answers/s"},
		{Name: name + "errors at that", Value: float64(most.Errors)},
		{Name: name + "p50 at 70 %", Value: calm.P50, Unit: "ms"},
		{Name: name + "p99 at 70 %", Value: calm.P99, Unit: "ms"},
		{Name: name + "p99 by p50 at 70 %", Value: calm.P99 / calm.P50, Unit: "times"},
		{Name: name + "answers at 70 %", Value: float64(calm.Answers)},
		{Name: name + "errors at 70 %", Value: float64(calm.Errors + calm.refused)},
		{Name: name + "good answers at twice the rate, by the greatest rate", Value: flood.Rate / most.Rate, Unit: "times"},
		{Name: name + "p50 of good answers at twice the rate", Value: flood.P50, Unit: "ms"},
		{Name: name + "429 and 503 with Retry-After at twice the rate", Value: float64(flood.refused)},
		{Name: name + "other errors at twice the rate", Value: float64(flood.Errors)},
	}, nil
}

// flooded is a round in an open loop; refused counts 429 and 503 that say when to come again.
type flooded struct {
	report.Round
	refused int
}

// openly asks at a rate, whether answers come or not, by as many at once as it takes up to crowd.
func (b *bench) openly(ctx context.Context, c *contender, rate float64, span time.Duration) (flooded, error) {
	attacker := vegeta.NewAttacker(vegeta.Workers(workers), vegeta.MaxWorkers(crowd), vegeta.Connections(crowd), vegeta.Timeout(patience), vegeta.MaxBody(0))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	var f flooded
	var late []float64
	began := time.Now()
	last := began
	pace := vegeta.Rate{Freq: max(1, int(rate*10)), Per: 10 * time.Second}
	for result := range attacker.Attack(vegeta.NewStaticTargeter(c.targets...), pace, span, "") {
		last = result.End()
		switch {
		case result.Code == http.StatusOK && result.Error == "":
			late = append(late, result.Latency.Seconds()*1000)
		case (result.Code == http.StatusTooManyRequests || result.Code == http.StatusServiceUnavailable) && result.Headers.Get("Retry-After") != "":
			f.refused++
		default:
			f.Errors++
			b.complain(c.name+" under load", result)
		}
	}
	f.Answers = len(late)
	f.P50, f.P99 = percentiles(late)
	f.Rate = float64(len(late)) / last.Sub(began).Seconds()
	return f, ctx.Err()
}
