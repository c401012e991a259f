package geojson_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"golang.org/x/text/encoding/charmap"

	"oxus/data/archive"
	"oxus/data/geojson"
	"oxus/data/layertest"
	"oxus/geo"
	"oxus/geo/charset"
)

func write(t testing.TB, name, content string) string {
	t.Helper()
	return layertest.Write(t, name, []byte(content))
}

func open(t testing.TB, content string, opts geojson.Options) (*geojson.Layer, error) {
	t.Helper()
	f, err := geojson.Open(write(t, "made up.geojson", content), opts)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { f.Close() })
	return f.Layers()[0], nil
}

func mustOpen(t testing.TB, content string) *geojson.Layer {
	t.Helper()
	l, err := open(t, content, geojson.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func feature(geometry, properties string) string {
	return fmt.Sprintf(`{"type":"Feature","geometry":%s,"properties":%s}`, geometry, properties)
}

func collection(features ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(features, ",") + `]}`
}

func names(l *geojson.Layer) string {
	return strings.Join(layertest.Names(l), " ")
}

const tem = `{"type":"Feature","id":"tem","geometry":{"type":"Point","coordinates":[71.5,37.5]},"properties":{"name":"Тем"}}`

func TestForms(t *testing.T) {
	pretty := strings.NewReplacer(",", ",\n ", "{", "{\n").Replace(tem)
	for name, content := range map[string]string{
		"collection":                collection(tem),
		"collection with BOM":       "\ufeff" + collection(tem),
		"collection, type last":     `{"features":[` + tem + `],"links":[{"a":[1,{}]}],"type":"FeatureCollection"}`,
		"pretty collection":         "\n\n" + collection(pretty) + "\n",
		"one feature":               tem,
		"one pretty feature":        pretty,
		"one a line":                tem + "\n",
		"sequence":                  "\x1e" + tem + "\n",
		"sequence, pretty":          "\x1e" + pretty + "\n",
		"sequence with BOM":         "\ufeff\x1e" + tem,
		"sequence, separator twice": "\n\x1e\x1e" + tem + "\n",
	} {
		l := mustOpen(t, content)
		got := layertest.MustRead(t, l)
		if l.Len() != 1 || len(got) != 1 || names(l) != "id name" || got[0].Values[0] != "tem" || got[0].Values[1] != "Тем" || l.CRS() != "OGC:CRS84" || l.Name() != "made up" {
			t.Errorf("%s: %v %v %q", name, names(l), got, l.CRS())
		}
		if again := layertest.MustRead(t, l); !reflect.DeepEqual(got, again) {
			t.Errorf("%s: reads %v the second time", name, again)
		}
		if !geojson.Looks([]byte(content), "x") {
			t.Errorf("%s does not look like GeoJSON", name)
		}
	}
	for name, content := range map[string]string{
		"lines": tem + "\n\r\n" + tem + "\r\n" + tem, "sequence": "\x1e" + tem + "\n\x1e" + tem + "\n\x1e" + tem + "\n",
	} {
		if got := layertest.MustRead(t, mustOpen(t, content)); len(got) != 3 || got[2].Number != 3 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		head, name string
		want       bool
	}{
		{"{", "a.txt", true},
		{"\xff\xfe{\x00", "a.geojson", true},
		{"\xff\xfe{\x00", "a.csv", false},
		{"id,name", "a.geojson", false},
		{"<kml", "a.json", false},
		{"PK\x03\x04", "a.geojson", false},
		{"", "a.geojson", false},
	} {
		if got := geojson.Looks([]byte(c.head), c.name); got != c.want {
			t.Errorf("%q %s: %v", c.head, c.name, got)
		}
	}
}

func TestGeometries(t *testing.T) {
	nan := math.NaN()
	for _, tc := range []struct {
		text string
		want geom.T
	}{
		{`null`, nil},
		{`{"type":"Point","coordinates":[]}`, nil},
		{`{"coordinates":[1,2],"type":"Point"}`, geom.NewPointFlat(geom.XY, []float64{1, 2})},
		{`{"type":"Point","coordinates":[1,-2.5e1,3]}`, geom.NewPointFlat(geom.XYZ, []float64{1, -25, 3})},
		{`{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}`, geom.NewMultiPointFlat(geom.XY, []float64{1, 2, 3, 4})},
		{`{"type":"LineString","coordinates":[ [1, 2] , [3,4,5] ]}`, geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, nan, 3, 4, 5})},
		{`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8],[9,9]]]}`, geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 9}, []int{4, 10})},
		{`{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,2],[2,1],[1,1]]]}`, geom.NewPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0, 1, 1, 2, 2, 2, 1, 1, 1}, []int{8, 16})},
		{`{"type":"MultiPolygon","coordinates":[[[[0,0,1],[4,0,1],[4,4,1],[0,0,1]]],[[[5,5,1],[6,5,1],[6,6,1],[5,5,1]]]]}`, geom.NewMultiPolygonFlat(geom.XYZ, []float64{0, 0, 1, 4, 0, 1, 4, 4, 1, 0, 0, 1, 5, 5, 1, 6, 5, 1, 6, 6, 1, 5, 5, 1}, [][]int{{12}, {24}})},
	} {
		got := layertest.MustRead(t, mustOpen(t, collection(feature(tc.text, "null"))))
		if len(got) != 1 || fmt.Sprintf("%#v", got[0].Geometry) != fmt.Sprintf("%#v", tc.want) { // NaN differs from itself
			t.Errorf("%s: %#v", tc.text, got[0].Geometry)
		}
		if _, err := geo.Flatten(got[0].Geometry); err != nil {
			t.Errorf("%s: %v", tc.text, err)
		}
	}
}

func TestValues(t *testing.T) {
	l := mustOpen(t, collection(
		feature("null", `{"s":"a\n\"\u04e2\ud83d\ude00","i":-7,"big":9007199254740993,"f":1.0,"e":1e3,"t":true,"n":null,"list":["road", "foot"],"deep":{"a":[{"b":1}]}}`),
		feature("null", `{"later":1,"s":""}`), feature("null", `null`), `{"type":"Feature"}`,
	))
	if names(l) != "s i big f e t n list deep later" {
		t.Fatal(names(l))
	}
	got := layertest.MustRead(t, l)
	want := []geo.Value{"a\n\"Ӣ😀", int64(-7), int64(9007199254740993), 1.0, 1000.0, true, nil, `["road","foot"]`, `{"a":[{"b":1}]}`, nil}
	if !reflect.DeepEqual(got[0].Values, want) {
		t.Errorf("got %#v", got[0].Values)
	}
	if got[1].Values[9] != int64(1) || got[1].Values[0] != "" || len(got[3].Values) != 10 {
		t.Errorf("got %v", got)
	}
}

func TestIDs(t *testing.T) {
	l := mustOpen(t, collection(`{"type":"Feature","id":7,"geometry":null,"properties":{"Name":1}}`, feature("null", "{}")))
	if got := layertest.MustRead(t, l); names(l) != "id Name" || got[0].Values[0] != int64(7) || got[1].Values[0] != nil {
		t.Errorf("%s: %v", names(l), got)
	}
	l = mustOpen(t, collection(`{"type":"Feature","id":7,"geometry":null,"properties":{"ID":"own"}}`))
	if got := layertest.MustRead(t, l); names(l) != "ID" || got[0].Values[0] != "own" || !strings.Contains(strings.Join(l.Notes(), "\n"), "own ids") {
		t.Errorf("%s: %v %v", names(l), got, l.Notes())
	}
}

func TestNotes(t *testing.T) {
	l := mustOpen(t, collection(
		`{"type":"Feature","place":{"type":"Point","coordinates":[1,2]},"time":null,"geometry":null,"properties":{"name":"То?икистон"}}`,
		feature(`{"type":"Point","coordinates":[1,2,3,4]}`, "{}"),
	))
	layertest.MustRead(t, l)
	if told := strings.Join(l.Notes(), "\n"); !strings.Contains(told, "1 features have a place") || !strings.Contains(told, "1 features have positions") || !strings.Contains(told, "То?икистон") {
		t.Errorf("told: %s", told)
	}
}

func TestCRS(t *testing.T) {
	named := func(name string) string {
		return `{"crs":{"type":"name","properties":{"name":"` + name + `"}},` + collection()[1:]
	}
	for content, want := range map[string]string{
		collection():                                          "OGC:CRS84",
		named("urn:ogc:def:crs:OGC:1.3:CRS84"):                "OGC:CRS84",
		named("http://www.opengis.net/def/crs/OGC/1.3/CRS84"): "OGC:CRS84",
		named("urn:ogc:def:crs:EPSG::32642"):                  "EPSG:32642",
		named("urn:ogc:def:crs:EPSG:6.9:3857"):                "EPSG:3857",
		named("EPSG:28412"):                                   "EPSG:28412",
		named("http://www.opengis.net/def/crs/EPSG/0/4326"):   "EPSG:4326",
		`{"crs":null,` + collection()[1:]:                     "",
	} {
		if l := mustOpen(t, content); l.CRS() != want {
			t.Errorf("%s: %q", content, l.CRS())
		}
	}
	for _, content := range []string{
		named("urn:ogc:def:crs:IAU::1"), `{"crs":{"type":"link","properties":{"href":"http://oxus.test"}},` + collection()[1:], `{"crs":"EPSG:4326",` + collection()[1:],
		`{"crs":{"type":"name","properties":{"name":4326}},` + collection()[1:], `{"crs":{"type":"name"},` + collection()[1:],
	} {
		_, err := open(t, content, geojson.Options{})
		layertest.WantRule(t, content, err, geojson.RuleCRS)
	}
}

func TestBrokenFiles(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for content, rule := range map[string]geo.Rule{
		"":                                     archive.RuleTruncated,
		"[]":                                   geojson.RuleNotGeoJSON,
		"7":                                    geojson.RuleNotGeoJSON,
		"{":                                    archive.RuleTruncated,
		"{}":                                   geojson.RuleNoFeatures,
		`{"type":"Point","coordinates":[1,2]}`: geojson.RuleNoFeatures,
		`{"type":"Topology","objects":{}}`:     geojson.RuleNoFeatures,
		`{"type":"FeatureCollection"}`:         geojson.RuleNoFeatures,
		`{"type":"FeatureCollection","features":{}}`:     geojson.RuleMember,
		`{"type":"FeatureCollection","features":null}`:   geojson.RuleMember,
		`{"type":"Feature","features":[]}`:               geojson.RuleMember,
		`{"features":[]}`:                                geojson.RuleMember,
		`{"type":1,"type":2}`:                            geojson.RuleName,
		`{"features":[],"features":[]}`:                  geojson.RuleName,
		collection(tem) + "x":                            geojson.RuleJSON,
		collection(tem) + `"`:                            geojson.RuleJSON,
		`{}"`:                                            geojson.RuleNoFeatures,
		collection(tem) + collection(tem):                geojson.RuleJSON,
		collection(tem)[:60]:                             archive.RuleTruncated,
		collection(tem, "")[:len(collection(tem, ""))-2]: archive.RuleTruncated,
		collection(tem + tem):                            geojson.RuleJSON,
		collection(feature("null", `{"a":NaN}`)):         geojson.RuleJSON,
		collection(feature("null", `{"a":01}`)):          geojson.RuleJSON,
		collection(feature("null", `{"a":"`+"\n"+`"}`)):  geojson.RuleJSON,
		collection(feature("null", `{'a':1}`)):           geojson.RuleJSON,
		collection(feature("null", deep)):                geojson.RuleJSON,
		`{"a":` + deep:                                   geojson.RuleJSON,
		"\xff\xfe{\x00}\x00":                             geojson.RuleUTF16,
		"\xfe\xff\x00{\x00}":                             geojson.RuleUTF16,
		"{\x00}\x00":                                     geojson.RuleUTF16,
	} {
		_, err := open(t, content, geojson.Options{})
		layertest.WantRule(t, content, err, rule)
		if err != nil && !strings.Contains(err.Error(), "made up.geojson") {
			t.Errorf("%.60q: %v does not name the file", content, err)
		}
	}
	_, err := geojson.Open(t.TempDir(), geojson.Options{})
	layertest.WantRule(t, "a folder", err, archive.RuleNotFile)
}

func TestBrokenFeaturesAreFaultsAndReadingGoesOn(t *testing.T) {
	at := func(kind, coordinates string) string {
		return feature(`{"type":"`+kind+`","coordinates":`+coordinates+`}`, "{}")
	}
	for content, rule := range map[string]geo.Rule{
		`7`: geojson.RuleFeature, `null`: geojson.RuleFeature, `[]`: geojson.RuleFeature, `{}`: geojson.RuleFeature, `{"type":7}`: geojson.RuleFeature,
		`{"type":"Point","coordinates":[1,2]}`:                                       geojson.RuleFeature,
		`{"type":"Feature","properties":[]}`:                                         geojson.RuleFeature,
		`{"type":"Feature","id":{}}`:                                                 geojson.RuleFeature,
		`{"type":"Feature","id":true}`:                                               geojson.RuleFeature,
		`{"type":"Feature","crs":{}}`:                                                geojson.RuleCRS,
		`{"type":"Feature","type":"Feature"}`:                                        geojson.RuleName,
		feature("null", `{"a":1,"a":2}`):                                             geojson.RuleName,
		feature("null", `{"a":1,"\u0061":2}`):                                        geojson.RuleName,
		feature("null", `{"a":1e400}`):                                               geojson.RuleNumber,
		feature("null", `{"a":12345678901234567890}`):                                geojson.RuleNumber,
		feature("null", `{"a":"\ud800"}`):                                            geojson.RuleText,
		feature("null", `{"a":`+strings.Repeat("[", 33)+strings.Repeat("]", 33)+`}`): geojson.RuleDepth,
		feature(`[]`, "{}"):                                                          geojson.RuleGeometry,
		feature(`{"type":"Point"}`, "{}"):                                            geojson.RuleGeometry,
		feature(`{"coordinates":[1,2]}`, "{}"):                                       geojson.RuleFeature,
		feature(`{"type":"GeometryCollection","geometries":[]}`, "{}"):               geo.RuleGeometryKind,
		at("point", "[1,2]"):                                                         geo.RuleGeometryKind,
		at("Point", "[1]"):                                                           geojson.RuleCoordinate,
		at("Point", "[1,null]"):                                                      geojson.RuleCoordinate,
		at("Point", `["1","2"]`):                                                     geojson.RuleCoordinate,
		at("Point", "[1e400,2]"):                                                     geojson.RuleCoordinate,
		at("Point", "[[1,2]]"):                                                       geojson.RuleCoordinate,
		at("Point", "{}"):                                                            geojson.RuleGeometry,
		at("LineString", "[1,2]"):                                                    geojson.RuleGeometry,
		at("LineString", "[[1,2]]"):                                                  geo.RuleLineLength,
		at("MultiLineString", "[[[1,2],[3,4]],[]]"):                                  geo.RuleLineLength,
		at("LineString", "[[1,2],"+strings.Repeat("[", 50)+strings.Repeat("]", 50)+"]"): geojson.RuleCoordinate,
		at("Polygon", "[[[0,0],[1,1],[0,0]]]"):                                          geo.RuleRing,
		at("Polygon", "[[[0,0],[1,1],[0,0],[1,1]]]"):                                    geo.RuleRing,
		at("MultiPolygon", "[[]]"):                                                      geo.RuleRing,
		at("MultiPolygon", "[[[[0,0],[1,1],[1,0],[0,0]]],[]]"):                          geo.RuleRing,
	} {
		for form, whole := range map[string]string{"collection": collection(tem, content, tem), "sequence": "\x1e" + tem + "\x1e" + content + "\x1e" + tem} {
			records, faults, err := layertest.ReadAll(mustOpen(t, whole))
			if err != nil || len(records) != 2 || records[1].Number != 3 || len(faults) != 1 || faults[0].Rule != rule || faults[0].Place.Record != 2 || faults[0].Place.File == "" {
				t.Errorf("%s, %.80s: %v %v %v, want %s", form, content, records, faults, err, rule)
			}
		}
	}
}

// In a sequence, what breaks the JSON of one feature leaves the others.
func TestOpenRingsAreClosed(t *testing.T) {
	got := layertest.MustRead(t, mustOpen(t, collection(feature(`{"type":"Polygon","coordinates":[[[0,0,9],[4,0],[4,4]]]}`, "{}"))))
	if len(got) != 1 || len(got[0].Repairs) != 1 || got[0].Repairs[0].Rule != geo.RuleRingClosed {
		t.Fatalf("%+v", got)
	}
	flat := got[0].Geometry.FlatCoords()
	if len(flat) != 12 || flat[9] != 0 || flat[10] != 0 || flat[11] != 9 {
		t.Errorf("closed to %v", flat)
	}
}

func TestBrokenTextsOfASequence(t *testing.T) {
	for _, content := range []string{"{", "}", tem[:50], `{"a":NaN}`, tem + "x", strings.Repeat("[", 20_000)} {
		for form, whole := range map[string]string{"lines": tem + "\n" + content + "\n" + tem, "records": "\x1e" + tem + "\n\x1e" + content + "\n\x1e" + tem} {
			records, faults, err := layertest.ReadAll(mustOpen(t, whole))
			if err != nil || len(records) != 2 || len(faults) != 1 || faults[0].Rule != geojson.RuleJSON || faults[0].Place.Record != 2 {
				t.Errorf("%s, %.40s: %v %v %v", form, content, records, faults, err)
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	raw, err := charmap.Windows1251.NewEncoder().String(collection(strings.ReplaceAll(tem, "Тем", "Хорог, пункт пропуска")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, raw, geojson.Options{})
	var doubt *charset.Doubtful
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" || doubt.Candidates[0].Samples[0] != "Хорог, пункт пропуска" {
		t.Fatalf("%v", err)
	}
	layertest.WantRule(t, "windows-1251", err, charset.RuleText)
	l, err := open(t, raw, geojson.Options{Encoding: "cp1251"})
	if err != nil {
		t.Fatal(err)
	}
	if got := layertest.MustRead(t, l)[0].Values[1]; got != "Хорог, пункт пропуска" || !strings.Contains(l.Notes()[0], "windows-1251") {
		t.Errorf("%v %v", got, l.Notes())
	}
	if _, err := open(t, strings.ReplaceAll(raw, "\xd5", "\x81"), geojson.Options{Encoding: "windows-1252"}); !errors.As(err, &doubt) || len(doubt.Candidates) == 0 {
		t.Errorf("what is named wrongly is not asked again: %v", err)
	}
	_, err = open(t, raw, geojson.Options{Encoding: "Klingon"})
	layertest.WantRule(t, "Klingon", err, charset.RuleUnknown)
}

func TestLimits(t *testing.T) {
	long := feature(`{"type":"LineString","coordinates":[[1,2],[3,4],[5,6]]}`, `{"a":1,"b":2}`)
	for name, c := range map[string]struct {
		limits geojson.Limits
		rule   geo.Rule
	}{
		"bytes":        {geojson.Limits{Bytes: 100}, archive.RuleMemberBytes},
		"record bytes": {geojson.Limits{RecordBytes: 60}, geojson.RuleRecordBytes},
		"records":      {geojson.Limits{Records: 2}, geojson.RuleRecords},
		"fields":       {geojson.Limits{Fields: 1}, geojson.RuleFields},
		"points":       {geojson.Limits{Points: 2}, geojson.RulePoints},
		"enough":       {geojson.Limits{Points: 3, Fields: 2, Records: 3, Depth: 1, Parts: 1}, ""},
	} {
		for form, content := range map[string]string{"collection": collection(long, long, long), "lines": long + "\n" + long + "\n" + long} {
			l, err := open(t, content, geojson.Options{Limits: c.limits})
			if err == nil {
				var faults []geo.Fault
				if _, faults, err = layertest.ReadAll(l); err == nil {
					err = geo.Faulty(faults)
				}
			}
			if c.rule == "" && err == nil {
				continue
			}
			layertest.WantRule(t, name+" of "+form, err, c.rule)
		}
	}
}

// Memory is that of one feature, whatever the file has.
func TestMemoryStaysThatOfAFeature(t *testing.T) {
	content := collection(strings.TrimSuffix(strings.Repeat(feature("null", `{"a":"`+strings.Repeat("x", 1000)+`"}`)+",", 20_000), ","))
	l, err := open(t, content, geojson.Options{Limits: geojson.Limits{RecordBytes: 1 << 16}})
	if err != nil {
		t.Fatal(err) // the ceiling of one feature is none of all together
	}
	var before, most runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range l.Records() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10_000 {
			runtime.GC()
			runtime.ReadMemStats(&most)
		}
	}
	if used := int64(most.HeapAlloc) - int64(before.HeapAlloc); n != 20_000 || used > 4<<20 {
		t.Errorf("%d features, %d bytes held half way", n, used)
	}
	// One that never ends is refused before it is held.
	path := write(t, "made up.geojson", `{"type":"FeatureCollection","features":[{"a":"`+strings.Repeat("x", 64<<20))
	runtime.ReadMemStats(&before)
	_, err = geojson.Open(path, geojson.Options{Limits: geojson.Limits{RecordBytes: 1 << 20}})
	runtime.ReadMemStats(&most)
	layertest.WantRule(t, "a text without an end", err, geojson.RuleRecordBytes)
	if used := most.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("refused with %d bytes allocated", used)
	}
}

func TestStoppingEarly(t *testing.T) {
	for _, content := range []string{collection(tem, tem, tem), tem + "\n" + tem + "\n" + tem} {
		n := 0
		for range mustOpen(t, content).Records() {
			n++
			break
		}
		if n != 1 {
			t.Error(n)
		}
	}
}
