// Package geoparquet writes tables of features as GeoParquet 1.1.0: Parquet whose
// key-value metadata tell which column holds geometries, of which types and where,
// and which columns hold the box of each, so that a reader of a box skips the rest.
//
// A file goes out in groups of rows as they come; memory holds one group. It is not
// read here, and no other format is known.
package geoparquet
