package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"oxus/bench/report"
)

// question is what Oxus, the floors and peers are asked.
type question struct {
	id, title, words string
	// paths are asked of Oxus by turns; floor of the SQL program, nil where it has no answer; peer
	// of MapServer.
	paths, floor, peer []string
	// own is asked of the database by another program; "" where none is.
	own *contender
	// whole asks all paths equally often.
	whole bool
	// gzip asks for packed bodies.
	gzip    bool
	workers int
	// times is how many times the seconds of a round each is asked.
	times float64
	notes []string
}

const (
	// samples is how many bodies the bare Echo handler is given of each question, as long as they
	// are not larger than sampleBytes together.
	samples     = 40
	sampleBytes = 128 << 20
	// kept is how many answers are asked for again, from the cache or with their tags.
	kept = 60
	// least is how many there are of both, however long they take.
	least = 10
)

// enough reports whether to do with so many answers that were asked for before measuring, since
// a moment: what takes long to answer must not take long twice.
func (b *bench) enough(many int, since time.Time) bool {
	return many >= least && time.Since(since) > b.span(2)
}

// asked measures a question: the floors, Oxus in each stance, cold, cached and unchanged.
func (b *bench) asked(ctx context.Context, q *question) (report.Case, error) {
	c := report.Case{ID: q.id, Title: q.title, Question: q.words, Per: "answers", Notes: q.notes}
	echo, err := b.echoOf(ctx, q)
	if err != nil {
		return c, err
	}
	cs := []contender{echo}
	if q.floor != nil {
		cs = append(cs, contender{
			name: "bare pgx", floor: true, process: b.floors["sql"], targets: targets(b.floors["sql"].url, q.floor, false),
			want: http.StatusOK, bytes: b.typical(ctx, b.floors["sql"].url, q.floor, false),
		})
	}
	if q.own != nil {
		cs = append(cs, *q.own)
	}
	for _, s := range b.stances {
		more, err := b.stanceAsked(ctx, s, q, echo.bytes)
		if err != nil {
			return c, err
		}
		cs = append(cs, more...)
	}
	if q.peer != nil {
		cs = append(cs, b.peerAsked(ctx, q))
	}
	for i := range cs {
		cs[i].whole = q.whole
	}
	c.Variants, err = b.compare(ctx, cs, q.workers, b.span(q.times), b.Rounds)
	return c, err
}

// stanceAsked are the ways in which one stance is asked.
func (b *bench) stanceAsked(ctx context.Context, s *stance, q *question, size int64) ([]contender, error) {
	if s.missing != "" {
		return []contender{{name: s.name, missing: s.missing}}, nil
	}
	cs := []contender{{name: s.name, process: s.cold, targets: targets(s.cold.url, q.paths, q.gzip), want: http.StatusOK, bytes: size}}
	warm := s.usual()
	same, err := b.unchanged(ctx, targets(warm.url, q.paths[:min(len(q.paths), kept)], q.gzip)) // which fills the cache, too
	if err != nil {
		return nil, err
	}
	cached := contender{name: s.name + ", cached", missing: noCache}
	if s.warm != nil {
		cached = contender{name: cached.name, process: warm, targets: targets(warm.url, q.paths[:len(same)], q.gzip), want: http.StatusOK, bytes: size}
	}
	return append(cs, cached, contender{name: s.name + ", 304", process: warm, targets: same, want: http.StatusNotModified}), nil
}

func targets(base string, paths []string, gzip bool) []vegeta.Target {
	all := make([]vegeta.Target, len(paths))
	for i, p := range paths {
		all[i] = target(base+p, gzip)
	}
	return all
}

// unchanged asks targets once and returns them with the tag of what they answered: the first of
// them, as many as are enough.
func (b *bench) unchanged(ctx context.Context, ts []vegeta.Target) (same []vegeta.Target, err error) {
	began := time.Now()
	for _, t := range ts {
		if b.enough(len(same), began) {
			break
		}
		header, _, err := fetch(ctx, &t)
		if err != nil {
			return nil, err
		}
		tag := header.Get("ETag")
		if tag == "" {
			return nil, errors.New("an answer without a tag: " + t.URL)
		}
		t.Header = t.Header.Clone()
		t.Header.Set("If-None-Match", tag)
		same = append(same, t)
	}
	return same, nil
}

// plain is a client that leaves bodies as they are sent.
var plain = &http.Client{Transport: &http.Transport{DisableCompression: true}, Timeout: patience}

// fetch reads the answer to a target whole; an error is also a status from 400 on.
func fetch(ctx context.Context, t *vegeta.Target) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, t.Method, t.URL, bytes.NewReader(t.Body))
	if err != nil {
		return nil, nil, err
	}
	request.Header = t.Header
	answer, err := plain.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %s: %.300s", t.URL, answer.Status, body)
	}
	return answer.Header, body, err
}

// typical is the median size of some bodies, 0 where they cannot be had.
func (b *bench) typical(ctx context.Context, base string, paths []string, gzip bool) int64 {
	var sizes []int64
	began := time.Now()
	for _, t := range targets(base, paths[:min(len(paths), least)], gzip) {
		if _, body, err := fetch(ctx, &t); err == nil {
			sizes = append(sizes, int64(len(body)))
		}
		if time.Since(began) > b.span(1) {
			break
		}
	}
	return middle(sizes)
}

func middle(sizes []int64) int64 {
	if len(sizes) == 0 {
		return 0
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

// echoOf gives the bare Echo handler what Oxus answers to the question, to answer with.
func (b *bench) echoOf(ctx context.Context, q *question) (contender, error) {
	floor := b.floors["echo"]
	c := contender{name: "bare Echo", floor: true, process: floor, want: http.StatusOK}
	var sizes []int64
	total, began := 0, time.Now()
	for i, t := range targets(b.stances[0].cold.url, q.paths[:min(len(q.paths), samples)], q.gzip) {
		header, body, err := fetch(ctx, &t)
		if err != nil {
			return c, err
		}
		name := floor.url + "/body/" + q.id + "-" + strconv.Itoa(i)
		put := vegeta.Target{Method: http.MethodPut, URL: name, Body: body, Header: http.Header{
			"Content-Type": header["Content-Type"], "Content-Encoding": header["Content-Encoding"],
		}}
		if _, _, err := fetch(ctx, &put); err != nil {
			return c, err
		}
		c.targets = append(c.targets, target(name, q.gzip))
		sizes = append(sizes, int64(len(body)))
		if total += len(body); total > sampleBytes || b.enough(len(sizes), began) {
			break
		}
	}
	c.bytes = middle(sizes)
	return c, nil
}
