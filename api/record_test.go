package api_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// corrections change the curated data in three steps: a crossing is moved by
// about a kilometre, a bazaar's status is corrected, an incident is deleted.
func corrections(t *testing.T, store geo.Store, atlas *geo.Atlas) {
	t.Helper()
	ctx, today := context.Background(), geo.DateOf(noon())
	detail := func(collection, id string) (*geo.Collection, *geo.Detail) {
		c, err := atlas.Collection(collection)
		if err != nil {
			t.Fatal(err)
		}
		d, err := store.Detail(ctx, c, id, today)
		if err != nil {
			t.Fatal(err)
		}
		return c, d
	}
	apply := func(note string, ch geo.Change) {
		ch.Actor, ch.Note = "zarina", note
		if err := store.Apply(ctx, ch); err != nil {
			t.Fatal(err)
		}
	}
	crossings, tem := detail("crossings", "tem-demogan")
	moved := *tem.Feature
	moved.Geometry = orb.Point{71.50389, 37.53706}
	moved.Values = slices.Clone(moved.Values)
	moved.Values[crossings.PropertyIndex("market_days")] = "Saturday"
	apply("survey", geo.Change{Features: []geo.Put{{Collection: crossings, Feature: moved, Expect: tem.Revision}}})
	_, bazaar := detail("bazaars", "tem-bazaar")
	last := bazaar.History[len(bazaar.History)-1]
	last.Status, last.Cause = "restricted", "other"
	apply("correction", geo.Change{Periods: []geo.Period{last}})
	source := tem.Sources[0]
	source.Title = "Its title as corrected in this test"
	apply("title", geo.Change{Sources: []geo.Source{source}})
	_, incident := detail("incidents", "termez-rockets-2022-04-18")
	apply("withdrawn", geo.Change{Removals: []geo.Removal{{Kind: geo.FeatureRow, Collection: "incidents", ID: incident.ID, Expect: incident.Revision}}})
}

func decode(t *testing.T, h http.Handler, target string, into any) {
	t.Helper()
	w := get(t, h, target)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// What was answered at a moment is answered again after corrections, byte by
// byte, and the record tells of them.
func TestRecord(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			atlas := geo.Border()
			store := seeded(t, stance.open, atlas)
			h := handler(atlas, store, quiet())
			st, err := store.State(context.Background(), time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			at := "as-recorded=" + url.QueryEscape(st.Moment.Format(time.RFC3339Nano))
			targets := []string{
				"/api/collections/crossings/items?" + at, "/api/crossings.geojson?" + at, "/api/bazaars.csv?" + at,
				"/api/collections/crossings/items/tem-demogan?" + at, "/api/collections/bazaars/items/tem-bazaar/timeline?" + at,
				"/api/collections/incidents/items/termez-rockets-2022-04-18?" + at, "/api/stats/incidents?by=month&" + at,
				"/api/stats/status?collection=bazaars&" + at, "/api/sources?ids=akdn-2002,bbcm-2002-03-15&" + at, "/api/changes?collections=bazaars,incidents&" + at,
				"/api/collections/status-periods/items?collection=bazaars&" + at, "/api/tiles/WebMercatorQuad/5/12/22?" + at,
				"/api/collections/bazaars/items?near=crossings/tem-demogan&within=100&" + at,
			}
			before := map[string]string{}
			for _, target := range targets {
				w := get(t, h, target)
				if w.Code != http.StatusOK || w.Body.Len() == 0 {
					t.Fatalf("%s: %d %s", target, w.Code, w.Body)
				}
				before[target] = w.Header().Get("ETag") + w.Body.String()
			}
			reference := cited(t, h, "/api/cite?collection=incidents&datetime=2022-04-18")
			corrections(t, store, atlas)
			for target, want := range before {
				w := get(t, h, target)
				if got := w.Header().Get("ETag") + w.Body.String(); got != want {
					t.Errorf("%s: %d, not as it was:\n%s", target, w.Code, firstDifference([]byte(got), []byte(want)))
				}
				present := strings.NewReplacer("&"+at, "", at, "").Replace(target)
				if got := get(t, h, present).Body.String(); strings.Contains(want, got) && got != "" {
					t.Errorf("%s: the present is as it was", present)
				}
			}
			testCitation(t, h, reference)
			testRecordChanges(t, h)
			testRevisionPages(t, h)
		})
	}
}

// citation is an answer of /api/cite.
type citation struct {
	URL, Checksum, Reference string
	NumberMatched            int
	Cited                    struct {
		Checksum, Now string
		Withdrawn     []struct{ Feature, Recorded, Actor, Note string }
		Changed       []struct{ Feature string }
		Added         []struct{ Feature string }
	}
}

func cited(t *testing.T, h http.Handler, target string) citation {
	t.Helper()
	var c citation
	decode(t, h, target, &c)
	return c
}

func testCitation(t *testing.T, h http.Handler, reference citation) {
	t.Helper()
	target := strings.TrimPrefix(reference.URL, "https://oxus.test")
	if got := len(getFeatures(t, h, target).Features); got != reference.NumberMatched || got != 4 || !strings.Contains(reference.Reference, reference.URL) {
		t.Errorf("%s answers %d features, want %d", target, got, reference.NumberMatched)
	}
	_, query, _ := strings.Cut(target, "?")
	again := cited(t, h, "/api/cite?collection=incidents&checksum="+reference.Checksum+"&"+query)
	gone := again.Cited.Withdrawn
	if again.URL != reference.URL || again.Checksum != reference.Checksum || again.Cited.Checksum != "same" || again.Cited.Now != "changed" ||
		len(gone) != 1 || gone[0].Feature != "termez-rockets-2022-04-18" || gone[0].Actor != "zarina" || gone[0].Note != "withdrawn" || gone[0].Recorded == "" {
		t.Errorf("asked again: %+v", again)
	}
	other := cited(t, h, "/api/cite?collection=bazaars&checksum="+reference.Checksum+"&"+query)
	if other.Cited.Checksum != "of another answer" {
		t.Errorf("the checksum of incidents is that of bazaars: %+v", other)
	}
	same := cited(t, h, "/api/cite?collection=transmission-lines")
	_, query, _ = strings.Cut(same.URL, "?")
	if again := cited(t, h, "/api/cite?collection=transmission-lines&checksum="+same.Checksum+"&"+query); again.Cited.Now != "same" || again.Cited.Checksum != "same" {
		t.Errorf("nothing has changed: %+v", again)
	}
}

// testRecordChanges reads the corrections from the record, in pages, in a box and
// as a feed.
func testRecordChanges(t *testing.T, h http.Handler) {
	t.Helper()
	type change struct {
		ID         string
		Properties struct {
			Collection, Feature, Change, Actor, Note string
			From                                     string  `json:"status_from"`
			To                                       string  `json:"status_to"`
			Moved                                    float64 `json:"moved_m"`
			Changed                                  []string
			Direct                                   bool
		}
	}
	var all []change
	target := "/api/changes?clock=record&limit=400"
	for target != "" {
		var page struct {
			Features []change
			Links    []struct{ Rel, Href string }
		}
		decode(t, h, target, &page)
		all = append(all, page.Features...)
		target = ""
		for _, l := range page.Links {
			if l.Rel == "next" {
				target = strings.TrimPrefix(l.Href, "https://oxus.test")
			}
		}
	}
	if len(all) != 257+235+3 {
		t.Fatalf("%d changes are recorded", len(all))
	}
	last := all[len(all)-3:]
	tem, bazaar, incident := last[0].Properties, last[1].Properties, last[2].Properties
	if tem.Change != "moved" || tem.Feature != "tem-demogan" || tem.Moved < 998 || tem.Moved > 1000 || !slices.Equal(tem.Changed, []string{"geometry", "market_days"}) || tem.Actor != "zarina" || tem.Note != "survey" || tem.Direct {
		t.Errorf("the move is told as %+v", tem)
	}
	if bazaar.Change != "status" || bazaar.Feature != "tem-bazaar" || bazaar.From != "open" || bazaar.To != "restricted" {
		t.Errorf("the correction is told as %+v", bazaar)
	}
	if incident.Change != "disappeared" || incident.Feature != "termez-rockets-2022-04-18" {
		t.Errorf("the deletion is told as %+v", incident)
	}
	// Where it was and where it is now both count.
	for _, box := range []string{"71.5,37.527,71.51,37.529", "71.5,37.536,71.51,37.538"} {
		if got := getFeatures(t, h, "/api/changes?clock=record&collections=crossings&limit=10000&bbox="+box).Features; len(got) == 0 {
			t.Errorf("the move is not told of in %s", box)
		}
	}
	var feed struct {
		Entry []struct {
			Title  string `xml:"title"`
			Author struct {
				Name string `xml:"name"`
			} `xml:"author"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(get(t, h, "/api/changes?clock=record&f=atom&limit=2&collections=crossings,incidents").Body.Bytes(), &feed); err != nil || len(feed.Entry) != 2 {
		t.Fatalf("the feed has %d entries, %v", len(feed.Entry), err)
	}
	if first := feed.Entry[0]; !strings.HasSuffix(first.Title, ": disappeared") || first.Author.Name != "zarina" || !strings.Contains(feed.Entry[1].Title, "moved") {
		t.Errorf("the feed begins with %+v", feed.Entry)
	}
}

// testRevisionPages reads the history of a bazaar one by one and whole.
func testRevisionPages(t *testing.T, h http.Handler) {
	t.Helper()
	type history struct {
		Revisions []struct {
			Number                           int64
			Recorded, Actor, Row, ID, Action string
			Changed                          map[string]struct{ Before, After any }
		}
		Links []struct{ Rel, Href string }
	}
	var whole history
	decode(t, h, "/api/collections/bazaars/items/tem-bazaar/revisions", &whole)
	n := 0
	for target := "/api/collections/bazaars/items/tem-bazaar/revisions?limit=1"; target != ""; {
		var page history
		decode(t, h, target, &page)
		if len(page.Revisions) != 1 || n >= len(whole.Revisions) || page.Revisions[0].Number != whole.Revisions[n].Number {
			t.Fatalf("page %d is %+v", n, page)
		}
		n++
		target = ""
		for _, l := range page.Links {
			if l.Rel == "next" {
				target = strings.TrimPrefix(l.Href, "https://oxus.test")
			}
		}
	}
	last := whole.Revisions[len(whole.Revisions)-1]
	if n != len(whole.Revisions) || last.Row != "status" || last.Action != "update" || last.Actor != "zarina" || len(last.Changed) != 2 ||
		last.Changed["status"].Before != "open" || last.Changed["status"].After != "restricted" {
		t.Errorf("%d of %d revisions, the last %+v", n, len(whole.Revisions), last)
	}
	var gone history
	decode(t, h, "/api/collections/incidents/items/termez-rockets-2022-04-18/revisions", &gone)
	if len(gone.Revisions) != 2 || gone.Revisions[1].Action != "delete" || gone.Revisions[1].Changed["title"].After != nil {
		t.Errorf("what was deleted has %+v", gone.Revisions)
	}
}
