package storetest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// RowsVariable is the variable that says how many rows a test or benchmark of many has.
const RowsVariable = "OXUS_BENCH_ROWS"

// RowCount reads how many rows a test or benchmark is to have, few without the variable.
func RowCount(t testing.TB, getenv func(string) string, few int) int {
	t.Helper()
	text := getenv(RowsVariable)
	if text == "" {
		return few
	}
	rows, err := strconv.Atoi(text)
	if err != nil || rows < 1 {
		t.Fatalf("%s=%s is not a number of rows", RowsVariable, text)
	}
	return rows
}

// Crowd is a plain store that hands out many invented incidents beside what it holds,
// made as they are read: for what is measured with more rows than can be held twice.
type Crowd struct {
	*Plain
	rows int
}

// NewCrowd returns a store of so many incidents, in clusters as towns have them.
func NewCrowd(rows int) *Crowd { return &Crowd{NewPlain(geo.Border()), rows} }

// ReadState implements geo.Base.
func (s *Crowd) ReadState(ctx context.Context, lasts bool, do func(context.Context, geo.StateReader) error) error {
	return s.Plain.ReadState(ctx, lasts, func(ctx context.Context, r geo.StateReader) error {
		return do(ctx, crowdReader{r, s.rows})
	})
}

type crowdReader struct {
	geo.StateReader
	rows int
}

// Sources implements geo.StateReader.
func (crowdReader) Sources(context.Context) ([]geo.Source, error) {
	return []geo.Source{{ID: "made-for-measuring", Publisher: "Nobody", Title: "Invented"}}, nil
}

// Features implements geo.StateReader.
func (r crowdReader) Features(ctx context.Context, c *geo.Collection, ids []string) iter.Seq2[*geo.Feature, error] {
	if c.ID != "incidents" {
		return r.StateReader.Features(ctx, c, ids)
	}
	return func(yield func(*geo.Feature, error) bool) {
		places := crowdPlaces(r.rows)
		for n, p := range places {
			f := Invented(c, n, p.Geometry)
			if ids != nil && !slices.Contains(ids, f.ID) {
				continue
			}
			if !yield(f, nil) {
				return
			}
		}
		for f, err := range r.StateReader.Features(ctx, c, ids) {
			if !yield(f, err) {
				return
			}
		}
	}
}

// crowdPlaces are positions in the default order.
func crowdPlaces(rows int) []geo.Item {
	rng := rand.New(rand.NewPCG(1, 2))
	towns := make([]orb.Point, 200)
	for i := range towns {
		towns[i] = orb.Point{66 + 8*rng.Float64(), 36 + 4*rng.Float64()}
	}
	places := make([]geo.Item, rows)
	for i := range places {
		town := towns[rng.IntN(len(towns))]
		p := orb.Point{town[0] + 0.2*rng.NormFloat64(), town[1] + 0.2*rng.NormFloat64()}
		places[i] = geo.Item{Feature: &geo.Feature{Geometry: p}, Key: geo.HilbertKeyOf(p)}
	}
	order := (&geo.Query{}).Order()
	slices.SortFunc(places, func(a, b geo.Item) int { return order(&a, &b) })
	return places
}

// Invented is the incident of a number at a place, invented for measuring, with as
// many texts as an export of events has.
func Invented(c *geo.Collection, n int, at orb.Geometry) *geo.Feature {
	f := &geo.Feature{ID: fmt.Sprintf("p%07d", n), Geometry: at, Values: make([]geo.Value, len(c.Properties)), Sources: []string{"made-for-measuring"}, Revision: 1}
	p := c.Properties[c.PropertyIndex("category")]
	for name, v := range map[string]geo.Value{
		"title": fmt.Sprintf("Event %d", n), "category": p.Codes[n%len(p.Codes)].Value, "place_name": fmt.Sprintf("Place %d", n%5000), "admin1": "Badakhshan",
		"country": "Tajikistan", "confidence": "claimed", "summary": fmt.Sprintf("Made for measuring, number %d.", n), "fatalities_low": int64(n % 7), "position_accuracy_m": 5000.0,
	} {
		f.Values[c.PropertyIndex(name)] = v
	}
	f.Lifetime.From = geo.On(geo.NewDate(2000+n*7919%26, time.Month(1+n*104729%12), 1+n*1299709%28))
	f.Lifetime.To = f.Lifetime.From
	return f
}
