package api

import "maps"

// writeClasses are the requirements classes of Part 4 that hold where a server
// takes writes.
var writeClasses = []string{
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
	"http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
}

func (s *Server) writes() bool { return len(s.writeRoutes()) > 0 }

// writePaths adds what a collection takes beside what it gives.
func (s *Server) writePaths(paths object, k *collection) {
	if !s.writes() || k.Derived {
		return
	}
	id, items := camel(k.ID), "/collections/"+k.ID+"/items"
	condition, absent, system := parameter("if-match"), parameter("if-none-match"), parameter("content-crs")
	feature := object{"type": "object", "description": "An RFC 7946 Feature in longitude, latitude on WGS 84; /collections/" + k.ID + "/schema describes its properties. What is read only is passed over."}
	sent := []string{geoJSONType, jsonType}
	add := func(path, method string, o object) { paths[path].(object)[method] = o }
	add(items, "post", s.writeOperation("create"+id, k.Title+": a new feature", bodyOf(feature, sent...), "201", system))
	one := items + "/{id}"
	add(one, "put", s.writeOperation("replace"+id, k.Title+": a whole feature in the place of another", bodyOf(feature, sent...), "200", parameter("id"), condition, absent, system))
	add(one, "patch", s.writeOperation("update"+id, k.Title+": what is to be different, as a merge patch (RFC 7396)",
		bodyOf(object{"type": "object"}, mergePatchType), "200", parameter("id"), condition, system))
	add(one, "delete", s.writeOperation("delete"+id, k.Title+": remove a feature with its own status periods; the record keeps them", nil, "204", parameter("id"), condition))
}

// bodyOf is a body in any of the media types.
func bodyOf(schema object, mediaTypes ...string) object {
	content := object{}
	for _, m := range mediaTypes {
		content[m] = object{"schema": schema}
	}
	return object{"required": true, "content": content}
}

func (s *Server) writeOperation(id, summary string, body object, done string, parameters ...object) object {
	responses := object{
		"400": response("invalid"), "401": response("noKey"), "403": response("smallRole"), "404": response("notFound"),
		"409": response("taken"), "412": response("stale"), "413": response("large"), "415": response("otherType"),
		"428": response("noCondition"), "503": response("unavailable"),
	}
	switch done {
	case "204":
		responses["204"] = object{"description": "It is removed."}
	case "200":
		responses["200"], responses["201"] = response("written"), response("created")
	default:
		responses["201"] = response("created")
	}
	o := object{"operationId": id, "summary": summary, "responses": responses, "security": []object{{"key": []string{}}, {"session": []string{}}}}
	if len(parameters) > 0 {
		o["parameters"] = parameters
	}
	if body != nil {
		o["requestBody"] = body
	}
	return o
}

// addWriteComponents adds what the operations that write share.
func (s *Server) addWriteComponents(components object) {
	if !s.writes() {
		return
	}
	components["securitySchemes"] = object{"key": object{
		"type": "http", "scheme": "bearer", "description": "A key made with oxus key add, or a token of the identity provider that the server knows: of the role editor or above; of imports, maintainer or above. Reading needs none, and shows what the role of a key may see.",
	}}
	text := object{"type": "string"}
	maps.Copy(components["parameters"].(object), object{
		"if-match": object{
			"name": "If-Match", "in": "header", "schema": text,
			"description": "The ETag the feature was read with. Keys made for programs that cannot send it need not; of all others it is required.",
		},
		"content-crs": object{
			"name": "Content-Crs", "in": "header", "schema": text,
			"description": "The coordinate reference system of the positions that are sent, in the axis order of its authority; CRS84 without it.",
		},
		"if-none-match": object{
			"name": "If-None-Match", "in": "header", "schema": object{"type": "string", "enum": []string{"*"}},
			"description": "* makes a new feature, and refuses where there is one.",
		},
	})
	header := func(description string) object { return object{"description": description, "schema": text} }
	stored := object{geoJSONType: object{"schema": object{"type": "object"}}}
	tag := header("What to send in If-Match.")
	maps.Copy(components["responses"].(object), object{
		"written":     object{"description": "The feature as it is stored now.", "headers": object{"ETag": tag}, "content": stored},
		"created":     object{"description": "The new feature.", "headers": object{"ETag": tag, "Location": header("Where the feature is.")}, "content": stored},
		"noKey":       problemResponse("There is no key, or it opens nothing."),
		"smallRole":   problemResponse("The key's role is too small."),
		"taken":       problemResponse("The id is taken, or something still rests on the feature."),
		"stale":       problemResponse("The feature is not what the condition says."),
		"large":       problemResponse("The body is larger than 4 MiB."),
		"otherType":   problemResponse("The body is of another type."),
		"noCondition": problemResponse("If-Match is missing."),
	})
}
