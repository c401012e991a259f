package shapefile

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"oxus/geo"
	"oxus/geo/charset"
)

// value decodes one field of a row. Blank fields, and fields a program filled
// with asterisks or NUL because it had no value or no room, are nil.
func (f field) value(raw []byte, text charset.Decoder) (geo.Value, *geo.Fault) {
	if f.kind == 'C' {
		return textValue(raw, text)
	}
	s := string(bytes.Trim(raw, " \x00"))
	if strings.Trim(s, "*") == "" {
		return nil, nil
	}
	switch f.kind {
	case 'D':
		return dateValue(s)
	case 'L':
		return boolValue(s)
	case 'N':
		if f.decimals == 0 {
			return integerValue(s)
		}
	}
	return floatValue(s)
}

// filledBy reports whether a text leaves so little of its field free that its
// end may be missing: less than the longest letter of UTF-8 takes.
func (f field) filledBy(raw []byte) bool {
	return f.kind == 'C' && len(bytes.TrimRight(raw, " \x00")) > f.width-utf8.UTFMax
}

// textOf cuts at the NUL that C programs leave in front of old bytes, and takes
// the blanks off both ends, as GDAL does.
func textOf(raw []byte) []byte {
	raw, _, _ = bytes.Cut(raw, []byte{0})
	return bytes.Trim(raw, " ")
}

func textValue(raw []byte, text charset.Decoder) (geo.Value, *geo.Fault) {
	raw = textOf(raw)
	if len(raw) == 0 {
		return nil, nil
	}
	s, fault := text.Decode(raw)
	if fault != nil {
		return nil, fault
	}
	return s, nil
}

func dateValue(s string) (geo.Value, *geo.Fault) {
	if strings.Trim(s, "0") == "" {
		return nil, nil
	}
	t, err := time.Parse("20060102", s)
	if err != nil || t.Year() < 1 {
		return nil, faultf(RuleValue, "%q is not a date (YYYYMMDD)", s)
	}
	return geo.DateOf(t), nil
}

func boolValue(s string) (geo.Value, *geo.Fault) {
	switch s {
	case "T", "t", "Y", "y":
		return true, nil
	case "F", "f", "N", "n":
		return false, nil
	case "?":
		return nil, nil
	}
	return nil, faultf(RuleValue, "%q is neither true (T, Y) nor false (F, N)", s)
}

// integerValue falls back on a decimal number, which some programs write into
// fields without decimals, but never on one that would lose digits.
func integerValue(s string) (geo.Value, *geo.Fault) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, nil
	}
	if strings.Trim(s, "+-0123456789") == "" {
		return nil, faultf(RuleValue, "%q is not a whole number of 64 bits", s)
	}
	return floatValue(s)
}

func floatValue(s string) (geo.Value, *geo.Fault) {
	// ParseFloat also takes hexadecimal, "inf" and "nan", which dBase does not.
	if strings.Trim(s, "+-.0123456789eE") == "" {
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			return v, nil
		}
	}
	return nil, faultf(RuleValue, "%q is not a number", s)
}
