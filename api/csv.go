package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"oxus/geo"
)

const csvType = "text/csv; charset=utf-8"

// placing is how a table tells where a feature lies.
type placing string

const (
	placeLonLat placing = "lonlat"
	placeWKT    placing = "wkt"
	placeNone   placing = "none"
)

// tableRequest is what a request for a table asks beyond its features.
type tableRequest struct {
	place placing
	// bom asks for the byte order mark without which Excel takes UTF-8 for an
	// old code page.
	bom bool
}

// table takes the parameters of a table. The coordinates of points stand in two
// columns unless told, other geometries as WKT.
func (p *params) table(k *collection, into *tableRequest) {
	switch k.Geometry {
	case geo.Point:
		into.place = placeLonLat
	case geo.NoGeometry:
		into.place = placeNone
	default:
		into.place = placeWKT
	}
	p.take("geometry", func(v string) error {
		into.place = placing(v)
		if !slices.Contains([]placing{placeLonLat, placeWKT, placeNone}, into.place) {
			return fmt.Errorf("%q is no way to write a geometry (%s, %s, %s)", v, placeLonLat, placeWKT, placeNone)
		}
		if into.place == placeLonLat && k.Geometry != geo.Point {
			return fmt.Errorf("only points have one longitude and latitude; %s has others too (%s, %s)", k.ID, placeWKT, placeNone)
		}
		return nil
	})
	p.flag("bom", &into.bom)
}

// tableParameters describes the parameters of a table.
func tableParameters(k *collection) []object {
	ways := []string{string(placeWKT), string(placeNone)}
	if k.Geometry == geo.Point {
		ways = append([]string{string(placeLonLat)}, ways...)
	}
	return []object{
		enumerated("geometry", "With f=csv, how the geometry is written: the coordinates in two columns, Well-Known Text, or not. The first is the default.", ways...),
		enumerated("bom", "With f=csv, whether the table starts with a byte order mark, which Excel needs.", "true", "false"),
	}
}

func appendHeading(b []byte, r *itemsRequest) []byte {
	if r.table.bom {
		b = append(b, "\ufeff"...)
	}
	b = append(b, "id"...)
	for i := range r.columns {
		b = append(append(b, ','), r.columns[i].name...)
	}
	switch r.table.place {
	case placeLonLat:
		b = append(append(b, ','), r.crs.coordinateNames()...)
	case placeWKT:
		b = append(b, ",wkt"...)
	case placeNone:
	}
	return append(b, "\r\n"...)
}

// appendRow appends a feature as a record of RFC 4180. Each cell is made of what
// the column writes into GeoJSON, so that the two cannot differ.
func appendRow(b []byte, it *geo.Item, r *itemsRequest) []byte {
	b = appendCell(b, it.ID)
	var scratch [256]byte
	for i := range r.columns {
		b = appendJSONCell(append(b, ','), r.columns[i].append(scratch[:0], it))
	}
	switch r.table.place {
	case placeLonLat:
		b = append(b, ',')
		if p, ok := it.Geometry.(orb.Point); ok {
			b = append(appendCoordinate(b, p[0]), ',')
			b = appendCoordinate(b, p[1])
		} else {
			b = append(b, ',')
		}
	case placeWKT:
		b = appendWKT(append(b, ','), it.Geometry)
	case placeNone:
	}
	return append(b, "\r\n"...)
}

// appendJSONCell appends a JSON value as a cell: null is nothing, a list stays
// JSON.
func appendJSONCell(b, value []byte) []byte {
	switch value[0] {
	case 'n':
		return b
	case '"', '[':
		return appendCell(b, plainText(value))
	default:
		return append(b, value...)
	}
}

// plainText returns the text of a JSON string, and other JSON as it is. It may be a part
// of the value.
func plainText(value []byte) []byte {
	if value[0] != '"' {
		return value
	}
	if text := value[1 : len(value)-1]; bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		panic(err) // the encoder above wrote it
	}
	return []byte(text)
}

// appendCell appends a text as a cell. Spreadsheets run what starts like a
// formula: such a text, and one that would be mistaken for it without its own
// apostrophes, is given an apostrophe more.
func appendCell[T string | []byte](b []byte, text T) []byte {
	quoted := isQuoted(text)
	if quoted {
		b = append(b, '"')
	}
	if startsFormula(text) {
		b = append(b, '\'')
	}
	if !quoted {
		return append(b, text...)
	}
	for i := range len(text) {
		if text[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

// isQuoted reports whether a cell stands between quotation marks.
func isQuoted[T string | []byte](text T) bool {
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' {
		return true
	}
	for i := range len(text) {
		switch text[i] {
		case '"', ',', '\r', '\n':
			return true
		}
	}
	return false
}

// startsFormula reports whether a spreadsheet may run a text, behind any apostrophes. The
// wide forms of the signs count where East Asian scripts are in use.
func startsFormula[T string | []byte](text T) bool {
	at := 0
	for at < len(text) && text[at] == '\'' {
		at++
	}
	first, _ := utf8.DecodeRuneInString(string(text[at:min(len(text), at+utf8.UTFMax)]))
	return strings.ContainsRune("=+-@\t\r\n＝＋－＠", first)
}

// appendWKT appends a geometry as a cell of Well-Known Text, empty without one.
func appendWKT(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		b = appendPosition(append(b, "POINT ("...), g)
		return append(b, ')')
	case orb.LineString:
		b = appendPositions(append(b, `"LINESTRING `...), g)
		return append(b, '"')
	case orb.MultiLineString:
		b = append(b, `"MULTILINESTRING (`...)
		for i, l := range g {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendPositions(b, l)
		}
		return append(b, `)"`...)
	default:
		return b
	}
}

func appendPositions(b []byte, l orb.LineString) []byte {
	for i, p := range l {
		b = append(b, "(,"[min(i, 1)])
		b = appendPosition(b, p)
	}
	return append(b, ')')
}

func appendPosition(b []byte, p orb.Point) []byte {
	b = append(appendCoordinate(b, p[0]), ' ')
	return appendCoordinate(b, p[1])
}
