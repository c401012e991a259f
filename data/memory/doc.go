// Package memory is the in-process engine: an immutable snapshot of all
// collections, with an R-tree over their geometries, that answers every
// question of geo.Reader. It stands over a geo.Keeper: changes go to the keeper
// first and are answered from a new snapshot once they are durable. A past state
// of the record is a snapshot like the present one.
//
// What is not here: files and databases. The engine forgets everything when
// the process ends.
package memory
