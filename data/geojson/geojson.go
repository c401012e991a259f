package geojson

import (
	"bytes"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// Looks reports whether a file is to be read as GeoJSON, by its first bytes: a
// JSON object, or a record separator in front of one. The name counts only where
// the bytes are those of UTF-16, which is refused with a sentence of its own.
func Looks(head []byte, name string) bool {
	if isUTF16(head) {
		return slices.Contains([]string{".json", ".geojson", ".geojsonl", ".geojsonseq", ".ndjson"}, strings.ToLower(filepath.Ext(name)))
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == recordSeparator)
}

func isUTF16(head []byte) bool {
	return len(head) > 1 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff || head[0] == 0 || head[1] == 0)
}

// File is an open file of GeoJSON. It and its layer are for one goroutine at a
// time.
type File struct{ layer *Layer }

// Layers returns the one layer of the file.
func (f *File) Layers() []*Layer { return []*Layer{f.layer} }

// Close is there for the shape of all formats: a file is open only while it is
// read.
func (f *File) Close() error { return nil }

// Layer is the features of a file. It implements geo.Layer.
type Layer struct {
	source source
	form   form
	name   string
	crs    string
	fields []geo.Field
	// index is the place of each field by name.
	index map[string]int
	// ids says that the first field is the id of the features themselves.
	ids     bool
	count   int
	dropped bool
	tally   Tally
	lost    charset.Watch
}

var _ geo.Layer = (*Layer)(nil)

// Tally counts what a reading left out without refusing a feature.
type Tally struct {
	// Placed features have a place or time of JSON-FG.
	Placed int
	// LongPositions are features with more than three numbers in a position.
	LongPositions int
}

// Name returns the name the collection gives itself, else that of the file.
func (l *Layer) Name() string { return l.name }

// CRS returns "OGC:CRS84", or "EPSG:n" where the crs member of older GeoJSON
// names a system; "" where that member says that none is to be assumed.
func (l *Layer) CRS() string { return l.crs }

// Fields returns the id and the properties in the order of their first mention.
func (l *Layer) Fields() []geo.Field { return slices.Clone(l.fields) }

// Len returns the number of features that Open found.
func (l *Layer) Len() int { return l.count }

// Tally returns the counts of the last or the present reading of Records.
func (l *Layer) Tally() Tally { return l.tally }

// Notes tells what the last reading left out, and what a person should know of
// how the file was read.
func (l *Layer) Notes() []string {
	var notes []string
	if l.source.text.Encoding().Origin == charset.FromOverride {
		notes = append(notes, "texts: "+l.source.text.Encoding().String())
	}
	if l.dropped {
		notes = append(notes, "the features' own ids are left out, because a property is named id")
	}
	if l.tally.Placed > 0 {
		notes = append(notes, fmt.Sprintf("%d features have a place or time of JSON-FG, which are left out: geometry and properties count", l.tally.Placed))
	}
	if l.tally.LongPositions > 0 {
		notes = append(notes, fmt.Sprintf("%d features have positions of more than three numbers; the rest is left out", l.tally.LongPositions))
	}
	return append(notes, l.lost.Advice(charset.UTF8)...)
}

// Open opens the file at a path and reads it once, to find its fields and count
// its features.
func Open(path string, opts Options) (*File, error) {
	if _, err := archive.Regular(path); err != nil {
		return nil, err
	}
	limits := opts.Limits.orDefault()
	l := &Layer{
		source: source{
			member: archive.Loose(path, archive.NewBudget(archive.Limits{TotalBytes: limits.Bytes, MemberBytes: limits.Bytes})),
			text:   charset.Unnamed(), limits: limits,
		},
		index: map[string]int{},
	}
	if opts.Encoding != "" {
		var err error
		if l.source.text, err = charset.Named(opts.Encoding, charset.FromOverride, ""); err != nil {
			return nil, err
		}
	}
	l.name = charset.Show(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	if err := l.survey(); err != nil {
		return nil, charset.Explain(err, l.source.member.Beginning)
	}
	return &File{l}, nil
}

// survey is the first reading.
func (l *Layer) survey() error {
	isSequence, err := l.source.peek()
	if err != nil {
		return err
	}
	s := surveyor{layer: l, seen: map[string]bool{}}
	if isSequence {
		l.form, l.crs = records, wgs84
	} else if err := l.surveyTop(&s); err != nil {
		return err
	}
	if l.form != collection {
		if err := l.source.texts(l.form, s.text); err != nil {
			return err
		}
	}
	if s.err != nil {
		return s.err
	}
	if err := charset.Unnamed().Doubt(s.unread, geo.Place{File: l.source.member.Name, Record: s.firstUnread}); err != nil {
		return err
	}
	l.setFields(&s)
	return nil
}

func (l *Layer) surveyTop(s *surveyor) error {
	h, err := l.source.top(s.feature)
	if err != nil {
		return err
	}
	l.form = h.form
	if l.form == collection && len(h.name) > 0 && h.name[0] == '"' {
		if name, fault := text(h.name); fault == nil && strings.TrimSpace(name) != "" {
			l.name = charset.Show(name)
		}
	}
	l.crs, err = readCRS(h.crs, l.source.member.Name)
	return err
}

// peek tells a sequence with separators from other JSON, and refuses UTF-16.
func (s *source) peek() (isSequence bool, err error) {
	r, err := s.open()
	if err != nil {
		return false, err
	}
	defer r.Close()
	head := make([]byte, 512)
	n, _ := r.Read(head) // an error comes again where all is read
	head = head[:n]
	if isUTF16(head) {
		return false, broken(RuleUTF16, s.member.Name, "the file is in UTF-16; GeoJSON is UTF-8: save it as that")
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && head[0] == recordSeparator, nil
}

// surveyor gathers what the first reading finds.
type surveyor struct {
	layer *Layer
	names []string
	seen  map[string]bool
	ids   bool
	// unread are texts that are not UTF-8.
	unread      [][]byte
	firstUnread int
	err         error
}

func (s *surveyor) text(raw []byte, fault *geo.Fault) bool {
	if fault != nil {
		raw = nil
	}
	return s.feature(raw)
}

// feature looks at one feature. What is wrong with it alone, Records says.
func (s *surveyor) feature(raw []byte) bool {
	l := s.layer
	if l.count == l.source.limits.Records {
		s.err = broken(RuleRecords, l.source.member.Name, "the file has more than %d features", l.count)
		return false
	}
	l.count++
	if !utf8.Valid(raw) {
		s.notUTF8(raw)
		return true
	}
	all, properties := parts(raw)
	s.ids = s.ids || find(all, "id") != nil
	for _, m := range properties {
		if s.seen[m.name] {
			continue
		}
		if s.seen[m.name] = true; len(s.names) == l.source.limits.Fields {
			s.err = broken(RuleFields, l.source.member.Name, "the features have more than %d fields", l.source.limits.Fields)
			return false
		}
		s.names = append(s.names, m.name)
	}
	return true
}

// notUTF8 keeps the texts of a feature for a guess.
func (s *surveyor) notUTF8(raw []byte) {
	const most = 200
	if s.firstUnread == 0 {
		s.firstUnread = s.layer.count
	}
	for piece := range bytes.SplitSeq(raw, []byte{'"'}) {
		if len(s.unread) < most && !utf8.Valid(piece) {
			s.unread = append(s.unread, bytes.Clone(piece[:min(len(piece), most)]))
		}
	}
}

// parts takes a feature apart as far as it can be.
func parts(raw []byte) (all, properties []member) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, nil
	}
	all, fault := members(raw)
	if fault != nil {
		return nil, nil
	}
	if p := find(all, "properties"); len(p) > 0 && p[0] == '{' {
		properties, _ = members(p) // its fault is told by Records
	}
	return all, properties
}

const idField = "id"

func (l *Layer) setFields(s *surveyor) {
	named := slices.ContainsFunc(s.names, func(n string) bool { return strings.EqualFold(n, idField) })
	l.ids, l.dropped = s.ids && !named, s.ids && named
	if l.ids {
		l.fields = append(l.fields, geo.Field{Name: idField})
	}
	for _, n := range s.names {
		l.index[n] = len(l.fields)
		l.fields = append(l.fields, geo.Field{Name: n})
	}
}

// Records reads the file from its start and yields each feature once, in the
// order of the file; it can be asked again. A feature that cannot be used comes
// as a Record with its Number alone and a geo.Fault; any other error ends the
// sequence.
//
// Geometries have the layout XY, or XYZ where a position has a third number; one
// without it has the height NaN then. A geometry that is missing, null or empty
// is nil.
//
// Values are nil for null and for properties that a feature lacks, string, bool,
// int64 for numbers written without a point and float64 for others; objects and
// arrays are their JSON as a string.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		l.tally, l.lost = Tally{}, charset.Watch{}
		number, stopped := 0, false
		each := func(raw []byte, fault *geo.Fault) bool {
			number++
			stopped = !yield(l.record(number, raw, fault))
			return !stopped
		}
		var err error
		if l.form == collection {
			_, err = l.source.top(func(raw []byte) bool { return each(raw, nil) })
		} else {
			err = l.source.texts(l.form, each)
		}
		if err != nil && !stopped {
			yield(geo.Record{}, err)
		}
	}
}

// record makes a Record of one feature, or says what is wrong with it.
func (l *Layer) record(number int, raw []byte, fault *geo.Fault) (geo.Record, error) {
	r := geo.Record{Number: number}
	if fault == nil {
		fault = l.decode(raw, &r)
	}
	if fault != nil {
		fault.Place.File, fault.Place.Record = l.source.member.Name, number
		return geo.Record{Number: number}, *fault
	}
	return r, nil
}

func (l *Layer) decode(raw []byte, r *geo.Record) *geo.Fault {
	all, fault := featureOf(raw)
	if fault != nil {
		return fault
	}
	r.Values = make([]geo.Value, len(l.fields))
	if l.ids {
		if r.Values[0], fault = idOf(find(all, "id")); fault != nil {
			return fault
		}
	}
	if fault := l.properties(find(all, "properties"), r.Values); fault != nil {
		return fault
	}
	g, beyond, fault := geometry(find(all, "geometry"), l.source.limits)
	if fault == nil {
		fault = r.SetGeometry(g)
	}
	if fault != nil {
		return fault
	}
	if beyond {
		l.tally.LongPositions++
	}
	if isThere(find(all, "place")) || isThere(find(all, "time")) {
		l.tally.Placed++
	}
	return nil
}

func isThere(raw []byte) bool { return len(raw) > 0 && raw[0] != 'n' }

// featureOf returns the members of a feature.
func featureOf(raw []byte) ([]member, *geo.Fault) {
	if !utf8.Valid(raw) {
		return nil, faultf(charset.RuleText, "the feature is not UTF-8; give --encoding with the right one")
	}
	if raw[0] != '{' {
		return nil, faultf(RuleFeature, "%.40q stands where a feature must", raw)
	}
	all, fault := members(raw)
	if fault != nil {
		return nil, fault
	}
	kind, fault := typeOf(all)
	switch {
	case fault != nil:
		return nil, fault
	case kind != "Feature":
		return nil, faultf(RuleFeature, "the type is %.40q, not Feature", kind)
	case isThere(find(all, "crs")):
		return nil, faultf(RuleCRS, "the feature has a coordinate reference system of its own; a file has one")
	}
	return all, nil
}

// idOf reads an id: a text or a number (RFC 7946, 3.2).
func idOf(raw []byte) (geo.Value, *geo.Fault) {
	if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[' || raw[0] == 't' || raw[0] == 'f') {
		return nil, faultf(RuleFeature, "the id %.40q is neither a text nor a number", raw)
	}
	if len(raw) == 0 {
		return nil, nil
	}
	return value(raw, 0)
}

func (l *Layer) properties(raw []byte, values []geo.Value) *geo.Fault {
	if !isThere(raw) {
		return nil
	}
	if raw[0] != '{' {
		return faultf(RuleFeature, "the properties are %.40q, no object", raw)
	}
	all, fault := members(raw)
	if fault != nil {
		return fault
	}
	for _, m := range all {
		at, known := l.index[m.name]
		if !known {
			return faultf(RuleMember, "the property %.60q was not there when the file was opened: the file changed", m.name)
		}
		v, fault := value(m.raw, l.source.limits.Depth)
		if fault != nil {
			fault.Place.Field = charset.Show(m.name)
			return fault
		}
		if s, ok := v.(string); ok {
			l.lost.See(s)
		}
		values[at] = v
	}
	return nil
}
