package api

import (
	"slices"

	"oxus/geo"
)

// EncodeFeatures returns how pages of GeoJSON hold the features of a collection, for a
// store that keeps them so: all columns, but for those of the status.
func EncodeFeatures(c *geo.Collection) *geo.FeatureEncoder {
	before, after := aroundStanding(columnsOf(c), c)
	columns := slices.Concat(before, after)
	fixed := []string{`{"type":"Feature","id":`, `,"geometry":`}
	separator := `,"properties":{`
	for i := range columns {
		fixed = append(fixed, separator+string(columns[i].key))
		separator = ","
	}
	fixed = append(fixed, "}}")
	return geo.NewFeatureEncoder(fixed, "null", len(before)+2, func(b []byte, it *geo.Item, part int) []byte {
		switch part {
		case 0:
			return appendString(b, it.ID)
		case 1:
			return appendGeometry(b, it.Geometry)
		default:
			return columns[part-2].append(b, it)
		}
	})
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
	b, rest := it.Encoded.AppendBefore(b)
	for i := range columns {
		b = append(b, ',')
		b = append(b, columns[i].key...)
		b = columns[i].append(b, it)
	}
	return it.Encoded.AppendAfter(b, rest)
}

// takesEncoded reports whether features can be answered as they are kept: in GeoJSON,
// with every column, in longitude and latitude.
func (r *itemsRequest) takesEncoded() bool {
	return !r.named && r.format == formats[0] && (r.crs == nil || r.crs == systems[0]) && !r.skipGeometry && r.near == nil && !r.query.Backwards
}
