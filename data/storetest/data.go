package storetest

import (
	"oxus/geo"

	"github.com/paulmach/orb"
)

// The helpers below make values as short as the tables that use them.

func day(s string) geo.Date {
	d, err := geo.ParseDate(s)
	if err != nil {
		panic(err) // a date of this file is wrong
	}
	return d
}

// date reads YYYY, YYYY-MM or YYYY-MM-DD; the length gives the precision.
func date(s string) geo.PartialDate {
	d, err := geo.ParsePartialDate(s)
	if err != nil {
		panic(err) // a date of this file is wrong
	}
	return d
}

func life(from, to string) geo.Lifetime { return geo.Lifetime{From: date(from), To: date(to)} }

// props are property values by name.
type props map[string]geo.Value

// feature fills in what is required and not given.
func feature(c *geo.Collection, id string, g orb.Geometry, l geo.Lifetime, p props) geo.Feature {
	f := geo.Feature{ID: id, Geometry: g, Lifetime: l, Sources: []string{"one"}, Values: make([]geo.Value, len(c.Properties))}
	for i, declared := range c.Properties {
		v, given := p[declared.Name]
		switch {
		case given:
			f.Values[i] = v
		case declared.Required && declared.Codes != nil:
			f.Values[i] = declared.Codes[0].Value
		case declared.Required:
			f.Values[i] = declared.Name + " of " + id
		}
	}
	return f
}

// world is an atlas with the change that fills a store.
type world struct {
	atlas *geo.Atlas
	ch    geo.Change
}

func (w *world) collection(id string) *geo.Collection {
	c, err := w.atlas.Collection(id)
	if err != nil {
		panic(err) // a collection this file names is gone
	}
	return c
}

func (w *world) put(collection, id string, g orb.Geometry, l geo.Lifetime, p props) {
	c := w.collection(collection)
	w.ch.Features = append(w.ch.Features, geo.Put{Collection: c, Feature: feature(c, id, g, l, p)})
}

func (w *world) period(collection, owner, id string, kind geo.PeriodKind, status, from, to string, basis geo.EndBasis) {
	p := geo.Period{
		ID: id, Collection: collection, Scope: geo.OfFeature, Owner: owner, Kind: kind, Status: status,
		From: date(from), To: date(to), Basis: basis, Summary: "about " + id, Sources: []string{"two", "one"},
	}
	if owner == "CASA-1000" {
		p.Scope = geo.OfProject
	}
	if kind == geo.Disruption {
		p.Cause = "flood"
	}
	w.ch.Periods = append(w.ch.Periods, p)
}

// awkward returns the dataset that Run fills a store with.
func awkward() *world {
	w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "storetest", Note: "awkward data"}}
	w.sources()
	w.crossings()
	w.lines()
	w.incidents()
	w.periods()
	return w
}

func (w *world) sources() {
	w.ch.Sources = []geo.Source{
		{ID: "two", Publisher: "Агентство «Ҳ»", Title: "Quote ' and \" and \\", URL: "https://example.org/?a=1&b=%20", Published: date("2021"), Accessed: date("2026-11-23")},
		{ID: "one", Publisher: "P", Title: "T", Published: date("2021-08"), Supports: "line one\nline two"},
		{ID: "Unused", Publisher: "P", Title: "nothing cites this"},
	}
}

// crossings lie where boxes, bytes and dates are difficult. The ids do not sort
// by the rules of any language.
func (w *world) crossings() {
	put := func(id string, g orb.Geometry, from, to string, p props) {
		w.put("crossings", id, g, life(from, to), p)
	}
	put("b", orb.Point{68.5, 37.25}, "2000-06-15", "", props{"mode": []string{"road", "foot"}, "side_a_country": "TJ"})
	put("B", orb.Point{68.5, 37.25}, "2000-06", "2010-03", props{"mode": []string{"rail"}, "side_a_country": "TJ"})
	put("a_1", orb.Point{70, 38}, "2000", "2010", props{"parent": "b", "built_year": int64(1999)})
	put("a-1", orb.Point{70.5, 38}, "", "2015-12-31", props{"parent": "b", "structure_length_m": 135.5})
	put("a.1", orb.Point{70, 38.5}, "2020-02-29", "2020-02-29", props{"structure_length_m": 0.1})
	put("a1", nil, "", "", props{"name_tg": "Ғӯзаи Ҳисор", "name_fa": "شیرخان بندر", "side_a_country": "AF"})
	put("9", nil, "1999-12-31", "", props{
		"alt_names": []string{"a,b", `c"d`, "NULL", "x{y}", `back\slash`, "pipe|pipe", "semi;colon -- '", "  spaces  "},
		"mode":      []string{"foot"},
	})
	put("east", orb.Point{180, 10}, "", "", props{"structure": "O'Brien; DROP TABLE x; --"})
	put("west", orb.Point{-180, 10}, "", "", nil)
	put("fiji", orb.Point{179.25, -17}, "", "", nil)
	put("samoa", orb.Point{-172.5, -13.5}, "0001-01-01", "9999-12-31", nil)
	put("pole", orb.Point{0, 90}, "", "", nil)
	put("origin", orb.Point{0, 0}, "", "", props{"side_a_country": "%", "built_year": int64(1)})
}

// lines go through boxes without a vertex in them, and round boxes they do not
// touch.
func (w *world) lines() {
	w.put("power-facilities", "plant", orb.Point{69.3481, 38.3717}, life("1972", ""),
		props{"capacity_mw": 3015.0, "commissioned": "1972-11", "stated_status": "operating"})
	w.put("power-facilities", "station", nil, life("", ""), props{"kind": "substation"})
	put := func(collection, id string, g orb.Geometry, p props) { w.put(collection, id, g, life("", ""), p) }
	put("transmission-lines", "diagonal", orb.LineString{{60, 30}, {70, 40}}, props{
		"from_node": "plant", "to_node": "station", "voltage_kv": 220.0, "circuits": int64(2), "current": "ac",
	})
	put("transmission-lines", "corner", orb.LineString{{60, 30}, {60, 40}, {70, 40}}, props{"voltage_kv": 110.0})
	put("transmission-lines", "parts", orb.MultiLineString{{{10.1, 10.2}, {11.3, 10.2}}, {{20, 20}, {21, 21}, {22, 20}}}, nil)
	put("transmission-lines", "undrawn", nil, props{"planned": "2027"})
	put("casa-1000", "north", orb.LineString{{72.123456789012, 40.987654321098}, {70, 39}}, props{"project": "CASA-1000"})
	put("casa-1000", "south", orb.LineString{{70, 39}, {69, 36}}, props{"project": "CASA-1000"})
	put("casa-1000", "other", nil, props{"project": "another"})
}

func (w *world) incidents() {
	put := func(id string, g orb.Geometry, from, to string, p props) {
		w.put("incidents", id, g, life(from, to), p)
	}
	put("i1", orb.Point{68, 37}, "2021-08-14", "2021-08-16", props{"category": "armed_clash", "fatalities_low": int64(0)})
	put("i2", orb.Point{68, 37}, "2021-08", "2021-08", props{"category": "smuggling", "actors": []string{"x", "y"}})
	put("i3", nil, "2021", "2021", props{"category": "smuggling", "actors": []string{"y"}, "fatalities_low": int64(3)})
	put("i4", orb.Point{71, 37}, "2022-01-01", "2022-01-01", props{"category": "disaster", "confidence": "disputed"})
}

// periods hold every end basis and every order of precedence.
func (w *world) periods() {
	add := func(id string, kind geo.PeriodKind, status, from, to string, basis geo.EndBasis) {
		w.period("crossings", "b", id, kind, status, from, to, basis)
	}
	add("p1", geo.Phase, "under_construction", "2000", "2001-05-01", geo.Ended)
	add("p2", geo.Phase, "open", "2001-05-01", "2020-03-01", geo.Ended)
	add("p3", geo.Phase, "closed", "2020-03-01", "2020-12-31", geo.LastDocumented)
	add("p4", geo.Phase, "open", "2021-06-01", "", geo.Ongoing)
	add("d1", geo.Disruption, "suspended", "2010-07", "", geo.UnknownEnd)
	add("d2", geo.Disruption, "restricted", "2010-07-10", "2010-07-20", geo.Ended)
	add("d3", geo.Disruption, "closed", "2015-05-05", "2015-05-05", geo.Ended)
	add("d4", geo.Disruption, "suspended", "2022-01-10", "", geo.UnknownEnd)
	add("d5", geo.Disruption, "closed", "2022-01-10", "2022-01-12", geo.LastDocumented)
	add("d6", geo.Disruption, "closed", "2024", "", geo.UnknownEnd)
	add("m1", geo.Milestone, "planned", "2012-01-01", "", geo.UnknownEnd)
	w.period("crossings", "a-1", "only", geo.Phase, "open", "2015-01-01", "2015-01-01", geo.Ended)
	w.period("crossings", "a-1", "next", geo.Phase, "closed", "2015-01-02", "2015-06-30", geo.LastDocumented)
	w.period("crossings", "B", "ever", geo.Phase, "open", "0001-01-01", "", geo.Ongoing)
	w.period("crossings", "origin", "o1", geo.Phase, "open", "2000-01-01", "2010-01-01", geo.Ended)
	w.period("crossings", "origin", "o2", geo.Phase, "closed", "2010-01-01", "", geo.Ongoing)
	w.period("crossings", "origin", "o3", geo.Disruption, "restricted", "2009-06-01", "2011-06-01", geo.Ended)
	section := func(owner, id string, kind geo.PeriodKind, status, from, to string, basis geo.EndBasis) {
		w.period("casa-1000", owner, id, kind, status, from, to, basis)
	}
	section("CASA-1000", "c1", geo.Phase, "planned", "2010-01-01", "2016-05-12", geo.Ended)
	section("CASA-1000", "c2", geo.Phase, "under_construction", "2016-05-12", "", geo.Ongoing)
	section("CASA-1000", "c3", geo.Disruption, "suspended", "2021-08-15", "2024-02-01", geo.Ended)
	section("north", "n1", geo.Phase, "operating", "2023-01-01", "2023-06-01", geo.Ended)
	section("north", "n2", geo.Disruption, "damaged", "2025-01-01", "2025-02-01", geo.Ended)
	w.period("power-facilities", "plant", "p1", geo.Phase, "operating", "1972", "", geo.Ongoing)
}

// Awkward returns the change that fills a store with the small dataset of Run.
func Awkward() geo.Change { return awkward().ch }

// Feature returns a feature with what its collection requires and nothing else.
// It cites a source that Awkward brings.
func Feature(c *geo.Collection, id string) geo.Feature {
	return feature(c, id, nil, geo.Lifetime{}, nil)
}
