package geoparquet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"oxus/geo"
)

// leaf appends the values that a row has in one leaf of the schema: one, or as many
// as a list has. Levels say what is null (Parquet's definition and repetition levels).
type leaf func(values []parquet.Value, r *row) ([]parquet.Value, error)

// layout is the columns of a file in their order, and what writes their leaves.
type layout struct {
	names []string
	nodes parquet.Group
	// leaves are in the order of the schema.
	leaves []leaf
	// geometry and box name the columns of the geometry and its box, "" without one.
	geometry, box string
}

// layoutOf lays a table out: id, geometry, the columns, the box of the geometry.
func layoutOf(t *geo.Table) *layout {
	l := &layout{nodes: parquet.Group{}}
	taken := map[string]bool{}
	for _, c := range t.Columns {
		taken[c.Name] = true
	}
	l.add(free("id", taken), parquet.String(), appendID)
	if t.Geometry != geo.NoGeometry {
		l.geometry = free("geometry", taken)
		l.add(l.geometry, parquet.Optional(parquet.Leaf(shapeType{parquet.Leaf(parquet.ByteArrayType).Type()})), appendShape)
	}
	for i, c := range t.Columns {
		l.add(c.Name, nodeOf(c.Type), valuesOf(i, c.Type))
	}
	if l.geometry != "" {
		l.box = free("bbox", taken)
		l.add(l.box, parquet.Optional(boxNode()), side(func(r *row) float64 { return r.bound.Min[0] }), side(func(r *row) float64 { return r.bound.Min[1] }),
			side(func(r *row) float64 { return r.bound.Max[0] }), side(func(r *row) float64 { return r.bound.Max[1] }))
	}
	return l
}

func (l *layout) add(name string, node parquet.Node, leaves ...leaf) {
	l.names = append(l.names, name)
	l.nodes[name] = node
	l.leaves = append(l.leaves, leaves...)
}

func (l *layout) root() parquet.Node { return ordered{l.nodes, l.names} }

// free returns the name, lengthened where a column of the table has it.
func free(name string, taken map[string]bool) string {
	for taken[name] {
		name += "_"
	}
	taken[name] = true
	return name
}

// ordered is a group whose fields stand in the order of their names here, not of
// the alphabet.
type ordered struct {
	parquet.Group
	names []string
}

// Fields implements parquet.Node.
func (o ordered) Fields() []parquet.Field {
	fields := o.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int {
		return slices.Index(o.names, a.Name()) - slices.Index(o.names, b.Name())
	})
	return fields
}

// boxSides are the fields of a box, in the order that GeoParquet asks for.
var boxSides = []string{"xmin", "ymin", "xmax", "ymax"}

func boxNode() parquet.Node {
	sides := parquet.Group{}
	for _, name := range boxSides {
		sides[name] = parquet.Leaf(parquet.DoubleType)
	}
	return ordered{sides, boxSides}
}

func nodeOf(t geo.TableType) parquet.Node {
	switch t {
	case geo.TableInteger:
		return parquet.Optional(parquet.Leaf(parquet.Int64Type))
	case geo.TableReal:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case geo.TableDay:
		return parquet.Optional(parquet.Date())
	case geo.TableList:
		return parquet.Optional(parquet.List(parquet.String()))
	default:
		return parquet.Optional(parquet.String())
	}
}

func appendID(values []parquet.Value, r *row) ([]parquet.Value, error) {
	return append(values, r.text(r.ID).Level(0, 0, 0)), nil
}

func appendShape(values []parquet.Value, r *row) ([]parquet.Value, error) {
	if !r.placed() {
		return append(values, parquet.NullValue()), nil
	}
	return append(values, parquet.ByteArrayValue(r.shape.Bytes()).Level(0, 1, 0)), nil
}

// side writes one side of the box of a geometry, where there is one.
func side(of func(r *row) float64) leaf {
	return func(values []parquet.Value, r *row) ([]parquet.Value, error) {
		if !r.placed() {
			return append(values, parquet.NullValue()), nil
		}
		return append(values, parquet.DoubleValue(of(r)).Level(0, 1, 0)), nil
	}
}

// valuesOf writes the column at that position of the table.
func valuesOf(column int, t geo.TableType) leaf {
	if t == geo.TableList {
		return func(values []parquet.Value, r *row) ([]parquet.Value, error) {
			return appendList(values, r, r.Values[column])
		}
	}
	return func(values []parquet.Value, r *row) ([]parquet.Value, error) {
		v, err := scalar(r, r.Values[column], t)
		return append(values, v), err
	}
}

// scalar is a value of a column that holds no lists.
func scalar(r *row, value any, t geo.TableType) (parquet.Value, error) {
	var v parquet.Value
	switch value := value.(type) {
	case nil:
		return parquet.NullValue(), nil
	case int64:
		v = parquet.Int64Value(value)
	case float64:
		v = parquet.DoubleValue(value)
	case string:
		if t != geo.TableDay {
			v = r.text(value)
			break
		}
		day, err := time.Parse(time.DateOnly, value)
		if err != nil {
			return v, fmt.Errorf("%q is no day: %w", value, err)
		}
		v = parquet.Int32Value(int32(day.Unix() / secondsOfDay))
	}
	if want := kinds[t]; v.Kind() != want {
		return v, fmt.Errorf("%v is a %T in a column of %s", value, value, strings.ToLower(want.String()))
	}
	return v.Level(0, 1, 0), nil
}

const secondsOfDay = 24 * 60 * 60

// kinds are the physical types of the columns.
var kinds = [...]parquet.Kind{
	geo.TableText: parquet.ByteArray, geo.TableInteger: parquet.Int64, geo.TableReal: parquet.Double, geo.TableDay: parquet.Int32,
}

// appendList writes the members of a list; an empty list is told apart from one
// that is not known.
func appendList(values []parquet.Value, r *row, value any) ([]parquet.Value, error) {
	if value == nil {
		return append(values, parquet.NullValue()), nil
	}
	var members []string
	text, _ := value.(string)
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return values, fmt.Errorf("%v is no list of texts: %w", value, err)
	}
	if len(members) == 0 {
		return append(values, parquet.NullValue().Level(0, 1, 0)), nil
	}
	for i, m := range members {
		values = append(values, r.text(m).Level(min(i, 1), 2, 0))
	}
	return values, nil
}
