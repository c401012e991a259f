package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/api"
	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

// workshop is a store of invented bazaars that counts how many it works for at once.
type workshop struct {
	broken
	// rows are how many features an answer has, each made within pace.
	rows int
	pace time.Duration
	// working and most are how many are worked for, now and at most.
	working, most atomic.Int64
}

func (w *workshop) For(geo.Role) geo.View { return w }

func (w *workshop) Pinned() geo.Pinned { return geo.Pin(w) }

func (w *workshop) At(context.Context, geo.State) (geo.Reader, error) { return w, nil }

func (w *workshop) Summary(context.Context, *geo.Collection) (geo.Summary, error) {
	return geo.Summary{Count: w.rows}, nil
}

func (w *workshop) Count(context.Context, geo.Query) (int, error) { return w.rows, nil }

func (w *workshop) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		now := w.working.Add(1)
		defer w.working.Add(-1)
		for most := w.most.Load(); now > most && !w.most.CompareAndSwap(most, now); most = w.most.Load() {
		}
		for i := range w.rows {
			if err := w.work(ctx); err != nil {
				yield(geo.Item{}, err)
				return
			}
			f := geo.Feature{ID: fmt.Sprintf("invented-%09d", i), Values: make([]geo.Value, len(q.Collection.Properties))}
			if !yield(geo.Item{Feature: &f}, nil) || i+1 == q.Limit {
				return
			}
		}
	}
}

// work takes the time of one feature.
func (w *workshop) work(ctx context.Context) error {
	if w.pace == 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(w.pace):
		return nil
	}
}

// loaded serves a store within limits.
func loaded(t *testing.T, store api.Store, options api.Options) (address string, load *api.Load) {
	t.Helper()
	options.BaseURL, options.Page, options.Now, options.Log = "https://oxus.test", page, noon, quiet()
	server := httptest.NewServer(api.New(geo.Border(), store, options))
	t.Cleanup(server.Close)
	return server.URL, options.Load
}

func lane(load *api.Load, class string) api.LaneState {
	for _, l := range load.State() {
		if l.Class == class {
			return l
		}
	}
	return api.LaneState{}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("it does not happen that %s", what)
}

// With many times more clients than places the good answers go on as fast as the places
// give them, and the others are told at once to come back. Nothing is left of it.
func TestOverloadIsRefused(t *testing.T) {
	const places, clients, each = 2, 100, 4
	store := &workshop{rows: 1, pace: 20 * time.Millisecond}
	address, load := loaded(t, store, api.Options{Load: api.NewLoad(api.Limits{Pages: places, Queue: 4, Wait: 10 * time.Second})})
	before := runtime.NumGoroutine()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	var mu sync.Mutex
	statuses, refusals := map[int]int{}, []string{}
	began := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for range each {
				response, err := client.Get(address + "/api/collections/bazaars/items")
				if err != nil {
					t.Error(err)
					return
				}
				body, _ := io.ReadAll(response.Body)
				response.Body.Close()
				mu.Lock()
				statuses[response.StatusCode]++
				if response.StatusCode == http.StatusServiceUnavailable {
					refusals = append(refusals, response.Header.Get("Retry-After")+" "+response.Header.Get("Content-Type")+" "+string(body))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if statuses[200]+statuses[503] != clients*each || statuses[200] < places*(1+4) || statuses[503] == 0 {
		t.Errorf("answers: %v", statuses)
	}
	if most := store.most.Load(); most > places {
		t.Errorf("%d were worked for at once", most)
	}
	// The places were busy: they were never kept from work by those who were refused.
	if busy := time.Duration(statuses[200]/places) * store.pace; took > 4*busy+2*time.Second {
		t.Errorf("%d good answers took %s, %s of work", statuses[200], took, busy)
	}
	for _, r := range refusals {
		if !strings.HasPrefix(r, "5 application/problem+json {") {
			t.Fatalf("refused with %q", r)
		}
	}
	if l := lane(load, "page"); l.Working != 0 || l.Waiting != 0 || l.Places != places {
		t.Errorf("afterwards: %+v", l)
	}
	client.CloseIdleConnections()
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before+3 })
}

// A full server still answers what costs the store nothing.
func TestWhatIsFreeDoesNotWait(t *testing.T) {
	store := &workshop{rows: 1, pace: time.Hour}
	address, load := loaded(t, store, api.Options{Load: api.NewLoad(api.Limits{Pages: 1, Queue: 1, Wait: time.Hour})})
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	items := address + "/api/collections/bazaars/items"
	for range 2 {
		go askUntil(ctx, items)
	}
	eventually(t, "the server is full", func() bool { l := lane(load, "page"); return l.Working == 1 && l.Waiting == 1 })
	if got := statusOf(t, items); got != http.StatusServiceUnavailable {
		t.Errorf("a third request: %d", got)
	}
	for _, free := range []string{"/healthz", "/readyz", "/", "/assets/main-abc.js", "/api", "/api/conformance", "/api/openapi.json", "/api/collections/bazaars/schema"} {
		if got := statusOf(t, address+free); got != http.StatusOK {
			t.Errorf("%s: %d", free, got)
		}
	}
	leave()
	eventually(t, "those who left make room", func() bool { l := lane(load, "page"); return l.Working == 0 && l.Waiting == 0 })
}

func askUntil(ctx context.Context, address string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		response.Body.Close()
	}
}

func statusOf(t *testing.T, address string) int {
	t.Helper()
	impatient := http.Client{Timeout: 30 * time.Second}
	response, err := impatient.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// Who waits too long is refused too, not only who comes when too many wait.
func TestWaitingEnds(t *testing.T) {
	address, load := loaded(t, &workshop{rows: 1, pace: time.Hour}, api.Options{Load: api.NewLoad(api.Limits{Exports: 1, Wait: 50 * time.Millisecond})})
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	go askUntil(ctx, address+"/api/bazaars.geojson")
	eventually(t, "an export is written", func() bool { return lane(load, "export").Working == 1 })
	if got := statusOf(t, address+"/api/bazaars.csv"); got != http.StatusServiceUnavailable {
		t.Errorf("the second export: %d", got)
	}
	if l := lane(load, "export"); l.Waiting != 0 {
		t.Errorf("afterwards: %+v", l)
	}
}

// slowReader asks for an answer over a connection that it does not read.
func slowReader(t *testing.T, address, target string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: oxus.test\r\n\r\n", target); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A client that does not read what it asked for keeps nobody out, and is cut off by the
// write timeout.
func TestSlowReadersCostTheirSocket(t *testing.T) {
	store := &workshop{rows: 1 << 30}
	address, load := loaded(t, store, api.Options{
		WriteTimeout: 3 * time.Second, Load: api.NewLoad(api.Limits{Exports: 1, Wait: 10 * time.Second}),
	})
	conn := slowReader(t, address, "/api/bazaars.geojson")
	eventually(t, "it stalls", func() bool { l := lane(load, "export"); return l.Stalled == 1 && l.Working == 0 })
	other := slowReader(t, address, "/api/bazaars.csv") // the one place is free for it
	if line, err := bufio.NewReader(other).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Errorf("another export: %q, %v", line, err)
	}
	other.Close()
	eventually(t, "both are cut off", func() bool { return store.working.Load() == 0 })
	if l := lane(load, "export"); l.Stalled != 0 || l.Working != 0 {
		t.Errorf("afterwards: %+v", l)
	}
	if n, err := io.Copy(io.Discard, conn); err == nil && n > 64<<20 {
		t.Errorf("%d bytes were kept for a client that reads nothing", n)
	}
}

// A client that reads on after a while gets the whole answer.
func TestSlowReadersReadOn(t *testing.T) {
	store := &workshop{rows: 60_000}
	address, load := loaded(t, store, api.Options{WriteTimeout: time.Minute, Load: api.NewLoad(api.Limits{Exports: 1})})
	conn := slowReader(t, address, "/api/bazaars.geojson")
	eventually(t, "it stalls", func() bool { return lane(load, "export").Stalled == 1 })
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var whole struct{ NumberReturned int }
	if err := json.NewDecoder(response.Body).Decode(&whole); err != nil || whole.NumberReturned != store.rows {
		t.Errorf("%d features, %v", whole.NumberReturned, err)
	}
	io.Copy(io.Discard, response.Body)
	// What the whole took is known at its end alone.
	if timing := response.Trailer.Get("Server-Timing"); !strings.Contains(timing, "db;dur=") || response.Header.Get("Server-Timing") != "" {
		t.Errorf("timing: %q, in the header %q", timing, response.Header.Get("Server-Timing"))
	}
	eventually(t, "its place is free", func() bool { l := lane(load, "export"); return l.Stalled == 0 && l.Working == 0 })
}

// Server-Timing tells where the time of an answer went.
func TestServerTiming(t *testing.T) {
	store := &workshop{rows: 3, pace: 5 * time.Millisecond}
	h := handler(geo.Border(), store, quiet())
	w := get(t, h, "/api/collections/bazaars/items")
	times := map[string]float64{}
	for part := range strings.SplitSeq(w.Header().Get("Server-Timing"), ", ") {
		name, rest, _ := strings.Cut(part, ";dur=")
		var ms float64
		if _, err := fmt.Sscan(rest, &ms); err == nil {
			times[name] = ms
		}
	}
	if times["db"] < 15 || times["db"] > 5000 || len(times) != 3 || !strings.HasSuffix(w.Header().Get("Server-Timing"), "cache;desc=miss") {
		t.Errorf("a page: %q", w.Header().Get("Server-Timing"))
	}
	again := get(t, h, "/api/collections/bazaars/items", "If-None-Match", w.Header().Get("ETag"))
	if again.Code != http.StatusNotModified || !strings.HasSuffix(again.Header().Get("Server-Timing"), "cache;desc=client") {
		t.Errorf("the same page: %d, %q", again.Code, again.Header().Get("Server-Timing"))
	}
	if got := get(t, h, "/healthz").Header().Get("Server-Timing"); got != "" {
		t.Errorf("health: %q", got)
	}
}

// Clients that ask and vanish leave nothing running in the database, and a server that
// answers.
func TestVanishedClientsCancelTheirQuestions(t *testing.T) {
	url := postgistest.Database(t)
	store, err := postgis.Open(context.Background(), url, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	execute := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	waiting := func() (n int) {
		t.Helper()
		const question = "SELECT count(*)::int FROM pg_stat_clear_snapshot(), pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
		if err := conn.QueryRow(context.Background(), question).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	address, load := loaded(t, store, api.Options{Load: api.NewLoad(api.Limits{Pages: 3})})
	execute("BEGIN")
	execute("LOCK TABLE oxus.bazaars IN ACCESS EXCLUSIVE MODE")
	ctx, vanish := context.WithCancel(context.Background())
	defer vanish()
	for range 50 {
		go askUntil(ctx, address+"/api/collections/bazaars/items")
	}
	eventually(t, "questions wait in the database", func() bool { return waiting() == 3 && lane(load, "page").Waiting == 47 })
	vanish()
	eventually(t, "none waits in the database", func() bool { return waiting() == 0 })
	eventually(t, "nobody waits for a place", func() bool { l := lane(load, "page"); return l.Waiting == 0 && l.Working == 0 })
	execute("ROLLBACK")
	if got := statusOf(t, address+"/api/collections/bazaars/items"); got != http.StatusOK {
		t.Errorf("afterwards: %d", got)
	}
}

// A client that left before there was an answer is in the log as that: nothing went wrong
// here.
func TestClientsThatLeaveAreNoErrors(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	h := api.New(geo.Border(), &workshop{rows: 1, pace: time.Hour}, api.Options{
		BaseURL: "https://oxus.test", Page: page, Now: noon, Log: slog.New(slog.NewJSONHandler(&locked{w: &log, mu: &mu}, nil)),
	})
	ctx, leave := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, leave)
	r := httptest.NewRequest(http.MethodGet, "/api/collections/bazaars/items", http.NoBody).WithContext(ctx)
	h.ServeHTTP(httptest.NewRecorder(), r)
	if text := log.String(); !strings.Contains(text, `"status":499`) || strings.Contains(text, "ERROR") {
		t.Errorf("the log says %s", text)
	}
}

// locked is a writer for many.
type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// planned is a workshop that has a plan.
type planned struct{ workshop }

func (p *planned) For(geo.Role) geo.View { return p }

func (p *planned) Pinned() geo.Pinned { return plannedPin{geo.Pin(p), p} }

type plannedPin struct {
	geo.Pinned
	geo.Planner
}

func (p *planned) At(context.Context, geo.State) (geo.Reader, error) { return p, nil }

func (p *planned) Plan(context.Context, geo.Query) (string, error) { return "abc123", nil }

// Questions that take longer than the threshold are in the log, as they were asked and
// with the name of their plan; others are not.
func TestSlowQuestionsAreLogged(t *testing.T) {
	for _, tc := range []struct {
		threshold time.Duration
		logged    bool
	}{{time.Millisecond, true}, {time.Hour, false}, {0, false}} {
		var log bytes.Buffer
		var mu sync.Mutex
		h := api.New(geo.Border(), &planned{workshop{rows: 2, pace: 3 * time.Millisecond}}, api.Options{
			BaseURL: "https://oxus.test", Page: page, Now: noon, SlowQuestion: tc.threshold,
			Log: slog.New(slog.NewJSONHandler(&locked{w: &log, mu: &mu}, nil)),
		})
		w := get(t, h, "/api/collections/bazaars/items?bbox=70,36,72,38&limit=5")
		said := func() string {
			mu.Lock()
			defer mu.Unlock()
			return log.String()
		}
		if tc.logged {
			eventually(t, "the plan is known", func() bool { return strings.Contains(said(), `"plan"`) })
		}
		var line struct {
			RequestID                         string `json:"request_id"`
			Question, Collection, Asked, Plan string
			Rows                              int
		}
		found := false
		for text := range strings.Lines(said()) {
			if strings.Contains(text, `"slow question"`) {
				found = true
				if err := json.Unmarshal([]byte(text), &line); err != nil {
					t.Fatal(err)
				}
			}
		}
		if found != tc.logged {
			t.Errorf("%s: logged is %v", tc.threshold, found)
		}
		if found && (line.Question != "items" || line.Collection != "bazaars" || line.Asked != "bbox=70,36,72,38 limit=6" || line.Rows != 2 ||
			line.Plan != "abc123" || line.RequestID != w.Header().Get("X-Request-Id")) {
			t.Errorf("the log says %+v", line)
		}
	}
}
