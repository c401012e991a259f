package main

import (
	"errors"
	"strings"
	"testing"

	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

// An import whose rows cite it is taken back but for those that were edited since; the
// source stays while they cite it, and what else cites it is told.
func TestEditedRowsKeepTheirSource(t *testing.T) {
	for name, open := range stances {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			atlas, store := geo.Border(), open(t)
			s := &ingest.Service{Atlas: atlas, Store: store, Open: openFile, Dir: t.TempDir(), MaxBytes: 1 << 20}
			c, err := atlas.Collection("bazaars")
			if err != nil {
				t.Fatal(err)
			}
			im := applied(t, s, "id,lon,lat,name_en,summary\nfirst,70.5,38.1,First,x\nsecond,70.6,38.1,Second,x\n")
			put := func(f geo.Feature, expect int64) {
				t.Helper()
				if err := store.Apply(t.Context(), geo.Change{Actor: "editor", Features: []geo.Put{{Collection: c, Feature: f, Expect: expect}}}); err != nil {
					t.Fatal(err)
				}
			}
			own := "import-" + im.ID
			other := storetest.Feature(c, "other")
			other.Sources = []string{own}
			put(other, 0)
			_, err = s.RollBack(t.Context(), im.ID, "zarina", false)
			var conflict *geo.Error
			if !errors.As(err, &conflict) || conflict.Kind != geo.Conflict || len(conflict.Faults) != 1 ||
				conflict.Faults[0].String() != `feature bazaars/other, field sources: there is no source "`+own+`" (unknown-source)` {
				t.Errorf("with a feature that cites it: %v", err)
			}

			d, err := store.Detail(t.Context(), c, "first", 0)
			if err != nil {
				t.Fatal(err)
			}
			edited := *d.Feature
			edited.Geometry = nil
			put(edited, edited.Revision)
			if _, err := s.RollBack(t.Context(), im.ID, "zarina", true); err != nil {
				t.Fatal(err)
			}
			for id, stays := range map[string]bool{"first": true, "second": false, "other": true} {
				if d, err := store.Detail(t.Context(), c, id, 0); (err == nil) != stays || stays && d.Sources[0].ID != own {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
}

// applied imports a table of bazaars.
func applied(t *testing.T, s *ingest.Service, text string) geo.Import {
	t.Helper()
	u := geo.Upload{Collection: "bazaars", Options: []byte(`{"crs":"EPSG:4326"}`), Actor: "zarina"}
	im, err := importTable(t.Context(), s, &u, strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v %s", err, im.Report)
	}
	return im
}
