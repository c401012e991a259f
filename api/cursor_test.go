package api

import (
	"net/url"
	"testing"
	"time"

	"oxus/geo"
)

func FuzzCursor(f *testing.F) {
	f.Add("", "")
	f.Add("AQAAAAAAAAAAAABRGg", "tem-demogan")
	f.Fuzz(func(t *testing.T, text, after string) {
		q := questionOf("crossings", url.Values{"bbox": {"1,2,3,4"}})
		if at, err := parseCursor(text, q); err == nil && at.cursor(q) != text {
			t.Errorf("%q reads as %+v, which is written %q", text, at, at.cursor(q))
		}
		if after == "" {
			return
		}
		at := position{after: after, today: 20000, state: geo.State{Moment: time.UnixMicro(1 << 50).UTC(), Last: 7}, back: len(after)%2 == 0, key: geo.HilbertKey(len(after))}
		if back, err := parseCursor(at.cursor(q), q); err != nil || back != at {
			t.Errorf("%+v reads back as %+v, %v", at, back, err)
		}
	})
}

func TestCursorIsBoundToItsQuestion(t *testing.T) {
	asked := url.Values{"bbox": {"1,2,3,4"}, "datetime": {"2022-05-01"}, "limit": {"2"}}
	cursor := position{after: "x", today: 1}.cursor(questionOf("crossings", asked))
	asked.Set("limit", "500")
	asked.Set("cursor", cursor)
	if _, err := parseCursor(cursor, questionOf("crossings", asked)); err != nil {
		t.Errorf("limit may change: %v", err)
	}
	asked.Set("f", "csv")
	if _, err := parseCursor(cursor, questionOf("crossings", asked)); err != nil {
		t.Errorf("the format may change: %v", err)
	}
	asked.Del("f")
	for name, other := range map[string]struct {
		collection string
		values     url.Values
	}{
		"another collection":  {"bazaars", asked},
		"another box":         {"crossings", url.Values{"bbox": {"1,2,3,5"}, "datetime": {"2022-05-01"}}},
		"one filter less":     {"crossings", url.Values{"bbox": {"1,2,3,4"}}},
		"values run together": {"crossings", url.Values{"bbox": {"1,2,3,4datetime2022-05-01"}}},
	} {
		if _, err := parseCursor(cursor, questionOf(other.collection, other.values)); err == nil {
			t.Errorf("the cursor is taken for %s", name)
		}
	}
}
