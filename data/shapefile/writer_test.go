package shapefile_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oxus/data/shapefile"
	"oxus/geo"
)

// The writers below put bytes where ESRI's description says, and nothing is
// checked: a test can lie about anything.

func le32(v uint32) []byte      { return binary.LittleEndian.AppendUint32(nil, v) }
func be32(v uint32) []byte      { return binary.BigEndian.AppendUint32(nil, v) }
func le16(v uint16) []byte      { return binary.LittleEndian.AppendUint16(nil, v) }
func concat(b ...[]byte) []byte { return bytes.Join(b, nil) }

func floats(v ...float64) []byte {
	var b []byte
	for _, f := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

// shp makes a .shp of the given type around record contents.
func shp(kind uint32, contents ...[]byte) []byte {
	var body []byte
	for i, c := range contents {
		body = concat(body, be32(uint32(i+1)), be32(uint32(len(c)/2)), c)
	}
	return concat(shpHeader(kind, 100+len(body)), body)
}

func shpHeader(kind uint32, length int) []byte {
	return concat(be32(9994), make([]byte, 20), be32(uint32(length/2)), le32(1000), le32(kind), make([]byte, 64))
}

func pointShape(x, y float64) []byte { return concat(le32(1), floats(x, y)) }

// multiShape is a PolyLine or Polygon without checks; parts are counted here.
func multiShape(kind uint32, parts ...[]float64) []byte {
	var starts, points []byte
	count := 0
	for _, p := range parts {
		starts = append(starts, le32(uint32(count))...)
		points = append(points, floats(p...)...)
		count += len(p) / 2
	}
	return concat(le32(kind), make([]byte, 32), le32(uint32(len(parts))), le32(uint32(count)), starts, points)
}

// column is a field of a hand-made .dbf.
type column struct {
	name            string
	kind            byte
	width, decimals byte
}

// dbf makes a table of rows that start with their deletion flag.
func dbf(columns []column, rows ...string) []byte {
	return dbfClaiming(len(rows), 0, columns, rows...)
}

func dbfClaiming(records int, language byte, columns []column, rows ...string) []byte {
	width := 1
	var fields []byte
	for _, c := range columns {
		name := make([]byte, 11)
		copy(name, c.name)
		fields = concat(fields, name, []byte{c.kind}, make([]byte, 4), []byte{c.width, c.decimals}, make([]byte, 14))
		width += int(c.width)
	}
	head := concat([]byte{3, 122, 1, 1}, le32(uint32(records)), le16(uint16(33+len(fields))), le16(uint16(width)), make([]byte, 17), []byte{language, 0, 0})
	return concat(head, fields, []byte{0x0D}, []byte(strings.Join(rows, "")), []byte{0x1A})
}

// names is the plainest table: one text of eight bytes.
func names() []column { return []column{{"NAME", 'C', 8, 0}} }

func row(name string) string { return fmt.Sprintf(" %-8s", name) }

// rows makes n rows for names.
func rows(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = row(fmt.Sprintf("r%d", i+1))
	}
	return all
}

// write puts files into a new folder and returns its path.
func write(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// entry is one entry of a hand-made archive.
type entry struct {
	name string
	data []byte
	// edit changes the header before it is written.
	edit func(*zip.FileHeader)
}

func zipOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.edit != nil {
			e.edit(h)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeZip(t testing.TB, entries ...entry) string {
	t.Helper()
	return filepath.Join(write(t, map[string][]byte{"upload.zip": zipOf(t, entries...)}), "upload.zip")
}

// rawEntry declares whatever sizes it likes.
func rawEntry(t testing.TB, w *zip.Writer, name string, packed []byte, unpackedSize uint64) {
	t.Helper()
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate, CRC32: crc32.ChecksumIEEE(nil),
		CompressedSize64: uint64(len(packed)), UncompressedSize64: unpackedSize,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(packed); err != nil {
		t.Fatal(err)
	}
}

// loose writes a layer called "a" and opens it.
func loose(t testing.TB, shp, dbf []byte, opts shapefile.Options) (*shapefile.Layer, error) {
	t.Helper()
	dir := write(t, map[string][]byte{"a.shp": shp, "a.dbf": dbf})
	return openOne(t, filepath.Join(dir, "a.shp"), opts)
}

func openOne(t testing.TB, path string, opts shapefile.Options) (*shapefile.Layer, error) {
	t.Helper()
	f, err := shapefile.Open(path, opts)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f.Layers()[0], nil
}

func mustLoose(t testing.TB, shp, dbf []byte) *shapefile.Layer {
	t.Helper()
	l, err := loose(t, shp, dbf, shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// readAll sorts what a layer yields into records, faults and the error that
// ended it.
func readAll(l *shapefile.Layer) (records []geo.Record, faults []geo.Fault, err error) {
	for r, e := range l.Records() {
		switch f, isFault := e.(geo.Fault); {
		case e == nil:
			records = append(records, r)
		case isFault:
			faults = append(faults, f)
		default:
			err = e
		}
	}
	return records, faults, err
}

func mustRead(t testing.TB, l *shapefile.Layer) []geo.Record {
	t.Helper()
	records, faults, err := readAll(l)
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	return records
}

// wantRule holds that an error is Invalid and that every fault has the rule.
func wantRule(t testing.TB, err error, rule geo.Rule) {
	t.Helper()
	var e *geo.Error
	if !errors.As(err, &e) || e.Kind != geo.Invalid || len(e.Faults) == 0 {
		t.Fatalf("got %v, want the rule %s", err, rule)
	}
	for _, f := range e.Faults {
		if f.Rule != rule || f.Detail == "" {
			t.Errorf("got %v, want the rule %s", f, rule)
		}
	}
}
