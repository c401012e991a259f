package api

import (
	"fmt"

	"oxus/geo"
)

const jsonFGType = "application/vnd.ogc.fg+json"

// The profiles of GeoJSON: as RFC 7946 has it, and JSON-FG (OGC 21-045r1).
const (
	profilePlain  = "rfc7946"
	profileJSONFG = "jsonfg"
)

// profile takes the profile of an answer in GeoJSON.
func (p *params) profile(r *itemsRequest) {
	p.take("profile", func(v string) error {
		switch {
		case v != profilePlain && v != profileJSONFG:
			return fmt.Errorf("%q is not to be had here (%s, %s)", v, profilePlain, profileJSONFG)
		case r.format != formats[0] && r.format.name != v:
			return fmt.Errorf("%s has no profiles", r.format.name)
		case v == profileJSONFG:
			r.format = formatNamed(profileJSONFG)
		}
		return nil
	})
}

func appendGeoJSONHead(b []byte, _ *itemsRequest) []byte {
	return append(b, `{"type":"FeatureCollection","features":[`...)
}

func appendGeoJSON(b []byte, it *geo.Item, r *itemsRequest) []byte {
	if it.Encoded.By != nil {
		return appendEncoded(b, it, r.standing)
	}
	return append(appendFeature(b, it, r.columns), '}')
}

// appendJSONFGHead opens a collection of features of one type, whose places are in
// one system.
func appendJSONFGHead(b []byte, r *itemsRequest) []byte {
	b = append(b, `{"type":"FeatureCollection","conformsTo":["http://www.opengis.net/spec/json-fg-1/1.0/conf/core","http://www.opengis.net/spec/json-fg-1/1.0/conf/types-schemas"],"featureType":`...)
	b = appendString(b, r.query.Collection.ID)
	b = appendString(append(b, `,"featureSchema":`...), r.schemaAddress)
	b = appendString(append(b, `,"coordRefSys":`...), r.crs.uri)
	return append(b, `,"features":[`...)
}

// appendJSONFG appends a feature with when it existed. Its place in longitude and
// latitude is the geometry, that in another system the place.
func appendJSONFG(b []byte, it *geo.Item, r *itemsRequest) []byte {
	plain := *it
	if r.crs != systems[0] {
		bare := *it.Feature
		bare.Geometry, plain.Feature = nil, &bare
	}
	b = appendFeature(b, &plain, r.columns)
	b = appendTime(append(b, `,"time":`...), it.Lifetime)
	b = append(b, `,"place":`...)
	if r.crs == systems[0] {
		return append(b, "null}"...)
	}
	return append(appendGeometry(b, it.Geometry), '}')
}

// appendTime writes a lifetime: one day as a date, another as an interval from the
// first day it may have begun on to the last it may have ended on.
func appendTime(b []byte, l geo.Lifetime) []byte {
	span := l.Span()
	switch {
	case !l.From.Known() && !l.To.Known():
		return append(b, "null"...)
	case span.From == span.To:
		return append(appendString(append(b, `{"date":`...), span.From.String()), '}')
	}
	b = appendString(append(b, `{"interval":[`...), endText(span.From))
	return append(appendString(append(b, ','), endText(span.To)), "]}"...)
}

func endText(d geo.Date) string {
	if !d.Bounded() {
		return ".."
	}
	return d.String()
}
