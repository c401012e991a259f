package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// schemaRel is the relation of the link to what a collection's features hold.
const schemaRel = "http://www.opengis.net/def/rel/ogc/1.0/schema"

// schema is the part of JSON Schema 2020-12 that describes one property, with
// the x-ogc keywords of OGC API – Features Part 5 (23-058r2). It describes the
// value where there is one: null stands in GeoJSON for none.
type schema struct {
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        string   `json:"type,omitempty"`
	Format      string   `json:"format,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	OneOf       []option `json:"oneOf,omitempty"`
	Items       *schema  `json:"items,omitempty"`
	Minimum     *float64 `json:"minimum,omitempty"`
	Maximum     *float64 `json:"maximum,omitempty"`
	ReadOnly    bool     `json:"readOnly,omitempty"`
	Role        string   `json:"x-ogc-role,omitempty"`
	Unit        string   `json:"x-ogc-unit,omitempty"`
	UnitLang    string   `json:"x-ogc-unitLang,omitempty"`
	Refers      string   `json:"x-ogc-collectionId,omitempty"`
	// PropertySeq is the place of a property: JSON objects have no order.
	PropertySeq int `json:"x-ogc-propertySeq,omitempty"`
}

// option is one value of a closed list with its title.
type option struct {
	Const any    `json:"const"`
	Title string `json:"title"`
}

var typeNames = [...]string{
	geo.Text: "string", geo.Integer: "integer", geo.Number: "number", geo.TextList: "array", geo.Partial: "string",
}

func propertySchema(p *geo.Property) schema {
	s := schema{Title: p.Title, Description: p.Description, Type: typeNames[p.Type], Refers: p.Refers}
	if p.Refers != "" && p.Type != geo.TextList {
		s.Role = "reference"
	}
	if p.Unit != "" {
		s.Unit, s.UnitLang = p.Unit, "UCUM"
	}
	if p.Max > p.Min {
		s.Minimum, s.Maximum = &p.Min, &p.Max
	}
	switch p.Type {
	case geo.Partial:
		s.Pattern = `^\d{4}(-\d{2}(-\d{2})?)?$`
	case geo.TextList:
		s.Items = &schema{Type: "string", OneOf: options(p.Codes)}
	default:
		s.OneOf = options(p.Codes)
	}
	return s
}

func options(codes []geo.Code) []option {
	var list []option
	for _, c := range codes {
		list = append(list, option{c.Value, c.Title})
	}
	return list
}

func dateSchema(title, role string) schema {
	return schema{Title: title, Type: "string", Format: "date", Role: role}
}

func precisionSchema(title string) schema {
	return schema{Title: title, Type: "string", OneOf: []option{
		{"day", "The day"}, {"month", "The month"}, {"year", "The year"},
	}}
}

func statusSchema(c *geo.Collection) schema {
	return schema{
		Title: "Status on the day asked about", Type: "string", ReadOnly: true,
		OneOf: append(options(c.Statuses), option{geo.UnknownStatus, "Unknown: nothing is documented for the day"}),
	}
}

func idsSchema(title string) schema {
	return schema{Title: title, Type: "array", Items: &schema{Type: "string"}}
}

var geometryFormats = map[geo.GeometryType]string{
	geo.Point:       "geometry-point",
	geo.Line:        "geometry-linestring-or-multilinestring",
	geo.AnyGeometry: "geometry-any",
}

// collectionSchema is the JSON Schema of a collection's features as they are
// returned, or of a part of them.
type collectionSchema struct {
	Dialect    string   `json:"$schema,omitempty"`
	ID         string   `json:"$id,omitempty"`
	Title      string   `json:"title,omitempty"`
	About      string   `json:"description,omitempty"`
	Type       string   `json:"type"`
	Properties document `json:"properties"`
	Required   []string `json:"required,omitempty"`
}

func (s *Server) schema(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	setLinks(c, []link{asPage(s.url("collections", k.ID, "schema"), nil)})
	doc := received(k, schemaOf(k))
	doc.ID = s.url("collections", k.ID, "schema")
	return writeJSON(c, http.StatusOK, schemaType, doc)
}

func schemaOf(k *collection) collectionSchema {
	doc := collectionSchema{Dialect: "https://json-schema.org/draft/2020-12/schema", Title: k.Title, About: k.Description, Type: "object"}
	doc.Properties.add("id", schema{Title: "Identifier", Type: "string", ReadOnly: true, Role: "id"})
	doc.Properties.add("geometry", map[string]any{
		"title": "Geometry", "format": geometryFormats[k.Geometry], "x-ogc-role": "primary-geometry",
		"description": "Longitude and latitude on WGS 84 (OGC:CRS84); null when the place is known but not located.",
	})
	for i := range k.columns {
		doc.Properties.add(k.columns[i].name, k.columns[i].schema)
	}
	for _, p := range k.Properties {
		if p.Required {
			doc.Required = append(doc.Required, p.Name)
		}
	}
	return doc
}

// featureGeometries are the schemas of what a feature's geometry may be in
// GeoJSON.
var featureGeometries = map[geo.GeometryType][]string{
	geo.Point:       {"Point"},
	geo.Line:        {"LineString", "MultiLineString"},
	geo.AnyGeometry: {"Geometry"},
}

// featureSchema describes a whole GeoJSON feature, with the properties where
// GeoJSON has them. GDAL takes the types of fields from it, which it would else
// guess from the first features it reads, and validators understand it.
func (s *Server) featureSchema(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	setLinks(c, []link{asPage(s.url("collections", k.ID, "schema", "geojson"), nil)})
	doc := featureSchemaOf(k)
	doc.ID = s.url("collections", k.ID, "schema", "geojson")
	return writeJSON(c, http.StatusOK, schemaType, doc)
}

func featureSchemaOf(k *collection) collectionSchema {
	geometries := []object{{"type": "null"}}
	for _, name := range featureGeometries[k.Geometry] {
		geometries = append(geometries, object{"$ref": "https://geojson.org/schema/" + name + ".json"})
	}
	properties := collectionSchema{Type: "object"}
	for i := range k.columns {
		properties.Properties.add(k.columns[i].name, k.columns[i].schema)
	}
	doc := collectionSchema{
		Dialect: "https://json-schema.org/draft/2020-12/schema", Title: k.Title + ": a GeoJSON feature", Type: "object",
		About:    "Properties are described by the values they may have; null stands for what is not known. " + k.Description,
		Required: []string{"type", "id", "geometry", "properties"},
	}
	doc.Properties.add("type", object{"const": "Feature"})
	doc.Properties.add("id", schema{Title: "Identifier", Type: "string"})
	doc.Properties.add("geometry", object{"title": "Geometry", "oneOf": geometries})
	doc.Properties.add("properties", properties)
	return doc
}
