package geopackage

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo"
)

var lifetime = geo.LifetimeNames{From: "valid_from", FromPrecision: "valid_from_precision", To: "valid_to", ToPrecision: "valid_to_precision"}

// awkward declares collections with every geometry and property type.
func awkward(t testing.TB) *geo.Atlas {
	t.Helper()
	yes := []geo.Code{{Value: "open", Title: "It's open"}, {Value: "closed", Title: "Closed"}}
	return newAtlas(t,
		&geo.Collection{
			ID: "posts", Title: "Posts", Geometry: geo.Point, Statuses: yes, Lifetime: lifetime, Project: "name",
			Properties: []geo.Property{
				{Name: "name", Title: "Name", Required: true},
				{Name: "order", Type: geo.Integer, Title: "Order"},
				{Name: "height_m", Type: geo.Number, Title: "Height", Unit: "m", Max: 9000},
				{Name: "alt_names", Type: geo.TextList, Title: "Other names"},
				{Name: "built", Type: geo.Partial, Title: "Built"},
				{Name: "kind", Title: "Kind", Codes: yes},
			},
		},
		&geo.Collection{
			ID: "power-lines", Title: "Power lines", Geometry: geo.Line, Statuses: yes, Lifetime: lifetime,
			Properties: []geo.Property{{Name: "name", Title: "Name"}},
		},
		&geo.Collection{
			ID: "offices", Title: "Offices", Lifetime: lifetime,
			Properties: []geo.Property{{Name: "name", Title: "Name"}},
		})
}

func newAtlas(t testing.TB, collections ...*geo.Collection) *geo.Atlas {
	t.Helper()
	a, err := geo.NewAtlas(collections...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func partial(t testing.TB, s string) geo.PartialDate {
	t.Helper()
	d, err := geo.ParsePartialDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// awkwardData is a dataset that a careless keeper would change.
func awkwardData(t testing.TB) *geo.Dataset {
	t.Helper()
	padded := partial(t, "2021-08-12")
	padded.Precision = geo.Month // a month that is written with a day keeps the day
	return &geo.Dataset{
		Features: map[string][]geo.Feature{
			"posts": {
				{
					ID: "Nizhniy.Panj", Geometry: orb.Point{67.123456789012345, -0.0000001}, Revision: 1,
					Values: []geo.Value{
						"Мост «Панҷ» — پل", int64(-9007199254740993), 0.1, []string{"Ӯ'қ\"", "", "a,b", "<&>", "پل"}, "2007-08", "open",
					},
					Lifetime: geo.Lifetime{From: partial(t, "0001-01-01"), To: padded}, Sources: []string{"s-2", "s-1"},
				},
				{ID: "a", Geometry: orb.Point{180, 90}, Values: []geo.Value{"'; DROP TABLE posts; --", nil, 5.0, []string{}, nil, nil}, Sources: []string{"s-1"}, Revision: 1},
				{ID: "b", Values: make([]geo.Value, 6), Lifetime: geo.Lifetime{To: partial(t, "9999")}, Revision: 1},
				{ID: "c", Geometry: orb.Point{}, Values: []geo.Value{"line\nbreak\ttab", int64(0), 0.0, nil, "1999", "closed"}, Revision: 1},
			},
			"power-lines": {
				{ID: "l1", Geometry: orb.LineString{{71.5, 37.25}, {71.25, 37.5}}, Values: []geo.Value{"ЛЭП"}, Sources: []string{"s-1"}, Revision: 1},
				{ID: "l2", Geometry: orb.MultiLineString{{{1, 2}, {3, 4}, {1, 2}}, {{-5, -6}, {-7, -8}}}, Values: []geo.Value{nil}, Revision: 1},
			},
			"offices": {{ID: "o", Values: []geo.Value{"no place"}, Revision: 1}},
		},
		Periods: []geo.Period{
			{
				ID: "p1", Collection: "posts", Scope: geo.OfFeature, Owner: "a", Kind: geo.Phase, Status: "open", From: partial(t, "2010"), To: padded,
				Basis: geo.LastDocumented, Cause: "Ҷанг", Summary: "until it wasn't", Sources: []string{"s-1", "s-2"},
			},
			{ID: "p1", Collection: "power-lines", Scope: geo.OfProject, Owner: "ЛЭП", Kind: geo.Disruption, Status: "closed", From: padded, Basis: geo.UnknownEnd},
		},
		Sources: []geo.Source{
			{ID: "s-1", Publisher: "Рӯзнома", Title: "T'itle", URL: "https://example.org/?a=1&b=2", Published: partial(t, "2021-08"), Accessed: partial(t, "2026-01-31"), Supports: "all"},
			{ID: "s-2", Publisher: "p", Title: "t"},
		},
	}
}

// changeOf turns a dataset into the change that makes it.
func changeOf(t testing.TB, atlas *geo.Atlas, ds *geo.Dataset) geo.Change {
	t.Helper()
	ch := geo.Change{Actor: "tester", Note: "a note", Sources: ds.Sources, Periods: ds.Periods}
	for _, c := range atlas.Collections {
		for _, f := range ds.Features[c.ID] {
			ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
		}
	}
	return ch
}

func tempPath(t testing.TB) string { return filepath.Join(t.TempDir(), "kept.gpkg") }

func open(t testing.TB, path string, atlas *geo.Atlas) *File {
	t.Helper()
	f, err := Open(context.Background(), path, atlas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// filled opens a new file with the awkward data in it.
func filled(t testing.TB) *File {
	t.Helper()
	f := open(t, tempPath(t), awkward(t))
	apply(t, f, changeOf(t, f.atlas, awkwardData(t)))
	return f
}

func apply(t testing.TB, f *File, ch geo.Change) {
	t.Helper()
	if err := f.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, f *File) *geo.Dataset {
	t.Helper()
	ds, err := f.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func closeFile(t testing.TB, f *File) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// same compares all but the versions.
func same(t testing.TB, got, want *geo.Dataset) {
	t.Helper()
	for id, features := range want.Features {
		for i := range features {
			if i >= len(got.Features[id]) || !reflect.DeepEqual(got.Features[id][i], features[i]) {
				t.Errorf("%s %d:\n got %#v\nwant %#v", id, i, got.Features[id], features[i])
			}
		}
		if len(got.Features[id]) != len(features) {
			t.Errorf("%s: %d features, want %d", id, len(got.Features[id]), len(features))
		}
	}
	if !reflect.DeepEqual(got.Periods, want.Periods) {
		t.Errorf("periods:\n got %+v\nwant %+v", got.Periods, want.Periods)
	}
	if !reflect.DeepEqual(got.Sources, want.Sources) {
		t.Errorf("sources:\n got %+v\nwant %+v", got.Sources, want.Sources)
	}
}

// put is a change that writes one feature.
func put(t testing.TB, f *File, collection string, feature geo.Feature, expect int64) geo.Change {
	t.Helper()
	c, err := f.atlas.Collection(collection)
	if err != nil {
		t.Fatal(err)
	}
	return geo.Change{Actor: "tester", Features: []geo.Put{{Collection: c, Feature: feature, Expect: expect}}}
}

func feature(t testing.TB, ds *geo.Dataset, collection, id string) geo.Feature {
	t.Helper()
	for _, f := range ds.Features[collection] {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("there is no %s/%s", collection, id)
	return geo.Feature{}
}

// revision is a row of the history.
type revision struct {
	entity, collection, id, action, actor string
	before, after                         map[string]any
}

func history(t testing.TB, f *File, after int) []revision {
	t.Helper()
	rows, err := f.reader.Query(`SELECT entity, collection, id, action, actor, "before", "after" FROM revisions WHERE fid > ? ORDER BY fid`, after)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []revision
	for rows.Next() {
		var r revision
		var before, after sql.NullString
		if err := rows.Scan(&r.entity, &r.collection, &r.id, &r.action, &r.actor, &before, &after); err != nil {
			t.Fatal(err)
		}
		for s, into := range map[*sql.NullString]*map[string]any{&before: &r.before, &after: &r.after} {
			if s.Valid {
				if err := json.Unmarshal([]byte(s.String), into); err != nil {
					t.Fatalf("%s: %v", s.String, err)
				}
			}
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// outside opens the file as another program does that knows nothing of Oxus.
func outside(t testing.TB, f *File, pragmas ...string) *sql.DB {
	t.Helper()
	db, _, err := pool(f.path, 1, append(pragmas, pragmaBusy)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func exec(t testing.TB, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
