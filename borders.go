package main

import (
	"oxus/data/ingest"
	"oxus/frontend"
	"oxus/geo/topojson"
)

// borders are the borders of countries that imports are held against: those of the
// basemap, which the page draws. It takes some ten milliseconds.
func borders() (*ingest.Borders, error) {
	lines, err := topojson.Lines(frontend.Basemap(), "border")
	return ingest.NewBorders(lines), err
}
