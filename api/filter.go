package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"oxus/geo"
	"oxus/geo/cql2"
)

// The relations of the links to what filters are made from (OGC 19-079r2).
const (
	queryablesRel = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
	functionsRel  = "http://www.opengis.net/def/rel/ogc/1.0/functions"
)

// filter takes a filter in CQL2 with its encoding and its coordinate reference
// system.
func (p *params) filter(k *collection, q *geo.Query) {
	parse := cql2.ParseText
	p.take("filter-lang", func(v string) error {
		switch v {
		case "cql2-json":
			parse = cql2.ParseJSON
		case "cql-text":
			parse = cql2.ParseDraftText
		case "cql2-text":
		default:
			return fmt.Errorf("%q is not a filter language (cql2-text, cql2-json, cql-text)", clip(v))
		}
		return nil
	})
	var s *system
	p.crs("filter-crs", &s)
	p.take("filter", func(v string) error {
		n, err := parse(v)
		if err == nil && s.uri != crs84 {
			n, err = cql2.Place(n, s.placing())
		}
		if err == nil {
			n, err = cql2.Check(n, k.Queryables())
		}
		if err == nil {
			q.Filter = both(q.Filter, n)
		}
		return err
	})
}

// both is the filter that keeps what two filters keep; nil keeps all.
func both(a, b *cql2.Node) *cql2.Node {
	if a == nil {
		return b
	}
	return &cql2.Node{Kind: cql2.Operation, Op: cql2.And, Args: []*cql2.Node{a, b}, Type: cql2.Boolean}
}

// plainQueryables takes every parameter that is a queryable with one value beside
// the properties and the status: the id, the dates and their precision.
func (p *params) plainQueryables(k *collection, q *geo.Query) {
	for _, name := range p.names() {
		kind, can := k.Sortable(name)
		if !can || p.read[name] {
			continue
		}
		p.take(name, func(v string) error {
			var value any = v
			if kind == cql2.Date {
				day, err := geo.ParseDay(v)
				if err != nil {
					return err
				}
				value = cql2.Day(day)
			}
			n, err := cql2.Check(&cql2.Node{Kind: cql2.Operation, Op: cql2.Equal, Args: []*cql2.Node{
				{Kind: cql2.Property, Name: name}, {Kind: cql2.Literal, Value: value},
			}}, k.Queryables())
			if err == nil {
				q.Filter = both(q.Filter, n)
			}
			return err
		})
	}
}

// queryables answers with what a filter may ask about the features of a
// collection, as a JSON Schema.
func (s *Server) queryables(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, schemaType, map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": s.url("collections", k.ID, "queryables"),
		"title": k.Title, "type": "object", "properties": queryablesOf(k), "additionalProperties": false,
	})
}

// queryablesOf describes each of a collection's queryables, in the order of its
// schema.
func queryablesOf(k *collection) *document {
	all, doc := k.Queryables(), &document{}
	returned := schemaOf(k)
	for _, m := range returned.Properties.members {
		if _, can := all[m.name]; can {
			doc.add(m.name, m.value)
		}
	}
	doc.add(geo.LifetimeQueryable, schema{
		Title: "Lifetime", Type: "array", Items: &schema{Type: "string", Format: "date"}, ReadOnly: true,
		Description: "From the first to the last day, for the temporal functions: widened to whole months and years where no more is known, open where an end is not known.",
	})
	return doc
}

// functions lists what filters can call beyond the standard's own functions.
func (s *Server) functions(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, jsonType, map[string]any{
		"functions": []any{},
		"links":     []link{{Href: s.url("functions"), Rel: "self", Type: jsonType}},
	})
}
