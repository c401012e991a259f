package storetest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// Stamp implements geo.Base.
func (s *Plain) Stamp(context.Context) (string, error) {
	return strconv.FormatInt(s.now().ds.State.Last, 10), s.Fail
}

// ReadState implements geo.Base.
func (s *Plain) ReadState(ctx context.Context, _ bool, do func(context.Context, geo.StateReader) error) error {
	if s.Fail != nil {
		return s.Fail
	}
	return do(ctx, plainReader{s.now(), s})
}

// Hidden implements geo.Base.
func (s *Plain) Hidden(_ context.Context, who geo.Role, ids []string) (hidden []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := plainView{s, who.Known()}
	for _, id := range ids {
		for _, c := range s.atlas.Collections {
			if v.last(geo.FeatureRow, c.ID, id).Feature != nil && !v.seesNamed(c.ID, id) {
				hidden = append(hidden, id)
				break
			}
		}
	}
	return hidden, nil
}

// plainReader hands out one state. It implements geo.StateReader.
type plainReader struct {
	plainState
	store *Plain
}

// Stand implements geo.StateReader.
func (r plainReader) Stand(context.Context) (*geo.Stand, error) {
	stamp := strconv.FormatInt(r.ds.State.Last, 10)
	st := &geo.Stand{State: r.ds.State, Stamp: stamp, Versions: r.versioned().Versions, Recorded: r.versioned().Versions, Marks: map[geo.Role]string{}}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	for _, who := range append(geo.Roles(), geo.Everybody) {
		st.Marks[who] = plainView{r.store, who}.mark()
	}
	return st, nil
}

// Sizes implements geo.StateReader.
func (r plainReader) Sizes(context.Context) (map[string]int64, error) {
	sizes := map[string]int64{}
	for id, features := range r.ds.Features {
		sizes[id] = int64(400 * len(features))
	}
	return sizes, nil
}

// Sources implements geo.StateReader.
func (r plainReader) Sources(context.Context) ([]geo.Source, error) { return r.ds.Sources, nil }

// Features implements geo.StateReader.
func (r plainReader) Features(ctx context.Context, c *geo.Collection, ids []string) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		for it, err := range r.Items(ctx, geo.Query{Collection: c}) {
			if ids != nil && err == nil && !slices.Contains(ids, it.ID) {
				continue
			}
			if !yield(it.Feature, err) {
				return
			}
		}
	}
}

// Histories implements geo.StateReader.
func (r plainReader) Histories(_ context.Context, c *geo.Collection, ids []string) (map[string][]geo.Period, error) {
	histories := map[string][]geo.Period{}
	for i := range r.ds.Features[c.ID] {
		f := &r.ds.Features[c.ID][i]
		if periods := speaking(r.ds, c, f); len(periods) > 0 && (ids == nil || slices.Contains(ids, f.ID)) {
			histories[f.ID] = periods
		}
	}
	return histories, nil
}

// SpokenFor implements geo.StateReader.
func (r plainReader) SpokenFor(_ context.Context, c *geo.Collection, periods []string) (ids []string, err error) {
	for i := range r.ds.Features[c.ID] {
		f := &r.ds.Features[c.ID][i]
		if slices.ContainsFunc(speaking(r.ds, c, f), func(p geo.Period) bool { return slices.Contains(periods, p.ID) }) {
			ids = append(ids, f.ID)
		}
	}
	return ids, nil
}

// Changed implements geo.StateReader.
func (r plainReader) Changed(ctx context.Context, since geo.State, most int) (rows []geo.ChangedRow, ok bool, err error) {
	for revision, err := range r.store.Revisions(ctx, geo.RevisionQuery{After: since.Last}) {
		if err != nil {
			return nil, false, err
		}
		row := geo.ChangedRow{Kind: revision.Kind, Collection: revision.Collection, ID: revision.ID}
		if revision.Number <= r.ds.State.Last && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows, len(rows) <= most, nil
}

// CountCells implements geo.CellCounter: it looks at every item.
func (s *Plain) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	return s.now().CountCells(ctx, q, property, grid)
}

// CountCells implements geo.CellCounter.
func (v plainView) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	return v.state().CountCells(ctx, q, property, grid)
}

// CountCells implements geo.CellCounter.
func (s plainState) CountCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	q.Limit, q.After, q.Sort, q.Backwards = 0, "", nil, false
	var counts []geo.CellCount
	for it, err := range s.Items(ctx, q) {
		if err != nil {
			return nil, err
		}
		value, _ := it.Values[q.Collection.PropertyIndex(property)].(string)
		cell, x, y := 0, 0, 0
		if grid != nil {
			cell = -1
			if p, ok := it.Geometry.(orb.Point); ok {
				cell, x, y = grid.Place(p)
			}
		}
		i := slices.IndexFunc(counts, func(n geo.CellCount) bool { return n.Cell == cell && n.Value == value })
		if i < 0 {
			i = len(counts)
			counts = append(counts, geo.CellCount{Value: value, Cell: cell, First: it.ID})
		}
		n := &counts[i]
		n.Count, n.X, n.Y, n.First = n.Count+1, n.X+int64(x), n.Y+int64(y), min(n.First, it.ID)
	}
	return counts, nil
}

// SameCells compares how two stores count what lies in a grid, by the codes of a
// property; the order of counts says nothing.
func SameCells(a, b []geo.CellCount) bool {
	order := func(x, y geo.CellCount) int {
		return cmp.Or(cmp.Compare(x.Cell, y.Cell), cmp.Compare(x.Value, y.Value))
	}
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}
