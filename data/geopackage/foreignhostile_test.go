package geopackage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/twpayne/go-geom"
	geomwkb "github.com/twpayne/go-geom/encoding/wkb"

	"oxus/geo"
)

// fuzzCeilings keep what one input may ask for small, so that memory or time
// beyond them is the reader's fault.
func fuzzCeilings() Limits {
	return Limits{FileBytes: 4 << 20, Layers: 20, Fields: 50, Records: 2000, Points: 10_000, Parts: 1000, BlobBytes: 1 << 20, TextBytes: 1 << 16}
}

// holdForeign reads whatever is at a path, in a fraction of a second (the bound
// leaves room for a loaded machine) and without taking memory: an
// error is the file's fault and says so, records are numbered upwards and flatten.
func holdForeign(t *testing.T, path string) error {
	t.Helper()
	const mostTime, mostBytes = 20 * time.Second, 200 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := readForeign(t, path)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if err != nil && geo.KindOf(err) != geo.Invalid {
		t.Errorf("%T: %v", err, err)
	}
	if took > mostTime {
		t.Errorf("read for %s", took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > mostBytes {
		t.Errorf("read with %d bytes allocated", used)
	}
	return err
}

// readForeign returns the first error, or the faults of refused tables and
// records.
func readForeign(t *testing.T, path string) error {
	t.Helper()
	f, err := OpenLayers(context.Background(), path, Options{Limits: fuzzCeilings()})
	if err != nil {
		return err
	}
	defer f.Close()
	faults := f.Refused()
	for _, l := range f.Layers() {
		last := 0
		for r, err := range l.Records() {
			var fault geo.Fault
			isFault := errors.As(err, &fault)
			switch {
			case err != nil && !isFault:
				return err
			case r.Number != last+1:
				t.Errorf("record %d after %d", r.Number, last)
			case isFault && (fault.Rule == "" || fault.Place.Record != r.Number || fault.Place.File == "" || fault.Place.Field == ""):
				t.Errorf("a fault without rule or place: %#v", fault)
			case !isFault && len(r.Values) != len(l.Fields()):
				t.Errorf("%d values for %d fields", len(r.Values), len(l.Fields()))
			}
			last = r.Number
			if isFault {
				faults = append(faults, fault)
			}
			if _, err := geo.Flatten(r.Geometry); err != nil {
				t.Errorf("record %d does not flatten: %v", r.Number, err)
			}
		}
	}
	return geo.Faulty(faults)
}

const onePost = `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT); INSERT INTO posts (name) VALUES ('Нав');`

// What a file brings along to be run is not run.
func TestNothingOfTheFileIsRun(t *testing.T) {
	endless := `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, NULL AS geom, 'x' AS name FROM n`
	for name, c := range map[string]struct {
		sql  string
		rule geo.Rule // of the file or the table; "" where all is read
	}{
		"a view":                          {`CREATE TABLE t (fid INTEGER PRIMARY KEY, geom BLOB); CREATE VIEW posts AS SELECT * FROM t;` + declareFeatures("posts"), RuleTable},
		"a view with a function":          {`CREATE VIEW posts AS SELECT 1 AS fid, load_extension('evil') AS geom;` + declareFeatures("posts"), RuleTable},
		"a view that writes a file":       {`CREATE VIEW posts AS SELECT 1 AS fid, writefile('evil', 'x') AS geom;` + declareFeatures("posts"), RuleTable},
		"a view without an end":           {`CREATE VIEW posts AS ` + endless + `;` + declareFeatures("posts"), RuleTable},
		"a view in another case":          {`CREATE VIEW POSTS AS ` + endless + `;` + declareFeatures("posts"), RuleTable},
		"contents without an end":         {`DROP TABLE gpkg_contents; CREATE VIEW gpkg_contents AS SELECT 'a' || i AS table_name, 'features' AS data_type FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);`, RuleNotGeoPackage},
		"geometry columns without an end": {onePost + declareFeatures("posts") + `DROP TABLE gpkg_geometry_columns; CREATE VIEW gpkg_geometry_columns AS SELECT 'posts' AS table_name, 'geom' AS column_name, i AS srs_id FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n);`, RuleTable},
		"a virtual table":                 {`CREATE VIRTUAL TABLE posts USING fts5(fid, geom, name);` + declareFeatures("posts"), RuleTable},
		"a spatial index as a layer":      {`CREATE VIRTUAL TABLE posts USING rtree(fid, a, b);` + declareFeatures("posts"), RuleTable},
		"the schema as a layer":           {declareFeatures("sqlite_schema"), RuleTable},
		"the contents as a layer":         {`INSERT INTO gpkg_contents (table_name, data_type) VALUES ('gpkg_contents', 'attributes')`, RuleTable},
		"a table that is not there":       {declareFeatures("posts"), RuleTable},
		"a table without row ids":         {`CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB) WITHOUT ROWID;` + declareFeatures("posts"), RuleTable},
		"a table that hides its row ids":  {`CREATE TABLE posts (rowid TEXT, oid TEXT, _rowid_ TEXT, geom BLOB);` + declareFeatures("posts"), RuleTable},
		"a table without its geometry":    {`CREATE TABLE posts (fid INTEGER PRIMARY KEY, place BLOB);` + declareFeatures("posts"), RuleTable},
		"features without a geometry":     {onePost + `INSERT INTO gpkg_contents (table_name, data_type) VALUES ('posts', 'features')`, RuleTable},
		"no layer":                        {onePost, RuleNoLayer},
		"tiles alone":                     {onePost + `INSERT INTO gpkg_contents (table_name, data_type) VALUES ('posts', 'tiles')`, RuleNoLayer},
		"a name that is SQL":              {`CREATE TABLE "x"";DROP TABLE y;--" (fid INTEGER PRIMARY KEY, geom BLOB, "a""b" TEXT);` + declareFeatures(`x";DROP TABLE y;--`), ""},
		"a name that is bytes":            {onePost + `INSERT INTO gpkg_contents (table_name, data_type) VALUES (x'00ff', 'features')`, RuleTable},
		"a trigger":                       {onePost + declareFeatures("posts") + `CREATE TRIGGER evil AFTER INSERT ON posts BEGIN SELECT load_extension('evil'); END;`, ""},
		"a computed column":               {`CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB); INSERT INTO posts (fid) VALUES (1); ALTER TABLE posts ADD COLUMN name TEXT AS (hex(zeroblob(900000000))) VIRTUAL;` + declareFeatures("posts"), ""},
		"an index on a function":          {onePost + declareFeatures("posts") + `CREATE INDEX evil ON posts (upper(name)) WHERE name > 'a';`, ""},
		"a check without an end":          {`CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT CHECK (length(hex(zeroblob(100000))) > 0)); INSERT INTO posts (name) VALUES ('x');` + declareFeatures("posts"), ""},
		"21 layers":                       {layersSQL(21), RuleLayers},
		"51 columns":                      {"CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB" + columns(49) + ");" + declareFeatures("posts"), RuleFields},
		"more records than counted": {`CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB);` + declareFeatures("posts") +
			`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001) INSERT INTO posts (fid) SELECT i FROM n`, RuleRecords},
		"a count of 10^18": {onePost + declareFeatures("posts") + `CREATE TABLE gpkg_ogr_contents (table_name TEXT PRIMARY KEY, feature_count INTEGER); INSERT INTO gpkg_ogr_contents VALUES ('posts', 1000000000000000000)`, ""},
		"a text of 3 MB":   {onePost + declareFeatures("posts") + `INSERT INTO posts (name) VALUES (hex(zeroblob(1500000)))`, RuleTooLong},
		"a value of 100 kB": {
			onePost + declareFeatures("posts") + `INSERT INTO posts (name) VALUES (hex(zeroblob(50000)))`,
			RuleTooLong,
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := madeByHand(t, c.sql)
			err := holdForeign(t, path)
			if c.rule == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, c.rule)
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
				t.Error(entries, err)
			}
		})
	}
}

func layersSQL(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "CREATE TABLE t%d (fid INTEGER PRIMARY KEY, geom BLOB);%s", i, declareFeatures(fmt.Sprint("t", i)))
	}
	return b.String()
}

func columns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", c%d TEXT", i)
	}
	return b.String()
}

// A schema that says table where its text makes a view.
func TestSchemaThatLies(t *testing.T) {
	for name, c := range map[string]struct{ sql, says string }{
		"a view called a table": {`UPDATE sqlite_schema SET type = 'table', rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'posts') WHERE name = 'v'; UPDATE gpkg_contents SET table_name = 'v'; UPDATE gpkg_geometry_columns SET table_name = 'v'`, "malformed"},
		"a view that takes the name of a table": {`UPDATE sqlite_schema SET sql = 'CREATE TABLE other (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT)' WHERE name = 'posts';
			UPDATE sqlite_schema SET sql = replace(sql, 'VIEW v', 'VIEW posts') WHERE name = 'v'`, ""},
		"no such page":     {`UPDATE sqlite_schema SET rootpage = 4000000 WHERE name = 'posts'`, ""},
		"the page of all":  {`UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'posts'`, ""},
		"text of nonsense": {`UPDATE sqlite_schema SET sql = 'CREATE TABLE posts (' WHERE name = 'posts'`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := madeByHand(t, onePost+declareFeatures("posts")+`CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, NULL AS geom, 'x' AS name FROM n;
				PRAGMA writable_schema = ON; `+c.sql)
			if err := holdForeign(t, path); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// Pages that lead to each other give no record twice.
func TestPagesInACircle(t *testing.T) {
	path := madeByHand(t, `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT);`+declareFeatures("posts")+
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO posts (name) SELECT hex(zeroblob(50)) FROM n`)
	db, _, err := pool(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	var root, page int
	if err := db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'posts'`).Scan(&root); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(`PRAGMA page_size`).Scan(&page); err != nil {
		t.Fatal(err)
	}
	db.Close()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	top := data[(root-1)*page : root*page]
	if top[0] != 5 {
		t.Fatal("the table has no inner page")
	}
	cells := int(binary.BigEndian.Uint16(top[3:]))
	first := binary.BigEndian.Uint16(top[12:])
	for i := range cells { // every child is the first
		at := binary.BigEndian.Uint16(top[12+2*i:])
		copy(top[at:at+4], top[first:first+4])
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	wantFault(t, holdForeign(t, path), RuleDamaged)
}

func TestFilesThatAreNone(t *testing.T) {
	whole, err := os.ReadFile(madeByHand(t, onePost+declareFeatures("posts")))
	if err != nil {
		t.Fatal(err)
	}
	edited := func(at int, value ...byte) []byte {
		data := bytes.Clone(whole)
		copy(data[at:], value)
		return data
	}
	noise := make([]byte, len(whole))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for name, c := range map[string]struct {
		data []byte
		rule geo.Rule
	}{
		"nothing":                 {nil, RuleNotGeoPackage},
		"a zip":                   {[]byte("PK\x03\x04" + strings.Repeat("x", 200)), RuleNotGeoPackage},
		"noise":                   {noise, RuleNotGeoPackage},
		"noise after the header":  {append(bytes.Clone(whole[:100]), noise[100:]...), RuleDamaged},
		"another application":     {edited(atApplicationID, []byte("MPBX")...), RuleNotGeoPackage},
		"SQLite without a mark":   {edited(atApplicationID, 0, 0, 0, 0), RuleNotGeoPackage},
		"a header cut":            {whole[:90], RuleTruncated},
		"half":                    {whole[:len(whole)/2], RuleTruncated},
		"a byte less":             {whole[:len(whole)-1], RuleTruncated},
		"2^32 pages":              {edited(atPageCount, 0xff, 0xff, 0xff, 0xff), RuleTruncated},
		"pages of 3 bytes":        {edited(atPageSize, 0, 3), RuleDamaged},
		"pages of none":           {edited(atPageSize, 0, 0), RuleDamaged},
		"a write-ahead log":       {edited(atWriteVersion, 2, 2), RuleNotClosed},
		"a version of the future": {edited(atWriteVersion, 9, 9), RuleDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.gpkg")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			wantFault(t, holdForeign(t, path), c.rule)
		})
	}
	dir := t.TempDir()
	_, err = OpenLayers(context.Background(), dir, Options{})
	wantFault(t, err, RuleNotGeoPackage)
	if _, err := OpenLayers(context.Background(), filepath.Join(dir, "none.gpkg"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	large := filepath.Join(dir, "large.gpkg")
	if err := os.WriteFile(large, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenLayers(context.Background(), large, Options{Limits: Limits{FileBytes: int64(len(whole)) - 1}})
	wantFault(t, err, RuleFileBytes)
}

// smallFile is a GeoPackage with every type of value, for bytes to be turned in.
func smallFile(t testing.TB) []byte {
	t.Helper()
	path := madeByHand(t, `CREATE TABLE posts (fid INTEGER PRIMARY KEY, geom POINT, name TEXT(20), "count" INTEGER, ratio REAL, day DATE, yes BOOLEAN);`+declareFeatures("posts")+
		`INSERT INTO posts VALUES (1, ?, 'Хорог', 7, 1.5, '2022-05-01', 1), (2, ?, NULL, NULL, NULL, NULL, NULL), (9, NULL, 'x', -1, 0, '2022-05-01', 0);
		CREATE TABLE notes (fid INTEGER PRIMARY KEY, note TEXT); INSERT INTO gpkg_contents (table_name, data_type) VALUES ('notes', 'attributes');
		INSERT INTO notes (note) SELECT hex(zeroblob(3000)) FROM posts`,
		blobOf(0x01, 0, wkb.MustMarshal(orb.Point{71.5, 37.5})), blobOf(0x03, 4, wkb.MustMarshal(orb.LineString{{1, 2}, {3, 4}})))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Bytes turned at random, a few hundred files of them.
func TestTurnedBytes(t *testing.T) {
	whole := smallFile(t)
	path := filepath.Join(t.TempDir(), "a.gpkg")
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for range 300 {
		data := bytes.Clone(whole)
		for range 1 + random.IntN(8) {
			// Most of a page is empty: half the turns go where something is.
			at := random.IntN(len(data))
			if random.IntN(2) == 0 {
				at = random.IntN(len(data)/4096) * 4096
				at += random.IntN(120)
			}
			data[at] ^= byte(1 + random.IntN(255))
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if holdForeign(t, path) != nil {
			refused++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if refused == 0 {
		t.Error("no turned byte was seen")
	}
}

func FuzzLayers(f *testing.F) {
	whole := smallFile(f)
	f.Add(uint32(0), []byte{})
	for _, at := range []uint32{16, 24, 28, 56, 100, 105, 4096, 4099, 8192} {
		f.Add(at, []byte{0xff, 0xff})
	}
	path := filepath.Join(f.TempDir(), "a.gpkg")
	f.Fuzz(func(t *testing.T, at uint32, bytesThere []byte) {
		data := bytes.Clone(whole)
		copy(data[int(at)%len(data):], bytesThere)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		holdForeign(t, path)
	})
}

// What the strict decoder takes, the store's own decoder takes alike.
func FuzzDecodeShape(f *testing.F) {
	for _, layout := range []geom.Layout{geom.XY, geom.XYZ, geom.XYM, geom.XYZM} {
		s := layout.Stride()
		flat := func(n int) []float64 {
			out := make([]float64, n*s)
			for i := range out {
				out[i] = float64(i)
			}
			return out
		}
		for _, g := range []geom.T{
			geom.NewPointFlat(layout, flat(1)), geom.NewLineStringFlat(layout, flat(2)), geom.NewMultiPointFlat(layout, flat(2)),
			geom.NewMultiPolygonFlat(layout, flat(8), [][]int{{4 * s}, {8 * s}}), geom.NewMultiLineStringFlat(layout, flat(4), []int{2 * s, 4 * s}),
		} {
			for flag, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
				body, err := geomwkb.Marshal(g, order)
				if err != nil {
					f.Fatal(err)
				}
				f.Add(blobOf(byte(flag), 0, body))
				f.Add(blobOf(byte(flag|3), 4, body))
			}
		}
	}
	f.Add(blobOf(0x01, 0, []byte{1, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}))
	f.Fuzz(func(t *testing.T, blob []byte) {
		g, fault := decodeShape(blob, srsID, fuzzCeilings())
		if fault != nil {
			if fault.Rule == "" || fault.Detail == "" || g != nil {
				t.Errorf("%v with %#v", g, fault)
			}
			return
		}
		flat, err := geo.Flatten(g)
		if err != nil {
			t.Fatal(err)
		}
		if kept, err := decodeGeometry(blob); err != nil || !orb.Equal(kept, flat.Geometry) {
			t.Errorf("%v, and the store reads %v, %v", flat.Geometry, kept, err)
		}
	})
}
