// Package memory is the in-process engine: an immutable snapshot of all
// collections, with an R-tree over their geometries, that answers every
// question of geo.Reader. It stands over a geo.Keeper: changes go to the keeper
// first and are answered from a new snapshot once they are durable. A past state
// of the record is a snapshot like the present one.
//
// Beside is the same for a store that answers on its own: what fits in a budget is held
// packed, and follows what the store says has changed; the rest, and the past, is the
// store's.
//
// What is not here: files and databases. The engine forgets everything when
// the process ends.
package memory
