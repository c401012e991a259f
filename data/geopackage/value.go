package geopackage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"oxus/geo"
)

// encodeList writes a list as a JSON array, in the letters it has.
func encodeList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return "[]" // not reached: texts always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func decodeList(s string) ([]string, error) {
	list := []string{}
	if err := json.Unmarshal([]byte(s), &list); err != nil || list == nil {
		return nil, fmt.Errorf("%q is not a JSON array of texts", s)
	}
	return list, nil
}

// encodeValue returns what SQLite is given for a value that keepable admits.
func encodeValue(v geo.Value) any {
	if list, ok := v.([]string); ok {
		return encodeList(list)
	}
	return v
}

// decodeValue reads what another program may have put into the column, and
// returns a value of the type that the property declares.
func decodeValue(p *geo.Property, raw any) (geo.Value, error) {
	if raw == nil {
		return nil, nil
	}
	switch p.Type {
	case geo.Integer:
		if n, ok := raw.(int64); ok {
			return n, nil
		}
	case geo.Number:
		switch n := raw.(type) {
		case float64:
			return n, nil
		case int64:
			return float64(n), nil
		}
	case geo.TextList:
		if s, ok := raw.(string); ok {
			return decodeList(s)
		}
	case geo.Text, geo.Partial:
		if s, ok := raw.(string); ok {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%v does not fit the property", raw)
}

// encodeDate returns the two columns of a partial date.
func encodeDate(p geo.PartialDate) (date, precision any) {
	if !p.Known() {
		return nil, nil
	}
	return p.Date.String(), p.Precision.String()
}

// decodeDate reads the two columns of a partial date. A date that another
// program wrote without a precision is meant as the day it is.
func decodeDate(date, precision any) (geo.PartialDate, error) {
	if date == nil {
		return geo.PartialDate{}, nil
	}
	s, _ := date.(string)
	d, err := geo.ParseDate(s)
	if err != nil {
		return geo.PartialDate{}, fmt.Errorf("%v is not a date (YYYY-MM-DD)", date)
	}
	name, _ := precision.(string)
	if name == "" {
		return geo.On(d), nil
	}
	p, err := geo.ParsePrecision(name)
	return geo.PartialDate{Date: d, Precision: p}, err
}

// keepable says why the file would not give a value back as it is, "" when it
// would. SQLite takes any type in any column, cuts text at a NUL in many
// programs, and makes NULL of NaN.
func keepable(p *geo.Property, v geo.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if p.Type == geo.Text || p.Type == geo.Partial {
			return keepableText(v)
		}
	case int64:
		if p.Type == geo.Integer {
			return ""
		}
	case float64:
		if p.Type == geo.Number && math.IsNaN(v) {
			return "not a number"
		}
		if p.Type == geo.Number {
			return ""
		}
	case []string:
		if p.Type == geo.TextList {
			return keepableText(v...)
		}
	}
	return fmt.Sprintf("%T does not fit the property", v)
}

func keepableText(texts ...string) string {
	for _, s := range texts {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			return fmt.Sprintf("the text %q holds a NUL or is not UTF-8", s)
		}
	}
	return ""
}
