package geojson_test

import (
	"os"
	"path/filepath"
	"testing"

	"oxus/data/geojson"
	"oxus/geo"
)

// FuzzGeoJSON holds that any file is read or refused by its own fault: records
// are numbered upwards, have a value for each field and flatten.
func FuzzGeoJSON(f *testing.F) {
	for _, seed := range []string{
		collection(tem, feature(`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,1],[1,0],[0,0]]]]}`, `{"a":[1,{"b":"\u04e2"}],"c":1e5}`)),
		tem + "\n" + tem, "\x1e" + tem + "\n\x1e{", `{"crs":{"type":"name","properties":{"name":"EPSG:4326"}},"type":"FeatureCollection","features":[7,null]}`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "a.geojson")
	limits := geojson.Limits{Bytes: 1 << 20, RecordBytes: 1 << 16, Records: 1000, Points: 1000, Parts: 100, Fields: 50, Depth: 8}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := geojson.Open(path, geojson.Options{Limits: limits})
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
				t.Errorf("opened, but not read: %v", err)
				continue
			case r.Number != last+1 || r.Number > l.Len():
				t.Errorf("record %d after %d of %d", r.Number, last, l.Len())
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
