package api

import (
	"strings"
	"testing"

	"oxus/geo"
)

// Every route stands in the OpenAPI document, for every collection it serves.
func TestRoutesAreDocumented(t *testing.T) {
	atlas := geo.Border()
	s := bareServer(atlas).as(geo.Everybody)
	paths, ok := s.openAPIDocument()["paths"].(object)
	if !ok {
		t.Fatal("the document has no paths")
	}
	for route := range s.routes() {
		for _, k := range s.collections {
			path := strings.NewReplacer(":collection", k.ID, ":item", "{id}", ":file", k.ID+".geojson", ":import", "{import}", ":mapping", "{mapping}", ":matrix", tileMatrixSet, "/:z/:y/:x", "/{z}/{y}/{x}").Replace(route)
			if path == "" {
				path = "/"
			}
			none := !k.HasStatus() && strings.HasSuffix(path, "/timeline") || k.Derived && (strings.HasSuffix(path, "/revisions") || strings.HasPrefix(path, "/stats/"))
			if _, documented := paths[path]; !documented && !none {
				t.Errorf("%s is not in the document", path)
			}
		}
	}
	for route, handlers := range s.keyRoutes() {
		path, ok := paths[strings.NewReplacer(":import", "{import}", ":mapping", "{mapping}").Replace(route)].(object)
		for method := range handlers {
			if _, documented := path[strings.ToLower(method)]; !ok || !documented {
				t.Errorf("%s %s is not in the document", method, route)
			}
		}
		if len(path) != len(handlers) {
			t.Errorf("%s takes %d methods, the document has %d", route, len(handlers), len(path))
		}
	}
}

// bareServer has every address and nothing behind them.
func bareServer(atlas *geo.Atlas) *Server {
	s := &Server{atlas: atlas}
	s.options.Imports, s.options.Keys = struct{ Imports }{}, struct{ geo.Keyring }{}
	s.options.Writer = struct{ geo.Writer }{}
	return s
}
