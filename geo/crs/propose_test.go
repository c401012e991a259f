package crs_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo/crs"
)

// places are invented positions along the border.
var places = []orb.Point{{67.9, 37.1}, {68.78, 38.56}, {69.6, 37.6}, {70.4, 38.1}, {71.5, 37.49}, {71.55, 36.7}}

// sampleIn gives positions in a system, perhaps swapped and scaled.
func sampleIn(c *crs.CRS, positions []orb.Point, swapped bool, scale float64) []orb.Point {
	var sample []orb.Point
	for _, p := range positions {
		x, y := c.FromWGS84(p[0], p[1])
		if swapped {
			x, y = y, x
		}
		sample = append(sample, orb.Point{x * scale, y * scale})
	}
	return sample
}

func listed(proposals []crs.Proposal) []string {
	var names []string
	for _, p := range proposals {
		name := p.CRS.String()
		if p.Swapped {
			name += " swapped"
		}
		names = append(names, name)
	}
	return names
}

func TestProposeFindsTheSystem(t *testing.T) {
	cases := []struct {
		system string
		swap   bool
		scale  float64
		first  string
		// also must be among the proposals, because the numbers cannot tell.
		also []string
		why  []string
	}{
		{"EPSG:4326", false, 1, "EPSG:4326", []string{"EPSG:4284", "EPSG:4255"}, []string{"degrees", "longitude first"}},
		{"EPSG:4326", true, 1, "EPSG:4326 swapped", nil, []string{"degrees", "latitude first: swapped"}},
		{"EPSG:32642", false, 1, "EPSG:32642", []string{"EPSG:32641", "EPSG:32643", "EPSG:2502", "EPSG:2599"}, []string{"UTM", "easting first"}},
		{"EPSG:32642", true, 1, "EPSG:32642 swapped", []string{"EPSG:32643 swapped"}, []string{"northing first: swapped"}},
		{"EPSG:28412", false, 1, "EPSG:28412", nil, []string{"6-degree zone 12 in front"}},
		{"EPSG:28413", true, 1, "EPSG:28413 swapped", nil, []string{"zone 13", "swapped"}},
		{"EPSG:2539", false, 1, "EPSG:2539", nil, []string{"3-degree zone 23"}},
		{"EPSG:2502", false, 1, "EPSG:32642", []string{"EPSG:2502", "EPSG:2503"}, nil},
		{"EPSG:3857", false, 1, "EPSG:3857", []string{"EPSG:3395"}, []string{"Web Mercator"}},
		{"EPSG:3395", false, 1, "EPSG:3857", []string{"EPSG:3395"}, nil},
		{"EPSG:32642", false, 0.001, `"WGS 84 / UTM zone 42N in kilometres"`, []string{`"WGS 84 / UTM zone 43N in kilometres"`}, []string{"kilometres"}},
		{"EPSG:28412", false, 0.001, `"Pulkovo 1942 / Gauss-Kruger zone 12 in kilometres"`, nil, []string{"kilometres", "zone 12"}},
		{"ESRI:102012", false, 1, "ESRI:102012", nil, []string{"conic"}},
		{"ESRI:102025", false, 1, "ESRI:102025", []string{"ESRI:102027"}, nil},
		{"ESRI:102028", false, 1, "ESRI:102028", nil, nil},
		{"EPSG:7755", false, 1, "EPSG:7755", nil, nil},
	}
	for _, c := range cases {
		system, err := crs.Parse(c.system)
		if err != nil {
			t.Fatal(err)
		}
		sample := sampleIn(system, places, c.swap, c.scale)
		proposals := crs.Propose(sample)
		names := listed(proposals)
		if len(names) == 0 || names[0] != c.first {
			t.Errorf("%s, swapped %t, times %g: %s", c.system, c.swap, c.scale, names)
			continue
		}
		for _, also := range c.also {
			if !slices.Contains(names, also) {
				t.Errorf("%s: %s does not have %s", c.system, names, also)
			}
		}
		for _, word := range c.why {
			if !strings.Contains(proposals[0].Why, word) {
				t.Errorf("%s: %q does not say %q", c.system, proposals[0].Why, word)
			}
		}
	}
}

// What a proposal says is what reading the sample so gives.
func TestProposalsHoldWhatTheySay(t *testing.T) {
	sample := append(sampleIn(mustCRS(t, 32642), places, false, 1), orb.Point{0, 0}, orb.Point{math.NaN(), 1})
	proposals := crs.Propose(sample)
	if len(proposals) < 5 {
		t.Fatalf("only %s", listed(proposals))
	}
	for _, p := range proposals {
		bound, inside := orb.Bound{Min: orb.Point{1e9, 1e9}, Max: orb.Point{-1e9, -1e9}}, 0
		for _, s := range sample[:len(sample)-1] {
			lon, lat := p.ToWGS84(s[0], s[1])
			if lon < 55 || lon > 80 || lat < 29 || lat > 45 {
				continue
			}
			inside++
			bound = bound.Extend(orb.Point{lon, lat})
		}
		if p.Bound != bound || p.Centre != bound.Center() || p.Inside != float64(inside)/7 {
			t.Errorf("%s: %v %v %g, want %v %d of 7", p.CRS, p.Bound, p.Centre, p.Inside, bound, inside)
		}
	}
	if again := crs.Propose(sample); !slices.Equal(listed(again), listed(proposals)) {
		t.Errorf("%s, then %s", listed(proposals), listed(again))
	}
}

// Each rule of the order decides where those before it are even.
func TestOrderOfProposals(t *testing.T) {
	cases := []struct {
		rule          string
		code          int
		places        []orb.Point
		before, after string
	}{
		{"the larger share", 32642, []orb.Point{{69, 37.75}, {72, 37.75}, {81, 37.75}}, "EPSG:32641", "EPSG:32642"},
		{"nearer the border", 32642, places, "EPSG:32642", "EPSG:32641"},
		{"nearer the border", 32642, places, "EPSG:32643", "EPSG:32641"},
		{"nearer the border", 32642, places, "EPSG:2502", "EPSG:2501"},
		{"within its own zone", 2503, []orb.Point{{73, 37.75}}, "EPSG:2503", "EPSG:2599"},
		{"the commoner kind", 32642, []orb.Point{{68.5, 37.75}}, "EPSG:32643", "EPSG:2502"},
		{"nearer the middle of the border", 32642, []orb.Point{{68.5, 37.75}}, "EPSG:32642", "EPSG:32643"},
		{"no nearer than a tenth of a degree", 32642, []orb.Point{{69, 40.53}}, "EPSG:32642", "EPSG:2502"},
	}
	for _, c := range cases {
		names := listed(crs.Propose(sampleIn(mustCRS(t, c.code), c.places, false, 1)))
		before, after := slices.Index(names, c.before), slices.Index(names, c.after)
		if before < 0 || after <= before {
			t.Errorf("%s: %s is not before %s: %s", c.rule, c.before, c.after, names)
		}
	}
}

// Degrees on another datum never come before those on WGS 84, wherever they are.
func TestDegreesAreOnWGS84First(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 300 {
		at := orb.Point{55.5 + 24*random.Float64(), 29.5 + 15*random.Float64()}
		if names := listed(crs.Propose([]orb.Point{at})); names[0] != "EPSG:4326" {
			t.Errorf("%v: %s", at, names)
		}
	}
}

func TestProposeNothing(t *testing.T) {
	far := sampleIn(mustCRS(t, 32642), []orb.Point{{69, 70}, {69.5, 71}}, false, 1)
	for name, sample := range map[string][]orb.Point{
		"empty":      nil,
		"not finite": {{math.NaN(), 1}, {1, math.Inf(1)}},
		"zeros":      {{0, 0}, {0, 0}},
		"far":        far,
		"huge":       {{1e300, 1e300}, {-1e300, 5e-324}},
		"mostly off": {{70, 37}, {0, 0}, {1, 1}},
	} {
		if got := crs.Propose(sample); len(got) != 0 {
			t.Errorf("%s: %s", name, listed(got))
		}
	}
}

// A large sample is looked at here and there only.
func TestProposeIsQuickAndSparing(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	sample := make([]orb.Point, 1_000_000)
	for i := range sample {
		sample[i] = orb.Point{67 + 8*random.Float64(), 36 + 3.5*random.Float64()}
	}
	allocations := testing.AllocsPerRun(3, func() {
		if names := listed(crs.Propose(sample)); len(names) == 0 || names[0] != "EPSG:4326" {
			t.Error(names)
		}
	})
	if allocations > 2000 {
		t.Errorf("%g allocations", allocations)
	}
}

func BenchmarkPropose(b *testing.B) {
	c, err := crs.ByEPSG(32642)
	if err != nil {
		b.Fatal(err)
	}
	var sample []orb.Point
	for range 50 {
		sample = append(sample, sampleIn(c, places, false, 1)...)
	}
	b.ReportAllocs()
	for b.Loop() {
		crs.Propose(sample)
	}
}
