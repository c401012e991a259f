// Package migrations holds the PostGIS schema as numbered steps, embedded for
// whoever runs them. Each step runs in a transaction of its own and is never
// changed once it has been released.
//
// What is not here: steps back. A step down would drop data or history, and
// nobody tries it before the night it is needed; going back means restoring a
// backup. Nor is anything here that runs a step: that is data/postgis.
package migrations

import "embed"

// Files holds the steps under their file names.
//
//go:embed *.sql
var Files embed.FS
