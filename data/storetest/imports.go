package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// testImports holds a store against the contract of geo.Importer, of
// geo.MappingKeeper and of the imports of a change.
func testImports(t *testing.T, open func(t *testing.T) geo.Store) {
	t.Run("one by one", func(t *testing.T) { testImport(t, open(t)) })
	t.Run("what is refused", func(t *testing.T) { testImportRefusals(t, open(t)) })
	t.Run("states", func(t *testing.T) { testImportStates(t, open(t)) })
	t.Run("two at once", func(t *testing.T) { testImportRace(t, open(t)) })
	t.Run("lists", func(t *testing.T) { testImportLists(t, open(t)) })
	t.Run("staged", func(t *testing.T) { testStaged(t, open(t)) })
	t.Run("mappings", func(t *testing.T) { testMappings(t, open(t)) })
	t.Run("with changes", func(t *testing.T) { testImportChanges(t, filled(t, open)) })
	t.Run("parts broken off", func(t *testing.T) { testBrokenParts(t, filled(t, open)) })
}

// moments are of the past and to the microsecond.
func moment(minute int) time.Time {
	return time.Date(2026, 11, 23, 12, minute, 0, 123456000, time.UTC)
}

// upload is an import as it is when its file has come. The file is invented.
func upload(id string) geo.Import {
	return geo.Import{
		ID: id, State: geo.Uploaded, Collection: "crossings", File: "гузаргоҳ.zip", Digest: strings.Repeat("0a", 32), Size: 1 << 40,
		Actor: "zarina", Created: moment(0), Changed: moment(0), Options: json.RawMessage(`{"crs": "EPSG:32642", "b":  1}`),
	}
}

func add(t *testing.T, s geo.Importer, im geo.Import) geo.Import {
	t.Helper()
	if err := s.AddImport(context.Background(), im); err != nil {
		t.Fatalf("add %s: %v", im.ID, err)
	}
	im.Serial = 1
	return im
}

// move brings an import into the next states, one after the other.
func move(t *testing.T, s geo.Importer, im geo.Import, states ...geo.ImportState) geo.Import {
	t.Helper()
	for _, state := range states {
		im.State = state
		next, err := s.PutImport(context.Background(), im)
		if err != nil {
			t.Fatalf("%s becomes %s: %v", im.ID, state, err)
		}
		im = next
	}
	return im
}

func found(t *testing.T, s geo.Importer, want geo.Import) {
	t.Helper()
	if got, err := s.FindImport(context.Background(), want.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("found %+v, %v\nwant  %+v", got, err, want)
	}
}

func expectKind(t *testing.T, what string, err error, kind geo.Kind) {
	t.Helper()
	if geo.KindOf(err) != kind || (err == nil) != (kind == 0) {
		t.Errorf("%s: %v (kind %d), want kind %d", what, err, geo.KindOf(err), kind)
	}
}

func testImport(t *testing.T, s geo.Store) {
	ctx := context.Background()
	for _, id := range []string{"nothing", "", "\x00", "\xff"} {
		_, err := s.FindImport(ctx, id)
		expectKind(t, "an import that is not there", err, geo.NotFound)
		_, err = s.FindToken(ctx, "zarina", id)
		expectKind(t, "a token that is not there", err, geo.NotFound)
	}
	_, err := s.PutImport(ctx, upload("nothing"))
	expectKind(t, "writing an import that is not there", err, geo.NotFound)

	plain := add(t, s, upload("plain"))
	found(t, s, plain)
	full := upload("full")
	full.Token, full.Report = "t-1", json.RawMessage(`{"records":[{"number":1}],"б":"\u0000"}`)
	full.Base = geo.State{Moment: moment(1), Last: 17}
	full.Undoes, full.UndoneBy = "plain", "other"
	full.Created = full.Created.Add(999) // a store keeps microseconds
	add(t, s, full)
	full.Serial, full.Created = 1, moment(0)
	found(t, s, full)
	if got, err := s.FindToken(ctx, "zarina", "t-1"); err != nil || got.ID != "full" {
		t.Errorf("by token: %+v, %v", got, err)
	}
	_, err = s.FindToken(ctx, "alisher", "t-1")
	expectKind(t, "a token of somebody else", err, geo.NotFound)
	_, err = s.FindToken(ctx, "zarina", "")
	expectKind(t, "no token", err, geo.NotFound)

	expectKind(t, "an id that was given", s.AddImport(ctx, upload("plain")), geo.Conflict)
	again := upload("again")
	again.Token = "t-1"
	expectKind(t, "a token that was given", s.AddImport(ctx, again), geo.Conflict)
	_, err = s.FindImport(ctx, "again")
	expectKind(t, "what was refused", err, geo.NotFound)
	again.Actor = "alisher"
	again = add(t, s, again)
	again.Actor = "zarina"
	_, err = s.PutImport(ctx, again)
	expectKind(t, "taking over a token", err, geo.Conflict)

	next := plain
	next.State, next.Changed, next.Options, next.File = geo.Checked, moment(5), nil, ""
	next.Report, next.Moment = json.RawMessage(`[]`), moment(9) // the moment is the store's
	written, err := s.PutImport(ctx, next)
	next.Serial, next.Moment = 2, time.Time{}
	if err != nil || !reflect.DeepEqual(written, next) {
		t.Errorf("written %+v, %v", written, err)
	}
	found(t, s, next)
	found(t, s, full) // beside it
}

func testImportRefusals(t *testing.T, s geo.Store) {
	ctx := context.Background()
	kept := add(t, s, upload("kept"))
	for name, spoil := range map[string]func(im *geo.Import){
		"no id":                    func(im *geo.Import) { im.ID = "" },
		"no actor":                 func(im *geo.Import) { im.Actor = "" },
		"a long token":             func(im *geo.Import) { im.Token = strings.Repeat("x", 501) },
		"a zero byte":              func(im *geo.Import) { im.File = "a\x00" },
		"no UTF-8":                 func(im *geo.Import) { im.Collection = "\xff" },
		"a state that is none":     func(im *geo.Import) { im.State = "lost" },
		"options that are no JSON": func(im *geo.Import) { im.Options = json.RawMessage(`{`) },
		"a report that is no JSON": func(im *geo.Import) { im.Report = json.RawMessage("\"\xff\"") },
	} {
		im := upload("new")
		spoil(&im)
		expectKind(t, name, s.AddImport(ctx, im), geo.Invalid)
		expectKind(t, name+", with a change", s.Apply(ctx, geo.Change{Actor: "zarina", Imports: []geo.Import{im}}), geo.Invalid)
		if im.ID != "" && im.State != "lost" { // which is no next state either
			im.ID, im.Serial = kept.ID, 1
			_, err := s.PutImport(ctx, im)
			expectKind(t, name+", written", err, geo.Invalid)
		}
	}
	found(t, s, kept)
	for _, state := range []geo.ImportState{geo.Applied, geo.RolledBack} {
		im := upload("new")
		im.State = state
		expectKind(t, "added as "+string(state), s.AddImport(ctx, im), geo.Conflict)
	}
	_, err := s.FindImport(ctx, "new")
	expectKind(t, "what was refused", err, geo.NotFound)
}

// testImportStates tries every step that an import may take by itself, and every
// one that it may not.
func testImportStates(t *testing.T, s geo.Store) {
	ways := map[geo.ImportState][]geo.ImportState{
		geo.Uploaded: nil, geo.Decoded: {geo.Decoded}, geo.Checked: {geo.Checked}, geo.Staged: {geo.Staged}, geo.Discarded: {geo.Discarded},
	}
	for from, way := range ways {
		for _, to := range geo.ImportStates() {
			im := move(t, s, add(t, s, upload(string(from)+" to "+string(to))), way...)
			next := im
			next.State = to
			got, err := s.PutImport(context.Background(), next)
			if from.MayBecome(to) && to != geo.Applied {
				next.Serial++
				if im = next; err != nil || !reflect.DeepEqual(got, next) {
					t.Errorf("%s: %+v, %v", im.ID, got, err)
				}
			} else {
				expectKind(t, im.ID, err, geo.Conflict)
			}
			found(t, s, im)
			if im.Serial--; im.State == geo.Staged {
				_, err := s.PutImport(context.Background(), im)
				expectKind(t, "a serial of the past", err, geo.Conflict)
			}
		}
	}
}

// testImportRace lets two go on from one state; exactly one does.
func testImportRace(t *testing.T, s geo.Store) {
	im := add(t, s, upload("raced"))
	for range 20 {
		won := race(func(n int) error {
			mine := im
			mine.File = strconv.Itoa(n)
			_, err := s.PutImport(context.Background(), mine)
			return err
		})
		if len(won) != 1 {
			t.Fatalf("serial %d: %v have won", im.Serial, won)
		}
		im.Serial++
		im.File = strconv.Itoa(won[0])
		found(t, s, im)
	}
	im = move(t, s, im, geo.Staged)
	im.State = geo.Applied
	won := race(func(int) error {
		return s.Apply(context.Background(), geo.Change{Actor: "zarina", Imports: []geo.Import{im}})
	})
	if len(won) != 1 {
		t.Errorf("applied by %v", won)
	}
	if len(race(func(int) error { return s.AddImport(context.Background(), upload("new")) })) != 1 {
		t.Error("one id is given to none or to two")
	}
}

// race runs two at once and returns which of them ended well.
func race(do func(n int) error) (won []int) {
	errs := [2]chan error{make(chan error, 1), make(chan error, 1)}
	for n := range errs {
		go func() { errs[n] <- do(n) }()
	}
	for n := range errs {
		if err := <-errs[n]; err == nil {
			won = append(won, n)
		} else if geo.KindOf(err) != geo.Conflict {
			won = append(won, -1)
		}
	}
	return won
}

func testImportLists(t *testing.T, s geo.Store) {
	ctx := context.Background()
	if all, err := s.Imports(ctx, geo.ImportQuery{}); err != nil || len(all) != 0 {
		t.Errorf("an empty store has imports %v, %v", all, err)
	}
	for _, of := range []struct {
		id     string
		minute int
		way    []geo.ImportState
	}{
		{"b", 2, nil},
		{"a", 2, []geo.ImportState{geo.Checked}},
		{"B", 2, []geo.ImportState{geo.Staged}},
		{"newest", 59, []geo.ImportState{geo.Discarded}},
		{"oldest", 0, nil},
		{"c", 1, []geo.ImportState{geo.Checked, geo.Staged}},
	} {
		im := upload(of.id)
		im.Created, im.Report = moment(of.minute), json.RawMessage(`"long"`)
		move(t, s, add(t, s, im), of.way...)
	}
	for _, tt := range []struct {
		q    geo.ImportQuery
		want string
	}{
		{geo.ImportQuery{}, "newest b a B c oldest"},
		{geo.ImportQuery{Limit: 2}, "newest b"},
		{geo.ImportQuery{Limit: 2, After: "b"}, "a B"},
		{geo.ImportQuery{After: "oldest"}, ""},
		{geo.ImportQuery{States: []geo.ImportState{geo.Staged}}, "B c"},
		{geo.ImportQuery{States: []geo.ImportState{geo.Staged, geo.Uploaded}, After: "a", Limit: 2}, "B c"},
		{geo.ImportQuery{States: []geo.ImportState{geo.Uploaded}, Limit: 1}, "b"},
		{geo.ImportQuery{States: []geo.ImportState{"lost"}}, ""},
	} {
		all, err := s.Imports(ctx, tt.q)
		var got []string
		for _, im := range all {
			got = append(got, im.ID)
			if im.Report != nil || im.Options == nil {
				t.Errorf("listed with the report %s and the options %s", im.Report, im.Options)
			}
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: %v, %v; want %s", tt.q, got, err, tt.want)
		}
	}
	_, err := s.Imports(ctx, geo.ImportQuery{After: "nobody"})
	expectKind(t, "after an import that is not there", err, geo.NotFound)
}

var errBroken = errors.New("the sequence broke off")

// sequence yields parts, and an error at the end if there is one.
func sequence[T any](err error, parts ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, p := range parts {
			if !yield(p, nil) {
				return
			}
		}
		var none T
		if err != nil {
			yield(none, err)
		}
	}
}

func staged(t *testing.T, s geo.Importer, id string) (parts []string) {
	t.Helper()
	for part, err := range s.Staged(context.Background(), id) {
		if err != nil {
			t.Fatalf("staged: %v", err)
		}
		parts = append(parts, string(part))
	}
	return parts
}

func testStaged(t *testing.T, s geo.Store) {
	ctx := context.Background()
	stage := func(id string, err error, parts ...string) error {
		all := make([][]byte, len(parts))
		for i := range parts {
			all[i] = []byte(parts[i])
		}
		return s.Stage(ctx, id, sequence(err, all...))
	}
	holds := func(what, id string, want ...string) {
		t.Helper()
		if got := staged(t, s, id); !slices.Equal(got, want) {
			t.Errorf("%s: staged are %.100q, want %.100q", what, got, want)
		}
	}
	expectKind(t, "for nobody", stage("nobody", nil, "x"), geo.NotFound)
	holds("for nobody", "nobody")
	holds("for what is no text", "\x00\xff")
	im := add(t, s, upload("one"))
	add(t, s, upload("two"))
	holds("nothing yet", "one")
	long := strings.Repeat("\x00\xff part", 300_000)
	for _, parts := range [][]string{{"a", "", long, "\x00", "a"}, {"b", "c"}, {}, {"d"}} {
		expectKind(t, "stage", stage("one", nil, parts...), 0)
		holds("after", "one", parts...)
	}
	many := make([]string, 12) // their order is that of numbers, not of texts
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	expectKind(t, "stage", stage("two", nil, many...), 0)
	holds("many", "two", many...)
	if err := stage("one", errBroken, "e", "f"); err != errBroken {
		t.Errorf("a sequence that breaks off comes back as %v", err)
	}
	holds("after what broke off", "one", "d")
	found(t, s, im) // staging writes no import

	// A sequence may read what is staged, also of its own import.
	doubled := func(yield func([]byte, error) bool) {
		for part, err := range s.Staged(ctx, "two") {
			if !yield(bytes.Repeat(part, 2), err) {
				return
			}
			if _, err := s.FindImport(ctx, "one"); err != nil {
				t.Errorf("found while staging: %v", err)
			}
		}
	}
	expectKind(t, "stage what is staged", s.Stage(ctx, "two", doubled), 0)
	if got := staged(t, s, "two"); len(got) != 12 || got[11] != "1111" {
		t.Errorf("doubled are %q", got)
	}
	testStagedOneState(t, s, stage)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Stage(cancelled, "one", sequence(nil, []byte("late"))); !errors.Is(err, context.Canceled) {
		t.Errorf("staged with a context that has ended: %v", err)
	}
	holds("after the end of a context", "one", "d")
}

// testStagedOneState stages anew while parts are read, which stay the old ones.
func testStagedOneState(t *testing.T, s geo.Store, stage func(id string, err error, parts ...string) error) {
	var got []string
	long := strings.Repeat("old", 500_000)
	expectKind(t, "stage", stage("two", nil, long, long, long), 0)
	for part, err := range s.Staged(context.Background(), "two") {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(part)); len(got) == 1 {
			expectKind(t, "stage while it is read", stage("two", nil, "new"), 0)
		}
	}
	if !slices.Equal(got, []string{long, long, long}) {
		t.Errorf("read %d parts of two states", len(got))
	}
	for range s.Staged(context.Background(), "two") {
		break // a reader may go away
	}
}

func testMappings(t *testing.T, s geo.Store) {
	ctx := context.Background()
	put := func(m geo.Mapping) { expectKind(t, "put "+m.Name, s.PutMapping(ctx, m), 0) }
	if all, err := s.Mappings(ctx); err != nil || len(all) != 0 {
		t.Errorf("an empty store has mappings %v, %v", all, err)
	}
	put(geo.Mapping{Name: "b", Collection: "crossings", Fields: map[string]string{"НОМ": "name_tg", "a\"b": "name_en", "": "x"}})
	put(geo.Mapping{Name: "A", Collection: "incidents"})
	put(geo.Mapping{Name: "a", Collection: "crossings", Fields: map[string]string{"old": "name_en"}})
	put(geo.Mapping{Name: "a", Collection: "bazaars", Fields: map[string]string{"new": "name_en"}})
	for name, m := range map[string]geo.Mapping{
		"no name": {Collection: "crossings"}, "a long name": {Name: strings.Repeat("x", 501)}, "no UTF-8": {Name: "x", Fields: map[string]string{"\xff": "y"}},
		"a zero byte": {Name: "x", Fields: map[string]string{"x": "\x00"}},
	} {
		expectKind(t, name, s.PutMapping(ctx, m), geo.Invalid)
	}
	want := []geo.Mapping{
		{Name: "A", Collection: "incidents", Fields: map[string]string{}},
		{Name: "a", Collection: "bazaars", Fields: map[string]string{"new": "name_en"}},
		{Name: "b", Collection: "crossings", Fields: map[string]string{"НОМ": "name_tg", "a\"b": "name_en", "": "x"}},
	}
	if got, err := s.Mappings(ctx); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("mappings %+v, %v", got, err)
	}
}

// stagedImport is an import that may be applied.
func stagedImport(t *testing.T, s geo.Store, id string) geo.Import {
	t.Helper()
	return move(t, s, add(t, s, upload(id)), geo.Staged)
}

// newest returns the last revision.
func newest(t *testing.T, s geo.Recorder) geo.Revision {
	t.Helper()
	revisions := recorded(t, s, geo.RevisionQuery{Newest: true, Limit: 1})
	if len(revisions) != 1 {
		t.Fatalf("%d last revisions", len(revisions))
	}
	return revisions[0]
}

// testImportChanges applies an import, takes it back and applies it again.
func testImportChanges(t *testing.T, s geo.Store) {
	ctx := context.Background()
	im := stagedImport(t, s, "one")
	change := func(id string, imports ...geo.Import) geo.Change {
		w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "alisher", Note: geo.ImportNote("one"), Imports: imports}}
		w.put("crossings", id, orb.Point{70, 38}, geo.Lifetime{}, nil)
		return w.ch
	}
	applied := im
	applied.State, applied.Moment = geo.Applied, moment(3) // which is not the store's
	refuseImports(t, s, change("new", applied))

	apply(t, s, change("new", applied))
	r := newest(t, s)
	if applied.Serial, applied.Moment = im.Serial+1, r.Recorded; r.ID != "new" || r.Actor != "alisher" || r.Note != "import one" {
		t.Errorf("recorded by %s for %q", r.Actor, r.Note)
	}
	found(t, s, applied)
	expectKind(t, "applied again", s.Apply(ctx, change("newer", applied)), geo.Conflict)

	undone, rollback := applied, geo.Import{
		ID: "back", State: geo.Applied, Actor: "zarina", Collection: "crossings", Created: moment(4), Changed: moment(4), Undoes: "one",
	}
	undone.State, undone.UndoneBy, undone.Moment = geo.RolledBack, "back", time.Time{} // which the store keeps
	apply(t, s, geo.Change{
		Actor: "zarina", Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "new", 1)}, Imports: []geo.Import{rollback, undone},
	})
	undone.Serial, undone.Moment = applied.Serial+1, applied.Moment
	rollback.Serial, rollback.Moment = 1, newest(t, s).Recorded
	found(t, s, undone)
	found(t, s, rollback)

	// The data stays as it is, and the imports are written all the same.
	before, last := versions(t, s), newest(t, s)
	undone.State, undone.UndoneBy = geo.Applied, ""
	apply(t, s, geo.Change{Actor: "zarina", Imports: []geo.Import{undone}})
	if got, err := s.FindImport(ctx, "one"); err != nil || got.State != geo.Applied || got.Serial != undone.Serial+1 || !got.Moment.After(last.Recorded) {
		t.Errorf("applied again: %+v, %v", got, err)
	}
	if !reflect.DeepEqual(versions(t, s), before) || newest(t, s).Number != last.Number {
		t.Error("a change of imports alone has changed the data")
	}
}

// refuseImports tries a change with imports that may not be written, each of which
// leaves everything as it was.
func refuseImports(t *testing.T, s geo.Store, good geo.Change) {
	t.Helper()
	im, before := good.Imports[0], versions(t, s)
	all, err := s.Imports(context.Background(), geo.ImportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	one := func(alter func(im *geo.Import)) []geo.Import {
		other := im
		alter(&other)
		return []geo.Import{other}
	}
	add := upload("added")
	add.State = geo.Applied
	for name, imports := range map[string][]geo.Import{
		"a serial of the past":       one(func(im *geo.Import) { im.Serial-- }),
		"an id that was given":       one(func(im *geo.Import) { im.Serial = 0 }),
		"nobody":                     one(func(im *geo.Import) { im.ID = "nobody" }),
		"a state that cannot follow": one(func(im *geo.Import) { im.State = geo.RolledBack }),
		"one good and one bad":       {add, one(func(im *geo.Import) { im.Serial++ })[0]},
		"the same twice":             {im, im},
	} {
		ch := good
		ch.Imports = imports
		expectKind(t, name, s.Apply(context.Background(), ch), geo.Conflict)
		if got, err := s.Imports(context.Background(), geo.ImportQuery{}); err != nil || !reflect.DeepEqual(got, all) {
			t.Errorf("%s: imports %+v, %v", name, got, err)
		}
		if !reflect.DeepEqual(versions(t, s), before) {
			t.Errorf("%s: the data has changed", name)
		}
	}
	bad := good
	bad.Features = slices.Clone(good.Features)
	bad.Features[0].Feature.Sources = []string{"nowhere"}
	expectKind(t, "bad data", s.Apply(context.Background(), bad), geo.Invalid)
	if got, err := s.Imports(context.Background(), geo.ImportQuery{}); err != nil || !reflect.DeepEqual(got, all) {
		t.Errorf("bad data: imports %+v, %v", got, err)
	}
}

// thousand are three times a thousand features with what they rest on, as parts.
func thousand() []geo.Change {
	var parts []geo.Change
	for part := range 3 {
		w := &world{atlas: geo.Border()}
		source := "s" + strconv.Itoa(part)
		w.ch.Sources = []geo.Source{{ID: source, Publisher: "P", Title: "T"}}
		for n := range 1000 {
			id := fmt.Sprintf("c%d-%d", part, n)
			p := props{}
			if part > 0 {
				p["parent"] = fmt.Sprintf("c%d-%d", part-1, n) // of the part before
			}
			w.put("crossings", id, orb.Point{float64(n) / 10, float64(part)}, life("2001", ""), p)
			w.ch.Features[n].Feature.Sources = []string{source, "s0"}
		}
		w.period("crossings", fmt.Sprintf("c%d-1", part), "p"+strconv.Itoa(part), geo.Phase, "open", "2020-01-01", "", geo.Ongoing)
		w.period("crossings", "c0-2", "q"+strconv.Itoa(part), geo.Disruption, "closed", "2020-01-01", "", geo.UnknownEnd)
		for i := range w.ch.Periods {
			w.ch.Periods[i].Sources = []string{source}
		}
		parts = append(parts, w.ch)
	}
	return parts
}

// testParts makes one change in parts and the same at once, which tell the same.
func testParts(t *testing.T, inParts, atOnce geo.Store) {
	parts := thousand()
	whole := geo.Change{Actor: "storetest", Note: "whole"}
	for _, p := range parts {
		whole.Sources, whole.Features = append(whole.Sources, p.Sources...), append(whole.Features, p.Features...)
		whole.Periods = append(whole.Periods, p.Periods...)
	}
	apply(t, atOnce, whole)
	im := stagedImport(t, inParts, "parts")
	expectKind(t, "stage", inParts.Stage(context.Background(), im.ID, sequence(nil, []byte("1"), []byte("2"))), 0)
	im.State = geo.Applied
	// The first part is the change itself; the sequence reads what is staged.
	ch := parts[0]
	ch.Actor, ch.Note, ch.Imports = "storetest", "parts", []geo.Import{im}
	reads := 0
	ch.Parts = func(yield func(geo.Change, error) bool) {
		for number, err := range inParts.Staged(context.Background(), im.ID) {
			part := geo.Change{}
			if err == nil {
				part = parts[int(number[0]-'0')]
			}
			part.Actor = "nobody" // only the lists of a part count
			if reads++; !yield(part, err) {
				return
			}
		}
	}
	apply(t, inParts, ch)
	if got, want := told(t, inParts), told(t, atOnce); got != want || reads != 2 {
		t.Errorf("a change in parts, read %d times, tells other things than the same at once:\n%.2000s\n%.2000s", reads, got, want)
	}
	all := recorded(t, inParts, geo.RevisionQuery{})
	if len(all) != 3+3000+6 {
		t.Errorf("%d revisions", len(all))
	}
	for _, r := range all {
		if !r.Recorded.Equal(all[0].Recorded) || r.Actor != "storetest" || r.Note != "parts" {
			t.Fatalf("%s is recorded at %s by %s, the first at %s", r.ID, r.Recorded, r.Actor, all[0].Recorded)
		}
	}
	im.Serial, im.Moment = im.Serial+1, all[0].Recorded
	found(t, inParts, im)
}

// testBrokenParts makes changes that end half way.
func testBrokenParts(t *testing.T, s geo.Store) {
	im := stagedImport(t, s, "broken")
	applied := im
	applied.State = geo.Applied
	parts := thousand()
	bad := &world{atlas: geo.Border()}
	bad.put("crossings", "bad", nil, geo.Lifetime{}, props{"mode": []string{"boat"}})
	stale := &world{atlas: geo.Border()}
	stale.put("crossings", "a1", nil, geo.Lifetime{}, nil)
	stale.ch.Features[0].Expect = 7
	before, tells, last := versions(t, s), told(t, s), newest(t, s).Number
	for name, tt := range map[string]struct {
		parts iter.Seq2[geo.Change, error]
		as    error
		kind  geo.Kind
	}{
		"the sequence breaks off":   {sequence(errBroken, parts[:2]...), errBroken, 0},
		"with an end of a context":  {sequence(context.DeadlineExceeded, parts[0]), context.DeadlineExceeded, 0},
		"a part that breaks a rule": {sequence(nil, parts[0], bad.ch), nil, geo.Invalid},
		"a part that is too late":   {sequence(nil, parts[0], stale.ch), nil, geo.Conflict},
	} {
		ch := geo.Change{Actor: "storetest", Sources: []geo.Source{{ID: "first", Publisher: "P", Title: "T"}}, Parts: tt.parts, Imports: []geo.Import{applied}}
		err := s.Apply(context.Background(), ch)
		if tt.as != nil && err != tt.as || tt.as == nil && geo.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(versions(t, s), before) || told(t, s) != tells || newest(t, s).Number != last {
			t.Errorf("%s: something is left of it", name)
		}
		found(t, s, im)
	}
}

// testPartsTwice writes a row in two parts, which is refused as it is within one.
func testPartsTwice(t *testing.T, s geo.Store) {
	before := versions(t, s)
	part := func(do func(w *world)) geo.Change {
		w := &world{atlas: geo.Border()}
		do(w)
		return w.ch
	}
	put := func(id, name string, expect int64) geo.Change {
		return part(func(w *world) {
			w.put("crossings", id, nil, geo.Lifetime{}, props{"name_en": name})
			w.ch.Features[0].Expect = expect
		})
	}
	source := func(title string) geo.Change {
		return geo.Change{Sources: []geo.Source{{ID: "new", Publisher: "P", Title: title}}}
	}
	period := func(cause string) geo.Change {
		return part(func(w *world) {
			w.period("crossings", "a1", "new", geo.Disruption, "closed", "2020-01-01", "", geo.UnknownEnd)
			w.ch.Periods[0].Cause = cause
		})
	}
	for name, parts := range map[string][]geo.Change{
		"a feature changed":           {put("a1", "x", 1), put("a1", "y", 2)},
		"a feature added and changed": {put("new", "x", 0), put("new", "y", 1)},
		"a feature removed and added": {{Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "a1", 1)}}, put("a1", "x", 0)},
		"a feature added and removed": {put("new", "x", 0), {Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "new", 1)}}},
		"a source":                    {source("one"), source("two")},
		"a period":                    {period("one"), period("two")},
	} {
		err := s.Apply(context.Background(), geo.Change{Actor: "storetest", Parts: sequence(nil, parts...)})
		if geo.KindOf(err) != geo.Invalid && geo.KindOf(err) != geo.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(versions(t, s), before) {
			t.Errorf("%s: something is left of it", name)
		}
	}
}
