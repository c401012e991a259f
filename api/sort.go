package api

import (
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// sortablesRel is the relation of the link to what features can be ordered by.
const sortablesRel = "http://www.opengis.net/def/rel/ogc/1.0/sortables"

// sortables answers with what the features of a collection can be ordered by, as
// a JSON Schema.
func (s *Server) sortables(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	all, doc := k.Sortables(), &document{}
	for _, m := range schemaOf(k).Properties.members {
		if _, can := all[m.name]; can {
			doc.add(m.name, m.value)
		}
	}
	return writeJSON(c, http.StatusOK, schemaType, map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": s.url("collections", k.ID, "sortables"),
		"title": k.Title, "type": "object", "properties": doc, "additionalProperties": false,
	})
}

// sortby describes the parameter that orders features.
func sortby(k *collection) object {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(k.Sortables())) {
		names = append(names, name, "-"+name)
	}
	return object{
		"name": "sortby", "in": "query", "style": "form", "explode": false,
		"description": "The names to order features by, a - before those to order downwards by; what is unknown comes last. Without it they come along a Hilbert curve, so that neighbours come together, in the order of their ids where they share a cell.",
		"schema":      object{"type": "array", "items": object{"type": "string", "enum": names}},
	}
}
