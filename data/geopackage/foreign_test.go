package geopackage

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	osexec "os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/twpayne/go-geom"
	geomwkb "github.com/twpayne/go-geom/encoding/wkb"

	"oxus/geo"
)

// The rows in these tests are invented.

// declareFeatures declares a table of others as features in WGS 84.
func declareFeatures(table string) string {
	return fmt.Sprintf(`INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (%[1]s, 'features', %[1]s, 4326);
		INSERT INTO gpkg_geometry_columns VALUES (%[1]s, 'geom', 'GEOMETRY', 4326, 2, 2);`, literal(table))
}

// madeByHand writes a GeoPackage with the statements run in it, and closes it.
func madeByHand(t testing.TB, statements string, args ...any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.gpkg")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, _, err := pool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, db, standardSQL+fmt.Sprintf("\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", applicationID, userVersion))
	exec(t, db, statements, args...)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// madeByGDAL makes a GeoPackage of a CSV with ogr2ogr; the columns are typed.
func madeByGDAL(t testing.TB, csv, types string, options ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"in.csv": csv, "in.csvt": types} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "made.gpkg")
	gdal(t, "ogr2ogr", append([]string{
		"-f", "GPKG", out, filepath.Join(dir, "in.csv"), "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO",
	}, options...)...)
	return out
}

func openLayers(t testing.TB, path string) *LayerFile {
	t.Helper()
	f, err := OpenLayers(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// readLayer returns the records, the faults, and what ended the reading.
func readLayer(l geo.Layer) (records []geo.Record, faults []geo.Fault, err error) {
	for r, err := range l.Records() {
		var fault geo.Fault
		switch {
		case errors.As(err, &fault):
			faults = append(faults, fault)
		case err != nil:
			return records, faults, err
		default:
			records = append(records, r)
		}
	}
	return records, faults, nil
}

func mustReadLayer(t testing.TB, l geo.Layer) []geo.Record {
	t.Helper()
	records, faults, err := readLayer(l)
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	return records
}

func wantFault(t testing.TB, err error, rule geo.Rule) {
	t.Helper()
	var invalid *geo.Error
	if !errors.As(err, &invalid) || invalid.Kind != geo.Invalid || len(invalid.Faults) == 0 || invalid.Faults[0].Rule != rule || invalid.Faults[0].Place.File == "" {
		t.Errorf("got %v, want %s", err, rule)
	}
}

const gdalRows = `wkt,name,count,big,ratio,day,moment,yes
"%s",Хорог,1,123456789012,1.5,2022-05-01,2022-05-01T23:30:00Z,true
,,,,,,,
"%s",Ишкошим,-7,-1,-0.25,1999-12-31,1999-12-31T00:00:00Z,false
`

const gdalTypes = `"WKT","String(40)","Integer","Integer64","Real","Date","DateTime","Integer(Boolean)"`

func TestLayersAgreeWithGDAL(t *testing.T) {
	for name, c := range map[string]struct {
		one, two string
		layout   geom.Layout
	}{
		"points":     {"POINT (68.78 38.56)", "POINT (71.5543 37.4897)", geom.XY},
		"points z":   {"POINT Z (68.78 38.56 800)", "POINT Z (71.5 37.4 2100)", geom.XYZ},
		"points m":   {"POINT M (68.78 38.56 800)", "POINT M (71.5 37.4 2100)", geom.XYM},
		"points zm":  {"POINT ZM (68.78 38.56 800 5)", "POINT ZM (71.5 37.4 2100 6)", geom.XYZM},
		"lines z":    {"LINESTRING Z (1 2 3,3 4 5)", "MULTILINESTRING Z ((1 2 3,3 4 5),(5 6 7,7 8 9))", geom.XYZ},
		"lines m":    {"LINESTRING M (1 2 3,3 4 5)", "MULTILINESTRING M ((1 2 3,3 4 5),(5 6 7,7 8 9))", geom.XYM},
		"multipoint": {"MULTIPOINT ((1 2),(3 4))", "MULTIPOINT ((5 6))", geom.XY},
		"polygons":   {"POLYGON ((0 0,0 9,9 9,9 0,0 0),(1 1,2 1,2 2,1 1))", "MULTIPOLYGON (((0 0,0 9,9 9,9 0,0 0),(1 1,2 1,2 2,1 1)),((20 0,20 9,29 9,20 0)))", geom.XY},
		"polygons z": {"POLYGON Z ((0 0 1,0 9 2,9 9 3,0 0 1))", "MULTIPOLYGON Z (((0 0 1,0 9 2,9 9 3,0 0 1)))", geom.XYZ},
	} {
		t.Run(name, func(t *testing.T) {
			path := madeByGDAL(t, fmt.Sprintf(gdalRows, c.one, c.two), gdalTypes, "-a_srs", "EPSG:32642", "-nln", "posts")
			l := openLayers(t, path).Layers()[0]
			if l.Name() != "posts" || l.CRS() != "EPSG:32642" || l.Len() != 3 {
				t.Error(l.Name(), l.CRS(), l.Len())
			}
			records := mustReadLayer(t, l)
			agreesWithGDAL(t, path, l, records)
			if records[0].Geometry.Layout() != c.layout || records[1].Geometry != nil {
				t.Errorf("the layouts are %v, then %v", records[0].Geometry.Layout(), records[1].Geometry)
			}
			want := []geo.Value{int64(1), "Хорог", int64(1), int64(123456789012), 1.5, geo.NewDate(2022, 5, 1), geo.NewDate(2022, 5, 1), true}
			if !reflect.DeepEqual(records[0].Values, want) {
				t.Errorf("got %#v, want %#v", records[0].Values, want)
			}
		})
	}
}

// agreesWithGDAL compares records with what ogrinfo prints of them.
func agreesWithGDAL(t *testing.T, path string, l geo.Layer, records []geo.Record) {
	t.Helper()
	printed := gdal(t, "ogrinfo", "-ro", "-q", path, l.Name(), "-wkt_format", "wkt2")
	blocks := strings.Split(printed, "OGRFeature(")[1:]
	if len(blocks) != len(records) {
		t.Fatalf("%d records, GDAL has %d", len(records), len(blocks))
	}
	for i, block := range blocks {
		for k, field := range l.Fields() {
			shown := regexp.MustCompile(`(?m)^  ` + field.Name + ` \(.*?\) = (.*)$`).FindStringSubmatch(block)
			if field.Name == "fid" {
				shown = []string{"", block[strings.Index(block, ":")+1 : strings.Index(block, "\n")]}
			}
			if field.Name == "moment" && shown != nil {
				shown[1], _, _ = strings.Cut(shown[1], " ") // the time of day is not kept
			}
			if got := asGDALPrints(records[i].Values[k]); shown == nil || shown[1] != got {
				t.Errorf("record %d: %s is %q, by GDAL %q", i+1, field.Name, got, shown)
			}
		}
		numbers := regexp.MustCompile(`(?m)^  (?:MULTI)?(?:POINT|LINESTRING|POLYGON).*$`).FindString(block)
		want := floatsIn(numbers)
		var got []float64
		if g := records[i].Geometry; g != nil {
			got = g.FlatCoords()
		}
		if !slices.Equal(got, want) {
			t.Errorf("record %d lies at %v, by GDAL %v", i+1, got, want)
		}
	}
}

func floatsIn(text string) []float64 {
	var all []float64
	for _, s := range regexp.MustCompile(`-?\d+(\.\d+)?`).FindAllString(text, -1) {
		v, _ := strconv.ParseFloat(s, 64) // digits by construction
		all = append(all, v)
	}
	return all
}

func asGDALPrints(v geo.Value) string {
	switch v := v.(type) {
	case nil:
		return "(null)"
	case bool:
		return map[bool]string{true: "1", false: "0"}[v]
	case geo.Date:
		return strings.ReplaceAll(v.String(), "-", "/")
	default:
		return strings.TrimSpace(fmt.Sprint(v))
	}
}

func TestSystemsOfLayers(t *testing.T) {
	const custom = `PROJCS["Mine",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],UNIT["metre",1]]`
	path := madeByHand(t, `
		INSERT INTO gpkg_spatial_ref_sys VALUES ('a', 32642, 'epsg', 32642, 'whatever', ''), ('b', 100001, 'NONE', 100001, `+literal(custom)+`, ''),
			('c', 100002, 'NONE', 100002, `+literal(strings.Repeat("[", longestWKT+1))+`, '');
		CREATE TABLE a (fid INTEGER PRIMARY KEY, geom POINT); CREATE TABLE b (fid INTEGER PRIMARY KEY, geom POINT); CREATE TABLE c (fid INTEGER PRIMARY KEY, geom POINT);
		CREATE TABLE d (fid INTEGER PRIMARY KEY, geom POINT); CREATE TABLE e (fid INTEGER PRIMARY KEY, geom POINT); CREATE TABLE f (fid INTEGER PRIMARY KEY);
		INSERT INTO gpkg_contents (table_name, data_type) VALUES ('a', 'features'), ('b', 'features'), ('c', 'features'), ('d', 'features'), ('e', 'features'), ('f', 'attributes'), ('g', 'tiles');
		INSERT INTO gpkg_geometry_columns VALUES ('a', 'geom', 'POINT', 32642, 0, 0), ('b', 'geom', 'POINT', 100001, 0, 0), ('c', 'geom', 'POINT', 100002, 0, 0),
			('d', 'geom', 'POINT', -1, 0, 0), ('e', 'geom', 'POINT', 7, 0, 0);`)
	f := openLayers(t, path)
	want := map[string]string{"a": "EPSG:32642", "b": custom, "d": "", "e": "", "f": "EPSG:4326"}
	for _, l := range f.Layers() {
		if crs, ok := want[l.Name()]; !ok || l.CRS() != crs {
			t.Errorf("%s is in %q", l.Name(), l.CRS())
		}
		delete(want, l.Name())
	}
	if len(want) > 0 {
		t.Errorf("no layers %v", want)
	}
	if r := f.Refused(); len(r) != 1 || r[0].Rule != RuleLayerSRS || r[0].Place.File != "c" {
		t.Error(r)
	}
}

// What this package exports comes back as it was.
func TestExportComesBack(t *testing.T) {
	table := &geo.Table{Name: "posts", Title: "Posts", Geometry: geo.Point, Columns: []geo.TableColumn{
		{Name: "name", Title: "Name"}, {Name: "order", Type: geo.TableInteger}, {Name: "height_m", Type: geo.TableReal}, {Name: "since", Type: geo.TableDay},
	}}
	rows := []geo.TableRow{
		{ID: "a", Geometry: orb.Point{67.123456789012345, -0.0000001}, Values: []any{"Мост «Панҷ» — پل", int64(-9007199254740993), 0.1, "2021-08-12"}},
		{ID: "b", Values: []any{nil, nil, nil, nil}},
		{ID: "c", Geometry: orb.Point{180, 90}, Values: []any{"'; DROP TABLE posts; --", int64(0), 5.0, "0001-01-01"}},
	}
	path := exported(t, table, rows)
	l := openLayers(t, path).Layers()[0]
	if names := fmt.Sprint(l.Fields()); names != "[{fid} {id} {name} {order} {height_m} {since}]" || l.CRS() != "EPSG:4326" {
		t.Error(names, l.CRS())
	}
	records := mustReadLayer(t, l)
	if len(records) != len(rows) {
		t.Fatalf("%d records", len(records))
	}
	for i, r := range records {
		flat, err := geo.Flatten(r.Geometry)
		if err != nil || flat.Geometry != rows[i].Geometry && !orb.Equal(flat.Geometry, rows[i].Geometry) {
			t.Errorf("%s lies at %v", rows[i].ID, flat.Geometry)
		}
		want := append([]any{int64(i + 1), rows[i].ID}, rows[i].Values...)
		if day, ok := want[5].(string); ok {
			d, err := geo.ParseDate(day)
			if err != nil {
				t.Fatal(err)
			}
			want[5] = d
		}
		if r.Number != i+1 || !reflect.DeepEqual(r.Values, want) {
			t.Errorf("record %d: %#v, want %#v", r.Number, r.Values, want)
		}
	}
}

func exported(t testing.TB, table *geo.Table, rows []geo.TableRow) string {
	t.Helper()
	var b bytes.Buffer
	var sequence iter.Seq2[geo.TableRow, error] = func(yield func(geo.TableRow, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
	if err := WriteLayer(context.Background(), &b, table, sequence); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "exported.gpkg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// One broken record stops no other, and each is named.
func TestRecordsThatCannotBeUsed(t *testing.T) {
	point := wkb.MustMarshal(orb.Point{1, 2})
	deep := append([]byte{1, 7, 0, 0, 0, 1, 0, 0, 0}, point...)
	rows := []struct {
		column string
		value  any
		rule   geo.Rule // "" for a record that is taken
	}{
		{"geom", blobOf(0x01, 0, point), ""},
		{"geom", []byte("not a geometry"), RuleGeometry},
		{"geom", "a text", RuleGeometry},
		{"geom", blobOf(0x21, 0, point), geo.RuleGeometryKind},
		{"geom", blobOf(0x01, 0, deep), geo.RuleGeometryKind},
		{"geom", blobOf(0x01, 0, []byte{1, 17, 0, 0, 0}), geo.RuleGeometryKind},
		{"geom", blobOf(0x01, 0, []byte{1, 0xa1, 0x0f, 0, 0}), geo.RuleGeometryKind},
		{"geom", blobOf(0x01, 0, []byte{1, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}), RuleGeometry},
		{"geom", blobOf(0x01, 0, []byte{1, 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}), RuleGeometry},
		{"geom", blobOf(0x01, 0, append([]byte{1, 5, 0, 0, 0, 1, 0, 0, 0}, point...)), RuleGeometry},
		{"geom", blobOf(0x01, 0, append(slices.Clone(point), 0)), RuleGeometry},
		{"geom", blobOf(0x01, 0, append([]byte{2}, point[1:]...)), RuleGeometry},
		{"geom", blobOf(0x11, 0, point), RuleGeometry},
		{"geom", append([]byte{'G', 'P', 0, 1, 0x11, 0x0f, 0, 0}, point...), RuleGeometry}, // another system
		{"geom", append([]byte{'G', 'P', 0, 1, 0, 0, 0, 0}, point...), ""},                 // none said
		{"geom", blobOf(0x01, 0, wkb.MustMarshal(orb.Point{math.Inf(1), 2})), geo.RuleNotFinite},
		{"geom", blobOf(0x01, 0, wkb.MustMarshal(orb.Point{math.NaN(), math.NaN()})), ""}, // empty
		{"count", "seven", RuleValue},
		{"count", []byte("bytes"), RuleValue},
		{"count", 1.5, ""},
		{"ratio", "much", RuleValue},
		{"ratio", math.Inf(1), RuleValue},
		{"ratio", int64(7), ""},
		{"yes", int64(2), RuleValue},
		{"yes", "true", RuleValue},
		{"day", "12.08.2021", RuleValue},
		{"day", "2021-13-01", RuleValue},
		{"day", "2021-08-12X", RuleValue},
		{"day", int64(20210812), RuleValue},
		{"day", " 2021-08-12 ", ""},
		{"name", "\xcd\xc0\xd2", RuleText},
		{"name", strings.Repeat("x", 2<<20), RuleTooLong},
	}
	statements := `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT, "count" INTEGER, ratio DOUBLE, day DATE, yes BOOLEAN, other BLOB);` + declareFeatures("posts")
	path := madeByHand(t, statements)
	db, _, err := pool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		exec(t, db, "INSERT INTO posts ("+quoted(r.column)+") VALUES (?)", r.value)
	}
	db.Close()
	l := openLayers(t, path).Layers()[0]
	number := 0
	for r, err := range l.Records() {
		want := rows[number]
		number++
		fault, isFault := err.(geo.Fault)
		switch {
		case r.Number != number || err != nil && !isFault:
			t.Fatalf("record %d: %v", r.Number, err)
		case fault.Rule != want.rule:
			t.Errorf("record %d, %s %.40v: %v, want %q", number, want.column, want.value, err, want.rule)
		case isFault && (fault.Place.Record != number || fault.Place.Field != want.column || fault.Place.File != "posts" || fault.Detail == ""):
			t.Errorf("record %d: the fault is placed at %+v", number, fault.Place)
		}
	}
	if number != len(rows) {
		t.Errorf("%d records, want %d", number, len(rows))
	}
}

// An envelope that lies moves nothing.
func TestEnvelopeIsNotBelieved(t *testing.T) {
	line := geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 3, 4, 5, 6})
	for flag, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		body, err := geomwkb.Marshal(line, order)
		if err != nil {
			t.Fatal(err)
		}
		for kind, size := range []int{0, 4, 6, 6, 8} {
			blob := blobOf(byte(flag|kind<<1), size, body)
			for i := range size * 8 {
				blob[fixedHeader+i] = 0x7f
			}
			if flag == 0 {
				copy(blob[4:], []byte{0, 0, 0x10, 0xe6})
			}
			g, fault := decodeShape(blob, srsID, DefaultLimits())
			if fault != nil || !reflect.DeepEqual(g, geom.T(line)) {
				t.Errorf("order %d, envelope %d: %v, %v", flag, kind, g, fault)
			}
		}
	}
}

func TestCeilingsOfRecords(t *testing.T) {
	limits := Limits{Points: 3, Parts: 2, BlobBytes: 200, TextBytes: 5, Records: 4}
	path := madeByHand(t, `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT(4));`+declareFeatures("posts")+
		`INSERT INTO posts (geom, name) VALUES (?, 'Нав'), (?, 'Хоро'), (?, ''), (NULL, 'Ишкошим'), (NULL, '')`,
		blobOf(0x01, 0, wkb.MustMarshal(orb.LineString{{1, 2}, {3, 4}, {5, 6}, {7, 8}})),
		blobOf(0x01, 0, wkb.MustMarshal(orb.MultiPoint{{1, 2}, {3, 4}, {5, 6}})),
		blobOf(0x01, 0, make([]byte, 300)))
	f, err := OpenLayers(context.Background(), path, Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, faults, err := readLayer(f.Layers()[0])
	var got []geo.Rule
	for _, fault := range faults {
		got = append(got, fault.Rule)
	}
	if want := []geo.Rule{RulePoints, RulePartCount, RuleTooLong, RuleTooLong}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", faults, want)
	}
	wantFault(t, err, RuleRecords)
}

func TestFilledTexts(t *testing.T) {
	path := madeByHand(t, `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT(4), note TEXT);`+declareFeatures("posts")+`INSERT INTO posts (name, note) VALUES ('Хоро', 'Хоро'), ('Нав', NULL)`)
	records := mustReadLayer(t, openLayers(t, path).Layers()[0])
	if !slices.Equal(records[0].Filled, []bool{false, true, false}) || !slices.Equal(records[1].Filled, []bool{false, false, false}) {
		t.Error(records)
	}
}

func TestOrderIsThatOfRowIDs(t *testing.T) {
	path := madeByHand(t, `CREATE TABLE posts (rowid TEXT, _rowid_ INTEGER, geom BLOB);`+declareFeatures("posts")+
		`INSERT INTO posts (oid, rowid, _rowid_) VALUES (30, 'c', 1), (-10, 'a', 2), (20, 'b', 3); CREATE INDEX lie ON posts (_rowid_, rowid, geom)`)
	l := openLayers(t, path).Layers()[0]
	for range 2 {
		var names []string
		for _, r := range mustReadLayer(t, l) {
			names = append(names, fmt.Sprint(r.Number, r.Values[0]))
		}
		if !slices.Equal(names, []string{"1a", "2b", "3c"}) {
			t.Error(names)
		}
	}
}

func TestLooks(t *testing.T) {
	whole, err := os.ReadFile(madeByHand(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(whole[:100])
	copy(other[atApplicationID:], "MPBX")
	for name, c := range map[string]struct {
		head []byte
		want bool
	}{
		"a GeoPackage": {whole, true}, "its first 72 bytes": {whole[:72], true}, "71 bytes": {whole[:71], false},
		"another application": {other, false}, "a zip": {[]byte("PK\x03\x04"), false}, "nothing": {nil, false},
	} {
		if Looks(c.head) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

func TestReadingEndsWithItsContext(t *testing.T) {
	path := madeByHand(t, `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB);`+declareFeatures("posts")+
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO posts (fid) SELECT i FROM n`)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f, err := OpenLayers(ctx, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count := 0
	for _, err := range f.Layers()[0].Records() {
		if count++; count == 10 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if count != 11 { // ten rows and the end
		t.Errorf("%d records after the context ended", count)
	}
	if _, err := OpenLayers(ctx, path, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opened: %v", err)
	}
}

// Nothing is written: not the file, nor anything beside it.
func TestReadingLeavesNoTrace(t *testing.T) {
	path := madeByGDAL(t, fmt.Sprintf(gdalRows, "POINT (1 2)", "POINT (3 4)"), gdalTypes)
	for _, name := range []string{"in.csv", "in.csvt"} {
		os.Remove(filepath.Join(filepath.Dir(path), name))
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := openLayers(t, path)
	mustReadLayer(t, f.Layers()[0])
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Error("the file changed", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
	for _, statement := range []string{`DELETE FROM gpkg_contents`, `PRAGMA query_only = 0; DELETE FROM gpkg_contents`, `ATTACH 'other.db' AS other`, `SELECT load_extension('evil')`} {
		if _, err := f.conn.ExecContext(context.Background(), statement); err == nil {
			t.Errorf("%s was done", statement)
		}
	}
}

// A file of this package is read like any other once it is closed.
func TestOwnFileIsReadOnceClosed(t *testing.T) {
	f := filled(t)
	_, err := OpenLayers(context.Background(), f.path, Options{})
	wantFault(t, err, RuleNotClosed)
	closeFile(t, f)
	var names []string
	for _, l := range openLayers(t, f.path).Layers() {
		names = append(names, l.Name())
		mustReadLayer(t, l)
	}
	if !slices.Equal(names, []string{"posts", "power_lines", "offices", "status_periods", "sources", "revisions"}) {
		t.Error(names)
	}
}

// GDAL with a write-ahead log, as QGIS keeps it while a layer is open.
func TestFilesInUse(t *testing.T) {
	path := madeByGDAL(t, fmt.Sprintf(gdalRows, "POINT (1 2)", "POINT (3 4)"), gdalTypes)
	for name, content := range map[string]string{"-wal": "7\x7f\x06\x82", "-journal": rollbackMagic + "rest"} {
		if err := os.WriteFile(path+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenLayers(context.Background(), path, Options{})
		wantFault(t, err, RuleNotClosed)
		if !strings.Contains(fmt.Sprint(err), "made.gpkg"+name) {
			t.Error(err)
		}
		os.Remove(path + name)
	}
	// What is left of a journal that is done with is no hindrance.
	for name, content := range map[string]string{"-wal": "", "-journal": strings.Repeat("\x00", 512)} {
		if err := os.WriteFile(path+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := openLayers(t, path).Layers()[0]
	mustReadLayer(t, l)
	if err := os.Truncate(path, 1<<20); err != nil {
		t.Fatal(err)
	}
	_, _, err := readLayer(l)
	wantFault(t, err, RuleFileChanged)
}

func TestReaderOfPython(t *testing.T) {
	out := filepath.Join(t.TempDir(), "frame.gpkg")
	script := `
import sys, geopandas, shapely, datetime
frame = geopandas.GeoDataFrame(
    {"name": ["Тем", None], "count": [3, 4], "day": [datetime.date(2022, 6, 1), None]},
    geometry=[shapely.Point(71.5, 37.5, 2000), None], crs=32642)
frame.to_file(sys.argv[1], layer="posts", driver="GPKG")
back = geopandas.read_file(sys.argv[1])
print(back.drop(columns="geometry").to_json(date_format="iso", orient="records"))`
	cmd := osexec.Command("../../.tools/python/bin/python", "-c", script, out)
	var said bytes.Buffer
	cmd.Stderr = &said
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("geopandas in .tools/python writes the file of this test; install it with: make tools-test (%v)\n%s", err, said.String())
	}
	var rows []map[string]any
	if err := json.Unmarshal(printed, &rows); err != nil || len(rows) != 2 {
		t.Fatalf("%s: %v", printed, err)
	}
	l := openLayers(t, out).Layers()[0]
	records := mustReadLayer(t, l)
	if len(records) != 2 || l.CRS() != "EPSG:32642" || !slices.Equal(records[0].Geometry.FlatCoords(), []float64{71.5, 37.5, 2000}) || records[1].Geometry != nil {
		t.Fatal(l.CRS(), records)
	}
	for i, r := range records {
		for k, field := range l.Fields()[1:] {
			got := r.Values[k+1]
			if n, ok := got.(int64); ok {
				got = float64(n)
			}
			if d, ok := got.(geo.Date); ok {
				got = d.String() + "T00:00:00.000"
			}
			if got != rows[i][field.Name] {
				t.Errorf("record %d: %s is %v, by geopandas %v", i+1, field.Name, got, rows[i][field.Name])
			}
		}
	}
}
