package seed

import (
	"encoding/json"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// member is one feature of a GeoJSON file.
type member struct {
	ID         string         `json:"id"`
	Properties map[string]any `json:"properties"`
	Geometry   *struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

func (r *reader) featureCollection(c *geo.Collection, name string) []geo.Feature {
	text, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		r.fault(RuleFile, geo.Place{File: name}, "the file cannot be opened")
		return nil
	}
	var file struct {
		Features []member `json:"features"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		r.fault(RuleFile, geo.Place{File: name}, "the file is not a GeoJSON feature collection: %v", err)
		return nil
	}
	features := make([]geo.Feature, 0, len(file.Features))
	for i := range file.Features {
		features = append(features, r.member(c, &file.Features[i], lineOf(name, text, file.Features[i].ID)))
	}
	return features
}

// lineOf finds the line on which a feature's id stands.
func lineOf(name string, text []byte, id string) geo.Place {
	quoted, _ := json.Marshal(id) // a string always has a JSON form
	before, _, _ := strings.Cut(string(text), `"id": `+string(quoted))
	return geo.Place{File: name, Line: strings.Count(before, "\n") + 1}
}

func (r *reader) member(c *geo.Collection, m *member, at geo.Place) geo.Feature {
	at.Feature = m.ID
	r.remember(c.ID, m.ID, at)
	f := geo.Feature{ID: m.ID, Geometry: r.geometry(m, at), Values: make([]geo.Value, len(c.Properties))}
	for _, name := range slices.Sorted(maps.Keys(m.Properties)) {
		r.property(c, &f, name, m.Properties[name], at)
	}
	return f
}

func (r *reader) geometry(m *member, at geo.Place) orb.Geometry {
	if m.Geometry == nil {
		return nil
	}
	var g orb.Geometry
	var err error
	switch m.Geometry.Type {
	case "LineString":
		var l orb.LineString
		err = json.Unmarshal(m.Geometry.Coordinates, &l)
		g = l
	case "MultiLineString":
		var l orb.MultiLineString
		err = json.Unmarshal(m.Geometry.Coordinates, &l)
		g = l
	default:
		r.fault(geo.RuleGeometryType, at, "%q is neither LineString nor MultiLineString", m.Geometry.Type)
	}
	if err != nil {
		r.fault(geo.RuleGeometryType, at, "the coordinates do not fit a %s", m.Geometry.Type)
	}
	return g
}

func (r *reader) property(c *geo.Collection, f *geo.Feature, name string, v any, at geo.Place) {
	at.Field = name
	l := c.Lifetime
	text, _ := v.(string)
	switch name {
	case geo.SourcesID:
		f.Sources = texts(v)
		return
	case l.From, l.To:
		if v != nil && text == "" {
			r.fault(geo.RuleType, at, "%v is not a date written as a text", v)
		}
		end := &f.Lifetime.From
		if name == l.To {
			end = &f.Lifetime.To
		}
		*end = r.partial(at, name, text)
		return
	}
	i := c.PropertyIndex(name)
	if i < 0 {
		r.fault(RuleColumn, at, "nothing declares this property")
		return
	}
	f.Values[i] = valueOf(&c.Properties[i], v)
}

// valueOf gives a JSON value the dynamic type of its property; one that does
// not fit stays as it is, for the check to name.
func valueOf(p *geo.Property, v any) geo.Value {
	switch v := v.(type) {
	case float64:
		if p.Type == geo.Integer && v == float64(int64(v)) {
			return int64(v)
		}
		return v
	case []any:
		return texts(v)
	default:
		return v
	}
}

func texts(v any) []string {
	members, _ := v.([]any)
	list := make([]string, 0, len(members))
	for _, m := range members {
		s, _ := m.(string)
		list = append(list, s)
	}
	return list
}
