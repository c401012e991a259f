package shapefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"oxus/data/shapefile"
	"oxus/geo"
)

// fuzzLimits keep what one input may ask for small, so that memory or time
// beyond them is the reader's fault.
func fuzzLimits() shapefile.Limits {
	return shapefile.Limits{Entries: 50, TotalBytes: 4 << 20, MemberBytes: 2 << 20, Ratio: 100, Records: 10_000, Points: 10_000, Parts: 1_000, Fields: 100}
}

// hold reads whatever is at a path: an error is the file's fault and says so,
// and records are numbered upwards and flatten.
func hold(t *testing.T, path string) {
	t.Helper()
	f, err := shapefile.Open(path, shapefile.Options{Limits: fuzzLimits()})
	if err != nil {
		if geo.KindOf(err) != geo.Invalid {
			t.Errorf("%T: %v", err, err)
		}
		return
	}
	defer f.Close()
	for _, l := range f.Layers() {
		holdLayer(t, l)
	}
}

func holdLayer(t *testing.T, l *shapefile.Layer) {
	t.Helper()
	last := 0
	for r, err := range l.Records() {
		fault, isFault := err.(geo.Fault)
		switch {
		case err != nil && !isFault:
			if geo.KindOf(err) != geo.Invalid {
				t.Errorf("%T: %v", err, err)
			}
			continue
		case r.Number <= last || r.Number > l.Len():
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
}

func hugeCounts(kind uint32) []byte {
	return concat(le32(kind), make([]byte, 32), le32(0x3fffffff), le32(0x7fffffff), make([]byte, 16))
}

func FuzzShapes(f *testing.F) {
	f.Add(shp(1, pointShape(1, 2), le32(0)))
	f.Add(shp(11, concat(le32(11), floats(1, 2, 3, 4))))
	f.Add(shp(3, multiShape(3, []float64{1, 2, 3, 4}, []float64{5, 6, 7, 8})))
	f.Add(shp(5, multiShape(5, square(0, 0, 9), square(20, 0, 9), hole(1, 1, 2), hole(40, 1, 2))))
	f.Add(shp(15, concat(multiShape(15, square(0, 0, 9)), floats(0, 0, 1, 2, 3, 4, 5))))
	f.Add(shp(28, concat(le32(28), make([]byte, 32), le32(1), floats(1, 2, 0, 0, 7))))
	f.Add(shp(5, hugeCounts(5), hugeCounts(3)))
	dir := f.TempDir()
	path := filepath.Join(dir, "a.shp")
	if err := os.WriteFile(filepath.Join(dir, "a.dbf"), dbf(names(), rows(2)...), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) { holdFile(t, path, data) })
}

// holdFile puts data where the other half of the layer already is. Workers are
// processes, and each has its own folder.
func holdFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	hold(t, path)
}

func FuzzTable(f *testing.F) {
	f.Add(dbf(names(), rows(2)...))
	f.Add(dbf([]column{{"A", 'C', 3, 0}, {"B", 'N', 4, 1}, {"C", 'N', 4, 0}, {"D", 'D', 8, 0}, {"L", 'L', 1, 0}, {"F", 'F', 5, 2}}, " abc 1.5****20220501T1e+01", "*abc        00000000?     "))
	f.Add(dbfClaiming(2, 0xC9, []column{{"\xcd\xc0", 'C', 5, 0}}, " \xd5\xee\xf0\xee\xe3", " \x98    "))
	f.Add(dbfClaiming(1_000_000_000, 0, names()))
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.shp"), shp(1, pointShape(1, 2), pointShape(3, 4)), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, "a.dbf"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		hold(t, filepath.Join(dir, "a.shp"))
	})
}

func FuzzArchive(f *testing.F) {
	point, table := shp(1, pointShape(1, 2)), dbf(names(), rows(1)...)
	f.Add(zipOf(f, entry{name: "a.shp", data: point}, entry{name: "a.dbf", data: table}, entry{name: "a.cpg", data: []byte("1251")}, entry{name: "a.prj", data: []byte("x")}))
	f.Add(zipOf(f, entry{name: "x/a.SHP", data: point}, entry{name: "x/A.dbf", data: table}, entry{name: "../b.shp", data: point}))
	f.Add(zipOf(f))
	path := filepath.Join(f.TempDir(), "a.zip")
	f.Fuzz(func(t *testing.T, data []byte) {
		// Anything else is a loose file, which has a target of its own.
		if len(data) > 2 {
			copy(data, "PK")
		}
		holdFile(t, path, data)
	})
}
