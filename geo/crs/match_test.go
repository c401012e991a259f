package crs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"oxus/geo/crs"
)

// The pieces of the texts below; what they invent is invented.
const (
	onWGS84   = `GEOGCS["g",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	lccParams = `PARAMETER["Central_Meridian",66],PARAMETER["Latitude_Of_Origin",34],PARAMETER["Standard_Parallel_1",33],PARAMETER["Standard_Parallel_2",36]`
)

func projected(base, method, parameters, unit string) string {
	return `PROJCS["invented",` + base + `,PROJECTION["` + method + `"],` + parameters + `,` + unit + `]`
}

func on(datum string) string {
	return `GEOGCS["invented",DATUM[` + datum + `],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]`
}

func TestRefusalsSayWhy(t *testing.T) {
	const metre = `UNIT["Meter",1]`
	cases := []struct{ text, says string }{
		{strings.Replace(onWGS84, `"Greenwich",0.0`, `"Paris",2.33722917`, 1), `prime meridian "Paris"; only Greenwich`},
		{on(`"Kalianpur_1962",SPHEROID["Everest",6377301.243,300.8017255]`), `datum "Kalianpur_1962"`},
		{on(`"D_ETRS_1989",SPHEROID["GRS_1980",6378137,298.257222101]`), `datum "D_ETRS_1989"`},
		{on(`"Pulkovo_1995",SPHEROID["Krassowsky",6378245,298.3]`), `datum "Pulkovo_1995"`},
		{on(`"Herat_North",SPHEROID["WGS 84",6378137,298.257223563]`), `datum "Herat_North" on the spheroid "WGS 84"`},
		{on(`"x",SPHEROID["Moon",1737400,0],TOWGS84[0,0,0]`), `spheroid "Moon" of "1737400" m`},
		{on(`"x",SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[0,0,0,0,0,0,0]`), "TOWGS84 of zeros"},
		{on(`"x",SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[1,2]`), "TOWGS84"},
		{on(`"x",SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[1,2,3,4,5,6,1e9]`), "TOWGS84"},
		{on(`"x",SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[1,2,NaN]`), "TOWGS84"},
		{strings.Replace(onWGS84, `0.0174532925199433`, `0.000290888208665722`, 1), `unit "Degree"`},
		{strings.Replace(onWGS84, `"Degree",0.0174532925199433`, `"arc-minute",0.000290888208665722`, 1), `unit "arc-minute"`},
		{projected(onWGS84, "Lambert_Conformal_Conic", lccParams, `UNIT["Meter",0.3048]`), `unit "Meter"`},
		{projected(onWGS84, "Lambert_Conformal_Conic", lccParams, `UNIT["league",-5]`), `unit "league"`},
		{projected(onWGS84, "Lambert_Conformal_Conic", lccParams, metre+`,AXIS["x",WEST]`), `axis "x" to the west`},
		{projected(onWGS84, "Lambert_Conformal_Conic", lccParams+`,PARAMETER["Standard_Parallel_1",31]`, metre), "twice"},
		{projected(onWGS84, "Lambert_Conformal_Conic", `PARAMETER["Central_Meridian",66]`, metre), "does not give its standard parallels"},
		{projected(onWGS84, "Lambert_Conformal_Conic_2SP", `PARAMETER["Standard_Parallel_1",33]`, metre), "does not give its standard parallels"},
		{projected(onWGS84, "Albers", `PARAMETER["Standard_Parallel_1",33],PARAMETER["Standard_Parallel_2",-33]`, metre), "which make no cone"},
		{projected(onWGS84, "Albers", `PARAMETER["Standard_Parallel_1",90]`, metre), "which make no cone"},
		{projected(onWGS84, "Lambert_Conformal_Conic_1SP", `PARAMETER["latitude_of_origin",0]`, metre), "which make no cone"},
		{projected(onWGS84, "Albers", lccParams+`,PARAMETER["Scale_Factor",0.9]`, metre), "scale 0.9"},
		{projected(onWGS84, "Lambert_Conformal_Conic", strings.Replace(lccParams, `Origin",34`, `Origin",-90`, 1), metre), "pole"},
		{projected(onWGS84, "Lambert_Conformal_Conic", strings.Replace(lccParams, `Origin",34`, `Origin",91`, 1), metre), "latitude 91"},
		{projected(onWGS84, "Lambert_Conformal_Conic", strings.Replace(lccParams, `66`, `1e300`, 1), metre), "central meridian"},
		{projected(onWGS84, "Transverse_Mercator", `PARAMETER["Scale_Factor",0]`, metre), "scale 0"},
		{projected(onWGS84, "Transverse_Mercator", `PARAMETER["False_Easting",1e12]`, metre), "false easting"},
		{projected(onWGS84, "Transverse_Mercator", lccParams, metre), "standard parallels 33"},
		{projected(onWGS84, "Mercator", lccParams, metre), "standard parallels 33"},
		{projected(onWGS84, "Mercator_Auxiliary_Sphere", `PARAMETER["Central_Meridian",0]`, `UNIT["kilometre",1000]`), "unit 1000 m"},
		{projected(onWGS84, "Polyconic", lccParams, metre), `projection "Polyconic"`},
		{projected(onWGS84, "Lambert Conic Conformal (2SP Belgium)", lccParams, metre), "Belgium"},
	}
	for _, c := range cases {
		found, err := crs.ParseWKT(c.text)
		var unknown *crs.UnknownError
		if !errors.As(err, &unknown) || !strings.Contains(unknown.Found, c.says) {
			t.Errorf("%v, %.300v\nwant %q of %s", found, err, c.says, c.text)
		}
	}
}

// Which operation a datum has does not hang on what the text says beside it,
// except where nobody states how good ours is.
func TestShiftsOfATextCountWhereTheyShould(t *testing.T) {
	const krassowsky, international = `SPHEROID["k",6378245,298.3]`, `SPHEROID["i",6378388,297]`
	cases := []struct {
		text, operation, system string
		accuracy                float64
		known                   bool
	}{
		{on(`"Pulkovo_1942",` + krassowsky + `,TOWGS84[23.92,-141.27,-80.9,0,0.35,0.82,-0.12]`), "EPSG:15865 ", "EPSG:4284", 4.5, true},
		{on(`"Pulkovo_1942",` + krassowsky + `,TOWGS84[0,0,0]`), "EPSG:15865 ", "EPSG:4284", 4.5, true},
		{on(`"S-42",` + krassowsky), "EPSG:15865 ", "EPSG:4284", 4.5, true},
		{on(`"СК-42",` + krassowsky), "EPSG:15865 ", "EPSG:4284", 4.5, true},
		{on(`"D_Pulkovo_1942_Adj_1983",` + krassowsky), "EPSG:15865 of Pulkovo 1942, because Pulkovo 1942(83)", `"invented"`, 0, false},
		{on(`"Pulkovo 1942(83)",` + krassowsky + `,TOWGS84[26,-121,-78]`), `TOWGS84 of the file for the datum "Pulkovo 1942(83)", geocentric translation 26, -121, -78 m`, `"invented"`, 0, false},
		{on(`"D_Herat_North",` + international), "EPSG:1246 ", "EPSG:4255", 0, false},
		{on(`"Herat_North",` + international + `,TOWGS84[-333,-222,114,0,0,0,0]`), "EPSG:1246 ", "EPSG:4255", 0, false},
		{on(`"Herat_North",` + international + `,TOWGS84[-330,-220,110]`), "TOWGS84 of the file", `"invented"`, 0, false},
		{on(`"WGS_1984",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[5,5,5]`), "none, the coordinates are on WGS 84", "EPSG:4326", 0, true},
		{on(`"D_ITRF_2008",SPHEROID["GRS_1980",6378137,298.257222101]`), "none, ITRF2008 is taken as WGS 84", `"invented"`, 2, true},
		{on(`"D_ETRS_1989",SPHEROID["GRS_1980",6378137,298.257222101],TOWGS84[0,0,0]`), "TOWGS84 of the file", `"invented"`, 0, false},
		{on(`"x",SPHEROID["Bessel",6377397.155,299.1528128],TOWGS84[1,2,3,0.4,0.5,0.6,7]`), `TOWGS84 of the file for the datum "x", position vector 1, 2, 3 m, 0.4, 0.5, 0.6 arc-seconds, 7 ppm`, `"invented"`, 0, false},
	}
	for _, c := range cases {
		found, err := crs.ParseWKT(c.text)
		if err != nil {
			t.Errorf("%v\n%s", err, c.text)
			continue
		}
		accuracy, known := found.Accuracy()
		if !strings.HasPrefix(found.Operation(), c.operation) || found.String() != c.system || accuracy != c.accuracy || known != c.known {
			t.Errorf("%s: %q, %g %t\n%s", found, found.Operation(), accuracy, known, c.text)
		}
	}
}

// A Mercator without what marks it as Web Mercator is told by the names it goes
// by, because the ellipsoidal one lies 20 km away.
func TestWebMercatorByName(t *testing.T) {
	for name, want := range map[string]string{
		"WGS 84 / Pseudo-Mercator":     "EPSG:3857",
		"WGS_1984_Web_Mercator":        "EPSG:3857",
		"Google Maps Global Mercator":  "EPSG:3857",
		"WGS 84 / World Mercator":      "EPSG:3395",
		"WGS_84_World_Mercator_region": "EPSG:3395",
	} {
		text := strings.Replace(projected(onWGS84, "Mercator_1SP", `PARAMETER["central_meridian",0]`, `UNIT["metre",1]`), "invented", name, 1)
		if c, err := crs.ParseWKT(text); err != nil || c.String() != want {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

// The name of a text is shown to people: one line, not too long.
func TestNamesAreFitToShow(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"", "without a name"},
		{" Afghan\ngrid\x1b[31m ", "Afghan grid [31m"},
		{strings.Repeat("ф", 200), strings.Repeat("ф", 40)},
		{"a\xffb", "a\uFFFDb"},
	} {
		text := strings.Replace(projected(onWGS84, "Lambert_Conformal_Conic", lccParams, `UNIT["Meter",1]`), "invented", c.name, 1)
		if found, err := crs.ParseWKT(text); err != nil || found.Name() != c.want {
			t.Errorf("%q: %v, %v", c.name, found, err)
		}
	}
}

// Parallels are the same system in either order, and central meridians a turn
// apart.
func TestSameSystemInOtherWords(t *testing.T) {
	for _, parameters := range []string{
		`PARAMETER["Central_Meridian",105],PARAMETER["Standard_Parallel_1",62],PARAMETER["Standard_Parallel_2",30]`,
		`PARAMETER["Central_Meridian",-255],PARAMETER["Standard_Parallel_1",30],PARAMETER["Standard_Parallel_2",62],PARAMETER["Scale_Factor",1]`,
	} {
		if c, err := crs.ParseWKT(projected(onWGS84, "Lambert_Conformal_Conic", parameters, `UNIT["Meter",1]`)); err != nil || c.String() != "ESRI:102012" {
			t.Errorf("%v, %v", c, err)
		}
	}
}

// What is too large or too deep is refused before it costs anything.
func TestHostileTextsCostNothing(t *testing.T) {
	for name, text := range map[string]string{
		"1 MB of name":       `GEOGCS["` + strings.Repeat("x", 1<<20) + `"]`,
		"1 MB of brackets":   strings.Repeat("A[", 1<<19),
		"10,000 brackets":    strings.Repeat("A[", 10_000) + strings.Repeat("]", 10_000),
		"10,000 parentheses": strings.Repeat("A(", 10_000),
		"64 kB of values":    "A[" + strings.Repeat("1,", 30_000) + "1]",
		"64 kB of nodes":     "PROJCS[" + strings.Repeat("A[1],", 12_000) + "A[1]]",
		"64 kB of units":     `PROJCS["x",` + onWGS84 + strings.Repeat(`,UNIT["m",1]`, 5000) + "]",
		"64 kB of quotes":    `A[` + strings.Repeat(`"`, 60_000) + `]`,
	} {
		start := time.Now()
		_, err := crs.ParseWKT(text)
		if err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: %.100v", name, err)
		}
		if took := time.Since(start); took > 200*time.Millisecond {
			t.Errorf("%s: took %s", name, took)
		} else if testing.Verbose() {
			t.Logf("%s: %s", name, took)
		}
	}
}
