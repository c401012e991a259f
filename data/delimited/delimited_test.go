package delimited_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"golang.org/x/text/encoding/charmap"

	"oxus/data/archive"
	"oxus/data/delimited"
	"oxus/data/layertest"
	"oxus/geo"
	"oxus/geo/charset"
)

func write(t testing.TB, content string) string {
	t.Helper()
	return layertest.Write(t, "made up.csv", []byte(content))
}

func open(t testing.TB, content string, opts delimited.Options) (*delimited.Layer, error) {
	t.Helper()
	f, err := delimited.Open(write(t, content), opts)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { f.Close() })
	return f.Layers()[0], nil
}

func mustOpen(t testing.TB, content string) *delimited.Layer {
	t.Helper()
	l, err := open(t, content, delimited.Options{})
	if err != nil {
		t.Fatalf("%q: %v", content, err)
	}
	return l
}

func names(l *delimited.Layer) string {
	return strings.Join(layertest.Names(l), "|")
}

func values(records []geo.Record) string {
	var rows []string
	for _, r := range records {
		rows = append(rows, fmt.Sprintf("%q", r.Values))
	}
	return strings.Join(rows, " ")
}

func TestCells(t *testing.T) {
	for content, want := range map[string]string{
		"a,b\n1,2\n":                         `["1" "2"]`,
		"a,b\r\n1,2\r\n3,4":                  `["1" "2"] ["3" "4"]`,
		"a,b\r1,2\r":                         `["1" "2"]`,
		"a,b\n\n1,2\n\n":                     `["1" "2"]`,
		"\ufeffa,b\n1,2\n":                   `["1" "2"]`,
		"a;b\n1,5;2\n":                       `["1,5" "2"]`,
		"a\tb\n1\t2 \n":                      `["1" "2 "]`,
		"a|b\n1|2\n":                         `["1" "2"]`,
		"sep=;\r\na;b\r\n1;2":                `["1" "2"]`,
		"a,b\n\"x, y\",\"say \"\"so\"\"\"\n": `["x, y" "say \"so\""]`,
		"a,b\n\"two\nlines\",\"\r\n\"\n":     `["two\nlines" <nil>]`,
		"a,b\n\"one\r\ntwo\",3\n":            `["one\r\ntwo" "3"]`,
		"\"a\",\"b\"\n\"\", \n":              `[<nil> <nil>]`,
		"a\n1\n2\n":                          `["1"] ["2"]`,
		"a,b\n1,\"2\"":                       `["1" "2"]`,
	} {
		l := mustOpen(t, content)
		got := layertest.MustRead(t, l)
		if v := values(got); v != want || l.Len() != len(got) || !strings.HasPrefix(names(l), "a") {
			t.Errorf("%q: %s %s", content, names(l), v)
		}
		if again := layertest.MustRead(t, l); !reflect.DeepEqual(got, again) {
			t.Errorf("%q: reads %v the second time", content, again)
		}
	}
}

func TestSeparators(t *testing.T) {
	for content, want := range map[string]byte{
		"id;name\n1;a, b\n2;c\n":    ';',
		"id,name\n1,a;b\n2,c\n":     ',',
		"id,name;note,x\n1,a;b,2\n": ',',
		"id\tname, in full\n1\tb\n": '\t',
		"id|name\n1|b\n":            '|',
		"id\n1\n":                   ',',
		"\"id;x\",\"a;b\"\n1,2\n":   ',',
		"id;a,b;c\n1;2;3\n" + strings.Repeat("1;2,5;3\n", 20_000): ';',
	} {
		if l := mustOpen(t, content); l.Separator() != want || !strings.Contains(strings.Join(l.Notes(), "\n"), "separated by") {
			t.Errorf("%.40q: %q", content, l.Separator())
		}
	}
	l, err := open(t, "a;b,c\n1;2,3\n", delimited.Options{Separator: ','})
	if err != nil || names(l) != "a;b|c" {
		t.Error(l, err)
	}
	_, err = open(t, "a,b\n", delimited.Options{Separator: 'x'})
	layertest.WantRule(t, "x", err, delimited.RuleSeparator)
}

func TestPositions(t *testing.T) {
	point := func(x, y float64) geom.T { return geom.NewPointFlat(geom.XY, []float64{x, y}) }
	for content, want := range map[string]struct {
		g      geom.T
		fields string
		crs    string
	}{
		"id,lon,lat\n1,71.5,37.5\n":                                         {point(71.5, 37.5), "id", "OGC:CRS84"},
		"id,LATITUDE,Longitude\n1,37.5,71.5\n":                              {point(71.5, 37.5), "id", "OGC:CRS84"},
		"id;Долгота;Широта\n1;71,5;37,5\n":                                  {point(71.5, 37.5), "id", "OGC:CRS84"},
		"id,طول,عرض\n1,71.5,37.5\n":                                         {point(71.5, 37.5), "id", "OGC:CRS84"},
		"id\tlng\tlat\n1\t71,5\t-37.5e0\n":                                  {point(71.5, -37.5), "id", "OGC:CRS84"},
		"id,x,y\n1,500000,4100000\n":                                        {point(500000, 4100000), "id", ""},
		"id,northing,easting\n1,4100000,500000\n":                           {point(500000, 4100000), "id", ""},
		"id,lon,lat,x,y\n1,71.5,37.5,1,2\n":                                 {point(71.5, 37.5), "id|x|y", "OGC:CRS84"},
		"id,lon,lat\n1, , \n":                                               {nil, "id", "OGC:CRS84"},
		"id,lon\n1,71.5\n":                                                  {nil, "id|lon", "OGC:CRS84"},
		"id,name\n1,a\n":                                                    {nil, "id|name", "OGC:CRS84"},
		"id,WKT\n1,POINT (71.5 37.5)\n":                                     {point(71.5, 37.5), "id", ""},
		"id,wkt,lon,lat\n1,POINT (71.5 37.5),1,2\n":                         {point(71.5, 37.5), "id|lon|lat", ""},
		"id,wkt\n1,\n":                                                      {nil, "id", ""},
		"id,wkt\n1,POINT EMPTY\n":                                           {nil, "id", ""},
		"id,geom_wkt\n1,SRID=32642;POINT(500000 4100000)\n":                 {point(500000, 4100000), "id", "EPSG:32642"},
		"id,geometry\n1,\"LINESTRING Z (1 2 3,4 5 6)\"\n":                   {geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 3, 4, 5, 6}), "id", ""},
		"id,geom\n1,\"multilinestring((1 2,3 4),(5 6,7 8))\"\n":             {geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6, 7, 8}, []int{4, 8}), "id", ""},
		"id,the_geom\n1,\"POLYGON((0 0,4 0,4 4,0 0),(2 1,3 1,3 2,2 1))\"\n": {geom.NewPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0, 2, 1, 3, 1, 3, 2, 2, 1}, []int{8, 16}), "id", ""},
	} {
		l := mustOpen(t, content)
		got := layertest.MustRead(t, l)
		if len(got) != 1 || !reflect.DeepEqual(got[0].Geometry, want.g) || names(l) != want.fields || l.CRS() != want.crs {
			t.Errorf("%q: %#v, fields %s, in %q", content, got[0].Geometry, names(l), l.CRS())
		}
		if _, err := geo.Flatten(got[0].Geometry); err != nil {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestOpenRingsAreClosed(t *testing.T) {
	closed := []float64{0, 0, 4, 0, 4, 4, 0, 0, 2, 1, 3, 1, 3, 2, 2, 1}
	for text, want := range map[string]geom.T{
		"POLYGON ((0 0,4 0,4 4),(2 1,3 1,3 2,2 1))":        geom.NewPolygonFlat(geom.XY, closed, []int{8, 16}),
		"multipolygon(((0 0,4 0,4 4)),((2 1,3 1,3 2)))":    geom.NewMultiPolygonFlat(geom.XY, closed, [][]int{{8}, {16}}),
		"MULTIPOLYGON (((0 0,4 0,4 4),(2 1,3 1,3 2,2 1)))": geom.NewMultiPolygonFlat(geom.XY, closed, [][]int{{8, 16}}),
		"POLYGON Z ((0 0 1,4 0 1,4 4 1))":                  geom.NewPolygonFlat(geom.XYZ, []float64{0, 0, 1, 4, 0, 1, 4, 4, 1, 0, 0, 1}, []int{12}),
	} {
		got := layertest.MustRead(t, mustOpen(t, "id,wkt\n1,\""+text+"\"\n"))
		if len(got) != 1 || !reflect.DeepEqual(got[0].Geometry, want) || len(got[0].Repairs) == 0 || got[0].Repairs[0].Rule != geo.RuleRingClosed {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestARowInAnotherSystemIsAFault(t *testing.T) {
	l := mustOpen(t, "wkt\nPOINT(1 2)\nSRID=4326;POINT(1 2)\nSRID=3857;POINT(1 2)\n")
	records, faults, err := layertest.ReadAll(l)
	if err != nil || l.CRS() != "EPSG:4326" || len(records) != 2 || len(faults) != 1 || faults[0].Rule != delimited.RuleWKT || faults[0].Place.Record != 3 {
		t.Errorf("%q: %v %v %v", l.CRS(), records, faults, err)
	}
}

func TestColumnsByOption(t *testing.T) {
	for _, c := range []struct {
		opts   delimited.Options
		fields string
		rule   geo.Rule
	}{
		{delimited.Options{X: "o", Y: "N"}, "id|shape|lon|lat", ""},
		{delimited.Options{WKT: "shape"}, "id|o|n|lon|lat", ""},
		{delimited.Options{X: "o"}, "", delimited.RuleColumn},
		{delimited.Options{X: "o", Y: "m"}, "", delimited.RuleColumn},
		{delimited.Options{X: "o", Y: "n", WKT: "shape"}, "", delimited.RuleColumn},
	} {
		l, err := open(t, "id,o,n,shape,lon,lat\n1,2,3,POINT(2 3),7,7\n", c.opts)
		if c.rule != "" {
			layertest.WantRule(t, fmt.Sprint(c.opts), err, c.rule)
			continue
		}
		if err != nil || names(l) != c.fields || l.CRS() != "" || fmt.Sprint(layertest.MustRead(t, l)[0].Geometry.FlatCoords()) != "[2 3]" {
			t.Errorf("%v: %s %v", c.opts, names(l), err)
		}
	}
}

func TestFormulaApostrophesAreTakenOff(t *testing.T) {
	for cell, want := range map[string]string{
		"'=1+2": "=1+2", "'+992": "+992", "'-": "-", "'@x": "@x", "''=1": "'=1", "'＝x": "＝x", "\"'\t\"": "", "\"'\tx\"": "\tx",
		"'quoted'": "'quoted'", "'": "'", "=1": "=1", "''": "''", "don't": "don't", "o'=": "o'=",
	} {
		got, _ := layertest.MustRead(t, mustOpen(t, "a,b\n"+cell+",x\n"))[0].Values[0].(string)
		if got != want {
			t.Errorf("%q is read as %q", cell, got)
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	for content, rule := range map[string]geo.Rule{
		"":                         delimited.RuleHeader,
		"\n\n":                     delimited.RuleHeader,
		"\ufeff":                   delimited.RuleHeader,
		"a,,b\n1,2,3\n":            delimited.RuleHeader,
		"a, \n1,2\n":               delimited.RuleHeader,
		"a,b,A\n1,2,3\n":           delimited.RuleHeader,
		"tem,71.5,37.5\n":          delimited.RuleHeader,
		"a,\"b\n1,2\n":             delimited.RuleOpenQuote,
		"a,b\n1,\"2\n3,4\n":        delimited.RuleOpenQuote,
		"a,\"b\"x\n":               delimited.RuleQuote,
		"\xff\xfea\x00,\x00b\x00":  delimited.RuleUTF16,
		"\xfe\xff\x00a\x00,\x00b":  delimited.RuleUTF16,
		"a\x00,\x00":               delimited.RuleUTF16,
		"a,b\x00\n":                delimited.RuleNUL,
		strings.Repeat("a,", 1001): delimited.RuleFields,
	} {
		_, err := open(t, content, delimited.Options{})
		layertest.WantRule(t, content, err, rule)
		if err != nil && !strings.Contains(err.Error(), "made up.csv") {
			t.Errorf("%.60q: %v does not name the file", content, err)
		}
	}
	_, err := delimited.Open(t.TempDir(), delimited.Options{})
	layertest.WantRule(t, "a folder", err, archive.RuleNotFile)
	_, err = open(t, "a,b\n1,2\n\"x\ny\",2\n3,\"4\n", delimited.Options{})
	if err == nil || !strings.Contains(err.Error(), "made up.csv:5") {
		t.Errorf("%v does not name the line of the quote", err)
	}
}

func TestBrokenRowsAreFaultsAndReadingGoesOn(t *testing.T) {
	for row, rule := range map[string]geo.Rule{
		"x":                              delimited.RuleRagged,
		"x,1,2,":                         delimited.RuleRagged,
		"x\"y,1,":                        delimited.RuleQuote,
		"\"x\"y,1,":                      delimited.RuleQuote,
		" \"x\",1,":                      delimited.RuleQuote,
		"x\x00y,1,":                      delimited.RuleNUL,
		"x,1,POINT(1)":                   delimited.RuleWKT,
		"x,1,POINT(1 2":                  delimited.RuleWKT,
		"x,1,POINT)1 2(":                 delimited.RuleWKT,
		"x,1,\"CIRCLE(1 2,3)\"":          delimited.RuleWKT,
		"x,1,0101000000":                 delimited.RuleWKT,
		"x,1,SRID=x;POINT(1 2)":          delimited.RuleWKT,
		"x,1,POINT(1e999 2)":             delimited.RuleWKT,
		"x,1,POINT(NaN 2)":               delimited.RuleWKT,
		"x,1,LINESTRING(1 2)":            delimited.RuleWKT,
		"x,1,\"POLYGON((0 0,1 1,0 0))\"": geo.RuleRing,
		"x,1,\"POLYGON((0 0,1 1,1 0)\"":  delimited.RuleWKT,
		"x,1,\"POLYGON(0 0,1 1,1 0)\"":   delimited.RuleWKT,
		"x,1,\"MULTIPOLYGON(EMPTY,((0 0,1 1,1 0)))\"": delimited.RuleWKT,
		"x,1,GEOMETRYCOLLECTION(POINT(1 2))":          geo.RuleGeometryKind,
		"x,1," + strings.Repeat("(", 100_000):         delimited.RuleWKT,
	} {
		l := mustOpen(t, "id,n,wkt\n\"a\n\",1,POINT(1 2)\n"+row+"\nb,1,POINT(1 2)\n")
		records, faults, err := layertest.ReadAll(l)
		if err != nil || len(records) != 2 || records[1].Number != 3 || len(faults) != 1 || faults[0].Rule != rule || faults[0].Place.Record != 2 || faults[0].Place.Line != 4 {
			t.Errorf("%.60q: %v %v %v, want %s", row, records, faults, err, rule)
		}
	}
	for row, separator := range map[string]string{
		"1": ",", "x,2": ",", "0x10,2": ",", "inf,2": ",", "NaN,2": ",", "1e400,2": ",", "37°31',2": ",", "\"71,5\",2": ",", "1.5;2,5,5": ";", "1.000,5;2": ";",
		",2": ",",
	} {
		l := mustOpen(t, "lon"+separator+"lat\n"+row+"\n")
		if _, faults, err := layertest.ReadAll(l); err != nil || len(faults) != 1 || faults[0].Rule != delimited.RuleCoordinate && faults[0].Rule != delimited.RuleRagged {
			t.Errorf("%q: %v %v", row, faults, err)
		}
	}
}

func TestEncodings(t *testing.T) {
	raw, err := charmap.Windows1251.NewEncoder().String("id,название\n1,Хорог\n2,Пункт пропуска\n")
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, raw, delimited.Options{})
	var doubt *charset.Doubtful
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" || !strings.Contains(doubt.Candidates[0].String(), "Хорог") {
		t.Fatalf("%v", err)
	}
	layertest.WantRule(t, "windows-1251", err, charset.RuleText)
	l, err := open(t, raw, delimited.Options{Encoding: "1251"})
	if err != nil || names(l) != "id|название" || values(layertest.MustRead(t, l)) != `["1" "Хорог"] ["2" "Пункт пропуска"]` {
		t.Errorf("%v", err)
	}
	// What is named wrongly is asked again: the names of columns at once, the rows when
	// they were refused.
	_, err = open(t, raw, delimited.Options{Encoding: "UTF-8"})
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" {
		t.Errorf("columns in another encoding: %v", err)
	}
	plain := strings.Replace(raw, raw[3:strings.IndexByte(raw, '\n')], "name", 1)
	if l, err = open(t, plain, delimited.Options{Encoding: "UTF-8"}); err != nil {
		t.Fatal(err)
	}
	guesses, err := l.Guess()
	if _, faults, failed := layertest.ReadAll(l); err != nil || failed != nil || len(faults) != 2 || len(guesses) == 0 || guesses[0].Name != "windows-1251" || len(guesses[0].Samples) != 2 {
		t.Errorf("%v %v, %v %v", guesses, err, faults, failed)
	}
	if l, err = open(t, plain, delimited.Options{Encoding: "1251"}); err != nil {
		t.Fatal(err)
	}
	if guesses, err := l.Guess(); err != nil || len(guesses) > 0 {
		t.Errorf("a guess of what is named rightly: %v %v", guesses, err)
	}
	_, err = open(t, raw, delimited.Options{Encoding: "Klingon"})
	layertest.WantRule(t, "Klingon", err, charset.RuleUnknown)
	l, err = open(t, "id,a\n1,\xc0\n2,\x98\n", delimited.Options{Encoding: "1251"})
	if err != nil {
		t.Fatal(err)
	}
	if records, faults, err := layertest.ReadAll(l); err != nil || len(records) != 1 || len(faults) != 1 || faults[0].Rule != charset.RuleText || faults[0].Place.Field != "a" {
		t.Errorf("%v %v %v", records, faults, err)
	}
	l = mustOpen(t, "id,a\n1,То?икистон\n")
	layertest.MustRead(t, l)
	if !strings.Contains(strings.Join(l.Notes(), "\n"), "То?икистон") {
		t.Errorf("told: %v", l.Notes())
	}
}

func TestLimits(t *testing.T) {
	content := "id,wkt\n" + strings.Repeat("1,\"MULTILINESTRING((1 2,3 4),(5 6,7 8))\"\n", 3)
	for name, c := range map[string]struct {
		limits delimited.Limits
		rule   geo.Rule
	}{
		"bytes":        {delimited.Limits{Bytes: 100}, archive.RuleMemberBytes},
		"record bytes": {delimited.Limits{RecordBytes: 30}, delimited.RuleRecordBytes},
		"records":      {delimited.Limits{Records: 2}, delimited.RuleRecords},
		"fields":       {delimited.Limits{Fields: 1}, delimited.RuleFields},
		"points":       {delimited.Limits{Points: 3}, delimited.RulePoints},
		"parts":        {delimited.Limits{Parts: 2}, delimited.RuleParts},
		"enough":       {delimited.Limits{Points: 4, Fields: 2, Records: 3, Parts: 3}, ""},
	} {
		l, err := open(t, content, delimited.Options{Limits: c.limits})
		if err == nil {
			var faults []geo.Fault
			if _, faults, err = layertest.ReadAll(l); err == nil {
				err = geo.Faulty(faults)
			}
		}
		if c.rule == "" && err == nil {
			continue
		}
		layertest.WantRule(t, name, err, c.rule)
	}
	// A quote that is never closed is refused before all that follows is held.
	path := write(t, "a,b\n1,\""+strings.Repeat("x\n", 20<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := delimited.Open(path, delimited.Options{Limits: delimited.Limits{RecordBytes: 1 << 20}})
	runtime.ReadMemStats(&after)
	layertest.WantRule(t, "open quote", err, delimited.RuleRecordBytes)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("refused with %d bytes allocated", used)
	}
}

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		head, name string
		want       bool
	}{
		{"id,name\n1,2\n", "a", true},
		{"\ufeffid;name\r\n1;2\r\n", "a.data", true},
		{"one column\nof text\n", "a.csv", true},
		{"one column\nof text\n", "a.md", false},
		{"Some text, with a comma.\nAnd more.\n", "readme", false},
		{"{\"a\":1,\n\"b\":2}", "a.csv", false},
		{"<kml>,\n,", "a.csv", false},
		{"\x1e{}", "a.csv", false},
		{"PK\x03\x04", "a.csv", false},
		{"SQLite format 3\x00", "a.csv", false},
		{"\xff\xfei\x00", "a.csv", true},
		{"", "a.csv", false},
	} {
		if got := delimited.Looks([]byte(c.head), c.name); got != c.want {
			t.Errorf("%q %s: %v", c.head, c.name, got)
		}
	}
}

// FuzzTable holds that any file is read or refused by its own fault, and that
// cells written by the rules of RFC 4180 come back.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{
		"id,lon,lat\n1,71.5,37.5\n", "id;wkt\n1;\"MULTIPOLYGON(((0 0,1 1,1 0,0 0)))\"\n", "sep=|\na|b\r\n\"x\r\n\"\"y\"|'=1\r\n", "a,b\n1\n\"2\"x,3\n",
		"id,wkt\n1,SRID=4326;POINT ZM (1 2 3 4)\n2,\"GEOMETRYCOLLECTION EMPTY\"\n",
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "a.csv")
	limits := delimited.Limits{Bytes: 1 << 20, RecordBytes: 1 << 14, Records: 1000, Points: 1000, Parts: 100, Fields: 50}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := delimited.Open(path, delimited.Options{Limits: limits})
		if err != nil {
			if geo.KindOf(err) != geo.Invalid {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		l, last := file.Layers()[0], 0
		for r, err := range l.Records() {
			fault, isFault := err.(geo.Fault)
			switch {
			case err != nil && !isFault:
				t.Fatalf("opened, but not read: %v", err)
			case r.Number != last+1:
				t.Errorf("record %d after %d", r.Number, last)
			case isFault && (fault.Rule == "" || fault.Place.Record != r.Number || fault.Place.Line == 0):
				t.Errorf("a fault without rule or place: %#v", fault)
			case !isFault && len(r.Values) != len(l.Fields()):
				t.Errorf("%d values for %d fields", len(r.Values), len(l.Fields()))
			}
			last = r.Number
			if _, err := geo.Flatten(r.Geometry); err != nil {
				t.Errorf("record %d does not flatten: %v", r.Number, err)
			}
		}
		if last != l.Len() {
			t.Errorf("%d records of %d", last, l.Len())
		}
	})
}
