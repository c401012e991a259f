package main

import (
	"io"
	"path/filepath"
	"strings"

	"oxus/data/archive"
	"oxus/data/delimited"
	"oxus/data/geojson"
	"oxus/data/kml"
	"oxus/data/shapefile"
	"oxus/geo"
)

// layer is what an import asks of the layer of any format.
type layer interface {
	geo.Layer
	// Len is how many records the file claims, for a progress bar.
	Len() int
	// Notes tells what a person should know of the last reading.
	Notes() []string
}

// layeredFile is an open file of any format.
type layeredFile struct {
	layers []layer
	io.Closer
}

// opened takes the file of a format as any file.
func opened[L layer, F interface {
	Layers() []L
	io.Closer
}](file F, err error) (*layeredFile, error) {
	if err != nil {
		return nil, err
	}
	out := &layeredFile{Closer: file}
	for _, l := range file.Layers() {
		out.layers = append(out.layers, l)
	}
	return out, nil
}

// format is one way a file may be written.
type format struct {
	name string
	// looks tells it by the first bytes, and by the name where they do not.
	looks func(head []byte, name string) bool
	open  func(path string, c *importCommand) (*layeredFile, error)
}

// formats are tried in this order: what the first bytes tell for certain comes
// before what may be any text.
func formats() []format {
	return []format{
		{"KML (.kml, .kmz)", kml.Looks, func(path string, c *importCommand) (*layeredFile, error) {
			return opened(kml.Open(path, kml.Options{Encoding: c.Encoding}))
		}},
		{"shapefile (.zip, .shp)", shapefile.Looks, func(path string, c *importCommand) (*layeredFile, error) {
			return opened(shapefile.Open(path, shapefile.Options{Encoding: c.Encoding}))
		}},
		{"GeoJSON", geojson.Looks, func(path string, c *importCommand) (*layeredFile, error) {
			return opened(geojson.Open(path, geojson.Options{Encoding: c.Encoding}))
		}},
		{"table of text (CSV)", delimited.Looks, func(path string, c *importCommand) (*layeredFile, error) {
			return opened(delimited.Open(path, delimited.Options{
				Encoding: c.Encoding, Separator: separators()[c.Separator], X: c.X, Y: c.Y, WKT: c.WKT,
			}))
		}},
	}
}

// separators are the names of --separator; that of finding it out is not there.
func separators() map[string]byte {
	return map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t', "bar": '|'}
}

// RuleFormat breaks a file that is in no format that is read.
const RuleFormat geo.Rule = "unknown-format"

// headBytes is how much of a file its format is told by.
const headBytes = 64 << 10

// openFile opens a file by what it is.
func openFile(c *importCommand) (*layeredFile, error) {
	head, err := archive.Head(c.Path, headBytes)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(c.Path)
	var names []string
	for _, f := range formats() {
		if f.looks(head, name) {
			return f.open(c.Path, c)
		}
		names = append(names, f.name)
	}
	return nil, geo.Faulty([]geo.Fault{{
		Rule: RuleFormat, Place: geo.Place{File: name}, Detail: "the file is in no format that is read; those are " + strings.Join(names, ", "),
	}})
}
