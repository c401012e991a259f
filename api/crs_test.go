package api_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oxus/data/storetest"
	"oxus/geo"
)

const (
	crs84URI   = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
	defaultCRS = "<" + crs84URI + ">"
	epsg       = "http://www.opengis.net/def/crs/EPSG/0/"
	// metresPerDegree is the least that a degree of latitude measures.
	metresPerDegree = 111_320.0
)

// judged are the systems but the default, as PROJ is told of them. Pulkovo 1942 is
// given its one datum operation (EPSG:15865), where PROJ would choose by place; such
// a definition has the easting first.
var judged = []struct {
	code, proj string
	swapped    bool
	degrees    bool
	// meridian is the easting of a zone's middle, 0 where there is none.
	meridian float64
}{
	{"4326", "EPSG:4326", false, true, 0},
	{"3857", "EPSG:3857", false, false, 0},
	{"32641", "EPSG:32641", false, false, 5e5},
	{"32642", "EPSG:32642", false, false, 5e5},
	{"32643", "EPSG:32643", false, false, 5e5},
	{"28412", "+proj=tmerc +lat_0=0 +lon_0=69 +k=1 +x_0=12500000 +y_0=0 +ellps=krass +towgs84=25,-141,-78.5,0,0.35,0.736,0 +units=m", true, false, 12.5e6},
}

// cs2cs turns longitude, latitude into coordinates of a system in the order in
// which PROJ writes them.
func cs2cs(t *testing.T, proj string, places [][2]float64) [][2]float64 {
	t.Helper()
	if _, err := exec.LookPath("cs2cs"); err != nil {
		t.Fatal("cs2cs is not installed: apt-get install proj-bin")
	}
	var in bytes.Buffer
	for _, p := range places {
		fmt.Fprintf(&in, "%.12f %.12f\n", p[0], p[1])
	}
	cmd := exec.CommandContext(t.Context(), "cs2cs", append([]string{"-f", "%.9f", "OGC:CRS84", "+to"}, strings.Fields(proj)...)...)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var moved [][2]float64
	for line := range strings.Lines(string(out)) {
		var p [2]float64
		if _, err := fmt.Sscan(line, &p[0], &p[1]); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		moved = append(moved, p)
	}
	if len(moved) != len(places) {
		t.Fatalf("cs2cs gives %d places of %d", len(moved), len(places))
	}
	return moved
}

// positionsIn are all of a decoded geometry.
func positionsIn(coordinates any) (all [][2]float64) {
	list, _ := coordinates.([]any)
	if len(list) > 1 {
		x, isNumber := list[0].(float64)
		if y, also := list[1].(float64); isNumber && also {
			return [][2]float64{{x, y}}
		}
	}
	for _, member := range list {
		all = append(all, positionsIn(member)...)
	}
	return all
}

func placesOf(features []plainFeature) (all [][2]float64) {
	for _, f := range features {
		if g, placed := f.Geometry.(map[string]any); placed {
			all = append(all, positionsIn(g["coordinates"])...)
		}
	}
	return all
}

func wholeCollection(t *testing.T, h http.Handler, target string) []plainFeature {
	t.Helper()
	var fc struct{ Features []plainFeature }
	decode(t, h, target, &fc)
	return fc.Features
}

// Every position of every collection in every system is where PROJ puts it.
func TestAnswersAgreeWithPROJ(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, c := range geo.Border().Served() {
			plain := placesOf(wholeCollection(t, h, "/api/"+c.ID+".geojson"))
			for _, s := range judged {
				target := "/api/" + c.ID + ".geojson?crs=" + url.QueryEscape(epsg+s.code)
				got, want := placesOf(wholeCollection(t, h, target)), cs2cs(t, s.proj, plain)
				if len(got) != len(want) || len(want) == 0 && c.Geometry != geo.NoGeometry {
					t.Fatalf("%s: %d positions of %d", target, len(got), len(want))
				}
				worst := 0.0
				for i := range want {
					if s.swapped {
						want[i][0], want[i][1] = want[i][1], want[i][0]
					}
					off := math.Hypot(got[i][0]-want[i][0], got[i][1]-want[i][1])
					if s.degrees {
						off *= metresPerDegree
					}
					worst = max(worst, off)
				}
				if !(worst <= 0.01) {
					t.Errorf("%s: %g m from where PROJ puts it", target, worst)
				}
			}
		}
	})
}

// The order of coordinates is that of PROJ's database.
func TestAxisOrderIsOfficial(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	plain := placesOf(wholeCollection(t, h, "/api/crossings.geojson"))
	for _, s := range judged {
		got := placesOf(wholeCollection(t, h, "/api/crossings.geojson?crs="+url.QueryEscape(epsg+s.code)))
		for i, want := range cs2cs(t, "EPSG:"+s.code, plain) {
			if off := math.Hypot(got[i][0]-want[0], got[i][1]-want[1]); !(off < 10) { // whatever datum operation PROJ prefers
				t.Fatalf("EPSG:%s: %v is at %v, PROJ says %v", s.code, plain[i], got[i], want)
			}
		}
	}
}

// One feature, a page, a sequence, a table and a file hold the same coordinates.
func TestFormatsHoldTheSystem(t *testing.T) {
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, s := range judged {
			crs := "crs=" + url.QueryEscape(epsg+s.code)
			page := wholeCollection(t, h, "/api/collections/crossings/items?limit=10000&"+crs)
			sequence := sequenceOf(t, h, "/api/crossings.geojsonseq?"+crs)
			rows, header := table(t, h, "/api/crossings.csv?"+crs)
			names := header[len(header)-2:]
			for i, f := range page {
				var one plainFeature
				decode(t, h, "/api/collections/crossings/items/"+f.ID+"?"+crs, &one)
				if fmt.Sprint(one.Geometry) != fmt.Sprint(f.Geometry) || fmt.Sprint(sequence[i].(map[string]any)["geometry"]) != fmt.Sprint(f.Geometry) {
					t.Errorf("EPSG:%s %s: %v on the page, %v alone, %v in the sequence", s.code, f.ID, f.Geometry, one.Geometry, sequence[i])
				}
				at := placesOf(page[i : i+1])
				if len(at) == 0 {
					continue
				}
				for axis, name := range names {
					if cell, _ := strconv.ParseFloat(rows[i][name], 64); cell != at[0][axis] {
						t.Errorf("EPSG:%s %s: %s is %s in the table, %v on the page", s.code, f.ID, name, rows[i][name], at[0])
					}
				}
			}
			if north := slices.Contains([]string{"latitude", "northing"}, names[0]); north != (s.code == "4326" || s.code == "28412") {
				t.Errorf("EPSG:%s: the columns are %v", s.code, names)
			}
		}
	})
}

// GDAL knows the system of a FlatGeobuf, and back on WGS 84 it finds the places of
// the default answer.
func TestGDALReadsSystems(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, id := range []string{"crossings", "transmission-lines"} {
		byID := map[any][][2]float64{}
		for _, f := range wholeCollection(t, h, "/api/"+id+".geojson") {
			byID[f.ID] = placesOf([]plainFeature{f})
		}
		for _, s := range judged {
			file := filepath.Join(t.TempDir(), id+".fgb")
			if err := os.WriteFile(file, get(t, h, "/api/"+id+".fgb?crs="+url.QueryEscape(epsg+s.code)).Body.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			tolerance := 0.02 // each way rounds
			if s.code == "28412" {
				tolerance = 5 // GDAL chooses its own datum operation
			}
			for _, f := range readByGDAL(t, file, "-t_srs", "OGC:CRS84") {
				want := byID[f.Properties["feature_id"]]
				for i, got := range placesOf([]plainFeature{f}) {
					if off := math.Hypot(got[0]-want[i][0], got[1]-want[i][1]) * metresPerDegree; !(off < tolerance) {
						t.Fatalf("EPSG:%s: GDAL reads %v as %v, %g m away", s.code, want[i], got, off)
					}
				}
			}
		}
	}
}

// Every answer with features names its system.
func TestContentCRS(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	utm := "crs=" + url.QueryEscape(epsg+"32642")
	for target, want := range map[string]string{
		"/api/collections/crossings/items":                                     defaultCRS,
		"/api/collections/crossings/items?f=html":                              defaultCRS,
		"/api/collections/crossings/items?f=kml&crs=" + crs84URI:               defaultCRS,
		"/api/collections/crossings/items/tem-demogan":                         defaultCRS,
		"/api/crossings.fgb":                                                   defaultCRS,
		"/api/collections/status-periods/items?" + utm:                         "<" + epsg + "32642>",
		"/api/collections/crossings/items?f=csv&" + utm:                        "<" + epsg + "32642>",
		"/api/collections/crossings/items/tem-demogan?" + utm:                  "<" + epsg + "32642>",
		"/api/crossings.fgb?" + utm:                                            "<" + epsg + "32642>",
		"/api/collections/crossings/items?skipGeometry=true&count=none&" + utm: "<" + epsg + "32642>",
		"/api/collections":                                                     "",
	} {
		w := get(t, h, target)
		if w.Code != http.StatusOK || w.Header().Get("Content-Crs") != want {
			t.Errorf("%s: %d, in %q, want %q", target, w.Code, w.Header().Get("Content-Crs"), want)
		}
	}
	browser := get(t, h, "/api/collections/crossings/items?"+utm, "Accept", "text/html,*/*;q=0.8")
	if browser.Code != http.StatusOK || browser.Header().Get("Content-Crs") != "<"+epsg+"32642>" || browser.Header().Get("Content-Type") != "application/geo+json" {
		t.Errorf("a browser gets %d %v", browser.Code, browser.Header())
	}
}

// A box in any system finds what lies in it by the coordinates of the same system,
// and every stance finds the same.
func TestBoxesInSystems(t *testing.T) {
	t.Parallel()
	told := map[string]string{}
	boxes := 25
	if storetest.Raced() {
		boxes = 5
	}
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		random := rand.New(rand.NewPCG(28412, 15865))
		for _, id := range []string{"incidents", "transmission-lines", "status-periods"} {
			for _, s := range judged {
				crs := url.QueryEscape(epsg + s.code)
				all := wholeCollection(t, h, "/api/"+id+".geojson?crs="+crs)
				// No box may reach more than 2,000 km from the meridian of a zone.
				places := slices.DeleteFunc(placesOf(all), func(p [2]float64) bool {
					east := p[0]
					if s.swapped {
						east = p[1]
					}
					return s.meridian > 0 && math.Abs(east-s.meridian) > 2e6
				})
				hits := 0
				for range boxes {
					low, high := corners(places[random.IntN(len(places))], places[random.IntN(len(places))])
					box := fmt.Sprintf("%f,%f,%f,%f", low[0], low[1], high[0], high[1])
					found := map[string]bool{}
					var names []string
					for _, f := range wholeCollection(t, h, "/api/"+id+".geojson?bbox-crs="+crs+"&bbox="+box) {
						found[f.ID] = true
						names = append(names, f.ID)
					}
					hits += len(found)
					question := id + " " + s.code + " " + box
					if before, asked := told[question]; asked && before != strings.Join(names, " ") {
						t.Errorf("%s: %s, elsewhere %s", question, names, before)
					}
					told[question] = strings.Join(names, " ")
					judgeBox(t, question, all, low, high, found)
				}
				if hits == 0 {
					t.Errorf("no box of EPSG:%s finds anything in %s", s.code, id)
				}
			}
		}
	})
}

// judgeBox compares what was found with the positions. Within a centimetre of an
// edge either is right, and a line can cross a box without a vertex in it.
func judgeBox(t *testing.T, question string, all []plainFeature, low, high [2]float64, found map[string]bool) {
	t.Helper()
	slack := 0.01
	if high[0] < 180 {
		slack /= metresPerDegree
	}
	within := func(p [2]float64, by float64) bool {
		return p[0] >= low[0]-by && p[0] <= high[0]+by && p[1] >= low[1]-by && p[1] <= high[1]+by
	}
	for _, f := range all {
		at := placesOf([]plainFeature{f})
		switch {
		case slices.ContainsFunc(at, func(p [2]float64) bool { return within(p, -slack) }) && !found[f.ID]:
			t.Errorf("%s: %s at %v is not found", question, f.ID, at[0])
		case found[f.ID] && (len(at) == 0 || len(at) == 1 && !within(at[0], slack)):
			t.Errorf("%s: %s at %v is found", question, f.ID, at)
		}
	}
}

func corners(p, q [2]float64) (low, high [2]float64) {
	for axis := range p {
		low[axis], high[axis] = min(p[axis], q[axis]), max(p[axis], q[axis])
	}
	return low, high
}

// A filter in a system finds what the box of the same system finds.
func TestFiltersInSystems(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, s := range judged {
			crs := url.QueryEscape(epsg + s.code)
			p := placesOf(wholeCollection(t, h, "/api/crossings.geojson?crs="+crs))
			low, high := corners(p[3], p[11])
			box := fmt.Sprintf("%f,%f,%f,%f", low[0], low[1], high[0], high[1])
			boxed := wholeCollection(t, h, "/api/crossings.geojson?bbox-crs="+crs+"&bbox="+box)
			filtered := wholeCollection(t, h, "/api/crossings.geojson?filter-crs="+crs+"&filter="+url.QueryEscape("S_INTERSECTS(geometry,BBOX("+box+"))"))
			at := wholeCollection(t, h, "/api/crossings.geojson?filter-crs="+crs+"&filter="+url.QueryEscape(fmt.Sprintf(
				"S_WITHIN(geometry,POLYGON((%[1]f %[2]f,%[3]f %[2]f,%[3]f %[4]f,%[1]f %[4]f,%[1]f %[2]f)))", p[5][0]-1e-3, p[5][1]-1e-3, p[5][0]+1e-3, p[5][1]+1e-3)))
			if fmt.Sprint(boxed) != fmt.Sprint(filtered) || len(at) == 0 {
				t.Errorf("EPSG:%s: %d features by the box, %d by the filter, %d round one", s.code, len(boxed), len(filtered), len(at))
			}
		}
	})
}

// What cannot be meant is refused by the name of its parameter.
func TestSystemsRefused(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	items := func(path string, pairs ...string) string {
		values := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		return "/api/" + path + "?" + values.Encode()
	}
	const page = "collections/crossings/items"
	for _, tc := range []struct{ target, parameter, want string }{
		{items(page, "crs", epsg+"4284"), "crs", epsg + " with 4326, 3857, 32641, 32642, 32643, 28412"},
		{items(page, "crs", "EPSG:32642"), "crs", "CRS84"},
		{items(page, "crs", ""), "crs", "CRS84"},
		{items(page, "crs", epsg+"3857", "crs", epsg+"3857"), "crs", "given 2 times"},
		{items(page+"/tem-demogan", "crs", "x"), "crs", "CRS84"},
		{items(page, "bbox-crs", "x", "bbox", "0,0,480000,4100000"), "bbox-crs", "CRS84"},
		{items(page, "filter-crs", "x", "filter", "TRUE"), "filter-crs", "CRS84"},
		{items(page, "crs", epsg+"4326", "f", "kml"), "crs", "kml holds longitude and latitude alone"},
		{items("crossings.kml", "crs", epsg+"4326"), "crs", "kml"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "NaN,0,500000,4100000"), "bbox", "not a number"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "0,0,1e999,4100000"), "bbox", "not a number"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "0,0,1e300,4100000"), "bbox", "lie outside EPSG:32642"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "480000,4100000,470000,4200000"), "bbox", "lowest corner"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "480000,4100000,490000"), "bbox", "4 or 6 numbers"},
		{items(page, "bbox-crs", epsg+"32642", "bbox", "0,0,1000000,9990000"), "bbox", "beyond 84 degrees"},
		{items(page, "bbox-crs", epsg+"28412", "bbox", "4100000,480000,4200000,490000"), "bbox", "lie outside EPSG:28412"},
		{items(page, "bbox-crs", epsg+"28412", "bbox", "12480000,4100000,12490000,4200000"), "bbox", "lie outside EPSG:28412"},
		{items(page, "bbox-crs", epsg+"3857", "bbox", "0,0,1,20100000"), "bbox", "lie outside EPSG:3857"},
		{items(page, "bbox-crs", epsg+"4326", "bbox", "30,100,40,200"), "bbox", "longitude lies outside"},
		{items(page, "bbox-crs", epsg+"4326", "bbox", "68,37,91,38"), "bbox", "latitude lies outside"},
		{items(page, "filter-crs", epsg+"32642", "filter", "S_INTERSECTS(geometry,POINT(68 37))OR S_INTERSECTS(geometry,POINT(1e9 37))"), "filter", "column 61"},
		{items(page, "filter-crs", epsg+"32642", "filter", "S_INTERSECTS(geometry,BBOX(5,0,4,1))"), "filter", "column 23"},
		{items("collections/crossings/tiles/WebMercatorQuad/0/0/0", "bbox-crs", "x"), "bbox-crs", "CRS84"},
		{items(page, "filter-crs", epsg+"32642", "filter", strings.Repeat("S_INTERSECTS(geometry,BBOX(-1400000,5000000,2400000,6000000))OR ", 50)+"TRUE"), "filter", "more than 40000 vertices"},
		{items("collections", "crs", crs84URI), "crs", "no such parameter"},
	} {
		w := get(t, h, tc.target)
		var p struct {
			Errors []struct{ Parameter, Detail string }
		}
		unmarshal(t, w.Body.Bytes(), &p)
		if w.Code != http.StatusBadRequest || len(p.Errors) != 1 || p.Errors[0].Parameter != tc.parameter || !strings.Contains(p.Errors[0].Detail, tc.want) {
			t.Errorf("%s: %d %s, want %s", tc.target, w.Code, w.Body, tc.want)
		}
	}
}

func TestPagesAreOfTheDefaultSystem(t *testing.T) {
	atlas := geo.Border()
	w := get(t, handler(atlas, seeded(t, openFile, atlas), quiet()), "/api/collections/crossings/items?f=html&crs="+epsg+"4326")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "maps of pages hold longitude and latitude alone") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Boxes at the edges of what a system holds still find everything.
func TestBoxesAtTheEdges(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		all := len(wholeCollection(t, h, "/api/crossings.geojson?bbox=-180,-90,180,90"))
		one := placesOf(wholeCollection(t, h, "/api/crossings.geojson?name_en="+url.QueryEscape("Tem – Demogan")+"&crs="+epsg+"32642"))[0]
		for _, tc := range []struct {
			code, box string
			want      int
		}{
			{"4326", "-90,-180,90,180", all},
			{"4326", "-90,180,90,-180", 0}, // only the antimeridian itself
			{"4326", "-90,60,90,-170", all},
			{"4326", "-90,-180,-100,90,180,9000", all}, // heights stand third
			{"3857", "-20037508.342789244,-20048966.1,20037508.342789244,20048966.1", all},
			{"3857", "-20037509,-20048966.1,0,20037509,20048966.1,0", all},
			{"32642", "-1500000,-9000000,2500000,9000000", all},
			{"28412", "-9000000,10500000,9000000,14500000", all},
			{"32642", fmt.Sprintf("%f,%f,%f,%f", one[0]-1e-2, one[1]-1e-2, one[0]+1e-2, one[1]+1e-2), 1},
			{"32642", fmt.Sprintf("%f,%f,%f,%f", one[0]+1e-2, one[1]-1e-2, one[0]+1e-2, one[1]+1e-2), 0},
			{"32642", fmt.Sprintf("%f,%f,%f,%f", one[0], one[1], one[0], one[1]+1e5), -1}, // a line finds what it meets, if anything
			{"32642", fmt.Sprintf("%f,%f,%f,%f", one[0], one[1], one[0], one[1]), -1},
		} {
			got := len(wholeCollection(t, h, "/api/crossings.geojson?bbox-crs="+epsg+tc.code+"&bbox="+tc.box))
			if got != tc.want && tc.want >= 0 {
				t.Errorf("EPSG:%s %s: %d features, want %d", tc.code, tc.box, got, tc.want)
			}
		}
	})
}

// A link to another format leads to the same features: in the same system where
// the format has it, else in the default.
func TestLinksKeepTheSystem(t *testing.T) {
	atlas := geo.Border()
	h := handler(atlas, seeded(t, openFile, atlas), quiet())
	for _, target := range []string{"/api/collections/crossings/items?limit=3&crs=" + epsg + "32642", "/api/crossings.geojson?crs=" + epsg + "32642"} {
		var page struct{ Links []struct{ Rel, Href string } }
		decode(t, h, target, &page)
		for _, l := range page.Links {
			if l.Rel == "collection" {
				continue
			}
			w := get(t, h, strings.TrimPrefix(l.Href, "https://oxus.test"))
			fixed := slices.ContainsFunc([]string{"kml", "gpkg", "parquet", "shp.zip", "f=html"}, func(f string) bool { return strings.Contains(l.Href, f) })
			if w.Code != http.StatusOK || (w.Header().Get("Content-Crs") == defaultCRS) != fixed {
				t.Errorf("%s %s: %d in %s", l.Rel, l.Href, w.Code, w.Header().Get("Content-Crs"))
			}
		}
	}
}
