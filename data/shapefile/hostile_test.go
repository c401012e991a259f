package shapefile_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"oxus/data/archive"
	"oxus/data/shapefile"
	"oxus/geo"
)

// refused opens and reads a file that must break a rule, without taking memory
// or time: it takes a fraction of a second, and the bound leaves room for a
// loaded machine under the race detector.
func refused(t *testing.T, path string, opts shapefile.Options, rule geo.Rule) {
	t.Helper()
	const mostTime, mostBytes = 3 * time.Second, 100 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err := openAndRead(path, opts)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	wantRule(t, err, rule)
	if took > mostTime {
		t.Errorf("refused after %s", took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > mostBytes {
		t.Errorf("refused with %d bytes allocated", used)
	}
}

func openAndRead(path string, opts shapefile.Options) error {
	f, err := shapefile.Open(path, opts)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, l := range f.Layers() {
		if _, faults, err := readAll(l); err != nil || len(faults) > 0 {
			return joinFaults(err, faults)
		}
	}
	return nil
}

func joinFaults(err error, faults []geo.Fault) error {
	if err != nil {
		return err
	}
	return geo.Faulty(faults)
}

func TestHostileHeaders(t *testing.T) {
	good, table := shp(1, pointShape(1, 2)), dbf(names(), rows(1)...)
	edited := func(data []byte, at int, value ...byte) []byte {
		data = bytes.Clone(data)
		copy(data[at:], value)
		return data
	}
	wide := make([]column, 1001)
	for i := range wide {
		wide[i] = column{fmt.Sprintf("F%d", i), 'C', 1, 0}
	}
	type files struct {
		shp, dbf []byte
		rule     geo.Rule
	}
	cases := map[string]files{
		"shp mark":                  {edited(good, 0, 1), table, shapefile.RuleShapeHeader},
		"shp version":               {edited(good, 28, 0), table, shapefile.RuleShapeHeader},
		"shp length 0":              {edited(good, 24, 0, 0, 0, 0), table, shapefile.RuleShapeHeader},
		"shp length 8 GB":           {edited(good, 24, 0xff, 0xff, 0xff, 0xff), table, archive.RuleTruncated},
		"shp length cuts a record":  {edited(good, 24, be32((100+14)/2)...), table, archive.RuleTruncated},
		"shp length cuts a header":  {edited(good, 24, be32((100+4)/2)...), table, archive.RuleTruncated},
		"shp length before records": {edited(good, 24, be32(100/2)...), table, shapefile.RuleCounts},
		"shp type MultiPatch":       {edited(good, 32, 31), table, shapefile.RuleShapeHeader},
		"shp type 99":               {edited(good, 32, 99), table, shapefile.RuleShapeHeader},
		"shp type -1":               {edited(good, 32, 0xff, 0xff, 0xff, 0xff), table, shapefile.RuleShapeHeader},
		"shp header cut":            {good[:60], table, archive.RuleTruncated},
		"shp record header cut":     {good[:104], table, archive.RuleTruncated},
		"shp record cut":            {good[:115], table, archive.RuleTruncated},
		"shp without records":       {shp(1), table, shapefile.RuleCounts},
		"shp with more records":     {shp(1, pointShape(1, 2), pointShape(1, 2)), table, shapefile.RuleCounts},
		"record of 2 GB":            {edited(good, 104, 0x3f, 0xff, 0xff, 0xff), table, archive.RuleTruncated},
		"record of 8 GB":            {edited(good, 104, 0xff, 0xff, 0xff, 0xff), table, archive.RuleTruncated},
		"record of 2 GB, file too":  {edited(edited(good, 24, 0xff, 0xff, 0xff, 0xff), 104, 0x3f, 0xff, 0xff, 0xff), table, archive.RuleTruncated},
		"dbf empty":                 {good, nil, archive.RuleTruncated},
		"dbf header cut":            {good, table[:20], archive.RuleTruncated},
		"dbf fields cut":            {good, table[:40], archive.RuleTruncated},
		"dbf row cut":               {good, table[:len(table)-5], archive.RuleTruncated},
		"dbf without its row":       {good, table[:65], archive.RuleTruncated},
		"dbf of 10^9 records":       {good, edited(table, 4, le32(1_000_000_000)...), shapefile.RuleRecords},
		"dbf of 2^32 records":       {good, edited(table, 4, 0xff, 0xff, 0xff, 0xff), shapefile.RuleRecords},
		"dbf of 9 million records":  {good, edited(table, 4, le32(9_000_000)...), shapefile.RuleCounts},
		"dbf header length 0":       {good, edited(table, 8, 0, 0), shapefile.RuleTableHeader},
		"dbf header length 64 kB":   {good, edited(table, 8, 0xff, 0xff), archive.RuleTruncated},
		"dbf row length 0":          {good, edited(table, 10, 0, 0), shapefile.RuleTableHeader},
		"dbf row length 1":          {good, edited(table, 10, 1, 0), shapefile.RuleTableHeader},
		"dbf field of 0 bytes":      {good, edited(table, 48, 0), shapefile.RuleTableHeader},
		"dbf field past the row":    {good, edited(table, 48, 200), shapefile.RuleTableHeader},
		"dbf date of 5 bytes":       {good, dbf([]column{{"D", 'D', 5, 0}}, " 12345"), shapefile.RuleTableHeader},
		"dBase 7":                   {good, edited(table, 0, 4), shapefile.RuleTableHeader},
		"1001 fields":               {good, dbf(wide, " "+strings.Repeat("x", 1001)), shapefile.RuleFields},
		"field without a name":      {good, dbf([]column{{"", 'C', 1, 0}}, " x"), shapefile.RuleFieldName},
		"two fields of a name":      {good, dbf([]column{{"A", 'C', 1, 0}, {"A", 'C', 1, 0}}, " xy"), shapefile.RuleFieldName},
	}
	for _, kind := range []byte("MBGPIO@T+Y0VQWx\x01\xff") {
		cases[fmt.Sprintf("field type %q", kind)] = files{good, dbf([]column{{"A", kind, 8, 0}}, " 12345678"), shapefile.RuleFieldType}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(write(t, map[string][]byte{"a.shp": c.shp, "a.dbf": c.dbf}), "a.shp")
			refused(t, path, shapefile.Options{}, c.rule)
		})
	}
}

func TestLongPrjIsRefused(t *testing.T) {
	dir := write(t, map[string][]byte{"a.shp": shp(1), "a.dbf": dbf(names()), "a.prj": bytes.Repeat([]byte("["), 1<<20)})
	refused(t, filepath.Join(dir, "a.shp"), shapefile.Options{}, shapefile.RulePrj)
}

// A claim within every limit still allocates only what arrives.
func TestClaimsDoNotAllocate(t *testing.T) {
	claim := concat(shpHeader(5, 40<<20), be32(1), be32(30<<20/2), make([]byte, 100))
	l := mustLoose(t, claim, dbf(names(), rows(1)...))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := readAll(l)
	runtime.ReadMemStats(&after)
	wantRule(t, err, archive.RuleTruncated)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated for a claim of 30 MB", used)
	}
}

func TestReadingAgainDoesNotCountAgain(t *testing.T) {
	l, err := loose(t, shp(1, pointShape(1, 2)), dbf(names(), rows(1)...), shapefile.Options{Limits: shapefile.Limits{TotalBytes: 250}})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		mustRead(t, l)
	}
}

func TestLimitsOfARecord(t *testing.T) {
	five := multiShape(8, []float64{1, 1, 2, 2, 3, 3, 4, 4, 5, 5})
	points := concat(le32(8), make([]byte, 32), le32(5), five[len(five)-80:])
	cases := map[string]struct {
		kind    uint32
		content []byte
		limits  shapefile.Limits
		rule    geo.Rule
	}{
		"points":        {8, points, shapefile.Limits{Points: 4}, shapefile.RulePoints},
		"parts":         {3, multiShape(3, []float64{1, 2, 3, 4}, []float64{1, 2, 3, 4}), shapefile.Limits{Parts: 1}, shapefile.RulePartCount},
		"bytes there":   {8, concat(points, make([]byte, 200)), shapefile.Limits{Points: 4, Parts: 1}, shapefile.RulePoints},
		"just enough":   {8, points, shapefile.Limits{Points: 5}, ""},
		"records":       {8, points, shapefile.Limits{Records: 2}, shapefile.RuleRecords},
		"fields":        {8, points, shapefile.Limits{Fields: 1}, ""},
		"member bytes":  {8, points, shapefile.Limits{MemberBytes: 200}, archive.RuleMemberBytes},
		"bytes in all":  {8, points, shapefile.Limits{TotalBytes: 300}, archive.RuleTotalBytes},
		"bytes for all": {8, points, shapefile.Limits{TotalBytes: 1000}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l, err := loose(t, shp(c.kind, le32(0), c.content, le32(0)), dbf(names(), rows(3)...), shapefile.Options{Limits: c.limits})
			var records []geo.Record
			var faults []geo.Fault
			if err == nil {
				records, faults, err = readAll(l)
			}
			err = joinFaults(err, faults)
			if c.rule == "" {
				if err != nil || len(records) != 3 {
					t.Error(records, err)
				}
				return
			}
			wantRule(t, err, c.rule)
			if len(faults) == 1 && len(records) != 2 {
				t.Errorf("reading did not go on: %v", records)
			}
		})
	}
}

func TestHostileNames(t *testing.T) {
	for name, rule := range map[string]geo.Rule{
		"/etc/passwd": archive.RuleZipAbsolute, "C:/a.shp": archive.RuleZipAbsolute, "c:a.shp": archive.RuleZipAbsolute, "//host/a.shp": archive.RuleZipAbsolute,
		"../a.shp": archive.RuleZipParent, "x/../../a.shp": archive.RuleZipParent, "x/..": archive.RuleZipParent,
		`x\a.shp`: archive.RuleZipBackslash, `..\a.shp`: archive.RuleZipBackslash, `\\host\a.shp`: archive.RuleZipBackslash,
		"a\x00.shp": archive.RuleZipName, "a\n.shp": archive.RuleZipName, "": archive.RuleZipName, "x//a.shp": archive.RuleZipName, "./a.shp": archive.RuleZipName,
		"con.shp": archive.RuleZipDevice, "x/NUL": archive.RuleZipDevice, "aux.tar.gz": archive.RuleZipDevice, "Com1.dbf": archive.RuleZipDevice,
		"LPT9": archive.RuleZipDevice, "com¹.shp": archive.RuleZipDevice, "prn .txt": archive.RuleZipDevice, "nul/a.shp": archive.RuleZipDevice,
		"A.SHP": archive.RuleZipCase, "a.shp": archive.RuleZipCase, "a.shp/": archive.RuleZipCase,
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, writeZip(t, entry{name: "a.shp", data: shp(1)}, entry{name: "a.dbf", data: dbf(names())}, entry{name: name}), shapefile.Options{}, rule)
		})
	}
	for _, name := range []string{"console.shp", "com10", "nul_1.dbf", "a.shp.xml", "..a", "a..b", "COMET.prj", "ä/Б.cpg", "б.shx"} {
		path := writeZip(t, entry{name: "a.shp", data: shp(1)}, entry{name: "a.dbf", data: dbf(names())}, entry{name: name}, entry{name: "console.dbf", data: dbf(names())})
		if err := openAndRead(path, shapefile.Options{}); err != nil && name != "console.shp" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Names in an old code page are bytes; different ones must stay different.
func TestNamesThatAreNotUTF8(t *testing.T) {
	path := writeZip(t, entry{name: "\x80.shp", data: shp(1)}, entry{name: "\x80.DBF", data: dbf(names())}, entry{name: "\x81.shp", data: shp(1)}, entry{name: "\x81.dbf", data: dbf(names())})
	f, err := shapefile.Open(path, shapefile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if len(f.Layers()) != 2 {
		t.Error(len(f.Layers()))
	}
}

func TestHostileEntries(t *testing.T) {
	good := []entry{{name: "a.shp", data: shp(1)}, {name: "a.dbf", data: dbf(names())}}
	with := func(name string, edit func(h *zip.FileHeader)) string {
		return writeZip(t, append(good[:2:2], entry{name: name, data: []byte("a.shp"), edit: edit})...)
	}
	refused(t, with("b.shp", func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }), shapefile.Options{}, archive.RuleZipSymlink)
	refused(t, with("b", func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o777) }), shapefile.Options{}, archive.RuleZipSymlink)
	refused(t, with("b.txt", func(h *zip.FileHeader) { h.Flags |= 1 }), shapefile.Options{}, archive.RuleZipEncrypted)
	refused(t, writeZip(t, entry{name: "a.txt"}, entry{name: "a.zip", data: zipOf(t, good...)}), shapefile.Options{}, shapefile.RuleNoLayer)
	refused(t, writeZip(t), shapefile.Options{}, shapefile.RuleNoLayer)

	data := bytes.ReplaceAll(zipOf(t, good...), []byte{0x14, 0, 8, 0, 8, 0}, []byte{0x14, 0, 8, 0, 9, 0})
	refused(t, filepath.Join(write(t, map[string][]byte{"a.zip": data}), "a.zip"), shapefile.Options{}, archive.RuleZipMethod)
}

func TestTooManyEntries(t *testing.T) {
	var many []entry
	for i := range 1001 {
		many = append(many, entry{name: fmt.Sprintf("%d.txt", i)})
	}
	refused(t, writeZip(t, many...), shapefile.Options{}, archive.RuleZipEntries)
	// Few enough, but the directory is too long to be read.
	many = many[:900]
	for i := range many {
		many[i].name = fmt.Sprintf("%d%s", i, strings.Repeat("x", 2000))
	}
	refused(t, writeZip(t, many...), shapefile.Options{}, archive.RuleZipEntries)
}

// pack deflates n zero bytes after a prefix.
func pack(t testing.TB, prefix []byte, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	_, err = w.Write(prefix)
	for ; n > 0 && err == nil; n -= len(zeros) {
		_, err = w.Write(zeros[:min(n, len(zeros))])
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A bomb is a .shp whose header is in order, then hundreds of megabytes of zero
// bytes: null records by the million, or one record that claims them all.
func TestBombs(t *testing.T) {
	const size = 300 << 20
	one := concat(shpHeader(5, size), be32(1), be32(0x3fffffff/16))
	packed, honest := pack(t, one, size), uint64(size+len(one))
	bomb := func(declared uint64) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		rawEntry(t, w, "a.shp", packed, declared)
		f, err := w.Create("a.dbf")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(dbfClaiming(9_000_000, 0, names())); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(write(t, map[string][]byte{"bomb.zip": b.Bytes()}), "bomb.zip")
	}
	t.Run("honest about its size", func(t *testing.T) {
		refused(t, bomb(honest), shapefile.Options{}, archive.RuleZipRatio)
	})
	t.Run("lying about its size", func(t *testing.T) {
		refused(t, bomb(1000), shapefile.Options{}, archive.RuleZipDamaged)
	})
	t.Run("within the ratio, above the total", func(t *testing.T) {
		limits := shapefile.Limits{Ratio: 1 << 30, TotalBytes: 50 << 20}
		refused(t, bomb(honest), shapefile.Options{Limits: limits}, archive.RuleTotalBytes)
	})
	t.Run("within the ratio, above the member", func(t *testing.T) {
		limits := shapefile.Limits{Ratio: 1 << 30, MemberBytes: 50 << 20}
		refused(t, bomb(honest), shapefile.Options{Limits: limits}, archive.RuleMemberBytes)
	})
}

// The second directory entry is pointed at the data of the first, as in the
// bombs that unpack to petabytes.
func TestOverlappingEntries(t *testing.T) {
	data := zipOf(t, entry{name: "a.shp", data: shp(1)}, entry{name: "b.shp", data: shp(1)}, entry{name: "a.dbf", data: dbf(names())})
	first := bytes.Index(data, []byte("PK\x01\x02"))
	second := first + 4 + bytes.Index(data[first+4:], []byte("PK\x01\x02"))
	const offsetAt = 42
	copy(data[second+offsetAt:], data[first+offsetAt:first+offsetAt+4])
	refused(t, filepath.Join(write(t, map[string][]byte{"a.zip": data}), "a.zip"), shapefile.Options{}, archive.RuleZipOverlap)
}

func TestDamagedArchives(t *testing.T) {
	good := zipOf(t, entry{name: "a.shp", data: shp(1, pointShape(1, 2))}, entry{name: "a.dbf", data: dbf(names(), rows(1)...)})
	open := func(data []byte) error {
		return openAndRead(filepath.Join(write(t, map[string][]byte{"a.zip": data}), "a.zip"), shapefile.Options{})
	}
	if err := open(good); err != nil {
		t.Fatal(err)
	}
	for cut := 2; cut < len(good); cut += 7 {
		if err := open(good[:cut]); geo.KindOf(err) != geo.Invalid {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
	// A wrong sum in the directory shows once a member is read to its end.
	for at := range good {
		if !bytes.HasPrefix(good[at:], []byte("PK\x01\x02")) {
			continue
		}
		data := bytes.Clone(good)
		binary.LittleEndian.PutUint32(data[at+16:], 12345)
		wantRule(t, open(data), archive.RuleZipDamaged)
	}
	// Any single byte wrong must not panic, and never reads as an internal error.
	for i := range good {
		data := bytes.Clone(good)
		data[i] ^= 0xff
		if err := open(data); err != nil && geo.KindOf(err) != geo.Invalid {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

// Every byte of both files is set to odd values; nothing may panic or be taken
// for a failure of the disk.
func TestEveryByteWrong(t *testing.T) {
	shape := shp(15, concat(multiShape(15, square(0, 0, 4), hole(1, 1, 1)), floats(0, 0), floats(make([]float64, 10)...)))
	table := dbf([]column{{"A", 'C', 3, 0}, {"B", 'N', 4, 1}, {"D", 'D', 8, 0}}, " abc 1.520220501")
	dir := t.TempDir()
	try := func(shape, table []byte, what string) {
		for name, data := range map[string][]byte{"a.shp": shape, "a.dbf": table} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := openAndRead(filepath.Join(dir, "a.shp"), shapefile.Options{}); err != nil && geo.KindOf(err) != geo.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, odd := range []byte{0x00, 0x01, 0x7f, 0x80, 0xff} {
		for i := range shape {
			data := bytes.Clone(shape)
			data[i] = odd
			try(data, table, fmt.Sprintf(".shp byte %d = %#x", i, odd))
		}
		for i := range table {
			data := bytes.Clone(table)
			data[i] = odd
			try(shape, data, fmt.Sprintf(".dbf byte %d = %#x", i, odd))
		}
	}
}
