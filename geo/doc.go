// Package geo is the vocabulary of Oxus: collections and their properties,
// features, status periods, sources, dates, queries, changes, faults, and the
// interfaces a store fulfils. Every other room speaks in these words and every
// import arrow in the project ends here.
//
// What is not here: input and output. Nothing in this package opens a file, a
// socket or a database, and nothing knows SQL, HTTP or an encoding. Geometry
// is orb's; coordinates are longitude, latitude in degrees on WGS 84
// (OGC:CRS84 axis order) everywhere inside, whatever a file or a client used.
//
// Time is counted in days. Every date is a day of the proleptic Gregorian
// calendar in UTC, because no source in this field is finer than that.
package geo
