package geopackage

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

func TestWhatIsKeptComesBack(t *testing.T) {
	path, atlas, want := tempPath(t), awkward(t), awkwardData(t)
	f := open(t, path, atlas)
	apply(t, f, changeOf(t, atlas, want))
	same(t, load(t, f), want)
	closeFile(t, f)
	if names := listFolder(t, path); !reflect.DeepEqual(names, []string{"kept.gpkg", "kept.gpkg-lock"}) {
		t.Errorf("a closed file is not one file: %v", names)
	}
	// SQLite's header tells; a file in WAL mode cannot be read from a folder
	// where nothing can be written.
	if mode := read(t, path)[18]; mode != 1 {
		t.Errorf("a closed file is left in journal mode %d", mode)
	}
	f = open(t, path, atlas)
	same(t, load(t, f), want)
}

func TestReplacing(t *testing.T) {
	f, want := filled(t), awkwardData(t)
	moved := want.Features["posts"][0]
	moved.Geometry, moved.Values, moved.Sources = nil, []geo.Value{"x"}, nil
	ch := put(t, f, "posts", moved, 1)
	ch.Sources = []geo.Source{{ID: "s-2", Publisher: "P", Title: "T"}}
	ch.Periods = []geo.Period{want.Periods[0]}
	ch.Periods[0].Cause = ""
	apply(t, f, ch)
	moved.Values, moved.Revision = append(moved.Values, nil, nil, nil, nil, nil), 2
	want.Features["posts"][0], want.Sources[1], want.Periods[0] = moved, ch.Sources[0], ch.Periods[0]
	same(t, load(t, f), want)
}

func TestExpectedRevisions(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	post := before.Features["posts"][1]
	fresh := geo.Feature{ID: "fresh", Values: make([]geo.Value, 6)}
	ch := put(t, f, "posts", fresh, 0)
	ch.Sources = []geo.Source{{ID: "s-9", Publisher: "p", Title: "t"}}
	ch.Features = append(ch.Features,
		put(t, f, "posts", post, 0).Features[0],  // is there
		put(t, f, "posts", post, 7).Features[0],  // is at 1
		put(t, f, "posts", fresh, 0).Features[0], // is there by then
		put(t, f, "posts", geo.Feature{ID: "gone", Values: make([]geo.Value, 6)}, 3).Features[0])
	err := f.Apply(context.Background(), ch)
	var refused *geo.Error
	if !errors.As(err, &refused) || refused.Kind != geo.Conflict {
		t.Fatalf("got %v", err)
	}
	var places []string
	for _, fault := range refused.Faults {
		if fault.Rule != geo.RuleChanged {
			t.Errorf("rule %s", fault.Rule)
		}
		places = append(places, fault.Place.Feature)
	}
	if want := []string{"posts/a", "posts/a", "posts/fresh", "posts/gone"}; !reflect.DeepEqual(places, want) {
		t.Errorf("faults at %v, want %v", places, want)
	}
	if after := load(t, f); !reflect.DeepEqual(before, after) {
		t.Error("a refused change left something behind")
	}
	apply(t, f, put(t, f, "posts", post, 1))
	if got := feature(t, load(t, f), "posts", "a").Revision; got != 2 {
		t.Errorf("revision %d after a change, want 2", got)
	}
}

func TestWhatCannotBeKeptIsRefused(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	values := func(i int, v geo.Value) []geo.Value {
		all := make([]geo.Value, 6)
		all[i] = v
		return all
	}
	for name, feature := range map[string]geo.Feature{
		"NUL":                    {ID: "x", Values: values(0, "a\x00b")},
		"broken UTF-8 in a list": {ID: "x", Values: values(3, []string{"a", "\xff"})},
		"a number for a text":    {ID: "x", Values: values(0, int64(1))},
		"a text for a number":    {ID: "x", Values: values(1, "1")},
		"NaN":                    {ID: "x", Values: values(2, math.NaN())},
		"too many values":        {ID: "x", Values: make([]geo.Value, 7)},
		"a line among points":    {ID: "x", Geometry: orb.LineString{{1, 2}, {3, 4}}},
		"NUL in a source":        {ID: "x", Sources: []string{"\x00"}},
	} {
		if err := f.Apply(context.Background(), put(t, f, "posts", feature, 0)); geo.KindOf(err) != geo.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown := geo.Change{Periods: []geo.Period{{ID: "p", Collection: "elsewhere"}}}
	if err := f.Apply(context.Background(), unknown); geo.KindOf(err) != geo.Invalid {
		t.Errorf("a period of no collection: %v", err)
	}
	stray := geo.Change{Features: []geo.Put{{Collection: &geo.Collection{ID: "elsewhere"}}}}
	if err := f.Apply(context.Background(), stray); geo.KindOf(err) != geo.Invalid {
		t.Errorf("a feature of no collection: %v", err)
	}
	if !reflect.DeepEqual(before, load(t, f)) {
		t.Error("a refused change left something behind")
	}
}

func TestNoRoomLeft(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	var pages int
	if err := f.writer.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	exec(t, f.writer, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+5))
	ch := bulk(t, f, 2000, 0)
	err := f.Apply(context.Background(), ch)
	if geo.KindOf(err) != geo.Unavailable || !strings.Contains(err.Error(), "There is no room left for kept.gpkg") {
		t.Fatalf("got %v", err)
	}
	if !reflect.DeepEqual(before, load(t, f)) {
		t.Error("a change without room left something behind")
	}
	exec(t, f.writer, `PRAGMA max_page_count = 1073741823`)
	apply(t, f, ch)
}

func TestReadOnly(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	exec(t, f.writer, `PRAGMA query_only = 1`)
	if err := f.Apply(context.Background(), bulk(t, f, 1, 0)); geo.KindOf(err) != geo.Unavailable {
		t.Fatalf("got %v", err)
	}
	if !reflect.DeepEqual(before, load(t, f)) {
		t.Error("a change of a read-only file left something behind")
	}
}

func TestAnotherProgramIsWriting(t *testing.T) {
	f := filled(t)
	db := outside(t, f)
	exec(t, db, `BEGIN IMMEDIATE`)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := f.Apply(ctx, bulk(t, f, 1, 0)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a change does not wait for as long as it may: %v", err)
	}
	exec(t, f.writer, `PRAGMA busy_timeout = 10`)
	if err := f.Apply(context.Background(), bulk(t, f, 1, 0)); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("got %v", err)
	}
	load(t, f)
	exec(t, db, `COMMIT`)
	apply(t, f, bulk(t, f, 1, 0))
}

func TestCancelledHalfWay(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	ch := bulk(t, f, 20_000, 0)
	for _, wait := range []time.Duration{0, 20 * time.Millisecond, 120 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		err := f.Apply(ctx, ch)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
		if !reflect.DeepEqual(before, load(t, f)) {
			t.Fatal("a cancelled change left something behind")
		}
	}
	apply(t, f, bulk(t, f, 10, 0))
}

// bulk is a change of n new posts, numbered from first.
func bulk(t testing.TB, f *File, n, first int) geo.Change {
	t.Helper()
	c := f.atlas.Collections[0]
	ch := geo.Change{Actor: "bulk", Features: make([]geo.Put, n)}
	for i := range ch.Features {
		at := first + i
		values := make([]geo.Value, len(c.Properties))
		values[0] = fmt.Sprintf("Пост %d, a name as long as names are", at)
		ch.Features[i] = geo.Put{Collection: c, Feature: geo.Feature{
			ID: fmt.Sprintf("bulk-%07d", at), Values: values, Sources: []string{"s-1"},
			Geometry: orb.Point{55 + float64(at%1000)/40, 29 + float64(at/1000%1000)/62.5},
		}}
	}
	return ch
}

func TestHistory(t *testing.T) {
	f := filled(t)
	all := history(t, f, 0)
	if len(all) != 11 {
		t.Fatalf("%d revisions after 2 sources, 7 features and 2 periods", len(all))
	}
	start := len(all)
	post := awkwardData(t).Features["posts"][0]
	post.Values[0] = "renamed"
	apply(t, f, put(t, f, "posts", post, 1))
	// What is as it was is not touched.
	apply(t, f, geo.Change{Actor: "again", Sources: awkwardData(t).Sources, Periods: awkwardData(t).Periods})
	changes := history(t, f, start)
	if len(changes) != 1 {
		t.Fatalf("%d revisions of one change", len(changes))
	}
	r := changes[0]
	if r.entity != "feature" || r.collection != "posts" || r.id != post.ID || r.action != "update" || r.actor != "tester" {
		t.Errorf("%+v", r)
	}
	if r.before["name"] != "Мост «Панҷ» — پل" || r.after["name"] != "renamed" || r.before["revision"] != 1.0 || r.after["revision"] != 2.0 {
		t.Errorf("before %v, after %v", r.before, r.after)
	}
	blob, err := hex.DecodeString(r.after["geom"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if g, err := decodeGeometry(blob); err != nil || g != post.Geometry {
		t.Errorf("geometry %v, %v", g, err)
	}
	var sessions int
	if err := f.reader.QueryRow(`SELECT count(*) FROM oxus_session`).Scan(&sessions); err != nil || sessions != 0 {
		t.Errorf("%d sessions left: %v", sessions, err)
	}
}

func TestHistoryCannotBeRewritten(t *testing.T) {
	f := filled(t)
	before := history(t, f, 0)
	db := outside(t, f)
	for _, attempt := range []string{
		`UPDATE revisions SET actor = 'nobody'`,
		`DELETE FROM revisions`,
		`INSERT OR REPLACE INTO revisions (fid, entity, collection, id, action, actor, recorded) VALUES (1, 'x', 'x', 'x', 'x', 'x', 'x')`,
		`UPDATE posts SET revision = 99`,
		`INSERT INTO posts (id, revision) VALUES ('z', 0)`,
	} {
		if _, err := db.Exec(attempt); err == nil {
			t.Errorf("%s is let through", attempt)
		}
	}
	if !reflect.DeepEqual(before, history(t, f, 0)) {
		t.Error("the history has changed")
	}
}

// Whatever another program has set for its connection, its edits are recorded
// once and raise the revision by one.
func TestEditsFromOutside(t *testing.T) {
	for _, pragma := range []string{"recursive_triggers(0)", "recursive_triggers(1)"} {
		f := filled(t)
		start := len(history(t, f, 0))
		db := outside(t, f, pragma)
		exec(t, db, `UPDATE posts SET name = 'edited', revision = revision WHERE id = 'a'`)
		exec(t, db, `UPDATE posts SET geom = NULL, name = 'edited' WHERE id = 'a'`)
		exec(t, db, `UPDATE posts SET id = 'aa' WHERE id = 'a'`)
		exec(t, db, `DELETE FROM posts WHERE id = 'b'`)
		exec(t, db, `INSERT INTO posts (id, name) VALUES ('n', 'new')`)
		exec(t, db, `UPDATE status_periods SET cause = 'why', collection = 'power-lines', id = 'p2' WHERE collection = 'posts'`)
		exec(t, db, `UPDATE sources SET title = 'other' WHERE id = 's-2'`)
		var got []string
		for _, r := range history(t, f, start) {
			got = append(got, fmt.Sprint(r.entity, " ", r.collection, "/", r.id, " ", r.action, " ", r.actor, " ", r.before["revision"], " ", r.after["revision"]))
		}
		want := []string{
			"feature posts/a update file edit 1 2",
			"feature posts/a update file edit 2 3",
			"feature posts/a delete file edit 3 <nil>",
			"feature posts/aa insert file edit <nil> 4",
			"feature posts/b delete file edit 1 <nil>",
			"feature posts/n insert file edit <nil> 1",
			"status period posts/p1 delete file edit <nil> <nil>",
			"status period power-lines/p2 insert file edit <nil> <nil>",
			"source sources/s-2 update file edit <nil> <nil>",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", pragma, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
		ds := load(t, f)
		if a := feature(t, ds, "posts", "aa"); a.Revision != 4 || a.Geometry != nil || a.Values[0] != "edited" {
			t.Errorf("%s: %+v", pragma, a)
		}
	}
}

func TestWhatNobodyCanReadIsReported(t *testing.T) {
	f := filled(t)
	db := outside(t, f)
	exec(t, db, `UPDATE posts SET "order" = 'many', height_m = 'tall', alt_names = 'a, b', valid_from = 'soon', sources = '{}' WHERE id = 'a'`)
	exec(t, db, `UPDATE "power_lines" SET geom = x'00' WHERE id = 'l1'`)
	exec(t, db, `UPDATE sources SET published_precision = 'decade' WHERE id = 's-1'`)
	_, err := f.Load(context.Background())
	var refused *geo.Error
	if !errors.As(err, &refused) || refused.Kind != geo.Invalid {
		t.Fatalf("got %v", err)
	}
	var got []string
	for _, fault := range refused.Faults {
		got = append(got, fault.Place.Feature+" "+fault.Place.Field)
	}
	want := []string{
		"posts/a order", "posts/a height_m", "posts/a alt_names", "posts/a valid_from", "posts/a sources",
		"power-lines/l1 geom", "sources/s-1 published",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A person who types a date into a table of QGIS gives no precision.
func TestDateWithoutPrecisionIsADay(t *testing.T) {
	f := filled(t)
	exec(t, outside(t, f), `UPDATE posts SET valid_from = '2020-02-29' WHERE id = 'a'`)
	if got := feature(t, load(t, f), "posts", "a").Lifetime.From; got != partial(t, "2020-02-29") {
		t.Errorf("got %v", got)
	}
}

func TestVersions(t *testing.T) {
	f := filled(t)
	last := load(t, f).Versions
	step := func(name string, ch geo.Change, changed ...string) {
		t.Helper()
		apply(t, f, ch)
		now := load(t, f).Versions
		for _, c := range f.atlas.Collections {
			want := false
			for _, id := range changed {
				want = want || id == c.ID
			}
			if (now[c.ID] != last[c.ID]) != want {
				t.Errorf("%s: the version of %s went from %s to %s", name, c.ID, last[c.ID], now[c.ID])
			}
		}
		last = now
	}
	data := awkwardData(t)
	step("nothing new", geo.Change{Sources: data.Sources, Periods: data.Periods})
	step("a feature", put(t, f, "posts", data.Features["posts"][0], 1), "posts")
	period := data.Periods[0]
	period.Summary = "other"
	step("a period", geo.Change{Periods: []geo.Period{period}}, "posts")
	step("a source", geo.Change{Sources: []geo.Source{{ID: "s-3", Publisher: "p", Title: "t"}}}, "posts", "power-lines", "offices")
	if other := load(t, filled(t)).Versions; other["posts"] == last["posts"] || other["posts"] == "" {
		t.Error("two files share a version")
	}
	path := f.path
	closeFile(t, f)
	if again := load(t, open(t, path, awkward(t))).Versions; !reflect.DeepEqual(again, last) {
		t.Errorf("opening again changed the versions from %v to %v", last, again)
	}
}

// A copy that is put back and goes on from there is another state, though it
// counts the same.
func TestVersionsOfACopyPutBack(t *testing.T) {
	path := tempPath(t)
	f := open(t, path, awkward(t))
	apply(t, f, changeOf(t, f.atlas, awkwardData(t)))
	closeFile(t, f)
	copied, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := func(name string) string {
		g := open(t, path, awkward(t))
		apply(t, g, put(t, g, "posts", geo.Feature{ID: "x", Values: []geo.Value{name}}, 0))
		version := load(t, g).Versions["posts"]
		closeFile(t, g)
		return version
	}
	first := after("one")
	if err := os.WriteFile(path, copied, 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond)
	if second := after("two"); second == first {
		t.Errorf("two states are both %s", second)
	}
}

func TestDataVersionTellsOfOthers(t *testing.T) {
	f := filled(t)
	version := func() int64 {
		v, err := f.DataVersion(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	apply(t, f, bulk(t, f, 1, 0))
	if version() != before {
		t.Error("our own change looks like another program's")
	}
	exec(t, outside(t, f), `UPDATE posts SET name = 'x'`)
	if version() == before {
		t.Error("a change by another program goes unseen")
	}
}

func TestBoundsAreTrue(t *testing.T) {
	f := filled(t)
	move := func(id string, g orb.Geometry, expect int64) {
		t.Helper()
		apply(t, f, put(t, f, "posts", geo.Feature{ID: id, Geometry: g}, expect))
	}
	check := func(want ...any) {
		t.Helper()
		got := make([]any, 4)
		if err := f.reader.QueryRow(`SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'posts'`).Scan(&got[0], &got[1], &got[2], &got[3]); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("bounds %v, want %v", got, want)
		}
	}
	check(0.0, -0.0000001, 180.0, 90.0)
	move("west", orb.Point{-10, 5}, 0)
	check(-10.0, -0.0000001, 180.0, 90.0)
	move("a", orb.Point{70, 40}, 1) // it was the corner at 180, 90
	check(-10.0, -0.0000001, 70.0, 40.0)
	move("west", nil, 1)
	move("a", nil, 2)
	move("c", nil, 1)
	move("Nizhniy.Panj", nil, 1)
	check(nil, nil, nil, nil)
	var indexed int
	if err := f.reader.QueryRow(`SELECT count(*) FROM rtree_posts_geom`).Scan(&indexed); err != nil || indexed != 0 {
		t.Errorf("%d entries in the index of a table without positions: %v", indexed, err)
	}
}

// A reader sees the state before a change or the one after it.
func TestReadingWhileWriting(t *testing.T) {
	f := open(t, tempPath(t), awkward(t))
	done := make(chan error)
	const changes, each = 20, 50
	go func() {
		defer close(done)
		for n := range changes {
			ch := bulk(t, f, each, n*each)
			for i := range ch.Features {
				ch.Sources = append(ch.Sources, geo.Source{ID: ch.Features[i].Feature.ID, Publisher: "p", Title: "t"})
			}
			if err := f.Apply(context.Background(), ch); err != nil {
				done <- err
				return
			}
		}
	}()
	for {
		ds := load(t, f)
		if n := len(ds.Features["posts"]); n%each != 0 || n != len(ds.Sources) {
			t.Fatalf("%d posts and %d sources", n, len(ds.Sources))
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if n := len(load(t, f).Sources); n != changes*each {
				t.Fatalf("%d sources at the end", n)
			}
			return
		default:
		}
	}
}

func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := open(b, tempPath(b), awkward(b))
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				ch := bulk(b, f, n, i*n)
				b.StartTimer()
				apply(b, f, ch)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	f := open(b, tempPath(b), awkward(b))
	apply(b, f, bulk(b, f, 100_000, 0))
	for b.Loop() {
		load(b, f)
	}
}
