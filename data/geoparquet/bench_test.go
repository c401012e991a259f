package geoparquet

import (
	"context"
	"fmt"
	"io"
	"iter"
	"runtime"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// many are invented rows with as many columns as incidents have.
func many(n int) (*geo.Table, iter.Seq2[geo.TableRow, error]) {
	t := &geo.Table{Name: "incidents", Geometry: geo.Point, Columns: []geo.TableColumn{
		{Name: "title"},
		{Name: "summary"},
		{Name: "category"},
		{Name: "country"},
		{Name: "deaths", Type: geo.TableInteger},
		{Name: "accuracy_m", Type: geo.TableReal},
		{Name: "from", Type: geo.TableDay},
		{Name: "from_precision"},
		{Name: "to", Type: geo.TableDay},
		{Name: "to_precision"},
		{Name: "sources", Type: geo.TableList},
		{Name: "revision", Type: geo.TableInteger},
	}}
	return t, func(yield func(geo.TableRow, error) bool) {
		for i := range n {
			at := orb.Point{67 + float64(i%5000)/1000, 36 + float64(i*7%3000)/1000}
			if !yield(geo.TableRow{ID: fmt.Sprintf("incident-%07d", i), Geometry: at, Values: []any{
				fmt.Sprintf("Invented incident %d", i), fmt.Sprintf("What an invented source says of incident %d, at %v", i, at), "armed_clash", "AF", int64(i % 7), nil,
				"2022-05-01", "day", nil, nil, `["invented-source"]`, int64(1),
			}}, nil) {
				return
			}
		}
	}
}

func BenchmarkWriteLayer(b *testing.B) {
	table, rows := many(100_000)
	b.ReportAllocs()
	for b.Loop() {
		var size counter
		if err := WriteLayer(context.Background(), &size, table, rows); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(size))
	}
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// What is held while a file is written does not grow with its rows, but for a byte
// or two a row: the footer says where each page is.
func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	footer := 2
	few, more := 2*groupRows, 10*groupRows
	if storetest.Raced() { // which keeps memory of its own
		few, more, footer = groupRows, 2*groupRows, 2*footer
	}
	before, after := held(t, few), held(t, more)
	t.Logf("%d kB with %d rows, %d kB with %d", before>>10, few, after>>10, more)
	if grown := int64(after) - int64(before); grown > int64(footer*(more-few)) || after > 2*groupBytes {
		t.Errorf("%d kB with %d rows, %d kB with %d", before>>10, few, after>>10, more)
	}
}

// held is the greatest heap in use while that many rows are written, seen where
// a group is nearly full.
func held(t *testing.T, n int) (most uint64) {
	table, rows := many(n)
	watched := func(yield func(geo.TableRow, error) bool) {
		i := 0
		for row, err := range rows {
			if i++; i%(groupRows/2-1) == 0 {
				runtime.GC()
				runtime.GC() // pools give up what nobody took since the last
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			if !yield(row, err) {
				return
			}
		}
	}
	if err := WriteLayer(t.Context(), io.Discard, table, watched); err != nil {
		t.Fatal(err)
	}
	return most
}
