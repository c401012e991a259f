// Package geopackage keeps the data of an atlas in one GeoPackage file: a
// SQLite database laid out after OGC GeoPackage 1.3 that opens in QGIS as it
// is. Its tables are derived from the declarations of the collections. Every
// change, whether it is made here or by another program on the file, is
// recorded by triggers in a table that nothing can rewrite. A past state is the
// present with what was recorded since undone.
//
// One process at a time holds a file open with this package; other programs may
// read and edit it meanwhile.
//
// What is not here: questions. The package loads everything as one state and
// applies changes to it; filters, pages and standings are answered by what
// stands over it. Nor are the rules of the data: they are checked before a
// change comes here. What the file could not keep as it is given, such as text
// with a NUL or a value of another type, is refused here all the same.
//
// Other people's GeoPackages are read by OpenLayers, as what they are: hostile
// until read. Such a file is opened read-only and never written, nothing is run
// that it brings along (views, triggers, virtual tables, functions), no number in
// it is believed before the bytes it stands for are there, and every ceiling is
// in Limits. What is broken in one record is yielded as a geo.Fault and reading
// goes on; what breaks the file is a *geo.Error of kind Invalid whose fault names
// the rule and the place.
package geopackage
