package postgis

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"sync"
	"time"

	"oxus/geo"
)

// pinned implements geo.Pinned: its first answer, the state that it comes from and the
// versions of that state are what one statement tells.
type pinned struct {
	view // of the present, until the state is chosen
	mu   sync.Mutex
	then *present
}

// present is what is known of the state of the present: its place in the record, and
// the name of each stored collection's version.
type present struct {
	state    geo.State
	versions map[string]string
	// known are the names by which geo.Known has them.
	known map[string]string
}

// Pinned implements geo.Recorder.
func (v view) Pinned() geo.Pinned { return &pinned{view: v} }

// presentSQL is the state of the present in one text, which present.read reads: the number and
// the moment of the latest revision, the store, the mark of veilMark, and of each stored
// collection its name, version and stamp, with blanks between.
func (v view) presentSQL(s *statement) string {
	return "SELECT concat_ws(' ', coalesce(l.seq, 0), coalesce(oxus.microseconds(l.recorded), 0), (SELECT left(id::text, 8) FROM oxus.store), " +
		"coalesce(nullif(" + v.veilMark(s) + ", ''), '-'), (SELECT string_agg(v.collection || ' ' || v.version || ' ' || v.stamp, ' ') FROM oxus.versions v)) AS present" +
		"\nFROM (VALUES (1)) one LEFT JOIN (" + lastSQL("") + ") l ON true"
}

// read reads what presentSQL asks for. A version of features is one of their sources too.
func (p *present) read(text string) error {
	parts := strings.Fields(text)
	if len(parts) < 4 || len(parts)%3 != 1 {
		return errors.New("the database does not tell the state of the present")
	}
	var faults error
	number := func(text string) int64 {
		n, err := strconv.ParseInt(text, 10, 64)
		faults = errors.Join(faults, err)
		return n
	}
	*p = present{
		state:    geo.State{Last: number(parts[0]), Moment: time.UnixMicro(number(parts[1])).UTC()},
		versions: map[string]string{}, known: map[string]string{},
	}
	store, mark := parts[2], strings.TrimPrefix(parts[3], "-")
	for parts = parts[4:]; len(parts) > 0; parts = parts[3:] {
		version, stamp := number(parts[1]), parts[2]
		p.known[parts[0]] = versionName(version, stamp)
		p.versions[parts[0]] = versionName(version, stamp[:min(8, len(stamp))])
	}
	for name, version := range p.versions {
		if name != geo.SourcesID {
			p.versions[name] = store + "." + version + "." + p.versions[geo.SourcesID] + mark
		}
	}
	return faults
}

// telling is where an answer tells the state that it comes from.
type telling struct {
	view
	into *present
}

// choose returns the reader of the state, after asking for the state where nothing has
// been asked yet.
func (p *pinned) choose(ctx context.Context) (view, *present, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.then == nil {
		then, err := p.ask(ctx)
		if err != nil {
			return view{}, nil, err
		}
		p.then = then
	}
	return view{p.store, p.then.state, p.who}, p.then, nil
}

// ask asks for the state of the present, in that of the context where it holds one.
func (p *pinned) ask(ctx context.Context) (*present, error) {
	var s statement
	var told string
	then, text := &present{}, p.presentSQL(&s)
	if tx := p.store.begun(ctx); tx != nil {
		if err := tx.QueryRow(ctx, text, s.args...).Scan(&told); err != nil {
			return nil, failed(ctx, err)
		}
		return then, then.read(told)
	}
	conn, err := p.store.acquirePage(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	if err := conn.QueryRow(ctx, text, s.args...).Scan(&told); err != nil {
		return nil, failed(ctx, err)
	}
	if err := then.read(told); err != nil {
		return nil, err
	}
	p.store.note(ctx, then.known)
	return then, nil
}

// chosen is the state, nil where nothing has been asked yet.
func (p *pinned) chosen() *present {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.then
}

// PinnedAt implements geo.Pinned.
func (p *pinned) PinnedAt(ctx context.Context) (geo.State, error) {
	_, then, err := p.choose(ctx)
	if err != nil {
		return geo.State{}, err
	}
	return then.state, nil
}

// Items implements geo.Reader.
func (p *pinned) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return p.inParts(ctx, q, p.part)
}

// part reads a part of an answer. The first of all comes with the state.
func (p *pinned) part(ctx context.Context, q *geo.Query) ([]geo.Item, error) {
	t, err := p.table(q.Collection)
	if err != nil {
		return nil, err
	}
	if p.chosen() != nil || p.store.begun(ctx) != nil || q.Histories && t.status != "" || q.NeedsMark() {
		v, _, err := p.choose(ctx)
		if err != nil {
			return nil, err
		}
		return v.part(ctx, q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	conn, err := p.store.acquirePage(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	then := &present{}
	items, err := t.page(ctx, conn, q, &telling{p.view, then})
	if err == nil {
		p.then = then
		p.store.note(ctx, then.known)
	}
	return items, failed(ctx, err)
}

// Version implements geo.Reader.
func (p *pinned) Version(ctx context.Context, c *geo.Collection) (string, error) {
	if _, err := p.table(c); err != nil {
		return "", err
	}
	_, then, err := p.choose(ctx)
	if err != nil {
		return "", err
	}
	if c.Derived {
		return geo.StatusVersion(p.store.atlas, func(c *geo.Collection) string { return then.versions[c.ID] }), nil
	}
	return then.versions[c.ID], nil
}

// Count implements geo.Reader.
func (p *pinned) Count(ctx context.Context, q geo.Query) (int, error) {
	v, _, err := p.choose(ctx)
	if err != nil {
		return 0, err
	}
	return v.Count(ctx, q)
}

// CountCells implements geo.CellCounter.
func (p *pinned) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	v, _, err := p.choose(ctx)
	if err != nil {
		return nil, err
	}
	return v.CountCells(ctx, q, property, grid)
}

// Detail implements geo.Reader.
func (p *pinned) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	if p.chosen() != nil || p.store.begun(ctx) != nil {
		v, _, err := p.choose(ctx)
		if err != nil {
			return nil, err
		}
		return v.Detail(ctx, c, id, on)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	then := &present{}
	d, err := p.detail(ctx, c, id, on, then)
	if err == nil {
		p.then = then
		p.store.note(ctx, then.known)
	}
	return d, err
}

// Sources implements geo.Reader.
func (p *pinned) Sources(ctx context.Context, ids []string) ([]geo.Source, error) {
	v, _, err := p.choose(ctx)
	if err != nil {
		return nil, err
	}
	return v.Sources(ctx, ids)
}

// Summary implements geo.Reader.
func (p *pinned) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	v, _, err := p.choose(ctx)
	if err != nil {
		return geo.Summary{}, err
	}
	return v.Summary(ctx, c)
}
