package topojson_test

import (
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo/topojson"
)

// Two lines that share an arc, one of them against its direction.
const shared = `{"type":"Topology","transform":{"scale":[0.5,0.25],"translate":[60,30]},
 "arcs":[[[0,0],[2,0],[0,4]],[[2,4],[2,4]]],
 "objects":{"border":{"type":"GeometryCollection","geometries":[
  {"type":"LineString","arcs":[0,1]},
  {"type":"MultiLineString","arcs":[[-1],[-2]]},
  {"type":null},
  {"type":"Point","coordinates":[1,2]}]}}}`

func TestLines(t *testing.T) {
	t.Parallel()
	got, err := topojson.Lines([]byte(shared), "border")
	if err != nil {
		t.Fatal(err)
	}
	want := []orb.LineString{
		{{60, 30}, {61, 30}, {61, 31}, {62, 32}},
		{{61, 31}, {61, 30}, {60, 30}},
		{{62, 32}, {61, 31}},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d lines, want %d", len(got), len(want))
	}
	for i := range want {
		if !got[i].Equal(want[i]) {
			t.Errorf("line %d is %v, want %v", i, got[i], want[i])
		}
	}
	plain, err := topojson.Lines([]byte(`{"type":"Topology","arcs":[[[1,2],[3,4]]],"objects":{"a":{"type":"LineString","arcs":[0]}}}`), "a")
	if err != nil || len(plain) != 1 || !plain[0].Equal(orb.LineString{{1, 2}, {3, 4}}) {
		t.Errorf("without a transform: %v, %v", plain, err)
	}
}

func TestNamedLines(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Replace(shared, `"arcs":[0,1]}`, `"arcs":[0,1],"properties":{"name":"Panj"}}`, 1))
	got, err := topojson.NamedLines(text, "border", "Panj")
	if err != nil || len(got) != 1 || !got[0].Equal(orb.LineString{{60, 30}, {61, 30}, {61, 31}, {62, 32}}) {
		t.Errorf("the line of that name: %v, %v", got, err)
	}
	if none, err := topojson.NamedLines(text, "border", "Vakhsh"); err != nil || len(none) > 0 {
		t.Errorf("no line has that name: %v, %v", none, err)
	}
}

func TestBrokenTopologiesAreErrors(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":          `{`,
		"another type":     `{"type":"FeatureCollection"}`,
		"no such object":   `{"type":"Topology","objects":{}}`,
		"half a position":  `{"type":"Topology","arcs":[[[1]]],"objects":{"border":{"type":"LineString","arcs":[0]}}}`,
		"no such arc":      `{"type":"Topology","arcs":[],"objects":{"border":{"type":"LineString","arcs":[0]}}}`,
		"no such arc back": `{"type":"Topology","arcs":[],"objects":{"border":{"type":"LineString","arcs":[-1]}}}`,
		"arcs of letters":  `{"type":"Topology","arcs":[],"objects":{"border":{"type":"LineString","arcs":["a"]}}}`,
		"too deep": `{"type":"Topology","arcs":[],"objects":{"border":` + strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 20) +
			strings.Repeat(`]}`, 20) + `}}`,
	} {
		if lines, err := topojson.Lines([]byte(text), "border"); err == nil {
			t.Errorf("%s: %v", name, lines)
		}
	}
}
