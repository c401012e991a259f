package ingest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"oxus/geo"
)

// convert turns a decoded value into a value of the property. Blank text is
// nothing.
func convert(p *geo.Property, v geo.Value) (geo.Value, error) {
	text, isText := v.(string)
	text = strings.TrimSpace(text)
	if v == nil || isText && text == "" {
		return nil, nil
	}
	switch p.Type {
	case geo.Integer:
		return toInteger(p, v, text)
	case geo.Number:
		return toNumber(p, v, text)
	case geo.TextList:
		return toList(asText(v)), nil
	default:
		return strings.TrimSpace(asText(v)), nil
	}
}

func toInteger(p *geo.Property, v geo.Value, text string) (geo.Value, error) {
	switch v := v.(type) {
	case int64:
		return v, nil
	case float64:
		if v == float64(int64(v)) {
			return int64(v), nil
		}
	case string:
		return p.ParseValue(text)
	}
	return nil, fmt.Errorf("%v is not a whole number", v)
}

func toNumber(p *geo.Property, v geo.Value, text string) (geo.Value, error) {
	switch v := v.(type) {
	case int64:
		return float64(v), nil
	case float64:
		return v, nil
	case string:
		return p.ParseValue(text)
	}
	return nil, fmt.Errorf("%v is not a number", v)
}

func asText(v geo.Value) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case nil:
		return ""
	default:
		return fmt.Sprint(v) // int64, bool and Date all print as they are written
	}
}

// gdalList is how GDAL writes a list into a text field: "(2:road,foot)".
var gdalList = regexp.MustCompile(`^\((\d+):(.*)\)$`)

// toList reads a list from a text: a JSON array, GDAL's own form, or members
// separated by "|".
func toList(text string) []string {
	text = strings.TrimSpace(text)
	var members []string
	if json.Unmarshal([]byte(text), &members) == nil {
		return nonBlank(members)
	}
	if parts := gdalList.FindStringSubmatch(text); parts != nil {
		n, err := strconv.Atoi(parts[1])
		if members := strings.Split(parts[2], ","); err == nil && len(members) == n {
			return nonBlank(members)
		}
	}
	return nonBlank(strings.Split(text, "|"))
}

func nonBlank(members []string) []string {
	kept := make([]string, 0, len(members))
	for _, m := range members {
		if m = strings.TrimSpace(m); m != "" {
			kept = append(kept, m)
		}
	}
	return kept
}

// toDate reads a day or a partial date and gives it the precision named, where
// one is.
func toDate(v, precision geo.Value) (geo.PartialDate, error) {
	var d geo.PartialDate
	var err error
	switch v := v.(type) {
	case nil:
	case geo.Date:
		d = geo.On(v)
	default:
		d, err = geo.ParsePartialDate(strings.TrimSpace(asText(v)))
	}
	if err != nil || !d.Known() || precision == nil {
		return d, err
	}
	p, err := geo.ParsePrecision(strings.TrimSpace(asText(precision)))
	if err == nil && p != geo.None {
		d.Precision = p
	}
	return d, err
}

// mayBeCut reports whether a text fills a field of the given width in bytes, so
// that its end may be missing. The file's encoding is not known here, so bytes
// and letters both count, and a letter or some blanks may have been lost at the
// cut.
func mayBeCut(text string, width int) bool {
	if width == 0 {
		return false
	}
	return len(text) > width-utf8.UTFMax
}
