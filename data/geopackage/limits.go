package geopackage

import "cmp"

// Options say how to read a file of others. The zero value reads with
// DefaultLimits.
type Options struct {
	// Limits that are zero take their default.
	Limits Limits
}

// Limits are the ceilings of one file of others. A file or record above one is
// refused by a rule that names it.
type Limits struct {
	// FileBytes is the most bytes of the file.
	FileBytes int64
	// Layers is the most tables the file may declare.
	Layers int
	// Fields is the most columns of one layer.
	Fields int
	// Records is the most records of one layer.
	Records int
	// Points and Parts are the most points, and the most lines, rings or members,
	// of one record.
	Points, Parts int
	// BlobBytes is the most bytes of one geometry, TextBytes of one text.
	BlobBytes, TextBytes int
}

// DefaultLimits hold for real data with room to spare.
func DefaultLimits() Limits {
	return Limits{
		FileBytes: 4 << 30,
		Layers:    1000,
		Fields:    1000,
		Records:   10_000_000,
		Points:    1_000_000,
		Parts:     50_000,
		BlobBytes: 64 << 20,
		TextBytes: 1 << 20,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		FileBytes: cmp.Or(l.FileBytes, d.FileBytes),
		Layers:    cmp.Or(l.Layers, d.Layers),
		Fields:    cmp.Or(l.Fields, d.Fields),
		Records:   cmp.Or(l.Records, d.Records),
		Points:    cmp.Or(l.Points, d.Points),
		Parts:     cmp.Or(l.Parts, d.Parts),
		BlobBytes: cmp.Or(l.BlobBytes, d.BlobBytes),
		TextBytes: cmp.Or(l.TextBytes, d.TextBytes),
	}
}
