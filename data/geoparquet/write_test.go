package geoparquet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"oxus/geo"
)

// everyType is a table of invented columns, one of each type.
var everyType = &geo.Table{Name: "posts", Title: "Posts", Geometry: geo.AnyGeometry, Columns: []geo.TableColumn{
	{Name: "text", Type: geo.TableText},
	{Name: "integer", Type: geo.TableInteger},
	{Name: "real", Type: geo.TableReal},
	{Name: "day", Type: geo.TableDay},
	{Name: "list", Type: geo.TableList},
}}

// nothing is known of a row of everyType but its id.
func nothing(id string) geo.TableRow { return geo.TableRow{ID: id, Values: make([]any, 5)} }

func sequence(rows ...geo.TableRow) iter.Seq2[geo.TableRow, error] {
	return func(yield func(geo.TableRow, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func written(t *testing.T, table *geo.Table, rows iter.Seq2[geo.TableRow, error]) *parquet.File {
	t.Helper()
	var b bytes.Buffer
	if err := WriteLayer(t.Context(), &b, table, rows); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// read returns the rows of a file as the values of each leaf, null ones as nil.
func read(t *testing.T, f *parquet.File) []map[string][]any {
	t.Helper()
	var all []map[string][]any
	leaves := f.Schema().Columns()
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				values := map[string][]any{}
				row.Range(func(leaf int, of []parquet.Value) bool {
					for _, v := range of {
						values[strings.Join(leaves[leaf], ".")] = append(values[strings.Join(leaves[leaf], ".")], plain(v))
					}
					return true
				})
				all = append(all, values)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func plain(v parquet.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Kind() == parquet.Int32:
		return v.Int32()
	case v.Kind() == parquet.Int64:
		return v.Int64()
	case v.Kind() == parquet.Double:
		return v.Double()
	default:
		return string(v.ByteArray())
	}
}

func about(t *testing.T, f *parquet.File) fileMetadata {
	t.Helper()
	text, found := f.Lookup("geo")
	if !found {
		t.Fatal("there is no metadata of geometries")
	}
	var m fileMetadata
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// The columns stand in the order of the table, each with its type; GeoParquet asks
// for that of the sides of a box.
func TestSchema(t *testing.T) {
	const want = `message posts {
	required binary id (STRING);
	optional binary geometry;
	optional binary text (STRING);
	optional int64 integer (INT(64,true));
	optional double real;
	optional int32 day (DATE);
	optional group list (LIST) {
		repeated group list {
			required binary element (STRING);
		}
	}
	optional group bbox {
		required double xmin;
		required double ymin;
		required double xmax;
		required double ymax;
	}
}`
	if got := written(t, everyType, sequence()).Schema().String(); got != want {
		t.Errorf("%s", got)
	}
}

// Every value comes back as it was, and what is not known as null.
func TestValues(t *testing.T) {
	long := strings.Repeat("Панҷ پل ", 1<<17)
	for _, tt := range []struct {
		column int
		leaf   string
		value  any
		want   []any
	}{
		{0, "text", nil, []any{nil}},
		{0, "text", "", []any{""}},
		{0, "text", "\x00\xff'\"", []any{"\x00\xff'\""}},
		{0, "text", long, []any{long}},
		{1, "integer", nil, []any{nil}},
		{1, "integer", int64(math.MinInt64), []any{int64(math.MinInt64)}},
		{1, "integer", int64(1<<53 + 1), []any{int64(1<<53 + 1)}},
		{2, "real", nil, []any{nil}},
		{2, "real", 0.1 + 0.2, []any{0.1 + 0.2}},
		{2, "real", math.Copysign(0, -1), []any{math.Copysign(0, -1)}},
		{3, "day", nil, []any{nil}},
		{3, "day", "1970-01-01", []any{int32(0)}},
		{3, "day", "1969-12-31", []any{int32(-1)}},
		{3, "day", "2024-02-29", []any{int32(19782)}},
		{3, "day", "0001-01-01", []any{int32(-719162)}},
		{3, "day", "9999-12-31", []any{int32(2932896)}},
		{4, "list.list.element", nil, []any{nil}},
		{4, "list.list.element", `[]`, []any{nil}},
		{4, "list.list.element", `["a"]`, []any{"a"}},
		{4, "list.list.element", `["b","","\"ü\""]`, []any{"b", "", `"ü"`}},
	} {
		row := nothing("a")
		row.Values[tt.column] = tt.value
		got := read(t, written(t, everyType, sequence(nothing("before"), row, nothing("after"))))
		for i, id := range []string{"before", "a", "after"} {
			want := map[string][]any{
				"id": {id}, "geometry": {nil}, "text": {nil}, "integer": {nil}, "real": {nil}, "day": {nil}, "list.list.element": {nil},
				"bbox.xmin": {nil}, "bbox.ymin": {nil}, "bbox.xmax": {nil}, "bbox.ymax": {nil},
			}
			if i == 1 {
				want[tt.leaf] = tt.want
			}
			if len(got) != 3 || !reflect.DeepEqual(got[i], want) {
				t.Errorf("%.80v in %s: row %d of %d is %.400v", tt.value, tt.leaf, i, len(got), got[i])
			}
		}
	}
}

// A list without members is not one that nobody knows.
func TestEmptyListsAreKnown(t *testing.T) {
	unknown, empty := nothing("a"), nothing("b")
	empty.Values[4] = `[]`
	f := written(t, everyType, sequence(unknown, empty))
	pages := f.RowGroups()[0].ColumnChunks()[6].Pages()
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		t.Fatal(err)
	}
	if levels := page.DefinitionLevels(); !bytes.Equal(levels, []byte{0, 1}) {
		t.Errorf("the levels are %v", levels)
	}
}

// A value of another type than its column is an error, not another value.
func TestValuesOfTheWrongType(t *testing.T) {
	for column, values := range [][]any{
		{int64(1), 1.5, true}, {"1", 1.5}, {int64(1), "1.5"}, {int64(1), "2022-02-30", "2022", ""}, {int64(1), "a", `{"a":1}`, `[1]`},
	} {
		for _, v := range values {
			row := nothing("post-7")
			row.Values[column] = v
			err := WriteLayer(t.Context(), io.Discard, everyType, sequence(row))
			if err == nil || !strings.Contains(err.Error(), "post-7") || !strings.Contains(err.Error(), fmt.Sprint(v)) {
				t.Errorf("%v in column %s: %v", v, everyType.Columns[column].Name, err)
			}
		}
	}
}

// The metadata tell the types that are there and the box around all of them; each
// row with a geometry has its own box, and one without has neither.
func TestGeometries(t *testing.T) {
	line := orb.LineString{{68, 37}, {71.5, 36.25}}
	for _, tt := range []struct {
		name       string
		geometries []orb.Geometry
		types      []string
		bbox       []float64
	}{
		{"no rows", nil, []string{}, nil},
		{"null alone", []orb.Geometry{nil, nil}, []string{}, nil},
		{"empty ones", []orb.Geometry{orb.LineString{}, orb.MultiLineString{}, orb.MultiLineString{{}}}, []string{}, nil},
		{"points west and south of zero", []orb.Geometry{orb.Point{-71.25, -37.5}, nil, orb.Point{-70, -38}}, []string{"Point"}, []float64{-71.25, -38, -70, -37.5}},
		{"one type of two", []orb.Geometry{line}, []string{"LineString"}, []float64{68, 36.25, 71.5, 37}},
		{
			"all types",
			[]orb.Geometry{orb.MultiLineString{line, {{66, 36}, {67, 35}}}, line, orb.Point{1.0 / 3, 70}, nil},
			[]string{"LineString", "MultiLineString", "Point"},
			[]float64{1.0 / 3, 35, 71.5, 70},
		},
		{
			"areas",
			[]orb.Geometry{orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}, orb.MultiPoint{{2, 2}}, orb.MultiPolygon{{{{0, 0}, {1, 0}, {1, 3}, {0, 0}}}}},
			[]string{"MultiPoint", "MultiPolygon", "Polygon"},
			[]float64{0, 0, 2, 3},
		},
	} {
		var rows []geo.TableRow
		for i, g := range tt.geometries {
			rows = append(rows, nothing(fmt.Sprint(i)))
			rows[i].Geometry = g
		}
		f := written(t, everyType, sequence(rows...))
		paths := map[string][]string{"xmin": {"bbox", "xmin"}, "ymin": {"bbox", "ymin"}, "xmax": {"bbox", "xmax"}, "ymax": {"bbox", "ymax"}}
		want := fileMetadata{"1.1.0", "geometry", map[string]columnMetadata{"geometry": {"WKB", tt.types, "planar", tt.bbox, covering{paths}}}}
		if got := about(t, f); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the metadata are %+v", tt.name, got)
		}
		read := read(t, f)
		if len(read) != len(rows) {
			t.Fatalf("%s: %d rows of %d", tt.name, len(read), len(rows))
		}
		for i, g := range tt.geometries {
			if g == nil || g.Bound().IsEmpty() {
				if read[i]["geometry"][0] != nil || read[i]["bbox.xmin"][0] != nil {
					t.Errorf("%s: row %d has a place: %v", tt.name, i, read[i])
				}
				continue
			}
			decoded, err := wkb.Unmarshal([]byte(read[i]["geometry"][0].(string)))
			if err != nil || !orb.Equal(decoded, g) {
				t.Errorf("%s: %v is read as %v (%v)", tt.name, g, decoded, err)
			}
			b := g.Bound()
			for side, want := range map[string]float64{"xmin": b.Min[0], "ymin": b.Min[1], "xmax": b.Max[0], "ymax": b.Max[1]} {
				if got := read[i]["bbox."+side][0]; got != want {
					t.Errorf("%s: %s of %v is %v", tt.name, side, g, got)
				}
			}
		}
	}
}

// A table without geometries is plain Parquet: GeoParquet has at least one column of them.
func TestWithoutGeometries(t *testing.T) {
	table := *everyType
	table.Geometry = geo.NoGeometry
	f := written(t, &table, sequence(nothing("a")))
	if _, found := f.Lookup("geo"); found || len(f.Schema().Columns()) != 6 {
		t.Errorf("the columns are %v", f.Schema().Columns())
	}
	if rows := read(t, f); len(rows) != 1 || rows[0]["id"][0] != "a" {
		t.Errorf("the rows are %v", rows)
	}
}

// A column of a table keeps its name; what the file adds takes another.
func TestNamesThatAreTaken(t *testing.T) {
	table := &geo.Table{Name: "posts", Geometry: geo.Point, Columns: []geo.TableColumn{{Name: "bbox"}, {Name: "geometry"}, {Name: "id"}, {Name: "bbox_"}}}
	f := written(t, table, sequence(geo.TableRow{ID: "a", Geometry: orb.Point{1, 2}, Values: []any{"b", "g", "i", "b_"}}))
	row := read(t, f)[0]
	for leaf, want := range map[string]any{"bbox": "b", "geometry": "g", "id": "i", "bbox_": "b_", "id_": "a", "bbox__.xmax": 1.0} {
		if !reflect.DeepEqual(row[leaf], []any{want}) {
			t.Errorf("%s is %v", leaf, row[leaf])
		}
	}
	m := about(t, f)
	if c, found := m.Columns["geometry_"]; !found || m.PrimaryColumn != "geometry_" || !slices.Equal(c.Covering.BBox["ymin"], []string{"bbox__", "ymin"}) {
		t.Errorf("the metadata are %+v", m)
	}
}

// A group ends at so many rows or so many bytes, and the rows go on in the next.
func TestGroupsOfRows(t *testing.T) {
	table, many := many(groupRows + 10)
	heavy := nothing("heavy")
	heavy.Values[0] = strings.Repeat("x", groupBytes)
	for _, tt := range []struct {
		name  string
		table *geo.Table
		rows  iter.Seq2[geo.TableRow, error]
		want  []int64
	}{
		{"none", everyType, sequence(), nil},
		{"many", table, many, []int64{0, groupRows + 10}},
		{"heavy", everyType, sequence(nothing("a"), heavy, nothing("b"), nothing("c")), []int64{2, 2}},
	} {
		f := written(t, tt.table, tt.rows)
		var got []int64
		var first []string
		for _, g := range f.RowGroups() {
			got = append(got, g.NumRows())
		}
		for _, r := range read(t, f) {
			first = append(first, r["id"][0].(string))
		}
		if tt.name == "many" {
			if len(got) < 2 || slices.Max(got) > groupRows || !slices.IsSorted(first) || len(first) != groupRows+10 {
				t.Errorf("%s: groups of %v rows", tt.name, got)
			}
			continue
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: groups of %v rows, want %v", tt.name, got, tt.want)
		}
	}
}

// Who reads by the bounds of groups and pages must not miss a row: they hold every
// value that is there, and of geometries the groups have none.
func TestBoundsHoldTheirValues(t *testing.T) {
	table, rows := many(20_000)
	f := written(t, table, rows)
	leaves := f.Schema().Columns()
	for i, path := range leaves {
		for g, group := range f.RowGroups() {
			chunk := group.ColumnChunks()[i]
			index, err := chunk.ColumnIndex()
			if err != nil {
				t.Fatal(err)
			}
			statistics := f.Metadata().RowGroups[g].Columns[i].MetaData.Statistics
			if path[0] == "geometry" && (statistics.MinValue != nil || statistics.MaxValue != nil) {
				t.Errorf("group %d keeps bounds of geometries", g)
			}
			pages := chunk.Pages()
			compare := chunk.Type().Compare
			for n := 0; ; n++ {
				page, err := pages.ReadPage()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				values := make([]parquet.Value, page.NumValues())
				if _, err := page.Values().ReadValues(values); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				for _, v := range values {
					if v.IsNull() {
						continue
					}
					if index.NullPage(n) || compare(index.MinValue(n), v) > 0 || compare(index.MaxValue(n), v) < 0 {
						t.Fatalf("%v: page %d of group %d holds %v, which is not in %v to %v", path, n, g, v, index.MinValue(n), index.MaxValue(n))
					}
				}
			}
			if err := pages.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// The first error of the rows, of the caller or of what is written to ends the file.
func TestErrors(t *testing.T) {
	broken := errors.New("the store is gone")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	failing := func(after int) iter.Seq2[geo.TableRow, error] {
		_, rows := many(after)
		return func(yield func(geo.TableRow, error) bool) {
			for row, err := range rows {
				if !yield(row, err) {
					return
				}
			}
			yield(geo.TableRow{}, broken)
		}
	}
	table, _ := many(0)
	_, some := many(10)
	_, groups := many(2 * groupRows)
	for _, tt := range []struct {
		name string
		ctx  context.Context
		w    io.Writer
		rows iter.Seq2[geo.TableRow, error]
		want error
	}{
		{"the first row", context.Background(), io.Discard, failing(0), broken},
		{"a row half way", context.Background(), io.Discard, failing(7), broken},
		{"a row of the second group", context.Background(), io.Discard, failing(groupRows + 7), broken},
		{"gone before a row", cancelled, io.Discard, some, context.Canceled},
		{"gone with nothing to write", cancelled, io.Discard, sequence(), context.Canceled},
		{"nobody takes the end", context.Background(), closed{}, some, io.ErrClosedPipe},
		{"nobody takes a group", context.Background(), closed{}, groups, io.ErrClosedPipe},
	} {
		if err := WriteLayer(tt.ctx, tt.w, table, tt.rows); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	// Nobody's rows are read on when who asked is gone.
	ctx, leave := context.WithCancel(t.Context())
	taken := 0
	err := WriteLayer(ctx, io.Discard, table, func(yield func(geo.TableRow, error) bool) {
		for row, err := range some {
			if taken++; taken == 3 {
				leave()
			}
			if !yield(row, err) {
				return
			}
		}
	})
	if !errors.Is(err, context.Canceled) || taken != 3 {
		t.Errorf("gone at row 3: %v after %d rows", err, taken)
	}
	// Coordinates that are no numbers cannot stand in JSON.
	row := nothing("a")
	row.Geometry = orb.Point{math.Inf(1), 0}
	if err := WriteLayer(t.Context(), io.Discard, everyType, sequence(row)); err == nil {
		t.Error("an endless bbox is written")
	}
}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
