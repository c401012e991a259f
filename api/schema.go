package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// schema is the part of JSON Schema 2020-12 that describes one property, with
// the x-ogc keywords of OGC API – Features Part 5.
type schema struct {
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Type        any      `json:"type,omitempty"`
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
}

// option is one value of a closed list with its title.
type option struct {
	Const any    `json:"const"`
	Title string `json:"title"`
}

func nullable(name string) []string { return []string{name, "null"} }

var typeNames = [...]string{
	geo.Text: "string", geo.Integer: "integer", geo.Number: "number", geo.TextList: "array", geo.Partial: "string",
}

func propertySchema(p *geo.Property) schema {
	s := schema{Title: p.Title, Description: p.Description, Refers: p.Refers}
	if p.Required {
		s.Type = typeNames[p.Type]
	} else {
		s.Type = nullable(typeNames[p.Type])
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
		if s.OneOf != nil && !p.Required {
			s.OneOf = append(s.OneOf, option{nil, "Not known"})
		}
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
	return schema{Title: title, Type: nullable("string"), Format: "date", Role: role}
}

func precisionSchema(title string) schema {
	return schema{Title: title, Type: nullable("string"), OneOf: []option{
		{"day", "The day"}, {"month", "The month"}, {"year", "The year"}, {nil, "Not known"},
	}}
}

func statusSchema(c *geo.Collection) schema {
	return schema{
		Title: "Status on the day asked about", Type: "string", ReadOnly: true,
		OneOf: append(options(c.Statuses), option{geo.UnknownStatus, "Unknown: nothing is documented for the day"}),
	}
}

func idsSchema(title string) schema {
	return schema{Title: title, Type: nullable("array"), Items: &schema{Type: "string"}}
}

var geometryFormats = map[geo.GeometryType]string{
	geo.Point: "geometry-point",
	// Lines and multi-lines together have no format of their own in Part 5.
	geo.Line:        "geometry-any",
	geo.AnyGeometry: "geometry-any",
}

// collectionSchema is the JSON Schema of a collection's features as they are
// returned.
type collectionSchema struct {
	Dialect    string   `json:"$schema"`
	ID         string   `json:"$id"`
	Title      string   `json:"title"`
	Type       string   `json:"type"`
	Properties document `json:"properties"`
	Required   []string `json:"required"`
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
	doc := schemaOf(k)
	doc.ID = s.url("collections", k.ID, "schema")
	return writeJSON(c, http.StatusOK, "application/schema+json", doc)
}

func schemaOf(k *collection) collectionSchema {
	doc := collectionSchema{Dialect: "https://json-schema.org/draft/2020-12/schema", Title: k.Title, Type: "object"}
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
