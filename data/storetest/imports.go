package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"oxus/geo"
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
