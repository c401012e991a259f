package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

func stateOf(t testing.TB, f *File, moment time.Time) geo.State {
	t.Helper()
	st, err := f.State(context.Background(), moment)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func loadAt(t testing.TB, f *File, st geo.State) *geo.Dataset {
	t.Helper()
	ds, err := f.LoadAt(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func recorded(t testing.TB, f *File, q geo.RevisionQuery) []geo.Revision {
	t.Helper()
	var all []geo.Revision
	for r, err := range f.Revisions(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func removal(kind geo.RowKind, collection, id string, expect int64) geo.Change {
	return geo.Change{Actor: "tester", Removals: []geo.Removal{{Kind: kind, Collection: collection, ID: id, Expect: expect}}}
}

// statements are what other programs do to a file.
var statements = []string{
	`UPDATE posts SET name = 'edited', height_m = 0.1 + 0.2 WHERE id = 'a'`,
	`UPDATE posts SET geom = NULL WHERE id = 'Nizhniy.Panj'`,
	`UPDATE posts SET geom = (SELECT geom FROM posts WHERE id = 'c') WHERE id = 'b'`,
	`DELETE FROM posts WHERE id = 'c'`,
	`INSERT INTO posts (id, name, sources) VALUES ('c', 'again', '["s-2", "s-1"]')`,
	`INSERT OR REPLACE INTO posts (id, name) VALUES ('a', 'replaced')`,
	`UPDATE posts SET id = 'aa' WHERE id = 'a'`,
	`UPDATE posts SET id = 'a' WHERE id = 'aa'`,
	`UPDATE OR REPLACE posts SET id = 'b' WHERE id = 'c'`,
	`INSERT OR REPLACE INTO sources (id, publisher, title) VALUES ('s-2', 'p', 'replaced')`,
	`UPDATE sources SET url = 'https://example.org/"quoted"\', published = '1999-12-31', published_precision = NULL`,
	`UPDATE status_periods SET cause = 'why', id = 'p2' WHERE collection = 'posts'`,
	`DELETE FROM status_periods WHERE collection = 'power-lines'`,
	`UPDATE posts SET height_m = -9e999, "order" = 5.0, name = 12 WHERE id = 'b'`,
	`DELETE FROM posts`,
	`ALTER TABLE offices ADD COLUMN remarks TEXT`,
	`UPDATE offices SET remarks = 'unknown to us', name = NULL`,
}

// Every state is given as Load gave it when it was the present, whoever made it.
func TestThePastIsWhatThePresentWas(t *testing.T) {
	f := open(t, tempPath(t), awkward(t))
	data := awkwardData(t)
	states, loaded := []geo.State{stateOf(t, f, time.Time{})}, []*geo.Dataset{load(t, f)}
	keep := func() {
		states, loaded = append(states, stateOf(t, f, time.Time{})), append(loaded, load(t, f))
	}
	for _, ch := range []geo.Change{
		changeOf(t, f.atlas, data),
		put(t, f, "posts", geo.Feature{ID: "a", Geometry: orb.Point{1.0 / 3, -2.0 / 3}, Values: []geo.Value{nil, int64(1 << 60), 1e-300}}, 1),
		put(t, f, "power-lines", geo.Feature{ID: "l1"}, 1),
		removal(geo.FeatureRow, "power-lines", "l1", 2),
		put(t, f, "power-lines", data.Features["power-lines"][0], 0),
		removal(geo.SourceRow, "", "s-2", 0),
		{Actor: "tester", Sources: data.Sources},
	} {
		apply(t, f, ch)
		keep()
	}
	db := outside(t, f)
	for _, statement := range statements {
		exec(t, db, statement)
		keep()
	}
	if before := loadAt(t, f, states[0]); len(before.Sources)+len(before.Periods)+len(before.Features["posts"]) > 0 || before.State.Last != 0 {
		t.Errorf("before the first change there was %+v", before)
	}
	for i, st := range states {
		if again := stateOf(t, f, st.Moment); again.Last != st.Last || loaded[i].State.Last != st.Last {
			t.Errorf("state %d ends with %d, %d again, and was loaded at %d", i, st.Last, again.Last, loaded[i].State.Last)
		}
		got := loadAt(t, f, st)
		same(t, got, loaded[i])
		if !reflect.DeepEqual(got.Versions, loaded[i].Versions) {
			t.Errorf("state %d has the versions %v, and had %v", i, got.Versions, loaded[i].Versions)
		}
	}
}

func TestARevisionNeverComesTwice(t *testing.T) {
	f := filled(t)
	db := outside(t, f)
	for _, tt := range []struct {
		statement, id string
		want          int64
	}{
		{`UPDATE posts SET name = 'x' WHERE id = 'a'`, "a", 2},
		{`INSERT OR REPLACE INTO posts (id, name) VALUES ('a', 'y')`, "a", 3},
		{`DELETE FROM posts WHERE id = 'a'; INSERT INTO posts (id, name) VALUES ('a', 'again')`, "a", 4},
		{`DELETE FROM posts WHERE id = 'a'; UPDATE posts SET id = 'a' WHERE id = 'b'`, "a", 5},
		{`INSERT INTO posts (id, name) VALUES ('b', 'again')`, "b", 2},
		{`INSERT INTO posts (id, name, revision) VALUES ('new', 'from a copy', 7)`, "new", 7},
	} {
		exec(t, db, tt.statement)
		if got := feature(t, load(t, f), "posts", tt.id).Revision; got != tt.want {
			t.Errorf("%s: revision %d, want %d", tt.statement, got, tt.want)
		}
	}
	apply(t, f, removal(geo.FeatureRow, "posts", "a", 5))
	apply(t, f, put(t, f, "posts", geo.Feature{ID: "a"}, 0))
	last := recorded(t, f, geo.RevisionQuery{})
	if got := last[len(last)-1].After.Feature.Revision; got != 6 || feature(t, load(t, f), "posts", "a").Revision != 6 {
		t.Errorf("removed at 5 and added again: recorded at revision %d", got)
	}
	if _, err := db.Exec(`UPDATE posts SET revision = 5 WHERE id = 'a'`); err == nil {
		t.Error("a revision can be counted back")
	}
}

// What one Apply writes has one moment; what another program does has one for
// each statement at the least, and its name.
func TestMomentsAndActors(t *testing.T) {
	f := open(t, tempPath(t), awkward(t))
	apply(t, f, changeOf(t, f.atlas, awkwardData(t)))
	apply(t, f, bulk(t, f, 700, 0))
	for _, statement := range statements {
		exec(t, outside(t, f), statement)
	}
	moments := map[string]map[time.Time]bool{"tester": {}, "bulk": {}, fileEdit: {}}
	var last geo.Revision
	for _, r := range recorded(t, f, geo.RevisionQuery{}) {
		if r.Number != last.Number+1 || r.Recorded.Before(last.Recorded) || r.Direct != (r.Actor == fileEdit) {
			t.Errorf("%d at %s by %s (direct: %t) follows %d at %s", r.Number, r.Recorded, r.Actor, r.Direct, last.Number, last.Recorded)
		}
		moments[r.Actor][r.Recorded], last = true, r
	}
	if len(moments["tester"]) != 1 || len(moments["bulk"]) != 1 || len(moments[fileEdit]) < 2 {
		t.Errorf("recorded at %v", moments)
	}
	err := f.Apply(context.Background(), geo.Change{Actor: fileEdit})
	if geo.KindOf(err) != geo.Invalid {
		t.Errorf("the program can pass for another: %v", err)
	}
}

func TestRevisionsInParts(t *testing.T) {
	f := open(t, tempPath(t), awkward(t))
	const n = 2*part + 7
	apply(t, f, bulk(t, f, n, 0))
	for limit, want := range map[int]int{0: n, 1: 1, part: part, part + 1: part + 1, n + 1: n} {
		if got := recorded(t, f, geo.RevisionQuery{Limit: limit}); len(got) != want || got[want-1].Number != int64(want) {
			t.Errorf("limit %d: %d revisions", limit, len(got))
		}
	}
	// Nobody is kept from writing by who reads slowly.
	for r, err := range f.Revisions(context.Background(), geo.RevisionQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Number == 3 {
			exec(t, f.writer, `PRAGMA wal_checkpoint(TRUNCATE)`)
			apply(t, f, bulk(t, f, 1, n))
		}
		if r.Number == n+1 {
			return
		}
	}
	t.Error("what was recorded meanwhile does not come")
}

// ahead leaves a revision in the file that was recorded before the clock was put
// back by an hour.
func ahead(t testing.TB, f *File) time.Time {
	t.Helper()
	moment := time.Now().Add(time.Hour).Truncate(tick)
	exec(t, f.writer, `INSERT INTO revisions (entity, collection, id, action, actor, recorded) VALUES ('source', 'sources', 'x', 'delete', 'before', ?)`, recordText(moment))
	return moment
}

func TestTheClockIsPutBack(t *testing.T) {
	f := filled(t)
	moment := ahead(t, f)
	exec(t, outside(t, f), `UPDATE posts SET name = 'x' WHERE id = 'a'`)
	began := time.Now()
	st := stateOf(t, f, time.Time{})
	if st.Moment.Before(moment) || time.Since(began) > time.Second {
		t.Errorf("the state now is that of %s, after %s", st.Moment, time.Since(began))
	}
	apply(t, f, put(t, f, "posts", geo.Feature{ID: "new"}, 0))
	if again := stateOf(t, f, st.Moment); again.Last != st.Last {
		t.Errorf("the state of %s has become %d, and was %d", st.Moment, again.Last, st.Last)
	}
	all := recorded(t, f, geo.RevisionQuery{After: st.Last})
	if len(all) != 1 || !all[0].Recorded.After(st.Moment) {
		t.Errorf("after the state there is %+v", all)
	}
	if now := stateOf(t, f, time.Time{}); now.Last != all[0].Number {
		t.Errorf("now ends with %d, want %d", now.Last, all[0].Number)
	}
	if _, err := f.State(context.Background(), moment.Add(time.Minute)); geo.KindOf(err) != geo.Invalid {
		t.Errorf("a moment ahead: %v", err)
	}
}

// A change that is being written belongs to the state now, or that is refused.
func TestAStateWaitsForWhoIsWriting(t *testing.T) {
	f := filled(t)
	f.patience = 100 * time.Millisecond
	db := outside(t, f)
	before := stateOf(t, f, time.Time{})
	write := func() *sql.Tx {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(`UPDATE posts SET name = name || '.' WHERE id = 'a'`); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	tx := write()
	if _, err := f.State(context.Background(), time.Time{}); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("the state now while another program writes: %v", err)
	}
	if again := stateOf(t, f, before.Moment); again != before {
		t.Errorf("the state before is %v, and was %v", again, before)
	}
	time.AfterFunc(30*time.Millisecond, func() { tx.Commit() })
	if st := stateOf(t, f, time.Time{}); st.Last != before.Last+1 {
		t.Errorf("the state now ends with %d, want %d", st.Last, before.Last+1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.State(ctx, time.Time{}); geo.KindOf(err) == geo.Unavailable || err == nil {
		t.Errorf("who went away got %v", err)
	}
	tx = write()
	defer tx.Rollback()
	exec(t, f.writer, `PRAGMA busy_timeout = 10`)
	if _, err := f.State(context.Background(), time.Time{}); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("the state now while another program writes: %v", err)
	}
}

// States are taken while this and another program write as fast as they can.
func TestStatesHoldWhileOthersWrite(t *testing.T) {
	f := filled(t)
	db := outside(t, f)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 60 {
			if _, err := db.Exec(`UPDATE posts SET name = ? WHERE id = 'a'`, fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
			if err := f.Apply(context.Background(), geo.Change{Actor: "tester", Sources: []geo.Source{{ID: "s-2", Publisher: "p", Title: fmt.Sprint(i)}}}); err != nil {
				t.Error(err)
			}
		}
	}()
	var states []geo.State
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		st := stateOf(t, f, time.Time{})
		if r := recorded(t, f, geo.RevisionQuery{After: st.Last, Until: st.Moment}); len(r) > 0 {
			t.Errorf("after the state of %s there is %d, recorded at %s", st.Moment, r[0].Number, r[0].Recorded)
		}
		states = append(states, st)
	}
	for _, st := range states {
		if again := stateOf(t, f, st.Moment); again.Last != st.Last {
			t.Errorf("the state of %s has become %d, and was %d", st.Moment, again.Last, st.Last)
		}
	}
	t.Logf("%d states", len(states))
}

// What cannot be read in one row hides nothing else of the past.
func TestWhatNobodyCanReadIsUnknownInThePast(t *testing.T) {
	f := filled(t)
	good, want := stateOf(t, f, time.Time{}), load(t, f)
	db := outside(t, f)
	exec(t, db, `UPDATE posts SET "order" = 'many', alt_names = 'a, b', valid_from = 'soon', geom = x'00' WHERE id = 'a'`)
	bad := stateOf(t, f, time.Time{})
	for range 2 { // while it is the present, and when it is past
		same(t, loadAt(t, f, good), want)
		a := feature(t, loadAt(t, f, bad), "posts", "a")
		if a.Geometry != nil || a.Values[1] != nil || a.Values[3] != nil || a.Lifetime.From.Known() || a.Revision != 2 || a.Values[0] == nil {
			t.Errorf("%+v", a)
		}
		if r := recorded(t, f, geo.RevisionQuery{After: good.Last}); !reflect.DeepEqual(r[0].Before.Feature.Values, want.Features["posts"][1].Values) && r[0].ID == "a" {
			t.Errorf("before it was %+v", r[0].Before.Feature)
		}
		exec(t, db, `UPDATE posts SET "order" = 1, alt_names = NULL, valid_from = NULL, geom = NULL WHERE id = 'a'`)
	}
	exec(t, f.writer, `INSERT INTO revisions (entity, collection, id, action, actor, recorded, "before", "after")
		VALUES ('feature', 'posts', 'b', 'update', 'x', '2999-01-01T00:00:00.000Z', 'no json', '[]'), ('feature', 'gone', 'b', 'insert', 'x', '2999-01-01T00:00:00.000Z', NULL, '{"id":"b"}'),
		('what', 'posts', 'b', 'insert', 'x', '2999-01-01T00:00:00.000Z', NULL, '{}')`)
	if ds := loadAt(t, f, good); feature(t, ds, "posts", "b").Values[0] != nil || len(ds.Features["posts"]) != 4 {
		t.Errorf("a history nobody can read: %+v", ds.Features["posts"])
	}
	var got []string
	for _, r := range recorded(t, f, geo.RevisionQuery{After: stateOf(t, f, bad.Moment).Last + 2}) {
		got = append(got, fmt.Sprint(r.Kind, " ", r.Before.Exists(), " ", r.After.Exists()))
	}
	if want := "feature true true|feature false false| false false"; strings.Join(got, "|") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// A file that an earlier program made has no record clock.
func TestFilesWithoutARecordClockAreBroughtUp(t *testing.T) {
	path := tempPath(t)
	f := open(t, path, awkward(t))
	apply(t, f, changeOf(t, f.atlas, awkwardData(t)))
	want := load(t, f)
	var drop string
	if err := f.writer.QueryRow(`SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%oxus_session%'`).Scan(&drop); err != nil {
		t.Fatal(err)
	}
	exec(t, f.writer, drop+`; ALTER TABLE oxus_session DROP COLUMN recorded; DROP INDEX oxus_revisions_when; DROP INDEX oxus_revisions_row; DROP INDEX oxus_revisions_periods`)
	closeFile(t, f)
	f = open(t, path, awkward(t))
	st := stateOf(t, f, time.Time{})
	apply(t, f, put(t, f, "offices", geo.Feature{ID: "o"}, 1))
	exec(t, outside(t, f), `DELETE FROM posts`)
	got := loadAt(t, f, st)
	if got.State.Moment = want.State.Moment; !reflect.DeepEqual(got, want) { // the state is in force for a while
		same(t, got, want)
		t.Errorf("versions %v, want %v", got.Versions, want.Versions)
	}
}

func TestRemovingBringsTheBoundsIn(t *testing.T) {
	f := filled(t)
	apply(t, f, removal(geo.FeatureRow, "posts", "a", 1)) // the corner at 180, 90
	var east, north float64
	if err := f.reader.QueryRow(`SELECT max_x, max_y FROM gpkg_contents WHERE table_name = 'posts'`).Scan(&east, &north); err != nil || east > 68 || north > 1 {
		t.Errorf("the bounds go to %v, %v (%v)", east, north, err)
	}
}

// What any number of random edits leaves can be undone to every state between.
func TestRandomEditsAreUndone(t *testing.T) {
	f := filled(t)
	db := outside(t, f)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	ids := []string{"a", "b", "c", "d"}
	edits := []string{
		`UPDATE OR REPLACE posts SET id = ?, name = 'renamed' WHERE id = ?`, `DELETE FROM posts WHERE id IN (?, ?)`,
		`INSERT OR IGNORE INTO posts (id, name) VALUES (?, ?)`, `INSERT OR REPLACE INTO posts (id, name) VALUES (?, ?)`,
		`UPDATE posts SET name = ? WHERE id = ?`, `UPDATE posts SET height_m = random() / 1e10 WHERE id IN (?, ?)`,
	}
	var states []geo.State
	var loaded []*geo.Dataset
	for range 150 {
		exec(t, db, edits[rng.IntN(len(edits))], ids[rng.IntN(4)], ids[rng.IntN(4)])
		if rng.IntN(3) == 0 {
			states, loaded = append(states, stateOf(t, f, time.Time{})), append(loaded, load(t, f))
		}
	}
	for i, st := range states {
		same(t, loadAt(t, f, st), loaded[i])
	}
}

// Who goes away at whatever moment leaves nothing behind that others run into.
func TestAskersGoAwayAtAnyMoment(t *testing.T) {
	f := filled(t)
	apply(t, f, bulk(t, f, 400, 0))
	before := stateOf(t, f, time.Time{})
	for i := range 400 {
		ctx, cancel := context.WithTimeout(context.Background(), rand.N(4*time.Millisecond))
		var err error
		switch i % 4 {
		case 0:
			err = f.Apply(ctx, bulk(t, f, 50, 1000+50*i))
		case 1:
			_, err = f.State(ctx, time.Time{})
		case 2:
			_, err = f.LoadAt(ctx, before)
		case 3:
			for _, err = range f.Revisions(ctx, geo.RevisionQuery{}) {
			}
		}
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%d: %v", i, err)
		}
	}
	apply(t, f, bulk(t, f, 1, 900_000))
	if ds := loadAt(t, f, before); len(ds.Features["posts"]) != 404 || len(load(t, f).Features["posts"]) < 405 {
		t.Errorf("%d posts, then %d", len(ds.Features["posts"]), len(load(t, f).Features["posts"]))
	}
}
