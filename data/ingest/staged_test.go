package ingest_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

// staged are rows of every kind, those of the storetest and some at the edges.
func staged(t testing.TB) []ingest.Entry {
	t.Helper()
	ch := storetest.Awkward()
	var list []ingest.Entry
	for i := range ch.Sources {
		list = append(list, ingest.Entry{Kind: geo.SourceRow, ID: ch.Sources[i].ID, After: geo.Row{Source: &ch.Sources[i]}})
	}
	for i := range ch.Features {
		f := &ch.Features[i].Feature
		e := ingest.Entry{Record: i, Collection: ch.Features[i].Collection.ID, Kind: geo.FeatureRow, ID: f.ID}
		was := *f
		was.Revision = math.MaxInt64
		switch i % 3 {
		case 0:
			e.After.Feature = f
		case 1:
			e.Before.Feature = &was
		default:
			e.Before.Feature, e.After.Feature = &was, f
		}
		list = append(list, e)
	}
	for i := range ch.Periods {
		p := &ch.Periods[i]
		list = append(list, ingest.Entry{Collection: p.Collection, Kind: geo.StatusRow, ID: p.ID, Before: geo.Row{Period: p}})
	}
	c, err := geo.Border().Collection("incidents")
	if err != nil {
		t.Fatal(err)
	}
	edge := geo.Feature{
		ID: "edge", Geometry: orb.Point{-180, 90}, Values: make([]geo.Value, len(c.Properties)),
		Lifetime: geo.Lifetime{To: geo.PartialDate{Date: -700000, Precision: geo.Month}},
	}
	edge.Values[c.PropertyIndex("fatalities_low")] = int64(math.MinInt64)
	edge.Values[c.PropertyIndex("position_accuracy_m")] = math.SmallestNonzeroFloat64
	edge.Values[c.PropertyIndex("actors")] = []string{"", "two"}
	edge.Values[c.PropertyIndex("title")] = strings.Repeat("ҷ", 1000)
	return append(list, ingest.Entry{Record: math.MaxInt32, Collection: "incidents", Kind: geo.FeatureRow, ID: "edge", After: geo.Row{Feature: &edge}})
}

// What is staged comes back as it was.
func TestStagedComesBack(t *testing.T) {
	t.Parallel()
	want := staged(t)
	part, err := ingest.EncodePart(want, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	got, err := ingest.DecodePart(part, geo.Border())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d of %d entries came back: %v", len(got), len(want), err)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("%s: got %+v %+v, want %+v %+v", want[i].ID, got[i].Before.Feature, got[i].After.Feature, want[i].Before.Feature, want[i].After.Feature)
		}
	}
}

// What is cut off or of an older version is told, wherever it ends.
func TestStagedThatIsBroken(t *testing.T) {
	t.Parallel()
	part, err := ingest.EncodePart(staged(t), geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for n := range part {
		if _, err := ingest.DecodePart(part[:n], geo.Border()); err == nil {
			whole++
		}
	}
	if want := len(staged(t)); whole != want { // before the first entry and after each but the last
		t.Errorf("a part that is cut off is read %d times, and ends between two entries %d times", whole, want)
	}
	for name, text := range map[string]string{
		"JSON":               `{"k":"feature","id":"a"}`,
		"a long number":      "f" + strings.Repeat("\xff", 12),
		"a list without end": "f\x00\x00\x09incidents\x01a\x00\x01\x00\xff\xff\xff\xff\x7f",
		"an unknown name":    "f\x00\x07\x01a\x00\x00",
		"no such collection": "f\x00\x00\x04none\x01a\x00\x00",
		"no such property":   "f\x00\x00\x09incidents\x01a\x00\x01\x00\x00\x01\x00\x04none\x74\x01x",
		"another type":       "f\x00\x00\x09incidents\x01a\x00\x01\x00\x00\x01\x00\x05title\x69\x02",
	} {
		if list, err := ingest.DecodePart([]byte(text), geo.Border()); err == nil {
			t.Errorf("%s is read as %+v", name, list)
		}
	}
}

func FuzzStaged(f *testing.F) {
	part, err := ingest.EncodePart(staged(f), geo.Border())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(part)
	f.Add([]byte("f\x00\x00\x09incidents\x01a\x00\x01\x00\x00\x01\x00\x05title\x74\x01x"))
	f.Fuzz(func(t *testing.T, part []byte) {
		list, err := ingest.DecodePart(part, geo.Border())
		if err != nil {
			return
		}
		again, err := ingest.EncodePart(list, geo.Border())
		if err != nil {
			return // JSON holds rows of kinds that are not staged so
		}
		back, err := ingest.DecodePart(again, geo.Border())
		if err != nil || len(back) != len(list) {
			t.Errorf("%d of %d entries came back: %v", len(back), len(list), err)
		}
	})
}
