package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"oxus/geo"
)

// How many statuses are how old is what follows from the features and from their
// sources one by one.
func TestStatusesAreCountedByTheirAge(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		ages := map[string]bool{}
		for _, question := range []string{
			"crossings?datetime=2024-06-01", "crossings?datetime=2026-11-01&status=closed", "power-facilities?datetime=2026-11-01", "transmission-lines?datetime=2019-12-31",
			"bazaars?datetime=2026-11-01&bbox=68,36,71,39", "casa-1000?datetime=2026-11-01",
		} {
			id, filter, _ := strings.Cut(question, "?")
			on, want := dayNamed(t, filter[len("datetime="):][:len("2024-06-01")]), map[string]int{}
			features := getFeatures(t, h, "/api/"+id+".geojson?"+filter).Features
			for _, f := range features {
				age := ageOf(t, h, f.Properties, on)
				want[age]++
				ages[age] = true
			}
			var stats struct {
				Groups []struct {
					Value *int
					Count int
				}
				Total int
			}
			if err := json.Unmarshal(get(t, h, "/api/stats/"+id+"?by=status_age&"+filter).Body.Bytes(), &stats); err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, g := range stats.Groups {
				got[sayAge(g.Value)] = g.Count
			}
			if !maps.Equal(got, want) || stats.Total != len(features) {
				t.Errorf("%s: %v of %d, want %v of %d", question, got, stats.Total, want, len(features))
			}
		}
		if len(ages) < 4 {
			t.Errorf("the data has the ages %v alone; the comparison shows little", slices.Collect(maps.Keys(ages)))
		}
	})
}

// With another property each group has both values, and ages stand apart in it.
func TestAgesAreCountedBesideOthers(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		var stats struct {
			Groups []struct {
				Value []any
				Count int
			}
		}
		if err := json.Unmarshal(get(t, h, "/api/stats/crossings?by=status,status_age&datetime=2026-11-01").Body.Bytes(), &stats); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, g := range stats.Groups {
			if key := fmt.Sprint(g.Value); seen[key] || len(g.Value) != 2 {
				t.Errorf("the group %s stands there twice, or has not two values", key)
			} else {
				seen[key] = true
			}
			if g.Value[0] == geo.UnknownStatus && g.Value[1] != nil {
				t.Errorf("what is not documented is %v years old", g.Value[1])
			}
		}
		if len(seen) < 3 {
			t.Errorf("there are %d groups; they show nothing", len(seen))
		}
		if w := get(t, h, "/api/stats/incidents?by=status_age"); w.Code != http.StatusBadRequest {
			t.Errorf("incidents have no status, but an age of it: %d", w.Code)
		}
	})
}

// ageOf is the age of a feature's status on a day, from its properties and from
// what is told about its sources.
func ageOf(t *testing.T, h http.Handler, properties map[string]any, on geo.Date) string {
	t.Helper()
	var ids []string
	list, _ := properties["status_sources"].([]any)
	for _, id := range list {
		ids = append(ids, id.(string))
	}
	published := map[string]geo.PartialDate{}
	if len(ids) > 0 {
		var doc struct {
			Sources []struct{ ID, Published string }
		}
		if err := json.Unmarshal(get(t, h, "/api/sources?ids="+url.QueryEscape(strings.Join(ids, ","))).Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		for _, s := range doc.Sources {
			if s.Published == "" {
				continue
			}
			day, err := geo.ParsePartialDate(s.Published)
			if err != nil {
				t.Fatal(err)
			}
			published[s.ID] = day
		}
	}
	basis, _ := properties["status_basis"].(string)
	p := geo.Period{Basis: geo.EndBasis(basis), Sources: ids}
	if since, ok := properties["status_since"].(string); ok {
		first := dayNamed(t, since)
		precision, err := geo.ParsePrecision(properties["status_since_precision"].(string))
		if err != nil {
			t.Fatal(err)
		}
		p.From = geo.PartialDate{Date: first, Precision: precision}
	}
	confirmed := p.Confirmed(func(id string) geo.PartialDate { return published[id] })
	if !confirmed.Known() {
		return sayAge(nil)
	}
	years := geo.FullYears(confirmed.Last(), on)
	return sayAge(&years)
}

func dayNamed(t *testing.T, text string) geo.Date {
	t.Helper()
	day, err := geo.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

func sayAge(years *int) string {
	if years == nil {
		return "does not age"
	}
	return fmt.Sprint(*years)
}
