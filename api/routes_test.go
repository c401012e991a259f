package api

import (
	"strings"
	"testing"

	"oxus/geo"
)

// Every route stands in the OpenAPI document, for every collection it serves.
func TestRoutesAreDocumented(t *testing.T) {
	atlas := geo.Border()
	s := &Server{atlas: atlas, collections: map[string]*collection{}}
	for _, c := range atlas.Served() {
		s.collections[c.ID] = &collection{c, columnsOf(c)}
	}
	paths, ok := s.openAPIDocument()["paths"].(object)
	if !ok {
		t.Fatal("the document has no paths")
	}
	for route := range s.routes() {
		for _, k := range s.collections {
			path := strings.NewReplacer(":collection", k.ID, ":item", "{id}", ":file", k.ID+".geojson", ":matrix", tileMatrixSet, "/:z/:y/:x", "/{z}/{y}/{x}").Replace(route)
			if path == "" {
				path = "/"
			}
			none := !k.HasStatus() && strings.HasSuffix(path, "/timeline") || k.Derived && strings.HasSuffix(path, "/revisions")
			if _, documented := paths[path]; !documented && !none {
				t.Errorf("%s is not in the document", path)
			}
		}
	}
}
