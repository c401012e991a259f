package ops_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oxus/geo"
	"oxus/ops"
)

func scrape(t *testing.T, m *ops.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// What the program tells comes out under the names that the documents have.
func TestMetrics(t *testing.T) {
	m := ops.NewMetrics("v1")
	m.Watch(ops.Sources{
		Lanes: func() []ops.Lane { return []ops.Lane{{Class: "tile", Places: 4, Working: 3, Waiting: 2, Stalled: 1}} },
		Pools: func() map[string]geo.PoolState {
			return map[string]geo.PoolState{"read": {Max: 8, Busy: 2, Idle: 1, Taken: 100, Waits: 10, Waited: 1.5}}
		},
		Latest: func(context.Context) (geo.State, error) {
			return geo.State{Last: 42, Moment: time.UnixMilli(1_700_000_000_500)}, nil
		},
		Steps: func() []ops.Step { return []ops.Step{{Step: "applying", Imports: 1, Records: 5, Total: 10}} },
		Known: func() *geo.Known { return &geo.Known{Versions: map[string]string{"crossings": "7-abc"}} },
		Heard: func() time.Time { return time.UnixMilli(1_700_000_001_250) },
		Held:  func() ([]string, []int64) { return []string{"crossings"}, []int64{512} },
	})
	m.Answered("/api/:file", "GET", 200, 40*time.Millisecond, 1000)
	m.Answered("/api/:file", "GET", 0, time.Second, 10)
	m.Asked("items", "crossings", 2*time.Millisecond, 7, false)
	m.Asked("items", "crossings", 2*time.Millisecond, 0, true)
	m.Waited("page", time.Millisecond, "")
	m.Waited("page", time.Millisecond, "full")
	m.Slow("items", "crossings")
	m.Following(2)
	m.Following(-1)
	m.Looked("hit")
	m.Looked("made up") // is no outcome
	m.Keeping(1<<20, func() (int, int64) { return 3, 4096 })
	text := scrape(t, m)
	for _, want := range []string{
		`oxus_build_info{version="v1"} 1`,
		`oxus_http_requests_total{method="GET",route="/api/:file",status="200"} 1`,
		`oxus_http_requests_total{method="GET",route="/api/:file",status="cut"} 1`,
		`oxus_http_request_duration_seconds_bucket{route="/api/:file",le="0.05"} 1`,
		`oxus_http_response_bytes_total{route="/api/:file"} 1010`,
		`oxus_question_duration_seconds_bucket{collection="crossings",question="items",le="0.0025"} 2`,
		`oxus_question_rows_total{collection="crossings",question="items"} 7`,
		`oxus_question_failures_total{collection="crossings",question="items"} 1`,
		`oxus_slow_questions_total{collection="crossings",question="items"} 1`,
		`oxus_load_wait_seconds_count{class="page"} 2`,
		`oxus_load_refused_total{class="page",reason="full"} 1`,
		`oxus_load_places{class="tile"} 4`, `oxus_load_working{class="tile"} 3`, `oxus_load_waiting{class="tile"} 2`, `oxus_load_stalled{class="tile"} 1`,
		`oxus_pool_max_connections{pool="read"} 8`, `oxus_pool_connections{pool="read",state="busy"} 2`, `oxus_pool_connections{pool="read",state="idle"} 1`,
		`oxus_pool_acquires_total{pool="read"} 100`, `oxus_pool_waits_total{pool="read"} 10`, `oxus_pool_wait_seconds_total{pool="read"} 1.5`,
		`oxus_store_up 1`, `oxus_record_revision 42`, `oxus_record_timestamp_seconds 1.7000000005e+09`,
		`oxus_imports{step="applying"} 1`, `oxus_import_records{step="applying"} 5`, `oxus_import_records_expected{step="applying"} 10`,
		`oxus_followers 1`,
		`oxus_cache_requests_total{outcome="hit"} 1`, `oxus_cache_requests_total{outcome="miss"} 0`,
		`oxus_cache_max_bytes 1.048576e+06`, `oxus_cache_bytes 4096`, `oxus_cache_answers 3`,
		`oxus_memory_bytes{collection="crossings"} 512`,
		`oxus_changes_known 1`, `oxus_changes_heard_timestamp_seconds 1.70000000125e+09`, `oxus_collection_version{collection="crossings"} `,
		`go_goroutines `, `process_resident_memory_bytes `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// The number of a version is another for another version, and exact.
func TestVersionsAreNumbers(t *testing.T) {
	number := func(name string) string {
		m := ops.NewMetrics("v1")
		m.Watch(ops.Sources{Known: func() *geo.Known { return &geo.Known{Versions: map[string]string{"crossings": name}} }})
		_, rest, _ := strings.Cut(scrape(t, m), `oxus_collection_version{collection="crossings"} `)
		text, _, _ := strings.Cut(rest, "\n")
		if v, err := strconv.ParseFloat(text, 64); err != nil || v != math.Trunc(v) || v < 1 || v >= 1<<53 {
			t.Errorf("the version %s is %q", name, text)
		}
		return text
	}
	if seven := number("7-abc"); seven == number("8-abc") || seven != number("7-abc") {
		t.Error("versions are not told apart")
	}
}

// What a server does not know is 0, and has no versions; a store that never heard says so.
func TestMetricsWhileNobodyHears(t *testing.T) {
	m := ops.NewMetrics("v1")
	m.Watch(ops.Sources{Known: func() *geo.Known { return nil }, Heard: func() time.Time { return time.Time{} }})
	text := scrape(t, m)
	if !strings.Contains(text, "\noxus_changes_known 0\n") || !strings.Contains(text, "\noxus_changes_heard_timestamp_seconds 0\n") || strings.Contains(text, "oxus_collection_version{") {
		t.Errorf("the metrics are\n%s", text)
	}
}

// Counting an answer from the cache costs no memory: it must cost less than the answer.
func TestCountingAllocatesNothing(t *testing.T) {
	m := ops.NewMetrics("v1")
	count := func() {
		m.Looked("hit")
		m.Answered("/api/collections/:collection/items", "GET", 200, time.Millisecond, 1000)
	}
	count() // what there is of a kind is made once
	if n := testing.AllocsPerRun(100, count); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Counts from many requests at once are all there.
func TestCountsAtOnce(t *testing.T) {
	m := ops.NewMetrics("v1")
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 100 {
				m.Answered("/api", "GET", 200+(n+i)%5, time.Millisecond, 1)
			}
		})
	}
	all.Wait()
	text := scrape(t, m)
	for status := range 5 {
		if want := fmt.Sprintf("\noxus_http_requests_total{method=\"GET\",route=\"/api\",status=\"%d\"} 160\n", 200+status); !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// A store that does not answer takes its own metrics with it and no others.
func TestMetricsWithoutAStore(t *testing.T) {
	m := ops.NewMetrics("v1")
	m.Watch(ops.Sources{Latest: func(ctx context.Context) (geo.State, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("the metrics wait for ever")
		}
		return geo.State{}, errors.New("no connection")
	}})
	text := scrape(t, m)
	if !strings.Contains(text, "\noxus_store_up 0\n") || strings.Contains(text, "oxus_record_revision") || !strings.Contains(text, "\noxus_build_info") {
		t.Errorf("the metrics are\n%s", text)
	}
}

func TestProfiles(t *testing.T) {
	server := httptest.NewServer(ops.NewMetrics("v1").Handler())
	defer server.Close()
	for path, want := range map[string]int{"/": 200, "/metrics": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/cmdline": 200, "/api": 404} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

func TestTracesRefuseWrongSettings(t *testing.T) {
	for _, tc := range []struct {
		address string
		share   float64
	}{{"localhost:4318", 1}, {"ftp://localhost", 1}, {"http://", 1}, {"http://localhost:4318", -0.1}, {"http://localhost:4318", 1.1}} {
		if traces, err := ops.NewTraces(t.Context(), tc.address, tc.share, "v1", nil); err == nil {
			t.Errorf("%s with %g is taken", tc.address, tc.share)
			traces.Close(t.Context())
		}
	}
	var none *ops.Traces
	if none.Provider() != nil || none.Close(t.Context()) != nil {
		t.Error("no traces are some")
	}
}
