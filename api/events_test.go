package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"oxus/api"
	"oxus/geo"
)

// following reads the events of a server.
type following struct {
	t      *testing.T
	events chan map[string]string
}

// follow follows the data of a server over TCP until the test ends.
func follow(t *testing.T, url string) *following {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if h := response.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Content-Encoding") != "" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v", h)
	}
	f := &following{t, make(chan map[string]string, 10)}
	go func() {
		defer close(f.events)
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			text, data := strings.CutPrefix(lines.Text(), "data: ")
			var event struct{ Versions map[string]string }
			if data && json.Unmarshal([]byte(text), &event) == nil {
				f.events <- event.Versions
			}
		}
	}()
	return f
}

func (f *following) next(within time.Duration) map[string]string {
	f.t.Helper()
	select {
	case e, ok := <-f.events:
		if !ok {
			f.t.Fatal("the events have ended")
		}
		return e
	case <-time.After(within):
		f.t.Fatalf("no event within %s", within)
		return nil
	}
}

// A change is told to those who follow, as the ids of the collections and their new
// versions, in every stance.
func TestDataEvents(t *testing.T) {
	editing(t, func(t *testing.T, h http.Handler) {
		server := httptest.NewUnstartedServer(h)
		server.Config.WriteTimeout = 500 * time.Millisecond
		server.Start()
		t.Cleanup(server.Close)
		f := follow(t, server.URL)
		first := f.next(10 * time.Second)
		for _, c := range geo.Border().Served() {
			if len(first[c.ID]) != 16 {
				t.Errorf("the version of %s is %q", c.ID, first[c.ID])
			}
		}
		time.Sleep(time.Second) // beyond the time a request has
		sent(t, h, http.StatusOK, http.MethodPatch, tem, `{"properties":{"name_en":"Made up for a test"}}`, "If-Match", "*")
		changed := f.next(10 * time.Second)
		if changed["bazaars"] == "" || changed["bazaars"] == first["bazaars"] || changed["crossings"] != "" {
			t.Errorf("before %v, changed %v", first, changed)
		}
	})
}

// What another program writes into the database is told too.
func TestDataEventsOfAnotherServer(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	store := seeded(t, openPostGIS, atlas)
	withKeys(t, store)
	one, other := httptest.NewServer(handler(atlas, store, quiet())), handler(atlas, store, quiet())
	t.Cleanup(one.Close)
	f := follow(t, one.URL)
	f.next(10 * time.Second)
	sent(t, other, http.StatusOK, http.MethodPatch, tem, `{"properties":{"name_en":"Made up for a test"}}`, "If-Match", "*")
	if changed := f.next(10 * time.Second); changed["bazaars"] == "" {
		t.Errorf("changed: %v", changed)
	}
}

// Streams end when the server is told to stop, and a question with parameters or a
// store that fails is answered as everywhere.
func TestDataEventsEnd(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	store := seeded(t, openFile, atlas)
	stopping, stop := context.WithCancel(context.Background())
	h := api.New(atlas, store, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Stopping: stopping})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	f := follow(t, server.URL)
	f.next(10 * time.Second)
	stop()
	select {
	case _, more := <-f.events:
		if more {
			t.Error("an event after the stop")
		}
	case <-time.After(10 * time.Second):
		t.Error("the stream goes on after the stop")
	}
	if w := get(t, h, "/api/events?f=json"); w.Code != http.StatusBadRequest {
		t.Errorf("with a parameter: %d", w.Code)
	}
	head := httptest.NewRecorder()
	h.ServeHTTP(head, httptest.NewRequest(http.MethodHead, "/api/events", http.NoBody))
	if head.Code != http.StatusOK || head.Body.Len() != 0 {
		t.Errorf("HEAD: %d %q", head.Code, head.Body)
	}
}

// One address does not take all the places, and the places of those who leave are
// free again.
func TestFollowersHaveACeiling(t *testing.T) {
	t.Parallel()
	atlas := geo.Border()
	// A stream begins with a question, for which all of them have to wait.
	h := api.New(atlas, seeded(t, openFile, atlas), api.Options{
		BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Load: api.NewLoad(api.Limits{Queue: 3000, Wait: time.Minute}),
	})
	ctx, leave := context.WithCancel(t.Context())
	answered := func(ctx context.Context, address string) (int, string) {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/events", http.NoBody)
		r.RemoteAddr = address + ":1"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Header().Get("Retry-After") == "" {
			t.Errorf("%d without Retry-After", w.Code)
		}
		return w.Code, w.Body.String()
	}
	ask := func(ctx context.Context, address string) int {
		code, _ := answered(ctx, address)
		return code
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	// fill takes the places of an address. Who is refused asks again, as clients do: a
	// probe may have the last place for a moment.
	fill := func(address string) {
		for range 500 {
			go func() {
				for ask(ctx, address) != http.StatusOK && ctx.Err() == nil {
					time.Sleep(10 * time.Millisecond)
				}
			}()
		}
	}
	fill("192.0.2.1")
	waitFor(t, "the address has all it may have", func() bool { return ask(gone, "192.0.2.1") == http.StatusTooManyRequests })
	for n := 2; n <= 4; n++ {
		fill(fmt.Sprintf("192.0.2.%d", n))
	}
	waitFor(t, "nobody else may follow", func() bool {
		code, told := answered(gone, "192.0.2.9")
		return code == http.StatusServiceUnavailable && strings.Contains(told, "Too many clients follow the data.")
	})
	leave()
	waitFor(t, "there is room again", func() bool { return ask(gone, "192.0.2.1") == http.StatusOK })
}
