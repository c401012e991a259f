package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// The rules of a feature that is sent, beside those of the data.
const (
	ruleMember   geo.Rule = "unknown-member"
	ruleProperty geo.Rule = "unknown-property"
	ruleNeeded   geo.Rule = "required-member"
	ruleFeature  geo.Rule = "geojson-feature"
	ruleIDStays  geo.Rule = "id-stays"
)

// ignoredMembers are what answers carry beside the feature itself: what was got
// can be sent back as it is.
var ignoredMembers = []string{"bbox", "links", "sources", "statusHistory"}

// receiver turns a GeoJSON feature that was sent into the store's, and gathers
// every fault on the way, each with its pointer.
type receiver struct {
	collection *collection
	// crs is the system of what is sent.
	crs    *system
	faults []geo.Fault
}

func (r *receiver) fault(pointer string, rule geo.Rule, format string, args ...any) {
	r.faults = append(r.faults, geo.Fault{Rule: rule, Place: geo.Place{Pointer: clip(pointer)}, Detail: fmt.Sprintf(format, args...)})
}

// feature reads a whole feature. id is "" where the body may name it.
func (r *receiver) feature(body any, id string) geo.Feature {
	members, ok := body.(map[string]any)
	f := geo.Feature{ID: id}
	if !ok {
		r.fault("", ruleFeature, "the body is not a GeoJSON feature")
		return f
	}
	if members["type"] != "Feature" {
		r.fault("/type", ruleFeature, `"type" must be "Feature"`)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains([]string{"type", "id", "geometry", "properties"}, name) && !slices.Contains(ignoredMembers, name) {
			r.fault(below("", name), ruleMember, "a feature has no such member here")
		}
	}
	f.ID = r.id(members, id)
	if g, there := members["geometry"]; there {
		f.Geometry = r.geometry(g)
	} else {
		r.fault("/geometry", ruleNeeded, "the geometry must be there; null stands for a place that is not known")
	}
	switch properties := members["properties"].(type) {
	case map[string]any:
		r.properties(properties, &f)
	case nil:
		r.fault("/properties", ruleNeeded, "the properties must be there")
	default:
		r.fault("/properties", ruleFeature, "the properties are not an object")
	}
	return f
}

func (r *receiver) id(members map[string]any, known string) string {
	switch id := members["id"].(type) {
	case nil:
		return known
	case string:
		if known != "" && id != known {
			r.fault("/id", ruleIDStays, "an id cannot change")
		}
		return id
	default:
		r.fault("/id", geo.RuleID, "an id is a text")
		return known
	}
}

// properties reads those that can be written. What is read only is passed over,
// so that what was got can be sent back.
func (r *receiver) properties(given map[string]any, f *geo.Feature) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.ContainsFunc(r.collection.columns, func(c column) bool { return c.name == name }) {
			r.fault(below("/properties", name), ruleProperty, "the collection has no such property")
		}
	}
	f.Values = make([]geo.Value, len(r.collection.Properties))
	for i := range r.collection.Properties {
		p := &r.collection.Properties[i]
		f.Values[i] = r.value(p.Type, below("/properties", p.Name), given[p.Name])
	}
	f.Sources, _ = r.value(geo.TextList, "/properties/"+geo.SourcesID, given[geo.SourcesID]).([]string)
	l := r.collection.Lifetime
	f.Lifetime.From = r.date(given, l.From, l.FromPrecision)
	f.Lifetime.To = r.date(given, l.To, l.ToPrecision)
}

// value reads one value; what is not of the type is a fault and nil.
func (r *receiver) value(t geo.PropertyType, pointer string, given any) geo.Value {
	switch v := given.(type) {
	case nil:
		return nil
	case string:
		if t == geo.Text || t == geo.Partial {
			return v
		}
		if n, ok := numberInText(t, v); ok {
			return n
		}
	case json.Number:
		if n, ok := number(t, v); ok {
			return n
		}
	case []any:
		if t == geo.TextList {
			return r.texts(pointer, v)
		}
	}
	r.fault(pointer, geo.RuleType, "the value is not of the type %s", expected[t])
	return nil
}

var expected = [...]string{
	geo.Text: "text", geo.Integer: "whole number of 64 bits", geo.Number: "number", geo.TextList: "list of texts", geo.Partial: "date as text",
}

// numberInText reads a text that is a number in JSON. QGIS before 3.44 takes a field
// for text that is unknown in the first ten features, and writes it so.
func numberInText(t geo.PropertyType, text string) (geo.Value, bool) {
	if len(text) > longestNumber || strings.Trim(text, "-+.0123456789eE") != "" || !json.Valid([]byte(text)) {
		return nil, false
	}
	return number(t, json.Number(text))
}

// longestNumber is how many bytes a number in a text may have: more than any that
// is written with all its digits.
const longestNumber = 40

func number(t geo.PropertyType, text json.Number) (geo.Value, bool) {
	f, err := text.Float64()
	if err != nil {
		return nil, false
	}
	if t == geo.Number {
		return f, true
	}
	if t == geo.Integer {
		if n, err := text.Int64(); err == nil {
			return n, true
		}
		// 5.0 and 1e3 are whole numbers too, and exact as far as 2⁵³.
		if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			return int64(f), true
		}
	}
	return nil, false
}

func (r *receiver) texts(pointer string, given []any) geo.Value {
	list := make([]string, 0, len(given))
	for i, v := range given {
		text, ok := v.(string)
		if !ok {
			r.fault(below(pointer, strconv.Itoa(i)), geo.RuleType, "a member of the list is not a text")
			continue
		}
		list = append(list, text)
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// date reads a day and how much of it is known; the day without a word about it
// is exact.
func (r *receiver) date(given map[string]any, name, precisionName string) geo.PartialDate {
	var d geo.PartialDate
	if name == "" {
		return d
	}
	pointer := below("/properties", name)
	text, _ := r.value(geo.Text, pointer, given[name]).(string)
	precision, _ := r.value(geo.Text, below("/properties", precisionName), given[precisionName]).(string)
	if given[name] == nil {
		if precision != "" {
			r.fault(below("/properties", precisionName), geo.RuleDateMissing, "there is no date for the precision to be of")
		}
		return d
	}
	day, err := geo.ParseDate(text)
	if err != nil {
		if _, isText := given[name].(string); isText {
			r.fault(pointer, geo.RuleType, "%s", err)
		}
		return d
	}
	p, err := geo.ParsePrecision(precision)
	switch {
	case err != nil:
		r.fault(below("/properties", precisionName), geo.RuleCode, "%s", err)
	case p != geo.None:
		return geo.PartialDate{Date: day, Precision: p}
	}
	return geo.On(day)
}

// geometry reads the types that collections have; what a collection admits is
// for the data's rules.
func (r *receiver) geometry(given any) orb.Geometry {
	if given == nil {
		return nil
	}
	members, _ := given.(map[string]any)
	coordinates := members["coordinates"]
	const at = "/geometry/coordinates"
	before := len(r.faults)
	var g orb.Geometry
	switch members["type"] {
	case "Point":
		g = r.point(at, coordinates)
	case "LineString":
		g = r.line(at, coordinates)
	case "MultiLineString":
		var lines orb.MultiLineString
		r.each(at, coordinates, func(at string, v any) { lines = append(lines, r.line(at, v)) })
		g = lines
	default:
		r.fault("/geometry", geo.RuleGeometryType, "the geometry is not a GeoJSON Point, LineString or MultiLineString")
	}
	if _, given := members["crs"]; given {
		r.fault("/geometry/crs", ruleMember, "positions are longitude and latitude on WGS 84 (CRS84)")
	}
	if len(r.faults) > before {
		return nil
	}
	return g
}

func (r *receiver) each(pointer string, given any, use func(at string, v any)) {
	list, ok := given.([]any)
	if !ok {
		r.fault(pointer, geo.RuleGeometryType, "the coordinates are not a list")
	}
	for i, v := range list {
		use(below(pointer, strconv.Itoa(i)), v)
	}
}

func (r *receiver) line(pointer string, given any) orb.LineString {
	var line orb.LineString
	r.each(pointer, given, func(at string, v any) { line = append(line, r.point(at, v)) })
	if len(line) < 2 {
		r.fault(pointer, geo.RuleGeometryType, "a line has two positions or more")
	}
	return line
}

func (r *receiver) point(pointer string, given any) orb.Point {
	var p orb.Point
	list, _ := given.([]any)
	if len(list) != 2 {
		r.fault(pointer, geo.RuleCoordinates, "a position is two numbers: nothing has heights here")
		return p
	}
	for i, v := range list {
		n, _ := v.(json.Number)
		f, err := n.Float64()
		if err != nil {
			r.fault(below(pointer, strconv.Itoa(i)), geo.RuleCoordinates, "it is not a number")
			return p
		}
		p[i] = f
	}
	return r.lonLat(pointer, p)
}

// lonLat turns a position as it was sent into longitude and latitude.
func (r *receiver) lonLat(pointer string, p orb.Point) orb.Point {
	first, second := 0, 1
	if r.crs.northFirst {
		p[0], p[1], first, second = p[1], p[0], second, first
	}
	if !r.crs.Geographic() {
		if err := r.crs.Check(p[0], p[1]); err != nil {
			r.fault(pointer, geo.RuleCoordinates, "%s", err)
			return orb.Point{}
		}
		return r.crs.lonLat(p)
	}
	for i, limit := range [...]float64{180, 90} {
		if math.Abs(p[i]) > limit {
			r.fault(below(pointer, strconv.Itoa([...]int{first, second}[i])), geo.RuleCoordinates, "it is not a number from -%g to %g", limit, limit)
		}
	}
	return p
}
