package shapefile

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// WriteLayer is a geo.TableWriter: a zipped shapefile in longitude and latitude.
// Points, lines and what has no place stand in sets of their own, because a
// shapefile holds one type of shape. fields.csv tells which column each field of
// ten characters is, and notes.txt which texts are cut.
func WriteLayer(ctx context.Context, w io.Writer, l *geo.Table, rows iter.Seq2[geo.TableRow, error]) error {
	sets, err := sorted(l, rows)
	if err != nil {
		return err
	}
	fields := fieldsOf(l)
	archive := zip.NewWriter(w)
	var cut []string
	for i := range sets {
		if err := ctx.Err(); err != nil {
			return err
		}
		notes, err := sets[i].write(archive, fields)
		if err != nil {
			return err
		}
		cut = append(cut, notes...)
	}
	if err := writeFields(archive, fields); err != nil {
		return err
	}
	if len(cut) > 0 {
		notes := "A field of a shapefile holds 254 bytes. These texts are cut; the other formats have them whole.\n\n" + strings.Join(cut, "\n") + "\n"
		if err := writeMember(archive, "notes.txt", []byte(notes)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// set is the rows of one type of shape, and the name of their files.
type set struct {
	name string
	kind uint32
	rows []geo.TableRow
}

// sorted gathers the rows by what shape they have. A layer that can have a type of
// shape has its set, if only an empty one where there is nothing at all.
func sorted(l *geo.Table, rows iter.Seq2[geo.TableRow, error]) ([]set, error) {
	points := set{name: l.Name + "_points", kind: shapePoint}
	lines := set{name: l.Name + "_lines", kind: shapePolyLine}
	unlocated := set{name: l.Name + "_unlocated", kind: shapeNull}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		switch row.Geometry.(type) {
		case orb.Point:
			points.rows = append(points.rows, row)
		case nil:
			unlocated.rows = append(unlocated.rows, row)
		default:
			lines.rows = append(lines.rows, row)
		}
	}
	var sets []set
	for _, s := range []set{points, lines, unlocated} {
		if len(s.rows) > 0 {
			sets = append(sets, s)
		}
	}
	if len(sets) == 0 {
		sets = []set{map[geo.GeometryType]set{geo.Point: points, geo.Line: lines, geo.AnyGeometry: points, geo.NoGeometry: unlocated}[l.Geometry]}
	}
	return sets, nil
}

// The types of shapes (ESRI Shapefile Technical Description, July 1998, p. 4).
const (
	shapeNull     = 0
	shapePoint    = 1
	shapePolyLine = 3
)

// dbfField is a column as a field of the table; column is −1 for the id.
type dbfField struct {
	name   string
	column int
	source geo.TableColumn
}

// fieldsOf names the columns in ten ASCII characters, each name once.
func fieldsOf(l *geo.Table) []dbfField {
	fields := []dbfField{{"id", -1, geo.TableColumn{Name: "id", Title: "Identifier"}}}
	taken := map[string]bool{"id": true}
	for i, c := range l.Columns {
		name := c.Name[:min(len(c.Name), 10)]
		for n := 1; taken[name]; n++ {
			suffix := "_" + strconv.Itoa(n)
			name = c.Name[:min(len(c.Name), 10-len(suffix))] + suffix
		}
		taken[name] = true
		fields = append(fields, dbfField{name, i, c})
	}
	return fields
}

func writeFields(archive *zip.Writer, fields []dbfField) error {
	w, err := archive.Create("fields.csv")
	if err != nil {
		return err
	}
	table := csv.NewWriter(w)
	rows := [][]string{{"field", "property", "title"}}
	for _, f := range fields {
		rows = append(rows, []string{f.name, f.source.Name, f.source.Title})
	}
	return table.WriteAll(rows)
}

func writeMember(archive *zip.Writer, name string, content []byte) error {
	w, err := archive.Create(name)
	if err == nil {
		_, err = w.Write(content)
	}
	return err
}

// wgs84 is the system of every shape, as ESRI writes it.
const wgs84 = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

// write writes the files of a set and returns which texts are cut.
func (s *set) write(archive *zip.Writer, fields []dbfField) (cut []string, err error) {
	table, cut, err := s.dbf(fields)
	if err != nil {
		return nil, err
	}
	members := []struct {
		extension string
		content   []byte
	}{{".dbf", table}, {".cpg", []byte("UTF-8")}}
	if s.kind != shapeNull {
		shapes, index, err := s.shp()
		if err != nil {
			return nil, err
		}
		members = append(members, []struct {
			extension string
			content   []byte
		}{{".shp", shapes}, {".shx", index}, {".prj", []byte(wgs84)}}...)
	}
	for _, m := range members {
		if err := writeMember(archive, s.name+m.extension, m.content); err != nil {
			return nil, err
		}
	}
	return cut, nil
}

// largest is the size that no file of a shapefile may exceed: its offsets are
// counted in 32 bits.
const largest = math.MaxInt32

func tooLarge() error {
	return geo.Errorf(geo.Invalid, "This is more than a shapefile can hold (2 GB a file). Ask for less, or for another format.")
}

// shp writes the shapes and their index.
func (s *set) shp() (shapes, index []byte, err error) {
	const header = 100
	shapes, index = make([]byte, header), make([]byte, header)
	bound := orb.Bound{}
	for i := range s.rows {
		g := s.rows[i].Geometry
		if b := g.Bound(); i == 0 {
			bound = b
		} else {
			bound = bound.Union(b)
		}
		content := shapeOf(g)
		if len(shapes)+len(content) > largest {
			return nil, nil, tooLarge()
		}
		words := uint32(len(content) / 2)
		index = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(index, uint32(len(shapes)/2)), words)
		shapes = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(shapes, uint32(i+1)), words)
		shapes = append(shapes, content...)
	}
	for _, file := range [][]byte{shapes, index} {
		binary.BigEndian.PutUint32(file, 9994)
		binary.BigEndian.PutUint32(file[24:], uint32(len(file)/2))
		binary.LittleEndian.PutUint32(file[28:], 1000)
		binary.LittleEndian.PutUint32(file[32:], s.kind)
		for i, v := range []float64{bound.Min[0], bound.Min[1], bound.Max[0], bound.Max[1]} {
			binary.LittleEndian.PutUint64(file[36+8*i:], math.Float64bits(v))
		}
	}
	return shapes, index, nil
}

// shapeOf is the content of a record.
func shapeOf(g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		return appendPositions(binary.LittleEndian.AppendUint32(nil, shapePoint), g)
	case orb.LineString:
		return polyLine(orb.MultiLineString{g})
	case orb.MultiLineString:
		return polyLine(g)
	}
	return binary.LittleEndian.AppendUint32(nil, shapeNull)
}

func polyLine(parts orb.MultiLineString) []byte {
	b := binary.LittleEndian.AppendUint32(nil, shapePolyLine)
	bound := parts.Bound()
	b = appendPositions(b, bound.Min, bound.Max)
	count := 0
	var starts, positions []byte
	for _, part := range parts {
		starts = binary.LittleEndian.AppendUint32(starts, uint32(count))
		count += len(part)
		positions = appendPositions(positions, part...)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(parts)))
	b = binary.LittleEndian.AppendUint32(b, uint32(count))
	return append(append(b, starts...), positions...)
}

func appendPositions(b []byte, positions ...orb.Point) []byte {
	for _, p := range positions {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
	}
	return b
}

// fieldForm is how a field is written: its type, width and decimals.
type fieldForm struct {
	kind            byte
	width, decimals int
}

const longestText = 254

// dbf writes the table (dBASE III), and tells which texts are cut.
func (s *set) dbf(fields []dbfField) (table []byte, cut []string, err error) {
	cells := make([][]string, len(s.rows))
	for i := range s.rows {
		cells[i] = make([]string, len(fields))
		for j := range fields {
			text := fields[j].text(&s.rows[i])
			if kept := clipped(text); len(kept) < len(text) {
				cut = append(cut, fmt.Sprintf("%s, %s: %d of %d bytes", s.rows[i].ID, fields[j].source.Name, len(kept), len(text)))
				text = kept
			}
			cells[i][j] = text
		}
	}
	forms := make([]fieldForm, len(fields))
	size := 1
	for j := range fields {
		forms[j] = formOf(fields[j].source.Type, cells, j)
		size += forms[j].width
	}
	header := 32 + 32*len(fields) + 1
	if size > math.MaxUint16 || header > math.MaxUint16 || header+size*len(cells) > largest {
		return nil, nil, tooLarge()
	}
	table = append(table, 3, 126, 1, 1) // a date must stand here; none is meant
	table = binary.LittleEndian.AppendUint32(table, uint32(len(cells)))
	table = binary.LittleEndian.AppendUint16(table, uint16(header))
	table = binary.LittleEndian.AppendUint16(table, uint16(size))
	table = append(table, make([]byte, 20)...)
	for j := range fields {
		descriptor := make([]byte, 32)
		copy(descriptor[:10], fields[j].name)
		descriptor[11], descriptor[16], descriptor[17] = forms[j].kind, byte(forms[j].width), byte(forms[j].decimals)
		table = append(table, descriptor...)
	}
	table = append(table, '\r')
	for _, row := range cells {
		table = append(table, ' ')
		for j := range row {
			table = forms[j].append(table, row[j])
		}
	}
	return append(table, 0x1a), cut, nil
}

// text is the value of a field, "" where it is not known.
func (f *dbfField) text(row *geo.TableRow) string {
	if f.column < 0 {
		return row.ID
	}
	switch v := row.Values[f.column].(type) {
	case string:
		if f.source.Type == geo.TableDay {
			return strings.ReplaceAll(v, "-", "")
		}
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

func clipped(text string) string {
	if len(text) <= longestText {
		return text
	}
	text = text[:longestText]
	for !utf8.ValidString(text[max(0, len(text)-utf8.UTFMax):]) && len(text) > longestText-utf8.UTFMax {
		text = text[:len(text)-1]
	}
	return text
}

// formOf fits a field to its values.
func formOf(t geo.TableType, cells [][]string, column int) fieldForm {
	whole, decimals, longest := 1, 0, 1
	for _, row := range cells {
		text := row[column]
		before, after, _ := strings.Cut(text, ".")
		whole, decimals, longest = max(whole, len(before)), max(decimals, len(after)), max(longest, len(text))
	}
	switch t {
	case geo.TableInteger:
		return fieldForm{'N', longest, 0}
	case geo.TableReal:
		if decimals = min(decimals, 15); decimals > 0 {
			whole += 1 + decimals
		}
		return fieldForm{'N', min(whole, longestText), decimals}
	case geo.TableDay:
		return fieldForm{'D', 8, 0}
	default:
		return fieldForm{'C', longest, 0}
	}
}

// append writes a value, blanks where it is not known.
func (f fieldForm) append(b []byte, text string) []byte {
	blanks := strings.Repeat(" ", max(0, f.width-len(text)))
	if f.kind != 'N' || text == "" {
		return append(append(b, text...), blanks...)
	}
	if f.decimals > 0 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err) // it was written from a number
		}
		text = strconv.FormatFloat(n, 'f', f.decimals, 64)
	}
	return append(append(b, strings.Repeat(" ", max(0, f.width-len(text)))...), text...)
}
