package ingest

import (
	"fmt"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// observation is something about a record that can be taken which its maintainer
// should know, and accept, before it is.
type observation struct {
	rule geo.Rule
	// look returns what it sees, nil when there is nothing to see.
	look func(b *builder, seen *sight) *Finding
}

// sight is a record with what it becomes and what is stored of it, nil when it is
// new.
type sight struct {
	record *geo.Record
	f      *geo.Feature
	stored *geo.Feature
}

// The rules of what is only observed.
const (
	RuleMovedFar geo.Rule = "moved-far"
	RuleRegion   geo.Rule = "outside-region"
	RuleFuture   geo.Rule = "date-in-future"
)

// observations are looked at in their order.
var observations = []observation{
	{RuleMovedFar, movedFar},
	{RuleRegion, outsideRegion},
	{RuleFuture, inFuture},
	{RuleNoGeometry, notLocated},
}

func (b *builder) observe(r *geo.Record, f, stored *geo.Feature) {
	s := &sight{r, f, stored}
	for _, o := range observations {
		if found := o.look(b, s); found != nil {
			if found.Severity == "" {
				found.Severity = Warning
			}
			found.Rule, found.Record, found.Feature = o.rule, r.Number, f.ID
			b.report.Findings.add(found)
		}
	}
}

// farMove is how many metres a feature may move without a word.
const farMove = 1000

func movedFar(_ *builder, s *sight) *Finding {
	if s.stored == nil || s.stored.Geometry == nil || s.f.Geometry == nil || orb.Equal(s.stored.Geometry, s.f.Geometry) {
		return nil
	}
	if moved := geo.Displacement(s.stored.Geometry, s.f.Geometry); moved > farMove {
		return &Finding{At: firstOf(s.f.Geometry), Detail: fmt.Sprintf("it moves by %.1f km from where it is stored", moved/1000)}
	}
	return nil
}

// region is what the collections are about, in longitude and latitude.
var region = orb.Bound{Min: orb.Point{55, 29}, Max: orb.Point{80, 45}}

func outsideRegion(_ *builder, s *sight) *Finding {
	for _, p := range geo.Positions(s.f.Geometry) {
		if !region.Contains(p) {
			return &Finding{At: &p, Detail: "it lies outside the region, longitude 55 to 80, latitude 29 to 45"}
		}
	}
	return nil
}

func inFuture(b *builder, s *sight) *Finding {
	for _, end := range []struct {
		name string
		date geo.PartialDate
	}{{b.target.Lifetime.From, s.f.Lifetime.From}, {b.target.Lifetime.To, s.f.Lifetime.To}} {
		if end.date.Known() && end.date.First() > b.today {
			return &Finding{Field: end.name, Detail: fmt.Sprintf("%s lies ahead", end.date)}
		}
	}
	return nil
}

func notLocated(b *builder, s *sight) *Finding {
	if s.stored == nil && s.f.Geometry == nil && b.target.Geometry != geo.NoGeometry {
		return &Finding{Detail: "it has no geometry: it will be known but not located"}
	}
	return nil
}

func firstOf(g orb.Geometry) *orb.Point {
	if all := geo.Positions(g); len(all) > 0 {
		return &all[0]
	}
	return nil
}
