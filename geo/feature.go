package geo

import (
	"slices"

	"github.com/paulmach/orb"
)

// Value is the value of one property: nil when unknown, else of the dynamic
// type its PropertyType names (string, int64, float64, []string). In a Record
// it may also be bool or Date. Values are never changed in place.
type Value = any

// Feature is one thing of a collection as the store holds it.
type Feature struct {
	// ID is a slug, unique in its collection and stable.
	ID string
	// Geometry is in longitude, latitude on WGS 84; nil means known but not
	// located.
	Geometry orb.Geometry
	// Values stand in the order of the collection's Properties.
	Values   []Value
	Lifetime Lifetime
	// Sources are ids of sources, in the order cited.
	Sources []string
	// Revision counts the recorded changes of the feature, from 1.
	Revision int64
}

// Lifetime says from when to when a feature exists, or an event lasted. An
// unknown end counts as unbounded.
type Lifetime struct {
	From, To PartialDate
}

// Span returns the days on which the lifetime may hold: month and year
// precision widen to the whole month and year.
func (l Lifetime) Span() Interval { return Interval{l.From.First(), l.To.Last()} }

// SameContent reports whether two features agree in everything but their
// revision.
func (f *Feature) SameContent(o *Feature) bool {
	return f.ID == o.ID && f.Lifetime == o.Lifetime && slices.Equal(f.Sources, o.Sources) &&
		orbEqual(f.Geometry, o.Geometry) && slices.EqualFunc(f.Values, o.Values, EqualValues)
}

func orbEqual(a, b orb.Geometry) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return orb.Equal(a, b)
}

// EqualValues compares two values of one property. An empty list is none.
func EqualValues(a, b Value) bool {
	la, aIsList := a.([]string)
	lb, bIsList := b.([]string)
	if !aIsList && !bIsList {
		return a == b
	}
	return (aIsList || a == nil) && (bIsList || b == nil) && slices.Equal(la, lb)
}

// Source is a publication a fact rests on.
type Source struct {
	ID        string
	Publisher string
	Title     string
	URL       string
	Published PartialDate
	Accessed  PartialDate
	// Supports says in a few words what was taken from it.
	Supports string
	// Audience is the least role that may see the source and what rests on it,
	// Everybody when it is not kept for anybody.
	Audience Role
}

// Item is a feature with its standing on the day a question is about.
type Item struct {
	*Feature
	Standing Standing
	// Key places the feature in the default order. Reader.Items gives it.
	Key HilbertKey
	// History is what Query.Histories asks for: all periods that speak for the
	// feature, in the order of ComparePeriods.
	History []Period
	// Distance is how many metres the feature lies from the nearest shape of
	// Query.Near, 0 where it touches one.
	Distance float64
	// Encoded is what Query.Encoded asks for, where the store has it.
	Encoded Encoded
}

// Detail is everything known about one feature: its standing on a day with all
// its status periods, and the sources that it or they cite, by id.
type Detail struct {
	Item
	Sources []Source
}
