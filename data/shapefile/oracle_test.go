package shapefile_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/geojson"

	"oxus/data/shapefile"
	"oxus/geo"
	"oxus/geo/charset"
)

// gdal runs one of GDAL's tools, which make the corpus and are its oracle.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is needed to make and check the shapefiles of this test; install GDAL's tools, on Debian: apt-get install gdal-bin", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

const table = `wkt,name,count,big,ratio,day
%q,Хорог,1,123456789012,1.5,2022-05-01
%q,,,,,
%q,Ишкошим,-7,-1,-0.25,1999-12-31
`

const tableTypes = `"WKT","String(40)","Integer","Integer64","Real","Date"`

// made writes a shapefile from three WKT geometries and returns its path.
func made(t *testing.T, wkt [3]string, options ...string) string {
	t.Helper()
	dir := write(t, map[string][]byte{
		"in.csv": fmt.Appendf(nil, strings.ReplaceAll(table, "%q", `"%s"`), wkt[0], wkt[1], wkt[2]), "in.csvt": []byte(tableTypes),
	})
	out := filepath.Join(dir, "made.shp")
	gdal(t, "ogr2ogr", append([]string{
		"-f", "ESRI Shapefile", out, filepath.Join(dir, "in.csv"), "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO",
	}, options...)...)
	return out
}

type oracleFeature struct {
	Geometry   *geojson.Geometry
	Properties map[string]any
}

// byGDAL reads a shapefile with ogr2ogr.
func byGDAL(t *testing.T, path string) []oracleFeature {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.json")
	gdal(t, "ogr2ogr", "-f", "GeoJSON", out, path, "-lco", "SIGNIFICANT_FIGURES=17")
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var collection struct{ Features []oracleFeature }
	if err := json.Unmarshal(data, &collection); err != nil {
		t.Fatal(err)
	}
	return collection.Features
}

// withoutM is what GeoJSON can hold of a geometry.
func withoutM(t *testing.T, g geom.T) geom.T {
	t.Helper()
	if g == nil || g.Layout().MIndex() < 0 {
		return g
	}
	layout, stride := geom.XY, g.Stride()
	if g.Layout().ZIndex() >= 0 {
		layout = geom.XYZ
	}
	var flat []float64
	for i := 0; i < len(g.FlatCoords()); i += stride {
		flat = append(flat, g.FlatCoords()[i:i+stride-1]...)
	}
	scale := func(ends []int) []int {
		out := slices.Clone(ends)
		for i := range out {
			out[i] = out[i] / stride * layout.Stride()
		}
		return out
	}
	switch g := g.(type) {
	case *geom.Point:
		return geom.NewPointFlat(layout, flat)
	case *geom.MultiPoint:
		return geom.NewMultiPointFlat(layout, flat)
	case *geom.LineString:
		return geom.NewLineStringFlat(layout, flat)
	case *geom.MultiLineString:
		return geom.NewMultiLineStringFlat(layout, flat, scale(g.Ends()))
	case *geom.Polygon:
		return geom.NewPolygonFlat(layout, flat, scale(g.Ends()))
	case *geom.MultiPolygon:
		var endss [][]int
		for _, ends := range g.Endss() {
			endss = append(endss, scale(ends))
		}
		return geom.NewMultiPolygonFlat(layout, flat, endss)
	}
	t.Fatalf("a %T", g)
	return nil
}

func plain(v geo.Value) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case geo.Date:
		return v.String()
	default:
		return v
	}
}

// agree compares what this package reads with what GDAL reads.
func agree(t *testing.T, path string, opts shapefile.Options) []geo.Record {
	t.Helper()
	l, err := openOne(t, path, opts)
	if err != nil {
		t.Fatal(err)
	}
	got, want := mustRead(t, l), byGDAL(t, path)
	if len(got) != len(want) {
		t.Fatalf("%d records, GDAL has %d", len(got), len(want))
	}
	for i, r := range got {
		g, err := want[i].Geometry.Decode()
		if want[i].Geometry == nil {
			g, err = nil, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if a, b := outline(withoutM(t, r.Geometry)), outline(g); a != b {
			t.Errorf("record %d is %s, by GDAL %s", r.Number, a, b)
		}
		properties := make(map[string]any)
		for j, f := range l.Fields() {
			properties[f.Name] = plain(r.Values[j])
		}
		if !maps.Equal(properties, want[i].Properties) {
			t.Errorf("record %d has %v, by GDAL %v", r.Number, properties, want[i].Properties)
		}
	}
	return got
}

func TestGeometriesAgreeWithGDAL(t *testing.T) {
	cases := map[string]struct {
		kind   string
		wkt    [3]string
		layout geom.Layout
	}{
		"points":                 {"POINT", [3]string{"POINT (68.78 38.56)", "", "POINT (71.5543 37.4897)"}, geom.XY},
		"points z without m":     {"POINTZ", [3]string{"POINT Z (68.78 38.56 800)", "", "POINT Z (1 2 3)"}, geom.XYZ},
		"points m":               {"POINTM", [3]string{"POINT M (68.78 38.56 800)", "", "POINT M (1 2 3)"}, geom.XYM},
		"points zm":              {"POINTZM", [3]string{"POINT ZM (68.78 38.56 800 5)", "", "POINT ZM (1 2 3 4)"}, geom.XYZM},
		"multipoints":            {"MULTIPOINT", [3]string{"MULTIPOINT ((1 2),(3 4))", "", "MULTIPOINT ((5 6))"}, geom.XY},
		"multipoints z":          {"MULTIPOINTZ", [3]string{"MULTIPOINT Z ((1 2 3),(3 4 5))", "", "MULTIPOINT Z ((5 6 7))"}, geom.XYZ},
		"multipoints m":          {"MULTIPOINTM", [3]string{"MULTIPOINT M ((1 2 3),(3 4 5))", "", "MULTIPOINT M ((5 6 7))"}, geom.XYM},
		"multipoints zm":         {"MULTIPOINTZM", [3]string{"MULTIPOINT ZM ((1 2 3 9),(3 4 5 9))", "", "MULTIPOINT ZM ((5 6 7 8))"}, geom.XYZM},
		"lines":                  {"ARC", [3]string{"LINESTRING (1 2,3 4,5 6)", "", "MULTILINESTRING ((1 2,3 4),(5 6,7 8,9 9))"}, geom.XY},
		"lines z without m":      {"ARCZ", [3]string{"LINESTRING Z (1 2 3,3 4 5)", "", "MULTILINESTRING Z ((1 2 3,3 4 5),(5 6 7,7 8 9))"}, geom.XYZ},
		"lines m":                {"ARCM", [3]string{"LINESTRING M (1 2 3,3 4 5)", "", "MULTILINESTRING M ((1 2 3,3 4 5),(5 6 7,7 8 9))"}, geom.XYM},
		"lines zm":               {"ARCZM", [3]string{"LINESTRING ZM (1 2 3 9,3 4 5 9)", "", "MULTILINESTRING ZM ((1 2 3 9,3 4 5 9),(5 6 7 9,7 8 9 9))"}, geom.XYZM},
		"polygons":               {"POLYGON", [3]string{"POLYGON ((0 0,0 9,9 9,9 0,0 0),(1 1,2 1,2 2,1 1),(5 5,6 5,6 6,5 5))", "", "MULTIPOLYGON (((0 0,0 9,9 9,9 0,0 0),(1 1,2 1,2 2,1 1)),((20 0,20 9,29 9,20 0)))"}, geom.XY},
		"polygons z without m":   {"POLYGONZ", [3]string{"POLYGON Z ((0 0 1,0 9 2,9 9 3,0 0 1))", "", "MULTIPOLYGON Z (((0 0 1,0 9 2,9 9 3,0 0 1)),((20 0 4,20 9 5,29 9 6,20 0 4)))"}, geom.XYZ},
		"polygons m":             {"POLYGONM", [3]string{"POLYGON M ((0 0 1,0 9 2,9 9 3,0 0 1))", "", "POLYGON M ((0 0 1,0 9 2,9 9 3,0 0 1))"}, geom.XYM},
		"polygons zm":            {"POLYGONZM", [3]string{"POLYGON ZM ((0 0 1 7,0 9 2 7,9 9 3 7,0 0 1 7))", "", "POLYGON ZM ((0 0 1 7,0 9 2 7,9 9 3 7,0 0 1 7))"}, geom.XYZM},
		"islands in lakes":       {"POLYGON", [3]string{"MULTIPOLYGON (((0 0,0 90,90 90,90 0,0 0),(10 10,80 10,80 80,10 80,10 10)),((20 20,20 70,70 70,70 20,20 20),(30 30,60 30,60 60,30 60,30 30)))", "", "POLYGON EMPTY"}, geom.XY},
		"all geometries missing": {"POINT", [3]string{"", "", ""}, geom.XY},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := made(t, c.wkt, "-lco", "SHPT="+c.kind, "-lco", "ENCODING=UTF-8")
			for _, r := range agree(t, path, shapefile.Options{}) {
				if r.Geometry != nil && r.Geometry.Layout() != c.layout {
					t.Errorf("record %d has the layout %v, want %v", r.Number, r.Geometry.Layout(), c.layout)
				}
			}
		})
	}
}

func somePoints() [3]string {
	return [3]string{"POINT (68.78 38.56)", "", "POINT (71.5543 37.4897)"}
}

func TestEncodingsAgreeWithGDAL(t *testing.T) {
	for _, encoding := range []string{"UTF-8", "CP1251", "CP866", "ISO-8859-5", "KOI8-R"} {
		t.Run(encoding, func(t *testing.T) {
			records := agree(t, made(t, somePoints(), "-lco", "ENCODING="+encoding), shapefile.Options{})
			if records[0].Values[0] != khorugh || records[1].Values[0] != nil {
				t.Errorf("got %v", records)
			}
		})
	}
	for _, driver := range []string{"LDID/201", "LDID/38", "LDID/101"} {
		t.Run(driver, func(t *testing.T) {
			path := made(t, somePoints(), "-lco", "ENCODING="+driver)
			if err := os.Remove(strings.TrimSuffix(path, ".shp") + ".cpg"); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if records := agree(t, path, shapefile.Options{}); records[0].Values[0] != khorugh {
				t.Errorf("got %v", records)
			}
		})
	}
}

// Names in cp1251 with neither .cpg nor language driver, as the people who send
// files have them: refused without an encoding, right with it.
func TestEncodingGivenWhereTheFileHasNone(t *testing.T) {
	path := made(t, somePoints(), "-lco", "ENCODING=CP1251", "-s_srs", "EPSG:4326", "-t_srs", "EPSG:32642")
	if err := os.Remove(strings.TrimSuffix(path, ".shp") + ".cpg"); err != nil {
		t.Fatal(err)
	}
	l, err := openOne(t, path, shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if records, faults, err := readAll(l); err != nil || len(records) != 1 || len(faults) != 2 || faults[0].Rule != charset.RuleText {
		t.Error(records, faults, err)
	}
	l, err = openOne(t, path, shapefile.Options{Encoding: "windows-1251"})
	if err != nil {
		t.Fatal(err)
	}
	records := mustRead(t, l)
	if records[0].Values[0] != khorugh || records[2].Values[0] != "Ишкошим" || !strings.Contains(l.CRS(), "UTM_Zone_42N") {
		t.Error(records, l.CRS())
	}
}

// GDAL's own archive, and one packed by hand with other cases, hold the same.
func TestArchivesAgreeWithGDAL(t *testing.T) {
	path := made(t, somePoints(), "-lco", "ENCODING=CP1251", "-a_srs", "EPSG:28412")
	base := strings.TrimSuffix(path, ".shp")
	archive := filepath.Join(t.TempDir(), "made.shz")
	gdal(t, "ogr2ogr", "-f", "ESRI Shapefile", archive, path, "-lco", "ENCODING=UTF-8")
	agree(t, archive, shapefile.Options{})
	var entries []entry
	for _, ext := range []string{".shp", ".shx", ".dbf", ".prj", ".cpg"} {
		data, err := os.ReadFile(base + ext)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{name: "Data/2022/MADE" + strings.ToUpper(ext), data: data})
	}
	l, err := openOne(t, writeZip(t, entries...), shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if records := mustRead(t, l); len(records) != 3 || records[0].Values[0] != khorugh || !strings.Contains(l.CRS(), "Pulkovo_1942_GK_Zone_12") && !strings.Contains(l.CRS(), "Pulkovo") {
		t.Error(records, l.CRS())
	}
}

// Hand-made files that other readers get wrong, as GDAL reads them.
func TestHandMadeFilesAgreeWithGDAL(t *testing.T) {
	a, b := square(0, 0, 10), square(20, 0, 10)
	box := make([]byte, 32)
	cases := map[string]struct {
		kind     uint32
		contents [][]byte
	}{
		"hole after another ring": {5, [][]byte{multiShape(5, a, b, hole(1, 1, 2))}},
		"null among points":       {1, [][]byte{pointShape(1, 2), le32(0), pointShape(3, 4)}},
		"point z without m":       {11, [][]byte{concat(le32(11), floats(1, 2, 3)), concat(le32(11), floats(4, 5, 6))}},
		"line z without m":        {13, [][]byte{concat(multiShape(13, []float64{1, 2, 3, 4}), floats(0, 0, 5, 6))}},
		"multipoint":              {8, [][]byte{concat(le32(8), box, le32(2), floats(1, 2, 3, 4))}},
		"islands before lakes":    {5, [][]byte{multiShape(5, square(3, 3, 1), a, hole(2, 2, 4), b)}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string][]byte{"a.shp": shp(c.kind, c.contents...), "a.dbf": dbf(names(), rows(len(c.contents))...), "a.shx": shx(c.kind, c.contents...)})
			agree(t, filepath.Join(dir, "a.shp"), shapefile.Options{})
		})
	}
}

// shx is the index GDAL wants; this package does not.
func shx(kind uint32, contents ...[]byte) []byte {
	body, offset := []byte(nil), 100
	for _, c := range contents {
		body = concat(body, be32(uint32(offset/2)), be32(uint32(len(c)/2)))
		offset += 8 + len(c)
	}
	return concat(shpHeader(kind, 100+len(body)), body)
}

// Deleting with SQL leaves marked rows, until the file is repacked.
func TestDeletedRecordsAgreeWithGDAL(t *testing.T) {
	path := made(t, [3]string{"POINT (1 1)", "POINT (2 2)", "POINT (3 3)"}, "-lco", "ENCODING=UTF-8")
	data, err := os.ReadFile(strings.TrimSuffix(path, ".shp") + ".dbf")
	if err != nil {
		t.Fatal(err)
	}
	header, width := int(data[8])|int(data[9])<<8, int(data[10])|int(data[11])<<8
	data[header+width] = '*'
	if err := os.WriteFile(strings.TrimSuffix(path, ".shp")+".dbf", data, 0o600); err != nil {
		t.Fatal(err)
	}
	records := agree(t, path, shapefile.Options{})
	if len(records) != 2 || records[1].Number != 3 {
		t.Error(records)
	}
}

// A larger file with every value type, against ogrinfo's own counts.
func TestManyRecordsAgreeWithGDAL(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("wkt,name,n,r,d\n")
	const n = 5000
	for i := range n {
		fmt.Fprintf(&b, "\"POINT (%g %g)\",место %d,%d,%g,20%02d-%02d-%02d\n", 60+float64(i)/1024, 30+float64(i)/512, i, i*i-1000, float64(i)/7, i%100, i%12+1, i%28+1)
	}
	for name, text := range map[string]string{"in.csv": b.String(), "in.csvt": `"WKT","String(20)","Integer","Real","Date"`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "many.shp")
	gdal(t, "ogr2ogr", "-f", "ESRI Shapefile", out, filepath.Join(dir, "in.csv"), "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO", "-lco", "ENCODING=CP1251")
	if records := agree(t, out, shapefile.Options{}); len(records) != n {
		t.Error(len(records))
	}
	if info := gdal(t, "ogrinfo", "-so", "-al", out); !strings.Contains(info, fmt.Sprintf("Feature Count: %d", n)) {
		t.Error(info)
	}
}
