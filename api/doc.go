// Package api answers HTTP: it turns URLs into questions of package geo, asks
// a geo.Reader, and writes the answers as GeoJSON; what goes wrong becomes
// RFC 9457 problem+json. Only this package knows Echo.
//
// What is not here: SQL, files, stores. A handler that answers questions is given a
// geo.Reader and so cannot write; those that write are the routes that ask for a key
// first (keyRoutes), and have the writer or what takes imports from the options. Links
// are built from the configured base URL and never from a request's headers.
package api
