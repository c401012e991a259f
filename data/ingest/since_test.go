package ingest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

// reopenings are a file of status that ends the stored phase of a crossing.
func reopenings() *table {
	return &table{
		fields: fields("collection", "owner", "status", "from_date", "summary", "sources"),
		rows:   [][]geo.Value{{"crossings", "tem", "closed", "2021-08", "Closed after the takeover.", "s1"}},
	}
}

// phase is the stored phase of the crossing with another summary.
func phase(t *testing.T, store geo.Store, c *geo.Collection, summary string) geo.Change {
	t.Helper()
	for _, p := range detail(t, store, c, "tem").History {
		if p.ID == "tem.2002-11-03.phase" {
			p.Summary = summary
			return geo.Change{Actor: "editor", Periods: []geo.Period{p}}
		}
	}
	t.Fatal("the phase is not there")
	return geo.Change{}
}

// A status period and a source that were changed under a staged import are never written
// over, as features are not.
func TestPeriodsAndSourcesChangeUnderAnImport(t *testing.T) {
	sources := &table{fields: fields("id", "publisher", "title"), rows: [][]geo.Value{{"s1", "p", "Better title"}}}
	for name, tc := range map[string]struct {
		layer            *table
		collection, want string
		edit             func(store geo.Store, c *geo.Collection) geo.Change
	}{
		"a period": {reopenings(), "status", "status/crossings/tem.2002-11-03.phase", func(store geo.Store, c *geo.Collection) geo.Change {
			return phase(t, store, c, "edited meanwhile")
		}},
		"a source": {sources, "sources", "sources/s1", func(geo.Store, *geo.Collection) geo.Change {
			return geo.Change{Actor: "editor", Sources: []geo.Source{{ID: "s1", Publisher: "p", Title: "edited meanwhile"}}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			store, c := sourced(t)
			s := service(t, store, tc.layer)
			im := begin(t, s, tc.collection, "")
			if err := store.Apply(t.Context(), tc.edit(store, c)); err != nil {
				t.Fatal(err)
			}
			before := content(t, store)
			_, err := s.Apply(t.Context(), im.ID, "zarina", true)
			if got := changedRows(err); !slices.Equal(got, []string{tc.want}) || content(t, store) != before {
				t.Fatalf("applied over %q, want %q: %v", got, tc.want, err)
			}
			if im = stage(t, s, im.ID, ""); im.State != geo.Staged {
				t.Fatal(im.State)
			}
			if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil || content(t, store) == before {
				t.Errorf("staged again: %v", err)
			}
		})
	}
}

// Of two imports of status that are staged together, the second is staged again first.
func TestTwoImportsOfOnePeriod(t *testing.T) {
	store, _ := sourced(t)
	one, two := reopenings(), reopenings()
	two.rows[0][3] = "2021-07"
	first, second := service(t, store, one), service(t, store, two)
	a, b := begin(t, first, "status", ""), begin(t, second, "status", "")
	if _, err := first.Apply(t.Context(), a.ID, "zarina", true); err != nil {
		t.Fatal(err)
	}
	before := content(t, store)
	if _, err := second.Apply(t.Context(), b.ID, "alisher", true); changedRows(err) == nil || content(t, store) != before {
		t.Errorf("%v", err)
	}
}

// changedRows are the rows that a conflict says were changed.
func changedRows(err error) (rows []string) {
	var conflict *geo.Error
	if errors.As(err, &conflict) && conflict.Kind == geo.Conflict {
		for _, f := range conflict.Faults {
			rows = append(rows, f.Place.Feature)
		}
	}
	return rows
}

// late is a store in which somebody else is quicker.
type late struct {
	*storetest.Plain
	first func()
}

func (s *late) Apply(ctx context.Context, ch geo.Change) error {
	if s.first != nil {
		first := s.first
		s.first = nil
		first()
	}
	return s.Plain.Apply(ctx, ch)
}

// What is changed after the rows were looked at is not taken back either.
func TestAPeriodChangesUnderARollback(t *testing.T) {
	plain, c := sourced(t)
	store := &late{Plain: plain}
	s := service(t, store, reopenings())
	im := begin(t, s, "status", "")
	if _, err := s.Apply(t.Context(), im.ID, "zarina", true); err != nil {
		t.Fatal(err)
	}
	edit(t, plain, c, "langar", "not a row of the import")
	var before string
	store.first = func() {
		if err := plain.Apply(t.Context(), phase(t, plain, c, "edited meanwhile")); err != nil {
			t.Error(err)
		}
		before = content(t, plain)
	}
	_, err := s.RollBack(t.Context(), im.ID, "zarina", false)
	if got := changedRows(err); !slices.Equal(got, []string{"status/crossings/tem.2002-11-03.phase"}) || content(t, plain) != before {
		t.Fatalf("taken back over %q: %v", got, err)
	}
	back, err := s.RollBack(t.Context(), im.ID, "zarina", true)
	if err != nil || report(t, back).Counts != (ingest.Counts{Changed: 1, LeftOut: 1}) {
		t.Errorf("the untouched: %v %+v", err, report(t, back).Counts)
	}
}
