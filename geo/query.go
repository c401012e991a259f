package geo

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo/cql2"
)

// BBox is a box of longitude and latitude, edges included. West > East means
// that it crosses the antimeridian.
type BBox struct {
	West, South, East, North float64
}

// ParseBBox reads the bbox parameter of OGC API – Features (17-069r4, 7.15.3):
// four numbers, or six whose heights do not matter because no collection has
// any. Longitudes lie in −180…180, latitudes in −90…90.
func ParseBBox(s string) (BBox, error) {
	n, err := ParseBBoxNumbers(s)
	if err != nil {
		return BBox{}, err
	}
	b := BBox{n[0], n[1], n[2], n[3]}
	return b, b.Check()
}

// ParseBBoxNumbers reads the two corners of a box in any system, without the
// heights.
func ParseBBoxNumbers(s string) (corners [4]float64, err error) {
	parts := strings.Split(s, ",")
	if len(parts) != 4 && len(parts) != 6 {
		return corners, fmt.Errorf("a box has 4 or 6 numbers, not %d", len(parts))
	}
	n := make([]float64, len(parts))
	for i, p := range parts {
		v, err := parseNumber(p)
		if err != nil {
			return corners, err
		}
		n[i] = v
	}
	half := len(n) / 2
	if len(n) == 6 && n[2] > n[5] {
		return corners, errors.New("the lowest height lies above the highest")
	}
	return [4]float64{n[0], n[1], n[half], n[half+1]}, nil
}

// Check returns an error when the box is none of longitude and latitude.
func (b BBox) Check() error {
	switch {
	case math.Abs(b.West) > 180 || math.Abs(b.East) > 180:
		return errors.New("a longitude lies outside -180 to 180")
	case math.Abs(b.South) > 90 || math.Abs(b.North) > 90:
		return errors.New("a latitude lies outside -90 to 90")
	case b.South > b.North:
		return errors.New("the southern edge lies north of the northern edge")
	}
	return nil
}

// Bounds returns the box as one bound, or two when it crosses the antimeridian.
func (b BBox) Bounds() []orb.Bound {
	bound := func(w, e float64) orb.Bound {
		return orb.Bound{Min: orb.Point{w, b.South}, Max: orb.Point{e, b.North}}
	}
	if b.West <= b.East {
		return []orb.Bound{bound(b.West, b.East)}
	}
	return []orb.Bound{bound(b.West, 180), bound(-180, b.East)}
}

// Query asks for features of one collection. Its parts narrow the answer
// together; the zero value of a part asks nothing.
type Query struct {
	Collection *Collection
	BBox       *BBox
	// IDs keeps the features that have one of these ids; nil keeps all.
	IDs []string
	// Time keeps features whose lifetime may touch the interval and fixes the
	// day of their status; nil keeps all and asks about Today.
	Time *Interval
	// Equals keeps features that match every one of the pairs.
	Equals []Equal
	// Filter keeps features that it is true of; it is checked against the
	// collection's Queryables. nil keeps all.
	Filter *cql2.Node
	// Near keeps features that lie near others, and gives their distance.
	Near *Near
	// Histories asks for the periods of each feature too.
	Histories bool
	// Sort orders the features, by id where nothing else decides; without it they
	// come in the order of their Hilbert keys, and of their ids among equal keys. See
	// Order.
	Sort []SortKey
	// Backwards yields them in the opposite order.
	Backwards bool
	// After keeps features that come after the one of this id: where the last
	// page ended. AfterKey is its Hilbert key, by which it is placed where nothing is
	// sorted by. A query sorted by anything but the id needs the feature to be there.
	After    string
	AfterKey HilbertKey
	// Limit is the most features to yield, 0 for all.
	Limit int
	// Roughly lets Count answer with an estimate where counting would cost more.
	Roughly bool
	// Encoded lets a store that keeps features as answers hold them give those bytes
	// in place of all but the id and the standing of an item. Such items share their
	// feature, which lasts until the next is asked for.
	Encoded bool
	// Today is the day the question is asked on.
	Today Date
}

// Near asks for features at most Within metres from the nearest of the shapes.
// A feature without a geometry is near nothing.
type Near struct {
	Shapes []orb.Geometry
	Within float64
}

// Equal asks for one value of a property, or for a status when Property is
// "status". A list property matches when it contains the value.
type Equal struct {
	Property string
	Value    Value
}

// StatusProperty is the name under which the status of a feature is asked for.
const StatusProperty = "status"

// AsOf returns the day whose status the answer carries.
func (q *Query) AsOf() Date {
	if q.Time == nil {
		return q.Today
	}
	return q.Time.AsOf(q.Today)
}

// decimal is a number as people and JSON write it: no hexadecimals, no
// underscores, no infinities.
var decimal = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

func parseNumber(s string) (float64, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !decimal.MatchString(s) {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return n, nil
}

// ParseValue reads the text of a request parameter or a table cell as a value
// of the property.
func (p *Property) ParseValue(s string) (Value, error) {
	switch p.Type {
	case Integer:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", s)
		}
		return n, nil
	case Number:
		return parseNumber(s)
	default:
		return s, nil
	}
}

// EqualFilter reads the text a request gives for a property, or for the status,
// of the collection. Codes outside a closed list are refused.
func (c *Collection) EqualFilter(name, text string) (Equal, error) {
	if name == StatusProperty && c.HasStatus() {
		if text != UnknownStatus && !HasCode(c.Statuses, text) {
			return Equal{}, fmt.Errorf("%q is not a status of %s (%s, %s)", text, c.ID, listCodes(c.Statuses), UnknownStatus)
		}
		return Equal{name, text}, nil
	}
	p, ok := c.Property(name)
	if !ok {
		return Equal{}, fmt.Errorf("%s has no property %q", c.ID, name)
	}
	v, err := p.ParseValue(text)
	if err != nil {
		return Equal{}, err
	}
	if p.Codes != nil && !HasCode(p.Codes, text) {
		return Equal{}, fmt.Errorf("%q is not a value of %s (%s)", text, name, listCodes(p.Codes))
	}
	return Equal{name, v}, nil
}

func listCodes(codes []Code) string {
	values := make([]string, len(codes))
	for i, c := range codes {
		values[i] = c.Value
	}
	return strings.Join(values, ", ")
}
