package geoparquet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"oxus/geo"
)

// A group of rows ends with the first of these: few enough bytes for memory, few
// enough rows for a reader to skip what lies elsewhere.
const (
	groupRows  = 64 << 10
	groupBytes = 8 << 20
	// pageBytes is how much of a column is gathered before it is compressed.
	pageBytes = 64 << 10
)

// WriteLayer is a geo.TableWriter: a GeoParquet file in longitude and latitude, its
// rows in the order they come in. A table without geometries is plain Parquet.
func WriteLayer(ctx context.Context, w io.Writer, t *geo.Table, rows iter.Seq2[geo.TableRow, error]) error {
	f := newFile(w, t)
	for row, err := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := f.add(&row); err != nil {
			return fmt.Errorf("write %s as GeoParquet: %w", row.ID, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.close()
}

// file is a file that is being written.
type file struct {
	parquet *parquet.GenericWriter[any]
	leaves  []leaf
	// names of the columns that hold the geometry and its box, "" without one.
	geometry, box string
	extent        extent
	// row and values are those of the row at hand, kept for their memory.
	row    row
	values []parquet.Value
	// rows and bytes are those of the group at hand.
	rows, bytes int
}

func newFile(w io.Writer, t *geo.Table) *file {
	l := layoutOf(t)
	options := []parquet.WriterOption{
		parquet.NewSchema(t.Name, l.root()),
		parquet.Compression(&parquet.Zstd),
		parquet.PageBufferSize(pageBytes),
		// Every reader knows the first version of pages, and none needs bounds in
		// their headers: the index has them.
		parquet.DataPageVersion(1),
		parquet.DataPageStatistics(false),
	}
	if l.geometry != "" {
		options = append(options, parquet.SkipPageBounds(l.geometry))
	}
	return &file{parquet: parquet.NewGenericWriter[any](w, options...), leaves: l.leaves, geometry: l.geometry, box: l.box}
}

// add writes a row, and its group when it is full.
func (f *file) add(r *geo.TableRow) error {
	if err := f.row.take(r); err != nil {
		return err
	}
	f.extent.add(&f.row)
	writers := f.parquet.ColumnWriters()
	for i := range f.leaves {
		var err error
		if f.values, err = f.leaves[i](f.values[:0], &f.row); err != nil {
			return err
		}
		if _, err := writers[i].WriteRowValues(f.values); err != nil {
			return err
		}
	}
	f.rows++
	f.bytes += f.row.size(len(f.leaves))
	if f.rows < groupRows && f.bytes < groupBytes {
		return nil
	}
	f.rows, f.bytes = 0, 0
	return f.parquet.Flush()
}

// close writes the last group and what is known only then: where the geometries lie.
func (f *file) close() error {
	if f.geometry != "" {
		about, err := f.metadata()
		if err != nil {
			return err
		}
		f.parquet.SetKeyValueMetadata("geo", about)
	}
	return f.parquet.Close()
}

// row is a row with its geometry as it is written.
type row struct {
	*geo.TableRow
	// shape is the geometry as well-known binary, empty where there is none.
	shape bytes.Buffer
	bound orb.Bound
	// texts holds the texts of the row until they are written.
	texts []byte
}

// take takes the next row. An empty geometry has no place, and so no box: it is none.
func (r *row) take(next *geo.TableRow) error {
	r.TableRow = next
	r.shape.Reset()
	r.texts = r.texts[:0]
	if next.Geometry == nil {
		return nil
	}
	if r.bound = next.Geometry.Bound(); r.bound.IsEmpty() {
		return nil
	}
	return wkb.NewEncoder(&r.shape).Encode(next.Geometry)
}

func (r *row) placed() bool { return r.shape.Len() > 0 }

// text is a text as a value of the file, good until the next row.
func (r *row) text(s string) parquet.Value {
	start := len(r.texts)
	r.texts = append(r.texts, s...)
	return parquet.ByteArrayValue(r.texts[start:])
}

// size is about how many bytes the row takes.
func (r *row) size(leaves int) int { return len(r.texts) + r.shape.Len() + 8*leaves }
