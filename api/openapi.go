package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

type object = map[string]any

func (s *Server) openAPI(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	// Indented: people read it, and its changes.
	body, err := json.MarshalIndent(s.openAPIDocument(), "", " ")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, openAPIType, append(body, '\n'))
}

// openAPIDocument is derived from the collections: one path for each address a
// collection has, with the filters its properties give.
func (s *Server) openAPIDocument() object {
	paths := object{
		"/":             operation("landing", "Landing page", jsonType, object{"type": "object"}, parameter("f")),
		"/conformance":  operation("conformance", "Conformance classes", jsonType, object{"type": "object"}, parameter("f")),
		"/openapi.json": operation("openapi", "This document", openAPIType, object{"type": "object"}, parameter("f")),
		"/collections":  operation("collections", "The collections", jsonType, object{"type": "object"}, parameter("f")),
	}
	if k := s.collections[statsCollection]; k != nil {
		filters := append([]object{statsParameter(k), parameter("bbox"), parameter("datetime"), parameter("f")}, propertyFilters(k)...)
		paths["/stats/"+k.ID] = operation("downloadStats", k.Title+": counts by month, category or another property", jsonType, object{"type": "object"}, filters...)
	}
	for _, k := range s.atlas.Served() {
		s.collectionPaths(paths, s.collections[k.ID])
	}
	return object{
		"openapi": "3.0.3",
		"info": object{
			"title": "Oxus", "version": "1.0.0",
			"description": "Border infrastructure as of any day. Dates are days in UTC; coordinates are longitude, latitude on WGS 84. Errors are RFC 9457 problem details that name every fault.",
			"license":     object{"name": "Data: ODbL 1.0", "url": "https://opendatacommons.org/licenses/odbl/1-0/"},
		},
		"servers": []object{{"url": s.url()}},
		"paths":   paths,
		"components": object{
			"parameters": sharedParameters(),
			"schemas":    object{"problem": problemSchema()},
			"responses": object{
				"invalid":     problemResponse("The request breaks a rule; every fault is named."),
				"notFound":    problemResponse("There is no such collection or feature."),
				"unavailable": problemResponse("The store cannot answer now."),
			},
		},
	}
}

func (s *Server) collectionPaths(paths object, k *collection) {
	id, base := camel(k.ID), "/collections/"+k.ID
	feature := object{"type": "object", "description": "An RFC 7946 Feature; " + base + "/schema describes its properties."}
	filters := []object{parameter("bbox"), parameter("datetime"), parameter("properties"), parameter("f")}
	filters = append(filters, propertyFilters(k)...)
	paths[base] = operation("describe"+id, k.Title, jsonType, object{"type": "object"}, parameter("f"))
	paths[base+"/schema"] = operation("schema"+id, k.Title+": schema", schemaType, object{"type": "object"}, parameter("f"))
	paths[base+"/items"] = operation("items"+id, k.Title+": a page of features", geoJSONType, featureCollection(),
		append([]object{parameter("limit"), parameter("cursor")}, filters...)...)
	paths[base+"/items/{id}"] = operation("item"+id, k.Title+": one feature with its history and sources", geoJSONType, feature,
		parameter("id"), parameter("datetime"), parameter("f"))
	if k.HasStatus() {
		paths[base+"/items/{id}/timeline"] = operation("itemTimeline"+id, k.Title+": the status of one feature from the first documented day to today",
			jsonType, object{"type": "object"}, parameter("id"), parameter("f"))
	}
	paths["/"+k.ID+".geojson"] = operation("download"+id, k.Title+": all features as one file", geoJSONType, featureCollection(), filters...)
}

// camel turns transmission-lines into TransmissionLines.
func camel(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func statsParameter(k *collection) object {
	return object{
		"name": "by", "in": "query", "required": true, "description": "What to count by.",
		"schema": object{"type": "string", "enum": slices.Sorted(maps.Keys(groupings(k)))},
	}
}

func parameter(name string) object { return object{"$ref": "#/components/parameters/" + name} }

func operation(id, summary, mediaType string, body object, parameters ...object) object {
	responses := object{
		"200": object{"description": summary, "content": object{mediaType: object{"schema": body}}},
		"400": object{"$ref": "#/components/responses/invalid"},
		"503": object{"$ref": "#/components/responses/unavailable"},
	}
	if strings.HasPrefix(id, "item") || strings.HasPrefix(id, "download") {
		responses["304"] = object{"description": "The client has the answer already."}
	}
	if strings.HasPrefix(id, "item") {
		responses["404"] = object{"$ref": "#/components/responses/notFound"}
	}
	return object{"get": object{
		"operationId": id, "summary": summary, "parameters": parameters, "responses": responses,
	}}
}

// propertyFilters are the parameters that narrow by the value of a property.
func propertyFilters(k *collection) []object {
	var list []object
	add := func(name, title string, s schema) {
		list = append(list, object{
			"name": name, "in": "query", "description": title + ": only features with this value.",
			"schema": filterSchema(s),
		})
	}
	for i := range k.Properties {
		add(k.Properties[i].Name, k.Properties[i].Title, propertySchema(&k.Properties[i]))
	}
	if k.HasStatus() {
		add("status", "Status on the day asked about", statusSchema(k.Collection))
	}
	return list
}

// filterSchema is the schema of one value in a request; OpenAPI 3.0 has neither
// lists of types nor const.
func filterSchema(s schema) object {
	if s.Items != nil {
		return filterSchema(*s.Items)
	}
	name, _ := s.Type.(string)
	if list, ok := s.Type.([]string); ok {
		name = list[0]
	}
	out := object{"type": name}
	var values []any
	for _, o := range s.OneOf {
		if o.Const != nil {
			values = append(values, o.Const)
		}
	}
	if values != nil {
		out["enum"] = values
	}
	return out
}

func sharedParameters() object {
	query := func(name, description string, s object) object {
		return object{"name": name, "in": "query", "description": description, "schema": s, "style": "form", "explode": false}
	}
	text := object{"type": "string"}
	number := object{"type": "number"}
	return object{
		"f":          query("f", "The format of the answer.", object{"type": "string", "enum": []string{"json", "geojson"}}),
		"limit":      query("limit", "The most features on a page.", object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}),
		"cursor":     query("cursor", "Where the last page ended; taken from a next link, bound to its question.", text),
		"properties": query("properties", "The properties to answer with, separated by commas.", object{"type": "array", "items": text}),
		"datetime": query("datetime", "A date, an instant or an interval (a/b, with .. or nothing for an open end). Keeps features whose lifetime may touch it and fixes the day of the status: the date itself, or the end of the interval, or today if that lies ahead. A date means the whole day in UTC.",
			object{"type": "string", "example": "2022-05-01"}),
		"bbox": query("bbox", "West, south, east, north in degrees, edges included; west > east crosses the antimeridian. With six numbers the heights do not matter. Features without a position never lie in a box.",
			object{"type": "array", "items": number, "oneOf": []object{{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}}}),
		"id": object{"name": "id", "in": "path", "required": true, "description": "The id of the feature.", "schema": text},
	}
}

func featureCollection() object {
	return object{"type": "object", "required": []string{"type", "features"}, "properties": object{
		"type":           object{"type": "string", "enum": []string{"FeatureCollection"}},
		"features":       object{"type": "array", "items": object{"type": "object"}},
		"numberReturned": object{"type": "integer"},
		"timeStamp":      object{"type": "string", "format": "date-time"},
		"links":          object{"type": "array", "items": object{"type": "object"}},
	}}
}

func problemResponse(description string) object {
	return object{"description": description, "content": object{
		"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/problem"}},
	}}
}

func problemSchema() object {
	text := object{"type": "string"}
	return object{"type": "object", "properties": object{
		"type": text, "title": text, "status": object{"type": "integer"}, "detail": text, "requestId": text,
		"errors": object{"type": "array", "items": object{"type": "object", "properties": object{
			"parameter": text, "rule": text, "detail": text,
		}}},
	}}
}
