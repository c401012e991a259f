package geo_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo"
)

func TestDifferences(t *testing.T) {
	c, it := crossing(t, "2001-05", "")
	before := *it.Feature
	before.Sources, before.Geometry = []string{"one"}, orb.Point{70, 38}
	before.Values[0] = "Tem"
	after := before
	after.Values = slices.Clone(before.Values)
	after.Values[0], after.Values[c.PropertyIndex("alt_names")] = "Tem–Demogan", []string{"Tem"}
	after.Geometry, after.Lifetime.From = orb.Point{70, 39}, partial(t, "2001-05-02")
	open := period(t, geo.Phase, "open", "2010-01-01", "", geo.Ongoing)
	shut := open
	shut.Basis, shut.To, shut.Cause = geo.Ended, partial(t, "2012"), "flood"
	source := geo.Source{ID: "s", Publisher: "P", Title: "T"}
	for _, tc := range []struct {
		name          string
		before, after geo.Row
		want          string
	}{
		{"nothing", geo.Row{Feature: &before}, geo.Row{Feature: &before}, "[]"},
		{
			"a feature changed",
			geo.Row{Feature: &before},
			geo.Row{Feature: &after},
			"[{geometry [70 38] [70 39]} {name_en Tem Tem–Demogan} {alt_names <nil> [Tem]} {valid_from 2001-05-01 2001-05-02} {valid_from_precision month day}]",
		},
		{
			"a feature added",
			geo.Row{},
			geo.Row{Feature: &before},
			"[{geometry <nil> [70 38]} {name_en <nil> Tem} {valid_from <nil> 2001-05-01} {valid_from_precision <nil> month} {sources <nil> [one]}]",
		},
		{
			"a period ended",
			geo.Row{Period: &open},
			geo.Row{Period: &shut},
			"[{to <nil> 2012-01-01} {to_precision <nil> year} {end_basis ongoing ended} {cause <nil> flood}]",
		},
		{"a source removed", geo.Row{Source: &source}, geo.Row{}, "[{publisher P <nil>} {title T <nil>}]"},
	} {
		r := geo.Revision{Before: tc.before, After: tc.after}
		if got := fmt.Sprint(r.Differences(c)); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}
