package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
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

// tag sorts the operations by the collection they are about, and returns the tags.
func (s *Server) tag(paths object) []object {
	const general = "oxus"
	tags := []object{{"name": general, "description": "What is about all collections or none"}}
	for _, k := range s.atlas.Served() {
		tags = append(tags, object{"name": k.ID, "description": k.Title})
	}
	for path, item := range paths {
		parts, name := strings.Split(path, "/"), general
		file, _, _ := strings.Cut(parts[1], ".")
		switch {
		case len(parts) > 2 && parts[1] == "collections":
			name = parts[2]
		case s.collections[file] != nil:
			name = file
		}
		for _, operation := range item.(object) {
			operation.(object)["tags"] = []string{name}
		}
	}
	return tags
}

// openAPIDocument is derived from the collections: one path for each address a
// collection has, with the filters its properties give.
func (s *Server) openAPIDocument() object {
	paths := object{
		"/":                operation("landing", "Landing page", jsonType, object{"type": "object"}, parameter("f")),
		"/conformance":     operation("conformance", "Conformance classes", jsonType, object{"type": "object"}, parameter("f")),
		"/openapi.json":    operation("openapi", "This document", openAPIType, object{"type": "object"}, enumerated("f", "The format of the answer.", "json")),
		"/functions":       operation("functions", "Functions of filters beyond the standard's: there are none", jsonType, object{"type": "object"}, parameter("f")),
		"/collections":     operation("collections", "The collections", jsonType, object{"type": "object"}, parameter("f")),
		"/docs":            operation("docs", "The page that shows this document and tries its requests", htmlType, object{"type": "string"}, enumerated("f", "The format of the answer.", htmlName)),
		"/assets/oxus.css": operation("style", "The style of the pages", "text/css", object{"type": "string"}),
	}
	for _, c := range s.atlas.Collections {
		k := s.collections[c.ID]
		filters := append([]object{statsParameter(k), parameter("bbox"), parameter("near"), parameter("within"), parameter("filter"), parameter("filter-lang"), parameter("filter-crs"), parameter("datetime"), parameter(asRecordedParameter), parameter("f"), parameter("bbox-crs")}, propertyFilters(k)...)
		paths["/stats/"+k.ID] = operation("downloadStats"+camel(k.ID), k.Title+": counts by month, category or other properties", jsonType, object{"type": "object"}, filters...)
	}
	s.timePaths(paths)
	paths["/events"] = operation("events", "Which collections have changed, as it happens: events named versions, the first with all collections, the others with those that changed. "+
		"Only ids and the names of versions are told; ask the collections themselves for what changed. 429 or 503 with Retry-After when too many follow", eventsType, textSchema())
	s.tilePaths(paths, nil)
	for _, k := range s.atlas.Served() {
		s.collectionPaths(paths, s.collections[k.ID])
		s.tilePaths(paths, s.collections[k.ID])
	}
	s.importPaths(paths)
	tags := s.tag(paths)
	components := object{
		"parameters": sharedParameters(),
		"schemas":    object{"problem": problemSchema()},
		"responses": object{
			"invalid":     problemResponse("The request breaks a rule; every fault is named."),
			"notFound":    problemResponse("There is no such collection or feature."),
			"unavailable": problemResponse("The store cannot answer now."),
		},
	}
	s.addWriteComponents(components)
	s.addImportComponents(components)
	return object{
		"openapi": "3.0.3",
		"tags":    tags,
		"info": object{
			"title": "Oxus", "version": "1.0.0",
			"description": "Border infrastructure as of any day. Dates are days in UTC; coordinates are longitude, latitude on WGS 84. Errors are RFC 9457 problem details that name every fault.",
			"license":     object{"name": "Data: ODbL 1.0", "url": "https://opendatacommons.org/licenses/odbl/1-0/"},
		},
		"servers":    []object{{"url": s.url()}},
		"paths":      paths,
		"components": components,
	}
}

// timePaths are the addresses that tell of change over all collections.
func (s *Server) timePaths(paths object) {
	record, from, to := parameter(asRecordedParameter), parameter("from"), parameter("to")
	paths["/changes"] = operation("downloadChanges", "What appeared, disappeared, moved or changed its status between two days; f=atom gives a feed, the last change first",
		geoJSONType, featureCollection(), from, to, parameter("bbox"), parameter("collections"), parameter("clock"), record,
		changeStatusParameter(), parameter("filter"), parameter("filter-lang"), parameter("filter-crs"),
		parameter("limit"), parameter("cursor"), enumerated("f", "The format of the answer.", "json", "geojson", "atom", htmlName))
	paths["/stats/status"] = operation("downloadStatusStats", "How often and how long features were closed between two days",
		jsonType, object{"type": "object"}, s.collectionParameter((*collection).HasStatus), from, to, parameter("bbox"), parameter("near"), parameter("within"), record,
		parameter("limit"), parameter("cursor"), parameter("f"))
	ids := object{
		"name": "ids", "in": "query", "required": true, "example": "ap-2007-08-24",
		"description": fmt.Sprintf("The ids of the sources, separated by commas; at most %d.", maxSources), "schema": object{"type": "string"},
	}
	paths["/sources"] = operation("downloadSources", "The publications that ids name: who published them, when, and when they were read",
		jsonType, object{"type": "object"}, ids, record, parameter("f"))
	paths["/cite"] = operation("cite", "A lasting address of an answer with its checksum and a reference; with an earlier checksum, what became of what was cited",
		jsonType, object{"type": "object"}, s.collectionParameter(func(*collection) bool { return true }), parameter("bbox"), parameter("near"), parameter("within"), parameter("filter"), parameter("filter-lang"), parameter("filter-crs"), parameter("bbox-crs"), parameter("datetime"), record,
		object{"name": "checksum", "in": "query", "description": "The checksum of an earlier reference, asked with its as-recorded.", "schema": object{"type": "string"}}, parameter("f"))
}

// changeStatusParameter narrows changes by their own statuses.
func changeStatusParameter() object {
	return object{
		"name": geo.StatusProperty, "in": "query", "example": "closed",
		"description": "Keeps changes from or to one of these statuses, separated by commas. Every other property of the collections is a parameter too, as in a request for items; all of the collections must have it.",
		"schema":      object{"type": "string"},
	}
}

// collectionParameter names one of the collections that have something.
func (s *Server) collectionParameter(has func(*collection) bool) object {
	var ids []string
	for _, k := range s.atlas.Served() {
		if has(s.collections[k.ID]) {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		ids = []string{""} // none is open to who asks
	}
	p := enumerated("collection", "The collection asked about. Its properties are parameters too, as in a request for its items.", ids...)
	p["required"], p["example"] = true, ids[0]
	return p
}

func enumerated(name, description string, values ...string) object {
	return object{"name": name, "in": "query", "description": description, "schema": object{"type": "string", "enum": values}}
}

func (s *Server) collectionPaths(paths object, k *collection) {
	id, base := camel(k.ID), "/collections/"+k.ID
	feature := object{"type": "object", "description": "An RFC 7946 Feature; " + base + "/schema describes its properties."}
	filters := []object{parameter("bbox"), parameter("bbox-crs"), parameter("crs"), parameter("near"), parameter("within"), parameter("filter"), parameter("filter-lang"), parameter("filter-crs"), parameter("datetime"), parameter(asRecordedParameter), parameter("properties"), parameter("skipGeometry"), parameter("count")}
	filters = append(filters, propertyFilters(k)...)
	filters = append(filters, enumerated("profile", "The profile of an answer in GeoJSON.", profilePlain, profileJSONFG))
	table := slices.Concat(tableParameters(k), filters)
	page := []object{
		parameter("limit"), parameter("cursor"), sortby(k),
		enumerated("f", "The format of the answer; without it the Accept header decides.", append(slices.Clone(formatNames()), htmlName)...),
	}
	paths[base] = operation("describe"+id, k.Title, jsonType, object{"type": "object"}, parameter("f"))
	paths[base+"/schema"] = operation("schema"+id, k.Title+": schema", schemaType, object{"type": "object"}, parameter("f"))
	paths[base+"/schema/geojson"] = operation("featureSchema"+id, k.Title+": schema of a GeoJSON feature", schemaType, object{"type": "object"}, parameter("f"))
	paths[base+"/queryables"] = operation("queryables"+id, k.Title+": what a filter may ask about", schemaType, object{"type": "object"}, parameter("f"))
	paths[base+"/sortables"] = operation("sortables"+id, k.Title+": what features can be ordered by", schemaType, object{"type": "object"}, parameter("f"))
	paths[base+"/items"] = operation("items"+id, k.Title+": a page of features", geoJSONType, featureCollection(),
		slices.Concat(page, table)...)
	paths[base+"/items/{id}"] = operation("item"+id, k.Title+": one feature with its history and sources", geoJSONType, feature,
		parameter("id"), parameter("crs"), parameter("datetime"), parameter(asRecordedParameter), parameter("f"))
	if !k.Derived {
		paths[base+"/items/{id}/revisions"] = operation("itemRevisions"+id, k.Title+": the recorded changes of one feature and of its status periods",
			jsonType, object{"type": "object"}, parameter("id"), parameter("limit"), parameter("cursor"), parameter("f"))
	}
	if k.HasStatus() {
		paths[base+"/items/{id}/timeline"] = operation("itemTimeline"+id, k.Title+": the status of one feature from the first documented day to today",
			jsonType, object{"type": "object"}, parameter("id"), parameter(asRecordedParameter), parameter("f"))
	}
	s.writePaths(paths, k)
	for _, f := range formats {
		body, own := object{"type": "string"}, slices.Clone(filters)
		switch {
		case f.feature != nil:
			body = featureCollection()
		case f.file != nil || f.layer != nil:
			body = object{"type": "string", "format": "binary"}
		case f.own != nil:
			own = slices.Clone(table)
		}
		own = append(own, enumerated("f", "The format the address names.", f.name))
		paths["/"+k.ID+"."+f.name] = operation("download"+camel(f.name)+id, k.Title+". "+f.title, f.accepted(), body, own...)
		alsoIn(paths[base+"/items"], f.accepted(), body)
	}
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
		"name": "by", "in": "query", "required": true, "example": []string{"month"}, "style": "form", "explode": false,
		"description": fmt.Sprintf("What to count by. With several, at most %d, separated by commas, each group has the list of their values.", maxGroupings),
		"schema": object{
			"type": "array", "minItems": 1, "maxItems": maxGroupings,
			"items": object{"type": "string", "enum": slices.Sorted(maps.Keys(groupings(k, nil)))},
		},
	}
}

func parameter(name string) object { return object{"$ref": "#/components/parameters/" + name} }

func operation(id, summary, mediaType string, body object, parameters ...object) object {
	content := &contents{{mediaType, body}}
	if mediaType != htmlType && slices.ContainsFunc(parameters, hasPage) {
		content.add(htmlType, object{"type": "string"})
	}
	responses := object{
		"200": object{"description": summary, "content": content},
		"400": object{"$ref": "#/components/responses/invalid"},
		"503": object{"$ref": "#/components/responses/unavailable"},
	}
	if strings.HasPrefix(id, "item") || strings.HasPrefix(id, "download") || strings.HasSuffix(id, ".getTile") || strings.HasSuffix(id, ".getTileSet") {
		responses["304"] = object{"description": "The client has the answer already."}
	}
	if strings.HasPrefix(id, "item") {
		responses["404"] = object{"$ref": "#/components/responses/notFound"}
	}
	return object{"get": object{
		"operationId": id, "summary": summary, "parameters": parameters, "responses": responses,
	}}
}

// hasPage reports whether a parameter is an f that names HTML.
func hasPage(p object) bool {
	if p["name"] != "f" {
		return p["$ref"] == parameter("f")["$ref"]
	}
	values, _ := p["schema"].(object)["enum"].([]string)
	return slices.Contains(values, htmlName)
}

// alsoIn adds a media type to the answer of an operation.
func alsoIn(path any, mediaType string, body object) {
	responses := path.(object)["get"].(object)["responses"].(object)
	responses["200"].(object)["content"].(*contents).add(mediaType, body)
}

// contents are the media types an answer comes in, the default first: programs
// that let people choose one offer the first.
type contents []content

type content struct {
	mediaType string
	schema    object
}

func (cs *contents) add(mediaType string, schema object) {
	if !slices.ContainsFunc(*cs, func(c content) bool { return c.mediaType == mediaType }) {
		*cs = append(*cs, content{mediaType, schema})
	}
}

// MarshalJSON writes an object with the media types in their order.
func (cs *contents) MarshalJSON() ([]byte, error) {
	doc := &document{}
	for _, c := range *cs {
		doc.add(c.mediaType, object{"schema": c.schema})
	}
	return json.Marshal(doc)
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
	add("id", "Identifier", schema{Type: "string"})
	for _, col := range lifetime(k.Lifetime) {
		add(col.name, col.schema.Title, col.schema)
	}
	return list
}

// filterSchema is the schema of one value in a request; OpenAPI 3.0 has neither
// lists of types nor const.
func filterSchema(s schema) object {
	if s.Items != nil {
		return filterSchema(*s.Items)
	}
	out := object{"type": s.Type}
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
		"f": query("f", "The format of the answer.", object{"type": "string", "enum": []string{"json", "geojson", htmlName}}),
		"count": query("count", "exact: tell how many features match, also over pages; estimate: tell about how many, where that costs less; none: do not. Without it they are counted where that is cheap. The answer says in count which it is.",
			object{"type": "string", "enum": []string{"exact", "estimate", "none"}}),
		"filter": query("filter", "A filter in CQL2 about what the collection's queryables name: only features of which it is true.",
			object{"type": "string", "example": "T_AFTER(lifetime, DATE('1990-01-01')) OR id > 'a'"}),
		"filter-lang":  query("filter-lang", "The encoding of the filter; cql-text is the name that GDAL knows for the text of CQL2's drafts.", object{"type": "string", "enum": []string{"cql2-text", "cql2-json", "cql-text"}, "default": "cql2-text"}),
		"filter-crs":   query("filter-crs", "The coordinate reference system of the positions in the filter, in the axis order of its authority.", systemSchema()),
		"bbox-crs":     query("bbox-crs", "The coordinate reference system of bbox, in the axis order of its authority: latitude first in EPSG:4326, northing first in EPSG:28412.", systemSchema()),
		"crs":          query("crs", "The coordinate reference system of the answer, in the axis order of its authority; the header Content-Crs names it. KML and HTML have CRS84 alone. A feature too far off for a system has no geometry in it.", systemSchema()),
		"skipGeometry": query("skipGeometry", "true: null in place of every geometry.", object{"type": "boolean"}),
		"limit":        query("limit", "The most features on a page.", object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}),
		"cursor":       query("cursor", "Where the last page ended; taken from a next link, bound to its question.", text),
		"properties":   query("properties", "The properties to answer with, separated by commas.", object{"type": "array", "items": text}),
		"datetime": query("datetime", "A date, an instant or an interval (a/b, with .. or nothing for an open end). Keeps features whose lifetime may touch it and fixes the day of the status: the date itself, or the end of the interval, or today if that lies ahead. A date means the whole day in UTC.",
			object{"type": "string", "example": "2022-05-01"}),
		"bbox": query("bbox", "West, south, east, north in degrees, or the lowest and the highest corner in bbox-crs; edges included; west > east crosses the antimeridian. With six numbers the heights do not matter. Features without a position never lie in a box.",
			object{"type": "array", "items": number, "oneOf": []object{{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}}}),
		asRecordedParameter: query(asRecordedParameter, "An RFC 3339 instant: the answer this server would have given then, by what was recorded at the time, also of what was changed or deleted since. Without datetime the status is that of the instant's day.",
			object{"type": "string", "format": "date-time"}),
		"near":        query("near", "A collection, or a feature as collection/id: such as casa-1000: only features at most so far from the nearest as within says. The answer has their distance_m. Of a collection those count that exist in the time asked about.", object{"type": "string"}),
		"within":      query("within", "How far to look, in metres along the ellipsoid; goes with near.", object{"type": "number", "minimum": 0, "maximum": int(maxWithin)}),
		"from":        query("from", "The first day, or an instant in it; on the record's clock an instant. Nothing or .. leaves it open.", text),
		"to":          query("to", "The last day, included, or an instant in it; on the record's clock an instant. Without it, today.", text),
		"clock":       query("clock", "world: by when it happened; record: by when this server was told.", object{"type": "string", "enum": []string{worldClock, recordClock}, "default": worldClock}),
		"collections": query("collections", "The stored collections to look at, separated by commas; all without it.", object{"type": "array", "items": text}),
		"id":          object{"name": "id", "in": "path", "required": true, "description": "The id of the feature.", "schema": text},
	}
}

func featureCollection() object {
	return object{"type": "object", "required": []string{"type", "features"}, "properties": object{
		"type":           object{"type": "string", "enum": []string{"FeatureCollection"}},
		"features":       object{"type": "array", "items": object{"type": "object"}},
		"numberReturned": object{"type": "integer"},
		"numberMatched":  object{"type": "integer"},
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
			"parameter": text, "pointer": text, "rule": text, "detail": text,
		}}},
	}}
}
