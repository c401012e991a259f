package crs_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"oxus/geo/crs"
)

const metresPerDegree = 111_320.0

func mustCRS(t *testing.T, code int) *crs.CRS {
	t.Helper()
	c, err := crs.ByEPSG(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// metres scales a difference in the units of the CRS.
func metres(c *crs.CRS, dx, dy float64) float64 {
	d := math.Hypot(dx, dy)
	if c.Geographic() {
		d *= metresPerDegree
	}
	return d
}

func TestForwardAgreesWithPROJ(t *testing.T) {
	for _, f := range forwardFigures() {
		c := mustCRS(t, f.code)
		x, y := c.FromWGS84(f.lon, f.lat)
		if d := metres(c, x-f.x, y-f.y); !(d <= 1e-6) {
			t.Errorf("%s %g %g: %.9f %.9f, want %.9f %.9f, off by %g m", c, f.lon, f.lat, x, y, f.x, f.y, d)
		}
		if err := c.Check(x, y); err != nil {
			t.Errorf("%s: %v", c, err)
		}
		lon, lat := c.ToWGS84(f.x, f.y)
		// Outside Central Asia the height dropped on Pulkovo 1942 makes 2 mm.
		if d := math.Hypot(lon-f.lon, lat-f.lat) * metresPerDegree; !(d < 2.5e-3) {
			t.Errorf("%s %g %g: comes back %g m away", c, f.lon, f.lat, d)
		}
	}
}

func TestInverseAgreesWithPROJ(t *testing.T) {
	for _, f := range inverseFigures() {
		c := mustCRS(t, f.code)
		lon, lat := c.ToWGS84(f.x, f.y)
		if d := math.Hypot(lon-f.lon, lat-f.lat) * metresPerDegree; !(d <= 1e-6) {
			t.Errorf("%s %g %g: %.12f %.12f, want %.12f %.12f, off by %g m", c, f.x, f.y, lon, lat, f.lon, f.lat, d)
		}
	}
}

// Dushanbe as PostGIS and PROJ give it, and the distance that leaving out the
// datum shift would make.
func TestDushanbe(t *testing.T) {
	x, y := mustCRS(t, 28412).FromWGS84(68.78, 38.56)
	if math.Hypot(x-12480887.1325, y-4269743.7549) > 1e-4 {
		t.Errorf("got %.4f %.4f", x, y)
	}
	x4284, y4284 := mustCRS(t, 4284).FromWGS84(68.78, 38.56)
	east := (x4284 - 68.78) * metresPerDegree * math.Cos(38.56*math.Pi/180)
	north := (y4284 - 38.56) * metresPerDegree
	if math.Abs(east-62.7) > 1 || math.Abs(north+13.7) > 1 {
		t.Errorf("the datum shift is %.1f m east, %.1f m north", east, north)
	}
}

func TestRoundTripStaysBelowAMillimetre(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, code := range []int{4326, 4284, 3857, 32641, 32642, 32643, 28411, 28412, 28413, 2501, 2502, 2503} {
		c := mustCRS(t, code)
		for range 2000 {
			lon, lat := 55+25*random.Float64(), 29+16*random.Float64()
			x, y := c.FromWGS84(lon, lat)
			if err := c.Check(x, y); err != nil {
				t.Fatal(err)
			}
			gotLon, gotLat := c.ToWGS84(x, y)
			if d := math.Hypot(gotLon-lon, gotLat-lat) * metresPerDegree; !(d < 1e-3) {
				t.Fatalf("%s %g %g: comes back %g m away", c, lon, lat, d)
			}
			x2, y2 := c.FromWGS84(gotLon, gotLat)
			if d := metres(c, x2-x, y2-y); !(d < 1e-3) {
				t.Fatalf("%s %g %g: the second trip lands %g m away", c, x, y, d)
			}
		}
	}
}

func TestRoundTripOnWGS84IsExactEverywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for zone := 1; zone <= 60; zone++ {
		for _, code := range []int{32600 + zone, 32700 + zone} {
			c := mustCRS(t, code)
			lon, lat := float64(6*zone-183)+8*(random.Float64()-0.5), 168*(random.Float64()-0.5)
			x, y := c.FromWGS84(lon, lat)
			gotLon, gotLat := c.ToWGS84(x, y)
			if d := math.Hypot(math.Remainder(gotLon-lon, 360), gotLat-lat) * metresPerDegree; !(d < 1e-6) {
				t.Errorf("%s %g %g: comes back %g m away", c, lon, lat, d)
			}
			if gotLon < -180 || gotLon > 180 {
				t.Errorf("%s: longitude %g", c, gotLon)
			}
		}
	}
}

func TestEveryCodeIsItself(t *testing.T) {
	known := 0
	for code := -1; code < 40000; code++ {
		c, err := crs.ByEPSG(code)
		if err != nil {
			continue
		}
		known++
		if c.EPSG() != code || c.Name() == "" || c.Operation() == "" {
			t.Errorf("%d: %d %q %q", code, c.EPSG(), c.Name(), c.Operation())
		}
		if again, err := crs.Parse(c.String()); err != nil || again.EPSG() != code {
			t.Errorf("%s does not parse: %v", c, err)
		}
	}
	for _, text := range []string{"ESRI:102012", "ESRI:102025", "ESRI:102027", "ESRI:102028", "esri:102030"} {
		if c, err := crs.Parse(text); err != nil || c.String() != strings.ToUpper(text) || c.EPSG() != 0 {
			t.Errorf("%s: %v, %v", text, c, err)
		}
	}
	if want := 7 + 60 + 60 + 5 + 31 + 31 + 10 + 7 + 3; known != want {
		t.Errorf("%d codes are known, want %d", known, want)
	}
}

func TestOperationIsNamed(t *testing.T) {
	op := mustCRS(t, 28412).Operation()
	if !strings.Contains(op, "EPSG:15865") || !strings.Contains(op, "accuracy 4.5 m") {
		t.Errorf("the operation is %q", op)
	}
	for _, want := range []struct {
		code      int
		operation string
		accuracy  float64
		known     bool
	}{
		{28412, "EPSG:15865", 4.5, true},
		{2540, "EPSG:15865", 4.5, true},
		{32642, "none", 0, true},
		{7755, "none", 0, true},
		{4322, "EPSG:1238", 2, true},
		{32242, "EPSG:1238", 2, true},
		{4255, "EPSG:1246", 0, false},
	} {
		c := mustCRS(t, want.code)
		if a, known := c.Accuracy(); a != want.accuracy || known != want.known || !strings.HasPrefix(c.Operation(), want.operation) {
			t.Errorf("%s: %q, %g %t", c, c.Operation(), a, known)
		}
		if says := strings.Contains(c.Operation(), "accuracy not known"); says == want.known {
			t.Errorf("%s: %q", c, c.Operation())
		}
	}
}

func TestParse(t *testing.T) {
	for _, text := range []string{"EPSG:28412", "epsg:28412", " 28412 "} {
		if c, err := crs.Parse(text); err != nil || c.EPSG() != 28412 {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "EPSG:", "EPSG:1", "-4326", "EPSG:99999999999999", "utm 42", "EPSG:4326; drop", "EPSG:32600", "EPSG:32661", "EPSG:28401", "EPSG:2600", "EPSG:102027", "102027", "ESRI:4326", "ESRI:", "OGC:84", ":", strings.Repeat("9", 10000), strings.Repeat("x", 10000) + ":4326"} {
		_, err := crs.Parse(text)
		var unknown *crs.UnknownError
		if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "EPSG:4326") {
			t.Errorf("%.20q: %v", text, err)
		} else if len(err.Error()) > 600 {
			t.Errorf("%.20q: an error of %d bytes", text, len(err.Error()))
		}
	}
}

func TestCheckRefusesWhatCannotBeMeant(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cases := []struct {
		code int
		x, y float64
	}{
		{4326, nan, 0},
		{4326, 0, inf},
		{4326, -inf, 0},
		{4326, 181, 0},
		{4326, 0, -90.5},
		{4326, 480887, 4269743},
		{4284, 480887, 4269743},
		{32642, 12480887, 4269743},
		{32642, 500000, 1e308},
		{32642, nan, nan},
		{28412, 480887, 4269743},
		{28412, 15480887, 4269743},
		{2502, 12480887, 4269743},
		{3857, 2.1e7, 0},
		{3857, 0, -2.1e7},
	}
	for _, c := range cases {
		if err := mustCRS(t, c.code).Check(c.x, c.y); err == nil {
			t.Errorf("EPSG:%d takes %g %g", c.code, c.x, c.y)
		}
	}
	for _, p := range [][2]float64{{-180, -90}, {180, 90}, {68.78, 38.56}} {
		if err := mustCRS(t, 4326).Check(p[0], p[1]); err != nil {
			t.Error(err)
		}
	}
}

func TestNonsenseDoesNotPanic(t *testing.T) {
	odd := []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, 90, -90, 180}
	for _, code := range []int{4326, 4284, 3857, 32642, 28412} {
		c := mustCRS(t, code)
		for _, x := range odd {
			for _, y := range odd {
				c.ToWGS84(x, y)
				c.FromWGS84(x, y)
				_ = c.Check(x, y)
			}
		}
	}
}

func BenchmarkToWGS84(b *testing.B) {
	c, err := crs.ByEPSG(28412)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.ToWGS84(12480887.1325, 4269743.7549)
	}
}
