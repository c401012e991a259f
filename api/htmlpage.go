package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// htmlPage is what the template writes.
type htmlPage struct {
	Title, Here, Lead, Style, NoMap, Attribution string

	Crumbs            []link
	Names             []value
	Map               *htmlMap
	First, Prev, Next *link
	Sections          []section
	Formats           []link
}

// section is a part of a page: facts, a table and links under a heading.
type section struct {
	Heading, Caption string

	Facts   []fact
	Columns []string
	Rows    [][]value
	Links   []link
}

type fact struct {
	Name  string
	Value value
}

// value is a text with its language, in parts that may be links; without parts
// it is unknown.
type value struct {
	Lang, Dir, Text string
	Parts           []part
}

type part struct{ Text, Href string }

// pageBuilder makes a page of one JSON document.
type pageBuilder struct {
	*htmlPage
	server     *Server
	collection *collection
}

// pageOf makes the page of a document.
func (s *Server) pageOf(c echo.Context, doc *node) *htmlPage {
	b := &pageBuilder{s.emptyPage(c), s, s.collections[pathParam(c, "collection")]}
	b.Title = b.titleOf(doc, b.Here)
	switch doc.at("type").text {
	case "FeatureCollection":
		b.features(doc)
	case "Feature":
		b.feature(doc)
	default:
		b.Lead = doc.at("description").text
		b.object("", withoutMembers(doc, "title", "description", "links", "attribution"))
	}
	b.links(doc.at("links"), c)
	return b.htmlPage
}

// emptyPage has what every page has.
func (s *Server) emptyPage(c echo.Context) *htmlPage {
	p := &htmlPage{Style: s.url("assets", "oxus.css"), Attribution: attribution}
	segments := strings.Split(strings.Trim(c.Request().URL.EscapedPath(), "/"), "/")
	address := s.options.BaseURL
	for i, segment := range segments {
		address += "/" + segment
		name := unescaped(segment)
		if i == 0 {
			name = "Oxus"
		}
		if i == len(segments)-1 {
			p.Here = name
		} else if name != "stats" && name != "assets" {
			p.Crumbs = append(p.Crumbs, link{Href: address, Title: name})
		}
	}
	return p
}

func unescaped(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

// titleOf names a document by its own title or its collection and address.
func (b *pageBuilder) titleOf(doc *node, here string) string {
	if name := nameOf(doc.at("properties")); doc.at("type").text == "Feature" && name != "" {
		return name
	}
	title := doc.at("title").text
	switch {
	case title == "" && b.collection != nil && here != b.collection.ID:
		return b.collection.Title + ": " + here
	case title == "" && b.collection != nil:
		return b.collection.Title
	case title == "":
		return strings.ToUpper(here[:1]) + here[1:]
	default:
		return title
	}
}

// nameOf is the name among the properties of a feature.
func nameOf(properties *node) string {
	for _, name := range []string{"name_en", "name", "title"} {
		if text := properties.at(name).text; text != "" {
			return text
		}
	}
	return ""
}

func withoutMembers(doc *node, names ...string) *node {
	rest := &node{delim: doc.delim, known: true}
	for i, name := range doc.names {
		if !slices.Contains(names, name) {
			rest.names, rest.values = append(rest.names, name), append(rest.values, doc.values[i])
		}
	}
	return rest
}

// features shows a page of features: a map, and a row each.
func (b *pageBuilder) features(doc *node) {
	list := doc.at("features").values
	b.Lead = doc.at("numberReturned").text + " on this page"
	if matched := doc.at("numberMatched"); matched.known {
		b.Lead += " of " + matched.text
	}
	b.Lead += "."
	table := section{Heading: "Features", Caption: b.Lead, Columns: []string{"Identifier"}}
	shapes := make([]shape, len(list))
	for i, f := range list {
		properties := f.at("properties")
		if i == 0 {
			for _, name := range properties.names {
				table.Columns = append(table.Columns, b.columnTitle(name))
			}
		}
		id, address := f.at("id").text, b.address(f)
		row := []value{{Parts: []part{{id, address}}}}
		for j, name := range properties.names {
			row = append(row, b.valueOf(name, properties.values[j]))
		}
		table.Rows = append(table.Rows, row)
		shapes[i] = shape{Title: firstOf(nameOf(properties), id), Href: address}
		shapes[i].trace(f.at("geometry"))
	}
	b.Sections = append(b.Sections, table)
	b.draw(shapes)
}

// address is where a feature of a page is answered alone.
func (b *pageBuilder) address(f *node) string {
	if b.collection != nil {
		return b.server.url("collections", b.collection.ID, "items", f.at("id").text)
	}
	// A change tells whose it is.
	collection, id := f.at("properties").at("collection").text, f.at("properties").at("feature").text
	if id == "" {
		return b.server.url("collections", collection)
	}
	return b.server.url("collections", collection, "items", id)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (b *pageBuilder) draw(shapes []shape) {
	if b.Map = drawn(shapes); b.Map == nil && len(shapes) > 0 {
		b.NoMap = "Position unknown."
	}
}

// feature shows one feature with its history and its sources.
func (b *pageBuilder) feature(doc *node) {
	properties := doc.at("properties")
	f := shape{Title: b.Title, Href: b.address(doc)}
	f.trace(doc.at("geometry"))
	b.draw([]shape{f})
	facts := section{Heading: "Properties"}
	facts.Facts = append(facts.Facts, fact{"Identifier", value{Parts: []part{{Text: doc.at("id").text}}}})
	for i, name := range properties.names {
		v := b.valueOf(name, properties.values[i])
		facts.Facts = append(facts.Facts, fact{b.columnTitle(name), v})
		if v.Lang != "" && v.Lang != "en" && len(v.Parts) > 0 && strings.HasPrefix(name, "name_") {
			v.Text = v.Parts[0].Text
			b.Names = append(b.Names, v)
		}
	}
	b.Sections = append(b.Sections, facts)
	for _, part := range []struct{ member, title string }{{"statusHistory", "Status history"}, {"sources", "Sources"}} {
		if list := doc.at(part.member); len(list.values) > 0 {
			b.table(part.title, list)
		}
	}
}

// object shows any object: what is single as facts, what is many as tables.
func (b *pageBuilder) object(heading string, doc *node) {
	facts := section{Heading: heading}
	at := len(b.Sections)
	for i, name := range doc.names {
		switch v := doc.values[i]; {
		case name == "links":
			facts.Links = append(facts.Links, linksOf(v)...)
		case v.ofObjects() && (v.delim == '[' || len(v.values) > 1):
			b.table(titled(name), v)
		case v.delim == '{':
			b.object(titled(name), v)
		default:
			facts.Facts = append(facts.Facts, fact{titled(name), b.valueOf(name, v)})
		}
	}
	if len(facts.Facts)+len(facts.Links) > 0 {
		b.Sections = slices.Insert(b.Sections, at, facts)
	}
}

// table shows objects as rows; those of an object begin with their name.
func (b *pageBuilder) table(title string, list *node) {
	t := section{Heading: title, Caption: fmt.Sprintf("%s (%d)", title, len(list.values))}
	if list.delim == '{' {
		t.Columns = append(t.Columns, "Name")
	}
	var names []string
	for _, row := range list.values {
		for _, name := range row.names {
			if !slices.Contains(names, name) && !slices.Contains(leftOut, name) {
				names, t.Columns = append(names, name), append(t.Columns, titled(name))
			}
		}
	}
	for i, row := range list.values {
		var cells []value
		if list.delim == '{' {
			cells = append(cells, value{Parts: []part{{Text: list.names[i]}}})
		}
		for _, name := range names {
			cells = append(cells, b.cell(row, name))
		}
		t.Rows = append(t.Rows, cells)
	}
	b.Sections = append(b.Sections, t)
}

// leftOut is what a row leaves to the page of what it tells of.
var leftOut = []string{"attribution", "crs", "storageCrs", "itemType", "extent", "tileMatrixSetURI"}

// cell is a value of a row, the first with a link to what the row tells of.
func (b *pageBuilder) cell(row *node, name string) value {
	v := row.at(name)
	if name == "links" {
		var cell value
		for _, l := range linksOf(v) {
			if l.Rel != "enclosure" && l.Rel != "license" {
				cell.Parts = append(cell.Parts, part{l.Title, l.Href})
			}
		}
		return cell
	}
	cell := b.valueOf(name, v)
	if self := selfOf(row); name == "id" && self != "" {
		cell.Parts = []part{{v.text, self}}
	}
	return cell
}

func selfOf(row *node) string {
	for _, l := range linksOf(row.at("links")) {
		if l.Rel == "self" {
			return l.Href
		}
	}
	return ""
}

func linksOf(list *node) []link {
	var links []link
	for _, n := range list.values {
		l := link{Href: n.at("href").text, Rel: n.at("rel").text, Type: n.at("type").text, Title: n.at("title").text}
		l.Title = firstOf(l.Title, titled(l.Rel))
		if n.at("templated").text != "yes" && !n.at("method").known {
			links = append(links, l)
		}
	}
	return links
}

// links sorts the links of a document into pages, formats and others.
func (b *pageBuilder) links(list *node, c echo.Context) {
	others := section{Heading: "Links"}
	for _, l := range linksOf(list) {
		switch {
		case l.Type == htmlType && l.Rel == "alternate" && !strings.HasSuffix(l.Href, "/"):
		case l.Rel == "self" || l.Rel == "alternate" && l.Type != htmlType:
			b.Formats = append(b.Formats, l)
		case l.Rel == "next":
			b.Next = onPage(l)
		case l.Rel == "prev":
			b.Prev = onPage(l)
		default:
			others.Links = append(others.Links, l)
		}
	}
	if len(b.Formats) == 0 {
		json := with(c.QueryParams(), "f", "json")
		b.Formats = []link{{Href: withQuery(b.server.options.BaseURL+c.Request().URL.EscapedPath(), json), Type: jsonType}}
	}
	if values := c.QueryParams(); values.Has("cursor") {
		first := withQuery(b.server.options.BaseURL+c.Request().URL.EscapedPath(), without(values, "cursor"))
		b.First = &link{Href: first}
	}
	if len(others.Links) > 0 {
		b.Sections = append(b.Sections, others)
	}
}

// onPage turns a link to JSON into one to the page of it.
func onPage(l link) *link {
	if u, err := url.Parse(l.Href); err == nil {
		u.RawQuery = with(u.Query(), "f", htmlName).Encode()
		l.Href = u.String()
	}
	return &l
}

// columnTitle is the title of a property with its unit.
func (b *pageBuilder) columnTitle(name string) string {
	column := b.columnNamed(name)
	if column == nil {
		return titled(name)
	}
	title := firstOf(column.schema.Title, titled(name))
	if column.schema.Unit != "" {
		title += " (" + column.schema.Unit + ")"
	}
	return title
}

func (b *pageBuilder) columnNamed(name string) *column {
	if b.collection == nil {
		return nil
	}
	i := slices.IndexFunc(b.collection.columns, func(c column) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &b.collection.columns[i]
}

// titled makes words of the name of a member.
func titled(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// languages are those names are written in, by the end of a property's name.
var languages = map[string]value{
	"_en": {Lang: "en", Dir: "ltr"}, "_tg": {Lang: "tg", Dir: "ltr"}, "_ru": {Lang: "ru", Dir: "ltr"}, "_fa": {Lang: "fa", Dir: "rtl"},
}

// valueOf shows a value: codes by their titles, sources and addresses as links.
func (b *pageBuilder) valueOf(name string, n *node) value {
	v := languages[name[max(0, len(name)-3):]]
	texts := []*node{n}
	if n.delim == '[' && !n.ofObjects() {
		texts = n.values
	}
	for _, t := range texts {
		text := t.plain()
		if text == "" {
			continue
		}
		p := part{Text: b.codeTitle(name, text)}
		switch {
		case strings.HasSuffix(name, "sources") && t.delim == 0:
			p.Href = withQuery(b.server.url("sources"), url.Values{"ids": {text}})
		case strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"):
			p.Href = text
		}
		v.Parts = append(v.Parts, p)
	}
	return v
}

// codeTitle is the title of a value of a closed list, else the value itself.
func (b *pageBuilder) codeTitle(name, text string) string {
	column := b.columnNamed(name)
	if column == nil {
		return text
	}
	list := column.schema.OneOf
	if column.schema.Items != nil {
		list = column.schema.Items.OneOf
	}
	for _, o := range list {
		if o.Const == text {
			return o.Title
		}
	}
	return text
}

// problemPage shows what went wrong.
func (s *Server) problemPage(c echo.Context, p *problem) *htmlPage {
	page := s.emptyPage(c)
	page.Title, page.Lead = p.Title, p.Detail
	list := section{Heading: "Faults", Caption: "What is wrong with the request", Columns: []string{"Place", "Rule", "Detail"}}
	for _, f := range p.Errors {
		list.Rows = append(list.Rows, []value{{Parts: []part{{Text: firstOf(f.Parameter, f.Pointer, f.Feature, f.Field)}}}, {Parts: []part{{Text: f.Rule}}}, {Parts: []part{{Text: f.Detail}}}})
	}
	if len(list.Rows) > 0 {
		page.Sections = []section{list}
	}
	return page
}
