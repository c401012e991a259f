package kml

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// source is a document.
type source struct {
	member   *archive.Member
	encoding string
	limits   Limits
}

// node is an element of a Placemark with what it holds.
type node struct {
	name     string
	attrs    []xml.Attr
	text     string
	children []*node
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// child returns the first child with a name, nil when there is none.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// placemark is one record as it stands in the document.
type placemark struct {
	node *node
	// folder is the names of the folders it lies in.
	folder string
	// fault is what kept it from being read whole.
	fault *geo.Fault
}

// counts are of elements that are left out.
type counts struct{ links, overlays int }

// walker reads one document from its start to its end.
type walker struct {
	source    *source
	decoder   *xml.Decoder
	input     *watched
	allowance *archive.Allowance
	text      charset.Encoding
	depth     int
	folders   []string
	title     string
	counts    counts
	each      func(p placemark) bool
	stopped   bool
}

// walk hands each Placemark to each, until that returns false.
func (s *source) walk(each func(p placemark) bool) (*walker, error) {
	r, err := s.member.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if head, _ := r.Peek(2); isUTF16(head) {
		return nil, broken(RuleUTF16, geo.Place{File: s.member.Name}, "the document is in UTF-16; save it in UTF-8")
	}
	w := &walker{source: s, each: each, text: charset.Encoding{Name: charset.UTF8, Origin: charset.FromNothing}}
	decoded, err := w.decoded(r)
	if err != nil {
		return nil, err
	}
	w.input = &watched{Reader: decoded}
	w.allowance = archive.NewAllowance(w.input, s.limits.RecordBytes, func() error {
		return broken(RuleRecordBytes, w.place(), "a Placemark, or a text elsewhere, has more than %d bytes", s.limits.RecordBytes)
	})
	w.decoder = xml.NewDecoder(w.allowance)
	w.decoder.CharsetReader = w.declared
	err = w.document()
	if err == nil && !w.stopped {
		err = r.Drain() // an archive compares its sums at the end
	}
	return w, charset.Explain(err, s.member.Beginning)
}

// decoded decodes what the options name.
func (w *walker) decoded(r io.Reader) (io.Reader, error) {
	if w.source.encoding == "" {
		return r, nil
	}
	d, err := charset.Named(w.source.encoding, charset.FromOverride, "")
	if err != nil {
		return nil, err
	}
	w.text = d.Encoding()
	return d.Reader(r, w.source.member.Name), nil
}

// declared decodes what the document declares, unless the options name another.
func (w *walker) declared(label string, input io.Reader) (io.Reader, error) {
	if w.text.Origin == charset.FromOverride {
		return input, nil
	}
	d, err := charset.Named(label, charset.FromDeclaration, w.source.member.Name)
	if err != nil {
		return nil, err
	}
	w.text = d.Encoding()
	return d.Reader(input, w.source.member.Name), nil
}

func (w *walker) place() geo.Place {
	line, _ := w.decoder.InputPos()
	return geo.Place{File: w.source.member.Name, Line: line}
}

// next returns the next token, io.EOF after the last, with comments and
// processing instructions left out.
func (w *walker) next() (xml.Token, error) {
	for {
		t, err := w.decoder.Token()
		if err != nil {
			return nil, w.wrap(err)
		}
		switch t.(type) {
		case xml.Directive:
			return nil, broken(RuleDTD, w.place(), "the document has a document type, which KML does not need and which is not read")
		case xml.StartElement:
			if w.depth++; w.depth > w.source.limits.Depth {
				return nil, broken(RuleDepth, w.place(), "elements nest deeper than %d", w.source.limits.Depth)
			}
		case xml.EndElement:
			w.depth--
		case xml.CharData:
		default:
			continue
		}
		return t, nil
	}
}

// watched remembers the error of a reader, so that it can be told from those of
// the XML.
type watched struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// wrap tells what is wrong with the XML.
func (w *walker) wrap(err error) error {
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || geo.KindOf(err) != 0:
		return err
	case w.input.err != nil:
		return w.input.err
	case !errors.As(err, &syntax):
		return broken(RuleXML, w.place(), "the XML is not read: %s", charset.Show(err.Error()))
	}
	place := geo.Place{File: w.source.member.Name, Line: syntax.Line}
	switch {
	case strings.Contains(syntax.Msg, "unexpected EOF"):
		return broken(archive.RuleTruncated, place, "the document ends in the middle of an element")
	case strings.Contains(syntax.Msg, "invalid UTF-8"):
		return broken(charset.RuleText, place, "a text is not UTF-8, and the document declares no other encoding; give --encoding, for instance windows-1251")
	}
	return broken(RuleXML, place, "the XML is broken: %s", charset.Show(syntax.Msg))
}

// document reads the root and what it holds.
func (w *walker) document() error {
	seen := false
	for {
		w.allowance.Renew()
		t, err := w.next()
		if errors.Is(err, io.EOF) && seen {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return broken(RuleNotKML, geo.Place{File: w.source.member.Name}, "the document has no element")
		}
		if err != nil {
			return err
		}
		start, isStart := t.(xml.StartElement)
		switch {
		case !isStart:
			continue
		case seen:
			return broken(RuleXML, w.place(), "a second element follows after the end of the document")
		case nameOf(start.Name) != "kml":
			return broken(RuleNotKML, w.place(), "the document is a %.40q, not a kml", start.Name.Local)
		}
		seen = true
		if err := w.container(false); err != nil || w.stopped {
			return err
		}
	}
}

// container reads what the kml, a Document or a Folder holds, to its end.
func (w *walker) container(isFolder bool) error {
	if isFolder {
		w.folders = append(w.folders, "")
		defer func() { w.folders = w.folders[:len(w.folders)-1] }()
	}
	for {
		w.allowance.Renew()
		t, err := w.inside()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil
		case xml.StartElement:
			if err := w.member(t, isFolder); err != nil || w.stopped {
				return err
			}
		}
	}
}

// inside is next within an element, where the document cannot end.
func (w *walker) inside() (xml.Token, error) {
	t, err := w.next()
	if errors.Is(err, io.EOF) {
		return nil, broken(archive.RuleTruncated, w.place(), "the document ends in the middle of an element")
	}
	return t, err
}

func (w *walker) member(start xml.StartElement, inFolder bool) error {
	switch name := nameOf(start.Name); name {
	case "Document", "Folder":
		return w.container(name == "Folder")
	case "Placemark":
		p := placemark{folder: w.folder()}
		var err error
		if p.node, p.fault, err = w.tree(start); err != nil {
			return err
		}
		w.stopped = !w.each(p)
		return nil
	case "name":
		n, fault, err := w.tree(start)
		switch {
		case err != nil || fault != nil:
		case inFolder:
			w.folders[len(w.folders)-1] = strings.TrimSpace(n.text)
		case w.title == "":
			w.title = strings.TrimSpace(n.text)
		}
		return err
	case "NetworkLink":
		w.counts.links++
	case "GroundOverlay", "ScreenOverlay", "PhotoOverlay":
		w.counts.overlays++
	}
	return w.skip()
}

func (w *walker) folder() string {
	var names []string
	for _, n := range w.folders {
		if n != "" {
			names = append(names, n)
		}
	}
	return strings.Join(names, "/")
}

// skip reads to the end of the element that has begun.
func (w *walker) skip() error {
	for depth := w.depth; w.depth >= depth; {
		w.allowance.Renew()
		if _, err := w.inside(); err != nil {
			return err
		}
	}
	return nil
}

// tree reads an element whole. Above the limit of elements it reads on to the end
// and keeps nothing.
func (w *walker) tree(start xml.StartElement) (*node, *geo.Fault, error) {
	w.allowance.Renew()
	root := &node{name: nameOf(start.Name), attrs: start.Copy().Attr}
	open := []*node{root}
	texts := []*strings.Builder{{}}
	for count := 1; len(open) > 0; {
		t, err := w.inside()
		if err != nil {
			return nil, nil, err
		}
		last := len(open) - 1
		switch t := t.(type) {
		case xml.CharData:
			texts[last].Write(t)
		case xml.EndElement:
			open[last].text = texts[last].String()
			open, texts = open[:last], texts[:last]
		case xml.StartElement:
			if count++; count > w.source.limits.Elements {
				return root, faultf(RuleElements, "the Placemark has more than %d elements", w.source.limits.Elements), w.close(last + 2)
			}
			n := &node{name: nameOf(t.Name), attrs: t.Copy().Attr}
			if n.name != "" {
				open[last].children = append(open[last].children, n)
			}
			open, texts = append(open, n), append(texts, &strings.Builder{})
		}
	}
	return root, nil, nil
}

// close reads to the end of so many elements that have begun.
func (w *walker) close(n int) error {
	for range n {
		if err := w.skip(); err != nil {
			return err
		}
	}
	return nil
}

// nameOf returns the name of an element of KML, with "gx:" in front of Google's
// extensions, "" of anything else. Prefixes that are not declared are taken at
// their word.
func nameOf(n xml.Name) string {
	switch {
	case n.Space == "" || n.Space == "kml" || strings.HasPrefix(n.Space, "http://www.opengis.net/kml/") || strings.HasPrefix(n.Space, "http://earth.google.com/kml/"):
		return n.Local
	case n.Space == "gx" || strings.HasPrefix(n.Space, "http://www.google.com/kml/ext/"):
		return "gx:" + n.Local
	}
	return ""
}

func isUTF16(head []byte) bool {
	return len(head) > 1 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff || (head[0] == 0) != (head[1] == 0))
}
