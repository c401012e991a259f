// Package ingest takes the records of a file into a collection: it matches
// fields to properties, turns values and positions into the collection's own,
// holds every record against the rules, compares it with what is stored, and
// applies the difference as one change or not at all.
//
// What is not here: file formats (a geo.Layer yields records) and databases (a
// geo.Reader and a geo.Writer are handed in).
package ingest
