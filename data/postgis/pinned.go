package postgis

import (
	"context"
	"iter"
	"sync"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// pinned implements geo.Pinned: its first answer, the state that it comes from and the
// versions of that state are one transaction, sent and received at once.
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

// presentSQL reads the latest revision beside the parts of which versionNames makes names.
func (v view) presentSQL(s *statement) string {
	return "SELECT l.seq, l.recorded, (SELECT left(id::text, 8) FROM oxus.store), v.collection, v.version, v.stamp::text, " + v.veilMark(s) +
		"\nFROM oxus.versions v LEFT JOIN (" + lastSQL("") + ") l ON true"
}

// queuePresent asks for the state of the present and its versions within a batch.
func (v view) queuePresent(b *pgx.Batch, into *present) {
	var s statement
	text := v.presentSQL(&s)
	b.Queue(text, s.args...).Query(func(rows pgx.Rows) error {
		defer rows.Close()
		if err := binaryFormat(rows.FieldDescriptions()); err != nil {
			return err
		}
		names := newVersionNames(into)
		for rows.Next() {
			row := rowReader{columns: rows.RawValues()}
			if names.add(&row); row.failed != nil {
				return row.failed
			}
		}
		names.finish()
		return rows.Err()
	})
}

// versionNames makes the names of versions of the rows of presentSQL.
type versionNames struct {
	into        *present
	store, mark string
}

func newVersionNames(into *present) *versionNames {
	if into != nil {
		*into = present{state: geo.Beginning(), versions: map[string]string{}, known: map[string]string{}}
	}
	return &versionNames{into: into}
}

// add reads a row.
func (n *versionNames) add(r *rowReader) {
	last := r.next()
	if recorded := r.moment(); !recorded.IsZero() {
		n.into.state = geo.State{Last: int64(r.fixed(last, 8)), Moment: recorded}
	}
	n.store = r.text()
	collection, number, stamp := r.text(), r.integer(), r.text()
	n.mark = r.text()
	n.into.known[collection] = versionName(number, stamp)
	n.into.versions[collection] = versionName(number, stamp[:8])
}

// finish is for when all rows are read: a version of features is one of their sources too.
func (n *versionNames) finish() {
	if n.into == nil {
		return
	}
	for name, version := range n.into.versions {
		if name != geo.SourcesID {
			n.into.versions[name] = n.store + "." + version + "." + n.into.versions[geo.SourcesID] + n.mark
		}
	}
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
	then, b := &present{}, &pgx.Batch{}
	p.queuePresent(b, then)
	if tx := p.store.begun(ctx); tx != nil {
		return then, failed(ctx, tx.SendBatch(ctx, b).Close())
	}
	conn, err := p.store.acquirePage(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	if err := conn.SendBatch(ctx, b).Close(); err != nil {
		return nil, failed(ctx, err)
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
	items, err := t.page(ctx, conn, q, func(b *pgx.Batch) { p.queuePresent(b, then) })
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
