// Package cql2 is the filter language of OGC API – Features Part 3: Common Query
// Language (CQL2) 1.0, OGC 21-065r2. One tree of nodes holds a filter; it is read
// from and written as text and JSON, checked against the queryables of a
// collection, and evaluated over values in Go. Stores that have a language of
// their own render the checked tree in it, by the rules of Eval: three-valued
// logic, texts by code points, numbers as 64-bit floats, planar geometry.
//
// Supported are Basic CQL2, Advanced Comparison Operators, Case- and
// Accent-insensitive Comparison, Basic Spatial Functions with additional literals,
// Spatial Functions, Temporal Functions, Array Functions, Property-Property
// Comparisons and Arithmetic. There are no functions beyond the standard's own.
package cql2
