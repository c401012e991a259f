package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// square is a tile by its address.
type square struct{ z, y, x int }

func (s square) String() string { return fmt.Sprintf("%d/%d/%d", s.z, s.y, s.x) }

// squareAt is the tile a position lies in.
func squareAt(z int, p orb.Point) square {
	n := math.Exp2(float64(z))
	phi := p[1] * math.Pi / 180
	row := (1 - math.Log(math.Tan(phi)+1/math.Cos(phi))/math.Pi) / 2 * n
	index := func(v float64) int { return int(max(0, min(n-1, math.Floor(v)))) }
	return square{z, index(row), index((p[0] + 180) / 360 * n)}
}

// bound is what a tile covers, with a share of its side more on every side.
func (s square) bound(more float64) orb.Bound {
	n := math.Exp2(float64(s.z))
	lon := func(x float64) float64 { return max(-180, min(180, x/n*360-180)) }
	lat := func(y float64) float64 {
		y = max(0, min(n, y))
		return (2*math.Atan(math.Exp(math.Pi*(1-2*y/n))) - math.Pi/2) * 180 / math.Pi
	}
	x, y := float64(s.x), float64(s.y)
	return orb.Bound{Min: orb.Point{lon(x - more), lat(y + 1 + more)}, Max: orb.Point{lon(x + 1 + more), lat(y - more)}}
}

// drawn is a feature as a tile has it.
type drawn struct {
	kind       uint64
	attributes map[string]any
	paths      [][][2]int
}

func (d *drawn) id() string { id, _ := d.attributes["id"].(string); return id }

// stands is how many features it stands for within the tile itself.
func (d *drawn) stands(s square) int {
	last := 1<<s.z - 1
	within := func(v, index int) bool { return v >= 0 && (v < 4096 || v == 4096 && index == last) }
	p := d.paths[0][0]
	if !within(p[0], s.x) || !within(p[1], s.y) {
		return 0
	}
	if n, ok := d.attributes["count"].(int64); ok {
		return int(n)
	}
	return 1
}

// fields calls each with the fields of a protobuf message.
func fields(t *testing.T, b []byte, each func(field, number uint64, text []byte)) {
	t.Helper()
	varint := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("a number is cut off")
		}
		b = b[n:]
		return v
	}
	for len(b) > 0 {
		switch key := varint(); key & 7 {
		case 0:
			each(key>>3, varint(), nil)
		case 1:
			each(key>>3, binary.LittleEndian.Uint64(b), nil)
			b = b[8:]
		case 2:
			n := varint()
			each(key>>3, 0, b[:n])
			b = b[n:]
		default:
			t.Fatalf("wire type %d", key&7)
		}
	}
}

func packed(t *testing.T, b []byte) (list []uint64) {
	t.Helper()
	for len(b) > 0 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			t.Fatal("a list is cut off")
		}
		list, b = append(list, v), b[n:]
	}
	return list
}

// decodeTile reads a vector tile, by layer, and holds it to the specification.
func decodeTile(t *testing.T, b []byte) map[string][]drawn {
	t.Helper()
	layers := map[string][]drawn{}
	fields(t, b, func(field, _ uint64, layer []byte) {
		var name string
		var keys []string
		var values []any
		var features [][]byte
		var version, extent uint64
		fields(t, layer, func(field, n uint64, text []byte) {
			switch field {
			case 1:
				name = string(text)
			case 2:
				features = append(features, text)
			case 3:
				keys = append(keys, string(text))
			case 4:
				values = append(values, decodeValue(t, text))
			case 5:
				extent = n
			case 15:
				version = n
			}
		})
		if field != 3 || version != 2 || extent != 4096 || layers[name] != nil || len(features) == 0 {
			t.Fatalf("field %d, version %d, extent %d, layer %s with %d features", field, version, extent, name, len(features))
		}
		for _, f := range features {
			layers[name] = append(layers[name], decodeFeature(t, f, keys, values))
		}
	})
	return layers
}

func decodeValue(t *testing.T, b []byte) (v any) {
	t.Helper()
	fields(t, b, func(field, n uint64, text []byte) {
		switch field {
		case 1:
			v = string(text)
		case 3:
			v = math.Float64frombits(n)
		case 4:
			v = int64(n)
		default:
			t.Fatalf("a value of kind %d", field)
		}
	})
	return v
}

func decodeFeature(t *testing.T, b []byte, keys []string, values []any) drawn {
	t.Helper()
	d := drawn{attributes: map[string]any{}}
	var commands []uint64
	fields(t, b, func(field, n uint64, text []byte) {
		switch field {
		case 2:
			for pair := range slices.Chunk(packed(t, text), 2) {
				d.attributes[keys[pair[0]]] = values[pair[1]]
			}
		case 3:
			d.kind = n
		case 4:
			commands = packed(t, text)
		}
	})
	var at [2]int
	for len(commands) > 0 {
		command, n := commands[0]&7, int(commands[0]>>3)
		commands = commands[1:]
		if command == 1 {
			d.paths = append(d.paths, nil)
		}
		for range n {
			for axis := range 2 {
				at[axis] += int(commands[axis]>>1) ^ -int(commands[axis]&1)
			}
			path := &d.paths[len(d.paths)-1]
			if len(*path) > 0 && (*path)[len(*path)-1] == at {
				t.Errorf("%v: a step of nothing", d.attributes["id"])
			}
			*path, commands = append(*path, at), commands[2:]
		}
	}
	for _, path := range d.paths {
		if n := len(path); (d.kind == 1) != (n == 1) || n == 0 {
			t.Errorf("%v: kind %d with %d positions", d.attributes["id"], d.kind, n)
		}
	}
	return d
}

func getTile(t *testing.T, h http.Handler, target string) map[string][]drawn {
	t.Helper()
	w := get(t, h, target)
	switch {
	case w.Code == http.StatusNoContent && w.Body.Len() == 0:
		return nil
	case w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/vnd.mapbox-vector-tile":
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	case w.Body.Len() > 500_000:
		t.Errorf("%s has %d bytes", target, w.Body.Len())
	}
	return decodeTile(t, w.Body.Bytes())
}

// A tile has the features that lie in it, and no others than touch its buffer,
// with the attributes of the GeoJSON of the same question.
func TestTilesEqualItems(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, filter := range []string{"", "?datetime=2022-05-01"} {
			all := map[string][]placedFeature{}
			tiles := map[square]bool{}
			for _, c := range geo.Border().Collections {
				all[c.ID] = placed(t, h, "/api/"+c.ID+".geojson"+filter)
				for _, f := range all[c.ID] {
					for _, p := range positions(f.geometry) {
						for z := 5; z <= 10; z++ {
							tiles[squareAt(z, p)] = true
						}
					}
				}
			}
			for s := range tiles {
				layers := getTile(t, h, "/api/tiles/WebMercatorQuad/"+s.String()+filter)
				for id, features := range all {
					holds(t, s, id, layers[id], features)
				}
			}
		}
	})
}

// The items request for the box of a tile gives the same features, also under
// filters.
func TestTilesEqualItemsOfTheirBox(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, question := range []string{
			"bazaars?status=closed&datetime=2022-05-01", "incidents?category=armed_clash&datetime=2021-07-01/..",
			"transmission-lines?status=unknown&datetime=1990-01-01", "status-periods?datetime=2023-01-01", "crossings?bbox=68,36,70,38",
		} {
			id, filter, _ := strings.Cut(question, "?")
			n := 0
			for y := 11; y <= 13; y++ {
				for x := 21; x <= 23; x++ {
					s := square{5, y, x}
					b := s.bound(0)
					features := placed(t, h, "/api/"+id+".geojson?"+filter)
					drawn := getTile(t, h, "/api/collections/"+id+"/tiles/WebMercatorQuad/"+s.String()+"?"+filter)[id]
					holds(t, s, id, drawn, features)
					if strings.Contains(filter, "bbox") {
						continue
					}
					items := placed(t, h, fmt.Sprintf("/api/%s.geojson?%s&bbox=%v,%v,%v,%v", id, filter, b.Min[0], b.Min[1], b.Max[0], b.Max[1]))
					if n += len(items); len(drawn) < len(items) {
						t.Errorf("%s in %v: %d of %d", question, s, len(drawn), len(items))
					}
				}
			}
			if n == 0 && !strings.Contains(filter, "bbox") {
				t.Errorf("%s asks for nothing", question)
			}
		}
	})
}

// placedFeature is a feature of a GeoJSON answer.
type placedFeature struct {
	id         string
	geometry   orb.Geometry
	properties map[string]any
}

func placed(t *testing.T, h http.Handler, target string) (list []placedFeature) {
	t.Helper()
	for _, f := range getFeatures(t, h, target).Features {
		var g struct {
			Type        string
			Coordinates json.RawMessage
		}
		if err := json.Unmarshal(f.Geometry, &g); err != nil {
			t.Fatal(err)
		}
		one := placedFeature{id: f.ID, properties: f.Properties}
		switch g.Type {
		case "Point":
			one.geometry = read[orb.Point](t, g.Coordinates)
		case "LineString":
			one.geometry = read[orb.LineString](t, g.Coordinates)
		case "MultiLineString":
			one.geometry = read[orb.MultiLineString](t, g.Coordinates)
		}
		list = append(list, one)
	}
	return list
}

func read[G orb.Geometry](t *testing.T, b []byte) (g G) {
	t.Helper()
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func positions(g orb.Geometry) []orb.Point {
	switch g := g.(type) {
	case orb.Point:
		return []orb.Point{g}
	case orb.LineString:
		return g
	case orb.MultiLineString:
		return slices.Concat([]orb.LineString(g)...)
	}
	return nil
}

func holds(t *testing.T, s square, layer string, got []drawn, all []placedFeature) {
	t.Helper()
	found := map[string]*drawn{}
	for i := range got {
		if found[got[i].id()] != nil {
			t.Errorf("%v: %s has %s twice", s, layer, got[i].id())
		}
		found[got[i].id()] = &got[i]
	}
	inside, near := []orb.Bound{s.bound(0)}, []orb.Bound{s.bound(129.0 / 4096)}
	for _, f := range all {
		d := found[f.id]
		delete(found, f.id)
		switch {
		case d == nil && geo.Touches(f.geometry, inside):
			t.Errorf("%v: %s lacks %s", s, layer, f.id)
		case d != nil && !geo.Touches(f.geometry, near):
			t.Errorf("%v: %s has %s, which lies elsewhere", s, layer, f.id)
		case d != nil:
			sameAttributes(t, s, d, f.properties)
		}
	}
	for id := range found {
		t.Errorf("%v: %s has %q, which is not asked for", s, layer, id)
	}
}

func sameAttributes(t *testing.T, s square, d *drawn, properties map[string]any) {
	t.Helper()
	want := map[string]any{"id": d.attributes["id"]}
	for name, v := range properties {
		text, isText := v.(string)
		if _, isList := v.([]any); !isList && v != nil && (!isText || s.z >= 8 || len(text) <= 64) {
			want[name] = v
		}
	}
	for name, v := range d.attributes {
		if n, ok := v.(int64); ok {
			v = float64(n)
		}
		if v != want[name] {
			t.Errorf("%v: %s of %s is %v, want %v", s, name, d.id(), v, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("%v: %s lacks %v", s, d.id(), want)
	}
}

// kept is a keeper with nothing behind it.
type kept struct {
	geo.Keeper
	ds *geo.Dataset
}

func (k kept) Load(context.Context) (*geo.Dataset, error) { return k.ds, nil }

// Revisions are none: nothing was ever removed.
func (k kept) Revisions(context.Context, geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	return func(func(geo.Revision, error) bool) {}
}

// servedFrom serves made-up features of one collection from the memory engine.
func servedFrom(tb testing.TB, id string, features []geo.Feature) http.Handler {
	tb.Helper()
	atlas := geo.Border()
	store, err := memory.Over(context.Background(), atlas, kept{ds: &geo.Dataset{
		Features: map[string][]geo.Feature{id: features}, Versions: map[string]string{id: "1"},
	}})
	if err != nil {
		tb.Fatal(err)
	}
	return handler(atlas, store, quiet())
}

// crowd is a number of incidents, half of them in one town.
func crowd(tb testing.TB, n int) []geo.Feature {
	tb.Helper()
	c, err := geo.Border().Collection("incidents")
	if err != nil {
		tb.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	features := make([]geo.Feature, n)
	for i := range features {
		f := storetest.Feature(c, fmt.Sprintf("incident-%06d", i))
		f.Values = slices.Clone(f.Values)
		f.Values[c.PropertyIndex("title")] = fmt.Sprintf("Something that happened to %x and %x", rng.Uint64(), rng.Uint64())
		f.Values[c.PropertyIndex("summary")] = strings.Repeat(fmt.Sprintf("%x ", rng.Uint64()), 6)
		f.Geometry = orb.Point{66 + 9*rng.Float64(), 35 + 5*rng.Float64()}
		if i%2 == 0 {
			f.Geometry = orb.Point{69.5 + rng.NormFloat64()/50, 37.2 + rng.NormFloat64()/50}
		}
		features[i] = f
	}
	return features
}

// onlyCounts reports whether a group says how many it stands for, and how many of
// each category, and nothing else.
func onlyCounts(attributes map[string]any) bool {
	sum := int64(0)
	for name, value := range attributes {
		n, _ := value.(int64)
		switch {
		case strings.HasPrefix(name, "count_"):
			sum += n
		case name != "count":
			return false
		}
	}
	return sum == attributes["count"]
}

// However dense the points are, no tile is large and no point is lost.
func TestCrowdedTiles(t *testing.T) {
	t.Parallel()
	n := 100_000
	if storetest.Raced() {
		n = 30_000
	}
	features := crowd(t, n)
	h := servedFrom(t, "incidents", features)
	for z := range 13 {
		if storetest.Raced() && z%3 != 0 {
			continue
		}
		in := map[square]int{}
		for i := range features {
			in[squareAt(z, features[i].Geometry.(orb.Point))]++
		}
		sum, counted, largest := 0, 0, 0
		for s, n := range in {
			drawn := getTile(t, h, "/api/tiles/WebMercatorQuad/"+s.String())["incidents"]
			for i := range drawn {
				stands := drawn[i].stands(s)
				sum += stands
				if drawn[i].attributes["count"] != nil {
					counted += stands
					if !onlyCounts(drawn[i].attributes) || n <= 100 {
						t.Fatalf("%v with %d points groups them: %v", s, n, drawn[i].attributes)
					}
				}
			}
			largest = max(largest, n)
		}
		if sum != len(features) || (counted == 0) != (largest < 2000) && z < 9 {
			t.Errorf("zoom %d: %d features, %d of them in groups, at most %d in a tile", z, sum, counted, largest)
		}
	}
	w := get(t, h, "/api/tiles/WebMercatorQuad/9/199/354", "Accept-Encoding", "gzip")
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || decodeTile(t, body) == nil {
		t.Errorf("the packed tile: %v", err)
	}
}

// Where even the counts with what stands alone are too much, cells grow; what
// lies on the edge of the world is counted too.
func TestCellsGrow(t *testing.T) {
	features := crowd(t, 64*64+500)
	for i := range features {
		cell := square{6, i / 64, i % 64} // one in each of the finest cells, and more in two of them
		if i >= 64*64 {
			cell = square{6, 63, 62}
		}
		features[i].Geometry = cell.bound(0).Center()
		if i >= 64*64+250 {
			features[i].Geometry = orb.Point{180, -85.05112877980659}
		}
		features[i].ID = fmt.Sprintf("%0100d", i) // the longest there can be
	}
	s, sum, groups, cells := square{}, 0, map[int]int{}, map[[2]int]bool{}
	for _, d := range getTile(t, servedFrom(t, "incidents", features), "/api/tiles/WebMercatorQuad/0/0/0")["incidents"] {
		sum += d.stands(s)
		groups[d.stands(s)]++
		cells[[2]int{d.paths[0][0][0] / 128, d.paths[0][0][1] / 128}] = true
	}
	if sum != len(features) || len(cells) != 32*32 || groups[4] != 32*32-1 || groups[504] != 1 {
		t.Errorf("%d features in groups of %v", sum, groups)
	}
}

// However many lines there are and however crooked, no tile is large and no line
// is lost.
func TestCrowdsOfLines(t *testing.T) {
	c, err := geo.Border().Collection("transmission-lines")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	features := make([]geo.Feature, 8000)
	for i := range features {
		features[i] = storetest.Feature(c, fmt.Sprintf("line-%d", i))
		at, line := orb.Point{69 + 2*rng.Float64(), 36 + 3*rng.Float64()}, orb.LineString{}
		for range 2 + rng.IntN(100) {
			at = orb.Point{at[0] + rng.NormFloat64()/50, at[1] + rng.NormFloat64()/50}
			line = append(line, at)
		}
		if i%10 == 0 {
			line = append(line, line[0])
		}
		features[i].Geometry = line
	}
	h := servedFrom(t, c.ID, features)
	for _, z := range []int{0, 4, 5} {
		s, ids := squareAt(z, orb.Point{70, 37.5}), map[string]bool{}
		for _, d := range getTile(t, h, "/api/tiles/WebMercatorQuad/"+s.String())[c.ID] {
			ids[d.id()] = true
			if d.attributes["status"] != "unknown" {
				t.Fatalf("%v shows a line without its status: %v", s, d.attributes)
			}
		}
		if len(ids) != len(features) {
			t.Errorf("%v shows %d lines of %d", s, len(ids), len(features))
		}
	}
}

// Points with a status that are too dense are counted by it, as they are counted
// without tiles; one that stands alone has what it has elsewhere, and lists where
// they are asked for by name.
func TestCrowdedStatus(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	c, err := atlas.Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	change := storetest.Awkward() // brings the source they cite
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 3000 {
		f := storetest.Feature(c, fmt.Sprintf("invented-%04d", i))
		f.Geometry = orb.Point{69.5 + rng.NormFloat64()/50, 37.2 + rng.NormFloat64()/50}
		if i == 0 {
			f.Geometry = orb.Point{72.5, 36.5} // alone in its cell
		}
		change.Features = append(change.Features, geo.Put{Collection: c, Feature: f})
		if i%3 == 0 {
			change.Periods = append(change.Periods, geo.Period{
				ID: "since-" + f.ID, Collection: c.ID, Scope: geo.OfFeature, Owner: f.ID, Kind: geo.Phase, Status: "closed",
				From: geo.On(geo.DateOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))), Basis: geo.Ongoing, Sources: f.Sources,
			})
		}
	}
	store := openFile(t, atlas, false)
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Apply(context.Background(), change); err != nil {
		t.Fatal(err)
	}
	h := handler(atlas, store, quiet())
	const box = "id LIKE 'invented-%'"
	counts, alone := map[string]int64{}, false
	for _, d := range getTile(t, h, "/api/collections/crossings/tiles/WebMercatorQuad/5/12/22?properties=status,status_sources,name_en&filter="+url.QueryEscape(box))[c.ID] {
		status, single := d.attributes["status"].(string)
		if single {
			counts[status]++
			alone = alone || d.id() == "invented-0000" && d.attributes["status_sources"] == `["`+change.Periods[len(change.Periods)-1].Sources[0]+`"]`
			continue
		}
		for name, n := range d.attributes {
			if status, is := strings.CutPrefix(name, "count_"); is {
				counts[status] += n.(int64)
			}
		}
	}
	if counts["closed"] != 1000 || counts["unknown"] != 2000 || len(counts) != 2 {
		t.Errorf("the tile counts %v", counts)
	}
	if !alone {
		t.Error("the one that stands alone has no status with its sources")
	}
	for _, want := range []string{`{"value":"closed","count":1000}`, `{"value":"unknown","count":2000}`} {
		if w := get(t, h, "/api/stats/crossings?by=status&filter="+url.QueryEscape(box)); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is not in %s", want, w.Body)
		}
	}
}

// What lies on the edges of tiles and of the world is in the tiles of both
// sides, and within one of them.
func TestEdgesOfTiles(t *testing.T) {
	crossings, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	var features []geo.Feature
	edges := []float64{-180, -90, -45, 0, 45, 180}
	for i, lon := range edges {
		for j, lat := range []float64{-85.05112877980659, -66.51326044311186, 0, 40.97989806962013, 85.05112877980659} {
			f := storetest.Feature(crossings, fmt.Sprintf("p%d%d", i, j))
			f.Geometry = orb.Point{lon, lat}
			features = append(features, f)
		}
	}
	h := servedFrom(t, "crossings", features)
	for z := range 6 {
		owners, holders := map[string]int{}, map[string]int{}
		for y := range 1 << z {
			for x := range 1 << z {
				s := square{z, y, x}
				layer := getTile(t, h, "/api/tiles/WebMercatorQuad/"+s.String())["crossings"]
				for i := range layer {
					owners[layer[i].id()] += layer[i].stands(s)
					holders[layer[i].id()]++
				}
			}
		}
		for i := range features {
			id, p := features[i].ID, features[i].Geometry.(orb.Point)
			want := 1
			if z >= 3 { // all the edges above are edges of tiles
				want = map[bool]int{true: 1, false: 2}[math.Abs(p[0]) == 180] * map[bool]int{true: 1, false: 2}[math.Abs(p[1]) > 85]
			}
			if owners[id] != 1 || z >= 3 && holders[id] != want {
				t.Errorf("zoom %d: %s at %v lies within %d tiles, is in %d, want %d", z, id, p, owners[id], holders[id], want)
			}
		}
	}
}

// Lines are cut, never lost: also those shorter than a pixel, those that only
// touch a corner and those whose course bends in the projection.
func TestLinesInTiles(t *testing.T) {
	c, err := geo.Border().Collection("transmission-lines")
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]orb.Geometry{
		"short":       orb.LineString{{70, 38}, {70.0000001, 38}},
		"nothing":     orb.LineString{{70, 38}, {70, 38}},
		"across":      orb.LineString{{-179, 10}, {179, 60}},
		"antimeridan": orb.LineString{{170, 38}, {180, 38}},
		"polar":       orb.LineString{{20, 70}, {20, 90}},
		"corner":      orb.LineString{{44, 1}, {46, -1}},
		"zigzag":      orb.LineString{{60, 30}, {75, 40}, {60, 40}, {75, 30}, {60, 30}},
		"parts":       orb.MultiLineString{{{0.1, 0.1}, {0.2, 0.2}}, {{100, 50}, {101, 50}}},
	}
	var features []geo.Feature
	for id, g := range lines {
		f := storetest.Feature(c, id)
		f.Geometry = g
		features = append(features, f)
	}
	slices.SortFunc(features, func(a, b geo.Feature) int { return strings.Compare(a.ID, b.ID) })
	h := servedFrom(t, "transmission-lines", features)
	for z := range 8 {
		for y := range 1 << z {
			for x := range 1 << z {
				s := square{z, y, x}
				in := map[string]*drawn{}
				layer := getTile(t, h, "/api/collections/transmission-lines/tiles/WebMercatorQuad/"+s.String())["transmission-lines"]
				for i := range layer {
					in[layer[i].id()] = &layer[i]
				}
				for id, g := range lines {
					d := in[id]
					if d == nil && geo.Touches(g, []orb.Bound{s.bound(0)}) {
						t.Errorf("%v lacks %s", s, id)
					}
					if d != nil {
						onCourse(t, s, id, d, g)
					}
				}
			}
		}
	}
}

// onCourse expects every position of a line near the line itself, in the tile
// and its buffer.
func onCourse(t *testing.T, s square, id string, d *drawn, g orb.Geometry) {
	t.Helper()
	for _, path := range d.paths {
		for i, p := range path {
			if slices.Min(p[:]) < -129 || slices.Max(p[:]) > 4096+129 {
				t.Errorf("%v: %s reaches to %v", s, id, p)
			}
			// Half way from the last position: what is drawn between them.
			last := path[max(0, i-1)]
			share := func(axis, index int) float64 { return float64(index) + float64(p[axis]+last[axis])/2/4096 }
			n := math.Exp2(float64(s.z))
			lon := share(0, s.x)/n*360 - 180
			lat := (2*math.Atan(math.Exp(math.Pi*(1-2*share(1, s.y)/n))) - math.Pi/2) * 180 / math.Pi
			unit := 360 / n / 4096 * 1.6
			if !geo.Touches(g, []orb.Bound{{Min: orb.Point{lon - unit, lat - unit}, Max: orb.Point{lon + unit, lat + unit}}}) {
				t.Errorf("%v: %s is drawn at %v, %v", s, id, lon, lat)
			}
		}
	}
}

func TestTileAddresses(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for target, want := range map[string]int{
		"tiles/WebMercatorQuad/5/12/22":                                           200,
		"tiles/WebMercatorQuad/5/12/22?f=mvt&collections=crossings,bazaars":       200,
		"tiles/WebMercatorQuad/22/0/0":                                            204,
		"tiles/WebMercatorQuad/0/0/0?datetime=2022-05-01":                         200,
		"collections/crossings/tiles/WebMercatorQuad/0/0/0?status=suspended":      200,
		"collections/crossings/tiles/WebMercatorQuad/0/0/0?properties=name_en":    200,
		"collections/status-periods/tiles/WebMercatorQuad/0/0/0":                  200,
		"collections/crossings/tiles/WebMercatorQuad/0/0/0?bbox=0,0,1,1":          204,
		"tiles/WebMercatorQuad/23/0/0":                                            404,
		"tiles/WebMercatorQuad/5/32/0":                                            404,
		"tiles/WebMercatorQuad/5/0/32":                                            404,
		"tiles/WebMercatorQuad/5/-1/0":                                            404,
		"tiles/WebMercatorQuad/+5/1/0":                                            404,
		"tiles/WebMercatorQuad/05/1/0":                                            404,
		"tiles/WebMercatorQuad/5/1/0.0":                                           404,
		"tiles/WebMercatorQuad/5/1/99999999999999999999":                          404,
		"tiles/WorldCRS84Quad/5/1/0":                                              404,
		"tiles/WorldCRS84Quad":                                                    404,
		"collections/none/tiles/WebMercatorQuad/0/0/0":                            404,
		"collections/none/tiles":                                                  404,
		"tiles/WebMercatorQuad/0/0/0?bbox=0,0,1,1":                                400,
		"tiles/WebMercatorQuad/0/0/0?status=open":                                 400,
		"tiles/WebMercatorQuad/0/0/0?collections=status-periods":                  400,
		"tiles/WebMercatorQuad/0/0/0?collections=":                                400,
		"tiles/WebMercatorQuad/0/0/0?f=tilejson":                                  400,
		"collections/crossings/tiles/WebMercatorQuad/0/0/0?collections=crossings": 400,
		"collections/crossings/tiles/WebMercatorQuad/0/0/0?status=broken":         400,
		"collections/crossings/tiles/WebMercatorQuad?limit=5":                     400,
		"tiles?f=tilejson":                                                        400,
	} {
		w := get(t, h, "/api/"+target)
		if w.Code != want || w.Code >= 400 && w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d, want %d: %.300s", target, w.Code, want, w.Body)
		}
	}
	const target = "/api/tiles/WebMercatorQuad/5/12/22"
	tag := get(t, h, target).Header().Get("ETag")
	if w := get(t, h, target, "If-None-Match", tag); tag == "" || w.Code != http.StatusNotModified {
		t.Errorf("tag %s: %d", tag, w.Code)
	}
}

// The descriptions lead to tiles, under the filters they were asked with.
func TestTilesetsLeadToTiles(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	fill := strings.NewReplacer("{z}", "5", "{y}", "12", "{x}", "22", "{tileMatrix}", "5", "{tileRow}", "12", "{tileCol}", "22", "https://oxus.test", "")
	for _, base := range []string{"/api/tiles", "/api/collections/bazaars/tiles"} {
		var list struct{ Tilesets []struct{ Links []link } }
		fromJSON(t, get(t, h, base), &list)
		self := hrefs(list.Tilesets[0].Links, "self")
		var set struct {
			Links  []link
			Layers []struct{ ID string }
		}
		fromJSON(t, get(t, h, fill.Replace(self)+"?datetime=2022-05-01"), &set)
		var tileJSON struct {
			TileJSON     string
			Tiles        []string
			Bounds       []float64
			VectorLayers []struct {
				ID     string
				Fields map[string]string
			} `json:"vector_layers"`
		}
		fromJSON(t, get(t, h, fill.Replace(hrefs(set.Links, "describedby"))), &tileJSON)
		if tileJSON.TileJSON != "3.0.0" || len(tileJSON.VectorLayers) != len(set.Layers) || len(tileJSON.Bounds) != 4 {
			t.Errorf("%s: %+v for %+v", base, tileJSON, set)
		}
		want := getTile(t, h, base+"/WebMercatorQuad/5/12/22?datetime=2022-05-01")
		for _, template := range []string{tileJSON.Tiles[0], hrefs(set.Links, "item")} {
			if got := getTile(t, h, fill.Replace(template)); len(want) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s gives another tile", template)
			}
		}
		for _, l := range tileJSON.VectorLayers {
			for _, d := range want[l.ID] {
				for name, v := range d.attributes {
					_, isText := v.(string)
					if told := l.Fields[name]; told != map[bool]string{true: "String", false: "Number"}[isText] {
						t.Errorf("%s of %s is %v, told as %q", name, l.ID, v, told)
					}
				}
			}
		}
	}
}

type link struct{ Href, Rel string }

func hrefs(links []link, rel string) string {
	for _, l := range links {
		if l.Rel == rel {
			return l.Href
		}
	}
	return ""
}

func fromJSON(t *testing.T, w interface{ Result() *http.Response }, into any) {
	t.Helper()
	response := w.Result()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d: %v", response.StatusCode, err)
	}
}

// GDAL reads a tile as the decoder above does.
func TestGDALReadsTiles(t *testing.T) {
	if _, err := exec.LookPath("ogrinfo"); err != nil {
		t.Fatal("ogrinfo is not installed: apt-get install gdal-bin")
	}
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	w := get(t, h, "/api/tiles/WebMercatorQuad/5/12/22")
	file := filepath.Join(t.TempDir(), "12.mvt")
	if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	told, err := exec.CommandContext(context.Background(), "ogrinfo", "-so", "-al", "-oo", "METADATA_FILE=", "-oo", "X=22", "-oo", "Y=12", "-oo", "Z=5", "MVT:"+file).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	for name, features := range decodeTile(t, w.Body.Bytes()) {
		_, layer, _ := bytes.Cut(told, []byte("Layer name: "+name+"\n"))
		if want := fmt.Sprintf("Feature Count: %d\n", len(features)); !bytes.Contains(layer[:min(len(layer), 200)], []byte(want)) {
			t.Errorf("%s should have %s%s", name, want, told)
		}
	}
}

// BenchmarkTile encodes a tile of points one by one and a tile that counts them.
func BenchmarkTile(b *testing.B) {
	h := servedFrom(b, "incidents", crowd(b, 100_000))
	for name, target := range map[string]string{"grouped": "4/6/11", "single": "12/1610/2850"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/tiles/WebMercatorQuad/"+target, http.NoBody))
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
				b.SetBytes(int64(w.Body.Len()))
			}
		})
	}
}

// A store that counts for itself makes the tiles and statistics that one does whose
// features are counted here.
func TestCrowdsAreCountedAlike(t *testing.T) {
	atlas := geo.Border()
	incidents, err := atlas.Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	change := storetest.Awkward() // brings the source they cite
	for i, f := range crowd(t, 6000) {
		f.Values[incidents.PropertyIndex("category")] = []string{"attack", "closure", "smuggling"}[i%3]
		f.Values[incidents.PropertyIndex("confidence")] = []string{"claimed", "disputed"}[i%2]
		change.Features = append(change.Features, geo.Put{Collection: incidents, Feature: f})
	}
	answers := map[string][]byte{}
	for _, stance := range []string{"file", "postgis"} {
		store := stanceNamed(t, stance)(t, atlas, false)
		t.Cleanup(func() { _ = store.Close() })
		if err := store.Apply(context.Background(), change); err != nil {
			t.Fatal(err)
		}
		h := handler(atlas, store, quiet())
		for _, path := range []string{
			"/api/tiles/WebMercatorQuad/0/0/0", "/api/tiles/WebMercatorQuad/5/12/22", "/api/tiles/WebMercatorQuad/6/24/44", "/api/tiles/WebMercatorQuad/9/199/354",
			"/api/collections/incidents/tiles/WebMercatorQuad/6/24/44?confidence=claimed", "/api/collections/incidents/tiles/WebMercatorQuad/7/49/88?filter=category%20IN%20('attack')",
			"/api/stats/incidents?by=category", "/api/stats/incidents?by=country&category=attack", "/api/stats/incidents?by=admin1",
		} {
			w := get(t, h, path)
			if known, ok := answers[path]; ok && !bytes.Equal(known, w.Body.Bytes()) {
				t.Errorf("%s differs: %d bytes from the file, %d from %s", path, len(known), w.Body.Len(), stance)
			}
			answers[path] = w.Body.Bytes()
		}
	}
	for _, layer := range []string{"5/12/22", "6/24/44"} {
		groups, alone := 0, 0
		for _, d := range decodeTile(t, answers["/api/tiles/WebMercatorQuad/"+layer])["incidents"] {
			switch title, _ := d.attributes["title"].(string); {
			case d.attributes["count"] != nil:
				groups++
			case title == "" || d.attributes["confidence"] == nil:
				t.Errorf("%s: what stands alone beside a crowd is told as %v", layer, d.attributes)
			default:
				alone++
			}
		}
		if groups == 0 || alone == 0 {
			t.Errorf("%s has %d groups and %d features alone; the comparison shows nothing", layer, groups, alone)
		}
	}
}

func stanceNamed(t *testing.T, name string) opener {
	t.Helper()
	for _, s := range stances {
		if s.name == name {
			return s.open
		}
	}
	t.Fatalf("there is no stance %q", name)
	return nil
}
