package shapefile_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/twpayne/go-geom"

	"oxus/data/archive"
	"oxus/data/shapefile"
	"oxus/geo"
)

func square(x, y, size float64) []float64 {
	return []float64{x, y, x, y + size, x + size, y + size, x + size, y, x, y}
}

func hole(x, y, size float64) []float64 {
	return []float64{x, y, x + size, y, x + size, y + size, x, y + size, x, y}
}

func TestShapes(t *testing.T) {
	box, zRange := make([]byte, 32), floats(0, 0)
	cases := map[string]struct {
		kind    uint32
		content []byte
		want    geom.T
	}{
		"null":                   {1, le32(0), nil},
		"point":                  {1, pointShape(1, 2), geom.NewPointFlat(geom.XY, []float64{1, 2})},
		"point m":                {21, concat(le32(21), floats(1, 2, 3)), geom.NewPointFlat(geom.XYM, []float64{1, 2, 3})},
		"point m without m":      {21, concat(le32(21), floats(1, 2)), geom.NewPointFlat(geom.XY, []float64{1, 2})},
		"point m, no data":       {21, concat(le32(21), floats(1, 2, -1e39)), geom.NewPointFlat(geom.XY, []float64{1, 2})},
		"point z":                {11, concat(le32(11), floats(1, 2, 3)), geom.NewPointFlat(geom.XYZ, []float64{1, 2, 3})},
		"point zm":               {11, concat(le32(11), floats(1, 2, 3, 4)), geom.NewPointFlat(geom.XYZM, []float64{1, 2, 3, 4})},
		"multipoint":             {8, concat(le32(8), box, le32(2), floats(1, 2, 3, 4)), geom.NewMultiPointFlat(geom.XY, []float64{1, 2, 3, 4})},
		"multipoint m":           {28, concat(le32(28), box, le32(2), floats(1, 2, 3, 4), zRange, floats(5, 6)), geom.NewMultiPointFlat(geom.XYM, []float64{1, 2, 5, 3, 4, 6})},
		"multipoint z":           {18, concat(le32(18), box, le32(2), floats(1, 2, 3, 4), zRange, floats(5, 6)), geom.NewMultiPointFlat(geom.XYZ, []float64{1, 2, 5, 3, 4, 6})},
		"multipoint zm":          {18, concat(le32(18), box, le32(1), floats(1, 2), zRange, floats(5), zRange, floats(7)), geom.NewMultiPointFlat(geom.XYZM, []float64{1, 2, 5, 7})},
		"line":                   {3, multiShape(3, []float64{1, 2, 3, 4}), geom.NewLineStringFlat(geom.XY, []float64{1, 2, 3, 4})},
		"lines":                  {3, multiShape(3, []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8, 9, 9}), geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 9}, []int{4, 10})},
		"line z":                 {13, concat(multiShape(13, []float64{1, 2, 3, 4}), zRange, floats(5, 6)), geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 5, 3, 4, 6})},
		"line z, half an m":      {13, concat(multiShape(13, []float64{1, 2, 3, 4}), zRange, floats(5, 6), zRange, floats(7)), geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 5, 3, 4, 6})},
		"line m":                 {23, concat(multiShape(23, []float64{1, 2, 3, 4}), zRange, floats(5, 6)), geom.NewLineStringFlat(geom.XYM, []float64{1, 2, 5, 3, 4, 6})},
		"line of nothing":        {3, multiShape(3), nil},
		"line of an empty part":  {3, multiShape(3, nil), nil},
		"polygon":                {5, multiShape(5, square(0, 0, 4)), geom.NewPolygonFlat(geom.XY, square(0, 0, 4), []int{10})},
		"polygon with a hole":    {5, multiShape(5, square(0, 0, 4), hole(1, 1, 1)), geom.NewPolygonFlat(geom.XY, append(square(0, 0, 4), hole(1, 1, 1)...), []int{10, 20})},
		"record longer than due": {1, concat(pointShape(1, 2), make([]byte, 6)), geom.NewPointFlat(geom.XY, []float64{1, 2})},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := mustRead(t, mustLoose(t, shp(c.kind, c.content), dbf(names(), rows(1)...)))
			if len(got) != 1 || !reflect.DeepEqual(got[0].Geometry, c.want) {
				t.Errorf("got %#v, want %#v", got[0].Geometry, c.want)
			}
		})
	}
}

func TestMeasuresThatSomePointsLackAreNaN(t *testing.T) {
	content := concat(multiShape(23, []float64{1, 2, 3, 4}), floats(0, 0, 7, -1e39))
	got := mustRead(t, mustLoose(t, shp(23, content), dbf(names(), rows(1)...)))[0].Geometry.FlatCoords()
	if got[2] != 7 || !math.IsNaN(got[5]) {
		t.Errorf("got %v", got)
	}
}

func TestBrokenRecordsAreFaultsAndReadingGoesOn(t *testing.T) {
	box := make([]byte, 32)
	cases := map[string]struct {
		kind    uint32
		content []byte
		rule    geo.Rule
	}{
		"no content":              {1, nil, shapefile.RuleShapeLength},
		"two bytes":               {1, make([]byte, 2), shapefile.RuleShapeLength},
		"short point":             {1, concat(le32(1), floats(1)), shapefile.RuleShapeLength},
		"short point z":           {11, concat(le32(11), floats(1, 2)), shapefile.RuleShapeLength},
		"no counts":               {3, concat(le32(3), box), shapefile.RuleShapeLength},
		"line in a point file":    {1, multiShape(3, []float64{1, 2, 3, 4}), shapefile.RuleShapeType},
		"point z in a point file": {1, concat(le32(11), floats(1, 2, 3)), shapefile.RuleShapeType},
		"unknown type":            {1, concat(le32(77), floats(1, 2)), shapefile.RuleShapeType},
		"more points than bytes":  {3, concat(le32(3), box, le32(1), le32(3), le32(0), floats(1, 2, 3, 4)), shapefile.RuleShapeLength},
		"line z without z":        {13, multiShape(13, []float64{1, 2, 3, 4}), shapefile.RuleShapeLength},
		"parts 0x3fffffff":        {5, concat(le32(5), box, le32(0x3fffffff), le32(4), make([]byte, 64)), shapefile.RulePartCount},
		"points 0x7fffffff":       {5, concat(le32(5), box, le32(1), le32(0x7fffffff), make([]byte, 64)), shapefile.RulePoints},
		"points 0xffffffff":       {8, concat(le32(8), box, le32(0xffffffff), make([]byte, 64)), shapefile.RulePoints},
		"points without a part":   {3, concat(le32(3), box, le32(0), le32(2), floats(1, 2, 3, 4)), shapefile.RuleParts},
		"part beyond the points":  {3, concat(le32(3), box, le32(2), le32(2), le32(0), le32(9), floats(1, 2, 3, 4)), shapefile.RuleParts},
		"part 0xffffffff":         {3, concat(le32(3), box, le32(2), le32(2), le32(0), le32(0xffffffff), floats(1, 2, 3, 4)), shapefile.RuleParts},
		"parts going back":        {3, concat(le32(3), box, le32(3), le32(4), le32(0), le32(2), le32(1), floats(1, 2, 3, 4, 5, 6, 7, 8)), shapefile.RuleParts},
		"part without points":     {3, concat(le32(3), box, le32(2), le32(2), le32(0), le32(0), floats(1, 2, 3, 4)), shapefile.RuleParts},
		"first part not at 0":     {3, concat(le32(3), box, le32(1), le32(3), le32(1), floats(1, 2, 3, 4, 5, 6)), shapefile.RuleParts},
		"NaN":                     {1, pointShape(math.NaN(), 2), shapefile.RuleCoordinate},
		"two NaN":                 {1, pointShape(math.NaN(), math.NaN()), shapefile.RuleCoordinate},
		"infinite":                {1, pointShape(1, math.Inf(-1)), shapefile.RuleCoordinate},
		"1e308":                   {3, multiShape(3, []float64{1, 2, 1e308, 4}), shapefile.RuleCoordinate},
		"line of one point":       {3, multiShape(3, []float64{1, 2}), geo.RuleLineLength},
		"ring without area":       {5, multiShape(5, []float64{1, 1, 2, 2, 1, 1}), shapefile.RuleNoArea},
		"ring of one point":       {5, multiShape(5, []float64{1, 1}), shapefile.RuleNoArea},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			// A null shape before and after shows that reading stays in step.
			l := mustLoose(t, shp(c.kind, le32(0), c.content, le32(0)), dbf(names(), rows(3)...))
			records, faults, err := readAll(l)
			if err != nil || len(records) != 2 || records[1].Number != 3 || records[1].Values[0] != "r3" {
				t.Fatal(records, faults, err)
			}
			if len(faults) != 1 || faults[0].Rule != c.rule || faults[0].Place.Record != 2 || faults[0].Place.File != "a.shp" {
				t.Errorf("got %v, want the rule %s", faults, c.rule)
			}
		})
	}
}

func TestValues(t *testing.T) {
	day := func(y, m, d int) geo.Date { return geo.NewDate(y, time.Month(m), d) }
	fault := shapefile.RuleValue
	cases := []struct {
		kind            byte
		width, decimals byte
		text            string
		want            any // a value, or a rule
	}{
		{'C', 6, 0, "ab    ", "ab"},
		{'C', 6, 0, "  ab  ", "ab"},
		{'C', 6, 0, "      ", nil},
		{'C', 6, 0, "ab\x00xyz", "ab"},
		{'C', 6, 0, "\x00\x00\x00\x00\x00\x00", nil},
		{'C', 6, 0, "******", "******"},
		{'N', 6, 0, "    12", int64(12)},
		{'N', 6, 0, "12    ", int64(12)},
		{'N', 6, 0, "   -12", int64(-12)},
		{'N', 6, 0, "   +12", int64(12)},
		{'N', 6, 0, "000012", int64(12)},
		{'N', 6, 0, "      ", nil},
		{'N', 6, 0, "******", nil},
		{'N', 6, 0, "\x00\x00\x00\x00\x00\x00", nil},
		{'N', 6, 0, "  12.5", 12.5},
		{'N', 6, 0, "   1e3", 1000.0},
		{'N', 6, 0, "  12,5", fault},
		{'N', 6, 0, "   abc", fault},
		{'N', 6, 0, "  1 2 ", fault},
		{'N', 6, 0, "   nan", fault},
		{'N', 6, 0, "   inf", fault},
		{'N', 6, 0, "   0x1", fault},
		{'N', 6, 0, "   1_0", fault},
		{'N', 6, 0, "    --", fault},
		{'N', 19, 0, "9223372036854775807", int64(math.MaxInt64)},
		{'N', 20, 0, " 9223372036854775808", fault},
		{'N', 8, 2, "   12.50", 12.5},
		{'N', 8, 2, "      12", 12.0},
		{'N', 8, 2, "********", nil},
		{'N', 8, 2, "        ", nil},
		{'N', 8, 2, "  1e+400", fault},
		{'F', 8, 0, "      12", 12.0},
		{'F', 13, 11, "1.5000000e+01", 15.0},
		{'F', 8, 3, "        ", nil},
		{'D', 8, 0, "20220501", day(2022, 5, 1)},
		{'D', 8, 0, "        ", nil},
		{'D', 8, 0, "00000000", nil},
		{'D', 8, 0, "********", nil},
		{'D', 8, 0, "20220229", fault},
		{'D', 8, 0, "20221301", fault},
		{'D', 8, 0, "2022-5-1", fault},
		{'D', 8, 0, "00000101", fault},
		{'D', 8, 0, "202205  ", fault},
		{'D', 8, 0, "00010101", day(1, 1, 1)},
		{'L', 1, 0, "T", true},
		{'L', 1, 0, "y", true},
		{'L', 1, 0, "F", false},
		{'L', 1, 0, "n", false},
		{'L', 1, 0, "?", nil},
		{'L', 1, 0, " ", nil},
		{'L', 1, 0, "\x00", nil},
		{'L', 1, 0, "1", fault},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%c %q", c.kind, c.text), func(t *testing.T) {
			l := mustLoose(t, shp(1, pointShape(1, 2)), dbf([]column{{"V", c.kind, c.width, c.decimals}}, " "+c.text))
			records, faults, err := readAll(l)
			rule, wantFault := c.want.(geo.Rule)
			switch {
			case err != nil:
				t.Fatal(err)
			case wantFault && (len(faults) != 1 || faults[0].Rule != rule || faults[0].Place != geo.Place{File: "a.dbf", Record: 1, Field: "V"}):
				t.Errorf("got %v %v, want the rule %s", records, faults, rule)
			case !wantFault && (len(records) != 1 || records[0].Values[0] != c.want):
				t.Errorf("got %#v %v, want %#v", records, faults, c.want)
			}
		})
	}
}

func TestDeletedRecordsKeepTheirNumber(t *testing.T) {
	table := dbf(names(), row("one"), "*"+row("two")[1:], row("three"))
	l := mustLoose(t, shp(1, pointShape(1, 1), pointShape(2, 2), pointShape(3, 3)), table)
	for range 2 { // a layer can be read again, and counts anew
		got := mustRead(t, l)
		if len(got) != 2 || got[1].Number != 3 || got[1].Values[0] != "three" || got[1].Geometry.FlatCoords()[0] != 3 {
			t.Errorf("got %v", got)
		}
		if l.Tally().Deleted != 1 || l.Len() != 3 {
			t.Errorf("%d deleted of %d", l.Tally().Deleted, l.Len())
		}
	}
}

func TestOddRowFlagIsAFault(t *testing.T) {
	l := mustLoose(t, shp(1, pointShape(1, 1), pointShape(2, 2)), dbf(names(), "x"+row("one")[1:], "\x00"+row("two")[1:]))
	records, faults, err := readAll(l)
	if err != nil || len(records) != 1 || len(faults) != 1 || faults[0].Rule != shapefile.RuleRow {
		t.Error(records, faults, err)
	}
}

func TestFieldsAreDescribed(t *testing.T) {
	l := mustLoose(t, shp(1), dbf([]column{{"NAME", 'C', 40, 0}, {"N", 'N', 9, 0}}))
	want := []geo.Field{{Name: "NAME"}, {Name: "N"}}
	if got := l.Fields(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	if len(mustRead(t, l)) != 0 || l.ShapeType() != "Point" || l.Name() != "a" || l.CRS() != "" {
		t.Error(l.ShapeType(), l.Name(), l.CRS())
	}
}

func TestStoppingEarlyIsFine(t *testing.T) {
	l := mustLoose(t, shp(1, pointShape(1, 1), pointShape(2, 2)), dbf(names(), rows(2)...))
	for r, err := range l.Records() {
		if err != nil || r.Number != 1 {
			t.Error(r, err)
		}
		break
	}
}

func TestLooseSiblingsInAnyCase(t *testing.T) {
	dir := write(t, map[string][]byte{
		"Roads.SHP": shp(1, pointShape(1, 2)), "ROADS.Dbf": dbf(names(), rows(1)...), "roads.PRJ": []byte("\uFEFFGEOGCS[\"x\"]\n"), "roads.Cpg": []byte("1251\r\n"),
		"roads2.prj": []byte("not mine"),
	})
	l, err := openOne(t, filepath.Join(dir, "Roads.SHP"), shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if l.Name() != "Roads" || l.CRS() != `GEOGCS["x"]` || l.Encoding().Name != "windows-1251" || len(mustRead(t, l)) != 1 {
		t.Error(l.Name(), l.CRS(), l.Encoding())
	}
}

func TestArchiveWithManyLayers(t *testing.T) {
	points, table := shp(1, pointShape(1, 2)), dbf(names(), rows(1)...)
	inner := zipOf(t, entry{name: "inner.shp", data: points}, entry{name: "inner.dbf", data: table})
	path := writeZip(t,
		entry{name: "deep/"}, entry{name: "deep/er/"},
		entry{name: "deep/er/ROADS.SHP", data: points}, entry{name: "deep/er/roads.DBF", data: table}, entry{name: "deep/er/Roads.Prj", data: []byte("P1")},
		entry{name: "towns.shp", data: points}, entry{name: "towns.dbf", data: table},
		entry{name: "old/towns.shp", data: points}, entry{name: "old/towns.dbf", data: table}, entry{name: "old/towns.prj", data: []byte("P2")},
		entry{name: "__MACOSX/._towns.shp", data: []byte("x")}, entry{name: "old/._towns.shp", data: []byte("x")},
		entry{name: "nested.zip", data: inner}, entry{name: "readme.pdf", data: []byte("x"), edit: func(h *zip.FileHeader) { h.Method = zip.Store }},
	)
	f, err := shapefile.Open(path, shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for _, l := range f.Layers() {
		got = append(got, l.Name()+" "+l.CRS())
		if r := mustRead(t, l); len(r) != 1 || r[0].Values[0] != "r1" {
			t.Error(l.Name(), r)
		}
	}
	if want := []string{"ROADS P1", "towns ", "old/towns P2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestArchiveIsKnownByItsBytes(t *testing.T) {
	data := zipOf(t, entry{name: "a.shp", data: shp(1)}, entry{name: "a.dbf", data: dbf(names())})
	dir := write(t, map[string][]byte{"upload-1234": data})
	if _, err := openOne(t, filepath.Join(dir, "upload-1234"), shapefile.Options{}); err != nil {
		t.Error(err)
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const n = 300_000
	var body, table bytes.Buffer
	for i := range n {
		body.Write(concat(be32(uint32(i+1)), be32(10), pointShape(float64(i), 2)))
		table.WriteString(row("name"))
	}
	path := writeZip(t,
		entry{name: "a.shp", data: concat(shpHeader(1, 100+body.Len()), body.Bytes())},
		entry{name: "a.dbf", data: dbfClaiming(n, 0, names(), table.String())})
	l, err := openOne(t, path, shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	body.Reset()
	table.Reset()
	count, most := 0, uint64(0)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, err := range l.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count%50_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
		}
	}
	if count != n || most > 2<<20 {
		t.Errorf("%d records, %d bytes more than before", count, most)
	}
}

func TestOpenSaysWhatItCannotOpen(t *testing.T) {
	dir := write(t, map[string][]byte{
		"empty.shp": nil, "table.dbf": dbf(names()), "text.shp": []byte("hello, this is no shapefile"), "alone.shp": shp(1),
		"text.dbf": dbf(names()), "empty.dbf": dbf(names()), "note.txt": []byte("hello"),
	})
	for name, rule := range map[string]geo.Rule{
		"empty.shp": archive.RuleTruncated, "table.dbf": shapefile.RuleNotShapefile, "text.shp": archive.RuleTruncated,
		"alone.shp": shapefile.RuleNoTable, "note.txt": shapefile.RuleNotShapefile, ".": shapefile.RuleNotShapefile,
	} {
		_, err := shapefile.Open(filepath.Join(dir, name), shapefile.Options{})
		if err == nil {
			t.Errorf("%s opens", name)
			continue
		}
		if !strings.Contains(err.Error(), string(rule)) || geo.KindOf(err) != geo.Invalid {
			t.Errorf("%s: %v, want the rule %s", name, err, rule)
		}
	}
	if _, err := shapefile.Open(filepath.Join(dir, "absent.shp"), shapefile.Options{}); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("an absent file: %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok || u.Unwrap() == nil {
			return err
		}
		err = u.Unwrap()
	}
}
