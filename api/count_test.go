package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"oxus/geo"
)

// sized is a store that says how large a collection is and counts how often it
// is asked to count.
type sized struct {
	geo.View
	size   int
	counts int
}

// For answers everybody from itself.
func (s *sized) For(geo.Role) geo.View { return s }

func (s *sized) Summary(context.Context, *geo.Collection) (geo.Summary, error) {
	return geo.Summary{Count: s.size}, nil
}

// Items looks as large where it is looked at only to know that.
func (s *sized) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	if q.Limit != 1001 {
		return s.View.Items(ctx, q)
	}
	return func(yield func(geo.Item, error) bool) {
		for range min(s.size, q.Limit) {
			if !yield(geo.Item{Feature: &geo.Feature{}}, nil) {
				return
			}
		}
	}
}

func (s *sized) Count(ctx context.Context, q geo.Query) (int, error) {
	s.counts++
	return s.View.Count(ctx, q)
}

// Pinned answers from itself what is asked about numbers.
func (s *sized) Pinned() geo.Pinned { return sizedPinned{s.View.Pinned(), s} }

type sizedPinned struct {
	geo.Pinned
	of *sized
}

func (p sizedPinned) Summary(ctx context.Context, c *geo.Collection) (geo.Summary, error) {
	return p.of.Summary(ctx, c)
}

func (p sizedPinned) Count(ctx context.Context, q geo.Query) (int, error) { return p.of.Count(ctx, q) }

// At answers from itself, whatever the state.
func (s *sized) At(context.Context, geo.State) (geo.Reader, error) { return s, nil }

func matched(t *testing.T, h http.Handler, target string) any {
	t.Helper()
	var answer map[string]any
	if w := get(t, h, target); json.Unmarshal(w.Body.Bytes(), &answer) != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	return answer["numberMatched"]
}

// Features are counted when asked, and unasked where it costs nothing.
func TestNumberMatched(t *testing.T) {
	atlas := geo.Border()
	store := seeded(t, openFile, atlas)
	for _, tc := range []struct {
		size         int
		query        string
		told, counts bool
	}{
		{1000, "limit=2", true, true},
		{1000, "limit=2&count=exact", true, true},
		{1000, "limit=2&count=none", false, false},
		{1000, "limit=10000", true, false},
		{1001, "limit=2", false, false},
		{1001, "limit=2&count=exact", true, true},
		{1001, "limit=2&count=estimate", true, true},
		{1001, "limit=2&f=csv&count=exact", true, true},
		{1001, "limit=10000", true, false},
		{1001, "limit=10000&status=closed&datetime=2022-05-01", true, false},
	} {
		large := &sized{View: store, size: tc.size}
		h := handler(atlas, large, quiet())
		target := "/api/collections/crossings/items?" + tc.query
		whole := strings.NewReplacer("limit=2", "", "limit=10000", "", "&f=csv", "").Replace(tc.query)
		want := fmt.Sprint(len(getFeatures(t, h, "/api/crossings.geojson?"+whole).Features))
		got := get(t, h, target).Header().Get("OGC-NumberMatched")
		if !strings.Contains(tc.query, "csv") {
			got = strings.Trim(fmt.Sprint(matched(t, h, target)), "<nil>")
		}
		if !tc.told {
			want = ""
		}
		if got != want || large.counts > 0 != tc.counts {
			t.Errorf("%d features, %s: %q matched, want %q; counted %d times", tc.size, tc.query, got, want, large.counts)
		}
	}
}

// Every page tells the same number, also the last.
func TestNumberMatchedOnPages(t *testing.T) {
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		first := "/api/collections/incidents/items?count=exact&limit=9&datetime=2021-07-01/2022-06-30&bbox=66,35,74,40"
		want := getFeatures(t, h, strings.Replace(first, "limit=9", "limit=10000", 1)).NumberReturned
		for target, pages := first, 0; target != ""; pages++ {
			page := getFeatures(t, h, target)
			if got := matched(t, h, target); got != float64(want) || want < 10 {
				t.Errorf("page %d: %v of %d matched", pages, got, want)
			}
			target = ""
			for _, l := range page.Links {
				if l.Rel == "next" {
					target = strings.TrimPrefix(l.Href, "https://oxus.test")
				}
			}
		}
	})
}
