// Package data makes the rows that are measured with, and loads them into a database that has
// the schema. The n-th row of a table is the same on every machine for the same seed. Places
// follow the course of the Panj, as the basemap has it; everything else is invented, and each
// row says so. What is not here: starting databases, measuring.
package data
