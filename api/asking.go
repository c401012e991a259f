package api

import (
	"context"
	"iter"
	"time"

	"oxus/geo"
)

// askedReader is a Reader whose questions take the place of their request first, and are timed.
// What a reader can do beside geo.Reader must be handed on by those that put it behind
// this, or handlers do not find it. Its plans are asked of the reader itself.
type askedReader struct {
	geo.Reader
	server *Server
}

// askedView is the same over a view; its pasts are asked the same way.
type askedView struct {
	askedReader
	view geo.View
}

// askedPinned is the same over a reader that stays in one state.
type askedPinned struct {
	askedReader
	pinned geo.Pinned
}

// askedOf, askedPinnedOf and askedViewOf put a reader or a view behind it.
func (s *Server) askedOf(r geo.Reader) geo.Reader {
	one := askedReader{r, s}
	if cells, ok := r.(geo.CellCounter); ok {
		return struct {
			askedReader
			geo.CellCounter
		}{one, askedCells{cells, s}}
	}
	return one
}

func (s *Server) askedPinnedOf(p geo.Pinned) geo.Pinned {
	one := askedPinned{askedReader{p, s}, p}
	if cells, ok := p.(geo.CellCounter); ok {
		return struct {
			askedPinned
			geo.CellCounter
		}{one, askedCells{cells, s}}
	}
	return one
}

func (s *Server) askedViewOf(v geo.View) geo.View {
	one := askedView{askedReader{v, s}, v}
	if cells, ok := v.(geo.CellCounter); ok {
		return struct {
			askedView
			geo.CellCounter
		}{one, askedCells{cells, s}}
	}
	return one
}

// The questions, as metrics and the log call them.
const (
	itemsQuestion     = "items"
	countQuestion     = "count"
	detailQuestion    = "detail"
	sourcesQuestion   = "sources"
	versionQuestion   = "version"
	summaryQuestion   = "summary"
	cellsQuestion     = "cells"
	stateQuestion     = "state"
	latestQuestion    = "latest"
	revisionsQuestion = "revisions"
)

// inquiry is one question on its way to the store.
type inquiry struct {
	server     *Server
	passage    *passage
	name       string
	collection string
	began      time.Duration
	spent      time.Duration
	rows       int
	// What is done with a row is measured for some of them: timed is how many, and handled
	// how long that took without what was written to the client meanwhile, which is known
	// of all. left is when the last of them was handed on.
	timed, left, handled time.Duration
	wrote                writing
}

// writing is how long was written to the client: in all when a question began and when its
// last timed row was handed on, and while timed rows were handled.
type writing struct{ before, left, timed time.Duration }

// started is what the program's clock is read from: of two readings only the difference
// counts, and it costs half of what time.Now does.
var started = time.Now()

// begin begins a question about a collection, nil for none.
func (s *Server) begin(ctx context.Context, name string, c *geo.Collection) *inquiry {
	q := &inquiry{server: s, passage: passageOf(ctx), name: name}
	if c != nil {
		q.collection = c.ID
	}
	q.wrote.before = q.passage.writeTime()
	q.began = time.Since(started)
	return q
}

// timedRows are the first rows of a question, each of which is timed; of those after them
// one in so many is. Reading the clock twice costs a quarter of what a row does.
const timedRows = 16

func (q *inquiry) isTimed() bool { return q.rows < timedRows || q.rows%timedRows == 0 }

// pause and resume leave out what is done with a row.
func (q *inquiry) pause() {
	q.left = time.Since(started)
	q.spent += q.left - q.began
	q.wrote.left = q.passage.writeTime()
}

func (q *inquiry) resume() {
	q.began = time.Since(started)
	wrote := q.passage.writeTime() - q.wrote.left
	q.timed++
	q.handled += q.began - q.left - wrote
	q.wrote.timed += wrote
}

// leaveOut leaves out what was done with the rows that were not timed.
func (q *inquiry) leaveOut() {
	if untimed := time.Duration(q.rows) - q.timed; untimed > 0 && q.timed > 0 {
		q.spent -= q.handled/q.timed*untimed + q.passage.writeTime() - q.wrote.before - q.wrote.timed
		q.spent = max(q.spent, 0)
	}
}

// end tells how a question ended. ask, when it is not nil, is what was asked, and reader
// what knows the plan of it; explain is for questions that took long.
func (q *inquiry) end(ctx context.Context, err error, ask *geo.Query, reader geo.Reader) {
	q.spent += time.Since(started) - q.began
	q.leaveOut()
	if q.passage != nil {
		q.passage.asked.Add(int64(q.spent))
	}
	o := &q.server.options
	o.Meter.Asked(q.name, q.collection, q.spent, q.rows, broken(err) != nil && ctx.Err() == nil)
	if o.SlowQuestion > 0 && q.spent >= o.SlowQuestion {
		o.Meter.Slow(q.name, q.collection)
		q.server.slow.tell(ctx, q, err, ask, reader)
	}
}

// Items implements geo.Reader.
func (a askedReader) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		p := passageOf(ctx)
		if err := p.enter(ctx); err != nil {
			yield(geo.Item{}, err)
			return
		}
		ask, last := a.server.begin(ctx, itemsQuestion, q.Collection), error(nil)
		defer func() { ask.end(ctx, last, &q, a.Reader) }()
		for it, err := range a.Reader.Items(ctx, q) {
			gone := p != nil && p.away.Load()
			timed := gone || ask.isTimed()
			if timed {
				ask.pause()
			}
			if gone && err == nil {
				err = p.comeBack(ctx)
			}
			if last = err; err == nil {
				ask.rows++
			}
			more := yield(it, err)
			if timed {
				ask.resume()
			}
			if !more || err != nil {
				return
			}
		}
	}
}

// Count implements geo.Reader.
func (a askedReader) Count(ctx context.Context, q geo.Query) (n int, err error) {
	if err := passageOf(ctx).enter(ctx); err != nil {
		return 0, err
	}
	ask := a.server.begin(ctx, countQuestion, q.Collection)
	defer func() { ask.end(ctx, err, &q, a.Reader) }()
	return a.Reader.Count(ctx, q)
}

// Detail implements geo.Reader.
func (a askedReader) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (d *geo.Detail, err error) {
	if err := passageOf(ctx).enter(ctx); err != nil {
		return nil, err
	}
	ask := a.server.begin(ctx, detailQuestion, c)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return a.Reader.Detail(ctx, c, id, on)
}

// Sources implements geo.Reader.
func (a askedReader) Sources(ctx context.Context, ids []string) (found []geo.Source, err error) {
	if err := passageOf(ctx).enter(ctx); err != nil {
		return nil, err
	}
	ask := a.server.begin(ctx, sourcesQuestion, nil)
	defer func() { ask.rows = len(found); ask.end(ctx, err, nil, nil) }()
	return a.Reader.Sources(ctx, ids)
}

// Summary implements geo.Reader.
func (a askedReader) Summary(ctx context.Context, c *geo.Collection) (sum geo.Summary, err error) {
	if err := passageOf(ctx).enter(ctx); err != nil {
		return sum, err
	}
	ask := a.server.begin(ctx, summaryQuestion, c)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return a.Reader.Summary(ctx, c)
}

// Version implements geo.Reader. It costs next to nothing, and takes the place of its request
// no more than State and Latest do.
func (a askedReader) Version(ctx context.Context, c *geo.Collection) (version string, err error) {
	leave, err := passageOf(ctx).forState(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	ask := a.server.begin(ctx, versionQuestion, c)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return a.Reader.Version(ctx, c)
}

// askedCells counts cells the way askedReader answers.
type askedCells struct {
	geo.CellCounter
	server *Server
}

// CountCells implements geo.CellCounter.
func (a askedCells) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) (cells []geo.CellCount, err error) {
	if err := passageOf(ctx).enter(ctx); err != nil {
		return nil, err
	}
	ask := a.server.begin(ctx, cellsQuestion, q.Collection)
	defer func() { ask.rows = len(cells); ask.end(ctx, err, &q, nil) }()
	return a.CellCounter.CountCells(ctx, q, property, grid)
}

// State implements geo.Recorder.
func (v askedView) State(ctx context.Context, moment time.Time) (st geo.State, err error) {
	leave, err := passageOf(ctx).forState(ctx)
	if err != nil {
		return st, err
	}
	defer leave()
	ask := v.server.begin(ctx, stateQuestion, nil)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return v.view.State(ctx, moment)
}

// Latest implements geo.Recorder.
func (v askedView) Latest(ctx context.Context) (st geo.State, err error) {
	leave, err := passageOf(ctx).forState(ctx)
	if err != nil {
		return st, err
	}
	defer leave()
	ask := v.server.begin(ctx, latestQuestion, nil)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return v.view.Latest(ctx)
}

// At implements geo.Recorder.
func (v askedView) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	r, err := v.view.At(ctx, st)
	if err != nil {
		return nil, err
	}
	return v.server.askedOf(r), nil
}

// Pinned implements geo.Recorder.
func (v askedView) Pinned() geo.Pinned { return v.server.askedPinnedOf(v.view.Pinned()) }

// PinnedAt implements geo.Pinned. It costs as little as Latest, and nothing where there has
// been an answer.
func (p askedPinned) PinnedAt(ctx context.Context) (st geo.State, err error) {
	leave, err := passageOf(ctx).forState(ctx)
	if err != nil {
		return st, err
	}
	defer leave()
	ask := p.server.begin(ctx, latestQuestion, nil)
	defer func() { ask.end(ctx, err, nil, nil) }()
	return p.pinned.PinnedAt(ctx)
}

// Revisions implements geo.Recorder.
func (v askedView) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		if err := passageOf(ctx).enter(ctx); err != nil {
			yield(geo.Revision{}, err)
			return
		}
		ask, last := v.server.begin(ctx, revisionsQuestion, nil), error(nil)
		defer func() { ask.end(ctx, last, nil, nil) }()
		for r, err := range v.view.Revisions(ctx, q) {
			ask.pause()
			if last = err; err == nil {
				ask.rows++
			}
			more := yield(r, err)
			if ask.resume(); !more || err != nil {
				return
			}
		}
	}
}

// broken is an error of the store, nil for one that only says what it does not have or
// what nobody can ask.
func broken(err error) error {
	switch geo.KindOf(err) {
	case geo.NotFound, geo.Invalid, geo.Conflict:
		return nil
	default:
		return err
	}
}
