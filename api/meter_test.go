package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"oxus/api"
	"oxus/geo"
)

// tally is a meter that keeps what it is told.
type tally struct {
	mu       sync.Mutex
	answers  []string
	bytes    int64
	looks    map[string]int
	most     int64
	keeping  func() (int, int64)
	asked    int
	timeless int
}

func (m *tally) Answered(route, method string, status int, took time.Duration, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers = append(m.answers, fmt.Sprint(method, " ", route, " ", status))
	m.bytes += bytes
	if took <= 0 {
		m.timeless++
	}
}

func (m *tally) Asked(string, string, time.Duration, int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
}

func (m *tally) Waited(string, time.Duration, string) {}
func (m *tally) Slow(string, string)                  {}
func (m *tally) Following(int)                        {}

func (m *tally) Looked(outcome string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.looks == nil {
		m.looks = map[string]int{}
	}
	m.looks[outcome]++
}

func (m *tally) Keeping(most int64, held func() (int, int64)) { m.most, m.keeping = most, held }

// Answers from the cache are told and logged as others are: also those that are found by
// the address before the request is read.
func TestKeptAnswersAreMetered(t *testing.T) {
	t.Parallel()
	store, m := counting(t, openFile), &tally{}
	var log bytes.Buffer
	var mu sync.Mutex
	h := api.New(geo.Border(), store, api.Options{
		BaseURL: "https://oxus.test", Page: page, Now: noon, Cache: 1 << 20, Meter: m,
		Log: slog.New(slog.NewJSONHandler(&locked{w: &log, mu: &mu}, nil)),
	})
	const target, other = "/api/collections/crossings/items?limit=2", "/api/collections/crossings/items?limit=02"
	first := get(t, h, target)
	tag := first.Header().Get("ETag")
	size := int64(first.Body.Len())
	const route = "GET /api/collections/:collection/items "
	for _, tc := range []struct {
		what, target, answer, look, timing string
		headers                            []string
	}{
		{"word by word", target, route + "200", "hit", "cache;desc=hit", nil},
		{"had, for the first time", target, route + "304", "client", "cache;desc=client", []string{"If-None-Match", tag}},
		{"had, word by word", target, route + "304", "client", "cache;desc=client", []string{"If-None-Match", tag}},
		{"in another coding", target, route + "200", "hit", "cache;desc=hit", []string{"Accept-Encoding", "gzip"}},
		{"in that coding, word by word", target, route + "200", "hit", "cache;desc=hit", []string{"Accept-Encoding", "gzip"}},
		{"after reading a cookie", target, route + "200", "hit", "cache;desc=hit", []string{"Authorization", "Basic YTpi"}},
	} {
		before, asked := len(m.answers), m.asked
		looks, sent := m.looks[tc.look], m.bytes
		w := get(t, h, tc.target, tc.headers...)
		if len(m.answers) != before+1 || m.answers[before] != tc.answer || m.looks[tc.look] != looks+1 || m.asked != asked {
			t.Errorf("%s: told %v, looks %v", tc.what, m.answers[before:], m.looks)
		}
		if got := m.bytes - sent; w.Code == http.StatusOK && (got < 1 || got > size) || w.Code == http.StatusNotModified && got != 0 {
			t.Errorf("%s: %d bytes of %d", tc.what, got, size)
		}
		if got := w.Header().Get("Server-Timing"); got != tc.timing {
			t.Errorf("%s: timing %q", tc.what, got)
		}
	}
	if w := get(t, h, other); w.Code != http.StatusOK || m.looks["miss"] != 2 || !strings.HasSuffix(w.Header().Get("Server-Timing"), ", cache;desc=miss") {
		t.Errorf("another question: looks %v, timing %q", m.looks, w.Header().Get("Server-Timing"))
	}
	if answers, held := m.keeping(); answers != 2 || held < size || held > m.most || m.most != 1<<20 {
		t.Errorf("%d answers of %d bytes are kept of %d", answers, held, m.most)
	}
	if m.timeless > 0 {
		t.Errorf("%d answers took no time", m.timeless)
	}
	checkLines(t, log.String(), len(m.answers))
}

// checkLines holds the log of a server that was asked for one list against what it
// answered: each line says the same of an answer, wherever it was made.
func checkLines(t *testing.T, log string, answers int) {
	t.Helper()
	lines, cached := 0, 0
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines++
		if line["cached"] == true {
			cached++
		}
		for _, name := range []string{"request_id", "method", "path", "query", "status", "bytes", "took_ms", "client", "cached"} {
			if _, ok := line[name]; !ok {
				t.Errorf("a line without %s: %s", name, text)
			}
		}
	}
	if lines != answers || cached != answers-2 {
		t.Errorf("%d lines of %d answers, %d of them cached", lines, answers, cached)
	}
}
