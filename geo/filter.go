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
	l, all := c.Lifetime, map[string]cql2.Type{}
	names := []string{IDQueryable, LifetimeQueryable, SourcesID, GeometryQueryable, l.From, l.To, l.FromPrecision, l.ToPrecision, StatusProperty}
	for i := range c.Properties {
		names = append(names, c.Properties[i].Name)
	}
	for _, name := range names {
		if t, ok := c.Queryable(name); ok {
			all[name] = t
		}
	}
	return all
}

// Queryable returns the type of the queryable of that name, and false where there is
// none.
func (c *Collection) Queryable(name string) (t cql2.Type, ok bool) {
	if i := c.PropertyIndex(name); i >= 0 {
		return queryableTypes[c.Properties[i].Type], true
	}
	switch l := c.Lifetime; name {
	case "": // a name the collection does not have
		return t, false
	case IDQueryable, l.FromPrecision, l.ToPrecision:
		return cql2.Text, true
	case LifetimeQueryable:
		return cql2.DateSpan, true
	case SourcesID:
		return cql2.TextList, true
	case l.From, l.To:
		return cql2.Date, true
	case GeometryQueryable:
		return cql2.Geometry, c.Geometry != NoGeometry
	case StatusProperty:
		return cql2.Text, c.HasStatus()
	default:
		return t, false
	}
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
