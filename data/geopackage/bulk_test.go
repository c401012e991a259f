package geopackage

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// inPieces are changes with few features each that lead to the same as one: these are
// written row by row.
func inPieces(ch geo.Change) []geo.Change {
	var pieces []geo.Change
	for part := range slices.Chunk(ch.Features, bulkFeatures/2) {
		pieces = append(pieces, geo.Change{Actor: ch.Actor, Features: part})
	}
	for part := range slices.Chunk(ch.Removals, bulkFeatures/2) {
		pieces = append(pieces, geo.Change{Actor: ch.Actor, Removals: part})
	}
	return pieces
}

// asParts is a change that holds another in parts.
func asParts(ch geo.Change) geo.Change {
	return geo.Change{Actor: ch.Actor, Parts: func(yield func(geo.Change, error) bool) {
		for _, piece := range inPieces(ch) {
			if !yield(piece, nil) {
				return
			}
		}
	}}
}

// Many features leave what as many single ones leave: rows, history, index and triggers.
func TestManyLeaveWhatSingleOnesLeave(t *testing.T) {
	many, single := filled(t), filled(t)
	both := func(ch geo.Change, as func(geo.Change) geo.Change) {
		t.Helper()
		apply(t, many, as(ch))
		for _, piece := range inPieces(ch) {
			apply(t, single, piece)
		}
		sameFile(t, many, single)
	}
	atOnce := func(ch geo.Change) geo.Change { return ch }
	first := bulk(t, many, 5000, 0) // three levels of nodes
	for i := range first.Features {
		if i%7 == 0 {
			first.Features[i].Feature.Geometry = nil
		}
	}
	both(first, atOnce)
	var gone []geo.Removal
	for n := range 300 {
		gone = append(gone, geo.Removal{Kind: geo.FeatureRow, Collection: "posts", ID: fmt.Sprintf("bulk-%07d", n), Expect: 1})
	}
	for _, f := range []*File{many, single} {
		apply(t, f, geo.Change{Actor: "bulk", Removals: gone})
	}
	sameFile(t, many, single)
	// Those removed are added again, others beside them, some of them changed in between.
	again := bulk(t, many, 300, 0)
	again.Features = append(again.Features, bulk(t, many, 1200, 9000).Features...)
	for i := 100; i < 1000; i += 100 {
		changed := bulk(t, many, 1, 300+i).Features[0]
		changed.Expect, changed.Feature.Geometry = 1, orb.Point{1, 2}
		again.Features = slices.Insert(again.Features, i, changed)
	}
	line := geo.Put{Collection: many.atlas.Collections[1], Feature: geo.Feature{ID: "between", Geometry: orb.LineString{{1, 2}, {3, 4}}, Values: []geo.Value{nil}}}
	again.Features = slices.Insert(again.Features, 50, line)
	both(again, asParts)
	both(bulk(t, many, 3, 20_000), atOnce) // the index is added to as ever
	if storetest.Raced() {
		return
	}
	both(bulk(t, many, 9000, 30_000), asParts)
	// A few of them are taken out of the index, then so many that it is written anew, then all.
	both(removalOf(30_000, 30_600), asParts)
	both(removalOf(30_600, 38_000), asParts)
	both(removalOf(38_000, 39_000), atOnce)
}

// removalOf removes the features from one number up to another.
func removalOf(from, to int) geo.Change {
	ch := geo.Change{Actor: "bulk"}
	for n := from; n < to; n++ {
		ch.Removals = append(ch.Removals, geo.Removal{Kind: geo.FeatureRow, Collection: "posts", ID: fmt.Sprintf("bulk-%07d", n), Expect: 1})
	}
	return ch
}

// Of many features to remove, those that are not as they were expected are named, and
// none is removed.
func TestManyRemovalsAreRefused(t *testing.T) {
	f := filled(t)
	apply(t, f, bulk(t, f, 2000, 0))
	ch := removalOf(0, 2001) // one more than there are
	ch.Removals[7].Expect = 3
	err := f.Apply(context.Background(), asParts(ch))
	var refused *geo.Error
	if !errors.As(err, &refused) || refused.Kind != geo.Conflict || len(refused.Faults) != 1 || refused.Faults[0].Place.Feature != "posts/bulk-0000007" {
		t.Errorf("a removal at another revision: %v", err)
	}
	ch.Removals[7].Expect = 1
	err = f.Apply(context.Background(), asParts(ch))
	if !errors.As(err, &refused) || refused.Kind != geo.Conflict || len(refused.Faults) != 1 || refused.Faults[0].Place.Feature != "posts/bulk-0002000" ||
		refused.Faults[0].Detail != "it is not there any more" {
		t.Errorf("a removal of what is not there: %v", err)
	}
	ch.Removals = ch.Removals[:2000]
	apply(t, f, asParts(ch)) // all of them are still there
}

// sameFile compares what two files hold but for their names and clocks, and holds the
// spatial indexes against the rows.
func sameFile(t *testing.T, a, b *File) {
	t.Helper()
	x, y := load(t, a), load(t, b)
	x.Versions, x.State, y.Versions, y.State = nil, geo.State{}, nil, geo.State{}
	if !reflect.DeepEqual(x, y) {
		t.Error("the rows differ")
	}
	for what, query := range map[string]string{
		"the histories differ": `SELECT group_concat(concat_ws('|', fid, entity, collection, id, action, actor, before, after), char(10)) FROM revisions`,
		"the triggers differ":  `SELECT group_concat(concat_ws('|', name, sql), char(10)) FROM (SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name)`,
		"the indexes differ":   `SELECT group_concat(id) FROM (SELECT id FROM rtree_posts_geom ORDER BY id)`,
		"the extents differ":   `SELECT group_concat(concat_ws('|', table_name, min_x, min_y, max_x, max_y)) FROM gpkg_contents`,
	} {
		if p, q := toldBy(t, a, query), toldBy(t, b, query); p != q || p == "" {
			t.Errorf("%s:\n%.600s\n%.600s", what, p, q)
		}
	}
	for _, f := range []*File{a, b} {
		if says := toldBy(t, f, `SELECT rtreecheck('rtree_posts_geom')`); says != "ok" {
			t.Errorf("the spatial index: %s", says)
		}
		outside := toldBy(t, f, `SELECT count(*) FROM posts JOIN rtree_posts_geom r ON r.id = fid WHERE NOT (minx <= ST_MinX(geom) AND maxx >= ST_MaxX(geom)
			AND miny <= ST_MinY(geom) AND maxy >= ST_MaxY(geom) AND maxx - minx < 0.0001)`)
		if outside != "0" {
			t.Errorf("%s rows lie outside their box in the spatial index", outside)
		}
	}
}

func toldBy(t *testing.T, f *File, query string) (s string) {
	t.Helper()
	if err := f.writer.QueryRow(query).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

// Of many features that cannot be added, nothing is left, and the triggers are there.
func TestManyThatAreRefused(t *testing.T) {
	f := filled(t)
	apply(t, f, bulk(t, f, 10, 500))
	triggers := `SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name)`
	before, named := load(t, f), toldBy(t, f, triggers)
	err := f.Apply(context.Background(), asParts(bulk(t, f, 3000, 0)))
	if geo.KindOf(err) != geo.Conflict {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(before, load(t, f)) || toldBy(t, f, triggers) != named {
		t.Error("something is left of it")
	}
}

// A file whose index another program has dropped is added to without one.
func TestManyWithoutAnIndex(t *testing.T) {
	f := filled(t)
	exec(t, f.writer, `DROP TRIGGER rtree_posts_geom_insert`)
	apply(t, f, bulk(t, f, 2000, 0))
	if n := toldBy(t, f, `SELECT count(*) FROM sqlite_schema WHERE name = 'rtree_posts_geom_insert'`); n != "0" {
		t.Error("the trigger is there again")
	}
	if n := len(history(t, f, 0)); n != 2011 {
		t.Errorf("%d revisions", n)
	}
}
