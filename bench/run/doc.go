// Package run measures: it starts a PostgreSQL of its own with PostGIS, fills it, starts Oxus,
// the floors and what else is there to hold Oxus against, asks each by turns, and keeps what it
// saw. It needs Linux, whose /proc tells the processor time and memory of the servers. What is
// not here: rows (bench/data), the floors themselves (bench/floor), writing pages (bench/report).
package run
