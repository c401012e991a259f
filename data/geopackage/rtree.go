package geopackage

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// The layout of the tables behind a spatial index of SQLite: a node is its depth (in the
// root alone), how many cells it has, and the cells, each of a number and four
// coordinates, big end first. Cells of leaves name rows, the others nodes.
const (
	nodeHeader = 4
	cellBytes  = 8 + 4*4
	rootNode   = 1
)

// cell is an entry of a spatial index: the box of a row, or of all that a node holds.
type cell struct {
	id    int64
	box   [4]float32 // west, east, south, north, as SQLite has them
	curve uint32     // where its middle is along the curve; later, the node that it is in
}

// index takes the added rows into the spatial index and the removed ones out of it. Where
// they are as many as those in it, it is written anew, every node of neighbours and nearly
// full: one by one they would cost many times that. Fewer are taken one by one, those
// added in order of place.
func (bt *bulkTable) index(ctx context.Context, c *sql.Conn) error {
	cells, err := bt.added(ctx, c)
	if err != nil || len(cells)+len(bt.removed) == 0 {
		return err
	}
	var there int
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM "+bt.shadow("rowid")).Scan(&there); err != nil {
		return err
	}
	if len(cells)+2*len(bt.removed) < there {
		if err := bt.deleteCells(ctx, c); err != nil {
			return err
		}
		return bt.insertCells(ctx, c, cells)
	}
	cells, err = bt.withIndexed(ctx, c, cells)
	if err != nil {
		return err
	}
	return bt.pack(ctx, c, cells)
}

func (bt *bulkTable) deleteCells(ctx context.Context, c *sql.Conn) error {
	take, err := c.PrepareContext(ctx, "DELETE FROM "+quoted(bt.table.rtree())+" WHERE id = ?")
	if err != nil {
		return err
	}
	defer func() { _ = take.Close() }()
	for _, fid := range slices.Sorted(maps.Keys(bt.removed)) {
		if _, err := take.ExecContext(ctx, fid); err != nil {
			return err
		}
	}
	return nil
}

// shadow is the quoted name of a table behind the spatial index.
func (bt *bulkTable) shadow(name string) string { return quoted(bt.table.rtree() + "_" + name) }

// added are the boxes of the rows that were added, those without a place left out.
func (bt *bulkTable) added(ctx context.Context, c *sql.Conn) ([]cell, error) {
	rows, err := c.QueryContext(ctx, `SELECT "fid", "geom" FROM `+quoted(bt.table.name)+` WHERE "fid" > ?`, bt.before)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var cells []cell
	var fid int64
	var blob sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&fid, &blob); err != nil {
			return nil, err
		}
		if b, located := boundOf(blob); located {
			cells = append(cells, cellOf(fid, b))
		}
	}
	return cells, rows.Err()
}

// withIndexed adds the cells of rows that were there before and are not removed.
func (bt *bulkTable) withIndexed(ctx context.Context, c *sql.Conn, cells []cell) ([]cell, error) {
	rows, err := c.QueryContext(ctx, "SELECT id, minx, maxx, miny, maxy FROM "+quoted(bt.table.rtree())+" WHERE id <= ?", bt.before)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var b orb.Bound
		if err := rows.Scan(&id, &b.Min[0], &b.Max[0], &b.Min[1], &b.Max[1]); err != nil {
			return nil, err
		}
		if !bt.removed[id] {
			cells = append(cells, cellOf(id, b))
		}
	}
	return cells, rows.Err()
}

func (bt *bulkTable) insertCells(ctx context.Context, c *sql.Conn, cells []cell) error {
	alongCurve(cells)
	put, err := c.PrepareContext(ctx, "INSERT OR REPLACE INTO "+quoted(bt.table.rtree())+" VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer func() { _ = put.Close() }()
	for i := range cells {
		b := cells[i].box
		if _, err := put.ExecContext(ctx, cells[i].id, b[0], b[1], b[2], b[3]); err != nil {
			return err
		}
	}
	return nil
}

// pack writes the whole index anew.
func (bt *bulkTable) pack(ctx context.Context, c *sql.Conn, cells []cell) error {
	var size int
	if err := c.QueryRowContext(ctx, "SELECT length(data) FROM "+bt.shadow("node")+" WHERE nodeno = ?", rootNode).Scan(&size); err != nil {
		return err
	}
	for _, name := range []string{"node", "rowid", "parent"} {
		if _, err := c.ExecContext(ctx, "DELETE FROM "+bt.shadow(name)); err != nil {
			return err
		}
	}
	alongCurve(cells)
	w := &indexWriter{
		bt: bt, nodeBytes: size, next: rootNode + 1,
		nodes: newRowWriter(c, bt.shadow("node")), rows: newRowWriter(c, bt.shadow("rowid")), parents: newRowWriter(c, bt.shadow("parent")),
	}
	return w.write(ctx, cells)
}

// indexWriter writes the nodes of a spatial index, from the leaves to the root.
type indexWriter struct {
	bt                   *bulkTable
	nodeBytes            int
	next                 int64 // the number of the next node
	nodes, rows, parents *rowWriter
}

func (w *indexWriter) write(ctx context.Context, cells []cell) error {
	most := (w.nodeBytes - nodeHeader) / cellBytes
	filled := max(2, most*9/10) // a node that is full is split by the next row in it
	depth, inside := 0, w.rows
	for ; len(cells) > most; depth++ {
		above, err := w.level(ctx, cells, filled)
		if err != nil {
			return err
		}
		if depth == 0 { // rows are written fastest in their order; nodes are in theirs
			slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(a.id, b.id) })
		}
		for i := range cells {
			if err := inside.add(ctx, cells[i].id, int64(cells[i].curve)); err != nil {
				return err
			}
		}
		cells, inside = above, w.parents
	}
	for i := range cells {
		if err := inside.add(ctx, cells[i].id, int64(rootNode)); err != nil {
			return err
		}
	}
	if err := w.nodes.add(ctx, rootNode, w.node(depth, cells)); err != nil {
		return err
	}
	for _, r := range []*rowWriter{w.nodes, w.rows, w.parents} {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// level writes nodes of so many cells, notes in the cells which they are in, and returns
// the cells of the nodes.
func (w *indexWriter) level(ctx context.Context, cells []cell, filled int) ([]cell, error) {
	above := make([]cell, 0, len(cells)/filled+1)
	for part := range slices.Chunk(cells, filled) {
		node := cell{id: w.next, box: part[0].box}
		w.next++
		if err := w.nodes.add(ctx, node.id, w.node(0, part)); err != nil {
			return nil, err
		}
		for i := range part {
			node.box = union(node.box, part[i].box)
			part[i].curve = uint32(node.id)
		}
		above = append(above, node)
	}
	return above, nil
}

// node writes a node of at most as many cells as it has room for.
func (w *indexWriter) node(depth int, cells []cell) []byte {
	b := binary.BigEndian.AppendUint16(make([]byte, 0, w.nodeBytes), uint16(depth))
	b = binary.BigEndian.AppendUint16(b, uint16(len(cells)))
	for i := range cells {
		b = binary.BigEndian.AppendUint64(b, uint64(cells[i].id))
		for _, edge := range cells[i].box {
			b = binary.BigEndian.AppendUint32(b, math.Float32bits(edge))
		}
	}
	return b[:w.nodeBytes]
}

// rowWriter writes rows of two columns, many with one statement.
type rowWriter struct {
	c      *sql.Conn
	table  string
	values []any
}

// rowsTogether is how many rows a statement writes; every build of SQLite takes twice as many values.
const rowsTogether = 400

func newRowWriter(c *sql.Conn, table string) *rowWriter {
	return &rowWriter{c: c, table: table, values: make([]any, 0, 2*rowsTogether)}
}

func (w *rowWriter) add(ctx context.Context, key int64, value any) error {
	w.values = append(w.values, key, value)
	if len(w.values) < 2*rowsTogether {
		return nil
	}
	return w.flush(ctx)
}

func (w *rowWriter) flush(ctx context.Context) error {
	if len(w.values) == 0 {
		return nil
	}
	rows := strings.TrimSuffix(strings.Repeat("(?, ?), ", len(w.values)/2), ", ")
	_, err := w.c.ExecContext(ctx, "INSERT INTO "+w.table+" VALUES "+rows, w.values...)
	w.values = w.values[:0]
	return err
}

// cellOf is the cell of a row. A box of 32-bit numbers holds the one of 64 bits.
func cellOf(id int64, b orb.Bound) cell {
	return cell{
		id: id, box: [4]float32{below(b.Min[0]), above(b.Max[0]), below(b.Min[1]), above(b.Max[1])},
		curve: uint32(geo.HilbertKeyOf(b.Center())), // 16 bits of a column and as many of a row
	}
}

func below(v float64) float32 {
	f := float32(v)
	if float64(f) > v {
		f = math.Nextafter32(f, float32(math.Inf(-1)))
	}
	return f
}

func above(v float64) float32 { return -below(-v) }

func union(a, b [4]float32) [4]float32 {
	return [4]float32{min(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), max(a[3], b[3])}
}

func alongCurve(cells []cell) {
	slices.SortFunc(cells, func(a, b cell) int { return cmp.Compare(a.curve, b.curve) })
}
