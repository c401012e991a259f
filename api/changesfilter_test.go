package api_test

import (
	"net/url"
	"slices"
	"testing"

	"oxus/geo"
)

// ofChange is what tells one change from another.
type ofChange struct{ day, feature, kind, from, to string }

func changesOf(t *testing.T, list featureCollection) []ofChange {
	t.Helper()
	var found []ofChange
	for _, f := range list.Features {
		text := func(name string) string { value, _ := f.Properties[name].(string); return value }
		found = append(found, ofChange{text("date"), text("collection") + "/" + text("feature"), text("change"), text("status_from"), text("status_to")})
	}
	return found
}

// The changes that a filter leaves are those of the features that the same filter
// leaves among the items, in every stance; and those of a status are the ones that
// come from it or lead to it.
func TestNarrowedChanges(t *testing.T) {
	t.Parallel()
	window := url.Values{"from": {"2019-01-01"}, "to": {"2024-12-31"}, "limit": {"10000"}}
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			h := handler(geo.Border(), seeded(t, stance.open, geo.Border()), quiet())
			for _, c := range []struct{ collection, narrowed string }{
				{"crossings", "filter=" + url.QueryEscape("side_b_country = 'AF'")},
				{"crossings", "side_a_country=TJ"},
				{"crossings", "filter=" + url.QueryEscape("status IN ('closed','restricted') AND NOT (side_a_country = 'TJ')")},
				{"transmission-lines", "filter=" + url.QueryEscape("voltage_kv >= 200 AND voltage_kv < 300")},
				{"transmission-lines", "filter=" + url.QueryEscape("from_country IN ('TM') OR to_country IN ('TM')")},
				{"power-facilities", "filter=" + url.QueryEscape("country IS NULL") + "&kind=substation"},
				{"bazaars", "id=tem-bazaar"},
			} {
				asked := window.Encode() + "&collections=" + c.collection
				all := changesOf(t, getFeatures(t, h, "/api/changes?"+asked))
				var ids []string
				for _, f := range getFeatures(t, h, "/api/collections/"+c.collection+"/items?limit=10000&datetime=2019-01-01/2024-12-31&"+c.narrowed).Features {
					ids = append(ids, c.collection+"/"+f.ID)
				}
				want := slices.DeleteFunc(slices.Clone(all), func(ch ofChange) bool { return !slices.Contains(ids, ch.feature) })
				if got := changesOf(t, getFeatures(t, h, "/api/changes?"+asked+"&"+c.narrowed)); !slices.Equal(got, want) {
					t.Errorf("%s under %s: %d changes of %d, want %d", c.collection, c.narrowed, len(got), len(all), len(want))
				}
			}
			all := changesOf(t, getFeatures(t, h, "/api/changes?"+window.Encode()+"&collections=crossings,bazaars"))
			for _, statuses := range [][]string{{"closed"}, {"restricted", "suspended"}, {"unknown"}} {
				want := slices.DeleteFunc(slices.Clone(all), func(ch ofChange) bool {
					return !slices.Contains(statuses, ch.from) && !slices.Contains(statuses, ch.to)
				})
				query := window.Encode() + "&collections=crossings,bazaars&status=" + statuses[0]
				if len(statuses) > 1 {
					query += "," + statuses[1]
				}
				got := changesOf(t, getFeatures(t, h, "/api/changes?"+query))
				if !slices.Equal(got, want) || len(got) == 0 || len(got) == len(all) {
					t.Errorf("from or to %v are %d changes of %d, want %d", statuses, len(got), len(all), len(want))
				}
			}
		})
	}
}
