package kml_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/twpayne/go-geom"
	"golang.org/x/text/encoding/charmap"

	"oxus/data/archive"
	"oxus/data/kml"
	"oxus/data/layertest"
	"oxus/geo"
	"oxus/geo/charset"
)

func openPath(t testing.TB, path string, opts kml.Options) (*kml.Layer, error) {
	t.Helper()
	f, err := kml.Open(path, opts)
	if err != nil {
		if f != nil {
			t.Error("a file comes with an error")
		}
		return nil, err
	}
	t.Cleanup(func() { f.Close() })
	return f.Layers()[0], nil
}

func open(t testing.TB, content string, opts kml.Options) (*kml.Layer, error) {
	t.Helper()
	return openPath(t, layertest.Write(t, "made up.kml", []byte(content)), opts)
}

func mustOpen(t testing.TB, content string) *kml.Layer {
	t.Helper()
	l, err := open(t, content, kml.Options{})
	if err != nil {
		t.Fatalf("%.200s: %v", content, err)
	}
	return l
}

func names(l *kml.Layer) string {
	return strings.Join(layertest.Names(l), "|")
}

func document(content string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document>` + content + `</Document></kml>`
}

const tem = `<Placemark><name>Тем</name><Point><coordinates>71.5,37.5</coordinates></Point></Placemark>`

func TestFieldsOfFoldersAndData(t *testing.T) {
	l := mustOpen(t, document(`<name>Мост</name><Schema id="s"><SimpleField type="int" name="n"/></Schema><Style><name>no</name></Style>
		<Folder><name>Bridges</name><Folder><name> Upper Panj </name>
		<Placemark id="p1"><name>Tem &amp; Demogan</name><description><![CDATA[<b>a bridge</b>]]></description><LookAt><longitude>1</longitude></LookAt>
			<TimeSpan><begin>2004-11-03T00:00:00Z</begin><end>2021-08</end></TimeSpan>
			<ExtendedData><Data name="mode"><displayName>Mode</displayName><value>road</value></Data><SchemaData schemaUrl="#s"><SimpleData name="n">7</SimpleData></SchemaData></ExtendedData></Placemark>
		</Folder></Folder>
		<Placemark><TimeStamp><when>2022-05-01T10:00:00Z</when></TimeStamp><ExtendedData><Data name="mode"><value/></Data></ExtendedData></Placemark>`))
	records := layertest.MustRead(t, l)
	if names(l) != "id|folder|name|description|begin|end|when|mode|n" || l.Len() != 2 || l.Name() != "Мост" || l.CRS() != "OGC:CRS84" {
		t.Fatalf("%s of %q, %d", names(l), l.Name(), l.Len())
	}
	want := []geo.Value{"p1", "Bridges/Upper Panj", "Tem & Demogan", "<b>a bridge</b>", "2004-11-03", "2021-08", nil, "road", "7"}
	if !reflect.DeepEqual(records[0].Values, want) {
		t.Errorf("%q", records[0].Values)
	}
	if want := []geo.Value{nil, nil, nil, nil, nil, nil, "2022-05-01T10:00:00Z", nil, nil}; !reflect.DeepEqual(records[1].Values, want) {
		t.Errorf("%q", records[1].Values)
	}
	if again := layertest.MustRead(t, l); !reflect.DeepEqual(records, again) {
		t.Errorf("reads %v the second time", again)
	}
}

func TestExtendedDataCountsWhereNamesAreTheSame(t *testing.T) {
	l := mustOpen(t, document(`<Placemark id="p1"><name>shown</name><ExtendedData><Data name="Name"><value>own</value></Data></ExtendedData></Placemark>`))
	if got := layertest.MustRead(t, l); names(l) != "id|Name" || got[0].Values[1] != "own" || !strings.Contains(strings.Join(l.Notes(), "\n"), "these names, which count: name") {
		t.Errorf("%s %v %v", names(l), got, l.Notes())
	}
}

func TestNamespaces(t *testing.T) {
	for name, content := range map[string]string{
		"2.2":             document(tem),
		"2.1 of Google":   strings.Replace(document(tem), "http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.1", 1),
		"none":            `<kml>` + tem + `</kml>`,
		"prefix":          `<k:kml xmlns:k="http://www.opengis.net/kml/2.3">` + strings.NewReplacer("</", "</k:", "<", "<k:").Replace(tem) + `</k:kml>`,
		"lost prefix":     `<kml:kml>` + strings.NewReplacer("</", "</kml:", "<", "<kml:").Replace(tem) + `</kml:kml>`,
		"byte order mark": "\ufeff" + document(tem),
		"foreign":         document(strings.Replace(tem, "<name>", `<a:name xmlns:a="http://www.w3.org/2005/Atom">x</a:name><name>`, 1)),
	} {
		l := mustOpen(t, content)
		if got := layertest.MustRead(t, l); len(got) != 1 || names(l) != "name" || got[0].Values[0] != "Тем" || got[0].Geometry == nil {
			t.Errorf("%s: %s %v", name, names(l), got)
		}
		if !kml.Looks([]byte(content), "a") {
			t.Errorf("%s does not look like KML", name)
		}
	}
}

func placemark(geometry string) string { return "<Placemark>" + geometry + "</Placemark>" }

func TestGeometries(t *testing.T) {
	ring := func(s string) string {
		return "<LinearRing><coordinates>" + s + "</coordinates></LinearRing>"
	}
	outer, inner := "<outerBoundaryIs>"+ring("0,0 4,0 4,4 0,0")+"</outerBoundaryIs>", "<innerBoundaryIs>"+ring("2,1 3,1 3,2 2,1")+"</innerBoundaryIs>"
	point := func(s string) string { return "<Point><coordinates>" + s + "</coordinates></Point>" }
	line := func(s string) string { return "<LineString><coordinates>" + s + "</coordinates></LineString>" }
	flat := []float64{0, 0, 4, 0, 4, 4, 0, 0, 2, 1, 3, 1, 3, 2, 2, 1}
	for text, want := range map[string]geom.T{
		"":                           nil,
		"<MultiGeometry/>":           nil,
		point("71.5,37.5"):           geom.NewPointFlat(geom.XY, []float64{71.5, 37.5}),
		point("\n 71.5,-3e1,2000\n"): geom.NewPointFlat(geom.XYZ, []float64{71.5, -30, 2000}),
		line("1,2\t3,4,5\n6,7"):      geom.NewLineStringFlat(geom.XYZ, []float64{1, 2, 0, 3, 4, 5, 6, 7, 0}),
		ring("0,0 4,0 4,4 0,0"):      geom.NewLineStringFlat(geom.XY, flat[:8]),
		"<Polygon>" + inner + "<tessellate>1</tessellate>" + outer + "</Polygon>":                                      geom.NewPolygonFlat(geom.XY, flat, []int{8, 16}),
		"<MultiGeometry>" + point("1,2") + "</MultiGeometry>":                                                          geom.NewMultiPointFlat(geom.XY, []float64{1, 2}),
		"<MultiGeometry>" + line("1,2 3,4") + "<MultiGeometry>" + line("5,6 7,8") + "</MultiGeometry></MultiGeometry>": geom.NewMultiLineStringFlat(geom.XY, []float64{1, 2, 3, 4, 5, 6, 7, 8}, []int{4, 8}),
		"<MultiGeometry><Polygon>" + outer + inner + "</Polygon><Polygon>" + outer + "</Polygon></MultiGeometry>":      geom.NewMultiPolygonFlat(geom.XY, append(append([]float64{}, flat...), flat[:8]...), [][]int{{8, 16}, {24}}),
	} {
		got := layertest.MustRead(t, mustOpen(t, document(placemark(text))))
		if len(got) != 1 || !reflect.DeepEqual(got[0].Geometry, want) {
			t.Errorf("%s: %#v", text, got[0].Geometry)
		}
		if _, err := geo.Flatten(got[0].Geometry); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestOpenRingsAreClosed(t *testing.T) {
	l := mustOpen(t, document(placemark("<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 4,0 4,4</coordinates></LinearRing></outerBoundaryIs></Polygon>")))
	got := layertest.MustRead(t, l)
	if len(got) != 1 || !reflect.DeepEqual(got[0].Geometry, geom.T(geom.NewPolygonFlat(geom.XY, []float64{0, 0, 4, 0, 4, 4, 0, 0}, []int{8}))) || len(got[0].Repairs) != 1 || got[0].Repairs[0].Rule != geo.RuleRingClosed {
		t.Errorf("%+v", got)
	}
}

func TestBrokenPlacemarksAreFaultsAndReadingGoesOn(t *testing.T) {
	point := func(s string) string { return placemark("<Point><coordinates>" + s + "</coordinates></Point>") }
	ring := "<LinearRing><coordinates>0,0 4,0 4,4 0,0</coordinates></LinearRing>"
	for text, rule := range map[string]geo.Rule{
		point(""): kml.RuleGeometry, point("1,2 3,4"): kml.RuleGeometry, placemark("<Point/>"): kml.RuleGeometry,
		point("1"): kml.RuleCoordinate, point("1,2,3,4"): kml.RuleCoordinate, point("1, 2"): kml.RuleCoordinate, point("NaN,2"): kml.RuleCoordinate,
		point("1e400,2"): kml.RuleCoordinate, point("0x1,2"): kml.RuleCoordinate, point("1,2,"): kml.RuleCoordinate, point("inf,2"): kml.RuleCoordinate,
		placemark("<LineString><coordinates>1,2</coordinates></LineString>"): geo.RuleLineLength,
		placemark("<Polygon/>"): kml.RuleGeometry,
		placemark("<Polygon><outerBoundaryIs>" + ring + ring + "</outerBoundaryIs></Polygon>"):                                    kml.RuleGeometry,
		placemark("<Polygon><innerBoundaryIs>" + ring + "</innerBoundaryIs></Polygon>"):                                           kml.RuleGeometry,
		placemark("<Polygon><outerBoundaryIs>" + strings.Replace(ring, "4,4 0,0", "0,0 4,0", 1) + "</outerBoundaryIs></Polygon>"): geo.RuleRing,
		placemark("<Model/>"):    geo.RuleGeometryKind,
		placemark("<gx:Track/>"): geo.RuleGeometryKind,
		placemark("<MultiGeometry><Point><coordinates>1,2</coordinates></Point>" + ring + "</MultiGeometry>"): geo.RuleGeometryKind,
		placemark("<MultiGeometry><Model/></MultiGeometry>"):                                                  geo.RuleGeometryKind,
		placemark(ring + ring): kml.RuleGeometry,
		placemark(`<ExtendedData><Data name="a"/><Data name="a"/></ExtendedData>`): kml.RuleName,
		placemark(`<ExtendedData><Data/></ExtendedData>`):                          kml.RuleName,
	} {
		records, faults, err := layertest.ReadAll(mustOpen(t, document(tem+text+tem)))
		if err != nil || len(records) != 2 || records[1].Number != 3 || len(faults) != 1 || faults[0].Rule != rule || faults[0].Place.Record != 2 || faults[0].Place.File != "made up.kml" {
			t.Errorf("%.100s: %v %v %v, want %s", text, records, faults, err, rule)
		}
	}
}

func TestBrokenDocuments(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`
	for content, rule := range map[string]geo.Rule{
		"":                         kml.RuleNotKML,
		"<!-- -->":                 kml.RuleNotKML,
		"<gpx></gpx>":              kml.RuleNotKML,
		"<Document/>":              kml.RuleNotKML,
		`<a:kml xmlns:a="urn:x"/>`: kml.RuleNotKML,
		"<kml>":                    archive.RuleTruncated,
		document(tem)[:150]:        archive.RuleTruncated,
		document(tem)[:240]:        archive.RuleTruncated,
		"<kml></kml><kml></kml>":   kml.RuleXML,
		"<kml><Document></kml>":    kml.RuleXML,
		"<kml><a b=c></a></kml>":   kml.RuleXML,
		"<kml>&a;</kml>":           kml.RuleXML,
		"<kml>&nbsp;</kml>":        kml.RuleXML,
		"<kml>\x00</kml>":          kml.RuleXML,
		bomb + "<kml>&b;</kml>":    kml.RuleDTD,
		`<!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>`: kml.RuleDTD,
		document(strings.Repeat("<Folder>", 200)):          kml.RuleDepth,
		document(placemark(strings.Repeat("<a>", 200))):    kml.RuleDepth,
		document("<Style>" + strings.Repeat("<a>", 200)):   kml.RuleDepth,
		`<?xml version="1.0" encoding="Klingon"?><kml/>`:   charset.RuleUnknown,
		`<?xml version="1.1"?><kml/>`:                      kml.RuleXML,
		"<kml>\xc0\xe1</kml>":                              charset.RuleText,
		"\xff\xfe<\x00":                                    kml.RuleUTF16,
		"\x00<\x00k":                                       kml.RuleUTF16,
	} {
		_, err := open(t, content, kml.Options{})
		layertest.WantRule(t, content, err, rule)
		if err != nil && !strings.Contains(err.Error(), "made up.kml") {
			t.Errorf("%.60q: %v does not name the file", content, err)
		}
	}
	_, err := kml.Open(t.TempDir(), kml.Options{})
	layertest.WantRule(t, "a folder", err, archive.RuleNotFile)
}

func TestEncodings(t *testing.T) {
	text := strings.ReplaceAll(document(tem), "Тем", "Хорог, пункт пропуска")
	raw, err := charmap.Windows1251.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(t, raw, kml.Options{})
	var doubt *charset.Doubtful
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" || !strings.Contains(doubt.Candidates[0].String(), "Хорог") {
		t.Errorf("%v", err)
	}
	declared := strings.Replace(raw, "UTF-8", "windows-1251", 1)
	for name, c := range map[string]struct{ content, encoding, want string }{
		"declared":          {declared, "", "declaration"},
		"told":              {raw, "cp1251", "override"},
		"told over a lie":   {strings.Replace(raw, "UTF-8", "KOI8-R", 1), "1251", "override"},
		"declared and told": {declared, "1251", "override"},
		"UTF8":              {strings.Replace(text, "UTF-8", "utf8", 1), "", "declaration"},
	} {
		l, err := open(t, c.content, kml.Options{Encoding: c.encoding})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := layertest.MustRead(t, l); got[0].Values[0] != "Хорог, пункт пропуска" || !strings.Contains(l.Notes()[0], c.want) {
			t.Errorf("%s: %v %v", name, got, l.Notes())
		}
	}
	// What is named wrongly is asked again.
	for name, encoding := range map[string]string{"UTF-8": raw, "windows-1252": strings.ReplaceAll(raw, "\xd5", "\x81")} {
		if _, err := open(t, encoding, kml.Options{Encoding: name}); !errors.As(err, &doubt) || len(doubt.Candidates) == 0 || len(doubt.Candidates[0].Samples) == 0 {
			t.Errorf("told %s: %v", name, err)
		}
	}
	_, err = open(t, raw, kml.Options{Encoding: "Klingon"})
	layertest.WantRule(t, "Klingon", err, charset.RuleUnknown)
}

func TestWhatIsLeftOutIsTold(t *testing.T) {
	l := mustOpen(t, document(`<NetworkLink><name>x</name><Link><href>http://oxus.test/a.kml</href></Link></NetworkLink><GroundOverlay/><ScreenOverlay/>`+strings.Replace(tem, "Тем", "То?икистон", 1)))
	layertest.MustRead(t, l)
	told := strings.Join(l.Notes(), "\n")
	for _, want := range []string{"1 network links", "2 overlays", "То?икистон"} {
		if !strings.Contains(told, want) {
			t.Errorf("%q does not say %q", told, want)
		}
	}
}

type entry struct{ name, content string }

func kmz(t testing.TB, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		w, err := z.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return layertest.Write(t, "made up.kmz", b.Bytes())
}

func TestArchives(t *testing.T) {
	for name, c := range map[string]struct {
		entries []entry
		rule    geo.Rule
		note    string
	}{
		"doc.kml":             {[]entry{{"doc.kml", document(tem)}, {"files/icon.png", "x"}}, "", ""},
		"doc.kml leads to it": {[]entry{{"layers/a.kml", document(tem)}, {"doc.kml", document("<NetworkLink/>")}}, "", ""},
		"one is broken":       {[]entry{{"doc.kml", document(tem)}, {"a.kml", "x"}}, kml.RuleNotKML, ""},
		"one of another name": {[]entry{{"folder/mine.kml", document(tem)}}, "", ""},
		"shadow files":        {[]entry{{"__MACOSX/._doc.kml", "x"}, {"mine.kml", document(tem)}}, "", ""},
		"none":                {[]entry{{"a.txt", ""}}, kml.RuleDocuments, ""},
		"parent":              {[]entry{{"doc.kml", document(tem)}, {"../x", ""}}, archive.RuleZipParent, ""},
		"absolute":            {[]entry{{"/doc.kml", document(tem)}}, archive.RuleZipAbsolute, ""},
		"same name":           {[]entry{{"doc.kml", document(tem)}, {"Doc.kml", document(tem)}}, archive.RuleZipCase, ""},
		"ratio":               {[]entry{{"doc.kml", document(strings.Repeat("<Folder/>", 4<<20))}}, archive.RuleZipRatio, ""},
		"broken inside":       {[]entry{{"doc.kml", "<kml>"}}, archive.RuleTruncated, ""},
	} {
		path := kmz(t, c.entries...)
		l, err := openPath(t, path, kml.Options{})
		if c.rule != "" {
			layertest.WantRule(t, name, err, c.rule)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := layertest.MustRead(t, l); len(got) != 1 || got[0].Values[0] != "Тем" || !strings.Contains(strings.Join(l.Notes(), "\n"), c.note) {
			t.Errorf("%s: %v %v", name, got, l.Notes())
		}
	}
	f, err := kml.Open(kmz(t, entry{"a.kml", document(tem)}, entry{"doc.kml", document("<name>Main</name>" + tem)}, entry{"b/a.kml", document(tem)}, entry{"c.kml", document("")}), kml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var layers []string
	for _, l := range f.Layers() {
		layers = append(layers, l.Name())
		layertest.MustRead(t, l)
	}
	if fmt.Sprint(layers) != "[Main a b/a]" {
		t.Errorf("layers %v", layers)
	}
	damaged, err := os.ReadFile(kmz(t, entry{"doc.kml", document(tem)}))
	if err != nil {
		t.Fatal(err)
	}
	damaged[60] ^= 0xff
	_, err = openPath(t, layertest.Write(t, "damaged.kmz", damaged), kml.Options{})
	layertest.WantRule(t, "damaged", err, archive.RuleZipDamaged)
}

func TestLimits(t *testing.T) {
	content := document(strings.Repeat(placemark(`<ExtendedData><Data name="a"><value>1</value></Data><Data name="b"/></ExtendedData><MultiGeometry><Point><coordinates>1,2</coordinates></Point><Point><coordinates>1,2</coordinates></Point></MultiGeometry>`), 3))
	for name, c := range map[string]struct {
		limits kml.Limits
		rule   geo.Rule
	}{
		"bytes":        {kml.Limits{Archive: archive.Limits{MemberBytes: 300}}, archive.RuleMemberBytes},
		"record bytes": {kml.Limits{RecordBytes: 160}, kml.RuleRecordBytes},
		"records":      {kml.Limits{Records: 2}, kml.RuleRecords},
		"fields":       {kml.Limits{Fields: 1}, kml.RuleFields},
		"elements":     {kml.Limits{Elements: 9}, kml.RuleElements},
		"points":       {kml.Limits{Points: 1}, kml.RulePoints},
		"parts":        {kml.Limits{Parts: 1}, kml.RuleParts},
		"depth":        {kml.Limits{Depth: 5}, kml.RuleDepth},
		"enough":       {kml.Limits{Records: 3, Fields: 2, Elements: 10, Points: 2, Parts: 2, Depth: 6}, ""},
	} {
		l, err := open(t, content, kml.Options{Limits: c.limits})
		var faults []geo.Fault
		if err == nil {
			if _, faults, err = layertest.ReadAll(l); err == nil {
				err = geo.Faulty(faults)
			}
		}
		if c.rule == "" && err == nil {
			continue
		}
		layertest.WantRule(t, name, err, c.rule)
		if len(faults) > 0 && len(faults) != 3 {
			t.Errorf("%s: reading did not go on: %v", name, faults)
		}
	}
	path := layertest.Write(t, "a.kml", []byte("<kml><Placemark><name>"+strings.Repeat("x", 64<<20)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := openPath(t, path, kml.Options{Limits: kml.Limits{RecordBytes: 1 << 20}})
	runtime.ReadMemStats(&after)
	layertest.WantRule(t, "a text without an end", err, kml.RuleRecordBytes)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 {
		t.Errorf("refused with %d bytes allocated", used)
	}
}

func TestLooks(t *testing.T) {
	archived, err := os.ReadFile(kmz(t, entry{"folder/a.KML", "x"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		head, name string
		want       bool
	}{
		{string(archived), "a.zip", true},
		{"PK\x03\x04", "a.zip", false},
		{"PK\x03\x04", "a.KMZ", true},
		{"\ufeff<?xml version=\"1.0\"?>\n<!-- x --><k:kml>", "a", true},
		{"<gpx>", "a.gpx", false},
		{"<kmlx>", "a", false},
		{"<x", "a.kml", true},
		{"{\"a\":\"<kml>\"}", "a", false},
		{"", "a.kml", false},
	} {
		if got := kml.Looks([]byte(c.head), c.name); got != c.want {
			t.Errorf("%.20q %s: %v", c.head, c.name, got)
		}
	}
}

// gdal runs one of GDAL's tools, which make files and are the oracle for them.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s is needed to make and check the files of this test; install GDAL's tools, on Debian: apt-get install gdal-bin", tool)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// What GDAL writes is read as it was put in. The rows are made up for this test.
func TestAsGDALWrites(t *testing.T) {
	in := layertest.Write(t, "in.csv", []byte(`wkt,code,note
"POINT Z (71.5 37.25 2100)",tem,"<b> & Хорог"
"LINESTRING (71 37,72 38.5)",line,
"MULTIPOLYGON (((0 0,4 0,4 4,0 0),(2 1,3 1,3 2,2 1)),((5 5,6 5,6 6,5 5)))",areas,x
`))
	for _, driver := range []string{"KML", "LIBKML"} {
		if driver == "LIBKML" && !strings.Contains(gdal(t, "ogrinfo", "--formats"), "LIBKML") {
			continue // a build of GDAL without that driver writes by the other one
		}
		for _, extension := range []string{".kml", ".kmz"} {
			if driver == "KML" && extension == ".kmz" {
				continue // only the other driver writes archives
			}
			out := filepath.Join(t.TempDir(), "out"+extension)
			gdal(t, "ogr2ogr", "-f", driver, out, in, "-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO", "-nln", "made")
			l, err := openPath(t, out, kml.Options{})
			if err != nil {
				t.Fatal(driver, err)
			}
			records := layertest.MustRead(t, l)
			if len(records) != 3 || !strings.Contains(gdal(t, "ogrinfo", "-so", "-al", out), "Feature Count: 3") {
				t.Fatalf("%s: %d records", driver, len(records))
			}
			var code, note []string
			for _, r := range records {
				for i, f := range l.Fields() {
					switch f.Name {
					case "code":
						code = append(code, fmt.Sprint(r.Values[i]))
					case "note":
						note = append(note, fmt.Sprint(r.Values[i]))
					}
				}
			}
			if fmt.Sprint(code, note) != "[tem line areas] [<b> & Хорог <nil> x]" {
				t.Errorf("%s%s: %v %v, fields %s", driver, extension, code, note, names(l))
			}
			if got := fmt.Sprint(records[0].Geometry.FlatCoords(), records[1].Geometry.FlatCoords()); got != "[71.5 37.25 2100] [71 37 72 38.5]" && got != "[71.5 37.25 2100] [71 37 0 72 38.5 0]" {
				t.Errorf("%s%s: %s", driver, extension, got)
			}
			if areas, ok := records[2].Geometry.(*geom.MultiPolygon); !ok || areas.NumPolygons() != 2 {
				t.Errorf("%s%s: %#v", driver, extension, records[2].Geometry)
			}
		}
	}
}

// FuzzDocument holds that any document is read or refused by its own fault.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		document(tem + `<Folder><name>a</name><Placemark id="x"><TimeSpan><begin>2022</begin></TimeSpan><ExtendedData><Data name="n"><value>1</value></Data></ExtendedData></Placemark></Folder>`),
		document(placemark("<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 4,0 4,4 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry>")),
		`<?xml version="1.0" encoding="windows-1251"?><kml>` + "\xd2" + `<!DOCTYPE x></kml>`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "a.kml")
	limits := kml.Limits{Archive: archive.Limits{MemberBytes: 1 << 20, TotalBytes: 1 << 20, Entries: 20}, RecordBytes: 1 << 14, Records: 1000, Elements: 1000, Points: 1000, Parts: 100, Fields: 50, Depth: 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := kml.Open(path, kml.Options{Limits: limits})
		if err != nil {
			if geo.KindOf(err) != geo.Invalid {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		defer file.Close()
		l, last := file.Layers()[0], 0
		for r, err := range l.Records() {
			fault, isFault := err.(geo.Fault)
			switch {
			case err != nil && !isFault:
				t.Fatalf("opened, but not read: %v", err)
			case r.Number != last+1:
				t.Errorf("record %d after %d", r.Number, last)
			case isFault && (fault.Rule == "" || fault.Place.Record != r.Number || fault.Place.File == ""):
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
