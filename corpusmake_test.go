package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maker makes one file of the corpus by the steps that testdata/corpus.csv tells. The
// files of a layer lie in dir; what is packed is written at the end.
type maker struct {
	t       *testing.T
	dir     string
	made    map[string]map[string][]byte // what ogr2ogr wrote before, by its arguments
	zip     bool
	entries []packed
	// open is the path of what is imported, in is where GDAL finds the layer.
	open, in string
}

// packed is an entry of an archive. edit changes its header, bytes its place in the
// archive.
type packed struct {
	name string
	data []byte
	edit func(*zip.FileHeader)
}

// steps are the words that make a file.
var steps = map[string]func(*maker, []string){
	"ogr":     (*maker).ogr,
	"as":      (*maker).as,
	"prj":     (*maker).prj,
	"rm":      func(m *maker, args []string) { m.fail(os.Remove(m.path(args[0]))) },
	"text":    func(m *maker, args []string) { m.write("layer"+args[0], []byte(strings.Join(args[1:], " "))) },
	"file":    func(m *maker, args []string) { m.write(args[0], []byte(strings.Join(args[1:], " "))) },
	"byte":    (*maker).patch,
	"cut":     (*maker).cut,
	"append":  (*maker).grow,
	"delete":  (*maker).deleteRow,
	"zeros":   (*maker).zeros,
	"upper":   (*maker).upper,
	"zip":     (*maker).pack,
	"entry":   (*maker).entry,
	"link":    (*maker).link,
	"encrypt": (*maker).encrypt,
	"method":  (*maker).method,
	"many":    (*maker).many,
	"overlap": (*maker).overlap,
}

// make runs the steps, separated by ";".
func (m *maker) make(recipe string) {
	for step := range strings.SplitSeq(recipe, ";") {
		words := strings.Fields(step)
		do, known := steps[words[0]]
		if !known {
			m.t.Fatalf("the corpus knows no step %q", words[0])
		}
		do(m, words[1:])
	}
	if m.zip && m.open == "" {
		m.open = filepath.Join(m.dir, "upload.zip")
		m.fail(os.WriteFile(m.open, m.archive(), 0o600))
	}
	if m.open == "" {
		m.open = m.main()
	}
	if m.in == "" {
		m.in = m.open
	}
}

func (m *maker) fail(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// files are the names in the folder, in order.
func (m *maker) files() []string {
	entries, err := os.ReadDir(m.dir)
	m.fail(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// main is the file to open among several.
func (m *maker) main() string {
	names := m.files()
	if i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(filepath.Ext(name), ".shp") }); i >= 0 {
		return filepath.Join(m.dir, names[i])
	}
	return filepath.Join(m.dir, names[0])
}

// path finds the file of a layer by its extension.
func (m *maker) path(extension string) string {
	for _, name := range m.files() {
		if filepath.Ext(name) == extension {
			return filepath.Join(m.dir, name)
		}
	}
	m.t.Fatalf("there is no %s among %v", extension, m.files())
	return ""
}

func (m *maker) read(extension string) []byte {
	data, err := os.ReadFile(m.path(extension))
	m.fail(err)
	return data
}

func (m *maker) write(name string, data []byte) {
	m.fail(os.WriteFile(filepath.Join(m.dir, name), data, 0o600))
}

// gdal runs one of GDAL's tools.
func gdal(t *testing.T, tool string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(tool)
	if err != nil {
		t.Fatalf("%s makes and checks the corpus of imports; install GDAL's tools, on Debian: apt-get install gdal-bin", tool)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", tool, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// ogr TABLE ARGS… writes a table of testdata/corpus as the shapefile "layer".
func (m *maker) ogr(args []string) {
	if !slices.Contains(args, "-lco") {
		args = append(args, "-lco", "ENCODING=UTF-8")
	}
	m.as(append([]string{"shp"}, args...))
}

// formats are what GDAL calls the formats of files, by their extension.
var formats = map[string]string{"shp": "ESRI Shapefile", "geojson": "GeoJSON", "csv": "CSV", "kml": "KML", "kmz": "LIBKML", "gpkg": "GPKG"}

// as EXTENSION TABLE ARGS… writes a table as "layer" in another format.
func (m *maker) as(args []string) {
	key := strings.Join(args, " ")
	if m.made[key] == nil {
		dir := m.t.TempDir()
		all := []string{
			"-f", formats[args[0]], filepath.Join(dir, "layer."+args[0]), filepath.Join("testdata", "corpus", args[1]+".csv"),
			"-oo", "GEOM_POSSIBLE_NAMES=wkt", "-oo", "KEEP_GEOM_COLUMNS=NO", "-oo", "EMPTY_STRING_AS_NULL=YES", "-s_srs", "EPSG:4326", "-nln", "layer",
		}
		if !slices.Contains(args, "-t_srs") {
			all = append(all, "-t_srs", "EPSG:4326")
		}
		gdal(m.t, "ogr2ogr", append(all, args[2:]...)...)
		m.made[key] = map[string][]byte{}
		m.fail(fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				m.made[key][path], err = os.ReadFile(filepath.Join(dir, path))
			}
			return err
		}))
	}
	for name, data := range m.made[key] {
		m.write(name, data)
	}
}

// prj FORMAT CRS replaces the .prj by what gdalsrsinfo writes.
func (m *maker) prj(args []string) {
	m.write("layer.prj", []byte(strings.TrimSpace(gdal(m.t, "gdalsrsinfo", "--single-line", "-o", args[0], args[1]))))
}

func (m *maker) number(text string) int {
	n, err := strconv.Atoi(text)
	m.fail(err)
	return n
}

func (m *maker) change(extension string, edit func([]byte) []byte) {
	m.fail(os.WriteFile(m.path(extension), edit(m.read(extension)), 0o600))
}

func (m *maker) bytes(text string) []byte {
	b, err := hex.DecodeString(text)
	m.fail(err)
	return b
}

// patch: byte EXTENSION OFFSET HEX. An offset below 0 counts from the end.
func (m *maker) patch(args []string) {
	m.change(args[0], func(data []byte) []byte {
		at := m.number(args[1])
		if at < 0 {
			at += len(data)
		}
		copy(data[at:], m.bytes(args[2]))
		return data
	})
}

// cut EXTENSION N takes the last bytes off, or leaves N where N is above 0.
func (m *maker) cut(args []string) {
	m.change(args[0], func(data []byte) []byte {
		n := m.number(args[1])
		if n <= 0 {
			n += len(data)
		}
		return data[:n]
	})
}

// grow: append EXTENSION HEX.
func (m *maker) grow(args []string) {
	m.change(args[0], func(data []byte) []byte { return append(data, m.bytes(args[1])...) })
}

// deleteRow: delete N marks a row of the .dbf as deleted.
func (m *maker) deleteRow(args []string) {
	m.change(".dbf", func(data []byte) []byte {
		head, width := int(binary.LittleEndian.Uint16(data[8:])), int(binary.LittleEndian.Uint16(data[10:]))
		data[head+(m.number(args[0])-1)*width] = '*'
		return data
	})
}

// zeros EXTENSION MEGABYTES puts zeros at the end of a file, and counts them in the
// head of a .shp or .dbf.
func (m *maker) zeros(args []string) {
	m.change(args[0], func(data []byte) []byte {
		data = append(data, make([]byte, m.number(args[1])<<20)...)
		switch args[0] {
		case ".shp":
			binary.BigEndian.PutUint32(data[24:], uint32(len(data)/2))
		case ".dbf":
			width := int(binary.LittleEndian.Uint16(data[10:]))
			binary.LittleEndian.PutUint32(data[4:], uint32(len(data)/width))
		}
		return data
	})
}

func (m *maker) upper([]string) {
	for _, name := range m.files() {
		m.fail(os.Rename(filepath.Join(m.dir, name), filepath.Join(m.dir, strings.ToUpper(name))))
	}
}

// pack: zip PREFIX packs what lies in the folder, and takes it from there.
func (m *maker) pack(args []string) {
	prefix := strings.Join(args, " ")
	m.zip = true
	for _, name := range m.files() {
		data, err := os.ReadFile(filepath.Join(m.dir, name))
		m.fail(err)
		m.entries = append(m.entries, packed{name: prefix + name, data: data})
		m.fail(os.Remove(filepath.Join(m.dir, name)))
		if strings.EqualFold(filepath.Ext(name), ".shp") {
			m.in = "/vsizip/" + filepath.Join(m.dir, "upload.zip") + "/" + prefix + name
		}
	}
}

func (m *maker) entry(args []string) {
	m.entries = append(m.entries, packed{name: args[0], data: []byte(strings.Join(args[1:], " "))})
}

// link NAME TARGET adds a symbolic link.
func (m *maker) link(args []string) {
	m.entries = append(m.entries, packed{name: args[0], data: []byte(args[1]), edit: func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }})
}

func (m *maker) encrypt([]string) {
	m.entries[0].edit = func(h *zip.FileHeader) { h.Flags |= 1 }
}

// method N says that the first entry is packed in a way of that number.
func (m *maker) method(args []string) {
	m.entries[0].edit = func(h *zip.FileHeader) { h.Method = uint16(m.number(args[0])) }
}

func (m *maker) many(args []string) {
	for i := range m.number(args[0]) {
		m.entries = append(m.entries, packed{name: fmt.Sprint("empty", i)})
	}
}

// archive writes the entries. Those of an unknown method are stored.
func (m *maker) archive() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range m.entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.edit != nil {
			e.edit(h)
		}
		if h.Method != zip.Deflate {
			h.CRC32, h.CompressedSize64, h.UncompressedSize64 = crc32.ChecksumIEEE(e.data), uint64(len(e.data)), uint64(len(e.data))
			f, err := w.CreateRaw(h)
			m.fail(err)
			_, err = f.Write(e.data)
			m.fail(err)
			continue
		}
		f, err := w.CreateHeader(h)
		m.fail(err)
		_, err = f.Write(e.data)
		m.fail(err)
	}
	m.fail(w.Close())
	return b.Bytes()
}

// overlap packs the files and lets the directory say that the second entry lies where
// the first does.
func (m *maker) overlap([]string) {
	m.pack(nil)
	data := m.archive()
	second := bytes.LastIndex(data, []byte("PK\x01\x02"))
	first := bytes.Index(data, []byte("PK\x01\x02"))
	copy(data[second+42:second+46], data[first+42:first+46])
	m.open = filepath.Join(m.dir, "upload.zip")
	m.fail(os.WriteFile(m.open, data, 0o600))
}

// stepNames are for the test that every step is used.
func stepNames() []string { return slices.Sorted(maps.Keys(steps)) }
