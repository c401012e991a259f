package geopackage

import (
	"context"
	"encoding/json"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"oxus/geo"
)

// staging is an invented import that may be applied.
func staging(id string) geo.Import {
	return geo.Import{
		ID: id, State: geo.Staged, Collection: "posts", Actor: "tester", Token: "t-" + id, Created: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
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

// What an import was comes back from a file that is opened again, and its data
// with it.
func TestImportsSurviveReopening(t *testing.T) {
	ctx, path := context.Background(), tempPath(t)
	f := open(t, path, awkward(t))
	for _, id := range []string{"applied", "waiting"} {
		if err := f.AddImport(ctx, staging(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Stage(ctx, "waiting", parts("one", "two")); err != nil {
		t.Fatal(err)
	}
	mapping := geo.Mapping{Name: "m", Collection: "posts", Fields: map[string]string{"НОМ": "name"}}
	if err := f.PutMapping(ctx, mapping); err != nil {
		t.Fatal(err)
	}
	ch, im := bulk(t, f, 2, 0), staging("applied")
	im.Serial, im.State = 1, geo.Applied
	ch.Imports = []geo.Import{im}
	apply(t, f, ch)
	kept, err := f.Imports(ctx, geo.ImportQuery{})
	if err != nil || len(kept) != 2 {
		t.Fatalf("imports %+v, %v", kept, err)
	}
	closeFile(t, f)

	f = open(t, path, awkward(t))
	if again, err := f.Imports(ctx, geo.ImportQuery{}); err != nil || !reflect.DeepEqual(again, kept) {
		t.Errorf("imports %+v, %v\nwant %+v", again, err, kept)
	}
	got, err := f.FindImport(ctx, "applied")
	if err != nil || got.State != geo.Applied || got.Moment.IsZero() || string(got.Report) != `{"ok": true}` || len(load(t, f).Features["posts"]) != 2 {
		t.Errorf("the applied import is %+v, %v", got, err)
	}
	var staged []string
	for part, err := range f.Staged(ctx, "waiting", 0) {
		if err != nil {
			t.Fatal(err)
		}
		staged = append(staged, string(part))
	}
	if strings.Join(staged, " ") != "one two" {
		t.Errorf("staged are %q", staged)
	}
	if all, err := f.Mappings(ctx); err != nil || len(all) != 1 || !reflect.DeepEqual(all[0], mapping) {
		t.Errorf("mappings %+v, %v", all, err)
	}
}

// A file of an earlier program gets a place for imports when it is opened, and
// they are no change of its data.
func TestImportsInAFileOfAnEarlierProgram(t *testing.T) {
	path := tempPath(t)
	alter(t, path, `DROP TABLE oxus_imports; DROP TABLE oxus_import_parts; DROP TABLE oxus_mappings`)
	f := open(t, path, awkward(t))
	before := load(t, f)
	if err := f.AddImport(context.Background(), staging("new")); err != nil {
		t.Fatal(err)
	}
	if err := f.Stage(context.Background(), "new", parts("x")); err != nil {
		t.Fatal(err)
	}
	if after := load(t, f); !reflect.DeepEqual(after, before) || len(history(t, f, 0)) > 0 {
		t.Error("an import counts as a change of the data")
	}
	if layers := gdal(t, "ogrinfo", "-ro", f.path); strings.Contains(layers, "oxus_") {
		t.Errorf("imports are layers:\n%s", layers)
	}
	if _, err := f.writer.Exec(`UPDATE oxus_imports SET state = 'lost'`); err == nil {
		t.Error("the file keeps a state that is none")
	}
}

// A change whose sequence reads from the file, and waits for others that read too,
// comes to its end: no reader holds what another needs.
func TestSequencesReadTheFile(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	f := open(t, tempPath(t), awkward(t))
	for _, id := range []string{"a", "b", "c", "d"} {
		if err := f.AddImport(ctx, staging(id)); err != nil {
			t.Fatal(err)
		}
		if err := f.Stage(ctx, id, parts("1", "2", "3")); err != nil {
			t.Fatal(err)
		}
	}
	n, ch := 0, bulk(t, f, 1, 0)
	ch.Parts = func(yield func(geo.Change, error) bool) {
		for _, err := range nested(ctx, f, []string{"a", "b", "c", "d"}) {
			n++
			if !yield(bulk(t, f, 1, n), err) {
				return
			}
		}
	}
	if err := f.Apply(ctx, ch); err != nil || n != 81 {
		t.Errorf("%d parts, %v", n, err)
	}
}

// nested reads the parts of the first import and, within each, those of the rest.
func nested(ctx context.Context, f *File, ids []string) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for _, err := range f.Staged(ctx, ids[0], 0) {
			if len(ids) == 1 || err != nil {
				if !yield(0, err) {
					return
				}
				continue
			}
			for n, err := range nested(ctx, f, ids[1:]) {
				if !yield(n, err) {
					return
				}
			}
		}
	}
}

// A keeper refuses by itself what two parts write.
func TestPartsThatWriteTwice(t *testing.T) {
	f := filled(t)
	before := load(t, f)
	again := put(t, f, "offices", geo.Feature{ID: "o", Values: []geo.Value{"other"}}, 1)
	removal := geo.Change{Removals: []geo.Removal{{Kind: geo.FeatureRow, Collection: "offices", ID: "o", Expect: 2}}}
	err := f.Apply(context.Background(), geo.Change{Actor: "tester", Parts: func(yield func(geo.Change, error) bool) {
		_ = yield(again, nil) && yield(removal, nil)
	}})
	if geo.KindOf(err) != geo.Invalid || !strings.Contains(err.Error(), "written twice") {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(load(t, f), before) {
		t.Error("something is left of it")
	}
}
