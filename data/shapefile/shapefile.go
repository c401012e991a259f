// Package shapefile reads ESRI shapefiles from people who keep border data: a
// .zip with any number of layers, or a loose .shp with its siblings beside it.
// It follows the ESRI Shapefile Technical Description (July 1998), dBase III for
// the attributes, and what GDAL, QGIS and ArcGIS write in practice.
//
// A file is hostile until read. Nothing is allocated because a header claims
// it, every byte is counted while it is read, sizes in zip headers decide
// nothing, and every ceiling is in Limits. Reading streams: memory holds one
// record, never the file.
//
// What is broken in one record is yielded as a geo.Fault and reading goes on;
// what breaks the file is a *geo.Error of kind Invalid whose fault names the
// rule and the place. Any other error is input or output that failed.
//
// What is not here: reprojection (a layer hands on the text of its .prj), the
// spatial index and the .shx, memo files, MultiPatch, and any reading by a guess:
// a layer whose texts are in no encoding that the file names offers what it may
// be, and waits for a person to say.
package shapefile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// Options say how to read a file. The zero value reads with the encoding the
// file names and with DefaultLimits.
type Options struct {
	// Encoding overrides what .cpg and .dbf say; any name a .cpg may hold, such
	// as "UTF-8", "windows-1251" or "866".
	Encoding string
	// Limits that are zero take their default.
	Limits Limits
}

// Limits are the ceilings of one file. A file or record above one is refused by
// a rule that names it.
type Limits struct {
	// Entries is the most entries of an archive.
	Entries int
	// TotalBytes is the most that all members together unpack to.
	TotalBytes int64
	// MemberBytes is the most that one member unpacks to.
	MemberBytes int64
	// Ratio is the most unpacked bytes for each packed one; members below 16 MB
	// are not held to it.
	Ratio int64
	// Records is the most records of one layer, deleted ones included.
	Records int
	// Points is the most points of one record.
	Points int
	// Parts is the most parts or rings of one record.
	Parts int
	// Fields is the most fields of one layer.
	Fields int
}

// DefaultLimits hold for real data with room to spare: ESRI's own bound of 2 GB
// a member, ten million records, a million points and 50,000 parts a record.
func DefaultLimits() Limits {
	return Limits{
		Entries:     1000,
		TotalBytes:  4 << 30,
		MemberBytes: 2 << 30,
		Ratio:       250,
		Records:     10_000_000,
		Points:      1_000_000,
		Parts:       50_000,
		Fields:      1000,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Entries:     cmp.Or(l.Entries, d.Entries),
		TotalBytes:  cmp.Or(l.TotalBytes, d.TotalBytes),
		MemberBytes: cmp.Or(l.MemberBytes, d.MemberBytes),
		Ratio:       cmp.Or(l.Ratio, d.Ratio),
		Records:     cmp.Or(l.Records, d.Records),
		Points:      cmp.Or(l.Points, d.Points),
		Parts:       cmp.Or(l.Parts, d.Parts),
		Fields:      cmp.Or(l.Fields, d.Fields),
	}
}

func (l Limits) budget() *archive.Budget {
	l = l.orDefault()
	return archive.NewBudget(archive.Limits{Entries: l.Entries, TotalBytes: l.TotalBytes, MemberBytes: l.MemberBytes, Ratio: l.Ratio})
}

// isMember picks what a layer is made of.
func isMember(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".shp", ".dbf", ".prj", ".cpg":
		return true
	}
	return false
}

// File is an open shapefile or archive of them. A File and its layers are for
// one goroutine at a time.
type File struct {
	layers []*Layer
	closer io.Closer
}

// Close releases the file. Layers cannot be read afterwards.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Layers returns the layers in the order of the archive; there is at least one.
func (f *File) Layers() []*Layer { return f.layers }

// Layer is one .shp with the members that belong to it. It implements
// geo.Layer.
type Layer struct {
	name     string
	shp, dbf *archive.Member
	shape    shapeHeader
	table    tableHeader
	text     charset.Decoder
	// names are the names of the fields as the .dbf has them.
	names  []string
	prj    string
	limits Limits
	tally  Tally
	lost   charset.Watch
	doubts mojibake
}

var _ geo.Layer = (*Layer)(nil)

// Name returns the name of the .shp without extension, with its folder where
// two layers of an archive would else have the same name.
func (l *Layer) Name() string { return l.name }

// CRS returns the text of the .prj as it stands, "" when there is none.
func (l *Layer) CRS() string { return l.prj }

// ShapeType returns the type all shapes of the layer have, in ESRI's words:
// "Point", "PolyLineZ" and so on.
func (l *Layer) ShapeType() string { return l.shape.kind.String() }

// Len returns the number of records that the .dbf claims, deleted ones
// included. It is checked while reading.
func (l *Layer) Len() int { return l.table.records }

// Encoding tells how texts are decoded and what said so.
func (l *Layer) Encoding() charset.Encoding { return l.text.Encoding() }

// Fields returns the fields of the .dbf in order.
func (l *Layer) Fields() []geo.Field {
	fields := make([]geo.Field, len(l.table.fields))
	for i, f := range l.table.fields {
		fields[i] = geo.Field{Name: f.name}
	}
	return fields
}

// Tally counts what a reading left out or set right without refusing a record.
type Tally struct {
	// Deleted records are marked so in the .dbf and skipped with their shape.
	Deleted int
	// FlatRings have no area and were left out of their polygon.
	FlatRings int
	// LooseHoles are wound like holes but lie in no outer ring; they were taken
	// as outer rings.
	LooseHoles int
	// Reversed polygons have all rings wound the wrong way round.
	Reversed int
}

// Tally returns the counts of the last or the present reading of Records.
func (l *Layer) Tally() Tally { return l.tally }

// Looks reports whether a file is to be read as a shapefile, by its first bytes: a
// zip, or the mark of a .shp. The name counts where the mark is missing, which
// Open refuses with a sentence.
func Looks(head []byte, name string) bool {
	return bytes.HasPrefix(head, []byte("PK")) || bytes.HasPrefix(head, []byte{0, 0, 0x27, 0x0a}) || isShp(name)
}

// Open opens the shapefile or archive at a path; what it is, its first bytes
// tell. Headers, field names, encoding and .prj of every layer are read and
// checked here, records are not. Errors of the file are *geo.Error of kind
// Invalid and list the faults of all layers.
func Open(path string, opts Options) (*File, error) {
	// Asked first, because opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open shapefile: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, broken(RuleNotShapefile, info.Name(), "this is no file; give a .zip or a .shp")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open shapefile: %w", err)
	}
	file, err := open(f, info, opts)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return file, nil
}

func open(f *os.File, info fs.FileInfo, opts Options) (*File, error) {
	var magic [4]byte
	if _, err := f.ReadAt(magic[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("open shapefile: %w", err)
	}
	if string(magic[:2]) == "PK" {
		return openArchive(f, info.Size(), opts)
	}
	if !strings.EqualFold(filepath.Ext(info.Name()), ".shp") {
		return nil, broken(RuleNotShapefile, info.Name(), "this is neither a zip archive nor a .shp")
	}
	return openLoose(f, opts)
}

func openArchive(f *os.File, size int64, opts Options) (*File, error) {
	members, err := archive.Read(f, size, opts.Limits.budget(), isMember)
	if err != nil {
		return nil, err
	}
	layers, err := openLayers(members, opts)
	if err != nil {
		return nil, err
	}
	return &File{layers: layers, closer: f}, nil
}

// openLoose reads the .shp by its siblings' names, so the handle that told its
// kind is no longer needed.
func openLoose(f *os.File, opts Options) (*File, error) {
	members, err := looseMembers(f.Name(), opts.Limits.budget())
	if err != nil {
		return nil, err
	}
	layers, err := openLayers(members, opts)
	if err != nil {
		return nil, err
	}
	return &File{layers: layers, closer: f}, nil
}

// looseMembers finds the .shp and what belongs to it, extensions in any case.
func looseMembers(shp string, b *archive.Budget) ([]*archive.Member, error) {
	entries, err := os.ReadDir(filepath.Dir(shp))
	if err != nil {
		return nil, fmt.Errorf("open shapefile: %w", err)
	}
	var members []*archive.Member
	want := stem(filepath.Base(shp))
	for _, e := range entries {
		// Two files that differ by case alone are two layers here; the one that
		// was asked for is taken, and siblings by its exact name first.
		if !mayBeFile(e) || !strings.EqualFold(stem(e.Name()), want) || isShp(e.Name()) && e.Name() != filepath.Base(shp) {
			continue
		}
		members = append(members, archive.Loose(filepath.Join(filepath.Dir(shp), e.Name()), b))
	}
	return members, nil
}

func mayBeFile(e fs.DirEntry) bool { return e.Type()&^fs.ModeSymlink == 0 }

func isShp(name string) bool { return strings.EqualFold(path.Ext(name), ".shp") }

func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// openLayers opens every .shp among the members, and collects the faults of
// all of them before it gives up.
func openLayers(members []*archive.Member, opts Options) ([]*Layer, error) {
	var layers []*Layer
	var faults []geo.Fault
	var doubt *charset.Doubtful
	for _, m := range members {
		if !isShp(m.Name) {
			continue
		}
		layer, err := openLayer(m, members, opts)
		var invalid *geo.Error
		switch errors.As(err, &doubt); {
		case errors.As(err, &invalid):
			faults = append(faults, invalid.Faults...)
		case err != nil:
			return nil, err
		default:
			layers = append(layers, layer)
		}
	}
	if doubt != nil {
		return nil, &charset.Doubtful{Err: &geo.Error{Kind: geo.Invalid, Faults: faults}, Candidates: doubt.Candidates}
	}
	if err := geo.Faulty(faults); err != nil {
		return nil, err
	}
	if len(layers) == 0 {
		return nil, broken(RuleNoLayer, "", "the archive holds no .shp (archives inside it are not opened)")
	}
	nameLayers(layers)
	return layers, nil
}

// nameLayers gives each layer its base name, or its whole path where base names
// repeat.
func nameLayers(layers []*Layer) {
	count := make(map[string]int)
	for _, l := range layers {
		count[stem(path.Base(l.shp.Name))]++
	}
	for _, l := range layers {
		l.name = stem(path.Base(l.shp.Name))
		if count[l.name] > 1 {
			l.name = stem(l.shp.Name)
		}
	}
}

func openLayer(shp *archive.Member, members []*archive.Member, opts Options) (*Layer, error) {
	l := &Layer{shp: shp, dbf: sibling(members, shp, ".dbf"), limits: opts.Limits.orDefault()}
	if l.dbf == nil {
		return nil, broken(RuleNoTable, shp.Name, "%s.dbf, which holds its attributes, is missing", stem(path.Base(shp.Name)))
	}
	var err error
	if l.shape, err = readShapeHeader(shp); err != nil {
		return nil, err
	}
	if l.table, err = readTableHeader(l.dbf, l.limits); err != nil {
		return nil, err
	}
	if l.prj, err = readText(sibling(members, shp, ".prj"), maxPrjBytes, RulePrj); err != nil {
		return nil, err
	}
	cpg := sibling(members, shp, ".cpg")
	page, err := readText(cpg, maxCpgBytes, charset.RuleUnknown)
	if err != nil {
		return nil, err
	}
	if l.text, err = chooseEncoding(opts.Encoding, cpg, page, l.dbf, l.table.language); err != nil {
		return nil, err
	}
	return l, l.nameFields()
}

// Real texts are below 5 kB and 20 bytes.
const (
	maxPrjBytes = 64 << 10
	maxCpgBytes = 256
)

// sibling returns the member with the name of shp and another extension: by
// the same case if there is one, else by any.
func sibling(members []*archive.Member, shp *archive.Member, ext string) *archive.Member {
	var found *archive.Member
	for _, m := range members {
		if !strings.EqualFold(path.Ext(m.Name), ext) {
			continue
		}
		if stem(m.Name) == stem(shp.Name) {
			return m
		}
		if found == nil && archive.FoldName(stem(m.Name)) == archive.FoldName(stem(shp.Name)) {
			found = m
		}
	}
	return found
}

// readText reads a small member whole, "" when m is nil.
func readText(m *archive.Member, most int64, rule geo.Rule) (string, error) {
	if m == nil {
		return "", nil
	}
	r, err := m.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return "", err
	}
	if int64(len(data)) > most {
		return "", broken(rule, m.Name, "the text is longer than %d bytes", most)
	}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	return strings.ToValidUTF8(strings.TrimSpace(strings.Trim(text, "\x00")), "\uFFFD"), nil
}

// Records reads the layer from its start and yields each record once, in the
// order of the file; it can be asked again. Deleted records are skipped, and
// counted in the numbers of those that follow. A record that cannot be used
// comes as a Record with its Number alone and a geo.Fault; any other error ends
// the sequence.
//
// Geometries keep the Z and M of the file: layout XY, XYZ, XYM or XYZM. M that
// the file leaves out, or marks as "no data" in every point of a record, makes
// no M; where only some points lack it, it is NaN. Polygons are assembled from their rings by
// containment. A null or empty shape is a nil geometry.
//
// Values are nil for blank, "null" and overflowing (asterisks) fields; string
// for C; geo.Date for D; bool for L; int64 for N without decimals, float64 for
// N with decimals and for F.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		l.tally, l.lost, l.doubts = Tally{}, charset.Watch{}, mojibake{}
		if err := l.read(yield); err != nil {
			yield(geo.Record{}, err)
		}
	}
}

// read yields until the end, the first error that ends the file, or until the
// caller has had enough.
func (l *Layer) read(yield func(geo.Record, error) bool) error {
	shapes, err := openShapes(l.shp, l.shape, l.limits)
	if err != nil {
		return err
	}
	defer shapes.Close()
	rows, err := openRows(l.dbf, l.table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for number := 1; number <= l.table.records; number++ {
		shape, err := shapes.next()
		if errors.Is(err, io.EOF) {
			return broken(RuleCounts, l.shp.Name, "the .shp ends after %d records, the .dbf has %d", number-1, l.table.records)
		}
		if err != nil {
			return err
		}
		row, err := rows.next()
		if err != nil {
			return err
		}
		if row[0] == '*' {
			l.tally.Deleted++
			continue
		}
		if !yield(l.record(number, shape, row)) {
			return nil
		}
	}
	return l.finish(shapes, rows)
}

// finish holds the counts against each other and reads both members to their
// end, where a zip checks its sums.
func (l *Layer) finish(shapes *shapeReader, rows *rowReader) error {
	_, err := shapes.next()
	if err == nil {
		return broken(RuleCounts, l.shp.Name, "the .shp goes on after the %d records of the .dbf", l.table.records)
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := shapes.Drain(); err != nil {
		return err
	}
	return rows.Drain()
}

// record makes a Record of one shape and row, or says what is wrong with it.
func (l *Layer) record(number int, shape rawShape, row []byte) (geo.Record, error) {
	reject := func(f *geo.Fault, file string) (geo.Record, error) {
		f.Place.File, f.Place.Record = file, number
		return geo.Record{Number: number}, *f
	}
	r := geo.Record{Number: number}
	if fault := decodeShape(shape, l.shape.kind, l.limits, &l.tally, &r); fault != nil {
		return reject(fault, l.shp.Name)
	}
	if row[0] != ' ' && row[0] != 0 {
		return reject(faultf(RuleRow, "the row starts with byte 0x%02x, not with a blank or an asterisk", row[0]), l.dbf.Name)
	}
	values, filled := make([]geo.Value, len(l.table.fields)), make([]bool, len(l.table.fields))
	for i, f := range l.table.fields {
		raw := row[f.offset : f.offset+f.width]
		value, fault := f.value(raw, l.text)
		if fault != nil {
			fault.Place.Field = f.name
			return reject(fault, l.dbf.Name)
		}
		values[i], filled[i] = value, f.filledBy(raw)
		if text, ok := value.(string); ok {
			l.lost.See(text)
			l.doubts.see(textOf(raw))
		}
	}
	r.Values, r.Filled = values, filled
	return r, nil
}
