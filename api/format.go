package api

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"oxus/geo"
)

// format is a way to write features.
type format struct {
	// name is what f calls it and what the name of a file ends with.
	name string
	// mediaType is that of an answer; accepted is its part without parameters.
	mediaType string
	// title says what a whole collection is in it.
	title string
	// axes says which coordinate reference systems it can be asked for in.
	axes axes
	// own are the parameters that this format alone has.
	own []string
	// opening and feature append the beginning of a collection in JSON and one of its
	// features; its end, which says how the features ended, is that of GeoJSON.
	opening func(b []byte, r *itemsRequest) []byte
	feature func(b []byte, it *geo.Item, r *itemsRequest) []byte
	// In the other formats heading appends what stands before the features, record
	// one feature, and tail what stands after them; heading and tail may be nil.
	heading func(b []byte, r *itemsRequest) []byte
	record  func(b []byte, it *geo.Item, r *itemsRequest) []byte
	tail    func(b []byte) []byte
	// file writes all features in a format that needs the last before it can write the
	// first; it stands in place of the three above.
	file func(w io.Writer, items iter.Seq2[geo.Item, error], r *itemsRequest) error
	// layer is what writes the format, where that is another room; it stands in
	// place of all of the above.
	layer func(o *Options) geo.TableWriter
	// streamed says that the layer goes out as its rows come, in memory that does not
	// grow with them.
	streamed bool
}

// formats are those of features; the first is the default.
var formats = []*format{
	{name: "geojson", mediaType: geoJSONType, title: "The whole collection as one file", axes: officialOrder, opening: appendGeoJSONHead, feature: appendGeoJSON},
	{
		name: profileJSONFG, mediaType: jsonFGType, title: "The whole collection as JSON-FG", axes: officialOrder, own: []string{"profile"},
		opening: appendJSONFGHead, feature: appendJSONFG,
	},
	{
		name: "geojsonseq", mediaType: "application/geo+json-seq", title: "The whole collection as a sequence of features",
		axes: officialOrder, record: appendSequenceText,
	},
	{
		name: "csv", mediaType: csvType, title: "The whole collection as a table",
		axes: officialOrder, own: []string{"geometry", "bom"}, heading: appendHeading, record: appendRow,
	},
	{
		name: "kml", mediaType: kmlType, title: "The whole collection as KML",
		heading: appendKMLHeading, record: appendPlacemark, tail: appendKMLTail,
	},
	{name: "fgb", mediaType: flatGeobufType, title: "The whole collection as FlatGeobuf", axes: eastFirst, file: writeFlatGeobuf},
	{
		name: "gpkg", mediaType: "application/geopackage+sqlite3", title: "The whole collection as a GeoPackage",
		layer: func(o *Options) geo.TableWriter { return o.GeoPackage },
	},
	{
		name: "parquet", mediaType: parquetType, title: "The whole collection as GeoParquet", streamed: true,
		layer: func(o *Options) geo.TableWriter { return o.GeoParquet },
	},
	{
		name: "shp.zip", mediaType: "application/zip", title: "The whole collection as a zipped shapefile",
		layer: func(o *Options) geo.TableWriter { return o.Shapefile },
	},
}

// accepted is the media type without its parameters.
func (f *format) accepted() string {
	name, _, _ := strings.Cut(f.mediaType, ";")
	return name
}

// formatNames are the values of f in a request for features. JSON is another
// name of GeoJSON.
var formatNames = sync.OnceValue(func() []string {
	names := []string{"json"}
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
})

// itemsOffers are the media types features are answered in.
var itemsOffers = sync.OnceValue(func() []offer {
	offers := []offer{{geoJSONType, "geojson"}, {jsonType, "json"}}
	for _, f := range formats[1:] {
		offers = append(offers, offer{f.accepted(), f.name})
	}
	return offers
})

// formatNamed returns the format of that name, nil when there is none.
func formatNamed(name string) *format {
	i := slices.IndexFunc(formats, func(f *format) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return formats[i]
}

// formatOf takes f and the parameters of the format it names.
func (p *params) formatOf(k *collection, r *itemsRequest) {
	r.format = formats[0]
	p.format(formatNames()...)
	if named := formatNamed(p.values.Get("f")); named != nil {
		r.format = named
	}
	p.profile(r)
	if r.format.mediaType == csvType {
		p.table(k, &r.table)
	}
}

// saysHow reports whether a parameter only says how an answer is written.
func saysHow(name string) bool {
	return name == "f" || name == "crs" || slices.ContainsFunc(formats, func(f *format) bool { return slices.Contains(f.own, name) })
}

// checkFile refuses a request that asks a file of one format for another.
func (f *format) checkFile(file *format) error {
	if file == nil || f == file {
		return nil
	}
	return geo.Faulty([]geo.Fault{{Rule: ruleMalformed, Place: geo.Place{Parameter: "f"}, Detail: "the address names another format"}})
}

// fileNameOf is the name under which a browser keeps a file: what it holds and
// of which day it is.
func fileNameOf(k *collection, r *itemsRequest) string {
	return fmt.Sprintf("%s_%s.%s", k.ID, r.query.AsOf(), r.format.name)
}

// appendSequenceText appends a feature as one text of a sequence (RFC 8142): a
// record separator, the feature, a line feed.
func appendSequenceText(b []byte, it *geo.Item, r *itemsRequest) []byte {
	return append(appendFeature(append(b, 0x1e), it, r.columns), "}\n"...)
}
