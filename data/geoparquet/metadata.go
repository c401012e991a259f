package geoparquet

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/paulmach/orb"
)

// version is that of GeoParquet.
const version = "1.1.0"

// extent is where the geometries of a file lie and of which types they are.
type extent struct {
	bound orb.Bound
	types map[string]bool
}

func (e *extent) add(r *row) {
	if !r.placed() {
		return
	}
	if e.types == nil {
		e.types, e.bound = map[string]bool{}, r.bound
	}
	e.types[r.Geometry.GeoJSONType()] = true
	e.bound = e.bound.Union(r.bound)
}

// The metadata under the key geo (GeoParquet 1.1.0, file and column metadata).
type (
	fileMetadata struct {
		Version       string                    `json:"version"`
		PrimaryColumn string                    `json:"primary_column"`
		Columns       map[string]columnMetadata `json:"columns"`
	}
	// Without crs the coordinates are longitude and latitude (OGC:CRS84).
	columnMetadata struct {
		Encoding      string    `json:"encoding"`
		GeometryTypes []string  `json:"geometry_types"`
		Edges         string    `json:"edges"`
		BBox          []float64 `json:"bbox,omitempty"`
		Covering      covering  `json:"covering"`
	}
	// covering names the fields of the box of each geometry by their paths.
	covering struct {
		BBox map[string][]string `json:"bbox"`
	}
)

// metadata describes the geometries that have been written.
func (f *file) metadata() (string, error) {
	c := columnMetadata{Encoding: "WKB", GeometryTypes: slices.AppendSeq([]string{}, maps.Keys(f.extent.types)), Edges: "planar", Covering: covering{map[string][]string{}}}
	slices.Sort(c.GeometryTypes)
	if b := f.extent.bound; len(c.GeometryTypes) > 0 {
		c.BBox = []float64{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}
	}
	for _, side := range boxSides {
		c.Covering.BBox[side] = []string{f.box, side}
	}
	text, err := json.Marshal(fileMetadata{version, f.geometry, map[string]columnMetadata{f.geometry: c}})
	return string(text), err
}

// shapeType is the type of well-known binary. The order of its bytes says nothing of
// places, so no bounds of it are kept; but the index of pages must have some, and
// those that are left out would read as empty.
type shapeType struct{ parquet.Type }

// NewColumnIndexer implements parquet.Type.
func (t shapeType) NewColumnIndexer(limit int) parquet.ColumnIndexer {
	return shapeIndexer{t.Type.NewColumnIndexer(limit)}
}

type shapeIndexer struct{ parquet.ColumnIndexer }

// IndexPage bounds every page by what lies before and after any geometry, whose
// first byte is 0 or 1.
func (x shapeIndexer) IndexPage(values, nulls int64, least, greatest parquet.Value) {
	if values > nulls {
		least, greatest = parquet.ByteArrayValue([]byte{0}), parquet.ByteArrayValue([]byte{2})
	}
	x.ColumnIndexer.IndexPage(values, nulls, least, greatest)
}
