package api

import (
	"testing"

	"oxus/data/seed"
	"oxus/geo"
)

// A feature that was kept encoded reads as one that is written from its values, on
// every day, its status included.
func TestEncodedFeatures(t *testing.T) {
	atlas := geo.Border()
	ds, err := seed.Read(seed.Files(), atlas)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range atlas.Collections {
		k, encode := newCollection(c), EncodeFeatures(c)
		for i := range ds.Features[c.ID] {
			it := geo.Item{Feature: &ds.Features[c.ID][i]}
			if c.HasStatus() {
				it.Standing = geo.StandingOn(geo.NewDate(2022, 5, 1), ownPeriods(ds, c, it.ID))
			}
			want := string(append(appendFeature(nil, &it, k.columns), '}'))
			it.Encoded = geo.Encoded{By: encode, Parts: encode.Encode(nil, it.Feature)}
			it.Feature = &geo.Feature{ID: it.ID}
			if got := string(appendGeoJSON(nil, &it, &itemsRequest{standing: k.standing})); got != want {
				t.Fatalf("%s\nwant %s", got, want)
			}
		}
	}
}

func ownPeriods(ds *geo.Dataset, c *geo.Collection, owner string) (own []geo.Period) {
	for _, p := range ds.Periods {
		if p.Collection == c.ID && p.Owner == owner {
			own = append(own, p)
		}
	}
	return own
}
