package api_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/geoparquet"
	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// asked is a store that counts what it is asked.
type asked struct {
	storetest.Watched
	n atomic.Int64
	// slow is how long an answer takes; one that is stuck takes until what is in here is
	// closed.
	slow  time.Duration
	stuck atomic.Pointer[chan struct{}]
}

// takeLong takes the time of an answer.
func (a *asked) takeLong() {
	if stuck := a.stuck.Load(); stuck != nil {
		<-*stuck
	}
	time.Sleep(a.slow)
}

func (a *asked) For(who geo.Role) geo.View { return askedView{a.Watched.For(who), a} }

type askedView struct {
	geo.View
	store *asked
}

func (v askedView) Version(ctx context.Context, c *geo.Collection) (string, error) {
	v.store.n.Add(1)
	return v.View.Version(ctx, c)
}

func (v askedView) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	v.store.n.Add(1)
	return v.View.Detail(ctx, c, id, on)
}

func (v askedView) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	v.store.n.Add(1)
	return v.View.Summary(ctx, c)
}

func (v askedView) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	v.store.n.Add(1)
	v.store.takeLong()
	return v.View.Items(ctx, q)
}

func (v askedView) Latest(ctx context.Context) (geo.State, error) {
	v.store.n.Add(1)
	return v.View.Latest(ctx)
}

func (v askedView) At(ctx context.Context, st geo.State) (geo.Reader, error) {
	r, err := v.View.At(ctx, st)
	return askedReader{r, v.store}, err
}

func (v askedView) Pinned() geo.Pinned { return askedPinned{v.View.Pinned(), v.store} }

type askedPinned struct {
	geo.Pinned
	store *asked
}

func (p askedPinned) Version(ctx context.Context, c *geo.Collection) (string, error) {
	p.store.n.Add(1)
	return p.Pinned.Version(ctx, c)
}

func (p askedPinned) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	p.store.n.Add(1)
	p.store.takeLong()
	return p.Pinned.Items(ctx, q)
}

func (p askedPinned) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	p.store.n.Add(1)
	return p.Pinned.Detail(ctx, c, id, on)
}

type askedReader struct {
	geo.Reader
	store *asked
}

func (r askedReader) Detail(ctx context.Context, c *geo.Collection, id string, on geo.Date) (*geo.Detail, error) {
	r.store.n.Add(1)
	return r.Reader.Detail(ctx, c, id, on)
}

func (r askedReader) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	r.store.n.Add(1)
	r.store.takeLong()
	return r.Reader.Items(ctx, q)
}

// counting opens a seeded store that counts, and waits until it knows the state of its
// data.
func counting(t *testing.T, open opener) *asked {
	t.Helper()
	store, ok := seeded(t, open, geo.Border()).(storetest.Watched)
	if !ok {
		t.Fatal("the store does not know the state of its data")
	}
	store.Watch(func(err error) { t.Logf("told: %v", err) })
	storetest.KnownOf(t, store)
	return &asked{Watched: store}
}

// counted is how often a store is asked for an answer.
func (a *asked) counted(do func()) int64 {
	before := a.n.Load()
	do()
	return a.n.Load() - before
}

// keptTargets are addresses whose answers are kept.
var keptTargets = []string{
	"/api/", "/api/collections", "/api/collections/crossings", "/api/collections/crossings/items?limit=2", "/api/collections/crossings/items/tem-demogan",
	"/api/collections/crossings/items/tem-demogan/timeline", "/api/sources?ids=asiaplus-20210215", "/api/stats/incidents?by=year", "/api/stats/status?collection=crossings",
	"/api/tiles/WebMercatorQuad?f=tilejson", "/api/tiles/WebMercatorQuad/5/12/22", "/api/collections/crossings/tiles/WebMercatorQuad", "/api/collections/crossings/tiles/WebMercatorQuad/5/12/22",
	"/api/crossings.geojson", "/api/incidents.csv?datetime=2022-01-01/2022-06-30", "/api/crossings.fgb", "/api/bazaars.parquet",
	"/api/collections/crossings/items?f=html&limit=2", "/api/collections/incidents/items?near=crossings/tem-demogan&within=100",
}

// sameHeader compares headers but for the id of the request and what it took, which may be
// told after the answer.
func sameHeader(a, b http.Header) string {
	for _, h := range [][2]http.Header{{a, b}, {b, a}} {
		for name, values := range h[0] {
			if name != "X-Request-Id" && !strings.HasSuffix(name, "Server-Timing") && strings.Join(values, ", ") != strings.Join(h[1].Values(name), ", ") {
				return fmt.Sprintf("%s: %q, %q", name, values, h[1].Values(name))
			}
		}
	}
	return ""
}

// An answer that was made before costs no question to the store, and is the same in
// every byte; so does telling a client that it has it.
func TestKeptAnswersAskNothing(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			store := counting(t, stance.open)
			h := handler(geo.Border(), store, quiet())
			plain := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Page: page, Now: noon, Log: quiet(), Writer: store, Keys: store, GeoPackage: geopackage.WriteLayer, GeoParquet: geoparquet.WriteLayer})
			for _, target := range keptTargets {
				first := get(t, h, target)
				tag := first.Header().Get("ETag")
				if first.Code >= 300 || tag == "" {
					t.Fatalf("%s: %d %s", target, first.Code, first.Body)
				}
				if made := get(t, plain, target); made.Body.String() != first.Body.String() || made.Header().Get("ETag") != tag || made.Header().Get("Cache-Control") != first.Header().Get("Cache-Control") {
					t.Errorf("%s is answered otherwise without a cache", target)
				}
				for _, headers := range [][]string{nil, {"Accept-Encoding", "gzip"}, {"Authorization", "Basic YTpi"}, {"Cookie", "other=1"}} {
					n := store.counted(func() {
						for range 2 {
							again := get(t, h, target, headers...)
							if again.Header().Get("Content-Encoding") == "" && (again.Body.String() != first.Body.String() || sameHeader(first.Header(), again.Header()) != "") {
								t.Errorf("%s is answered otherwise again: %s", target, sameHeader(first.Header(), again.Header()))
							}
							if had := get(t, h, target, append(headers, "If-None-Match", tag)...); had.Code != http.StatusNotModified || had.Body.Len() > 0 || had.Header().Get("ETag") != tag {
								t.Errorf("%s: who has it is told %d with the tag %s", target, had.Code, had.Header().Get("ETag"))
							}
							if other := get(t, h, target, append(headers, "If-None-Match", `"other"`)...); other.Code != first.Code {
								t.Errorf("%s: who has another is told %d", target, other.Code)
							}
						}
					})
					if n != 0 {
						t.Errorf("%s asks the store %d times again (%v)", target, n, headers)
					}
				}
				head := httptest.NewRecorder()
				h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, target, http.NoBody))
				if head.Code != first.Code || head.Body.Len() > 0 || head.Header().Get("ETag") != tag {
					t.Errorf("HEAD %s: %d %v", target, head.Code, head.Header())
				}
			}
		})
	}
}

// The order of parameters does not matter, what a client accepts does where it chooses,
// and a query that cannot be read is refused as ever.
func TestKeptQuestions(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	h := handler(geo.Border(), store, quiet())
	const items = "/api/collections/crossings/items"
	first := get(t, h, items+"?limit=2&datetime=2022-05-01")
	n := store.counted(func() {
		if again := get(t, h, items+"?datetime=2022-05-01&limit=2"); again.Body.String() != first.Body.String() || again.Header().Get("ETag") != first.Header().Get("ETag") {
			t.Error("the parameters in another order are another question")
		}
	})
	if n != 0 {
		t.Errorf("they ask the store %d times", n)
	}
	for _, tc := range []struct {
		target, accept, want string
		code                 int
	}{
		{items + "?limit=2", "", "application/geo+json", 200},
		{items + "?limit=2", "text/csv", "text/csv", 200},
		{items + "?limit=2", "text/html", "text/html", 200},
		{items + "?limit=2&f=json", "text/csv", "application/geo+json", 200},
		{items + "?limit=2", "*/*", "application/geo+json", 200},
		{items + "?limit=3", "", "application/geo+json", 200},
		{items + "?limit=%zz", "", "application/problem+json", 400},
		{items + "?limit=2&limit=2", "", "application/problem+json", 400},
		{items + "?limt=2", "", "application/problem+json", 400},
		{"/api/collections/crossings/items/nowhere", "", "application/problem+json", 404},
	} {
		for range 3 {
			got := get(t, h, tc.target, "Accept", tc.accept)
			if got.Code != tc.code || !strings.HasPrefix(got.Header().Get("Content-Type"), tc.want) {
				t.Errorf("%s accepting %q: %d %s", tc.target, tc.accept, got.Code, got.Header().Get("Content-Type"))
			}
			if tc.code >= 400 && (got.Header().Get("Cache-Control") != "no-store" || got.Header().Get("ETag") != "") {
				t.Errorf("%s: an error may be kept: %v", tc.target, got.Header())
			}
		}
	}
}

// Every coding of an answer unpacks to it, is made as without a cache, and has a tag of
// its own that counts for all of them.
func TestKeptCodings(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	h := handler(geo.Border(), store, quiet())
	plain := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet()})
	const target = "/api/collections/incidents/items?limit=20"
	whole := get(t, h, target)
	for _, accepts := range []string{"", "identity", "gzip", "zstd", "br, gzip;q=0.5", "gzip, deflate, br, zstd", "gzip;q=0", "gzip;q=0.9, zstd;q=0.1", "zstd;q=0, gzip", "GZIP", "x,,;q=,zstd ; q=1.000", "*"} {
		made := get(t, plain, target, "Accept-Encoding", accepts)
		for n := range 3 {
			got := get(t, h, target, "Accept-Encoding", accepts)
			if got.Header().Get("Content-Encoding") != made.Header().Get("Content-Encoding") || got.Header().Get("ETag") != made.Header().Get("ETag") {
				t.Errorf("%q, %d: %q %s, without a cache %q %s", accepts, n, got.Header().Get("Content-Encoding"), got.Header().Get("ETag"), made.Header().Get("Content-Encoding"), made.Header().Get("ETag"))
			}
			if vary := strings.Join(got.Header().Values("Vary"), ", "); strings.Count(vary, "Accept-Encoding") != 1 || !strings.Contains(vary, "Authorization") {
				t.Errorf("%q: it varies by %q", accepts, vary)
			}
			if text := unpacked(t, got); text != whole.Body.String() {
				t.Errorf("%q: it unpacks to %.60q", accepts, text)
			}
			if had := get(t, h, target, "Accept-Encoding", accepts, "If-None-Match", got.Header().Get("ETag")); had.Code != http.StatusNotModified {
				t.Errorf("%q: who has it is told %d", accepts, had.Code)
			}
		}
	}
}

func unpacked(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var r io.Reader = w.Body
	var err error
	switch w.Header().Get("Content-Encoding") {
	case "gzip":
		r, err = gzip.NewReader(w.Body)
	case "zstd":
		r, err = zstd.NewReader(w.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Many who ask the same at once ask the store once, and one of them who goes takes
// nobody with them.
func TestEqualQuestionsAreOne(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	store.slow = 300 * time.Millisecond
	h := handler(geo.Border(), store, quiet())
	const target = "/api/collections/crossings/items?limit=5"
	var wait sync.WaitGroup
	n := store.counted(func() {
		for range 50 {
			wait.Go(func() {
				if w := get(t, h, target); w.Code != http.StatusOK || w.Body.Len() == 0 {
					t.Errorf("%d", w.Code)
				}
			})
		}
		wait.Wait()
	})
	if n > 3 { // the state, and the features once
		t.Errorf("the store is asked %d times", n)
	}
	ctx, leave := context.WithCancel(context.Background())
	first := make(chan struct{})
	go func() {
		defer close(first)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/collections/crossings/items?limit=6", http.NoBody))
	}()
	time.Sleep(50 * time.Millisecond)
	wait.Go(func() {
		if w := get(t, h, "/api/collections/crossings/items?limit=6"); w.Code != http.StatusOK {
			t.Errorf("who waited for one who went: %d", w.Code)
		}
	})
	time.Sleep(50 * time.Millisecond)
	leave()
	wait.Wait()
	<-first
}

// What is too large to be kept is streamed as ever, and a change drops what it touches
// alone.
func TestKeptWithinBounds(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	small := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Cache: 16 << 10})
	none := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet()})
	const target = "/api/collections/incidents/items?limit=50"
	want := get(t, none, target)
	for range 2 {
		n := store.counted(func() {
			if got := get(t, small, target); got.Body.String() != want.Body.String() || sameHeader(got.Header(), want.Header()) != "" {
				t.Errorf("what is too large is answered otherwise: %s", sameHeader(got.Header(), want.Header()))
			}
		})
		if n == 0 {
			t.Error("what is too large is kept")
		}
	}
	if n := store.counted(func() {
		get(t, none, "/api/collections/crossings/items?limit=1")
		get(t, none, "/api/collections/crossings/items?limit=1")
	}); n < 4 {
		t.Errorf("without a cache the store is asked %d times", n)
	}
}

// unread is a client that does not read what is written to it until it is told to.
type unread struct {
	*httptest.ResponseRecorder
	begun, reads chan struct{}
	once         sync.Once
}

func (u *unread) Write(b []byte) (int, error) {
	u.once.Do(func() { close(u.begun) })
	<-u.reads
	return u.ResponseRecorder.Write(b)
}

// Who reads slowly what is too large to be kept keeps nobody waiting who asks the same.
func TestLargeAnswersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	h := api.New(geo.Border(), counting(t, openFile), api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Cache: 16 << 10})
	const target = "/api/collections/incidents/items?limit=50"
	slow := &unread{ResponseRecorder: httptest.NewRecorder(), begun: make(chan struct{}), reads: make(chan struct{})}
	var wait sync.WaitGroup
	wait.Go(func() {
		h.ServeHTTP(slow, httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody))
	})
	<-slow.begun
	other := make(chan *httptest.ResponseRecorder, 1)
	wait.Go(func() { other <- get(t, h, target) })
	select {
	case w := <-other:
		if w.Code != http.StatusOK {
			t.Errorf("%d", w.Code)
		}
	case <-time.After(20 * time.Second):
		t.Error("it is waited for")
	}
	close(slow.reads)
	wait.Wait()
	if slow.Code != http.StatusOK || slow.Body.Len() == 0 {
		t.Errorf("%d, %d bytes", slow.Code, slow.Body.Len())
	}
}

// An answer is of its day, unless it is about a past state of the record: that lasts.
func TestKeptOverMidnight(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	var passed atomic.Int64
	now := func() time.Time { return noon().Add(time.Duration(passed.Load())) }
	h := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Now: now, Log: quiet(), Cache: 1 << 20, Keys: store})
	none := api.New(geo.Border(), store, api.Options{BaseURL: "https://oxus.test", Now: now, Log: quiet(), Keys: store})
	st, err := store.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	past := "/api/collections/crossings/items/tem-demogan?as-recorded=" + st.Moment.Format("2006-01-02T15:04:05.000000Z")
	const today = "/api/collections/crossings/items/tem-demogan"
	tags := map[string]string{past: get(t, h, past).Header().Get("ETag"), today: get(t, h, today).Header().Get("ETag")}
	passed.Store(int64(24 * time.Hour))
	for target, lasts := range map[string]bool{past: true, today: false} {
		var got *httptest.ResponseRecorder
		n := store.counted(func() { got = get(t, h, target) })
		if same := got.Header().Get("ETag") == tags[target]; same != lasts || (n == 0) != lasts {
			t.Errorf("%s on the next day: the same tag %v, the store asked %d times", target, same, n)
		}
		if anew := get(t, none, target).Header().Get("ETag"); anew != got.Header().Get("ETag") {
			t.Errorf("%s: made anew it has the tag %s, not %s", target, anew, got.Header().Get("ETag"))
		}
		if immutable := strings.Contains(got.Header().Get("Cache-Control"), "immutable"); immutable != lasts {
			t.Errorf("%s: %s", target, got.Header().Get("Cache-Control"))
		}
	}
}

// After a change, here or by another server, nothing of what it touches is answered as
// it was; what it does not touch asks nothing.
func TestChangesDropWhatTheyTouch(t *testing.T) {
	t.Parallel()
	editing(t, func(t *testing.T, h http.Handler) {
		const one, list, others = "/api/collections/bazaars/items/ishkoshim-bazaar", "/api/collections/bazaars/items?limit=50", "/api/collections/crossings/items?limit=5"
		for n := range 20 {
			before := get(t, h, others).Header().Get("ETag")
			name := fmt.Sprintf("Made up %d", n)
			for range 2 {
				get(t, h, one)
				get(t, h, list)
			}
			sent(t, h, http.StatusOK, http.MethodPatch, one, `{"properties":{"name_en":"`+name+`"}}`, "If-Match", "*")
			for _, target := range []string{one, list} {
				if got := get(t, h, target); !strings.Contains(got.Body.String(), name) {
					t.Fatalf("%s after change %d: %.300s", target, n, got.Body)
				}
			}
			if after := get(t, h, others).Header().Get("ETag"); after != before {
				t.Errorf("%s has changed with another", others)
			}
		}
	})
}

// lagging is a store whose answers come from a state before the one it knows of, as
// those of a replica do.
type lagging struct {
	storetest.Watched
	versions map[string]string
}

func (l lagging) Hold(ctx context.Context) (context.Context, geo.Held) {
	ctx, held := l.Watched.Hold(ctx)
	return ctx, behind{held, l.versions}
}

type behind struct {
	geo.Held
	versions map[string]string
}

func (b behind) Versions() map[string]string { return b.versions }

// What was answered from a state that is over is never taken for the present.
func TestReplicasDoNotPoison(t *testing.T) {
	t.Parallel()
	store := counting(t, openFile)
	old := storetest.KnownOf(t, store).Versions
	apply := func(name string) {
		c := collectionOf(t, geo.Border(), "crossings")
		d, err := store.Detail(context.Background(), c, "tem-demogan", geo.DateOf(noon()))
		if err != nil {
			t.Fatal(err)
		}
		f := *d.Feature
		f.Values = append([]geo.Value(nil), f.Values...)
		f.Values[c.PropertyIndex("name_en")] = name
		if err := store.Apply(context.Background(), geo.Change{Actor: "test", Features: []geo.Put{{Collection: c, Feature: f, Expect: f.Revision}}}); err != nil {
			t.Fatal(err)
		}
	}
	apply("Made up")
	h := api.New(geo.Border(), lagging{store, old}, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Cache: 1 << 20})
	const target = "/api/collections/crossings/items/tem-demogan"
	get(t, h, target)
	if n := store.counted(func() { get(t, h, target) }); n == 0 {
		t.Error("the answer from an old state is taken for the present")
	}
	apply("Made up again")
	if got := get(t, h, target); !strings.Contains(got.Body.String(), "Made up again") {
		t.Errorf("an old state is taken for the present: %.200s", got.Body)
	}
}

// faulty is a keeper with a fault that nobody has thought of.
type faulty struct{ kept }

func (faulty) Revisions(context.Context, geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	panic("a fault nobody has thought of")
}

// A panic while an answer is made that is to be kept is an error like any other.
func TestPanicWhileKeeping(t *testing.T) {
	atlas := geo.Border()
	store, err := memory.Over(context.Background(), atlas, faulty{kept{ds: &geo.Dataset{Versions: map[string]string{"incidents": "1"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w := get(t, handler(atlas, store, quiet()), "/api/tiles/WebMercatorQuad/0/0/0")
		if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("a panic is answered %d %s %s", w.Code, w.Header().Get("Content-Type"), w.Body)
		}
	}
}
