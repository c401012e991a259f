package api

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paulmach/orb"
)

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "Хорог", "قندوز", "a\"b\\c", "\x00\x1f\u2028\u2029", "<script>", "\xff\xfe", "😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(appendString(nil, s), &back); err != nil {
			t.Fatalf("%q is written as %s: %v", s, appendString(nil, s), err)
		}
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s)) // each bad byte becomes U+FFFD
		}
		if back != want {
			t.Errorf("%q reads back as %q", s, back)
		}
	})
}

// QGIS 3.40 takes the quotation mark out of \" wherever it stands in an answer with
// features, so none may stand there.
func TestQuotationMarksHaveNoBackslash(t *testing.T) {
	for text, want := range map[string]string{`"12 km"`: `"\u002212 km\u0022"`, `a\"b`: `"a\\\u0022b"`, `\`: `"\\"`} {
		if got := string(appendString(nil, text)); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

func TestCoordinates(t *testing.T) {
	for _, tc := range []struct {
		x    float64
		want string
	}{
		{0, "0"},
		{71.5797, "71.5797"},
		{-0.00000001, "0"},
		{100, "100"},
		{68.123456789, "68.1234568"},
		{-71.5, "-71.5"},
		{180, "180"},
		{10.0000001, "10.0000001"},
		{math.Copysign(0, -1), "0"},
		{-0.5, "-0.5"},
	} {
		if got := string(appendCoordinate(nil, tc.x)); got != tc.want {
			t.Errorf("%v is written %s, want %s", tc.x, got, tc.want)
		}
	}
}

func TestGeometry(t *testing.T) {
	for want, g := range map[string]orb.Geometry{
		`null`: nil,
		`{"type":"Point","coordinates":[68.5,37]}`:                               orb.Point{68.5, 37},
		`{"type":"LineString","coordinates":[[1,2],[3,4]]}`:                      orb.LineString{{1, 2}, {3, 4}},
		`{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}`: orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
	} {
		if got := string(appendGeometry(nil, g)); got != want {
			t.Errorf("%v is written %s", g, got)
		}
	}
}

func TestNumbersThatJSONCannotHold(t *testing.T) {
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(appendNumber(nil, f)); got != "null" {
			t.Errorf("%v is written %s", f, got)
		}
	}
	if got := string(appendNumber(nil, 1e21)); strings.ContainsAny(got, "eE") || got != "1000000000000000000000" {
		t.Errorf("1e21 is written %s", got)
	}
}
