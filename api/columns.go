package api

import (
	"slices"
	"strconv"

	"oxus/geo"
)

// column is one member of a feature's properties: how it is written and how
// its JSON Schema reads. The columns of a collection are derived from its
// declaration, and everything that lists properties from the columns.
type column struct {
	name   string
	schema schema
	append func(b []byte, it *geo.Item) []byte
	// key is the JSON of `"name":`.
	key []byte
}

func columnsOf(c *geo.Collection) []column {
	columns := make([]column, 0, len(c.Properties)+16)
	for i := range c.Properties {
		columns = append(columns, declared(c, i))
	}
	columns = append(columns, lifetime(c.Lifetime)...)
	if c.HasStatus() {
		columns = append(columns, standing(c)...)
	}
	columns = append(columns, recorded()...)
	for i := range columns {
		columns[i].key = append(appendString(nil, columns[i].name), ':')
	}
	return columns
}

func declared(c *geo.Collection, i int) column {
	return column{
		name: c.Properties[i].Name, schema: propertySchema(&c.Properties[i]),
		append: func(b []byte, it *geo.Item) []byte { return appendValue(b, it.Values[i]) },
	}
}

func lifetime(l geo.LifetimeNames) []column {
	columns := []column{
		{name: l.From, schema: dateSchema("First day", "primary-interval-start"), append: func(b []byte, it *geo.Item) []byte {
			return appendDate(b, it.Lifetime.From)
		}},
		{name: l.FromPrecision, schema: precisionSchema("Precision of the first day"), append: func(b []byte, it *geo.Item) []byte {
			return appendText(b, it.Lifetime.From.Precision.String())
		}},
		{name: l.To, schema: dateSchema("Last day", "primary-interval-end"), append: func(b []byte, it *geo.Item) []byte {
			return appendDate(b, it.Lifetime.To)
		}},
		{name: l.ToPrecision, schema: precisionSchema("Precision of the last day"), append: func(b []byte, it *geo.Item) []byte {
			return appendText(b, it.Lifetime.To.Precision.String())
		}},
	}
	return slices.DeleteFunc(columns, func(c column) bool { return c.name == "" })
}

// standing are the columns of the status on the day asked about.
func standing(c *geo.Collection) []column {
	return []column{
		{name: geo.StatusProperty, schema: statusSchema(c), append: func(b []byte, it *geo.Item) []byte {
			return appendText(b, it.Standing.Status)
		}},
		ofPeriod("status_kind", schema{Title: "Kind of the status period", Type: "string"},
			func(b []byte, p *geo.Period) []byte { return appendText(b, string(p.Kind)) }),
		ofPeriod("status_since", dateSchema("Status since", ""),
			func(b []byte, p *geo.Period) []byte { return appendDate(b, p.From) }),
		ofPeriod("status_since_precision", precisionSchema("Precision of the status's first day"),
			func(b []byte, p *geo.Period) []byte { return appendText(b, p.From.Precision.String()) }),
		ofPeriod("status_until", dateSchema("Status until", ""),
			func(b []byte, p *geo.Period) []byte { return appendDate(b, p.To) }),
		ofPeriod("status_basis", schema{
			Title: "How the end of the status is known", Type: "string",
			Description: "ended: status_until is the first day of what came next; last_documented: status_until is the last day it is documented on; ongoing: no later change is known; unknown: certain only for the day, month or year of status_since.",
		}, func(b []byte, p *geo.Period) []byte { return appendText(b, string(p.Basis)) }),
		ofPeriod("status_cause", schema{Title: "Cause of the status", Type: "string"},
			func(b []byte, p *geo.Period) []byte { return appendText(b, p.Cause) }),
		ofPeriod("status_scope", schema{
			Title: "What the status is recorded for", Type: "string",
			Description: "feature, or project when the period of a whole project speaks for a feature that has none of its own on the day.",
		}, func(b []byte, p *geo.Period) []byte { return appendText(b, string(p.Scope)) }),
		ofPeriod("status_sources", idsSchema("Sources of the status"),
			func(b []byte, p *geo.Period) []byte { return appendStrings(b, p.Sources) }),
	}
}

// ofPeriod is a column that the period in force fills; without one it is null.
func ofPeriod(name string, s schema, write func(b []byte, p *geo.Period) []byte) column {
	s.ReadOnly = true // it follows from the periods
	return column{name: name, schema: s, append: func(b []byte, it *geo.Item) []byte {
		if it.Standing.Period == nil {
			return append(b, "null"...)
		}
		return write(b, it.Standing.Period)
	}}
}

func recorded() []column {
	return []column{
		{name: geo.SourcesID, schema: idsSchema("Sources"), append: func(b []byte, it *geo.Item) []byte {
			return appendStrings(b, it.Sources)
		}},
		{name: "revision", schema: schema{Title: "Revision", Type: "integer", ReadOnly: true}, append: func(b []byte, it *geo.Item) []byte {
			return strconv.AppendInt(b, it.Revision, 10)
		}},
	}
}

// appendFeature appends an RFC 7946 feature with the given columns as its
// properties, without the closing brace, so that a caller can add members.
func appendFeature(b []byte, it *geo.Item, columns []column) []byte {
	b = append(b, `{"type":"Feature","id":`...)
	b = appendString(b, it.ID)
	b = append(b, `,"geometry":`...)
	b = appendGeometry(b, it.Geometry)
	b = append(b, `,"properties":{`...)
	for i := range columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, columns[i].key...)
		b = columns[i].append(b, it)
	}
	return append(b, '}')
}
