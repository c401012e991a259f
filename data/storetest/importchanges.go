package storetest

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

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
