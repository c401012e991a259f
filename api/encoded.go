package api

import (
	"oxus/geo"
)

// EncodeFeatures returns what writes the features of a collection as pages of GeoJSON
// hold them, for a store that keeps them so: all columns, those of the status left out
// at their place.
func EncodeFeatures(c *geo.Collection) geo.FeatureEncoder {
	before, after := aroundStanding(columnsOf(c), c)
	return func(b []byte, f *geo.Feature) (encoded []byte, split int) {
		item := geo.Item{Feature: f}
		start := len(b)
		b = appendFeature(b, &item, before)
		b = b[:len(b)-1] // the properties go on
		split = len(b) - start
		for i := range after {
			b = append(b, ',')
			b = append(b, after[i].key...)
			b = after[i].append(b, &item)
		}
		return append(b, "}}"...), split
	}
}

// aroundStanding are the columns before those of the status, and after them.
func aroundStanding(columns []column, c *geo.Collection) (before, after []column) {
	first := len(columns) - len(recorded())
	if c.HasStatus() {
		return columns[:first-len(standing(c))], columns[first:]
	}
	return columns[:first], columns[first:]
}

// appendEncoded appends a feature that was kept encoded, with its status on the day.
func appendEncoded(b []byte, it *geo.Item, columns []column) []byte {
	b = append(b, it.Encoded.Bytes[:it.Encoded.Split]...)
	for i := range columns {
		b = append(b, ',')
		b = append(b, columns[i].key...)
		b = columns[i].append(b, it)
	}
	return append(b, it.Encoded.Bytes[it.Encoded.Split:]...)
}

// takesEncoded reports whether features can be answered as they are kept: in GeoJSON,
// with every column, in longitude and latitude.
func (r *itemsRequest) takesEncoded() bool {
	return r.whole && r.format == formats[0] && (r.crs == nil || r.crs == systems[0]) && !r.skipGeometry && r.near == nil && !r.query.Backwards
}
