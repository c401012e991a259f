package storetest

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"sync"

	"oxus/geo"
)

// Forgetful is a geo.Keeper that keeps nothing beyond its own life: what the
// tests of the rooms above a store stand on when durability is not their
// subject. The zero value is empty and ready.
type Forgetful struct {
	mu      sync.Mutex
	ds      geo.Dataset
	version int
	// Fail, when set, is what the next Apply and Ready answer.
	Fail error
}

// Load implements geo.Keeper.
func (k *Forgetful) Load(context.Context) (*geo.Dataset, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ds := &geo.Dataset{
		Features: map[string][]geo.Feature{}, Versions: map[string]string{},
		Periods: slices.Clone(k.ds.Periods), Sources: slices.Clone(k.ds.Sources),
	}
	for _, c := range geo.Border().Collections {
		ds.Features[c.ID] = slices.Clone(k.ds.Features[c.ID])
		ds.Versions[c.ID] = strconv.Itoa(k.version)
	}
	return ds, nil
}

// Apply implements geo.Writer. It holds Expect and nothing else: rules are the
// business of what stands above.
func (k *Forgetful) Apply(_ context.Context, ch geo.Change) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.Fail != nil {
		return k.Fail
	}
	for _, p := range ch.Features {
		if i := k.find(p.Collection.ID, p.Feature.ID); k.revision(p.Collection.ID, i) != p.Expect {
			return &geo.Error{Kind: geo.Conflict, Faults: []geo.Fault{{
				Rule: geo.RuleChanged, Place: geo.ByFeature(p.Collection.ID, p.Feature.ID), Detail: "it is not at the revision expected",
			}}}
		}
	}
	for _, s := range ch.Sources {
		k.ds.Sources = put(k.ds.Sources, s, func(a, b geo.Source) int { return cmp.Compare(a.ID, b.ID) })
	}
	for _, p := range ch.Features {
		k.putFeature(p)
	}
	for _, p := range ch.Periods {
		k.ds.Periods = slices.DeleteFunc(k.ds.Periods, func(o geo.Period) bool { return o.Collection == p.Collection && o.ID == p.ID })
		k.ds.Periods = append(k.ds.Periods, p)
	}
	slices.SortFunc(k.ds.Periods, geo.ComparePeriods)
	k.version++
	return nil
}

func (k *Forgetful) putFeature(p geo.Put) {
	if k.ds.Features == nil {
		k.ds.Features = map[string][]geo.Feature{}
	}
	f := p.Feature
	f.Revision = p.Expect + 1
	k.ds.Features[p.Collection.ID] = put(k.ds.Features[p.Collection.ID], f, func(a, b geo.Feature) int { return cmp.Compare(a.ID, b.ID) })
}

func put[T any](list []T, v T, compare func(a, b T) int) []T {
	i, found := slices.BinarySearchFunc(list, v, compare)
	if found {
		list = slices.Clone(list)
		list[i] = v
		return list
	}
	return slices.Insert(slices.Clone(list), i, v)
}

func (k *Forgetful) find(collection, id string) int {
	return slices.IndexFunc(k.ds.Features[collection], func(f geo.Feature) bool { return f.ID == id })
}

func (k *Forgetful) revision(collection string, i int) int64 {
	if i < 0 {
		return 0
	}
	return k.ds.Features[collection][i].Revision
}

// Ready implements geo.Keeper.
func (k *Forgetful) Ready(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Fail
}

// Close implements geo.Keeper.
func (k *Forgetful) Close() error { return nil }
