package run

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"oxus/bench/data"
)

func TestWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		only, id string
		want     bool
	}{{"", "A", true}, {"A,B", "B", true}, {"A,B", "C", false}, {"F", "F12", true}, {"F1", "F12", false}, {"H", "H-csv", true}, {"H-csv", "H-fgb", false}} {
		s, err := FromEnvironment(func(name string) string {
			if name == "BENCH_ONLY" {
				return c.only
			}
			return ""
		})
		if err != nil || s.wanted(c.id) != c.want {
			t.Errorf("BENCH_ONLY=%s, case %s: %v, want %v (%v)", c.only, c.id, s.wanted(c.id), c.want, err)
		}
	}
}

// The tile of a place holds it: PostGIS's ST_TileEnvelope(8, 178, 98) spans 70.3125 to 71.71875
// east and 37.71860 to 38.82259 north.
func TestTileAt(t *testing.T) {
	t.Parallel()
	set, err := data.New(42, 1000)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{set: set}
	for range 50 {
		got := b.tileAt(b.rng(), 8)
		p := set.Incident(b.rng().IntN(set.Incidents))
		if p[0] >= 70.3125 && p[0] < 71.71875 && p[1] > 37.71860 && p[1] < 38.82259 && got != (tile{8, 178, 98}) {
			t.Errorf("%v lies in %v", p, got)
		}
		if got.zoom != 8 || got.x < 175 || got.x > 181 || got.y < 96 || got.y > 100 {
			t.Errorf("%v is elsewhere", got)
		}
	}
}

func TestPsqlTimes(t *testing.T) {
	t.Parallel()
	got, err := psqlTimes([]byte("Timing is on.\nTime: 12.345 ms\nTime: 61234.500 ms (01:01.235)\nNOTICE: Time passes\n"))
	if err != nil || len(got) != 2 || got[0] != 12.345 || got[1] != 61234.5 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := psqlTimes([]byte("Time: soon ms\n")); err == nil {
		t.Errorf("no number was read as %v", got)
	}
}

// A walk follows links to the end, and is no measurement where features are lost on the way.
func TestWalk(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		link := `{"href":"` + server.URL + `/?a=1\u0026page=2","rel":"next"}`
		if r.FormValue("page") == "2" {
			link = ""
		}
		fmt.Fprintf(w, `{"features":[],"numberReturned":7,"links":[%s]}`, link)
	}))
	defer server.Close()
	if n, err := walk(context.Background(), server.URL, 14); err != nil || n == 0 {
		t.Errorf("two pages: %d bytes, %v", n, err)
	}
	if _, err := walk(context.Background(), server.URL, 15); err == nil || !strings.Contains(err.Error(), "14 features came, there are 15") {
		t.Errorf("a feature too few: %v", err)
	}
}

// Bad answers are errors, and are in no rate.
func TestAttackCounts(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			http.Error(w, "no", http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	var told strings.Builder
	b := &bench{out: &told, complained: map[string]bool{}}
	c := contender{name: "it", targets: targets(server.URL, []string{"/", "/bad", "/", "/"}, false), want: http.StatusOK, whole: true}
	r, err := b.attack(context.Background(), &c, 1, time.Nanosecond)
	if err != nil || r.Answers != 3 || r.Errors != 1 || r.Rate <= 0 || r.P50 <= 0 || r.P99 < r.P50 {
		t.Errorf("%+v, %v", r, err)
	}
	if !strings.Contains(told.String(), "it: 500") {
		t.Errorf("told %q", told.String())
	}
}

// In an open loop what is refused with a time to come again is told from what fails.
func TestOpenLoopCounts(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/busy":
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/lost":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	b := &bench{out: new(strings.Builder), complained: map[string]bool{}}
	c := contender{name: "it", targets: targets(server.URL, []string{"/", "/busy", "/lost", "/"}, false), want: http.StatusOK}
	f, err := b.openly(context.Background(), &c, 200, 200*time.Millisecond)
	if err != nil || f.Answers == 0 || f.refused == 0 || f.Errors == 0 || f.Answers < f.refused {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFailuresAreToldPlainly(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("http://127.0.0.1:4711/api/x: 503:\n {%s}", strings.Repeat("я", 400))
	if got := plainly(err); !strings.HasPrefix(got, "/api/x: 503: {я") || len(got) > 310 || strings.Contains(got, "\ufffd") {
		t.Errorf("told as %q", got)
	}
}

// Every target is asked equally often, and each is asked at least once.
func TestPacer(t *testing.T) {
	t.Parallel()
	p := pacer{span: time.Second, step: 3}
	for _, c := range []struct {
		elapsed time.Duration
		hits    uint64
		stop    bool
	}{{0, 3, false}, {time.Second, 0, false}, {time.Second, 2, false}, {time.Second, 3, true}, {time.Minute, 4, false}, {time.Minute, 6, true}} {
		if _, stop := p.Pace(c.elapsed, c.hits); stop != c.stop {
			t.Errorf("after %s and %d: %v", c.elapsed, c.hits, stop)
		}
	}
	var _ vegeta.Pacer = &p
}
