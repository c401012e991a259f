package geopackage

import (
	"bytes"
	"context"
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oxus/geo"
)

func listFolder(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestNewFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "with ?#%&;", "é.gpkg")
	f := open(t, path, awkward(t))
	for name, want := range map[string]os.FileMode{path: 0o600, path + "-lock": 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
	apply(t, f, bulk(t, f, 3, 0))
	closeFile(t, f)
	if got := len(load(t, open(t, path, awkward(t))).Features["posts"]); got != 3 {
		t.Errorf("%d features after opening again", got)
	}
}

func TestAnEmptyFileIsFilled(t *testing.T) {
	path := tempPath(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	apply(t, open(t, path, awkward(t)), geo.Change{})
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	foreign := map[string]func(path string){
		"text": func(path string) { os.WriteFile(path, bytes.Repeat([]byte("no database "), 1000), 0o600) },
		"SQLite": func(path string) {
			os.WriteFile(path, nil, 0o600)
			db, _, _ := pool(path, 1)
			defer db.Close()
			db.Exec(`CREATE TABLE t (a)`)
		},
		"another GeoPackage": func(path string) {
			points := filepath.Join(filepath.Dir(path), "..", "points.csv")
			os.WriteFile(points, []byte("x,y,name\n70,38,a\n"), 0o600)
			gdal(t, "ogr2ogr", "-f", "GPKG", path, points, "-oo", "X_POSSIBLE_NAMES=x", "-oo", "Y_POSSIBLE_NAMES=y")
		},
		"newer": func(path string) { alter(t, path, `UPDATE oxus_file SET value = '2' WHERE name = 'layout'`) },
		"a column gone": func(path string) {
			alter(t, path, `DROP TRIGGER oxus_offices_insert; DROP TRIGGER oxus_offices_update; DROP TRIGGER oxus_offices_rename; DROP TRIGGER oxus_offices_delete; ALTER TABLE offices DROP COLUMN name`)
		},
		"another type": func(path string) {
			alter(t, path, `DROP TABLE offices; CREATE TABLE offices (fid INTEGER PRIMARY KEY, id INTEGER)`)
		},
	}
	for name, make := range foreign {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "in", "foreign.gpkg")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			make(path)
			folder, before := listFolder(t, path), read(t, path)
			_, err := Open(context.Background(), path, awkward(t))
			if geo.KindOf(err) != geo.Invalid || !strings.Contains(err.Error(), "foreign.gpkg") {
				t.Errorf("got %v", err)
			}
			if !bytes.Equal(before, read(t, path)) || !slices.Equal(folder, listFolder(t, path)) {
				t.Errorf("the file or its folder was changed: %v", listFolder(t, path))
			}
		})
	}
	if _, err := Open(context.Background(), t.TempDir(), awkward(t)); geo.KindOf(err) != geo.Invalid {
		t.Errorf("a folder: %v", err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// alter makes a file of ours and changes it by hand.
func alter(t testing.TB, path, statements string) {
	t.Helper()
	f := open(t, path, awkward(t))
	if _, err := f.writer.Exec(statements); err != nil {
		t.Fatal(err)
	}
	closeFile(t, f)
}

func TestDeclarationsGrow(t *testing.T) {
	path := tempPath(t)
	old := awkward(t)
	old.Collections[0].Properties = old.Collections[0].Properties[:3]
	posts := *old.Collections[0]
	f := open(t, path, newAtlas(t, &posts))
	apply(t, f, put(t, f, "posts", geo.Feature{ID: "a", Values: []geo.Value{"kept", int64(1), nil}}, 0))
	exec(t, f.writer, `ALTER TABLE posts ADD COLUMN remarks TEXT`)
	version := load(t, f).Versions["posts"]
	closeFile(t, f)

	f = open(t, path, awkward(t))
	ds := load(t, f)
	if a := feature(t, ds, "posts", "a"); a.Values[0] != "kept" || a.Values[1] != int64(1) || len(a.Values) != 6 || a.Revision != 1 {
		t.Errorf("after the migration: %+v", a)
	}
	if ds.Versions["posts"] != version {
		t.Error("the migration counts as a change of the data")
	}
	a := feature(t, ds, "posts", "a")
	a.Values[5] = "open"
	apply(t, f, put(t, f, "posts", a, 1))
	apply(t, f, put(t, f, "offices", geo.Feature{ID: "o"}, 0))
	changes := history(t, f, 1)
	if len(changes) != 2 || changes[0].after["kind"] != "open" {
		t.Errorf("the history does not know the new column: %+v", changes)
	}
	if _, recorded := changes[0].after["remarks"]; !recorded {
		t.Error("the history does not know a column another program added")
	}
	closeFile(t, f)
	gdal(t, "ogrinfo", "-ro", "-al", path)
	open(t, path, awkward(t))
}

func TestLostTriggersComeBack(t *testing.T) {
	f := filled(t)
	exec(t, f.writer, `DROP TRIGGER oxus_posts_update; DROP TRIGGER oxus_revisions_keep_delete`)
	path := f.path
	closeFile(t, f)
	f = open(t, path, awkward(t))
	start := len(history(t, f, 0))
	exec(t, f.writer, `UPDATE posts SET name = 'x' WHERE id = 'a'`)
	if got := len(history(t, f, start)); got != 1 {
		t.Errorf("%d revisions of one change", got)
	}
	if _, err := f.writer.Exec(`DELETE FROM revisions`); err == nil {
		t.Error("the history can be deleted")
	}
}

func TestNamesThatMeet(t *testing.T) {
	for name, collections := range map[string][]*geo.Collection{
		"two collections":     {{ID: "a-b", Lifetime: lifetime}, {ID: "a_b", Lifetime: lifetime}},
		"a table of its own":  {{ID: "sources", Lifetime: lifetime}},
		"a reserved prefix":   {{ID: "gpkg-x", Lifetime: lifetime}},
		"a column of its own": {{ID: "a", Lifetime: lifetime, Properties: []geo.Property{{Name: "FID"}}}},
	} {
		if _, err := Open(context.Background(), tempPath(t), newAtlas(t, collections...)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestOneProcessServes(t *testing.T) {
	f := filled(t)
	link := filepath.Join(t.TempDir(), "link.gpkg")
	if err := os.Symlink(f.path, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.path, link} {
		if _, err := Open(context.Background(), path, awkward(t)); geo.KindOf(err) != geo.Conflict || !strings.Contains(err.Error(), "kept.gpkg") {
			t.Errorf("opened twice in one process: %v", err)
		}
	}
	out, err := child(t, f.path).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "kept.gpkg is being served by another process") {
		t.Errorf("opened by two processes: %v %s", err, out)
	}
	apply(t, f, bulk(t, f, 1, 0))
	path := f.path
	closeFile(t, f)
	open(t, path, awkward(t))
}

func TestFileTakenAway(t *testing.T) {
	f := filled(t)
	if err := os.Rename(f.path, f.path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := f.Apply(context.Background(), bulk(t, f, 1, 0)); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("a change goes into a file that is gone: %v", err)
	}
	if err := f.Ready(context.Background()); geo.KindOf(err) != geo.Unavailable {
		t.Errorf("a file that is gone is ready: %v", err)
	}
	if err := os.Rename(f.path+".away", f.path); err != nil {
		t.Fatal(err)
	}
	if err := f.Ready(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestReadyEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := filled(t).Ready(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// gdal runs a tool of GDAL and fails on anything it complains about.
func gdal(t testing.TB, tool string, args ...string) string {
	t.Helper()
	if _, err := osexec.LookPath(tool); err != nil {
		t.Fatalf("%s is needed to show that other programs can use the file; install it with: apt-get install gdal-bin", tool)
	}
	out, err := osexec.Command(tool, args...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "ERROR") || strings.Contains(string(out), "Warning") {
		t.Fatalf("%s %v: %v\n%s", tool, args, err, out)
	}
	return string(out)
}
