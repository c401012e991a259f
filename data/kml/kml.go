package kml

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
	"regexp"
	"slices"
	"strings"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

var rootElement = regexp.MustCompile(`<(?:[\w.-]+:)?kml[\s/>]`)

// Looks reports whether a file is to be read as KML, by its first bytes: XML with
// a kml element, or a zip whose first entry is a .kml. A zip counts by its name
// (.kmz) too, and so does UTF-16 (.kml), which is refused with a sentence.
func Looks(head []byte, name string) bool {
	extension := strings.ToLower(filepath.Ext(name))
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return extension == ".kmz" || strings.HasSuffix(strings.ToLower(firstEntry(head)), ".kml")
	}
	if isUTF16(head) {
		return extension == ".kml"
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	return len(start) > 0 && start[0] == '<' && (rootElement.Match(start) || extension == ".kml")
}

// firstEntry returns the name in the first header of a zip.
func firstEntry(head []byte) string {
	const fixed = 30
	if len(head) < fixed {
		return ""
	}
	length := int(head[26]) | int(head[27])<<8
	return string(head[fixed:min(len(head), fixed+length)])
}

// File is an open document or archive of documents. It and its layers are for one
// goroutine at a time.
type File struct {
	layers []*Layer
	closer io.Closer
}

// Layers returns a layer for each document that has Placemarks, doc.kml first;
// there is at least one, if only an empty one.
func (f *File) Layers() []*Layer { return f.layers }

// Close releases the file. Its layers cannot be read afterwards.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// The fields beside those of ExtendedData, in their order.
const (
	fieldID          = "id"
	fieldFolder      = "folder"
	fieldName        = "name"
	fieldDescription = "description"
	fieldBegin       = "begin"
	fieldEnd         = "end"
	fieldWhen        = "when"
)

func ownFields() []string {
	return []string{fieldID, fieldFolder, fieldName, fieldDescription, fieldBegin, fieldEnd, fieldWhen}
}

// Layer is the Placemarks of a document. It implements geo.Layer.
type Layer struct {
	source source
	name   string
	text   charset.Encoding
	fields []geo.Field
	// own and extended are the places of the fields by name.
	own, extended map[string]int
	// hidden are the own fields that give way to ExtendedData of their name.
	hidden []string
	count  int
	counts counts
	lost   charset.Watch
}

var _ geo.Layer = (*Layer)(nil)

// Name returns the name of the document, else that of the file.
func (l *Layer) Name() string { return l.name }

// CRS returns "OGC:CRS84": KML has no other system.
func (l *Layer) CRS() string { return "OGC:CRS84" }

// Fields returns the fields that some Placemark has.
func (l *Layer) Fields() []geo.Field { return slices.Clone(l.fields) }

// Len returns the number of Placemarks that Open found.
func (l *Layer) Len() int { return l.count }

// Notes tells what is left out, and what a person should know of how the file was
// read.
func (l *Layer) Notes() []string {
	notes := []string{"texts: " + l.text.String()}
	for _, told := range []struct {
		count int
		what  string
	}{
		{l.counts.links, "network links are left out: what they lead to is not fetched"},
		{l.counts.overlays, "overlays are left out"},
	} {
		if told.count > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", told.count, told.what))
		}
	}
	if len(l.hidden) > 0 {
		notes = append(notes, "ExtendedData has these names, which count: "+strings.Join(l.hidden, ", "))
	}
	return append(notes, l.lost.Advice(l.text.Name)...)
}

// Open opens the .kml or .kmz at a path; what it is, its first bytes tell. Each
// document is read once, to find its fields and count its Placemarks. Errors of
// the file list the faults of all documents.
func Open(name string, opts Options) (*File, error) {
	info, err := archive.Regular(name)
	if err != nil {
		return nil, err
	}
	head, err := archive.Head(name, 2)
	if err != nil {
		return nil, err
	}
	opts.Limits = opts.Limits.orDefault()
	budget := archive.NewBudget(opts.Limits.Archive)
	if string(head) != "PK" {
		layers, err := openDocuments([]*archive.Member{archive.Loose(name, budget)}, info.Name(), opts)
		return asFile(layers, nil, err)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open kmz: %w", err)
	}
	layers, err := openArchive(f, info, budget, opts)
	if err != nil {
		f.Close()
	}
	return asFile(layers, f, err)
}

func asFile(layers []*Layer, closer io.Closer, err error) (*File, error) {
	if err != nil {
		return nil, err
	}
	return &File{layers, closer}, nil
}

func openArchive(f *os.File, info fs.FileInfo, b *archive.Budget, opts Options) ([]*Layer, error) {
	members, err := archive.Read(f, info.Size(), b, func(name string) bool { return strings.EqualFold(path.Ext(name), ".kml") })
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return nil, broken(RuleDocuments, geo.Place{}, "the archive holds no .kml (archives inside it are not opened)")
	}
	slices.SortStableFunc(members, func(a, b *archive.Member) int {
		return cmp.Compare(order(a.Name), order(b.Name))
	})
	return openDocuments(members, info.Name(), opts)
}

// order puts the document that viewers open first.
func order(name string) int {
	if strings.EqualFold(name, "doc.kml") {
		return 0
	}
	return 1
}

func openDocuments(members []*archive.Member, name string, opts Options) ([]*Layer, error) {
	var layers []*Layer
	var faults []geo.Fault
	var doubt *charset.Doubtful
	for _, m := range members {
		l := &Layer{source: source{m, opts.Encoding, opts.Limits}, own: map[string]int{}, extended: map[string]int{}}
		err := l.survey()
		var invalid *geo.Error
		switch errors.As(err, &doubt); {
		case errors.As(err, &invalid):
			faults = append(faults, invalid.Faults...)
		case err != nil:
			return nil, err
		default:
			layers = append(layers, l)
		}
	}
	if doubt != nil {
		return nil, &charset.Doubtful{Err: &geo.Error{Kind: geo.Invalid, Faults: faults}, Candidates: doubt.Candidates}
	}
	if err := geo.Faulty(faults); err != nil {
		return nil, err
	}
	filled := slices.DeleteFunc(slices.Clone(layers), func(l *Layer) bool { return l.count == 0 })
	if len(filled) == 0 {
		filled = layers[:1]
	}
	nameLayers(filled, name)
	return filled, nil
}

// nameLayers gives each layer the name of its document, that of the file where it
// has none, and its path in the archive where names repeat.
func nameLayers(layers []*Layer, file string) {
	count := map[string]int{}
	for _, l := range layers {
		if l.name == "" && len(layers) == 1 {
			l.name = charset.Show(strings.TrimSuffix(file, filepath.Ext(file)))
		}
		count[l.name]++
	}
	for _, l := range layers {
		if l.name == "" || count[l.name] > 1 {
			l.name = strings.TrimSuffix(l.source.member.Name, path.Ext(l.source.member.Name))
		}
	}
}

// survey is the first reading.
func (l *Layer) survey() error {
	own, extended := map[string]bool{}, []string{}
	seen := map[string]bool{}
	var over error
	w, err := l.source.walk(func(p placemark) bool {
		if l.count++; l.count > l.source.limits.Records {
			over = broken(RuleRecords, geo.Place{File: l.source.member.Name}, "the document has more than %d Placemarks", l.source.limits.Records)
			return false
		}
		for _, v := range p.own() {
			own[v.name] = own[v.name] || v.text != ""
		}
		for _, v := range p.extended() {
			if v.name == "" || seen[v.name] {
				continue
			}
			if seen[v.name] = true; len(extended) == l.source.limits.Fields {
				over = broken(RuleFields, geo.Place{File: l.source.member.Name}, "the Placemarks have more than %d fields", l.source.limits.Fields)
				return false
			}
			extended = append(extended, v.name)
		}
		return true
	})
	if err == nil {
		err = over
	}
	if err != nil {
		return err
	}
	l.text, l.counts = w.text, w.counts
	l.name = charset.Show(w.title)
	l.setFields(own, extended)
	return nil
}

func (l *Layer) setFields(own map[string]bool, extended []string) {
	for _, name := range ownFields() {
		switch {
		case !own[name]:
		case slices.ContainsFunc(extended, func(e string) bool { return strings.EqualFold(e, name) }):
			l.hidden = append(l.hidden, name)
		default:
			l.own[name] = len(l.fields)
			l.fields = append(l.fields, geo.Field{Name: name})
		}
	}
	for _, name := range extended {
		l.extended[name] = len(l.fields)
		l.fields = append(l.fields, geo.Field{Name: name})
	}
}

// valueOf is one value of a Placemark.
type valueOf struct{ name, text string }

// own returns the values beside ExtendedData.
func (p *placemark) own() []valueOf {
	values := []valueOf{{fieldID, p.node.attr("id")}, {fieldFolder, p.folder}}
	add := func(field string, n *node) {
		if n != nil {
			values = append(values, valueOf{field, strings.TrimSpace(n.text)})
		}
	}
	add(fieldName, p.node.child("name"))
	add(fieldDescription, p.node.child("description"))
	if span := p.node.child("TimeSpan"); span != nil {
		add(fieldBegin, span.child("begin"))
		add(fieldEnd, span.child("end"))
	}
	if stamp := p.node.child("TimeStamp"); stamp != nil {
		add(fieldWhen, stamp.child("when"))
	}
	for i, v := range values {
		if v.name == fieldBegin || v.name == fieldEnd || v.name == fieldWhen {
			// Programs that know days only write the midnight.
			values[i].text = strings.TrimSuffix(v.text, "T00:00:00Z")
		}
	}
	return values
}

// extended returns the values of ExtendedData in order.
func (p *placemark) extended() []valueOf {
	var values []valueOf
	data := p.node.child("ExtendedData")
	if data == nil {
		return nil
	}
	for _, d := range data.children {
		switch d.name {
		case "Data":
			text := ""
			if v := d.child("value"); v != nil {
				text = v.text
			}
			values = append(values, valueOf{d.attr("name"), text})
		case "SchemaData":
			for _, s := range d.children {
				if s.name == "SimpleData" {
					values = append(values, valueOf{s.attr("name"), s.text})
				}
			}
		}
	}
	return values
}

// Records reads the document from its start and yields each Placemark once, in
// the order of the document; it can be asked again. A Placemark that cannot be
// used comes as a Record with its Number alone and a geo.Fault; any other error
// ends the sequence.
//
// Values are strings, nil for blank. Geometries have the layout XY, or XYZ where
// some position has an altitude. A MultiGeometry of one kind is the multiple of
// that kind; of several it is a fault.
func (l *Layer) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		l.lost = charset.Watch{}
		number, stopped := 0, false
		_, err := l.source.walk(func(p placemark) bool {
			number++
			record, fault := l.record(number, p)
			if fault == nil {
				stopped = !yield(record, nil)
				return !stopped
			}
			fault.Place.File, fault.Place.Record = l.source.member.Name, number
			stopped = !yield(geo.Record{Number: number}, *fault)
			return !stopped
		})
		if err != nil && !stopped {
			yield(geo.Record{}, err)
		}
	}
}

// record makes a Record of one Placemark, or says what is wrong with it.
func (l *Layer) record(number int, p placemark) (geo.Record, *geo.Fault) {
	r := geo.Record{Number: number}
	if p.fault != nil {
		return r, p.fault
	}
	r.Values = make([]geo.Value, len(l.fields))
	for _, v := range p.own() {
		if at, isField := l.own[v.name]; isField {
			l.set(r.Values, at, v.text)
		}
	}
	seen := map[string]bool{}
	for _, v := range p.extended() {
		at, isField := l.extended[v.name]
		switch {
		case v.name == "":
			return r, faultf(RuleName, "a value of ExtendedData has no name")
		case seen[v.name]:
			return r, faultf(RuleName, "ExtendedData has the name %.60q twice", v.name)
		case !isField:
			return r, faultf(RuleChanged, "ExtendedData has the name %.60q, which was not there when the file was opened", v.name)
		}
		seen[v.name] = true
		l.set(r.Values, at, v.text)
	}
	g, fault := geometry(p.node, l.source.limits)
	if fault == nil {
		fault = r.SetGeometry(g)
	}
	return r, fault
}

func (l *Layer) set(values []geo.Value, at int, text string) {
	if strings.TrimSpace(text) != "" {
		values[at] = text
		l.lost.See(text)
	}
}
