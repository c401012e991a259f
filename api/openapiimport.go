package api

import (
	"maps"

	"oxus/geo"
)

// keyed adds what every operation that needs a key answers.
func keyed(o object) object {
	responses := o["responses"].(object)
	maps.Copy(responses, object{"401": response("noKey"), "403": response("smallRole"), "429": response("slow"), "503": response("unavailable")})
	o["security"] = []object{{"key": []string{}}, {"session": []string{}}}
	return o
}

func response(name string) object { return object{"$ref": "#/components/responses/" + name} }

func schemaRef(name string) object { return object{"$ref": "#/components/schemas/" + name} }

func textSchema() object { return object{"type": "string"} }

// inPath is a name in the path of an address.
func inPath(name, description string) object {
	return object{"name": name, "in": "path", "required": true, "description": description, "schema": textSchema()}
}

// keyedGet is an address that is read with a key.
func keyedGet(name, summary string, schema object, parameters ...object) object {
	path := operation(name, summary, jsonType, schema, parameters...)
	o := keyed(path["get"].(object))
	o["responses"].(object)["404"] = response("notFound")
	return path
}

// importStep is what is done with an import.
func importStep(name, summary string, body, done object) object {
	responses := object{"400": response("invalid"), "404": response("notFound"), "409": response("conflict"), "412": response("stale"), "413": response("large"), "415": response("otherType")}
	maps.Copy(responses, done)
	o := object{"operationId": name, "summary": summary, "parameters": []object{importID(), parameter("if-match-import")}, "responses": responses}
	if body != nil {
		o["requestBody"] = object{"content": object{jsonType: object{"schema": body}}}
	}
	return keyed(o)
}

func importID() object { return inPath("import", "The id of the import.") }

// importPaths adds the addresses of imports, mappings and sessions.
func (s *Server) importPaths(paths object) {
	if len(s.importRoutes()) == 0 {
		return
	}
	paths["/session"] = sessionOperations()
	states := make([]string, 0, len(geo.ImportStates()))
	for _, state := range geo.ImportStates() {
		states = append(states, string(state))
	}
	id := importID()
	state := object{
		"name": "state", "in": "query", "style": "form", "explode": false, "description": "Only imports in these states, separated by commas.",
		"schema": object{"type": "array", "items": object{"type": "string", "enum": states}},
	}
	list := keyedGet("imports", "Imports, the newest first", importList(), state, parameter("limit"), parameter("cursor"), parameter("f"))
	list["post"] = s.uploadOperation()
	paths["/imports"] = list
	one := keyedGet("import", "An import as it stands", schemaRef("import"), id, parameter("f"))
	one["get"].(object)["responses"].(object)["304"] = object{"description": "The client has the answer already."}
	one["delete"] = importStep("discardImport", "Give an import up that is not applied", nil, object{"204": object{"description": "It is discarded."}})
	paths["/imports/{import}"] = one
	preview := keyedGet("importPreview", "What an import changes: counts, findings and the first rows; as GeoJSON, page by page, where rows were and will be", object{"type": "object"},
		id, parameter("limit"), parameter("cursor"), enumerated("f", "The format of the answer.", "json", "geojson", "text", htmlName))
	alsoIn(preview, geoJSONType, featureCollection())
	alsoIn(preview, "text/plain", textSchema())
	paths["/imports/{import}/preview"] = preview
	paths["/imports/{import}/changes"] = keyedGet("importChanges", "Every row an import changes, or did", importedRows(), id, parameter("limit"), parameter("cursor"), parameter("f"))
	report := keyedGet("importReport", "The report of an import", object{"type": "object"}, id, enumerated("f", "The format of the answer.", "json", "text", htmlName))
	alsoIn(report, "text/plain", textSchema())
	paths["/imports/{import}/report"] = report
	events := operation("importEvents", "What becomes of an import as it happens: events progress and state", eventsType, textSchema(), id)
	keyed(events["get"].(object))["responses"].(object)["404"] = response("notFound")
	paths["/imports/{import}/events"] = events
	importSteps(paths)
	mappingPaths(paths)
}

// importSteps adds what is done with an import.
func importSteps(paths object) {
	stage := importStep("stageImport", "Check an import and compare it with the data as it is now, with other options where the body has some", schemaRef("importOptions"),
		object{"200": response("import"), "202": response("importLater")})
	stage["parameters"] = append(stage["parameters"].([]object), parameter("prefer"))
	paths["/imports/{import}/stage"] = object{"post": stage}
	flag := func(name, description string) object {
		return object{"type": "object", "additionalProperties": false, "properties": object{name: object{"type": "boolean", "default": false, "description": description}}}
	}
	paths["/imports/{import}/apply"] = object{"post": importStep("applyImport", "Make an import part of the data, all of it or nothing",
		flag("accept_warnings", "Apply in spite of warnings."), object{"200": response("import")})}
	paths["/imports/{import}/rollback"] = object{"post": importStep("rollBackImport", "Take an applied import back by another, which is answered",
		flag("only_untouched", "Leave rows as they are that were changed after the import."), object{"200": response("import"), "201": response("importMade")})}
}

func mappingPaths(paths object) {
	name := inPath("mapping", "The name of the mapping.")
	paths["/mappings"] = keyedGet("mappings", "Mappings that imports can use by name", object{"type": "object", "properties": object{"mappings": object{"type": "array", "items": schemaRef("mapping")}}}, parameter("f"))
	one := keyedGet("mapping", "A mapping", schemaRef("mapping"), name, parameter("f"))
	kept := object{"description": "The mapping as it is kept.", "content": object{jsonType: object{"schema": schemaRef("mapping")}}}
	one["put"] = keyed(object{
		"operationId": "putMapping", "summary": "Keep a mapping in the place of the one of its name", "parameters": []object{name},
		"requestBody": bodyOf(schemaRef("mapping"), jsonType),
		"responses":   object{"200": kept, "201": kept, "400": response("invalid"), "409": response("conflict"), "413": response("large"), "415": response("otherType")},
	})
	paths["/mappings/{mapping}"] = one
}

// uploadOperation is how files come in.
func (s *Server) uploadOperation() object {
	text := textSchema()
	fields := object{
		"collection": object{"type": "string", "enum": s.collectionsToImport(), "description": "What the import is for."},
		"token":      object{"type": "string", "description": "Names the upload: with the same token again it is the same import. Idempotency-Key is the same."},
		"options":    object{"type": "string", "description": "The options as JSON; each may also be a field of its own."},
		"map":        object{"type": "string", "description": "Properties by field, as a JSON object."},
		"file":       object{"type": "array", "items": object{"type": "string", "format": "binary"}, "description": "The file, or the files of one shapefile. They come after all other fields."},
	}
	for _, name := range optionFields {
		if fields[name] == nil {
			fields[name] = text
		}
	}
	flag := object{"name": "stage", "in": "query", "description": "false leaves the upload unread until it is staged, which the next start of the server does at the latest.", "schema": object{"type": "boolean", "default": true}}
	key := object{"name": "Idempotency-Key", "in": "header", "description": "The same as the field token.", "schema": text}
	return keyed(object{
		"operationId": "upload", "summary": "A new import: the file is kept, and checked by itself", "parameters": []object{flag, key, parameter("prefer")},
		"requestBody": bodyOf(object{"type": "object", "required": []string{"collection", "file"}, "properties": fields}, multipartType),
		"responses": object{
			"200": response("import"), "201": response("importMade"), "400": response("invalid"), "408": problemResponse("The upload stood still for too long."),
			"409": response("conflict"), "413": problemResponse("The upload is larger than this server takes."), "415": response("otherType"),
		},
	})
}

func sessionOperations() object {
	who := object{"description": "Whose key it is and what it may do.", "content": object{jsonType: object{"schema": object{
		"type": "object", "required": []string{"name", "role"}, "properties": object{"name": textSchema(), "role": textSchema()},
	}}}}
	answers := func(done string, what object) object {
		return object{done: what, "400": response("invalid")}
	}
	begin := keyed(object{"operationId": "beginSession", "summary": "Take a key for a cookie that this server's own pages can write with for eight hours", "responses": answers("200", who)})
	begin["security"] = []object{{"key": []string{}}}
	return object{
		"get":  keyed(object{"operationId": "session", "summary": "Who is signed in", "responses": answers("200", who)}),
		"post": begin,
		"delete": keyed(object{
			"operationId": "endSession", "summary": "End the session", "responses": answers("204", object{"description": "It has ended."}),
		}),
	}
}

func importList() object {
	return object{"type": "object", "required": []string{"imports", "links"}, "properties": object{
		"imports": object{"type": "array", "items": schemaRef("import")}, "links": object{"type": "array", "items": object{"type": "object"}},
	}}
}

func importedRows() object {
	text, number := textSchema(), object{"type": "integer"}
	row := object{"type": "object", "required": []string{"collection", "row", "id", "action", "changed"}, "properties": object{
		"record": number, "collection": text, "id": text, "moved_m": object{"type": "number"},
		"row":     object{"type": "string", "enum": []string{string(geo.FeatureRow), string(geo.StatusRow), string(geo.SourceRow)}},
		"action":  object{"type": "string", "enum": []string{string(geo.RowAdded), string(geo.RowChanged), string(geo.RowRemoved)}},
		"changed": object{"type": "object", "description": "Each part that differs, with before and after.", "additionalProperties": object{"type": "object"}},
	}}
	return object{"type": "object", "required": []string{"rows", "links"}, "properties": object{
		"import": text, "state": text, "rows": object{"type": "array", "items": row}, "links": object{"type": "array", "items": object{"type": "object"}},
	}}
}

// addImportComponents adds what the operations about imports share.
func (s *Server) addImportComponents(components object) {
	if len(s.importRoutes()) == 0 {
		return
	}
	schemes, _ := components["securitySchemes"].(object)
	if schemes == nil {
		schemes = object{"key": object{"type": "http", "scheme": "bearer", "description": "A key made with oxus key add."}}
	}
	schemes["session"] = object{"type": "apiKey", "in": "cookie", "name": sessionCookie, "description": "A session of a page of this server; counts only where the browser says that the page is this server's own."}
	components["securitySchemes"] = schemes
	header := func(description string) object { return object{"description": description, "schema": textSchema()} }
	whole := object{jsonType: object{"schema": schemaRef("import")}}
	tag := object{"ETag": header("The serial of the import, to send in If-Match.")}
	maps.Copy(components["responses"].(object), object{
		"noKey":       problemResponse("There is no key, or it opens nothing."),
		"smallRole":   problemResponse("The key's role is too small."),
		"slow":        problemResponse("Too many keys from this address open nothing; Retry-After says when to try again."),
		"conflict":    problemResponse("It cannot be done as things stand: errors names every row."),
		"stale":       problemResponse("What is asked about is not what the condition says."),
		"large":       problemResponse("The body is too large."),
		"otherType":   problemResponse("The body is of another type."),
		"import":      object{"description": "The import as it stands.", "headers": tag, "content": whole},
		"importMade":  object{"description": "The new import.", "headers": object{"ETag": tag["ETag"], "Location": header("Where the import is.")}, "content": whole},
		"importLater": object{"description": "The import; it is being staged.", "headers": tag, "content": whole},
	})
	maps.Copy(components["parameters"].(object), object{
		"if-match-import": object{"name": "If-Match", "in": "header", "schema": textSchema(), "description": "The ETag the import was read with; another state is refused."},
		"prefer":          object{"name": "Prefer", "in": "header", "schema": textSchema(), "description": "wait=N waits N seconds, at most 60, for the staging to end.", "example": "wait=10"},
	})
	maps.Copy(components["schemas"].(object), importSchemas())
}

func importSchemas() object {
	text, number, moment := textSchema(), object{"type": "integer"}, object{"type": "string", "format": "date-time"}
	fields := object{"type": "object", "additionalProperties": text, "description": "Properties by field."}
	list := object{"type": "array", "items": object{"type": "object"}}
	options := object{"type": "object", "additionalProperties": false, "properties": object{"map": fields}}
	for _, name := range optionFields {
		if name != "map" {
			options["properties"].(object)[name] = text
		}
	}
	return object{
		"importOptions": options,
		"mapping":       object{"type": "object", "required": []string{"collection", "fields"}, "properties": object{"name": text, "collection": text, "fields": fields}},
		"import": object{"type": "object", "required": []string{"id", "state", "collection", "actor", "created", "changed", "links"}, "properties": object{
			"id": text, "state": text, "collection": text, "file": text, "sha256": text, "size": number, "actor": text, "created": moment, "changed": moment,
			"applied": moment, "undoes": text, "undone_by": text, "options": schemaRef("importOptions"), "counts": object{"type": "object", "additionalProperties": number},
			"questions": list, "errors": number, "warnings": number, "repairs": number, "links": list, "failure": schemaRef("problem"),
			"progress": object{"type": "object", "properties": object{"step": text, "done": number, "total": number}},
		}},
	}
}
