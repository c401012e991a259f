package run

import (
	"context"
	"fmt"
	"net/http"

	"oxus/bench/report"
)

// grown asks a question of two databases by turns, one with several times the rows of the other.
func grown(id, of string) measured {
	title := of + " with more rows"
	return measured{report.Expected{ID: id, Title: title}, func(ctx context.Context, b *bench) (report.Case, error) {
		c := report.Case{ID: id, Title: title, Per: "answers", Apart: true, Question: "The question of " + of + ", of two databases by turns."}
		if b.Growth < 2 {
			c.Figures = []report.Figure{{Name: "ratio", Missing: "BENCH_GROWTH=10 asks for it"}}
			return c, nil
		}
		var q question
		for _, m := range []struct {
			of   string
			make func() question
		}{{"A", func() question { return b.page(100, 0.05, 300) }}, {"D", b.one}, {"E", b.dated}, {"I", b.status}} {
			if m.of == of {
				q = m.make()
			}
		}
		larger, err := b.larger(ctx)
		if err != nil {
			return c, err
		}
		few, many := b.stances[0].cold, larger
		c.Variants, err = b.compare(ctx, []contender{
			b.sized(ctx, few, b.Rows, &q, true), b.sized(ctx, many, b.Rows*b.Growth, &q, false),
		}, q.workers, b.span(q.times), b.Rounds)
		return c, err
	}}
}

func (b *bench) sized(ctx context.Context, p *process, rows int, q *question, floor bool) contender {
	return contender{
		name: fmt.Sprintf("Oxus, SQL, %d incidents", rows), floor: floor, process: p, targets: targets(p.url, q.paths, false), want: http.StatusOK,
		bytes: b.typical(ctx, p.url, q.paths, false),
	}
}

// larger is a server over the larger database, made and started when it is first asked for.
func (b *bench) larger(ctx context.Context) (*process, error) {
	if b.second != nil {
		return b.second, nil
	}
	address, _, err := b.fill(ctx, b.Rows*b.Growth)
	if err != nil {
		return nil, err
	}
	b.second, err = b.startOxus(ctx, "Oxus over the larger database", address, b.stances[0].coldFlags...)
	return b.second, err
}
