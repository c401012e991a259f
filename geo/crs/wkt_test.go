package crs_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"oxus/geo/crs"
)

// wktCases reads testdata/wkt.tsv: a code and a text on each line.
func wktCases(t testing.TB) (codes []int, texts []string) {
	t.Helper()
	data, err := os.ReadFile("testdata/wkt.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		number, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		code, err := strconv.Atoi(number)
		if err != nil {
			t.Fatalf("%.40q: %v", line, err)
		}
		codes, texts = append(codes, code), append(texts, text)
	}
	return codes, texts
}

func TestParseWKT(t *testing.T) {
	codes, texts := wktCases(t)
	for i, text := range texts {
		c, err := crs.ParseWKT(text)
		var unknown *crs.UnknownError
		switch {
		case codes[i] == 0 && !errors.As(err, &unknown):
			t.Errorf("%v, want an unknown CRS: %v\n%s", c, err, text)
		case codes[i] == 0 && !strings.Contains(err.Error(), crs.Accepted):
			t.Errorf("the error does not say what is accepted: %v", err)
		case codes[i] != 0 && err != nil:
			t.Errorf("EPSG:%d: %v\n%s", codes[i], err, text)
		case codes[i] != 0 && c.EPSG() != codes[i]:
			t.Errorf("%s, want EPSG:%d\n%s", c, codes[i], text)
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
			if again, err := crs.ByEPSG(c.EPSG()); err != nil || again.Name() != c.Name() {
				t.Errorf("%v: %v", c, err)
			}
		case !errors.As(err, &unknown) && !errors.As(err, &syntax):
			t.Errorf("error %T", err)
		case len(err.Error()) > 2000:
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
