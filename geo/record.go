package geo

import (
	"iter"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
)

// Record is one row of a file as a format room decoded it: nothing is matched
// to a collection yet, and the geometry is still in the file's own CRS.
type Record struct {
	// Number counts from 1 in the order of the file, deleted rows included.
	Number int
	// Geometry keeps the Z and M the file carries; nil for a null shape.
	Geometry geom.T
	// Repairs are what was set right in the record while it was read, with the place
	// in the system of the file.
	Repairs []Fault
	// Values stand in the order of the layer's fields. Each is nil, string,
	// int64, float64, bool or Date.
	Values []Value
	// Filled says of each value whether it is a text that fills its field, so
	// that its end may have been cut off. Nil means that none does.
	Filled []bool
}

// Field is a column of a file.
type Field struct {
	Name string
}

// Layer is one table of a file. Records yields each row once, in order; a row
// that cannot be used is yielded as an error of type Fault and the sequence
// goes on, any other error ends it.
type Layer interface {
	Name() string
	Fields() []Field
	// CRS is what comes with the layer to say its system: "EPSG:n",
	// "OGC:CRS84" or WKT text; "" when nothing does.
	CRS() string
	Records() iter.Seq2[Record, error]
}

// Sourced is a Layer that brings sources its records cite.
type Sourced interface {
	// Source returns the source of that id, when a record read so far cites it and
	// the layer brings it.
	Source(id string) (Source, bool)
}

// Flat is a geometry of decoding turned into orb's, with what was lost on the
// way.
type Flat struct {
	Geometry orb.Geometry
	// DroppedZ and DroppedM say that the file had heights or measures.
	DroppedZ, DroppedM bool
}
