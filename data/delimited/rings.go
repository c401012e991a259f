package delimited

import (
	"strings"

	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/wkt"
)

// openRings decodes the text of a polygon whose rings do not end where they start,
// which the parser refuses: it reads them as lines, which are written the same way. It
// returns nil for any other text.
func openRings(text string) geom.T {
	text = strings.TrimLeft(text, " \t\r\n")
	for _, word := range []string{"POLYGON", "MULTIPOLYGON"} {
		if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
			continue
		}
		isMulti := word == "MULTIPOLYGON"
		lines, counts := ringsAsLines(text[len(word):], isMulti)
		g, err := wkt.Unmarshal("MULTILINESTRING" + lines)
		rings, ok := g.(*geom.MultiLineString)
		if err != nil || !ok {
			return nil
		}
		return polygonsOf(rings, counts, isMulti)
	}
	return nil
}

// ringsAsLines takes off the brackets around each polygon of several, and counts the
// rings of each.
func ringsAsLines(text string, isMulti bool) (lines string, counts []int) {
	polygon, ring := 1, 2 // how deep the brackets lie
	if isMulti {
		polygon, ring = 2, 3
	}
	var b strings.Builder
	depth := 0
	for _, c := range []byte(text) {
		at := depth // of the bracket itself
		switch c {
		case '(':
			depth++
			if at = depth; at == polygon {
				counts = append(counts, 0)
			} else if at == ring {
				counts[len(counts)-1]++
			}
		case ')':
			depth--
		}
		if isBracket := c == '(' || c == ')'; !isBracket || !isMulti || at != polygon {
			b.WriteByte(c)
		}
	}
	return b.String(), counts
}

// polygonsOf makes polygons of rings, nil where they are not as many as were counted:
// an empty one among them has no brackets.
func polygonsOf(rings *geom.MultiLineString, counts []int, isMulti bool) geom.T {
	ends := rings.Ends()
	if !isMulti {
		return geom.NewPolygonFlat(rings.Layout(), rings.FlatCoords(), ends)
	}
	var endss [][]int
	for _, n := range counts {
		if n > len(ends) {
			return nil
		}
		endss = append(endss, ends[:n:n])
		ends = ends[n:]
	}
	if len(ends) > 0 {
		return nil
	}
	return geom.NewMultiPolygonFlat(rings.Layout(), rings.FlatCoords(), endss)
}
