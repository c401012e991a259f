package api

import (
	"iter"
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"oxus/geo"
)

const (
	// maxPoints is how many points of a collection a tile shows one by one.
	maxPoints = 2000
	// finestGrid is the number of cells along a side in which denser points are
	// counted: 4 pixels each where a tile is drawn with 256.
	finestGrid = 64
	// tileBudget is how many bytes a tile may have before it is compressed,
	// which leaves it below 500 kB on any way.
	tileBudget = 480_000
	// longTextZoom is the zoom from which on texts of any length are given.
	longTextZoom = 8
	// kindProperty is the property by whose codes the points of a cell are told
	// apart, in collections that have it.
	kindProperty = "category"
)

// tileColumn is a column that a tile can carry.
type tileColumn struct {
	column
	number, integer bool
}

// tileColumns are those of the columns that are one value. Lists among them, which
// a tile does not know, are carried as the text of a JSON array when they are asked
// for by name.
func tileColumns(columns []column, named bool) []tileColumn {
	var all []tileColumn
	for _, col := range columns {
		name := col.schema.Type
		if name == "array" {
			if !named {
				continue
			}
			col.schema.Type, col.schema.Items = "string", nil
		}
		all = append(all, tileColumn{col, name == "number" || name == "integer", name == "integer"})
	}
	return all
}

// tileFeature is a feature as a tile shows it, or a number of points that it
// shows as one.
type tileFeature struct {
	item geo.Item
	// paths are those of a line, nil for a point.
	paths [][]tilePoint
	point tilePoint
	count int
	// kinds are how many of the points are of each kind or status, in a grid of a
	// collection that has one; nil elsewhere.
	kinds map[string]int
}

// tileLayer gathers the features of one collection in a tile. Its memory does
// not grow with the number of points.
type tileLayer struct {
	tile       tile
	collection *collection
	columns    []tileColumn
	lines      []tileFeature
	points     []tileFeature
	// grid counts the points instead, when there are too many.
	grid *tileGrid
	// kind is the index of the property that tells points apart, -1 where the
	// collection has none; a status does the same.
	kind int
}

func newTileLayer(t tile, r *itemsRequest, k *collection) *tileLayer {
	return &tileLayer{tile: t, collection: k, columns: tileColumns(r.columns, r.named), kind: k.PropertyIndex(kindProperty)}
}

// take makes the layer of what a store counted, in place of adding its features,
// when they are so many that they are counted anyway. It reports whether it did.
func (l *tileLayer) take(counts []geo.CellCount) bool {
	sum := 0
	for i := range counts {
		sum += counts[i].Count
	}
	if sum <= maxPoints {
		return false
	}
	l.grid = &tileGrid{side: finestGrid, cells: map[int]*tileFeature{}}
	for i := range counts {
		if n := &counts[i]; n.Cell >= 0 {
			first := geo.Item{Feature: &geo.Feature{ID: n.First}}
			l.grid.merge(n.Cell, &tileFeature{
				item: first, point: tilePoint{int(n.X), int(n.Y)}, count: n.Count, kinds: map[string]int{n.Value: n.Count},
			})
		}
	}
	return true
}

// square is the tile as a grid for a store to count in.
func (t tile) square() *geo.Grid {
	return &geo.Grid{World: t.world(), X: t.x * tileExtent, Y: t.y * tileExtent, Extent: tileExtent, Side: finestGrid}
}

func (l *tileLayer) add(it geo.Item) {
	p, isPoint := it.Geometry.(orb.Point)
	if !isPoint {
		if paths := l.tile.paths(it.Geometry); paths != nil {
			l.lines = append(l.lines, tileFeature{item: it, paths: paths, count: 1})
		}
		return
	}
	f := tileFeature{item: it, point: l.tile.place(l.tile.project(p)), count: 1}
	if l.grid != nil {
		l.count(&f)
		return
	}
	if l.points = append(l.points, f); len(l.points) > maxPoints {
		l.coarsen()
	}
}

// count adds a point to the grid.
func (l *tileLayer) count(f *tileFeature) {
	switch {
	case l.kind >= 0:
		text, _ := f.item.Values[l.kind].(string)
		f.kinds = map[string]int{text: 1}
	case l.collection.HasStatus():
		f.kinds = map[string]int{f.item.Standing.Status: 1}
	}
	l.grid.add(l.tile, f)
}

// coarsen counts the points in cells, or in larger ones than before. It reports
// whether there was anything to make coarser.
func (l *tileLayer) coarsen() bool {
	switch {
	case l.grid == nil && len(l.points) > 0:
		l.grid = &tileGrid{side: finestGrid, cells: map[int]*tileFeature{}}
		for i := range l.points {
			l.count(&l.points[i])
		}
		l.points = nil
		return true
	case l.grid != nil && l.grid.side > 1:
		l.grid = l.grid.coarser()
		return true
	}
	return false
}

// shown is how many features the points make.
func (l *tileLayer) shown() int {
	if l.grid != nil {
		return len(l.grid.cells)
	}
	return len(l.points)
}

func (l *tileLayer) features() iter.Seq[tileFeature] {
	return func(yield func(tileFeature) bool) {
		for _, list := range [][]tileFeature{l.lines, l.points} {
			for i := range list {
				if !yield(list[i]) {
					return
				}
			}
		}
		if l.grid == nil {
			return
		}
		for _, index := range slices.Sorted(maps.Keys(l.grid.cells)) {
			if !yield(l.grid.cells[index].centred()) {
				return
			}
		}
	}
}

// tileGrid counts points in square cells of a tile. The point of a cell is the
// sum of its points.
type tileGrid struct {
	side  int
	cells map[int]*tileFeature
}

// add counts a point in its cell. Points in the buffer belong to other tiles.
func (g *tileGrid) add(t tile, f *tileFeature) {
	if !t.owns(f.point) {
		return
	}
	cell := func(v int) int { return min(v*g.side/tileExtent, g.side-1) }
	g.merge(cell(f.point.y)*g.side+cell(f.point.x), f)
}

func (g *tileGrid) merge(index int, f *tileFeature) {
	c := g.cells[index]
	if c == nil {
		first := *f
		first.kinds = maps.Clone(f.kinds)
		g.cells[index] = &first
		return
	}
	c.point.x += f.point.x
	c.point.y += f.point.y
	c.count += f.count
	for kind, n := range f.kinds {
		c.kinds[kind] += n
	}
}

// coarser joins four cells to one.
func (g *tileGrid) coarser() *tileGrid {
	joined := &tileGrid{side: g.side / 2, cells: map[int]*tileFeature{}}
	for index, f := range g.cells {
		joined.merge(index/g.side/2*joined.side+index%g.side/2, f)
	}
	return joined
}

// centred is the feature of a cell: at the middle of the points it stands for,
// or the one point itself.
func (f *tileFeature) centred() tileFeature {
	c := *f
	c.point = tilePoint{f.point.x / f.count, f.point.y / f.count}
	return c
}

// encodeTile writes the layers within the budget: first long texts are left
// out, then points are counted in ever larger cells where they are most, then
// lines lose bends, and last everything but their ids and their status, without
// which they would be taken for unknown. They all stay.
func encodeTile(t tile, layers []*tileLayer) []byte {
	short := t.zoom < longTextZoom
	b := encodeLayers(layers, short)
	if len(b) > tileBudget && !short {
		short = true
		b = encodeLayers(layers, short)
	}
	for len(b) > tileBudget {
		densest := slices.MaxFunc(layers, func(a, b *tileLayer) int { return a.shown() - b.shown() })
		if densest.shown() < 2 || !densest.coarsen() {
			break
		}
		b = encodeLayers(layers, short)
	}
	for tolerance := 2; len(b) > tileBudget && tolerance < tileExtent; tolerance *= 4 {
		for _, l := range layers {
			l.straighten(float64(tolerance))
		}
		b = encodeLayers(layers, short)
	}
	if len(b) > tileBudget {
		for _, l := range layers {
			l.columns = slices.DeleteFunc(l.columns, func(c tileColumn) bool { return c.name != geo.StatusProperty })
		}
		b = encodeLayers(layers, short)
	}
	return b
}

// straighten leaves out bends that reach no further from the line without them
// than the tolerance, in units of the tile.
func (l *tileLayer) straighten(tolerance float64) {
	for i := range l.lines {
		for j, path := range l.lines[i].paths {
			l.lines[i].paths[j] = straightened(path, tolerance)
		}
	}
}

func encodeLayers(layers []*tileLayer, short bool) []byte {
	var b []byte
	for _, l := range layers {
		b = encodeLayer(b, l, short)
	}
	return b
}
