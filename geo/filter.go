package geo

import (
	"github.com/paulmach/orb"

	"oxus/geo/cql2"
)

// The queryables of every collection beside its properties, dates and status.
const (
	IDQueryable       = "id"
	GeometryQueryable = "geometry"
	// LifetimeQueryable is the lifetime as an interval of days, widened to whole
	// months and years where no more is known.
	LifetimeQueryable = "lifetime"
)

var queryableTypes = [...]cql2.Type{
	Text: cql2.Text, Integer: cql2.Number, Number: cql2.Number, TextList: cql2.TextList, Partial: cql2.Text,
}

// Queryables are what a filter may ask about the features of the collection, by
// name.
func (c *Collection) Queryables() map[string]cql2.Type {
	all := map[string]cql2.Type{IDQueryable: cql2.Text, LifetimeQueryable: cql2.DateSpan, SourcesID: cql2.TextList}
	if c.Geometry != NoGeometry {
		all[GeometryQueryable] = cql2.Geometry
	}
	l := c.Lifetime
	all[l.From], all[l.To], all[l.FromPrecision], all[l.ToPrecision] = cql2.Date, cql2.Date, cql2.Text, cql2.Text
	delete(all, "") // a name the collection does not have
	if c.HasStatus() {
		all[StatusProperty] = cql2.Text
	}
	for i := range c.Properties {
		all[c.Properties[i].Name] = queryableTypes[c.Properties[i].Type]
	}
	return all
}

// Row gives the values a filter asks for, by the names of Queryables.
func (c *Collection) Row(it *Item) cql2.Row {
	return func(name string) any {
		if i := c.PropertyIndex(name); i >= 0 {
			return queryable(it.Values[i])
		}
		switch name {
		case IDQueryable:
			return it.ID
		case GeometryQueryable:
			return located(it.Geometry)
		case LifetimeQueryable:
			return it.Lifetime.queryable()
		case SourcesID:
			return queryable(it.Sources)
		case StatusProperty:
			return it.Standing.Status
		case c.Lifetime.From:
			return it.Lifetime.From.queryable()
		case c.Lifetime.To:
			return it.Lifetime.To.queryable()
		case c.Lifetime.FromPrecision:
			return precisionText(it.Lifetime.From)
		}
		return precisionText(it.Lifetime.To)
	}
}

func queryable(v Value) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case []string:
		if len(v) == 0 {
			return nil
		}
	}
	return v
}

func located(g orb.Geometry) any {
	if g == nil {
		return nil
	}
	return g
}

func (p PartialDate) queryable() any {
	if !p.Known() {
		return nil
	}
	return cql2.Day(p.Date)
}

func precisionText(p PartialDate) any {
	if !p.Known() {
		return nil
	}
	return p.Precision.String()
}

func (l Lifetime) queryable() any {
	var r cql2.Range
	span := l.Span()
	if l.From.Known() {
		day := int64(span.From)
		r.From = &day
	}
	if l.To.Known() {
		day := int64(span.To)
		r.To = &day
	}
	return r
}

// Holds returns whether an item answers the query's filter, as a function that is
// made once for many items.
func (q *Query) Holds() func(it *Item) bool {
	if q.Filter == nil {
		return func(*Item) bool { return true }
	}
	holds, c := cql2.Compile(q.Filter), q.Collection
	return func(it *Item) bool { return holds(c.Row(it)) }
}
