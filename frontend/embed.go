// Package frontend embeds the built map page in the binary, and the basemap that it draws.
//
// The page is written in TypeScript in src/ and built into dist/ by `npm run build`. Only a placeholder of dist/ is
// committed, so the module compiles before the page is built; then Files holds no index.html, and it is for the server
// to say so. Nothing here serves HTTP.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

//go:embed basemap/central-asia.json
var basemap []byte

// Basemap is the TopoJSON that the page draws under the data, in longitude and latitude; basemap/README.md says what is
// in it. Callers must not change it.
func Basemap() []byte { return basemap }

// Files is the built page: index.html at the root, hashed files under assets/.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		// The name is a constant that embed has checked when compiling.
		panic("frontend: " + err.Error())
	}
	return files
}
