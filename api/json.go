package api

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// coordinateDigits is the number of decimals of a coordinate in degrees: 1 cm
// on the ground, finer than any position in the data.
const coordinateDigits = 7

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD; the line separators U+2028 and U+2029 are escaped, so that the text
// is also a JavaScript literal. Quotation marks are escaped by their number: QGIS
// 3.40 loses those with a backslash and keeps the backslash.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++ // nearly every byte goes this way
			continue
		}
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if escape := escapeOf(r, size); escape != "" {
			b = append(append(b, s[start:i]...), escape...)
			start = i + size
		} else if r < ' ' {
			b = append(append(b, s[start:i]...), `\u00`...)
			b = append(b, hexDigits[r>>4], hexDigits[r&0xf])
			start = i + size
		}
		i += size
	}
	return append(append(b, s[start:]...), '"')
}

func escapeOf(r rune, size int) string {
	switch r {
	case '"':
		return `\u0022`
	case '\\':
		return `\\`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\u2028':
		return `\u2028`
	case '\u2029':
		return `\u2029`
	case utf8.RuneError:
		if size == 1 {
			return `\ufffd`
		}
	}
	return ""
}

// appendText appends s, or null when it is blank: unknown is never "".
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// appendNumber appends the shortest text that reads back as f. JSON has no
// infinities and no NaN; the data's rules refuse them, so null is only a guard.
func appendNumber(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(b, "null"...)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

func appendValue(b []byte, v geo.Value) []byte {
	switch v := v.(type) {
	case string:
		return appendString(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendNumber(b, v)
	case []string:
		return appendStrings(b, v)
	default:
		return append(b, "null"...)
	}
}

// appendDate appends the day a partial date is written with, or null. Its
// precision stands in a member of its own, so that GIS programs read a date.
func appendDate(b []byte, p geo.PartialDate) []byte {
	if !p.Known() {
		return append(b, "null"...)
	}
	b = append(b, '"')
	return append(p.Date.Append(b), '"')
}

// appendGeometry appends an RFC 7946 geometry, or null.
func appendGeometry(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		b = append(b, `{"type":"Point","coordinates":`...)
		return append(appendPoint(b, g), '}')
	case orb.LineString:
		b = append(b, `{"type":"LineString","coordinates":`...)
		return append(appendLine(b, g), '}')
	case orb.MultiLineString:
		b = append(b, `{"type":"MultiLineString","coordinates":[`...)
		for i, l := range g {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendLine(b, l)
		}
		return append(b, "]}"...)
	default:
		return append(b, "null"...)
	}
}

func appendLine(b []byte, l orb.LineString) []byte {
	b = append(b, '[')
	for i, p := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendPoint(b, p)
	}
	return append(b, ']')
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = appendCoordinate(append(b, '['), p[0])
	b = appendCoordinate(append(b, ','), p[1])
	return append(b, ']')
}

func appendCoordinate(b []byte, x float64) []byte {
	start := len(b)
	b = strconv.AppendFloat(b, x, 'f', coordinateDigits, 64)
	end := len(b)
	for b[end-1] == '0' {
		end--
	}
	if b[end-1] == '.' {
		end--
	}
	if text := b[start:end]; len(text) == 2 && text[0] == '-' && text[1] == '0' {
		return append(b[:start], '0') // no negative zero
	}
	return b[:end]
}
