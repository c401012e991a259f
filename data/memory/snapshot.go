package memory

import (
	"cmp"
	"slices"
	"sort"

	"github.com/tidwall/rtree"

	"oxus/geo"
)

// snapshot is one state of all data. It is never changed once built, so any
// number of readers share it without a lock.
type snapshot struct {
	data        *geo.Dataset
	collections map[string]*collection
	sources     map[string]geo.Source
	sights      sights
	// versions name the state as geo.Known does.
	versions map[string]string
}

// collection is one collection's part of a snapshot.
type collection struct {
	summary  geo.Summary
	features []geo.Feature // in the default order
	keys     []geo.HilbertKey
	periods  [][]geo.Period
	byID     []int32 // positions, by ascending id
	// boxes holds the positions of features by their bounds; features without
	// a geometry are not in it.
	boxes rtree.RTreeG[int32]
}

func build(atlas *geo.Atlas, ds *geo.Dataset) *snapshot {
	s := &snapshot{data: ds, collections: map[string]*collection{}, sources: map[string]geo.Source{}}
	for _, src := range ds.Sources {
		s.sources[src.ID] = src
	}
	for _, c := range atlas.Collections {
		s.collections[c.ID] = buildCollection(c, ds.Features[c.ID], ds.Periods, ds.Versions[c.ID])
	}
	for _, c := range atlas.Derived {
		version := geo.StatusVersion(atlas, func(c *geo.Collection) string { return ds.Versions[c.ID] })
		s.collections[c.ID] = buildCollection(c, geo.StatusPeriods(atlas, ds), nil, version)
	}
	return s
}

func buildCollection(c *geo.Collection, features []geo.Feature, periods []geo.Period, version string) *collection {
	features, keys := inOrder(features)
	part := &collection{features: features, keys: keys, periods: periodsOf(c, features, periods), byID: byID(features)}
	for i := range features {
		if g := features[i].Geometry; g != nil {
			b := g.Bound()
			part.boxes.Insert(b.Min, b.Max, int32(i))
		}
	}
	part.summary = summarize(features, part.periods, version)
	return part
}

// inOrder returns features in the default order, with their keys.
func inOrder(features []geo.Feature) ([]geo.Feature, []geo.HilbertKey) {
	keyed := make([]geo.Item, len(features))
	for i := range features {
		keyed[i] = geo.Item{Feature: &features[i], Key: geo.HilbertKeyOf(features[i].Geometry)}
	}
	order := (&geo.Query{}).Order()
	slices.SortFunc(keyed, func(a, b geo.Item) int { return order(&a, &b) })
	ordered, keys := make([]geo.Feature, len(keyed)), make([]geo.HilbertKey, len(keyed))
	for i := range keyed {
		ordered[i], keys[i] = *keyed[i].Feature, keyed[i].Key
	}
	return ordered, keys
}

func byID(features []geo.Feature) []int32 {
	positions := make([]int32, len(features))
	for i := range positions {
		positions[i] = int32(i)
	}
	slices.SortFunc(positions, func(a, b int32) int { return cmp.Compare(features[a].ID, features[b].ID) })
	return positions
}

// periodsOf gives each feature its own periods and those of its project, in the
// order of a history.
func periodsOf(c *geo.Collection, features []geo.Feature, all []geo.Period) [][]geo.Period {
	type owner struct {
		scope geo.Scope
		id    string
	}
	byOwner := map[owner][]geo.Period{}
	for _, p := range all {
		if p.Collection == c.ID {
			o := owner{p.Scope, p.Owner}
			byOwner[o] = append(byOwner[o], p)
		}
	}
	project := c.PropertyIndex(c.Project)
	periods := make([][]geo.Period, len(features))
	for i, f := range features {
		own := slices.Clone(byOwner[owner{geo.OfFeature, f.ID}])
		if project >= 0 {
			name, _ := f.Values[project].(string)
			own = append(own, byOwner[owner{geo.OfProject, name}]...)
		}
		slices.SortFunc(own, geo.ComparePeriods)
		periods[i] = own
	}
	return periods
}

func summarize(features []geo.Feature, periods [][]geo.Period, version string) geo.Summary {
	s := geo.Summary{Version: version, Count: len(features)}
	var span geo.DatedSpan
	for i, f := range features {
		span.AddLifetime(f.Lifetime)
		for j := range periods[i] {
			span.AddPeriod(&periods[i][j])
		}
		if f.Geometry == nil {
			continue
		}
		b := f.Geometry.Bound()
		if s.Extent != nil {
			b = b.Union(*s.Extent)
		}
		s.Extent = &b
	}
	s.Time = span.Interval()
	return s
}

// find returns the position of the feature of that id.
func (c *collection) find(id string) (int, bool) {
	at, found := sort.Find(len(c.byID), func(i int) int { return cmp.Compare(id, c.features[c.byID[i]].ID) })
	if !found {
		return 0, false
	}
	return int(c.byID[at]), true
}
