package geo

import (
	"cmp"
	"slices"
)

// PeriodKind says what a status period does to the status of its feature.
type PeriodKind string

// The kinds of a period.
const (
	// Phase is what the feature is; phases of one feature never overlap.
	Phase PeriodKind = "phase"
	// Disruption lies on top of a phase and wins over it; disruptions may overlap.
	Disruption PeriodKind = "disruption"
	// Milestone is a dated event that changes no status by itself.
	Milestone PeriodKind = "milestone"
)

// EndBasis says how the end of a period is known.
type EndBasis string

// The end bases.
const (
	// Ended: To is the first day of what came next, except where it equals the
	// first day; then the period is that one day.
	Ended EndBasis = "ended"
	// LastDocumented: To is the last day on which the state is documented and
	// belongs to the period; what came after is unknown.
	LastDocumented EndBasis = "last_documented"
	// Ongoing: no later change is known.
	Ongoing EndBasis = "ongoing"
	// UnknownEnd: the period is certain only for the day, month or year it is
	// dated to.
	UnknownEnd EndBasis = "unknown"
)

var (
	periodKinds = []PeriodKind{Phase, Disruption, Milestone}
	endBases    = []EndBasis{Ended, LastDocumented, Ongoing, UnknownEnd}
)

// Scope says whose period it is.
type Scope string

// The scopes of a period.
const (
	OfFeature Scope = "feature"
	// OfProject: the period was recorded for a whole project; it speaks for a
	// feature of the project on days when the feature has none of its own.
	OfProject Scope = "project"
)

// Period is a status from one date to another, with its sources.
type Period struct {
	// ID is unique in its collection.
	ID         string
	Collection string
	Scope      Scope
	// Owner is the id of the feature, or the name of the project.
	Owner   string
	Kind    PeriodKind
	Status  string
	From    PartialDate
	To      PartialDate
	Basis   EndBasis
	Cause   string
	Summary string
	Sources []string
}

// During returns the days on which the period is in force, as its end basis
// tells. Both dates count as the day they are written with, whatever their
// precision, so that phases that follow each other never overlap.
func (p *Period) During() Interval {
	from := p.From.Date
	switch {
	case p.Basis == Ended && p.To.Date == from:
		return Interval{from, from}
	case p.Basis == Ended:
		return Interval{from, p.To.Date - 1}
	case p.Basis == LastDocumented:
		return Interval{from, p.To.Date}
	case p.Basis == Ongoing:
		return Interval{from, DistantFuture}
	default:
		return Interval{from, p.From.Last()}
	}
}

// ComparePeriods orders periods by first day, id and collection: the order of a
// history.
func ComparePeriods(a, b Period) int {
	return cmp.Or(cmp.Compare(a.From.Date, b.From.Date), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Collection, b.Collection))
}

// Standing is the status of a feature on one day. Period is the period that
// gives it, nil when nothing is documented for the day: then Status is
// UnknownStatus.
type Standing struct {
	Status string
	Period *Period
}

// StandingOn returns the standing on day d among the periods of one feature and
// of its project. What is recorded for the feature comes before what is
// recorded for its project, a disruption before a phase, the later start
// before the earlier. Milestones count for nothing.
func StandingOn(d Date, periods []Period) Standing {
	var best *Period
	for i := range periods {
		p := &periods[i]
		if p.Kind != Milestone && p.During().Contains(d) && (best == nil || prevails(p, best)) {
			best = p
		}
	}
	if best == nil {
		return Standing{Status: UnknownStatus}
	}
	return Standing{best.Status, best}
}

func prevails(p, q *Period) bool {
	return cmp.Or(
		cmp.Compare(rank(p), rank(q)),
		cmp.Compare(q.From.Date, p.From.Date),
		cmp.Compare(p.ID, q.ID)) < 0
}

func rank(p *Period) int {
	r := 0
	if p.Scope == OfProject {
		r += 2
	}
	if p.Kind == Phase {
		r++
	}
	return r
}

// OverlappingPhases returns the first two phases among the periods of one owner
// that share a day.
func OverlappingPhases(periods []Period) (a, b *Period, overlap bool) {
	phases := make([]*Period, 0, len(periods))
	for i := range periods {
		if periods[i].Kind == Phase {
			phases = append(phases, &periods[i])
		}
	}
	slices.SortStableFunc(phases, func(a, b *Period) int { return ComparePeriods(*a, *b) })
	for i := 1; i < len(phases); i++ {
		if phases[i-1].During().Intersects(phases[i].During()) {
			return phases[i-1], phases[i], true
		}
	}
	return nil, nil, false
}
