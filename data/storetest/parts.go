package storetest

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// thousand are three times a thousand features with what they rest on, as parts.
func thousand() []geo.Change {
	var parts []geo.Change
	for part := range 3 {
		w := &world{atlas: geo.Border()}
		source := "s" + strconv.Itoa(part)
		w.ch.Sources = []geo.Source{{ID: source, Publisher: "P", Title: "T"}}
		for n := range 1000 {
			id := fmt.Sprintf("c%d-%d", part, n)
			p := props{}
			if part > 0 {
				p["parent"] = fmt.Sprintf("c%d-%d", part-1, n) // of the part before
			}
			w.put("crossings", id, orb.Point{float64(n) / 10, float64(part)}, life("2001", ""), p)
			w.ch.Features[n].Feature.Sources = slices.Compact([]string{source, "s0"})
		}
		w.period("crossings", fmt.Sprintf("c%d-1", part), "p"+strconv.Itoa(part), geo.Phase, "open", "2020-01-01", "", geo.Ongoing)
		w.period("crossings", "c0-2", "q"+strconv.Itoa(part), geo.Disruption, "closed", "2020-01-01", "", geo.UnknownEnd)
		for i := range w.ch.Periods {
			w.ch.Periods[i].Sources = []string{source}
		}
		parts = append(parts, w.ch)
	}
	return parts
}

// testParts makes one change in parts and the same at once, which tell the same.
func testParts(t *testing.T, inParts, atOnce geo.Store) {
	parts := thousand()
	whole := geo.Change{Actor: "storetest", Note: "whole"}
	for _, p := range parts {
		whole.Sources, whole.Features = append(whole.Sources, p.Sources...), append(whole.Features, p.Features...)
		whole.Periods = append(whole.Periods, p.Periods...)
	}
	apply(t, atOnce, whole)
	im := stagedImport(t, inParts, "parts")
	expectKind(t, "stage", inParts.Stage(context.Background(), im.ID, sequence(nil, []byte("1"), []byte("2"))), 0)
	im.State = geo.Applied
	// The first part is the change itself; the sequence reads what is staged.
	ch := parts[0]
	ch.Actor, ch.Note, ch.Imports = "storetest", "parts", []geo.Import{im}
	reads := 0
	ch.Parts = func(yield func(geo.Change, error) bool) {
		for number, err := range inParts.Staged(context.Background(), im.ID, 0) {
			part := geo.Change{}
			if err == nil {
				part = parts[int(number[0]-'0')]
			}
			part.Actor = "nobody" // only the lists of a part count
			if reads++; !yield(part, err) {
				return
			}
		}
	}
	apply(t, inParts, ch)
	if got, want := told(t, inParts), told(t, atOnce); got != want || reads != 2 {
		t.Errorf("a change in parts, read %d times, tells other things than the same at once:\n%.2000s\n%.2000s", reads, got, want)
	}
	all := recorded(t, inParts, geo.RevisionQuery{})
	if len(all) != 3+3000+6 {
		t.Errorf("%d revisions", len(all))
	}
	for _, r := range all {
		if !r.Recorded.Equal(all[0].Recorded) || r.Actor != "storetest" || r.Note != "parts" {
			t.Fatalf("%s is recorded at %s by %s, the first at %s", r.ID, r.Recorded, r.Actor, all[0].Recorded)
		}
	}
	im.Serial, im.Moment = im.Serial+1, all[0].Recorded
	found(t, inParts, im)
}

// testBrokenParts makes changes that end half way.
func testBrokenParts(t *testing.T, s geo.Store) {
	im := stagedImport(t, s, "broken")
	applied := im
	applied.State = geo.Applied
	parts := thousand()
	bad := &world{atlas: geo.Border()}
	bad.put("crossings", "bad", nil, geo.Lifetime{}, props{"mode": []string{"boat"}})
	stale := &world{atlas: geo.Border()}
	stale.put("crossings", "a1", nil, geo.Lifetime{}, nil)
	stale.ch.Features[0].Expect = 7
	before, tells, last := versions(t, s), told(t, s), newest(t, s).Number
	for name, tt := range map[string]struct {
		parts iter.Seq2[geo.Change, error]
		as    error
		kind  geo.Kind
	}{
		"the sequence breaks off":   {sequence(errBroken, parts[:2]...), errBroken, 0},
		"with an end of a context":  {sequence(context.DeadlineExceeded, parts[0]), context.DeadlineExceeded, 0},
		"a part that breaks a rule": {sequence(nil, parts[0], bad.ch), nil, geo.Invalid},
		"a part that is too late":   {sequence(nil, parts[0], stale.ch), nil, geo.Conflict},
	} {
		ch := geo.Change{Actor: "storetest", Sources: []geo.Source{{ID: "first", Publisher: "P", Title: "T"}}, Parts: tt.parts, Imports: []geo.Import{applied}}
		err := s.Apply(context.Background(), ch)
		if tt.as != nil && err != tt.as || tt.as == nil && geo.KindOf(err) != tt.kind {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(versions(t, s), before) || told(t, s) != tells || newest(t, s).Number != last {
			t.Errorf("%s: something is left of it", name)
		}
		found(t, s, im)
	}
}

// testPartsTwice writes a row in two parts, which is refused as it is within one.
func testPartsTwice(t *testing.T, s geo.Store) {
	before := versions(t, s)
	part := func(do func(w *world)) geo.Change {
		w := &world{atlas: geo.Border()}
		do(w)
		return w.ch
	}
	put := func(id, name string, expect int64) geo.Change {
		return part(func(w *world) {
			w.put("crossings", id, nil, geo.Lifetime{}, props{"name_en": name})
			w.ch.Features[0].Expect = expect
		})
	}
	source := func(title string) geo.Change {
		return geo.Change{Sources: []geo.Source{{ID: "new", Publisher: "P", Title: title}}}
	}
	period := func(cause string) geo.Change {
		return part(func(w *world) {
			w.period("crossings", "a1", "new", geo.Disruption, "closed", "2020-01-01", "", geo.UnknownEnd)
			w.ch.Periods[0].Cause = cause
		})
	}
	for name, parts := range map[string][]geo.Change{
		"a feature changed":           {put("a1", "x", 1), put("a1", "y", 2)},
		"a feature added and changed": {put("new", "x", 0), put("new", "y", 1)},
		"a feature removed and added": {{Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "a1", 1)}}, put("a1", "x", 0)},
		"a feature added and removed": {put("new", "x", 0), {Removals: []geo.Removal{remove(geo.FeatureRow, "crossings", "new", 1)}}},
		"a source":                    {source("one"), source("two")},
		"a period":                    {period("one"), period("two")},
	} {
		err := s.Apply(context.Background(), geo.Change{Actor: "storetest", Parts: sequence(nil, parts...)})
		if geo.KindOf(err) != geo.Invalid && geo.KindOf(err) != geo.Conflict {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(versions(t, s), before) {
			t.Errorf("%s: something is left of it", name)
		}
	}
}
