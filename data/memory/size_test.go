package memory_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// mostPerRow is how much memory a row may take: a million of them half a gigabyte.
const mostPerRow = 512 << 20 / 1_000_000

// An engine that holds many incidents takes no more memory for each than is promised,
// with all of its bytes encoded too, and tells about how much.
func TestMemoryPerRow(t *testing.T) {
	rows := storetest.RowCount(t, os.Getenv, 50_000)
	crowd := storetest.NewCrowd(rows)
	before := heap()
	began := time.Now()
	engine, err := memory.NewBeside(t.Context(), geo.Border(), crowd, memory.Options{Budget: 4 << 30, Encode: likeGeoJSON})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	if err := engine.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	taken := int64(heap()) - int64(before)
	_, sizes := engine.Holds()
	told := int64(0)
	for _, n := range sizes {
		told += n
	}
	t.Logf("%d rows in %s: %d bytes each, %d as told", rows, took.Round(time.Millisecond), taken/int64(rows), told/int64(rows))
	if taken/int64(rows) > mostPerRow {
		t.Errorf("a row takes %d bytes, at most %d are promised", taken/int64(rows), mostPerRow)
	}
	if told < taken*8/10 || told > taken*12/10 {
		t.Errorf("%d bytes are told of, %d are taken", told, taken)
	}
	if n, err := engine.Count(t.Context(), geo.Query{Collection: incident("", nil).Collection}); n != rows || err != nil {
		t.Errorf("%d of %d rows are held, %v", n, rows, err)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// likeGeoJSON writes as much as the encoder of the API does, with the texts as they
// are.
func likeGeoJSON(c *geo.Collection) *geo.FeatureEncoder {
	fixed := []string{`{"type":"Feature","id":`, `,"geometry":`}
	for i := range c.Properties {
		fixed = append(fixed, `,"`+c.Properties[i].Name+`":`)
	}
	fixed = append(fixed, `,"sources":`, "}}")
	return geo.NewFeatureEncoder(fixed, "null", len(c.Properties)+2, func(b []byte, it *geo.Item, part int) []byte {
		switch part {
		case 0:
			return append(b, `"`+it.ID+`"`...)
		case 1:
			return append(b, `{"type":"Point","coordinates":[70.1234567,38.1234567]}`...)
		case len(c.Properties) + 2:
			return append(b, `["made-for-measuring"],"start_date":"2022-05-01","start_precision":"day","end_date":"2022-05-01"`...)
		}
		switch v := it.Values[part-2].(type) {
		case string:
			return append(b, `"`+v+`"`...)
		case int64:
			return append(b, "12"...)
		default:
			return append(b, "null"...)
		}
	})
}

// BenchmarkPatch takes a change of a thousand rows into many: how long that takes
// from the commit on.
func BenchmarkPatch(b *testing.B) {
	crowd := storetest.NewCrowd(storetest.RowCount(b, os.Getenv, 50_000))
	if err := crowd.Apply(b.Context(), made()); err != nil {
		b.Fatal(err)
	}
	engine, err := memory.NewBeside(b.Context(), geo.Border(), crowd, memory.Options{Budget: 4 << 30, Encode: likeGeoJSON})
	if err != nil {
		b.Fatal(err)
	}
	defer engine.Close()
	if err := engine.Await(b.Context()); err != nil {
		b.Fatal(err)
	}
	ids, round := manyIDs(1000), int64(0)
	for b.Loop() {
		b.StopTimer()
		var ch geo.Change
		ch.Actor = "bench"
		for _, id := range ids {
			p := incident(id, nil)
			p.Expect = round
			p.Feature.Values[0] = time.Duration(round).String()
			ch.Features = append(ch.Features, p)
		}
		if err := crowd.Apply(b.Context(), ch); err != nil {
			b.Fatal(err)
		}
		round++
		b.StartTimer()
		if err := engine.Refresh(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
