package geo

import (
	"fmt"
	"slices"
)

// GeometryType is what a collection's geometries may be.
type GeometryType uint8

// The geometry types of a collection. Line admits LineString and
// MultiLineString.
const (
	NoGeometry GeometryType = iota
	Point
	Line
	// AnyGeometry admits what the collections it is derived from have.
	AnyGeometry
)

// PropertyType is the type of a property's values.
type PropertyType uint8

// The property types, with the dynamic type of their Value.
const (
	Text     PropertyType = iota // string
	Integer                      // int64
	Number                       // float64
	TextList                     // []string
	// Partial is a date as far as its source gives it (YYYY, YYYY-MM or
	// YYYY-MM-DD), kept as text: string.
	Partial
)

// Code is one value of a closed list, with its English title.
type Code struct {
	Value, Title string
}

// Property declares one property of a collection.
type Property struct {
	Name        string
	Type        PropertyType
	Title       string
	Description string
	// Unit is a UCUM symbol such as "m" or "kV", "" for none.
	Unit string
	// Codes closes the list of values; nil leaves it open.
	Codes []Code
	// Refers names the collection whose feature ids the values are.
	Refers string
	// Mentions marks a list whose members may be ids of features of any
	// collection, among other texts.
	Mentions bool
	Required bool
	// Min and Max bound a number, both included, where Max > Min.
	Min, Max float64
}

// LifetimeNames are the properties that say from when to when a feature exists or
// an event lasts. From and To carry full dates; their precision stands beside
// them in FromPrecision and ToPrecision, where these are named: without, every
// date is exact to the day.
type LifetimeNames struct {
	From, FromPrecision, To, ToPrecision string
}

// Collection declares a collection once; schemas, tables, field mappings,
// exports and legends are derived from it.
type Collection struct {
	ID          string
	Title       string
	Description string
	Geometry    GeometryType
	// Properties are declared in the order they are shown in; the first is the
	// name of a stored feature.
	Properties []Property
	// Statuses are the codes a status period may carry, nil when features of
	// this collection have no status.
	Statuses []Code
	// Closed are those of the statuses in which a feature is out of use: nothing
	// passes, no current flows.
	Closed []string
	// Project names the property by which the periods of a whole project speak
	// for a feature that has none of its own, "" for none.
	Project  string
	Lifetime LifetimeNames
	// Derived marks a collection that follows from others and cannot be written.
	Derived bool
	// Audience is the least role that may see the collection at all. See
	// Atlas.Restrict.
	Audience Role

	index map[string]int
}

// UnknownStatus is the status of a feature on a day that no period covers.
const UnknownStatus = "unknown"

// HasStatus reports whether features of the collection carry a status.
func (c *Collection) HasStatus() bool { return len(c.Statuses) > 0 }

// PropertyIndex returns the position of a property in Properties and in every
// feature's Values, -1 when the collection has no such property.
func (c *Collection) PropertyIndex(name string) int {
	if i, ok := c.index[name]; ok {
		return i
	}
	return -1
}

// Property returns the declared property of that name.
func (c *Collection) Property(name string) (*Property, bool) {
	i := c.PropertyIndex(name)
	if i < 0 {
		return nil, false
	}
	return &c.Properties[i], true
}

// HasCode reports whether value is one of codes.
func HasCode(codes []Code, value string) bool {
	for _, c := range codes {
		if c.Value == value {
			return true
		}
	}
	return false
}

// Atlas is the set of collections a server holds, in the order they are shown.
type Atlas struct {
	// Collections are those that are stored, Derived those that follow from them.
	Collections, Derived []*Collection
	byID                 map[string]*Collection
}

// Served returns all collections, the derived ones last.
func (a *Atlas) Served() []*Collection { return slices.Concat(a.Collections, a.Derived) }

// NewAtlas indexes the collections. It refuses two of one id, and properties
// that are named twice, because every table and document is derived from them.
func NewAtlas(collections ...*Collection) (*Atlas, error) {
	a := &Atlas{byID: make(map[string]*Collection, len(collections))}
	for _, c := range collections {
		if c.Derived {
			a.Derived = append(a.Derived, c)
		} else {
			a.Collections = append(a.Collections, c)
		}
		if a.byID[c.ID] != nil {
			return nil, fmt.Errorf("collection %s is declared twice", c.ID)
		}
		a.byID[c.ID] = c
		c.index = make(map[string]int, len(c.Properties))
		for i, p := range c.Properties {
			if _, taken := c.index[p.Name]; taken {
				return nil, fmt.Errorf("collection %s declares property %s twice", c.ID, p.Name)
			}
			c.index[p.Name] = i
		}
	}
	return a, nil
}

// Stored returns the collection of that id that can be written: NotFound when
// there is none, Invalid when it is derived.
func (a *Atlas) Stored(id string) (*Collection, error) {
	c, err := a.Collection(id)
	if err == nil && c.Derived {
		return nil, Errorf(Invalid, "The collection %q follows from others and cannot be written.", id)
	}
	return c, err
}

// Collection returns the collection of that id, or a NotFound error.
func (a *Atlas) Collection(id string) (*Collection, error) {
	if c := a.byID[id]; c != nil {
		return c, nil
	}
	return nil, Errorf(NotFound, "There is no collection %q.", id)
}
