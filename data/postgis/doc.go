// Package postgis keeps and answers from PostgreSQL with PostGIS. It implements
// geo.Store. All SQL of the project that PostGIS runs is here and in migrations;
// only this room knows pgx and goose.
//
// Rules are held twice. A change is first checked in Go against the part of the
// data it touches, so that every fault is named and placed; the constraints of
// the schema then hold whatever else happens meanwhile, also in psql or QGIS,
// and are reported by the same rule names (see fault.go).
//
// What is not here: any rule of the domain, which are geo's, and caching beyond
// the summary of an unchanged collection.
package postgis
