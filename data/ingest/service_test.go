package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

// opened is a file of layers written down in a test.
type opened []geo.Layer

func (o opened) Layers() []geo.Layer { return o }
func (o opened) Close() error        { return nil }

// service takes imports of one layer, whatever is uploaded.
func service(t *testing.T, store geo.Store, layers ...geo.Layer) *ingest.Service {
	t.Helper()
	return &ingest.Service{
		Atlas: geo.Border(), Store: store, Dir: filepath.Join(t.TempDir(), "uploads"), MaxBytes: 1000,
		Open: func(_ context.Context, o ingest.Opening) (ingest.File, error) {
			if _, err := os.Stat(o.Path); err != nil {
				return nil, err
			}
			return opened(layers), nil
		},
	}
}

// files are the parts of an upload.
func files(texts ...string) func() (*geo.UploadPart, error) {
	return func() (*geo.UploadPart, error) {
		if len(texts) == 0 {
			return nil, io.EOF
		}
		name, text, _ := strings.Cut(texts[0], "=")
		texts = texts[1:]
		return &geo.UploadPart{Name: name, Body: strings.NewReader(text)}, nil
	}
}

func begin(t *testing.T, s *ingest.Service, collection, options string) geo.Import {
	t.Helper()
	im, err := s.Begin(t.Context(), &geo.Upload{Collection: collection, Options: json.RawMessage(options), Actor: "zarina"}, files("x.zip=content"))
	if err != nil {
		t.Fatal(err)
	}
	return stage(t, s, im.ID, "")
}

func stage(t *testing.T, s *ingest.Service, id, options string) geo.Import {
	t.Helper()
	im, err := s.Stage(t.Context(), id, json.RawMessage(options))
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func report(t *testing.T, im geo.Import) *ingest.Report {
	t.Helper()
	r, err := ingest.ParseReport(im.Report)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sourced is a store with a source and two crossings.
func sourced(t *testing.T) (*storetest.Plain, *geo.Collection) {
	t.Helper()
	atlas := geo.Border()
	s := storetest.NewPlain(atlas)
	c, err := atlas.Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	ch := geo.Change{
		Actor: "test", Sources: []geo.Source{{ID: "s1", Publisher: "p", Title: "t"}},
		Features: []geo.Put{
			{Collection: c, Feature: crossing(c, "tem", orb.Point{71.5, 37.5}, "Tem", "First.")},
			{Collection: c, Feature: crossing(c, "langar", orb.Point{72.6, 37}, "Langar", "Second.")},
		},
		Periods: []geo.Period{{
			ID: "tem.2002-11-03.phase", Collection: c.ID, Scope: geo.OfFeature, Owner: "tem", Kind: geo.Phase, Status: "open",
			From: geo.On(geo.NewDate(2002, time.November, 3)), Basis: geo.Ongoing, Sources: []string{"s1"},
		}},
	}
	if err := s.Apply(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func bridges(rows ...[]geo.Value) *table {
	return &table{fields: fields("id", "name_en", "summary", "sources"), crs: wgs84, rows: rows}
}

// content is everything a store holds but revisions, as text.
func content(t *testing.T, store geo.Reader) string {
	t.Helper()
	var b strings.Builder
	atlas := geo.Border()
	cited := map[string]bool{}
	for _, c := range atlas.Collections {
		for it, err := range store.Items(t.Context(), geo.Query{Collection: c, Today: 20000, Histories: true}) {
			if err != nil {
				t.Fatal(err)
			}
			f := *it.Feature
			f.Revision = 0
			fmt.Fprintf(&b, "%s %+v %+v\n", c.ID, f, it.History)
			for _, id := range f.Sources {
				cited[id] = true
			}
		}
	}
	for i := range 400 {
		cited[fmt.Sprintf("s%d", i)] = true
	}
	sources, err := store.Sources(t.Context(), slices.Sorted(maps.Keys(cited)))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%+v", sources)
	return b.String()
}

// An import goes its way: nothing is changed before it is applied, everything is as
// it was when it is taken back, and as it had become when that is taken back.
func TestTheWayOfAnImport(t *testing.T) {
	store, _ := sourced(t)
	s := service(t, store, bridges([]geo.Value{"tem", "Tem – Demogan", "First.", nil}, []geo.Value{"ruzvay", "Ruzvay", "Third.", nil}))
	before := content(t, store)
	im := begin(t, s, "crossings", "")
	if im.State != geo.Staged || im.File != "x.zip" || im.Size != 7 || len(im.Digest) != 64 || content(t, store) != before {
		t.Fatalf("staged: %+v", im)
	}
	// Another process finds it and goes on.
	s = &ingest.Service{Atlas: s.Atlas, Store: store, Dir: s.Dir, Open: s.Open, MaxBytes: s.MaxBytes}
	if _, err := s.Apply(t.Context(), im.ID, "zarina", false); geo.KindOf(err) != geo.Invalid || content(t, store) != before {
		t.Fatalf("applied with warnings that nobody accepted: %v", err)
	}
	applied, err := s.Apply(t.Context(), im.ID, "alisher", true)
	if err != nil || applied.State != geo.Applied || applied.Moment.IsZero() {
		t.Fatalf("%+v, %v", applied, err)
	}
	after := content(t, store)
	if !strings.Contains(after, "Ruzvay") || !strings.Contains(after, "import-"+im.ID) {
		t.Errorf("applied: %s", after)
	}
	for r, err := range store.Revisions(t.Context(), geo.RevisionQuery{Since: applied.Moment}) {
		if err != nil || r.Actor != "alisher" || !strings.HasPrefix(r.Note, geo.ImportNote(im.ID)+", x.zip sha256:") {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if again, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil || again.Serial != applied.Serial {
		t.Errorf("applied again: %+v, %v", again, err)
	}
	if left, err := os.ReadDir(s.Dir); err != nil || len(left) != 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	var rows []string
	for row, err := range s.Changes(t.Context(), &applied, geo.RowsBefore{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, ingest.Described(&row, s.Atlas).String())
	}
	if all := strings.Join(rows, "\n"); len(rows) != 3 || !strings.Contains(all, `changed feature crossings/tem: name_en "Tem" → "Tem – Demogan"`) {
		t.Errorf("rows %s", all)
	}

	back, err := s.RollBack(t.Context(), im.ID, "zarina", false)
	if err != nil || back.State != geo.Applied || back.Undoes != im.ID || content(t, store) != before {
		t.Fatalf("rolled back: %+v, %v\n%s\n%s", back, err, content(t, store), before)
	}
	if im, err = store.FindImport(t.Context(), im.ID); err != nil || im.State != geo.RolledBack || im.UndoneBy != back.ID {
		t.Errorf("%+v, %v", im, err)
	}
	if again, err := s.RollBack(t.Context(), im.ID, "zarina", false); err != nil || again.ID != back.ID {
		t.Errorf("rolled back again: %+v, %v", again, err)
	}
	if _, err = s.RollBack(t.Context(), back.ID, "zarina", false); err != nil || content(t, store) != after {
		t.Errorf("the undoing undone: %v\n%s\n%s", err, content(t, store), after)
	}
}

// What only the maintainer can say is asked, kept as asked, and staged when it is said.
func TestQuestionsAndAnswers(t *testing.T) {
	store, _ := sourced(t)
	l := &table{fields: fields("code", "summary"), rows: [][]geo.Value{{"tem", "Bridge."}}}
	s := service(t, store, l)
	im := begin(t, s, "crossings", "")
	if got := report(t, im).Questions; im.State != geo.Decoded || len(got) != 2 || got[0].Option != "key" || got[1].Option != "crs" {
		t.Fatalf("%s, asked %+v", im.State, got)
	}
	im = stage(t, s, im.ID, `{"crs":"EPSG:4326","map":{"code":"id"},"mode":"replace"}`)
	if got := report(t, im).Questions; im.State != geo.Decoded || len(got) != 1 || got[0].Option != "missing" || len(got[0].Choices) != 2 {
		t.Fatalf("%s, asked %+v", im.State, got)
	}
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); geo.KindOf(err) != geo.Conflict {
		t.Errorf("applied with a question open: %v", err)
	}
	im = stage(t, s, im.ID, `{"crs":"EPSG:4326","map":{"code":"id"},"mode":"replace","missing":"remove"}`)
	if c := report(t, im).Counts; im.State != geo.Staged || c.Changed != 1 || c.Missing != 1 || c.Removed != 1 {
		t.Fatalf("%s %+v", im.State, c)
	}
	before := content(t, store)
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil || strings.Contains(content(t, store), "Langar") {
		t.Fatalf("applied: %v %s", err, content(t, store))
	}
	if _, err := s.RollBack(t.Context(), im.ID, "zarina", false); err != nil || content(t, store) != before {
		t.Errorf("rolled back: %v", err)
	}
	for _, options := range []string{`{"mode":"overwrite"}`, `{"missing":"remove"}`, `{"colour":"red"}`, `{`, `[]`} {
		if _, err := s.Begin(t.Context(), &geo.Upload{Collection: "crossings", Options: json.RawMessage(options), Actor: "zarina"}, files("x=y")); geo.KindOf(err) != geo.Invalid {
			t.Errorf("%s: %v", options, err)
		}
	}
}

func TestModes(t *testing.T) {
	for _, tc := range []struct {
		mode                  string
		added, changed, apart int
	}{{"upsert", 1, 1, 0}, {"insert", 1, 0, 1}, {"update-only", 0, 1, 1}} {
		store, _ := sourced(t)
		s := service(t, store, bridges([]geo.Value{"tem", "T", "First.", "s1"}, []geo.Value{"ruzvay", "R", "Third.", "s1"}))
		c := report(t, begin(t, s, "crossings", `{"mode":"`+tc.mode+`"}`)).Counts
		if c.New != tc.added || c.Changed != tc.changed || c.LeftOut != tc.apart {
			t.Errorf("%s: %+v", tc.mode, c)
		}
	}
}

// Data that was changed under a staged import is never written over.
func TestTheDataChangesUnderAnImport(t *testing.T) {
	store, c := sourced(t)
	s := service(t, store, bridges([]geo.Value{"tem", "T", "First.", "s1"}))
	im := begin(t, s, "crossings", "")
	edit(t, store, c, "tem", "edited")
	before := content(t, store)
	var conflict *geo.Error
	_, err := s.Apply(t.Context(), im.ID, "zarina", true)
	if !errors.As(err, &conflict) || conflict.Kind != geo.Conflict || len(conflict.Faults) != 1 || !strings.Contains(conflict.Detail, "stage the import again") || content(t, store) != before {
		t.Fatalf("%v", err)
	}
	if im = stage(t, s, im.ID, ""); im.State != geo.Staged || !strings.Contains(string(im.Report), "edited") {
		t.Errorf("%s", im.Report)
	}
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
		t.Error(err)
	}
	// And what was changed after it is not taken back.
	edit(t, store, c, "tem", "edited again")
	if _, err = s.RollBack(t.Context(), im.ID, "zarina", false); !errors.As(err, &conflict) || conflict.Kind != geo.Conflict || len(conflict.Faults) != 1 {
		t.Errorf("%v", err)
	}
	back, err := s.RollBack(t.Context(), im.ID, "zarina", true)
	if err != nil || !strings.Contains(content(t, store), "edited again") || report(t, back).Counts.LeftOut != 1 {
		t.Errorf("%v %+v", err, back)
	}
}

// A source that a record names twice is cited once.
func TestSourcesAreCitedOnce(t *testing.T) {
	store, c := sourced(t)
	s := service(t, store, bridges([]geo.Value{"x", "X", "x", "s1|s1"}, []geo.Value{"tem", "Tem", "First.", "s1| s1"}))
	im := begin(t, s, "crossings", "")
	if rep := report(t, im); rep.Errors() > 0 || rep.Counts.Same != 1 {
		t.Fatalf("%+v %v", rep.Counts, rep.Findings.List)
	}
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
		t.Fatal(err)
	}
	if d := detail(t, store, c, "x"); !slices.Equal(d.Feature.Sources, []string{"s1"}) {
		t.Errorf("it cites %q", d.Feature.Sources)
	}
}

// What was edited since stays with what it rests on: the import that it cites, and the
// features that it names; the rest is taken back.
func TestWhatStaysKeepsWhatItRestsOn(t *testing.T) {
	store, c := sourced(t)
	l := &table{fields: fields("id", "name_en", "summary", "parent"), crs: wgs84, rows: [][]geo.Value{
		{"twig", "Twig", "x", "branch"}, {"branch", "Branch", "x", "root"}, {"root", "Root", "x", nil}, {"alone", "Alone", "x", nil},
	}}
	s := service(t, store, l)
	im := begin(t, s, "crossings", "")
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
		t.Fatalf("%v %s", err, im.Report)
	}
	edit(t, store, c, "twig", "edited")
	applied := content(t, store)
	var conflict *geo.Error
	if _, err := s.RollBack(t.Context(), im.ID, "zarina", false); !errors.As(err, &conflict) || len(conflict.Faults) != 1 {
		t.Errorf("%v", err)
	}
	back, err := s.RollBack(t.Context(), im.ID, "zarina", true)
	if err != nil {
		t.Fatal(err)
	}
	for id, stays := range map[string]bool{"twig": true, "branch": true, "root": true, "alone": false} {
		if _, err := store.Detail(t.Context(), c, id, 0); (err == nil) != stays {
			t.Errorf("%s: %v", id, err)
		}
	}
	rep := report(t, back)
	if rep.Counts.LeftOut != 4 || rep.Counts.Changed != 1 {
		t.Errorf("%+v", rep.Counts)
	}
	var got []string
	for _, f := range rep.Findings.List {
		got = append(got, string(f.Rule)+" "+f.Feature+": "+f.Detail)
	}
	slices.Sort(got)
	if len(got) != 4 || !strings.HasPrefix(got[0], "changed-later crossings/twig: editor changed it") ||
		got[1] != "still-needed crossings/branch: crossings/twig rests on it; it stays as it is" ||
		got[2] != "still-needed crossings/root: crossings/branch rests on it; it stays as it is" ||
		!strings.HasPrefix(got[3], "still-needed sources/import-"+im.ID+": crossings/") {
		t.Errorf("told %q", got)
	}
	if _, err := s.RollBack(t.Context(), back.ID, "zarina", false); err != nil || content(t, store) != applied {
		t.Errorf("taken back in turn: %v", err)
	}
}

func edit(t *testing.T, store geo.Store, c *geo.Collection, id, summary string) {
	t.Helper()
	f := *detail(t, store, c, id).Feature
	f.Values = slices.Clone(f.Values)
	f.Values[c.PropertyIndex("summary")] = summary
	if err := store.Apply(t.Context(), geo.Change{Actor: "editor", Features: []geo.Put{{Collection: c, Feature: f, Expect: f.Revision}}}); err != nil {
		t.Fatal(err)
	}
}

func TestUploads(t *testing.T) {
	store, _ := sourced(t)
	s := service(t, store, bridges())
	upload := func(name, token string, parts ...string) (geo.Import, error) {
		return s.Begin(t.Context(), &geo.Upload{Name: name, Collection: "crossings", Actor: "zarina", Token: token}, files(parts...))
	}
	one, err := upload("", "t1", "../../etc/pass\x00wd.zip=abc")
	if err != nil || one.Size != 3 {
		t.Fatalf("%+v, %v", one, err)
	}
	if same, err := upload("", "t1", "other.zip=def"); err != nil || same.ID != one.ID {
		t.Errorf("one token, two imports: %+v, %v", same, err)
	}
	three, err := upload("", "", "b.dbf=1", "b.shp=22", "b.prj=333")
	if err != nil || three.File != "b.shp" || three.Size != 6 || three.Digest == "" {
		t.Errorf("%+v, %v", three, err)
	}
	if _, err := upload("", "", "a.zip="+strings.Repeat("x", 1001)); geo.KindOf(err) != geo.Invalid {
		t.Errorf("too large: %v", err)
	}
	if _, err := upload("", "", "a.zip=1", "a.zip=2"); geo.KindOf(err) != geo.Invalid {
		t.Errorf("one name twice: %v", err)
	}
	if _, err := upload("", ""); geo.KindOf(err) != geo.Invalid {
		t.Errorf("no file is an upload: %v", err)
	}
	broken := errors.New("the client is gone")
	_, err = s.Begin(t.Context(), &geo.Upload{Collection: "crossings", Actor: "zarina"}, func() (*geo.UploadPart, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := s.Discard(t.Context(), one.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Stage(t.Context(), one.ID, nil); geo.KindOf(err) != geo.Conflict {
		t.Errorf("staged after it was discarded: %v", err)
	}
	if im, err := store.FindImport(t.Context(), one.ID); err != nil || im.State != geo.Discarded {
		t.Errorf("%+v, %v", im, err)
	}
}

// What another process is receiving stays; what nobody has written to for long, and
// what belongs to an import that is given up, goes.
func TestTidyUploads(t *testing.T) {
	store, _ := sourced(t)
	s := service(t, store, bridges())
	lies := func(name string, folder, file time.Duration) {
		t.Helper()
		dir := filepath.Join(s.Dir, name)
		path := filepath.Join(dir, "a.zip")
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			err = os.WriteFile(path, []byte("made up"), 0o600)
		}
		for at, age := range map[string]time.Duration{path: file, dir: folder} {
			if err == nil {
				err = os.Chtimes(at, time.Now().Add(-age), time.Now().Add(-age))
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := begin(t, s, "crossings", "")
	given := begin(t, s, "crossings", "")
	if _, err := s.Discard(t.Context(), given.ID); err != nil {
		t.Fatal(err)
	}
	lies(kept.ID, 9*time.Hour, 9*time.Hour)
	lies(given.ID, 0, 0) // as a process leaves it that dies after the state is written
	lies("receiving-1", 0, 0)
	lies("receiving-2", 9*time.Hour, time.Minute) // a large file is being written
	lies("receiving-3", 61*time.Minute, 61*time.Minute)
	lies("20261126-0000000000", time.Minute, time.Minute) // its import is kept in a moment
	lies("20261126-1111111111", 9*time.Hour, 9*time.Hour)
	lies("maps of 2019", 9*time.Hour, 9*time.Hour) // somebody else's
	lies("20261126-backup", 9*time.Hour, 9*time.Hour)
	for range 2 {
		if err := s.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{"20261126-0000000000", "20261126-backup", kept.ID, "maps of 2019", "receiving-1", "receiving-2"}
	if slices.Sort(want); !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
	s.Dir = filepath.Join(s.Dir, "nowhere")
	if err := s.Tidy(t.Context()); err != nil {
		t.Errorf("no folder: %v", err)
	}
}

// A reopening is one row: the phase before it ends where it begins.
func TestPeriodsAreImported(t *testing.T) {
	store, c := sourced(t)
	l := &table{
		fields: fields("collection", "owner", "status", "from_date", "summary", "sources"),
		rows: [][]geo.Value{
			{"crossings", "tem", "closed", "2021-08", "Closed after the takeover.", "s1"},
			{"crossings", "tem", "open", "2023-09-02", "Reopened.", "s1"},
		},
	}
	s := service(t, store, l)
	im := begin(t, s, "status", "")
	rep := report(t, im)
	if im.State != geo.Staged || rep.Counts.New != 2 || rep.Counts.Changed != 1 || !slices.Equal(found(rep, ingest.Repair), []string{"1  phase-ended", "1  phase-ended"}) {
		t.Fatalf("%s %+v %v", im.State, rep.Counts, rep.Findings.List)
	}
	before := content(t, store)
	if _, err := s.Apply(t.Context(), im.ID, "zarina", false); err != nil {
		t.Fatal(err)
	}
	history := detail(t, store, c, "tem").History
	var told []string
	for _, p := range history {
		told = append(told, fmt.Sprint(p.Status, " ", p.From, " ", p.To, " ", p.Basis))
	}
	slices.Sort(told)
	if want := []string{"closed 2021-08 2023-09-02 ended", "open 2002-11-03 2021-08 ended", "open 2023-09-02  ongoing"}; !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
	if im := begin(t, s, "status", ""); report(t, im).Counts.Same != 2 {
		t.Errorf("a second time: %+v", report(t, im).Counts)
	}
	if _, err := s.RollBack(t.Context(), im.ID, "zarina", false); err != nil || content(t, store) != before {
		t.Errorf("rolled back: %v", err)
	}
	l.rows = [][]geo.Value{
		{"crossings", "nowhere", "open", "2023", "x", "s1"},
		{"volcanoes", "tem", "open", "2023", "x", "s1"},
		{"crossings", "tem", "ajar", "2023", "x", "s1"},
		{"crossings", "tem", "open", nil, "x", "s1"},
		{"crossings", "tem", "open", "2002-11-03", "x", "none"},
		{nil, "tem", "open", "2023-01-01", "x", "s1"},
	}
	rep = report(t, begin(t, s, "status", ""))
	if want := []string{
		"1  unknown-feature", "2  unknown-collection", "3  unknown-code", "4  key-required", "5 sources unknown-source", "6 collection required-property",
	}; !slices.Equal(found(rep, ingest.Error), want) || rep.Counts.Refused != 6 || rep.Counts.New+rep.Counts.Changed != 0 {
		t.Errorf("%q %+v", found(rep, ingest.Error), rep.Counts)
	}
}

func TestSourcesAreImported(t *testing.T) {
	store, _ := sourced(t)
	l := &table{
		fields: fields("id", "publisher", "title", "published"),
		rows:   [][]geo.Value{{"s1", "p", "Better title", nil}, {"s2", "Asia-Plus", "Bridge reopens", "2023-09-02"}, {"s3", nil, "x", "soon"}},
	}
	s := service(t, store, l)
	if im := begin(t, s, "sources", ""); im.State != geo.Checked || report(t, im).Counts.Refused != 1 {
		t.Errorf("%s %v", im.State, report(t, im).Findings.List)
	}
	l.rows = l.rows[:2]
	before := content(t, store)
	im := begin(t, s, "sources", "")
	if c := report(t, im).Counts; im.State != geo.Staged || c.New != 1 || c.Changed != 1 {
		t.Fatalf("%s %+v", im.State, c)
	}
	if _, err := s.Apply(t.Context(), im.ID, "zarina", false); err != nil || !strings.Contains(content(t, store), "Better title") {
		t.Fatal(err)
	}
	if _, err := s.RollBack(t.Context(), im.ID, "zarina", false); err != nil || content(t, store) != before {
		t.Errorf("%v", err)
	}
}

// For random imports, with edits of other rows in between: what is applied and taken
// back leaves everything as it would be without.
func TestApplyAndRollBackIsNothing(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		store, c := sourced(t)
		mirror, _ := sourced(t)
		for i := range 6 {
			for _, w := range []geo.Store{store, mirror} {
				if err := w.Apply(t.Context(), geo.Change{Actor: "test", Features: []geo.Put{{Collection: c, Feature: crossing(c, fmt.Sprint("c", i), orb.Point{70 + float64(i), 37}, "C", "c")}}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		l := bridges()
		used := map[string]bool{}
		for range 1 + rng.IntN(8) {
			id := fmt.Sprint("c", rng.IntN(12))
			if used[id] {
				continue
			}
			used[id] = true
			l.rows = append(l.rows, []geo.Value{id, fmt.Sprint("Name ", rng.IntN(3)), fmt.Sprint("Summary ", rng.IntN(2)), []geo.Value{nil, "s1"}[rng.IntN(2)]})
			l.points = append(l.points, at(68+rng.Float64(), 37))
		}
		s := service(t, store, l)
		options := [...]string{"", `{"mode":"insert"}`, `{"mode":"update-only"}`, `{"mode":"replace","missing":"remove"}`, `{"mode":"replace","missing":"keep"}`}[rng.IntN(5)]
		im := begin(t, s, "crossings", options)
		if im.State != geo.Staged {
			t.Fatalf("seed %d: %s %s", seed, im.State, im.Report)
		}
		between := func(id string) {
			for _, w := range []geo.Store{store, mirror} {
				if err := w.Apply(t.Context(), geo.Change{Actor: "editor", Features: []geo.Put{{Collection: c, Feature: crossing(c, id, nil, "Other", "o")}}}); err != nil {
					t.Fatal(err)
				}
			}
		}
		between("other-1")
		if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		between("other-2")
		applied := content(t, store)
		back, err := s.RollBack(t.Context(), im.ID, "zarina", false)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got, want := content(t, store), content(t, mirror); got != want {
			t.Fatalf("seed %d, %s: rolled back\n%s\nwant\n%s", seed, options, got, want)
		}
		if _, err := s.RollBack(t.Context(), back.ID, "zarina", false); err != nil || content(t, store) != applied {
			t.Fatalf("seed %d: undone %v", seed, err)
		}
	}
}

// Two who stage one import at once leave one of the two stagings, whole.
func TestTwoWhoStageOneImport(t *testing.T) {
	store, _ := sourced(t)
	s := service(t, store, bridges([]geo.Value{"tem", "T", "First.", "s1"}))
	im := begin(t, s, "crossings", "")
	stale := im
	stage(t, s, im.ID, "")
	if _, err := store.PutImport(t.Context(), stale); geo.KindOf(err) != geo.Conflict {
		t.Errorf("an old state is written over a new one: %v", err)
	}
	var other bytes.Buffer
	if err := s.WriteReport(&other, &im); err != nil || !strings.Contains(other.String(), "1 changed") {
		t.Errorf("%v %s", err, other.String())
	}
	for _, err := range s.Changes(t.Context(), &stale, geo.RowsBefore{}) {
		if geo.KindOf(err) != geo.Conflict {
			t.Errorf("the rows of another staging: %v", err)
		}
	}
}

// counting is a store that counts what is read of stagings and of the history.
type counting struct {
	*storetest.Plain
	parts, revisions int
}

func (s *counting) Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for part, err := range s.Plain.Staged(ctx, id, passed) {
			if s.parts++; !yield(part, err) {
				return
			}
		}
	}
}

func (s *counting) Revisions(ctx context.Context, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		for r, err := range s.Plain.Revisions(ctx, q) {
			if s.revisions++; !yield(r, err) {
				return
			}
		}
	}
}

// A page of the rows of an import costs what the page has, however late it is. The rows
// are invented.
func TestLatePagesOfRows(t *testing.T) {
	const rows, page = 12_000, 100
	plain, _ := sourced(t)
	store := &counting{Plain: plain}
	l := bridges()
	for i := range rows {
		l.rows = append(l.rows, []geo.Value{fmt.Sprint("x", i), "X", "x", "s1"})
	}
	s := service(t, store, l)
	im := begin(t, s, "crossings", "")
	read := func(before geo.RowsBefore, limit int) (list []geo.ImportRow) {
		for row, err := range s.Changes(t.Context(), &im, before) {
			if err != nil {
				t.Fatal(err)
			}
			if list = append(list, row); len(list) == limit {
				break
			}
		}
		return list
	}
	for _, state := range []geo.ImportState{geo.Staged, geo.Applied} {
		if state == geo.Applied {
			var err error
			if im, err = s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
				t.Fatal(err)
			}
		}
		all := read(geo.RowsBefore{}, rows+1)
		if len(all) != rows {
			t.Fatalf("%s: %d rows", state, len(all))
		}
		for _, count := range []int{0, 1, 4_950, 4_999, 5_000, 5_001, 10_000, 11_950, 11_999, 12_000, 99_999} {
			before := geo.RowsBefore{Count: count}
			if state == geo.Applied && count > 0 {
				before.Number = all[min(count, rows)-1].Number
			}
			store.parts, store.revisions = 0, 0
			got := read(before, page)
			want := all[min(count, rows):min(count+page, rows)]
			if len(got) != len(want) || len(got) > 0 && (got[0].ID != want[0].ID || got[len(got)-1].ID != want[len(want)-1].ID) {
				t.Errorf("%s, after %d: %d rows, want %d", state, count, len(got), len(want))
			}
			// A page may go on in a second part, and one is read ahead.
			if store.parts > 3 || store.revisions > page+1 {
				t.Errorf("%s, after %d: %d parts and %d revisions were read", state, count, store.parts, store.revisions)
			}
		}
	}
}

// tired is a store that cannot let go of what was staged, for some times.
type tired struct {
	*storetest.Plain
	fails int
	// leave ends the context of who changes something.
	leave context.CancelFunc
}

func (s *tired) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	im, err := s.FindImport(ctx, id)
	if err == nil && (im.State == geo.Applied || im.State == geo.Discarded) && s.fails > 0 {
		s.fails--
		return errors.New("the connection is lost")
	}
	return errors.Join(err, ctx.Err(), s.Plain.Stage(ctx, id, parts))
}

func (s *tired) FindImport(ctx context.Context, id string) (geo.Import, error) {
	im, err := s.Plain.FindImport(ctx, id)
	return im, errors.Join(err, ctx.Err())
}

func (s *tired) Apply(ctx context.Context, ch geo.Change) error {
	err := s.Plain.Apply(ctx, ch)
	if s.leave != nil {
		s.leave()
	}
	return err
}

func (s *tired) PutImport(ctx context.Context, im geo.Import) (geo.Import, error) {
	im, err := s.Plain.PutImport(ctx, im)
	if s.leave != nil && im.State == geo.Discarded {
		s.leave()
	}
	return im, err
}

// A step that is kept does not fail by what is let go after it. Whoever asks for the step
// again makes up for that, and so does tidying.
func TestLettingGoFails(t *testing.T) {
	steps := map[geo.ImportState]func(ctx context.Context, s *ingest.Service, id string) (geo.Import, error){
		geo.Applied: func(ctx context.Context, s *ingest.Service, id string) (geo.Import, error) {
			return s.Apply(ctx, id, "zarina", true)
		},
		geo.Discarded: func(ctx context.Context, s *ingest.Service, id string) (geo.Import, error) { return s.Discard(ctx, id) },
	}
	for state, step := range steps {
		for name, again := range map[string]func(s *ingest.Service, id string) error{
			"asked again": func(s *ingest.Service, id string) error {
				_, err := step(t.Context(), s, id)
				return err
			},
			"tidied": func(s *ingest.Service, _ string) error { return s.Tidy(t.Context()) },
		} {
			t.Run(string(state)+", "+name, func(t *testing.T) {
				plain, _ := sourced(t)
				store := &tired{Plain: plain, fails: 1}
				var log strings.Builder
				s := service(t, store, bridges([]geo.Value{"tem", "T", "First.", "s1"}))
				s.Log = slog.New(slog.NewTextHandler(&log, nil))
				im := begin(t, s, "crossings", "")
				im, err := step(t.Context(), s, im.ID)
				if err != nil || im.State != state {
					t.Fatalf("%s, %v", im.State, err)
				}
				if !strings.Contains(log.String(), "the connection is lost") || !strings.Contains(log.String(), im.ID) {
					t.Errorf("logged: %s", log.String())
				}
				if left(t, s, im.ID) == 0 {
					t.Fatal("nothing is left to be let go")
				}
				if err := again(s, im.ID); err != nil || left(t, s, im.ID) != 0 {
					t.Errorf("%d things are left, %v", left(t, s, im.ID), err)
				}
			})
		}
		t.Run(string(state)+", and nobody waits", func(t *testing.T) {
			plain, _ := sourced(t)
			store := &tired{Plain: plain}
			s := service(t, store, bridges([]geo.Value{"tem", "T", "First.", "s1"}))
			im := begin(t, s, "crossings", "")
			ctx, cancel := context.WithCancel(t.Context())
			store.leave = cancel
			if im, err := step(ctx, s, im.ID); err != nil || im.State != state || ctx.Err() == nil || left(t, s, im.ID) != 0 {
				t.Errorf("%s, %v, %d things are left", im.State, err, left(t, s, im.ID))
			}
		})
	}
}

// left counts what there still is of a staging: its parts and its file.
func left(t *testing.T, s *ingest.Service, id string) (n int) {
	t.Helper()
	for _, err := range s.Store.Staged(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if _, err := os.Stat(filepath.Join(s.Dir, id)); err == nil {
		n++
	}
	return n
}
