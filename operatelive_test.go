package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis/postgistest"
)

// metric is the value of a metric, by its name with its labels, as those who run a server
// read it; ok is false where there is none.
func (o *operated) metric(t *testing.T, name string) (value float64, ok bool) {
	t.Helper()
	_, text := fetch(t, o.admin+"/metrics")
	_, rest, found := strings.Cut(text, "\n"+name+" ")
	if !found {
		return 0, false
	}
	line, _, _ := strings.Cut(rest, "\n")
	value, err := strconv.ParseFloat(line, 64)
	if err != nil {
		t.Fatalf("%s is %q", name, line)
	}
	return value, true
}

// awaits waits until a metric is as it should be.
func (o *operated) awaits(t *testing.T, name string, holds func(value float64, ok bool) bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		value, ok := o.metric(t, name)
		switch {
		case holds(value, ok):
			return
		case time.Now().After(end):
			t.Fatalf("%s stays %g (%v)", name, value, ok)
		}
	}
}

func is(want float64) func(float64, bool) bool {
	return func(value float64, ok bool) bool { return ok && value == want }
}

// What is kept of answers, and how often it serves, is in the metrics.
func TestMetricsOfTheCache(t *testing.T) {
	for _, tc := range []struct {
		name  string
		flags []string
	}{
		{"postgis", []string{"--database-url", postgistest.Database(t)}},
		{"file", []string{"--file", t.TempDir() + "/oxus.gpkg"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := operate(t, append(tc.flags, "--admin", "127.0.0.1:0", "--cache", "8MiB")...)
			o.awaits(t, "oxus_changes_known", is(1))
			const items = "/api/collections/crossings/items?limit=3"
			response, err := http.Get(o.public + items)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			empty, _ := o.metric(t, "oxus_cache_answers")
			for range 3 {
				fetch(t, o.public+items)
			}
			request, err := http.NewRequest(http.MethodGet, o.public+items, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("If-None-Match", response.Header.Get("ETag"))
			for range 2 { // the first is read, the other found by its address
				had, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				had.Body.Close()
				if had.StatusCode != http.StatusNotModified {
					t.Errorf("who has it is told %d", had.StatusCode)
				}
			}
			for name, want := range map[string]float64{
				`oxus_cache_requests_total{outcome="miss"}`: 1, `oxus_cache_requests_total{outcome="hit"}`: 3,
				`oxus_cache_requests_total{outcome="client"}`: 2, `oxus_cache_requests_total{outcome="unknown"}`: 0,
				"oxus_cache_answers": 1, "oxus_cache_max_bytes": 8 << 20,
				`oxus_http_requests_total{method="GET",route="/api/collections/:collection/items",status="200"}`: 4,
				`oxus_http_requests_total{method="GET",route="/api/collections/:collection/items",status="304"}`: 2,
				`oxus_http_request_duration_seconds_count{route="/api/collections/:collection/items"}`:           6,
			} {
				if got, ok := o.metric(t, name); !ok || got != want {
					t.Errorf("%s is %g (%v), want %g", name, got, ok, want)
				}
			}
			if bytes, ok := o.metric(t, "oxus_cache_bytes"); !ok || bytes < 1000 || bytes > 8<<20 || empty > 1 {
				t.Errorf("%g bytes are kept (%v), of %g answers before", bytes, ok, empty)
			}
		})
	}
}

// A server that keeps no answers has no metrics of them.
func TestMetricsWithoutACache(t *testing.T) {
	o := operate(t, "--file", t.TempDir()+"/oxus.gpkg", "--admin", "127.0.0.1:0", "--cache", "0")
	for range 2 {
		fetch(t, o.public+"/api/collections/crossings/items?limit=3")
	}
	if got, ok := o.metric(t, "oxus_cache_bytes"); ok {
		t.Errorf("%g bytes are kept", got)
	}
	if got, _ := o.metric(t, `oxus_cache_requests_total{outcome="miss"}`); got != 0 {
		t.Errorf("%g looks into no cache", got)
	}
}

// Whether a server hears of changes, and since when it does not, is in the metrics, and so
// is the change of a version that another program has made.
func TestMetricsOfTheListener(t *testing.T) {
	ctx, url := context.Background(), postgistest.Database(t)
	o := operate(t, "--database-url", url, "--admin", "127.0.0.1:0")
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	database := config.Database
	here, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close(ctx)
	config.Database = "postgres" // who may connect to a database is said from another one
	elsewhere, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer elsewhere.Close(ctx)
	do := func(conn *pgx.Conn, sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	const known, heard, version = "oxus_changes_known", "oxus_changes_heard_timestamp_seconds", `oxus_collection_version{collection="crossings"}`
	o.awaits(t, known, is(1))
	o.awaits(t, `oxus_memory_bytes{collection="crossings"}`, func(value float64, ok bool) bool { return ok && value > 1000 })
	before, _ := o.metric(t, version)
	other, _ := o.metric(t, `oxus_collection_version{collection="incidents"}`)
	do(here, "UPDATE oxus.crossings SET summary = 'invented' WHERE id = 'tem-demogan'")
	o.awaits(t, version, func(value float64, ok bool) bool { return ok && value != before })
	if now, ok := o.metric(t, `oxus_collection_version{collection="incidents"}`); !ok || now != other {
		t.Errorf("the version of what did not change goes from %g to %g", other, now)
	}
	admit := func(whom bool) {
		do(elsewhere, fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %v", pgx.Identifier{database}.Sanitize(), whom))
	}
	admit(false)
	do(here, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oxus listener' AND datname = current_database()")
	o.awaits(t, known, is(0))
	since, ok := o.metric(t, heard)
	if age := time.Since(time.UnixMilli(int64(since * 1000))); !ok || age < 0 || age > 30*time.Second {
		t.Errorf("it heard %s ago (%v)", age, ok)
	}
	if _, ok := o.metric(t, version); ok {
		t.Error("a version is shown that nobody knows")
	}
	fetch(t, o.public+"/api/collections/crossings/items?limit=3")
	if unknown, _ := o.metric(t, `oxus_cache_requests_total{outcome="unknown"}`); unknown != 1 {
		t.Errorf("%g looks into a cache that may not be used", unknown)
	}
	if still, _ := o.metric(t, heard); still != since {
		t.Errorf("it hears: at %g, then at %g", since, still)
	}
	admit(true)
	o.awaits(t, known, is(1))
	if again, _ := o.metric(t, heard); again <= since {
		t.Errorf("it heard at %g, and at %g again", since, again)
	}
}
