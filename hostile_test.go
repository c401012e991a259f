package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oxus/data/storetest"
)

// hostile are files that ask for more than they are, made when they are tried: how they
// are called, and the rule that refuses them, or a part of what is said of them.
var hostile = map[string]struct {
	name string
	make func(t *testing.T) []byte
	said string
}{
	"zip bomb of a .shp": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"a.shp", shpHead(1 << 26), 1 << 26}, member{"a.dbf", dbfHead(1), 11})
	}, "refused"},
	"zip bomb of a .dbf": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"a.shp", shpHead(100), 0}, member{"a.dbf", dbfHead(1 << 20), 1 << 26})
	}, "refused"},
	"zip in a zip": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"inner.zip", zipped(t, member{"a.shp", shpHead(1 << 28), 1 << 26}), 0})
	}, "no-layer"},
	"bomb of a .kml": {"a.kmz", func(t *testing.T) []byte {
		return zipped(t, member{"doc.kml", []byte(`<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`), 1 << 26})
	}, "refused"},
	"a million entries": {"a.zip", func(*testing.T) []byte {
		end := make([]byte, 22)
		copy(end, "PK\x05\x06")
		for _, at := range []int{8, 10} {
			binary.LittleEndian.PutUint16(end[at:], 0xffff)
		}
		binary.LittleEndian.PutUint32(end[12:], 0xfffffff0)
		return append([]byte("PK\x03\x04"), end...)
	}, "zip-damaged"},
	"counts of billions in .shp and .dbf": {"a.zip", func(t *testing.T) []byte {
		record := append([]byte{0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff}, make([]byte, 40)...)
		return zipped(t, member{"a.shp", append(shpHead(0xfffffffe), record...), 0}, member{"a.dbf", dbfHead(0xffffffff), 0})
	}, "refused"},
	"ten thousand brackets in a .prj": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"a.shp", shpHead(100), 0}, member{"a.dbf", dbfHead(0), 0}, member{"a.prj", []byte(strings.Repeat("GEOGCS[", 9_000)), 0})
	}, "crs"},
	"a .prj of a megabyte": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"a.shp", shpHead(100), 0}, member{"a.dbf", dbfHead(0), 0}, member{"a.prj", bytes.Repeat([]byte(`PROJCS["x",`), 100_000), 0})
	}, "prj-too-long"},
	"a .prj that names a grid file": {"a.zip", func(t *testing.T) []byte {
		return zipped(t, member{"a.shp", shpHead(100), 0}, member{"a.dbf", dbfHead(0), 0}, member{"a.prj", []byte("+proj=longlat +nadgrids=/etc/passwd"), 0})
	}, "crs"},
	"nested XML": {"a.kml", func(*testing.T) []byte {
		return []byte(`<kml xmlns="http://www.opengis.net/kml/2.2">` + strings.Repeat("<Folder>", 1<<20))
	}, "deep"},
	"entities of XML": {"a.kml", func(*testing.T) []byte {
		return []byte(`<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>&b;</name></Document></kml>`)
	}, "xml-document-type"},
	"a text of XML without an end": {"a.kml", func(*testing.T) []byte {
		return append([]byte(`<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>`), bytes.Repeat([]byte("x"), 1<<25)...)
	}, "refused"},
	"nested JSON": {"a.geojson", func(*testing.T) []byte {
		return []byte(`{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":` + strings.Repeat("[", 1<<22))
	}, "refused"},
	"a text of JSON without an end": {"a.geojson", func(*testing.T) []byte {
		return append([]byte(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":"`), bytes.Repeat([]byte("x"), 1<<25)...)
	}, "refused"},
	"a quote without an end": {"a.csv", func(*testing.T) []byte {
		return append([]byte("id,name_en\n\""), bytes.Repeat([]byte("x"), 1<<25)...)
	}, "refused"},
	"a million columns": {"a.csv", func(*testing.T) []byte { return []byte(strings.Repeat("a,", 1<<20) + "b\n") }, "refused"},
	"brackets of Well-Known Text": {"a.csv", func(*testing.T) []byte {
		return []byte("id,wkt\nx,\"SRID=4326;" + strings.Repeat("(", 1<<20) + "\"\n")
	}, "well-known-text"},
	"a GeoPackage that counts pages": {"a.gpkg", func(*testing.T) []byte {
		head := make([]byte, 4096)
		copy(head, "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20")
		binary.BigEndian.PutUint32(head[28:], 0xfffffff0)
		copy(head[68:], "GPKG")
		return head
	}, "refused"},
}

type member struct {
	name  string
	head  []byte
	zeros int
}

// zipped packs members, whose heads zeros follow.
func zipped(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err == nil {
			_, err = w.Write(m.head)
		}
		if err == nil {
			_, err = io.CopyN(w, zeros{}, int64(m.zeros))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// shpHead is the head of a .shp of points that claims a length in bytes.
func shpHead(length uint32) []byte {
	head := make([]byte, 100)
	binary.BigEndian.PutUint32(head, 9994)
	binary.BigEndian.PutUint32(head[24:], length/2)
	binary.LittleEndian.PutUint32(head[28:], 1000)
	binary.LittleEndian.PutUint32(head[32:], 1)
	return head
}

// dbfHead is the head of a .dbf of one text that claims a number of rows.
func dbfHead(rows uint32) []byte {
	head := make([]byte, 65)
	head[0], head[8], head[10], head[64] = 3, 65, 11, 0x0d
	binary.LittleEndian.PutUint32(head[4:], rows)
	copy(head[32:], "id")
	head[32+11], head[32+16] = 'C', 10
	return head
}

// What asks for more than it is, is refused in words, within a second of work and 100 MB
// of memory of the whole process.
func TestHostileFilesCostLittle(t *testing.T) {
	const mostTime, mostKilobytes = time.Second, 100 << 10
	binary := killedBinary(t)
	dir := t.TempDir()
	environment := append(os.Environ(), "OXUS_FILE="+filepath.Join(dir, "oxus.gpkg"), "DATABASE_URL=", "OXUS_UPLOADS="+t.TempDir())
	process := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(binary)
		cmd.Args, cmd.Env = append([]string{name}, args...), environment
		return cmd
	}
	if out, err := process(killedName, "begin").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for n, what := range slices.Sorted(maps.Keys(hostile)) {
		// What is measured is a program without the detector; files are made with it.
		if storetest.Raced() && n%5 != 0 {
			continue
		}
		h := hostile[what]
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), h.name)
			if err := os.WriteFile(path, h.make(t), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := process(killedName, "measured", "import", path, "--collection", "crossings", "--dry-run")
			var cost bytes.Buffer
			cmd.Stderr = &cost
			out, err := cmd.Output()
			if err == nil || !strings.Contains(string(out), h.said) || len(out) > 100_000 || strings.Contains(string(out), "goroutine") {
				t.Errorf("it ends with %v and says %.2000s", err, out)
			}
			kilobytes := 0
			if _, err := fmt.Sscanf(cost.String(), "VmHWM: %d kB", &kilobytes); err != nil {
				t.Fatalf("it does not tell its memory: %v in %.500s", err, cost.String())
			}
			worked := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			t.Logf("%v, %d kB", worked, kilobytes)
			if worked > mostTime || kilobytes > mostKilobytes {
				t.Errorf("it takes %v of work and %d kB: %.500s", worked, kilobytes, out)
			}
		})
	}
}
