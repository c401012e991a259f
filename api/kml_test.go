package api_test

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// document is what the tests read of a KML document.
type document struct {
	Name   string `xml:"Document>name"`
	Schema []struct {
		Name string `xml:"name,attr"`
		Type string `xml:"type,attr"`
	} `xml:"Document>Schema>SimpleField"`
	Placemarks []struct {
		Name  string `xml:"name"`
		Begin string `xml:"TimeSpan>begin"`
		End   string `xml:"TimeSpan>end"`
		Data  []struct {
			Name string `xml:"name,attr"`
			Text string `xml:",chardata"`
		} `xml:"ExtendedData>SchemaData>SimpleData"`
	} `xml:"Document>Placemark"`
}

// GDAL reads from KML the values and places of the GeoJSON of the same question.
func TestGDALReadsKML(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, c := range atlas.Served() {
		file := filepath.Join(t.TempDir(), c.ID+".kml")
		if err := os.WriteFile(file, get(t, h, "/api/"+c.ID+".kml?datetime=2022-05-01").Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		var want struct{ Features []plainFeature }
		decode(t, h, "/api/"+c.ID+".geojson?datetime=2022-05-01", &want)
		got := readByGDAL(t, file)
		if len(got) != len(want.Features) || len(got) == 0 {
			t.Fatalf("%s: GDAL reads %d features of %d", c.ID, len(got), len(want.Features))
		}
		for i, f := range want.Features {
			if got[i].Properties["feature_id"] != f.ID {
				t.Errorf("%s: %s is read as %v", c.ID, f.ID, got[i].Properties["feature_id"])
			}
			sameAsRead(t, c.ID, got[i], f)
		}
	}
}

// samePlace compares geometries but for heights of 0.
func samePlace(got, want any) bool {
	return fmt.Sprint(flat(got)) == fmt.Sprint(flat(want))
}

// flat takes the heights from decoded coordinates.
func flat(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return flat(v["coordinates"])
	case []any:
		if len(v) == 3 {
			if height, isNumber := v[2].(float64); isNumber && height == 0 {
				v = v[:2]
			}
		}
		list := make([]any, len(v))
		for i := range v {
			list[i] = flat(v[i])
		}
		return list
	default:
		return v
	}
}

// sameCell compares what GDAL read with the value: nothing is written for what
// is unknown, and a property called end is taken for the moment of KML's own.
func sameCell(told, value any) bool {
	switch v := value.(type) {
	case nil:
		return told == nil || told == ""
	case float64:
		n, isNumber := told.(float64)
		return isNumber && math.Abs(n-v) < 1e-9
	case string:
		text, _ := told.(string)
		return strings.TrimSuffix(text, "T00:00:00") == v
	default:
		return reflect.DeepEqual(told, value)
	}
}

// Whatever a text holds, the document is well formed and the text is kept, but
// for what XML cannot hold.
func TestHostileTextsInKML(t *testing.T) {
	atlas := geo.Border()
	c, err := atlas.Collection("bazaars")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{
		`</name><script x="1">&amp;]]>`: `</name><script x="1">&amp;]]>`, "a\r\nb\tc": "a\r\nb\tc", "\x00\x1b\uffff": "���",
		"\xff": "�", "Панҷ پل": "Панҷ پل", "": "",
	}
	for text, want := range texts {
		f := storetest.Feature(c, "f")
		f.Values[0], f.Geometry = text, orb.Point{-0.5, 0}
		f.Lifetime.From = geo.On(19000)
		h := handler(atlas, broken{items: func(yield func(geo.Item, error) bool) { yield(geo.Item{Feature: &f}, nil) }}, quiet())
		var d document
		if err := xml.Unmarshal(get(t, h, "/api/bazaars.kml").Body.Bytes(), &d); err != nil || len(d.Placemarks) != 1 {
			t.Fatalf("%q: %v, %d placemarks", text, err, len(d.Placemarks))
		}
		p := d.Placemarks[0]
		if p.Name != want || p.Data[0].Text != "f" || p.Data[1].Name != "name_en" || p.Data[1].Text != want {
			t.Errorf("%q is read back as %q and %v", text, p.Name, p.Data[:2])
		}
		if p.Begin == "" || p.End != "" {
			t.Errorf("a lifetime without an end lasts from %q to %q", p.Begin, p.End)
		}
	}
}
