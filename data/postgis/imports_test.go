package postgis_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

// staging is an invented import that may be applied.
func staging(id string) geo.Import {
	return geo.Import{
		ID: id, State: geo.Staged, Collection: "crossings", Actor: "tester", Token: "t-" + id, Created: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Changed: time.Date(2026, 11, 23, 12, 1, 0, 1000, time.UTC), Report: json.RawMessage(`{"ok": true}`),
	}
}

func parts(all ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, p := range all {
			if !yield([]byte(p), nil) {
				return
			}
		}
	}
}

// bare is an invented crossing without a place.
func bare(id string) geo.Change {
	c := crossings()
	f := geo.Feature{ID: id, Values: make([]geo.Value, len(c.Properties)), Sources: []string{"made"}}
	for i := range c.Properties {
		if c.Properties[i].Required {
			f.Values[i] = "made"
		}
	}
	return geo.Change{Actor: "tester", Features: []geo.Put{{Collection: c, Feature: f}}}
}

func madeSource() geo.Change {
	return geo.Change{Actor: "tester", Sources: []geo.Source{{ID: "made", Publisher: "P", Title: "T"}}}
}

func applyAll(t *testing.T, s geo.Writer, changes ...geo.Change) {
	t.Helper()
	for _, ch := range changes {
		if err := s.Apply(context.Background(), ch); err != nil {
			t.Fatal(err)
		}
	}
}

// What one server has kept another finds.
func TestImportsSurviveReopening(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, url := open(t)
	im := staging("applied")
	for _, id := range []string{"applied", "waiting"} {
		if err := s.AddImport(ctx, staging(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Stage(ctx, "waiting", parts("one", "two")); err != nil {
		t.Fatal(err)
	}
	ch := madeSource()
	im.Serial, im.State = 1, geo.Applied
	ch.Imports = []geo.Import{im}
	applyAll(t, s, ch)
	kept, err := s.Imports(ctx, geo.ImportQuery{})
	if err != nil || len(kept) != 2 {
		t.Fatalf("imports %+v, %v", kept, err)
	}
	s.Close()

	s = at(t, url)
	if again, err := s.Imports(ctx, geo.ImportQuery{}); err != nil || !reflect.DeepEqual(again, kept) {
		t.Errorf("imports %+v, %v\nwant %+v", again, err, kept)
	}
	var staged []string
	for part, err := range s.Staged(ctx, "waiting", 0) {
		if err != nil {
			t.Fatal(err)
		}
		staged = append(staged, string(part))
	}
	if !slices.Equal(staged, []string{"one", "two"}) {
		t.Errorf("staged are %q", staged)
	}
}

// Nothing of an import is lost to psql, and no row is in a state that is none.
func TestImportsAreKept(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	if err := s.AddImport(context.Background(), staging("one")); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	for _, sql := range []string{
		"DELETE FROM oxus.imports", "TRUNCATE oxus.imports CASCADE", "UPDATE oxus.imports SET state = 'lost'",
		"UPDATE oxus.imports SET state = 'applied'", "UPDATE oxus.imports SET serial = 0",
		"INSERT INTO oxus.import_parts VALUES ('nobody', 1, '')",
	} {
		if _, err := conn.Exec(context.Background(), sql); err == nil {
			t.Errorf("%s goes through", sql)
		}
	}
}

// A change whose sequence reads from the store comes to its end while others wait
// for it, however few connections there are.
func TestSequencesReadWhileChangesWait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 25*time.Second)
	defer cancel()
	s := at(t, postgistest.Database(t)+"&pool_max_conns=1")
	applyAll(t, s, madeSource())
	if err := s.AddImport(ctx, staging("one")); err != nil {
		t.Fatal(err)
	}
	if err := s.Stage(ctx, "one", parts("a", "b", "c")); err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	errs := make(chan error, 8)
	ch := bare("first")
	ch.Parts = func(yield func(geo.Change, error) bool) {
		for n := range 2 {
			waiting.Go(func() { errs <- s.Apply(ctx, bare(fmt.Sprint("waits", n))) })
		}
		time.Sleep(200 * time.Millisecond) // they have all connections that they can get
		for part, err := range s.Staged(ctx, "one", 0) {
			if _, found := s.FindImport(ctx, "one"); found != nil {
				t.Errorf("found while changing: %v", found)
			}
			if !yield(bare(string(part)), err) {
				return
			}
		}
	}
	applyAll(t, s, ch)
	waiting.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Errorf("a change that waited: %v", err)
		}
	}
	if n, err := s.Count(ctx, geo.Query{Collection: crossings()}); err != nil || n != 6 {
		t.Errorf("%d crossings, %v", n, err)
	}
}

// An import may be written while its parts are staged, and two who stage for it
// wait for each other.
func TestStagingLocksNoImport(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	s, _ := open(t)
	im := staging("one")
	if err := s.AddImport(ctx, im); err != nil {
		t.Fatal(err)
	}
	im.Serial = 1
	second := make(chan error, 1)
	err := s.Stage(ctx, "one", func(yield func([]byte, error) bool) {
		if !yield([]byte("first"), nil) {
			return
		}
		if _, err := s.PutImport(ctx, im); err != nil {
			t.Errorf("written while staging: %v", err)
		}
		go func() { second <- s.Stage(ctx, "one", parts("second")) }()
		time.Sleep(100 * time.Millisecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	for part, err := range s.Staged(ctx, "one", 0) {
		if err != nil || string(part) != "second" {
			t.Errorf("staged is %s, %v", part, err)
		}
	}
}

// A change that is killed in the database leaves neither data nor import.
func TestKilledChangeLeavesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, url := open(t)
	applyAll(t, s, madeSource())
	im := staging("one")
	if err := s.AddImport(ctx, im); err != nil {
		t.Fatal(err)
	}
	conn := connect(t, url)
	im.Serial, im.State = 1, geo.Applied
	ch := bare("first")
	ch.Imports = []geo.Import{im}
	ch.Parts = func(yield func(geo.Change, error) bool) {
		if yield(bare("second"), nil) {
			terminate(t, conn)
			yield(bare("third"), nil)
		}
	}
	if err := s.Apply(ctx, ch); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("a killed change: %v", err)
	}
	eventually(t, "the store answers", func() bool { return s.Ready(ctx) == nil })
	got, err := s.FindImport(ctx, "one")
	if err != nil || got.State != geo.Staged || got.Serial != 1 {
		t.Errorf("the import is %+v, %v", got, err)
	}
	if n, err := s.Count(ctx, geo.Query{Collection: crossings()}); err != nil || n != 0 {
		t.Errorf("%d crossings, %v", n, err)
	}
}

// terminate ends all other sessions.
func terminate(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	must(t, conn, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
}
