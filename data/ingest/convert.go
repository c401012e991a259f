package ingest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
		return toList(asText(v))
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
// separated by "|". A list whose end is lost, or whose members cannot be told
// apart, is an error.
func toList(text string) ([]string, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		var members []string
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			return nil, fmt.Errorf("the list %.60q cannot be read; its end may be cut off", text)
		}
		return nonBlank(members), nil
	}
	if startOfGDALList.MatchString(text) {
		parts := gdalList.FindStringSubmatch(text)
		if parts == nil || strconv.Itoa(strings.Count(parts[2], ",")+1) != parts[1] {
			return nil, fmt.Errorf("the list %.60q cannot be read; its end may be cut off, or a member has a comma in it", text)
		}
		return nonBlank(strings.Split(parts[2], ",")), nil
	}
	return nonBlank(strings.Split(text, "|")), nil
}

var startOfGDALList = regexp.MustCompile(`^\(\d+:`)

func nonBlank(members []string) []string {
	kept := make([]string, 0, len(members))
	for _, m := range members {
		if m = strings.TrimSpace(m); m != "" {
			kept = append(kept, m)
		}
	}
	return kept
}

// isStored reports whether a text is GDAL's form of the stored list: members
// with commas in them can be compared, though not read.
func isStored(text string, stored geo.Value) bool {
	list, ok := stored.([]string)
	return ok && text == fmt.Sprintf("(%d:%s)", len(list), strings.Join(list, ","))
}

// begins reports whether a text that was cut is the beginning of what is
// stored, in any of the forms a list may have.
func begins(text string, stored geo.Value) bool {
	if whole, ok := stored.(string); ok {
		return len(whole) > len(text) && strings.HasPrefix(whole, text)
	}
	list, ok := stored.([]string)
	if !ok {
		return false
	}
	if strings.HasPrefix(text, "[") {
		members := membersOf(text)
		return len(members) < len(list) && slices.Equal(members, list[:len(members)])
	}
	if _, rest, gdal := strings.Cut(text, ":"); gdal && startOfGDALList.MatchString(text) {
		return strings.HasPrefix(strings.Join(list, ",")+")", rest)
	}
	return strings.HasPrefix(strings.Join(list, "|"), text)
}

// membersOf returns the members of a JSON array up to where its text breaks off.
func membersOf(text string) []string {
	var members []string
	tokens := json.NewDecoder(strings.NewReader(text))
	for {
		token, err := tokens.Token()
		if err != nil {
			return members
		}
		if member, ok := token.(string); ok {
			members = append(members, member)
		}
	}
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
