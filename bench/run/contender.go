package run

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"oxus/bench/report"
)

// patience is how long one answer may take.
const patience = 2 * time.Minute

// contender is one of those that answer a question by turns.
type contender struct {
	name    string
	floor   bool
	missing string
	// process is whose processor time is counted; nil where it runs within the database.
	process *process
	targets []vegeta.Target
	// want is the status of a good answer.
	want uint16
	// bytes is the size of a typical body.
	bytes int64
	// whole asks every target equally often, however long that takes: they differ too much for
	// a part of them to stand for all.
	whole bool
	// once, when set, answers instead of targets: once a round.
	once func(ctx context.Context) (report.Round, error)
}

// compare asks all contenders by turns, each round in another order, and returns what each did.
func (b *bench) compare(ctx context.Context, cs []contender, workers int, span time.Duration, rounds int) ([]report.Variant, error) {
	variants := make([]report.Variant, len(cs))
	for i := range cs {
		variants[i] = report.Variant{Name: cs[i].name, Floor: cs[i].floor, Missing: cs[i].missing}
	}
	for round := range rounds {
		for i := range cs {
			i = (i + round) % len(cs)
			c := &cs[i]
			if c.missing != "" {
				continue
			}
			if round == 0 && c.once == nil && !c.whole {
				if _, err := b.attack(ctx, c, workers, span/4); err != nil { // to warm up
					return nil, err
				}
			}
			r, err := b.measure(ctx, c, workers, span)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			variants[i].Rounds = append(variants[i].Rounds, r)
		}
	}
	return variants, nil
}

// measure is one round of one contender, with the processor time of both sides.
func (b *bench) measure(ctx context.Context, c *contender, workers int, span time.Duration) (report.Round, error) {
	server, database, err := b.times(c)
	if err != nil {
		return report.Round{}, err
	}
	ask := c.once
	if ask == nil {
		ask = func(ctx context.Context) (report.Round, error) { return b.attack(ctx, c, workers, span) }
	}
	r, err := ask(ctx)
	if err != nil {
		return r, err
	}
	serverAfter, databaseAfter, err := b.times(c)
	if r.Answers > 0 {
		each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(r.Answers) }
		r.Server, r.Database = each(serverAfter-server), each(databaseAfter-database)
	}
	if c.process == nil {
		r.Server = report.Unknown
	}
	if r.Bytes == 0 {
		r.Bytes = c.bytes
	}
	return r, err
}

// times are the processor times so far of a contender and of the database.
func (b *bench) times(c *contender) (server, database time.Duration, err error) {
	if database, err = treeTime(b.cluster.cmd.Process.Pid); err != nil || c.process == nil {
		return 0, database, err
	}
	server, err = treeTime(c.process.cmd.Process.Pid)
	return server, database, err
}

// attack asks in a closed loop: each worker asks again when it has its answer.
func (b *bench) attack(ctx context.Context, c *contender, workers int, span time.Duration) (report.Round, error) {
	attacker := vegeta.NewAttacker(vegeta.Workers(uint64(workers)), vegeta.MaxWorkers(uint64(workers)), vegeta.Connections(workers),
		vegeta.Timeout(patience), vegeta.MaxBody(0))
	stop := context.AfterFunc(ctx, func() { attacker.Stop() })
	defer stop()
	began, last := time.Now(), time.Now()
	var r report.Round
	var late []float64
	pace := pacer{span: span, step: 1}
	if c.whole {
		pace.step = uint64(len(c.targets))
	}
	for result := range attacker.Attack(vegeta.NewStaticTargeter(c.targets...), &pace, 0, "") {
		if result.Code == c.want && (result.Error == "" || result.Code == http.StatusNotModified) {
			late = append(late, result.Latency.Seconds()*1000)
		} else {
			r.Errors++
			b.complain(c.name, result)
		}
		last = result.End()
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	r.Answers = len(late)
	r.Rate = float64(len(late)) / last.Sub(began).Seconds()
	r.P50, r.P99 = percentiles(late)
	return r, nil
}

// pacer lets workers ask as soon as they can until the span is over, and then until they have
// asked a multiple of step.
type pacer struct {
	span time.Duration
	step uint64
}

// Pace implements vegeta.Pacer.
func (p *pacer) Pace(elapsed time.Duration, hits uint64) (wait time.Duration, stop bool) {
	return 0, elapsed >= p.span && hits > 0 && hits%p.step == 0
}

// Rate implements vegeta.Pacer; nothing here asks for it.
func (p *pacer) Rate(time.Duration) float64 { return 0 }

// complain tells of the first bad answer of each kind that a contender gives.
func (b *bench) complain(name string, result *vegeta.Result) {
	kind := fmt.Sprintf("%s: %d %s", name, result.Code, result.Error)
	if !b.complained[kind] {
		b.complained[kind] = true
		b.tell("%s at %s", kind, result.URL)
	}
}

// percentiles are the median and the 99th of a hundred.
func percentiles(late []float64) (p50, p99 float64) {
	if len(late) == 0 {
		return report.Unknown, report.Unknown
	}
	slices.Sort(late)
	at := func(part float64) float64 { return late[min(len(late)-1, int(part*float64(len(late))))] }
	return at(0.5), at(0.99)
}

// target is a GET of an address. Without gzip the body is asked for as it is.
func target(address string, gzip bool) vegeta.Target {
	encoding := "identity"
	if gzip {
		encoding = "gzip"
	}
	return vegeta.Target{Method: http.MethodGet, URL: address, Header: http.Header{"Accept-Encoding": {encoding}}}
}
