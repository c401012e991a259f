package geopackage

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"
	"github.com/twpayne/go-geom"
	geomwkb "github.com/twpayne/go-geom/encoding/wkb"
)

func blobOf(flags byte, envelope int, body []byte) []byte {
	b := []byte{'G', 'P', 0, flags, 0xe6, 0x10, 0, 0}
	b = append(b, make([]byte, envelope*8)...)
	return append(b, body...)
}

func TestGeometryRoundTrip(t *testing.T) {
	for _, g := range []orb.Geometry{
		orb.Point{},
		orb.Point{67.123456789012345, -89.99},
		orb.LineString{{1, 2}, {3, 4}},
		orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {-1, -2}}},
	} {
		blob, err := encodeGeometry(g)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeGeometry(blob)
		if err != nil || !orb.Equal(got, g) {
			t.Errorf("%v: got %v, %v", g, got, err)
		}
		if b, ok := boundOf(blob); !ok || b != g.Bound() {
			t.Errorf("%v: bound %v", g, b)
		}
	}
	for _, g := range []orb.Geometry{nil, orb.LineString{}, orb.MultiLineString(nil)} {
		if blob, err := encodeGeometry(g); blob != nil || err != nil {
			t.Errorf("%#v: %x %v", g, blob, err)
		}
	}
}

func TestEnvelope(t *testing.T) {
	blob, err := encodeGeometry(orb.LineString{{1, 2}, {3, -4}})
	if err != nil {
		t.Fatal(err)
	}
	const want = "47500003e6100000000000000000f03f000000000000084000000000000010c00000000000000040"
	if got := hex.EncodeToString(blob[:40]); got != want {
		t.Errorf("header %s, want %s (x from 1 to 3, y from -4 to 2)", got, want)
	}
}

// Every kind of envelope and both byte orders, with heights and measures, as
// other programs write them.
func TestGeometriesOfOtherPrograms(t *testing.T) {
	want := map[string]orb.Geometry{
		"point": orb.Point{1, 2}, "line": orb.LineString{{1, 2}, {3, 4}}, "lines": orb.MultiLineString{{{1, 2}, {3, 4}}},
		"polygon": orb.Polygon{{{1, 2}, {3, 4}, {5, 6}, {1, 2}}}, "points": orb.MultiPoint{{1, 2}},
		"polygons": orb.MultiPolygon{{{{1, 2}, {3, 4}, {5, 6}, {1, 2}}}},
	}
	for _, layout := range []geom.Layout{geom.XY, geom.XYZ, geom.XYM, geom.XYZM} {
		flat := func(points ...float64) []float64 {
			var out []float64
			for i := 0; i < len(points); i += 2 {
				out = append(append(out, points[i], points[i+1]), []float64{100, 200}[:layout.Stride()-2]...)
			}
			return out
		}
		s := layout.Stride()
		ring := flat(1, 2, 3, 4, 5, 6, 1, 2)
		for name, g := range map[string]geom.T{
			"point": geom.NewPointFlat(layout, flat(1, 2)), "line": geom.NewLineStringFlat(layout, flat(1, 2, 3, 4)),
			"lines":   geom.NewMultiLineStringFlat(layout, flat(1, 2, 3, 4), []int{2 * s}),
			"polygon": geom.NewPolygonFlat(layout, ring, []int{4 * s}), "points": geom.NewMultiPointFlat(layout, flat(1, 2)),
			"polygons": geom.NewMultiPolygonFlat(layout, ring, [][]int{{4 * s}}),
		} {
			for flag, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
				body, err := geomwkb.Marshal(g, order)
				if err != nil {
					t.Fatal(err)
				}
				for kind, size := range []int{0, 4, 6, 6, 8} {
					got, err := decodeGeometry(blobOf(byte(flag|kind<<1), size, body))
					if err != nil || !orb.Equal(got, want[name]) {
						t.Errorf("%s, %v, order %d, envelope %d: got %v, %v", name, layout, flag, kind, got, err)
					}
				}
			}
		}
	}
}

func TestNoGeometry(t *testing.T) {
	for name, blob := range map[string][]byte{
		"null":        nil,
		"empty flag":  blobOf(0x11, 0, wkb.MustMarshal(orb.LineString{})),
		"empty point": blobOf(0x01, 0, wkb.MustMarshal(orb.Point{math.NaN(), math.NaN()})),
		"empty line":  blobOf(0x01, 0, wkb.MustMarshal(orb.LineString{})),
		"empty parts": blobOf(0x01, 0, wkb.MustMarshal(orb.MultiLineString{{}, {}})),
	} {
		if g, err := decodeGeometry(blob); g != nil || err != nil {
			t.Errorf("%s: %v %v", name, g, err)
		}
		if _, located := boundOf(blob); located {
			t.Errorf("%s has a bound", name)
		}
	}
}

func TestBrokenGeometries(t *testing.T) {
	point := wkb.MustMarshal(orb.Point{1, 2})
	huge := append([]byte{1, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, make([]byte, 16)...)
	for name, blob := range map[string][]byte{
		"nothing":       {},
		"no header":     point,
		"cut header":    {'G', 'P', 0, 1},
		"extended":      blobOf(0x21, 0, point),
		"envelope kind": blobOf(0x0b, 8, point),
		"cut envelope":  blobOf(0x09, 2, nil),
		"cut body":      blobOf(0x01, 0, point[:20]),
		"more after it": blobOf(0x01, 0, append(point, 0)),
		"unknown type":  blobOf(0x01, 0, []byte{1, 17, 0, 0, 0}),
		"huge count":    blobOf(0x01, 0, huge),
		"wrong member":  blobOf(0x01, 0, append([]byte{1, 5, 0, 0, 0, 1, 0, 0, 0}, point...)),
		"dimensions":    blobOf(0x01, 0, []byte{1, 0xa1, 0x0f, 0, 0}),
	} {
		if g, err := decodeGeometry(blob); err == nil && blob != nil {
			t.Errorf("%s: %v", name, g)
		}
	}
}

func FuzzDecodeGeometry(f *testing.F) {
	for _, g := range []orb.Geometry{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.MultiPolygon{{{{1, 2}, {3, 4}, {5, 6}, {1, 2}}}}} {
		f.Add(blobOf(0x01, 0, wkb.MustMarshal(g)))
		f.Add(blobOf(0x00, 0, wkb.MustMarshal(g, binary.BigEndian)))
		f.Add(blobOf(0x03, 4, wkb.MustMarshal(g)))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		g, err := decodeGeometry(blob)
		boundOf(blob)
		if err != nil || g == nil {
			return
		}
		again, err := encodeGeometry(g)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeGeometry(again)
		if err != nil {
			t.Fatalf("%v does not come back: %v", g, err)
		}
		if back != nil && orb.Equal(g, g) && !orb.Equal(back, g) { // what has a NaN equals nothing
			t.Fatalf("%v comes back as %v", g, back)
		}
	})
}
