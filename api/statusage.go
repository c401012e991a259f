package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"oxus/geo"
)

// ageGrouping counts statuses by the full years since they were last confirmed.
const ageGrouping = "status_age"

// standings are the different ways in which statuses of a count are confirmed. How
// old they are is told when all are counted: only then is it known which sources
// to ask for.
type standings map[string]*geo.Period

// of names how the status of a feature is confirmed, nil where it does not age.
func (s standings) of(it *geo.Item) geo.Value {
	p := it.Standing.Period
	if p == nil || p.Basis != geo.Ongoing {
		return nil
	}
	key := p.From.Date.String() + " " + p.From.Precision.String() + " " + strings.Join(p.Sources, " ")
	if s[key] == nil {
		s[key] = &geo.Period{From: p.From, Basis: p.Basis, Sources: slices.Clone(p.Sources)}
	}
	return key
}

// told puts the years until the day of a query in place of the names at a position
// of each group. Some become one group by it.
func (s standings) told(ctx context.Context, reader geo.Reader, on geo.Date, at int, counts map[group]int) (map[group]int, error) {
	ids := map[string]bool{}
	for _, p := range s {
		for _, id := range p.Sources {
			ids[id] = true
		}
	}
	sources, err := reader.Sources(ctx, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return nil, err
	}
	published := map[string]geo.PartialDate{}
	for i := range sources {
		published[sources[i].ID] = sources[i].Published
	}
	sums := make(map[group]int, len(counts))
	for g, n := range counts {
		if key, ages := g[at].(string); ages {
			confirmed := s[key].Confirmed(func(id string) geo.PartialDate { return published[id] })
			g[at] = int64(geo.FullYears(confirmed.Last(), on))
		}
		sums[g] += n
	}
	return sums, nil
}
