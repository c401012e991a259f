package geopackage

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"oxus/geo"
)

// columnKind is what the values of a column should be.
type columnKind uint8

// SQLite lets a column hold any type, so the declared one decides how strictly a
// value is held to it.
const (
	anyColumn columnKind = iota // a type that GeoPackage does not know
	integerColumn
	realColumn
	boolColumn
	textColumn
	dateColumn
	blobColumn
)

// foreignColumn is a column of a table of others.
type foreignColumn struct {
	name string
	kind columnKind
	// letters is how many a text may have, 0 where nothing says.
	letters int
}

// newForeignColumn reads a declared type (GeoPackage 1.3, table 1).
func newForeignColumn(name, declaredType string) foreignColumn {
	c := foreignColumn{name: name}
	base, size, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(declaredType)), "(")
	switch strings.TrimSpace(base) {
	case "BOOLEAN":
		c.kind = boolColumn
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INTEGER":
		c.kind = integerColumn
	case "FLOAT", "DOUBLE", "REAL":
		c.kind = realColumn
	case "TEXT":
		c.kind = textColumn
		if n, err := strconv.Atoi(strings.TrimRight(size, " )")); err == nil && n > 0 {
			c.letters = n
		}
	case "DATE", "DATETIME":
		c.kind = dateColumn
	case "BLOB", "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRY", "GEOMETRYCOLLECTION":
		c.kind = blobColumn
	}
	return c
}

// filledBy reports whether a text has all the letters its column allows, so that
// its end may be missing.
func (c foreignColumn) filledBy(v geo.Value) bool {
	s, isText := v.(string)
	return isText && c.letters > 0 && utf8.RuneCountInString(s) >= c.letters
}

// value turns what SQLite holds into a value of the record.
func (c foreignColumn) value(raw any, mostBytes int) (geo.Value, *geo.Fault) {
	switch v := raw.(type) {
	case nil:
		return nil, nil
	case int64:
		return c.integer(v)
	case float64:
		return c.real(v)
	case string:
		return c.text(v, mostBytes)
	}
	return nil, faultf(RuleValue, "bytes stand where %s belongs", c.kind)
}

func (c foreignColumn) integer(v int64) (geo.Value, *geo.Fault) {
	switch {
	case c.kind == integerColumn || c.kind == anyColumn:
		return v, nil
	case c.kind == realColumn:
		return float64(v), nil
	case c.kind == boolColumn && v>>1 == 0:
		return v == 1, nil
	}
	return nil, c.misfit(v)
}

func (c foreignColumn) real(v float64) (geo.Value, *geo.Fault) {
	switch {
	case math.IsNaN(v):
		return nil, nil // SQLite itself makes NULL of it
	case math.IsInf(v, 0):
		return nil, faultf(RuleValue, "the number is infinite")
	case c.kind == realColumn || c.kind == anyColumn || c.kind == integerColumn:
		return v, nil
	}
	return nil, c.misfit(v)
}

func (c foreignColumn) text(s string, mostBytes int) (geo.Value, *geo.Fault) {
	if len(s) > mostBytes {
		return nil, faultf(RuleTooLong, "the text has more than %d bytes", mostBytes)
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return nil, faultf(RuleText, "the text %.60q is not UTF-8, or has a zero byte in it", s)
	}
	switch c.kind {
	case textColumn, anyColumn:
		return s, nil
	case dateColumn:
		return dateIn(s)
	default:
		return nil, c.misfit(s)
	}
}

// dateIn reads YYYY-MM-DD, also before a time of day.
func dateIn(s string) (geo.Value, *geo.Fault) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	day, rest := s, ""
	if len(s) > 10 {
		day, rest = s[:10], s[10:]
	}
	d, err := geo.ParseDate(day)
	if err != nil || rest != "" && rest[0] != 'T' && rest[0] != ' ' {
		return nil, faultf(RuleValue, "%.60q is not a date (YYYY-MM-DD)", s)
	}
	return d, nil
}

func (c foreignColumn) misfit(v any) *geo.Fault {
	return faultf(RuleValue, "%.60q stands where %s belongs", fmt.Sprint(v), c.kind)
}

// String names the kind in a sentence.
func (k columnKind) String() string {
	return [...]string{
		anyColumn: "a value", integerColumn: "a whole number", realColumn: "a number", boolColumn: "0 or 1",
		textColumn: "a text", dateColumn: "a date (YYYY-MM-DD)", blobColumn: "a BLOB",
	}[k]
}
