package crs_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"oxus/geo/crs"
)

// unitsPerMetre is how many units of a CRS make a metre, near enough to scale an
// error: it moves a point north by a hundred metres and looks how far it went.
func unitsPerMetre(c *crs.CRS, lon, lat float64) float64 {
	x, y := c.FromWGS84(lon, lat)
	x2, y2 := c.FromWGS84(lon, lat+100/metresPerDegree)
	return math.Hypot(x2-x, y2-y) / 100
}

// Both directions agree with PROJ to a tenth of a millimetre over Central Asia,
// and far beyond it where the table goes there. Where a datum shift lies between,
// the height both drop makes up to 3 cm on the way back, and no more.
func TestPlacedFiguresAgreeWithPROJ(t *testing.T) {
	for _, p := range placedFigures(t) {
		for _, f := range p.points {
			x, y := p.crs.FromWGS84(f.lon, f.lat)
			scale := unitsPerMetre(p.crs, f.lon, f.lat)
			if d := math.Hypot(x-f.x, y-f.y) / scale; !(d <= 1e-4) {
				t.Errorf("%.150s\n%g %g: %.9f %.9f, want %.9f %.9f, off by %g m", p.text, f.lon, f.lat, x, y, f.x, f.y, d)
			}
			if err := p.crs.Check(f.x, f.y); err != nil {
				t.Error(err)
			}
			back := 1e-4
			if a, known := p.crs.Accuracy(); a > 0 || !known {
				back = 0.03
			}
			lon, lat := p.crs.ToWGS84(f.x, f.y)
			if d := math.Hypot(lon-f.lon, lat-f.lat) * metresPerDegree; !(d <= back) {
				t.Errorf("%.150s\n%g %g comes back %g m away", p.text, f.lon, f.lat, d)
			}
		}
	}
}

// Geographic systems count in what the text says.
func TestGradiansAndRadians(t *testing.T) {
	text := `GEOGCS["g",DATUM["D_Pulkovo_1942",SPHEROID["Krasovsky_1940",6378245.0,298.3]],PRIMEM["Greenwich",0.0],UNIT["%",@]]`
	degrees := mustCRS(t, 4284)
	for name, perDegree := range map[string]float64{"Grad": 10.0 / 9, "Radian": math.Pi / 180} {
		c, err := crs.ParseWKT(strings.NewReplacer("%", name, "@", strconv.FormatFloat(math.Pi/180/perDegree, 'g', 15, 64)).Replace(text))
		if err != nil {
			t.Fatal(err)
		}
		wantX, wantY := degrees.FromWGS84(71.5, 37.5)
		x, y := c.FromWGS84(71.5, 37.5)
		if math.Hypot(x/perDegree-wantX, y/perDegree-wantY) > 1e-11 || !c.Geographic() || c.EPSG() != 0 {
			t.Errorf("%s: %g %g, want %g %g in degrees", name, x, y, wantX, wantY)
		}
		if lon, lat := c.ToWGS84(x, y); math.Hypot(lon-71.5, lat-37.5) > 1e-8 {
			t.Errorf("%s: comes back as %g %g", name, lon, lat)
		}
		if err := c.Check(180*perDegree, 90*perDegree); err != nil {
			t.Error(err)
		}
		if err := c.Check(181*perDegree, 0); err == nil {
			t.Errorf("%s: takes 181 degrees", name)
		}
	}
}

func TestConicsComeBackFromAnywhereInTheirDomain(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, code := range []string{"ESRI:102012", "ESRI:102025", "ESRI:102027", "ESRI:102028", "ESRI:102030", "EPSG:7755", "EPSG:3395"} {
		c, err := crs.Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			lon, lat := 30+100*random.Float64(), -20+90*random.Float64()
			x, y := c.FromWGS84(lon, lat)
			if err := c.Check(x, y); err != nil {
				t.Fatalf("%g %g: %v", lon, lat, err)
			}
			gotLon, gotLat := c.ToWGS84(x, y)
			if d := math.Hypot(gotLon-lon, gotLat-lat) * metresPerDegree; !(d < 1e-6) {
				t.Fatalf("%s %g %g: comes back %g m away", c, lon, lat, d)
			}
		}
	}
}

// A conic with invented parameters keeps what its kind keeps: angles, or areas.
func TestConicsKeepWhatTheyAreFor(t *testing.T) {
	const step = 1e-4 // degrees
	const a, e2 = 6378137.0, (2 - 1/298.257223563) / 298.257223563
	for _, code := range []string{"ESRI:102012", "ESRI:102025", "ESRI:102027", "ESRI:102028", "ESRI:102030"} {
		c, err := crs.Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		for lat := 30.0; lat < 45; lat += 3 {
			x, y := c.FromWGS84(70, lat)
			eastX, eastY := c.FromWGS84(70+step, lat)
			northX, northY := c.FromWGS84(70, lat+step)
			sin, cos := math.Sincos(lat * math.Pi / 180)
			w := 1 - e2*sin*sin
			east := a / math.Sqrt(w) * cos * step * math.Pi / 180
			north := a * (1 - e2) / math.Pow(w, 1.5) * step * math.Pi / 180
			dx, dy, ux, uy := (eastX-x)/east, (eastY-y)/east, (northX-x)/north, (northY-y)/north
			if area := dx*uy - dy*ux; strings.Contains(c.Name(), "Albers") && math.Abs(area-1) > 1e-5 {
				t.Errorf("%s at %g: areas are drawn %g as large", c, lat, area)
			}
			if conformal := math.Hypot(dx-uy, dy+ux); !strings.Contains(c.Name(), "Albers") && conformal > 1e-5 {
				t.Errorf("%s at %g: angles are off by %g", c, lat, conformal)
			}
		}
	}
}

func TestConicsRefuseWhatIsOffTheCone(t *testing.T) {
	for _, c := range []struct {
		code string
		x, y float64
	}{
		{"ESRI:102012", 0, 14_900_000},               // behind the pole, where the cone is cut open
		{"ESRI:102025", 0, 13_000_000},               // the same
		{"ESRI:102025", -14_000_000, -14_000_000},    // beyond the other pole
		{"EPSG:7755", 30_000_000, 0},                 // far away
		{"ESRI:102028", 12_480_887, 4_269_743 + 2e7}, // far away
		{"ESRI:102027", math.Inf(1), 0},
	} {
		system, err := crs.Parse(c.code)
		if err != nil {
			t.Fatal(err)
		}
		if err := system.Check(c.x, c.y); err == nil {
			lon, lat := system.ToWGS84(c.x, c.y)
			t.Errorf("%s takes %g %g as %g %g", c.code, c.x, c.y, lon, lat)
		}
	}
}
