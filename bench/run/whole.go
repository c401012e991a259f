package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"oxus/bench/report"
)

// rounds of the whole collection are fewer: each asks for all of it.
func (b *bench) wholeRounds() int { return max(1, b.Rounds-1) }

// download reads the answers to addresses one after the other, and counts what comes.
func download(ctx context.Context, addresses ...string) (n int64, err error) {
	for _, address := range addresses {
		answer, err := get(ctx, address)
		if err != nil {
			return n, err
		}
		more, err := io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if n += more; err != nil {
			return n, fmt.Errorf("%s ends after %d bytes: %w", address, more, err)
		}
	}
	return n, nil
}

// endless is plain without a limit of time.
var endless = &http.Client{Transport: plain.Transport}

// get asks for the body as it is; the caller closes it.
func get(ctx context.Context, address string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := endless.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 500)) // what there is of it
		return nil, fmt.Errorf("%s: %s: %s", address, answer.Status, text)
	}
	return answer, nil
}

// onceIn is a round of one long answer; bytes tells how much came.
func onceIn(ask func(ctx context.Context) (int64, error)) func(ctx context.Context) (report.Round, error) {
	return func(ctx context.Context) (report.Round, error) {
		began := time.Now()
		n, err := ask(ctx)
		took := time.Since(began).Seconds()
		return report.Round{Rate: 1 / took, P50: report.Unknown, P99: report.Unknown, Answers: 1, Bytes: n}, err
	}
}

// exported is the whole collection in a format.
func exported(id, format string) measured {
	title := "every incident as " + format
	return measured{report.Expected{ID: id, Title: title}, func(ctx context.Context, b *bench) (report.Case, error) {
		path := "/api/incidents." + format
		c := report.Case{ID: id, Title: title, Question: "`" + path + "`, read to its end by one.", Per: "seconds"}
		size, err := download(ctx, b.stances[0].cold.url+path)
		if err != nil {
			return c, err
		}
		cs := b.wholeFloors(func(ctx context.Context) (int64, error) {
			return download(ctx, b.floors["echo"].url+"/stream?bytes="+strconv.FormatInt(size, 10))
		})
		for _, s := range b.stances {
			cs = append(cs, s.once(s.name, func(ctx context.Context) (int64, error) { return download(ctx, s.cold.url+path) }))
		}
		c.Variants, err = b.compare(ctx, cs, 1, 0, b.wholeRounds())
		return c, err
	}}
}

// wholeFloors are the bare handler, which writes as many bytes, and the bare program, which
// copies all rows.
func (b *bench) wholeFloors(echo func(ctx context.Context) (int64, error)) []contender {
	sql := b.floors["sql"]
	return []contender{
		{name: "bare Echo", floor: true, process: b.floors["echo"], once: onceIn(echo)},
		{name: "bare pgx", floor: true, process: sql, once: onceIn(func(ctx context.Context) (int64, error) { return download(ctx, sql.url+"/all") })},
	}
}

// once is a contender that answers once a round, from the server without a cache.
func (s *stance) once(name string, ask func(ctx context.Context) (int64, error)) contender {
	return contender{name: name, missing: s.missing, process: s.cold, once: onceIn(ask)}
}

const wholePage = 10_000

// wholeByPages follows the links to the next page until there is none.
func wholeByPages(ctx context.Context, b *bench) (report.Case, error) {
	first := fmt.Sprintf("%s?limit=%d", items, wholePage)
	c := report.Case{ID: "G", Title: "every incident, page after page", Question: "`" + first + "`, then `next` until there is none.", Per: "seconds"}
	q := question{id: "G", paths: []string{first}}
	echo, err := b.echoOf(ctx, &q)
	if err != nil {
		return c, err
	}
	pages := (b.Rows + wholePage - 1) / wholePage
	again := make([]string, pages)
	for i := range again {
		again[i] = echo.targets[0].URL
	}
	cs := b.wholeFloors(func(ctx context.Context) (int64, error) { return download(ctx, again...) })
	for _, s := range b.stances {
		cs = append(cs, s.once(s.name, func(ctx context.Context) (int64, error) { return walk(ctx, s.cold.url+first, b.Rows) }))
	}
	c.Variants, err = b.compare(ctx, cs, 1, 0, b.wholeRounds())
	return c, err
}

var (
	nextLink = regexp.MustCompile(`\{"href":"([^"]*)","rel":"next"`)
	returned = regexp.MustCompile(`"numberReturned":(\d+)`)
)

// walk follows the links and holds how many features came against how many there are.
func walk(ctx context.Context, address string, rows int) (bytes int64, err error) {
	features := 0
	for address != "" {
		answer, err := get(ctx, address)
		if err != nil {
			return bytes, err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return bytes, err
		}
		bytes += int64(len(body))
		tail := body[max(0, len(body)-16<<10):] // links and counts stand at the end
		if m := returned.FindSubmatch(tail); m != nil {
			n, _ := strconv.Atoi(string(m[1])) // digits alone
			features += n
		}
		address = ""
		if m := nextLink.FindSubmatch(tail); m != nil {
			address = strings.ReplaceAll(string(m[1]), `\u0026`, "&")
		}
	}
	if features != rows {
		return bytes, fmt.Errorf("%d features came, there are %d", features, rows)
	}
	return bytes, nil
}

// errCut is why a reader was cut off.
var errCut = errors.New("cut off")
