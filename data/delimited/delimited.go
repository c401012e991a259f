package delimited

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/twpayne/go-geom"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// File is an open table. It and its layer are for one goroutine at a time.
type File struct{ layer *Layer }

// Layers returns the one layer of the file.
func (f *File) Layers() []*Layer { return []*Layer{f.layer} }

// Close is there for the shape of all formats: a file is open only while it is
// read.
func (f *File) Close() error { return nil }

// Layer is the rows of a table. It implements geo.Layer.
type Layer struct {
	member    *archive.Member
	text      charset.Decoder
	limits    Limits
	separator byte
	// skip is the bytes in front of the row of names.
	skip   int64
	names  []string
	places places
	// columns are the places in a row of the fields.
	columns []int
	crs     string
	srid    int
	count   int
	lost    charset.Watch
	// unread and others are texts that a guess of the encoding is made from.
	unread, others [][]byte
}

var _ geo.Layer = (*Layer)(nil)

// Name returns the name of the file without its extension.
func (l *Layer) Name() string {
	return strings.TrimSuffix(l.member.Name, filepath.Ext(l.member.Name))
}

// CRS returns "OGC:CRS84" where the columns of the position are named as
// longitude and latitude or no column has a position, "EPSG:n" where Well-Known
// Text names its system (SRID=n;), else "".
func (l *Layer) CRS() string { return l.crs }

// Len returns the number of rows that Open found.
func (l *Layer) Len() int { return l.count }

// Encoding tells how texts are decoded and what said so.
func (l *Layer) Encoding() charset.Encoding { return l.text.Encoding() }

// Separator returns what stands between the cells.
func (l *Layer) Separator() byte { return l.separator }

// Fields returns the columns in order, without those of the position.
func (l *Layer) Fields() []geo.Field {
	fields := make([]geo.Field, len(l.columns))
	for i, c := range l.columns {
		fields[i] = geo.Field{Name: l.names[c]}
	}
	return fields
}

// Notes tells what was found out about the file, and what the last reading saw of
// letters that were lost before.
func (l *Layer) Notes() []string {
	notes := []string{"texts: " + l.text.Encoding().String(), "cells are separated by " + separatorName(l.separator)}
	switch {
	case l.places.wkt >= 0:
		notes = append(notes, "geometries: the Well-Known Text of "+l.names[l.places.wkt])
	case l.places.x >= 0:
		notes = append(notes, fmt.Sprintf("positions: %s and %s", l.names[l.places.x], l.names[l.places.y]))
	default:
		notes = append(notes, "no columns of a position were found; --x and --y or --wkt name them")
	}
	return append(notes, l.lost.Advice(l.text.Encoding().Name)...)
}

// Open opens the table at a path and reads it once, to count its rows and to see
// that its texts can be read. Texts that are not UTF-8 are refused unless the
// options name their encoding; the error is a *charset.Doubtful then, which
// carries a guess.
func Open(path string, opts Options) (*File, error) {
	if _, err := archive.Regular(path); err != nil {
		return nil, err
	}
	limits := opts.Limits.orDefault()
	l := &Layer{
		member: archive.Loose(path, archive.NewBudget(archive.Limits{TotalBytes: limits.Bytes, MemberBytes: limits.Bytes})),
		text:   charset.Unnamed(), limits: limits, separator: opts.Separator,
	}
	if opts.Encoding != "" {
		var err error
		if l.text, err = charset.Named(opts.Encoding, charset.FromOverride, ""); err != nil {
			return nil, err
		}
	}
	if opts.Separator != 0 && strings.IndexByte(separators, opts.Separator) < 0 {
		return nil, broken(RuleSeparator, geo.Place{}, "%q is no separator of cells; known are comma, semicolon, tab and bar", opts.Separator)
	}
	if err := l.begin(); err != nil {
		return nil, err
	}
	if err := l.survey(opts); err != nil {
		return nil, err
	}
	return &File{l}, nil
}

// begin looks at the first bytes: the mark of UTF-8, the separator.
func (l *Layer) begin() error {
	r, err := l.member.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	head, err := r.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	whole := err != nil
	if isUTF16(head) {
		return broken(RuleUTF16, geo.Place{File: l.member.Name}, "the file is in UTF-16; save it as CSV in UTF-8")
	}
	if bytes.HasPrefix(head, []byte("\ufeff")) {
		head, l.skip = head[3:], 3
		if l.text.Encoding().Origin == charset.FromNothing {
			l.text, _ = charset.Find(charset.UTF8, charset.FromMark)
		}
	}
	separator, length := declared(head)
	l.skip += int64(length)
	if separator == 0 {
		separator, _ = sniff(head, whole)
	}
	if l.separator == 0 {
		l.separator = separator
	}
	return nil
}

// open starts a reading at the row of names.
func (l *Layer) open() (*archive.Reader, *rowReader, error) {
	r, err := l.member.Open()
	if err != nil {
		return nil, nil, err
	}
	if err := r.Skip(l.skip); err != nil {
		r.Close()
		return nil, nil, err
	}
	rows := newRowReader(r.Reader, l.separator, l.limits, l.member.Name)
	if l.skip > 3 {
		rows.line = 2
	}
	return r, rows, nil
}

// survey is the first reading.
func (l *Layer) survey(opts Options) error {
	r, rows, err := l.open()
	if err != nil {
		return err
	}
	defer r.Close()
	s := surveyor{layer: l}
	header, line, fault, err := rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return broken(RuleHeader, geo.Place{File: l.member.Name}, "the file is empty; its first row must name the columns")
	case err != nil:
		return err
	case fault != nil:
		return broken(fault.Rule, geo.Place{File: l.member.Name, Line: line}, "%s", fault.Detail)
	}
	if err := l.readHeader(header, line, opts, &s); err != nil {
		return err
	}
	for {
		cells, line, _, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if l.count++; l.count > l.limits.Records {
			return broken(RuleRecords, geo.Place{File: l.member.Name}, "the file has more than %d rows", l.limits.Records)
		}
		s.see(cells, line)
	}
	// What a name says of the encoding is not overthrown by one text: Records refuses it.
	if l.text.Encoding().Origin == charset.FromNothing || s.header {
		if err := l.text.Doubt(append(s.unread, s.others...), geo.Place{File: l.member.Name, Line: s.line}); err != nil {
			return err
		}
	}
	l.unread, l.others = s.unread, s.others
	l.findCRS(&s)
	return nil
}

// surveyor gathers what the first reading finds.
type surveyor struct {
	layer *Layer
	// unread are texts that are not valid in the encoding, the first of them on the
	// line; header says that one of them names a column. others are valid and have more
	// than ASCII.
	unread, others [][]byte
	header         bool
	line           int
	srid           int
}

// reads reports whether a text is valid in the encoding.
func (s *surveyor) reads(c []byte) bool {
	if !s.layer.text.SingleByte() {
		return utf8.Valid(c)
	}
	_, fault := s.layer.text.Decode(c)
	return fault == nil
}

// text keeps a text that a guess can be made from.
func (s *surveyor) text(c []byte, line int) {
	const most, mostBytes = 200, 200
	if !bytes.ContainsFunc(c, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return
	}
	into := &s.others
	if !s.reads(c) {
		if into = &s.unread; len(s.unread) == 0 {
			s.line = line
		}
	}
	if len(*into) < most {
		*into = append(*into, bytes.Clone(c[:min(len(c), mostBytes)]))
	}
}

func (s *surveyor) see(cells [][]byte, line int) {
	for _, c := range cells {
		s.text(c, line)
	}
	if w := s.layer.places.wkt; s.srid == 0 && w >= 0 && w < len(cells) {
		s.srid, _ = splitSRID(string(cells[w][:min(len(cells[w]), 30)]))
	}
}

// Guess ranks the encodings that the texts may be in. It is empty where every text is
// valid in the encoding that was named. It is for a person to confirm: Records never
// decodes by it.
func (l *Layer) Guess() ([]charset.Candidate, error) {
	if len(l.unread) == 0 {
		return nil, nil
	}
	return charset.Guess(append(slices.Clone(l.unread), l.others...)), nil
}

func (l *Layer) findCRS(s *surveyor) {
	switch {
	case l.places.geographic, l.places.x < 0 && l.places.wkt < 0: // nothing is to be asked where nothing has a place
		l.crs = "OGC:CRS84"
	case s.srid > 0:
		l.srid, l.crs = s.srid, fmt.Sprintf("EPSG:%d", s.srid)
	}
}

// readHeader takes the names of the columns, of which each must be told from the
// others.
func (l *Layer) readHeader(cells [][]byte, line int, opts Options, s *surveyor) error {
	var faults []geo.Fault
	for i, c := range cells {
		name, fault := l.text.Decode(c)
		if fault != nil {
			s.text(c, line) // refused with a guess when all texts are seen
			s.header = true
			l.names = append(l.names, fmt.Sprintf("column %d", i+1))
			continue
		}
		name = strings.TrimSpace(name)
		if fault = l.checkName(name, i); fault != nil {
			fault.Place = geo.Place{File: l.member.Name, Line: line, Field: fmt.Sprintf("%d", i+1)}
			faults = append(faults, *fault)
		}
		l.names = append(l.names, name)
	}
	if err := geo.Faulty(faults); err != nil {
		return err
	}
	if len(s.unread) == 0 {
		var err error
		if l.places, err = findPlaces(l.names, opts, l.member.Name); err != nil {
			return err
		}
	} else {
		l.places = places{-1, -1, -1, false}
	}
	for i := range l.names {
		if !l.places.has(i) {
			l.columns = append(l.columns, i)
		}
	}
	return nil
}

func (l *Layer) checkName(name string, i int) *geo.Fault {
	_, isNumber := decimal(name, true)
	switch {
	case name == "":
		return faultf(RuleHeader, "the column has no name")
	case isNumber:
		return faultf(RuleHeader, "the first row has the number %.40q where a name must stand; a table starts with the names of its columns", name)
	case strings.ContainsRune(name, 0):
		return faultf(RuleNUL, "the name has a NUL byte")
	}
	if other := column(l.names, name); other >= 0 {
		return faultf(RuleHeader, "columns %d and %d are both named %.60q", other+1, i+1, name)
	}
	return nil
}

// Records reads the table from its start and yields each row once, in the order
// of the file; it can be asked again. A row that cannot be used comes as a Record
// with its Number alone and a geo.Fault with its line; any other error ends the
// sequence.
//
// Values are strings, nil for blank cells. Geometries are points of the layout
// XY, or what the Well-Known Text says.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		l.lost = charset.Watch{}
		if err := l.read(yield); err != nil {
			yield(geo.Record{}, err)
		}
	}
}

func (l *Layer) read(yield func(geo.Record, error) bool) error {
	r, rows, err := l.open()
	if err != nil {
		return err
	}
	defer r.Close()
	if _, _, _, err := rows.next(); err != nil {
		return err
	}
	for number := 1; ; number++ {
		cells, line, fault, err := rows.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		record := geo.Record{Number: number}
		if fault == nil {
			fault = l.decode(cells, &record)
		}
		if fault != nil {
			fault.Place.File, fault.Place.Line, fault.Place.Record = l.member.Name, line, number
			if !yield(geo.Record{Number: number}, *fault) {
				return nil
			}
			continue
		}
		if !yield(record, nil) {
			return nil
		}
	}
}

func (l *Layer) decode(cells [][]byte, r *geo.Record) *geo.Fault {
	if len(cells) != len(l.names) {
		return faultf(RuleRagged, "the row has %d cells, there are %d columns", len(cells), len(l.names))
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		var fault *geo.Fault
		if texts[i], fault = l.text.Decode(c); fault == nil && bytes.IndexByte(c, 0) >= 0 {
			fault = faultf(RuleNUL, "the text has a NUL byte")
		}
		if fault != nil {
			fault.Place.Field = l.names[i]
			return fault
		}
	}
	r.Values = make([]geo.Value, len(l.columns))
	for i, c := range l.columns {
		if text := plain(texts[c]); strings.TrimSpace(text) != "" {
			r.Values[i] = text
			l.lost.See(text)
		}
	}
	g, fault := l.geometry(texts)
	if fault == nil {
		fault = r.SetGeometry(g)
	}
	if fault != nil {
		fault.Place.Field = l.names[max(l.places.wkt, l.places.x)]
	}
	return fault
}

// plain takes off the apostrophe that Oxus puts in front of a text that a
// spreadsheet would run, and of one that would be taken for such.
func plain(text string) string {
	rest := strings.TrimLeft(text, "'")
	if len(rest) == len(text) {
		return text
	}
	first, _ := utf8.DecodeRuneInString(rest)
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return text[1:]
	}
	return text
}

func (l *Layer) geometry(texts []string) (geom.T, *geo.Fault) {
	switch p := l.places; {
	case p.wkt >= 0:
		srid, text := splitSRID(texts[p.wkt])
		if srid != 0 && srid != l.srid {
			return nil, faultf(RuleWKT, "the text is in the system %d, the first one that names any is in %d", srid, l.srid)
		}
		return parseWKT(text, l.limits)
	case p.x >= 0:
		return point(texts[p.x], texts[p.y], slices.Contains([]byte{';', '\t'}, l.separator))
	}
	return nil, nil
}
