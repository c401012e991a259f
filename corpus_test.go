package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

var updateCorpus = flag.Bool("update-corpus", false, "write what was found into testdata/corpus.csv; read the diff before it is committed")

const corpusPath = "testdata/corpus.csv"

// corpusCase is a row of the corpus: a file, how it is made, and what becomes of it.
type corpusCase struct {
	name, made, collection, options string
	found                           corpusFound
	// gdal is "yes" where the number of records and the extent must be GDAL's, "count"
	// where the extent in the head of the file, which GDAL tells, is another one, "no"
	// where GDAL reads it otherwise or not at all.
	gdal string
}

// corpusFound is what became of a file. state is that of the import, or "refused" when
// the format can make nothing of it.
type corpusFound struct {
	state                       string
	records                     string
	added, changed, same, wrong string
	rules                       string // in order of name, with "×n" where there are several
}

var corpusHead = []string{"name", "made", "collection", "options", "state", "records", "new", "changed", "same", "refused", "rules", "gdal"}

func readCorpus(t *testing.T) []corpusCase {
	t.Helper()
	f, err := os.Open(corpusPath)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || !slices.Equal(rows[0], corpusHead) {
		t.Fatal(rows[:1], err)
	}
	var cases []corpusCase
	for _, r := range rows[1:] {
		cases = append(cases, corpusCase{r[0], r[1], r[2], r[3], corpusFound{r[4], r[5], r[6], r[7], r[8], r[9], r[10]}, r[11]})
	}
	return cases
}

func writeCorpus(t *testing.T, cases []corpusCase) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{corpusHead}
	for _, c := range cases {
		f := c.found
		rows = append(rows, []string{c.name, c.made, c.collection, c.options, f.state, f.records, f.added, f.changed, f.same, f.wrong, f.rules, c.gdal})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(corpusPath, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestCorpus makes each file of testdata/corpus.csv and imports it as a dry run into a
// store with two crossings, of which the tables have one as it is stored and one that
// is changed.
func TestCorpus(t *testing.T) {
	cases := readCorpus(t)
	if len(cases) < 60 {
		t.Fatalf("the corpus has %d files", len(cases))
	}
	s := corpusService(t)
	made := map[string]map[string][]byte{}
	for i := range cases {
		if storetest.Raced() && !*updateCorpus && i%3 != 0 {
			continue
		}
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			m := &maker{t: t, dir: t.TempDir(), made: made}
			m.make(c.made)
			report := c.preview(t, s, m)
			got := foundBy(report)
			if c.gdal != "no" {
				agreesWithGDAL(t, m, c)
			}
			if *updateCorpus {
				c.found = got
				return
			}
			if got != c.found {
				t.Errorf("found %+v\nwant  %+v", got, c.found)
				for _, f := range report.Findings.List {
					t.Log(f.String())
				}
				for _, q := range report.Questions {
					t.Log(q.Option, q.Detail)
				}
			}
		})
	}
	if *updateCorpus {
		writeCorpus(t, cases)
	}
}

// Every step is in use, and no two files are one.
func TestCorpusIsRead(t *testing.T) {
	t.Parallel()
	cases := readCorpus(t)
	names, recipes := map[string]bool{}, ""
	for _, c := range cases {
		if names[c.name] {
			t.Errorf("two files are called %q", c.name)
		}
		names[c.name] = true
		recipes += ";" + c.made
	}
	for _, step := range stepNames() {
		if !regexp.MustCompile(`;\s*` + step + `\b`).MatchString(recipes) {
			t.Errorf("no file is made by the step %q", step)
		}
	}
}

func corpusService(t *testing.T) *ingest.Service {
	t.Helper()
	atlas := geo.Border()
	store := storetest.NewPlain(atlas)
	c, err := atlas.Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	crossing := func(id, en, ru string, at orb.Point) geo.Put {
		f := geo.Feature{ID: id, Geometry: at, Values: make([]geo.Value, len(c.Properties)), Sources: []string{"s1"}}
		for name, v := range map[string]string{"name_en": en, "name_ru": ru, "summary": "Made up for a test."} {
			f.Values[c.PropertyIndex(name)] = v
		}
		return geo.Put{Collection: c, Feature: f}
	}
	err = store.Apply(t.Context(), geo.Change{
		Actor: "test", Sources: []geo.Source{{ID: "s1", Publisher: "Made up", Title: "Made up for a test"}},
		Features: []geo.Put{
			crossing("made-up-1", "Made up one", "Мост один", orb.Point{71.50389, 37.52806}), crossing("made-up-2", "Of another name", "Мост два", orb.Point{71.5797, 36.7389}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := borders()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	return &ingest.Service{Atlas: atlas, Store: store, Open: openFile, Borders: lines, Now: func() time.Time { return now }}
}

// preview imports the file. One that is refused must be so at once, without much
// memory, and in words.
func (c *corpusCase) preview(t *testing.T, s *ingest.Service, m *maker) *ingest.Report {
	t.Helper()
	const mostTime, mostBytes = time.Second, 100 << 20
	upload := &geo.Upload{Name: filepath.Base(m.open), Collection: c.collection, Options: corpusOptions(t, c.options), Actor: "tester"}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := worked(t)
	report, err := s.Preview(t.Context(), upload, m.open)
	took := worked(t) - start
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatalf("the import failed, which is no refusal: %v", err)
	}
	if report.Errors() > 0 || len(report.Questions) > 0 {
		if took > mostTime {
			t.Errorf("refused after %s of work", took)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > mostBytes {
			t.Errorf("refused with %d bytes allocated", used)
		}
	}
	for _, f := range report.Findings.List {
		if len(f.Detail) < 10 || f.Rule == "" {
			t.Errorf("a finding says little: %+v", f)
		}
	}
	return report
}

// worked is what this process has worked so far: other work on the machine does not
// count.
func worked(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// corpusOptions reads "key=value" words; those of "map." say which field fills what. A
// "+" stands for a blank.
func corpusOptions(t *testing.T, text string) json.RawMessage {
	t.Helper()
	options := map[string]any{}
	fields := map[string]string{}
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, "=")
		if field, is := strings.CutPrefix(name, "map."); is {
			fields[field] = value
			options["map"] = fields
			continue
		}
		options[name] = strings.ReplaceAll(value, "+", " ")
	}
	data, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// foundBy reads the report. The words of the import that everything made up has are
// left out.
func foundBy(r *ingest.Report) corpusFound {
	state := string(r.State())
	if r.Layer == "" && r.Errors() > 0 {
		state = "refused"
	}
	var rules []string
	for _, q := range r.Questions {
		rules = append(rules, "?"+q.Option)
	}
	for _, tally := range r.Findings.Tallies {
		if tally.Rule == ingest.RuleCited {
			continue
		}
		rule := string(tally.Rule)
		if tally.Count > 1 {
			rule += fmt.Sprintf("×%d", tally.Count)
		}
		rules = append(rules, rule)
	}
	slices.Sort(rules)
	n := &r.Counts
	return corpusFound{
		state, strconv.Itoa(n.Records), strconv.Itoa(n.New), strconv.Itoa(n.Changed), strconv.Itoa(n.Same), strconv.Itoa(n.Refused), strings.Join(rules, " "),
	}
}

var (
	gdalRecord = regexp.MustCompile(`(?m)^OGRFeature\(`)
	gdalExtent = regexp.MustCompile(`Extent: \(([-\d.]+), ([-\d.]+)\) - \(([-\d.]+), ([-\d.]+)\)`)
)

// agreesWithGDAL holds the number of records and the extent of the layer, before
// anything becomes of it, against what ogrinfo says.
func agreesWithGDAL(t *testing.T, m *maker, c *corpusCase) {
	t.Helper()
	file, err := openFile(t.Context(), ingest.Opening{Path: m.open, Name: filepath.Base(m.open), Collection: c.collection})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	layer := file.Layers()[0]
	for _, l := range file.Layers() {
		if strings.Contains(" "+c.options+" ", " layer="+l.Name()+" ") {
			layer = l
		}
	}
	count, box := 0, orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for record, err := range layer.Records() {
		count++ // GDAL takes what is refused as it is
		if err == nil && record.Geometry != nil {
			b := record.Geometry.Bounds()
			box = box.Extend(orb.Point{b.Min(0), b.Min(1)}).Extend(orb.Point{b.Max(0), b.Max(1)})
		}
	}
	out := gdal(t, "ogrinfo", "-ro", "-al", m.in)
	if theirs := len(gdalRecord.FindAllString(out, -1)); theirs != count {
		t.Errorf("%d records, GDAL has %d", count, theirs)
	}
	said := gdalExtent.FindStringSubmatch(out)
	if said == nil || box.Min[0] > box.Max[0] || c.gdal == "count" {
		return
	}
	for i, ours := range []float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]} {
		theirs, err := strconv.ParseFloat(said[i+1], 64)
		if err != nil || math.Abs(ours-theirs) > 1e-5 {
			t.Errorf("the extent is %v, GDAL has %v", box, said[1:])
			return
		}
	}
}
