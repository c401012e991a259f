package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// filtered returns the ids of the features of a collection that a filter keeps.
func (c *checker) filtered(collection, filter string, more ...string) []string {
	values := url.Values{"filter": {filter}, "limit": {"10000"}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	var ids []string
	for _, f := range c.json("/api/collections/"+collection+"/items?"+values.Encode(), typeGeoJSON).list("features") {
		ids = append(ids, f.text("id"))
	}
	return ids
}

// same checks that two filters keep the same, and something.
func (c *checker) same(collection, a, b string) {
	x, y := c.filtered(collection, a), c.filtered(collection, b)
	c.want(slices.Equal(x, y) && len(x) > 0, "%s keeps %d, %s keeps %d", a, len(x), b, len(y))
}

// parted checks that a filter and its opposite keep all and both something.
func (c *checker) parted(collection, filter string) {
	all, some, others := c.filtered(collection, "TRUE"), c.filtered(collection, filter), c.filtered(collection, "NOT ("+filter+")")
	c.want(len(some) > 0 && len(others) > 0 && len(some)+len(others) == len(all), "%s keeps %d of %d, its opposite %d", filter, len(some), len(all), len(others))
}

// refused checks that a filter is a bad request.
func (c *checker) refused(collection, filter string, more ...string) {
	values := url.Values{"filter": {filter}}
	for i := 0; i+1 < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	c.status(http.StatusBadRequest, "/api/collections/"+collection+"/items?"+values.Encode())
}

// filterRequirements are those of OGC API – Features Part 3.
func filterRequirements() []requirement {
	const part = "ogcapi-features-3/1.0/conf/"
	queryables := func(c *checker) { c.collections(func(k doc) { c.schema(k, "queryables") }) }
	return []requirement{
		{part + "queryables", "queryables-link", queryables},
		{part + "queryables", "get-queryables-op", queryables},
		{part + "queryables", "get-queryables-response", func(c *checker) {
			c.collections(func(k doc) {
				for name, p := range c.schema(k, "queryables") {
					s := doc(p.(map[string]any))
					c.want(s.text("type") != "" || strings.HasPrefix(s.text("format"), "geometry-"), "%s.%s has no type", k.text("id"), name)
				}
			})
		}},
		{part + "queryables-query-parameters", "parameters", func(c *checker) {
			c.collections(func(k doc) {
				parameters, _ := c.operation("/collections/" + k.text("id") + "/items")
				items := c.json("/api/collections/"+k.text("id")+"/items?limit=1", typeGeoJSON).list("features")
				for name, p := range c.schema(k, "queryables") {
					if kind := doc(p.(map[string]any)).text("type"); kind == "array" || kind == "" {
						continue
					}
					c.want(slices.ContainsFunc(parameters, func(p doc) bool { return p.text("name") == name }), "%s: no parameter %s", k.text("id"), name)
					value := items[0].of("properties")[name]
					if name == "id" {
						value = items[0]["id"]
					}
					if value == nil {
						continue
					}
					found := c.json("/api/collections/"+k.text("id")+"/items?limit=10000&"+url.Values{name: {fmt.Sprint(value)}}.Encode(), typeGeoJSON).list("features")
					c.want(slices.ContainsFunc(found, func(f doc) bool { return f["id"] == items[0]["id"] }), "%s: %s=%v does not keep %v", k.text("id"), name, value, items[0]["id"])
					for _, f := range found {
						if name != "id" {
							c.want(f.of("properties")[name] == value, "%s: %s=%v keeps %v", k.text("id"), name, value, f["id"])
						}
					}
				}
			})
		}},
		{part + "filter", "filter-param", func(c *checker) {
			c.parameter("filter", func(s doc) bool { return s.text("type") == "string" })
			c.same("crossings", "id = 'angoor-ada'", "id IN ('angoor-ada')")
		}},
		{part + "filter", "filter-lang-param", func(c *checker) {
			c.parameter("filter-lang", func(s doc) bool {
				return s["default"] == "cql2-text" && fmt.Sprint(s["enum"]) == "[cql2-text cql2-json cql-text]"
			})
			text, json := c.filtered("crossings", "status = 'closed'", "filter-lang", "cql2-text"), c.filtered("crossings", `{"op":"=","args":[{"property":"status"},"closed"]}`, "filter-lang", "cql2-json")
			c.want(slices.Equal(text, json) && len(text) > 0, "%d in text, %d in JSON", len(text), len(json))
			c.refused("crossings", "TRUE", "filter-lang", "sql")
		}},
		{part + "filter", "filter-crs-wgs84", func(c *checker) {
			c.want(len(c.filtered("crossings", "S_INTERSECTS(geometry, BBOX(68,36,72,38))")) > 0, "nothing lies in the box")
		}},
		{part + "filter", "filter-crs-param", func(c *checker) {
			a := c.filtered("crossings", "S_INTERSECTS(geometry, BBOX(68,36,72,38))", "filter-crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84")
			b := c.filtered("crossings", "S_INTERSECTS(geometry, BBOX(36,68,38,72))", "filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326")
			c.want(slices.Equal(a, b) && len(a) > 0, "%d in CRS84, %d in EPSG:4326", len(a), len(b))
			c.refused("crossings", "TRUE", "filter-crs", "http://www.opengis.net/def/crs/EPSG/0/1")
		}},
		{part + "filter", "mixing-expressions", func(c *checker) {
			both := c.filtered("crossings", "status = 'closed'", "bbox", "68,36,72,38")
			one := c.filtered("crossings", "status = 'closed' AND S_INTERSECTS(geometry, BBOX(68,36,72,38))")
			c.want(slices.Equal(both, one), "%d by parameters, %d by the filter", len(both), len(one))
		}},
		{part + "filter", "response", func(c *checker) {
			c.refused("crossings", "nobody = 1")
			c.refused("crossings", "status = ")
		}},
		{part + "filter", "get-functions-operation", func(c *checker) { c.status(http.StatusOK, "/api/functions") }},
		{part + "filter", "get-functions-response-json", func(c *checker) {
			_, isList := c.json("/api/functions", typeJSON)["functions"].([]any)
			c.want(isList, "there is no list of functions")
		}},
		{part + "features-filter", "queryables-link", queryables},
		{part + "features-filter", "response", func(c *checker) {
			for _, f := range c.json("/api/collections/crossings/items?limit=10000&filter=status%3D%27closed%27", typeGeoJSON).list("features") {
				c.want(f.of("properties").text("status") == "closed", "%v is %v", f["id"], f.of("properties")["status"])
			}
		}},
	}
}

// schemaRequirements are those of OGC API – Features Part 5, which is OGC API –
// Common Part 3 (23-058r2).
func schemaRequirements() []requirement {
	const part = "ogcapi-common-3/1.0/conf/"
	all := []string{"schema", "queryables", "sortables"}
	each := func(check func(c *checker, of, name string, s doc)) func(c *checker) {
		return func(c *checker) {
			c.collections(func(k doc) {
				for _, rel := range all {
					for name, p := range c.schema(k, rel) {
						check(c, k.text("id")+" "+rel, name, p.(map[string]any))
					}
				}
			})
		}
	}
	atMostOne := func(role string, holds func(s doc) bool) func(c *checker) {
		return func(c *checker) {
			c.collections(func(k doc) {
				n := 0
				for name, p := range c.schema(k, "schema") {
					if s := doc(p.(map[string]any)); s.text("x-ogc-role") == role {
						n++
						c.want(holds(s), "%s.%s cannot be %s: %v", k.text("id"), name, role, s)
					}
				}
				c.want(n <= 1, "%s has %d properties as %s", k.text("id"), n, role)
			})
		}
	}
	temporal := func(s doc) bool { return s.text("type") == "string" && s.text("format") == "date" }
	linked := func(rel string) func(c *checker) {
		return func(c *checker) { c.collections(func(k doc) { c.schema(k, rel) }) }
	}
	sortNames := func(c *checker, k doc) []string { return slices.Sorted(maps.Keys(c.schema(k, "sortables"))) }
	return []requirement{
		{part + "schemas", "json-schema", each(func(*checker, string, string, doc) {})},
		{part + "schemas", "properties", each(func(c *checker, of, name string, s doc) {
			spatial := strings.HasPrefix(s.text("format"), "geometry-")
			c.want(spatial == (s.text("type") == "") && s["$ref"] == nil, "%s.%s: %v", of, name, s)
		})},
		{part + "schemas", "additional-keywords", each(func(c *checker, of, name string, s doc) {
			known := []string{"title", "description", "type", "format", "pattern", "oneOf", "items", "minimum", "maximum", "readOnly"}
			for keyword := range s {
				c.want(slices.Contains(known, keyword) || strings.HasPrefix(keyword, "x-ogc-"), "%s.%s has the keyword %s", of, name, keyword)
			}
		})},
		{part + "schemas", "role", each(func(c *checker, of, name string, s doc) {
			_, isText := s["x-ogc-role"].(string)
			c.want(s["x-ogc-role"] == nil || isText, "%s.%s has the role %v", of, name, s["x-ogc-role"])
		})},
		{part + "schemas", "role-id", atMostOne("id", func(s doc) bool { return s.text("type") == "string" })},
		{part + "schemas", "unit", each(func(c *checker, of, name string, s doc) {
			c.want(s["x-ogc-unit"] == nil || s.text("x-ogc-unit") != "" && s.text("x-ogc-unitLang") == "UCUM", "%s.%s has the unit %v", of, name, s["x-ogc-unit"])
		})},
		{part + "advanced-property-roles", "role-primary-geometry", atMostOne("primary-geometry", func(s doc) bool { return strings.HasPrefix(s.text("format"), "geometry-") })},
		{part + "advanced-property-roles", "role-primary-interval-start", atMostOne("primary-interval-start", temporal)},
		{part + "advanced-property-roles", "role-primary-interval-end", atMostOne("primary-interval-end", temporal)},
		{part + "advanced-property-roles", "primary-temporal-constraints", atMostOne("primary-instant", func(doc) bool { return false })},
		{part + "references", "role-reference", func(c *checker) {
			found := 0
			c.collections(func(k doc) {
				for name, p := range c.schema(k, "schema") {
					if s := doc(p.(map[string]any)); s.text("x-ogc-role") == "reference" {
						found++
						c.want(s.text("type") == "string", "%s.%s is of type %s", k.text("id"), name, s.text("type"))
						c.status(http.StatusOK, "/api/collections/"+s.text("x-ogc-collectionId"))
					}
				}
			})
			c.want(found > 0, "nothing refers to anything")
		}},
		{part + "returnables-and-receivables", "link", linked("schema")},
		{part + "returnables-and-receivables", "op", linked("schema")},
		{part + "returnables-and-receivables", "response", func(c *checker) {
			c.pages("?limit=20", func(k, page doc) {
				properties := c.schema(k, "schema")
				for _, f := range page.list("features") {
					for name, value := range f.of("properties") {
						s, ok := properties[name].(map[string]any)
						c.want(ok && (value == nil || fits(value, doc(s).text("type"))), "%s.%s is %v", k.text("id"), name, value)
					}
				}
			})
		}},
		{part + "queryables", "link", linked("queryables")},
		{part + "queryables", "op", linked("queryables")},
		{part + "queryables", "response", func(c *checker) { c.refused("crossings", "undeclared IS NULL") }},
		{part + "sortables", "link", linked("sortables")},
		{part + "sortables", "op", linked("sortables")},
		{part + "sortables", "response", func(c *checker) {
			c.collections(func(k doc) {
				names := sortNames(c, k)
				c.want(len(names) > 3, "%s can be ordered by %v", k.text("id"), names)
				for name, p := range c.schema(k, "sortables") {
					s := doc(p.(map[string]any))
					c.want(s.text("type") != "array" && s.text("type") != "object" && s.text("type") != "", "%s.%s: %v", k.text("id"), name, s)
					c.status(http.StatusOK, "/api/collections/"+k.text("id")+"/items?limit=2&sortby=-"+name)
				}
				c.status(http.StatusBadRequest, "/api/collections/"+k.text("id")+"/items?sortby=undeclared")
			})
		}},
	}
}

// part5Requirements are those of the class Schemas by the name it has in Part 5 of
// Features.
func part5Requirements() []requirement {
	var list []requirement
	for _, r := range schemaRequirements() {
		if r.class == "ogcapi-common-3/1.0/conf/schemas" {
			r.class = "ogcapi-features-5/1.0/conf/schemas"
			list = append(list, r)
		}
	}
	return list
}

// fits reports whether a value is of a JSON Schema type.
func fits(value any, kind string) bool {
	switch v := value.(type) {
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int64(v))
	case []any:
		return kind == "array"
	}
	return false
}

// tileRequirements are those of OGC API – Tiles Part 1.
func tileRequirements() []requirement {
	const part = "ogcapi-tiles-1/1.0/conf/"
	const tile = "/api/tiles/WebMercatorQuad/5/12/22"
	declared := func(class string) requirement {
		return requirement{part + class, "conformance-success", func(c *checker) { c.status(http.StatusOK, "/api/conformance") }}
	}
	pathNumber := func(name string) func(c *checker) {
		return func(c *checker) {
			parameters, _ := c.operation("/tiles/WebMercatorQuad/{z}/{y}/{x}")
			i := slices.IndexFunc(parameters, func(p doc) bool { return p.text("name") == name })
			c.want(i >= 0 && parameters[i].text("in") == "path" && parameters[i]["required"] == true, "%s is not defined", name)
		}
	}
	tileset := func(check func(c *checker, d doc)) func(c *checker) {
		return func(c *checker) {
			check(c, c.json("/api/tiles/WebMercatorQuad", typeJSON))
			c.collections(func(k doc) {
				check(c, c.json("/api/collections/"+k.text("id")+"/tiles/WebMercatorQuad", typeJSON))
			})
		}
	}
	lists := func(c *checker, address string) {
		list := c.json(address, typeJSON).list("tilesets")
		c.want(len(list) > 0, "%s lists nothing", address)
		for _, d := range list {
			c.want(d.text("dataType") == "vector" && d.text("crs") != "" && d.text("tileMatrixSetURI") != "" && d.link("self", "") != "", "%s lists %v", address, d)
			c.json(d.link("self", ""), typeJSON)
		}
	}
	return []requirement{
		declared("core"), declared("tileset"), declared("tilesets-list"), declared("dataset-tilesets"), declared("geodata-tilesets"), declared("collections-selection"),
		{part + "core", "tc-op", func(c *checker) { c.status(http.StatusOK, tile) }},
		{part + "core", "tc-tilematrix-definition", pathNumber("z")},
		{part + "core", "tc-tilerow-definition", pathNumber("y")},
		{part + "core", "tc-tilecol-definition", pathNumber("x")},
		{part + "core", "tc-success", func(c *checker) {
			for _, d := range decodeTile(c.t, c.status(http.StatusOK, tile).Body.Bytes()) {
				c.want(len(d) > 0, "a layer is empty")
			}
		}},
		{part + "core", "tc-error", func(c *checker) {
			for _, address := range []string{"/api/tiles/WebMercatorQuad/23/0/0", "/api/tiles/WebMercatorQuad/1/2/0", "/api/tiles/WebMercatorQuad/1/0/2", "/api/tiles/Other/0/0/0"} {
				c.status(http.StatusNotFound, address)
			}
			c.status(http.StatusNoContent, "/api/tiles/WebMercatorQuad/5/31/31")
		}},
		{part + "tileset", "tileset-description", tileset(func(c *checker, d doc) {
			c.want(d.text("dataType") == "vector" && d.text("crs") != "" && strings.HasSuffix(d.text("tileMatrixSetURI"), "/WebMercatorQuad"), "the tileset is described as %v", d)
			c.want(d.link(ogcRel+"tiling-scheme", "") != "" && len(d.list("layers")) > 0, "%s has no tiling scheme or layers", d.text("title"))
			template := strings.NewReplacer("{tileMatrix}", "5", "{tileRow}", "12", "{tileCol}", "22").Replace(d.link("item", "application/vnd.mapbox-vector-tile"))
			w := c.ask(http.MethodGet, template)
			c.want(w.Code == http.StatusOK || w.Code == http.StatusNoContent, "%s: %d", template, w.Code)
		})},
		{part + "tilesets-list", "tileset-links", func(c *checker) {
			lists(c, "/api/tiles")
			c.collections(func(k doc) { lists(c, "/api/collections/"+k.text("id")+"/tiles") })
		}},
		{part + "dataset-tilesets", "landingpage", func(c *checker) {
			c.want(strings.HasSuffix(c.json("/api", typeJSON).link(ogcRel+"tilesets-vector", ""), "/api/tiles"), "the landing page does not lead to tiles")
		}},
		{part + "dataset-tilesets", "operation", func(c *checker) { lists(c, "/api/tiles") }},
		{part + "geodata-tilesets", "desc-links", func(c *checker) {
			c.collections(func(k doc) { lists(c, k.link(ogcRel+"tilesets-vector", "")) })
		}},
		{part + "geodata-tilesets", "operation", func(c *checker) {
			c.collections(func(k doc) { lists(c, "/api/collections/"+k.text("id")+"/tiles") })
		}},
		{part + "collections-selection", "collections-parameter", func(c *checker) {
			for _, path := range []string{"/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/{z}/{y}/{x}"} {
				parameters, _ := c.operation(path)
				i := slices.IndexFunc(parameters, func(p doc) bool { return p.text("name") == "collections" })
				c.want(i >= 0 && parameters[i]["explode"] == false && parameters[i].of("schema").text("type") == "array", "%s has no parameter collections", path)
			}
		}},
		{part + "collections-selection", "collections-response", func(c *checker) {
			for _, names := range [][]string{{"crossings"}, {"bazaars", "crossings"}, {"crossings", "bazaars"}} {
				selected := "collections=" + strings.Join(names, ",")
				layers := decodeTile(c.t, c.status(http.StatusOK, tile+"?"+selected).Body.Bytes())
				c.want(len(layers) == len(names), "%s: %d layers", selected, len(layers))
				var described []string
				for _, l := range c.json("/api/tiles/WebMercatorQuad?"+selected, typeJSON).list("layers") {
					described = append(described, l.text("id"))
				}
				c.want(slices.Equal(described, names), "%s describes %v", selected, described)
			}
		}},
		{part + "mvt", "content", func(c *checker) {
			w := c.status(http.StatusOK, tile)
			c.want(w.Header().Get("Content-Type") == "application/vnd.mapbox-vector-tile", "a tile is %s", w.Header().Get("Content-Type"))
			for layer, features := range decodeTile(c.t, w.Body.Bytes()) {
				for i := range features {
					c.want(len(features[i].paths) > 0, "a feature of %s has no geometry", layer)
				}
			}
		}},
		{part + "oas30", "completeness", func(c *checker) {
			for _, path := range []string{"/tiles", "/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/{z}/{y}/{x}"} {
				c.operation(path)
				c.collections(func(k doc) { c.operation("/collections/" + k.text("id") + path) })
			}
		}},
		{part + "oas30", "operation-id", func(c *checker) {
			for path, suffix := range map[string]string{"/tiles": "getTileSetsList", "/tiles/WebMercatorQuad": "getTileSet", "/tiles/WebMercatorQuad/{z}/{y}/{x}": "getTile"} {
				_, operation := c.operation(path)
				c.want(strings.HasSuffix(operation.text("operationId"), "dataset.vector."+suffix), "%s is called %s", path, operation.text("operationId"))
				_, operation = c.operation("/collections/crossings" + path)
				c.want(strings.HasSuffix(operation.text("operationId"), ".collection.vector."+suffix), "%s is called %s", path, operation.text("operationId"))
			}
		}},
	}
}

// cql2Requirements are those of CQL2 1.0. The predicates of the standard's own
// tests, with their counts, are walked in the rooms of the engines.
func cql2Requirements() []requirement {
	const part = "cql2/1.0/conf/"
	box := "BBOX(68,36,72,38)"
	return []requirement{
		{part + "cql2-text", "escaping", func(c *checker) { c.refused("crossings", "id = 'a''") }},
		{part + "cql2-text", "basic-cql2", func(c *checker) { c.parted("crossings", "id > 'm'") }},
		{part + "cql2-json", "basic-cql2", func(c *checker) {
			text, json := c.filtered("crossings", "id > 'm'"), c.filtered("crossings", `{"op":">","args":[{"property":"id"},"m"]}`, "filter-lang", "cql2-json")
			c.want(slices.Equal(text, json), "%d in text, %d in JSON", len(text), len(json))
			c.refused("crossings", `{"op":">"`, "filter-lang", "cql2-json")
		}},
		{part + "basic-cql2", "cql2-filter", func(c *checker) {
			c.same("crossings", "NOT (id > 'm' OR status = 'closed')", "NOT id > 'm' AND NOT status = 'closed'")
		}},
		{part + "basic-cql2", "binary-comparison-predicate", func(c *checker) {
			for _, op := range []string{"=", "<>", "<", ">", "<=", ">="} {
				c.parted("crossings", "status "+op+" 'open'")
			}
		}},
		{part + "basic-cql2", "null-predicate", func(c *checker) {
			all, null := c.filtered("crossings", "TRUE"), c.filtered("crossings", "geometry IS NULL")
			c.want(len(null) > 0 && len(null)+len(c.filtered("crossings", "geometry IS NOT NULL")) == len(all), "%d of %d are null", len(null), len(all))
		}},
		{part + "basic-cql2", "property", func(c *checker) { c.refused("crossings", "undeclared = 1") }},
		{part + "advanced-comparison-operators", "like-predicate", func(c *checker) { c.parted("crossings", "id LIKE '%-a_a%' OR id LIKE 'is%'") }},
		{part + "advanced-comparison-operators", "between-predicate", func(c *checker) {
			c.same("incidents", "fatalities_low BETWEEN 1 AND 5", "fatalities_low >= 1 AND fatalities_low <= 5")
		}},
		{part + "advanced-comparison-operators", "in-predicate", func(c *checker) {
			c.same("crossings", "status IN ('open','closed')", "status = 'open' OR status = 'closed'")
		}},
		{part + "case-insensitive-comparison", "casei-function", func(c *checker) {
			c.same("crossings", "CASEI(id) = casei('ANGOOR-ADA')", "id = 'angoor-ada'")
		}},
		{part + "accent-insensitive-comparison", "accenti-function", func(c *checker) {
			c.same("crossings", "ACCENTI(id) = accenti('ángoor-äda')", "id = 'angoor-ada'")
		}},
		{part + "basic-spatial-functions", "spatial-predicate", func(c *checker) {
			c.parted("crossings", "geometry IS NOT NULL AND S_INTERSECTS(geometry, "+box+") OR geometry IS NULL")
		}},
		{part + "basic-spatial-functions-plus", "spatial-data-types", func(c *checker) {
			c.same("crossings", "S_INTERSECTS(geometry, "+box+")", "S_INTERSECTS(geometry, MULTIPOLYGON(((68 36,72 36,72 38,68 38,68 36))))")
		}},
		{part + "spatial-functions", "spatial-functions", func(c *checker) {
			c.same("crossings", "S_WITHIN(geometry, "+box+")", "S_INTERSECTS(geometry, "+box+") AND NOT S_TOUCHES(geometry, "+box+")")
			c.same("transmission-lines", "NOT S_DISJOINT(geometry, "+box+")", "S_INTERSECTS(geometry, "+box+")")
		}},
		{part + "temporal-functions", "temporal-functions", func(c *checker) {
			c.same("incidents", "T_DURING(lifetime, INTERVAL('2020-12-31','2022-01-01'))", "start_date >= DATE('2021-01-01') AND T_BEFORE(lifetime, DATE('2022-01-01'))")
		}},
		{part + "array-functions", "array-predicates", func(c *checker) {
			c.want(len(c.filtered("incidents", "A_OVERLAPS(sources, sources)")) > 0, "no incident has a source")
			c.same("incidents", "A_CONTAINS(sources, sources)", "A_EQUALS(sources, sources)")
		}},
		{part + "property-property", "withdraw-permissions", func(c *checker) { c.same("incidents", "start_date = end_date", "end_date = start_date") }},
		{part + "arithmetic", "arithmetic", func(c *checker) {
			c.same("incidents", "fatalities_low * 2 > 10", "fatalities_low > 10 / 2")
		}},
	}
}

// crsRequirements are those of OGC API – Features Part 2.
func crsRequirements() []requirement {
	const (
		crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
		utm42 = "http://www.opengis.net/def/crs/EPSG/0/32642"
		items = "/api/collections/crossings/items"
	)
	var list []requirement
	add := func(name string, check func(c *checker)) {
		list = append(list, requirement{"ogcapi-features-2/1.0/conf/crs", name, check})
	}
	systems := func(k doc) (uris []string) {
		all, _ := k["crs"].([]any)
		for _, uri := range all {
			uris = append(uris, fmt.Sprint(uri))
		}
		return uris
	}
	// of gives a collection the systems of the list that it refers to.
	of := func(c *checker, k doc) (uris []string) {
		for _, uri := range systems(k) {
			if uri == "#/crs" {
				uris = append(uris, systems(c.json("/api/collections", typeJSON))...)
				continue
			}
			uris = append(uris, uri)
		}
		return uris
	}
	eachSystem := func(c *checker, check func(uri string)) {
		for _, uri := range of(c, c.json("/api/collections/crossings", typeJSON)) {
			check(uri)
		}
	}
	in := func(c *checker, query string) (uri string, page doc) {
		page = c.json(items+"?limit=10000"+query, typeGeoJSON)
		return c.ask(http.MethodGet, items+"?limit=1"+query).Header().Get("Content-Crs"), page
	}
	ids := func(page doc) (ids []string) {
		for _, f := range page.list("features") {
			ids = append(ids, f.text("id"))
		}
		return ids
	}
	uri := func(s doc) bool { return s.text("type") == "string" && s.text("format") == "uri" }
	add("crs-uri", func(c *checker) {
		eachSystem(c, func(uri string) {
			c.want(strings.HasPrefix(uri, "http://www.opengis.net/def/crs/"), "%s is no address of a system", uri)
		})
	})
	add("fc-md-crs-list", func(c *checker) {
		c.collections(func(k doc) {
			c.want(slices.Contains(of(c, k), crs84) && len(of(c, k)) == 7, "%s has %v", k.text("id"), of(c, k))
		})
	})
	add("fc-md-crs-list-global", func(c *checker) {
		c.want(len(systems(c.json("/api/collections", typeJSON))) == 7, "there is no list of systems")
	})
	add("fc-md-storageCrs", func(c *checker) {
		c.collections(func(k doc) {
			c.want(k.text("storageCrs") == crs84, "%s is stored in %v", k.text("id"), k["storageCrs"])
		})
	})
	add("fc-md-storageCrs-valid-value", func(c *checker) {
		c.collections(func(k doc) {
			c.want(slices.Contains(of(c, k), k.text("storageCrs")), "%s is not served as stored", k.text("id"))
		})
	})
	add("fc-bbox-crs-definition", func(c *checker) { c.parameter("bbox-crs", uri) })
	add("fc-bbox-crs-valid-value", func(c *checker) {
		c.status(http.StatusBadRequest, items+"?bbox=1,2,3,4&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/2154")
		eachSystem(c, func(uri string) { c.status(http.StatusOK, items+"?bbox-crs="+uri) })
	})
	add("fc-bbox-crs-valid-defaultValue", func(c *checker) {
		_, a := in(c, "&bbox=68,36,72,38")
		_, b := in(c, "&bbox=68,36,72,38&bbox-crs="+crs84)
		c.want(slices.Equal(ids(a), ids(b)) && len(ids(a)) > 0, "%v, %v", ids(a), ids(b))
	})
	add("fc-bbox-crs-action", func(c *checker) {
		_, a := in(c, "&bbox=68,36,72,38")
		_, b := in(c, "&bbox=36,68,38,72&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326")
		_, m := in(c, "&bbox=7569725.36,4300621.37,8015003.34,4579425.81&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/3857")
		c.want(slices.Equal(ids(a), ids(b)) && slices.Equal(ids(a), ids(m)) && len(ids(a)) > 0, "%v, %v, %v", ids(a), ids(b), ids(m))
	})
	add("fc-crs-definition", func(c *checker) { c.parameter("crs", uri) })
	add("fc-crs-valid-value", func(c *checker) {
		c.status(http.StatusBadRequest, items+"?crs=http://www.opengis.net/def/crs/EPSG/0/2154")
		eachSystem(c, func(uri string) { c.status(http.StatusOK, items+"?crs="+uri) })
	})
	add("fc-crs-default-value", func(c *checker) {
		_, a := in(c, "")
		_, b := in(c, "&crs="+crs84)
		c.want(fmt.Sprint(a["features"]) == fmt.Sprint(b["features"]), "the default is not CRS84")
	})
	add("fc-crs-action", func(c *checker) {
		_, lonLat := in(c, "")
		_, latLon := in(c, "&crs=http://www.opengis.net/def/crs/EPSG/0/4326")
		for i, f := range latLon.list("features") {
			a, _ := f.of("geometry")["coordinates"].([]any)
			b, _ := lonLat.list("features")[i].of("geometry")["coordinates"].([]any)
			c.want(len(a) == len(b) && (len(a) < 2 || a[0] == b[1] && a[1] == b[0]), "%s lies at %v and %v", f.text("id"), a, b)
		}
	})
	add("ogc-crs-header", func(c *checker) {
		eachSystem(c, func(uri string) {
			header, _ := in(c, "&crs="+uri)
			c.want(header == "<"+uri+">", "asked for %s, answered %s", uri, header)
			one := c.ask(http.MethodGet, items+"/angoor-ada?crs="+uri)
			c.want(one.Code == http.StatusOK && one.Header().Get("Content-Crs") == "<"+uri+">", "one feature in %s: %d %s", uri, one.Code, one.Header().Get("Content-Crs"))
		})
	})
	add("ogc-crs-header-value", func(c *checker) {
		header, _ := in(c, "")
		c.want(header == "<"+crs84+">", "the default is named %s", header)
	})
	add("geojson", func(c *checker) {
		_, page := in(c, "&crs="+utm42)
		for _, f := range page.list("features") {
			if at, ok := f.of("geometry")["coordinates"].([]any); ok {
				c.want(at[1].(float64) > 1e6, "%s lies at %v", f.text("id"), at)
			}
		}
	})
	return list
}
