package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"oxus/data/postgis/postgistest"
)

// operated is a whole server that runs in the test.
type operated struct {
	public, admin string
	stop          func()
}

// operate runs serve with flags.
func operate(t *testing.T, flags ...string) *operated {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--uploads", t.TempDir()}, flags...), strings.NewReader(""), io.Discard, w)
		w.Close()
	}()
	o := &operated{}
	o.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the server ends with %v", err)
		}
	})
	t.Cleanup(o.stop)
	for lines := bufio.NewScanner(r); o.public == "" && lines.Scan(); {
		var line struct{ Msg, Address, Admin string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Admin != "" {
			o.admin = "http://" + line.Admin
		}
		if line.Msg == "listening" {
			o.public = "http://" + line.Address
		}
	}
	go io.Copy(io.Discard, r)
	if o.public == "" {
		t.Fatalf("the server does not listen: %v", <-ended)
	}
	return o
}

func fetch(t *testing.T, address string) (status int, body string) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// What requests do is in the metrics under the patterns of their addresses, and metrics and
// profiles are at their own address alone.
func TestMetricsOfAServer(t *testing.T) {
	o := operate(t, "--admin", "127.0.0.1:0", "--database-url", postgistest.Database(t))
	for path, want := range map[string]int{
		"/api/collections/crossings/items?bbox=70,36,72,38": 200, "/api/collections/nowhere/items": 404, "/api/crossings.csv": 200,
		"/api/tiles/WebMercatorQuad/6/24/44": 200, "/metrics": 404, "/debug/pprof/": 404, "/debug/pprof/heap": 404,
	} {
		if status, _ := fetch(t, o.public+path); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
	_, metrics := fetch(t, o.admin+"/metrics")
	for _, want := range []string{
		`oxus_http_requests_total{method="GET",route="/api/collections/:collection/items",status="200"} 1`,
		`oxus_http_requests_total{method="GET",route="/api/collections/:collection/items",status="404"} 1`,
		`oxus_http_requests_total{method="GET",route="/api/:file",status="200"} 1`,
		`oxus_http_requests_total{method="GET",route="/*",status="404"} 3`,
		`oxus_http_request_duration_seconds_count{route="/api/collections/:collection/items"} 2`,
		`oxus_question_rows_total{collection="crossings",question="items"} `,
		`oxus_load_wait_seconds_count{class="tile"} 1`, `oxus_load_working{class="export"} 0`,
		`oxus_pool_max_connections{pool="read"} `, `oxus_store_up 1`, `oxus_record_revision `, `oxus_imports{step="applying"} 0`,
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, secret := range []string{"nowhere", "bbox", "70,36"} {
		if strings.Contains(metrics, secret) {
			t.Errorf("the metrics have %q, which a client chose", secret)
		}
	}
	for path, want := range map[string]int{"/api": 404, "/debug/pprof/": 200} {
		if status, _ := fetch(t, o.admin+path); status != want {
			t.Errorf("%s for those who run it: %d", path, status)
		}
	}
}

// collector takes traces and keeps the bytes of them.
type collector struct {
	mu   sync.Mutex
	took bytes.Buffer
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path == "/v1/traces" {
		io.Copy(&c.took, r.Body)
	}
	w.WriteHeader(http.StatusOK)
}

// Traces name requests and statements, and nothing that a client or a table holds; a server
// that is not told to sends none.
func TestTraces(t *testing.T) {
	for _, tc := range []struct {
		name   string
		traced bool
		flags  []string
	}{{"off", false, nil}, {"none of them", false, []string{"--traces-share", "0"}}, {"on", true, []string{"--traces-share", "1"}}} {
		t.Run(tc.name, func(t *testing.T) {
			c := &collector{}
			server := httptest.NewServer(c)
			defer server.Close()
			if tc.flags != nil {
				tc.flags = append(tc.flags, "--traces", server.URL)
			}
			o := operate(t, append(tc.flags, "--database-url", postgistest.Database(t), "--seed", "never", "--memory", "0")...) // whose statements are traced
			fetch(t, o.public+"/api/collections/crossings/items?name_en=a-secret-of-mine")
			o.stop()
			got := c.took.String()
			for _, want := range []string{"GET /api/collections/:collection/items", "db.query.text", "service.name"} {
				if strings.Contains(got, want) != tc.traced {
					t.Errorf("%q in the traces is %v", want, !tc.traced)
				}
			}
			if strings.Contains(got, "a-secret-of-mine") {
				t.Error("the traces have what a client asked")
			}
		})
	}
}

var metricName = regexp.MustCompile(`\boxus_[a-z_]+\b`)

// names are those of metrics in a text, each once, without what Prometheus adds to the name
// of a histogram.
func metricNames(text string) []string {
	var all []string
	for _, name := range metricName.FindAllString(text, -1) {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, part)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The table of metrics in the documents has each that the program has, and the dashboard
// shows each, and neither has any other.
func TestMetricsAreDocumented(t *testing.T) {
	source := fileText(t, "ops/metrics.go") + fileText(t, "ops/gauges.go")
	declared := metricNames(source)
	if len(declared) < 20 {
		t.Fatalf("the program has the metrics %v", declared)
	}
	for _, file := range []string{"docs/operations.md", "docs/ops/dashboard.json"} {
		if shown := metricNames(fileText(t, file)); !slices.Equal(shown, declared) {
			t.Errorf("%s has %v, the program %v", file, shown, declared)
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(fileText(t, "docs/ops/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("a panel without a title or a question: %+v", p)
		}
	}
}

// Every setting of a server is in the documents.
func TestOperationSettingsAreDocumented(t *testing.T) {
	variable := regexp.MustCompile(`OXUS_[A-Z_]+`)
	source, err := os.ReadFile("config.go")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(source), "type opsSettings struct")
	part, _, _ = strings.Cut(part, "\n}")
	all, readme := variable.FindAllString(part, -1), fileText(t, "README.md")
	if len(all) < 10 {
		t.Fatalf("the settings are %v", all)
	}
	for _, name := range all {
		if !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the README does not have %s", name)
		}
	}
}

// An address for metrics that is taken keeps the server from starting: who asked for them
// would think that they are there.
func TestAdminAddressIsTaken(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--file", t.TempDir() + "/oxus.gpkg", "--admin", strings.TrimPrefix(taken.URL, "http://")},
		strings.NewReader(""), io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "--admin") {
		t.Errorf("the server ends with %v", err)
	}
}
