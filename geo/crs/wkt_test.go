package crs_test

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"oxus/geo/crs"
)

// wktCases reads testdata/wkt.tsv: a system and a text on each line.
func wktCases(t testing.TB) (systems, texts []string) {
	t.Helper()
	data, err := os.ReadFile("testdata/wkt.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		system, text, found := strings.Cut(strings.TrimSpace(line), "\t")
		if !found {
			t.Fatalf("%.40q has no tab", line)
		}
		if c := system[0]; c > '0' && c <= '9' {
			system = "EPSG:" + system
		}
		systems, texts = append(systems, system), append(texts, text)
	}
	return systems, texts
}

func TestParseWKT(t *testing.T) {
	systems, texts := wktCases(t)
	for i, text := range texts {
		c, err := crs.ParseWKT(text)
		var unknown *crs.UnknownError
		switch {
		case systems[i] == "0" && !errors.As(err, &unknown):
			t.Errorf("%v, want an unknown CRS: %v\n%s", c, err, text)
		case systems[i] == "0" && !strings.Contains(err.Error(), crs.Accepted):
			t.Errorf("the error does not say what is accepted: %v", err)
		case systems[i] == "0":
		case err != nil:
			t.Errorf("%s: %v\n%s", systems[i], err, text)
		case systems[i] == "none" && (c.EPSG() != 0 || c.Name() == "" || !strings.HasPrefix(c.String(), `"`)):
			t.Errorf("%s, want none of the codes\n%s", c, text)
		case systems[i] != "none" && c.String() != systems[i]:
			t.Errorf("%s, want %s\n%s", c, systems[i], text)
		}
	}
}

func TestUnknownWKTSaysWhatWasFound(t *testing.T) {
	text := `PROJCS["OSGB 1936 / British National Grid",GEOGCS["OSGB 1936",DATUM["OSGB_1936",` +
		`SPHEROID["Airy 1830",6377563.396,299.3249646]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],` +
		`PROJECTION["Transverse_Mercator"],UNIT["metre",1],AUTHORITY["EPSG","27700"]]`
	_, err := crs.ParseWKT(text)
	for _, part := range []string{"British National Grid", "EPSG:27700", "OSGB_1936", "EPSG:28402"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %q", err, part)
		}
	}
}

func TestWKTSyntax(t *testing.T) {
	deep := strings.Repeat("A[", 10000) + strings.Repeat("]", 10000)
	for _, text := range []string{
		"", " ", "\x00", "EPSG:4326", "GEOGCS", "GEOGCS[", "GEOGCS[]", `GEOGCS["x"`, `GEOGCS["x`, `GEOGCS["x")`, `GEOGCS["x"]]`,
		`GEOGCS["x",]`, `GEOGCS[,"x"]`, `GEOGCS["x" "y"]`, `9["x"]`, `GEOGCS["x"] more`, "+proj=longlat", deep,
		strings.Repeat("(", 10000), strings.Repeat(" ", 1<<20), `GEOGCS["` + strings.Repeat("x", 1<<20) + `"]`,
		"<gml:CRS/>", "{\"type\":\"GeographicCRS\"}",
	} {
		_, err := crs.ParseWKT(text)
		var syntax *crs.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.30q: %v", text, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("%.30q: an error of %d bytes", text, len(err.Error()))
		}
	}
}

func TestNestingUpToTheLimit(t *testing.T) {
	for depth, want := range map[int]bool{16: true, 17: false} {
		text := strings.Repeat("A[", depth-1) + "A[1]" + strings.Repeat("]", depth-1)
		_, err := crs.ParseWKT(text)
		var unknown *crs.UnknownError
		if got := errors.As(err, &unknown); got != want {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}

// FuzzParseWKT holds that no text makes the parser panic, that an error is
// short and of a known type, and that what is recognised is a CRS of its code.
func FuzzParseWKT(f *testing.F) {
	_, texts := wktCases(f)
	for _, text := range texts {
		f.Add(text)
	}
	f.Add(`GEOGCS["x`)
	f.Add(strings.Repeat("A[", 20))
	f.Fuzz(func(t *testing.T, text string) {
		c, err := crs.ParseWKT(text)
		var unknown *crs.UnknownError
		var syntax *crs.SyntaxError
		switch {
		case err == nil:
			holdsParsed(t, c)
		case !errors.As(err, &unknown) && !errors.As(err, &syntax):
			t.Errorf("error %T", err)
		case len(err.Error()) > 2000:
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

// holdsParsed holds what is recognised to a CRS of its code, or to one that can
// be shown and used.
func holdsParsed(t *testing.T, c *crs.CRS) {
	t.Helper()
	if strings.HasPrefix(c.String(), "E") {
		if again, err := crs.Parse(c.String()); err != nil || again.Name() != c.Name() {
			t.Errorf("%v: %v", c, err)
		}
	}
	if c.Name() == "" || len(c.Name()) > 100 || len(c.Operation()) > 400 || strings.ContainsAny(c.Name(), "\n\x00\x1b") {
		t.Errorf("%q %q", c.Name(), c.Operation())
	}
	for _, p := range [][2]float64{{0, 0}, {500000, 4200000}, {1e8, -1e8}} {
		if c.Check(p[0], p[1]) != nil {
			continue
		}
		if lon, lat := c.ToWGS84(p[0], p[1]); !(math.Abs(lon) <= 180 && math.Abs(lat) <= 90.0000001) {
			t.Errorf("%s: %v is at %g %g", c, p, lon, lat)
		}
	}
}
