package postgis

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"oxus/geo"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
)

const goodNotice = `{"collection": "crossings", "version": 12, "stamp": "5f1c", "boxes": [[70.1, 37, 70.2, 37.5]]}`

func TestParseNotice(t *testing.T) {
	for payload, want := range map[string]string{
		goodNotice: "crossings 12-5f1c [{[70.1 37] [70.2 37.5]}]",
		`{"collection":"sources","version":1,"stamp":"a","boxes":null}`: "sources 1-a everywhere",
		`{"collection":"sources","version":1,"stamp":"a"}`:              "sources 1-a everywhere",
		`{"collection":"c","version":1,"stamp":"a","boxes":[]}`:         "c 1-a []",
		``:                              "EOF",
		`null`:                          "no version",
		`[]`:                            "cannot unmarshal",
		`{}`:                            "no version",
		goodNotice + goodNotice:         "follows its end",
		goodNotice + "x":                "follows its end",
		strings.Repeat(" ", 8000) + "x": "8001 bytes",
		`{"collection":"c","version":0,"stamp":"a","boxes":[]}`:                                                           "no version",
		`{"collection":"c","version":1,"stamp":"","boxes":[]}`:                                                            "no version",
		`{"collection":"","version":1,"stamp":"a","boxes":[]}`:                                                            "no version",
		`{"collection":"c","version":1.5,"stamp":"a","boxes":[]}`:                                                         "cannot unmarshal",
		`{"collection":"c","version":1,"stamp":"a","boxes":[],"more":1}`:                                                  "unknown field",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[1,2,3]]}`:                                                    "3 edges",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[2,1,1,3]]}`:                                                  "no box",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[1,3,2,1]]}`:                                                  "no box",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[-200,1,2,3]]}`:                                               "no box",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[1,2,3,92]]}`:                                                 "no box",
		`{"collection":"c","version":1,"stamp":"a","boxes":[[1,2,3,1e999]]}`:                                              "cannot unmarshal",
		fmt.Sprintf(`{"collection":"c","version":1,"stamp":"a","boxes":[%s[1,1,1,1]]}`, strings.Repeat("[1,1,1,1],", 16)): "17 boxes",
	} {
		n, err := parseNotice(payload)
		got := n.collection + " " + versionName(n.version, n.stamp) + " everywhere"
		if n.boxes != nil {
			got = fmt.Sprint(n.collection, " ", versionName(n.version, n.stamp), " ", n.boxes)
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%.100s: %s, not %s", payload, got, want)
		}
	}
}

func FuzzParseNotice(f *testing.F) {
	f.Add(goodNotice)
	f.Add(`{"collection":"sources","version":1,"stamp":"a","boxes":null}`)
	f.Add(`{"collection":"c","version":1,"stamp":"a","boxes":[[-180,-90,180,90],[]]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		n, err := parseNotice(payload)
		if err != nil {
			return
		}
		if n.collection == "" || n.version < 1 || len(n.boxes) > maxBoxes || versionNumber(versionName(n.version, n.stamp)) != n.version {
			t.Errorf("%+v", n)
		}
		for _, b := range n.boxes {
			for _, edge := range []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]} {
				if math.IsNaN(edge) || math.Abs(edge) > 181 {
					t.Errorf("an edge at %v", edge)
				}
			}
			if b.IsEmpty() {
				t.Errorf("an empty box %v", b)
			}
		}
		ns := notices{}
		ns.take(&pgconn.Notification{Channel: channel, Payload: payload})
		moves, explained := ns.moves(map[string]string{n.collection: versionName(n.version-1, "x")}, map[string]string{n.collection: versionName(n.version, n.stamp)})
		if !explained || len(moves) != 1 || moves[0].Everywhere != (n.boxes == nil) {
			t.Errorf("%+v %v", moves, explained)
		}
	})
}

// Only what was told of each step from one version to the next explains a change.
func TestNoticesExplain(t *testing.T) {
	tell := func(version int, stamp, boxes string) string {
		return fmt.Sprintf(`{"collection":"c","version":%d,"stamp":%q,"boxes":%s}`, version, stamp, boxes)
	}
	box := orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{2, 2}}
	for name, tc := range map[string]struct {
		to        string
		sent      []string
		explained bool
		boxes     int // -1 is everywhere
	}{
		"none":               {"2-b", nil, false, -1},
		"the one":            {"2-b", []string{tell(2, "b", "[[1,1,2,2]]")}, true, 1},
		"two statements":     {"2-b", []string{tell(2, "b", "[[1,1,2,2]]"), tell(2, "b", "[[1,1,2,2]]")}, true, 2},
		"one of two unknown": {"2-b", []string{tell(2, "b", "[[1,1,2,2]]"), tell(2, "b", "null")}, true, -1},
		"unknown before":     {"2-b", []string{tell(2, "b", "null"), tell(2, "b", "[[1,1,2,2]]")}, true, -1},
		"two versions":       {"3-c", []string{tell(3, "c", "[]"), tell(2, "b", "[[1,1,2,2]]")}, true, 1},
		"the second alone":   {"3-c", []string{tell(3, "c", "[]")}, false, -1},
		"the first alone":    {"3-c", []string{tell(2, "b", "[]")}, false, -1},
		"of another stamp":   {"2-b", []string{tell(2, "other", "[]")}, false, -1},
		"one that is seen":   {"2-b", []string{tell(1, "a", "[]")}, false, -1},
		"one that comes":     {"2-b", []string{tell(2, "b", "[[1,1,2,2]]"), tell(3, "c", "null")}, true, 1},
		"a step back":        {"0-z", []string{tell(2, "b", "[]")}, false, -1},
		"rubbish":            {"2-b", []string{"rubbish"}, false, -1},
	} {
		ns := notices{}
		for _, payload := range tc.sent {
			ns.take(&pgconn.Notification{Channel: channel, Payload: payload})
			ns.take(&pgconn.Notification{Channel: "another", Payload: tell(2, "b", "[]")})
		}
		to := map[string]string{"c": tc.to, "d": "7-x"}
		moves, explained := ns.moves(map[string]string{"c": "1-a", "d": "7-x"}, to)
		if explained != tc.explained || len(moves) != 1 || moves[0].Collection != "c" || moves[0].From != "1-a" || moves[0].To != tc.to || moves[0].Everywhere != (tc.boxes < 0) {
			t.Errorf("%s: %+v, explained %v", name, moves, explained)
		} else if tc.boxes > 0 && (len(moves[0].Boxes) != tc.boxes || moves[0].Boxes[0] != box) {
			t.Errorf("%s: %v", name, moves[0].Boxes)
		}
		var course geo.Course
		course.Begin(map[string]string{"c": "1-a", "d": "7-x"})
		course.Go(to, moves)
		if far := (orb.Bound{Min: orb.Point{50, 50}, Max: orb.Point{51, 51}}); course.Known().Stands("c", "1-a", &far) != (tc.boxes >= 0) {
			t.Errorf("%s: far away it stands otherwise", name)
		}
		ns.forget(to)
		for key, n := range ns {
			if n.version <= versionNumber(tc.to) {
				t.Errorf("%s: %v is remembered", name, key)
			}
		}
	}
}

// What is told and never seen does not fill the memory.
func TestNoticesHaveACeiling(t *testing.T) {
	ns := notices{}
	for n := range 2 * maxNotices {
		ns.take(&pgconn.Notification{Channel: channel, Payload: fmt.Sprintf(`{"collection":"c","version":%d,"stamp":"x","boxes":[]}`, n+1)})
		ns.take(&pgconn.Notification{Channel: channel, Payload: `{"collection":"c","version":1,"stamp":"x","boxes":[[1,1,2,2]]}`})
	}
	if len(ns) != maxNotices {
		t.Errorf("%d versions are remembered", len(ns))
	}
	if one := ns[told{"c", "1-x"}]; one == nil || one.boxes != nil {
		t.Errorf("%v", one)
	}
}
