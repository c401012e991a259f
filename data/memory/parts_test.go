package memory_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"oxus/data/storetest"
	"oxus/geo"
)

// crossing is an invented crossing to add that cites a source.
func crossing(t *testing.T, id, source string) geo.Put {
	t.Helper()
	c, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	f := geo.Feature{ID: id, Values: make([]geo.Value, len(c.Properties)), Sources: []string{source}}
	f.Values[c.PropertyIndex("name_en")], f.Values[c.PropertyIndex("summary")] = "Invented "+id, "Invented."
	return geo.Put{Collection: c, Feature: f}
}

func sequence(parts ...geo.Change) iter.Seq2[geo.Change, error] {
	return func(yield func(geo.Change, error) bool) {
		for _, p := range parts {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// trusting is a keeper that leaves it to the engine to check parts, and keeps none.
type trusting struct{ *storetest.Plain }

func (k trusting) Apply(ctx context.Context, ch geo.Change) error {
	if ch.Parts == nil {
		return k.Plain.Apply(ctx, ch)
	}
	for _, err := range ch.Parts {
		if err != nil {
			return err
		}
	}
	return nil
}

// Parts are checked with those before them, and the whole at the end; all faults are told.
func TestPartsAreChecked(t *testing.T) {
	adds := func(puts ...geo.Put) geo.Change { return geo.Change{Features: puts} }
	parent := func(p geo.Put, id string) geo.Put {
		p.Feature.Values[p.Collection.PropertyIndex("parent")] = id
		return p
	}
	dropped := geo.Change{Removals: []geo.Removal{{Kind: geo.SourceRow, ID: "lone"}}}
	period := geo.Change{Periods: []geo.Period{{
		ID: "p", Collection: "crossings", Scope: geo.OfFeature, Owner: "new", Kind: geo.Phase, Status: "open", From: date(t, "2020"), Basis: geo.Ongoing, Sources: []string{"lone"},
	}}}
	for name, tt := range map[string]struct {
		parts []geo.Change
		rules []geo.Rule
	}{
		"a source that an earlier part brings":     {[]geo.Change{{Sources: []geo.Source{{ID: "s9", Publisher: "P", Title: "T"}}}, adds(crossing(t, "new", "s9"))}, nil},
		"a feature of an earlier part":             {[]geo.Change{adds(crossing(t, "new", "lone")), adds(parent(crossing(t, "new2", "lone"), "new"))}, nil},
		"a period of an added feature":             {[]geo.Change{adds(crossing(t, "new", "lone")), period}, nil},
		"a period of no feature":                   {[]geo.Change{adds(crossing(t, "new2", "lone")), period}, []geo.Rule{geo.RuleFeature}},
		"faults of two parts":                      {[]geo.Change{adds(crossing(t, "new", "none")), adds(parent(crossing(t, "new2", "lone"), "none"))}, []geo.Rule{geo.RuleSource, geo.RuleFeature}},
		"a source that a later part removes":       {[]geo.Change{adds(crossing(t, "new", "lone")), dropped}, []geo.Rule{geo.RuleSource}},
		"an id that two parts add":                 {[]geo.Change{adds(crossing(t, "new", "lone")), adds(crossing(t, "new", "lone"))}, []geo.Rule{geo.RuleDuplicateID}},
		"a removal and a fault of another feature": {[]geo.Change{dropped, adds(crossing(t, "new", "none"))}, []geo.Rule{geo.RuleSource}},
	} {
		s := over(t, trusting{storetest.NewPlain(geo.Border())})
		if err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{{ID: "lone", Publisher: "P", Title: "T"}}}); err != nil {
			t.Fatal(err)
		}
		err := s.Apply(context.Background(), geo.Change{Actor: "tester", Parts: sequence(tt.parts...)})
		var refused *geo.Error
		if errors.As(err, &refused) != (tt.rules != nil) || tt.rules == nil && err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var rules []geo.Rule
		if refused != nil {
			for _, f := range refused.Faults {
				rules = append(rules, f.Rule)
			}
		}
		if fmt.Sprint(rules) != fmt.Sprint(tt.rules) {
			t.Errorf("%s: the rules %v are broken, expected %v", name, rules, tt.rules)
		}
	}
}

func date(t *testing.T, text string) geo.PartialDate {
	t.Helper()
	d, err := geo.ParsePartialDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A store that waits to load does so when it is read, and says what goes wrong then.
func TestWaitToLoad(t *testing.T) {
	ctx := context.Background()
	keeper := &shared{Plain: storetest.NewPlain(geo.Border())}
	s := over(t, keeper)
	s.WaitToLoad()
	add := func(id string) {
		t.Helper()
		ch := geo.Change{Sources: []geo.Source{{ID: id, Publisher: "P", Title: "T"}}, Features: []geo.Put{crossing(t, "c-"+id, id)}}
		if err := s.Apply(ctx, ch); err != nil {
			t.Fatal(err)
		}
	}
	add("a")
	if len(s.Dataset().Sources) != 0 {
		t.Error("the change is loaded before anybody reads")
	}
	keeper.failing.Store(2)
	query := geo.Query{Collection: crossing(t, "", "").Collection}
	if _, err := s.Count(ctx, query); err == nil {
		t.Error("a loading that fails is not told")
	}
	if _, err := s.For("").Count(ctx, query); err == nil {
		t.Error("a loading that fails is not told to who sees less")
	}
	readers := map[string]interface {
		Count(context.Context, geo.Query) (int, error)
	}{"whole": s, "seen": s.For("")}
	for name, reader := range readers {
		if n, err := reader.Count(ctx, query); n != 1 || err != nil {
			t.Errorf("%s: %d crossings, %v", name, n, err)
		}
	}
	add("b") // joins what was loaded
	add("c") // and what was not
	if state, err := s.Latest(ctx); err != nil || state.Last != 6 {
		t.Errorf("the last state is %v, %v", state, err)
	}
	if n, err := s.Count(ctx, query); n != 3 || err != nil {
		t.Errorf("%d crossings, %v", n, err)
	}
}
