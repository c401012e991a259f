package api

import (
	"unicode/utf8"

	"github.com/paulmach/orb"

	"oxus/geo"
)

const kmlType = "application/vnd.google-earth.kml+xml"

// appendKMLHeading appends what stands before the placemarks of a KML 2.2
// document (OGC 07-147r2): the types of their properties.
func appendKMLHeading(b []byte, r *itemsRequest) []byte {
	id := r.query.Collection.ID
	b = append(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n"...)
	b = append(appendXML(append(b, "<name>"...), r.query.Collection.Title), "</name>\n<Schema id=\""...)
	b = append(appendXML(b, id), "\" name=\""...)
	b = append(appendXML(b, id), "\">\n"...)
	b = append(b, "<SimpleField name=\"feature_id\" type=\"string\"/>\n"...)
	for i := range r.columns {
		b = append(appendXML(append(b, `<SimpleField name="`...), r.columns[i].name), `" type="`...)
		b = append(append(b, kmlFieldType(r.columns[i].schema.Type)...), "\"/>\n"...)
	}
	return append(b, "</Schema>\n"...)
}

// kmlFieldType names the type of a property. KML has none for dates and lists:
// they are text.
func kmlFieldType(t any) string {
	name, _ := t.(string)
	if list, ok := t.([]string); ok {
		name = list[0]
	}
	switch name {
	case "number":
		return "double"
	case "integer":
		return "int"
	default:
		return "string"
	}
}

func appendKMLTail(b []byte) []byte { return append(b, "</Document>\n</kml>\n"...) }

// appendPlacemark appends a feature: its name, the time it may exist in, its
// properties as the GeoJSON of the same question has them, its place.
func appendPlacemark(b []byte, it *geo.Item, r *itemsRequest) []byte {
	b = append(b, "<Placemark>"...)
	b = append(appendXML(append(b, "<name>"...), placemarkName(r.query.Collection, it.Feature)), "</name>"...)
	b = appendTimeSpan(b, it.Lifetime.Span())
	b = append(appendXML(append(b, `<ExtendedData><SchemaData schemaUrl="#`...), r.query.Collection.ID), `">`...)
	b = appendSimpleData(b, "feature_id", it.ID)
	var scratch [256]byte
	for i := range r.columns {
		value := r.columns[i].append(scratch[:0], it)
		if string(value) != "null" { // what is unknown is left out
			b = appendSimpleData(b, r.columns[i].name, plainText(value))
		}
	}
	b = appendKMLGeometry(append(b, "</SchemaData></ExtendedData>"...), it.Geometry)
	return append(b, "</Placemark>\n"...)
}

// placemarkName is the name of a feature, of a status period that of the feature
// it speaks for.
func placemarkName(c *geo.Collection, f *geo.Feature) string {
	if !c.Derived {
		return c.NameOf(f)
	}
	name, _ := f.Values[c.PropertyIndex("name_en")].(string)
	return name
}

func appendSimpleData[T string | []byte](b []byte, name string, text T) []byte {
	b = append(appendXML(append(b, `<SimpleData name="`...), name), `">`...)
	return append(appendXML(b, text), "</SimpleData>"...)
}

// appendTimeSpan appends the days a feature may exist on; a day that nothing
// bounds is left out. KML's end is the moment a span is over, its dates mean
// their whole day.
func appendTimeSpan(b []byte, days geo.Interval) []byte {
	if !days.From.Bounded() && !days.To.Bounded() {
		return b
	}
	b = append(b, "<TimeSpan>"...)
	if days.From.Bounded() {
		b = append(days.From.Append(append(b, "<begin>"...)), "</begin>"...)
	}
	if days.To.Bounded() {
		b = append(days.To.Append(append(b, "<end>"...)), "</end>"...)
	}
	return append(b, "</TimeSpan>"...)
}

func appendKMLGeometry(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		b = appendKMLPosition(append(b, "<Point><coordinates>"...), g)
		return append(b, "</coordinates></Point>"...)
	case orb.LineString:
		b = append(b, "<LineString><coordinates>"...)
		for i, p := range g {
			if i > 0 {
				b = append(b, ' ')
			}
			b = appendKMLPosition(b, p)
		}
		return append(b, "</coordinates></LineString>"...)
	case orb.MultiLineString:
		b = append(b, "<MultiGeometry>"...)
		for _, l := range g {
			b = appendKMLGeometry(b, l)
		}
		return append(b, "</MultiGeometry>"...)
	default:
		return b
	}
}

func appendKMLPosition(b []byte, p orb.Point) []byte {
	b = append(appendCoordinate(b, p[0]), ',')
	return appendCoordinate(b, p[1])
}

// appendXML appends a text of a document or of an attribute. XML 1.0 cannot hold
// most control characters, however they are written: U+FFFD stands for them.
func appendXML[T string | []byte](b []byte, text T) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(string(text[i:min(len(text), i+utf8.UTFMax)]))
			if r == 0xfffe || r == 0xffff {
				r = utf8.RuneError
			}
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"':
			b = append(b, "&quot;"...)
		case c == '\r':
			b = append(b, "&#13;"...)
		case c < ' ' && c != '\t' && c != '\n':
			b = utf8.AppendRune(b, utf8.RuneError)
		default:
			b = append(b, c)
		}
	}
	return b
}
