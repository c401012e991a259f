package geojson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"oxus/geo"
)

// What is in this file walks over JSON that encoding/json has found valid, so
// that it needs to look for ends only.

// skipSpace returns the place of the next byte that is no white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the place after the string that starts at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

// skipValue returns the place after the value that starts at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = skipString(b, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default:
			for i < len(b) && !strings.ContainsRune(",:]} \t\n\r", rune(b[i])) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

// elements calls f with each element of an array, until f returns a fault.
func elements(raw []byte, f func(raw []byte) *geo.Fault) *geo.Fault {
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] != ']' {
		end := skipValue(raw, i)
		if fault := f(raw[i:end]); fault != nil {
			return fault
		}
		if i = skipSpace(raw, end); i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return nil
}

// member is one name of an object with its value.
type member struct {
	name string
	raw  []byte
}

// members returns what an object has, in order. A name that comes twice is a
// fault: programs do not agree on which of the two counts (RFC 8259, 4).
func members(raw []byte) ([]member, *geo.Fault) {
	var all []member
	seen := map[string]bool{}
	i := skipSpace(raw, 1)
	for i < len(raw) && raw[i] == '"' {
		end := skipString(raw, i)
		name, fault := text(raw[i:end])
		if fault == nil && seen[name] {
			fault = faultf(RuleName, "the name %.60q comes twice in one object", name)
		}
		if fault != nil {
			return nil, fault
		}
		seen[name] = true
		i = skipSpace(raw, skipSpace(raw, end)+1) // the colon
		end = skipValue(raw, i)
		all = append(all, member{name, raw[i:end]})
		if i = skipSpace(raw, end); i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return all, nil
}

// find returns the value of a name, nil when the object has none.
func find(all []member, name string) []byte {
	for _, m := range all {
		if m.name == name {
			return m.raw
		}
	}
	return nil
}

// text decodes a string. Half of a surrogate pair, which stands for no letter,
// is a fault.
func text(raw []byte) (string, *geo.Fault) {
	if inner := raw[1 : len(raw)-1]; !bytes.ContainsRune(inner, '\\') {
		return string(inner), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", faultf(RuleText, "the text %.60q cannot be read", raw)
	}
	meant := bytes.Contains(raw, []byte("\uFFFD")) || bytes.Contains(bytes.ToLower(raw), []byte(`\ufffd`))
	if strings.ContainsRune(s, utf8.RuneError) && !meant {
		return "", faultf(RuleText, "the text %.60q has half of a pair of escapes (surrogates)", raw)
	}
	return s, nil
}

// depthOf returns how deep a value nests: 0 for a text or number.
func depthOf(raw []byte) int {
	depth, deepest := 0, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = skipString(raw, i) - 1
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
	}
	return deepest
}

// value turns a property into a value: a nested one stays JSON text.
func value(raw []byte, deepest int) (geo.Value, *geo.Fault) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case 't':
		return true, nil
	case 'f':
		return false, nil
	case '"':
		s, fault := text(raw)
		if fault != nil {
			return nil, fault
		}
		return s, nil
	case '{', '[':
		if depth := depthOf(raw); depth > deepest {
			return nil, faultf(RuleDepth, "the value nests %d deep, more than %d", depth, deepest)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, raw); err != nil {
			return nil, faultf(RuleJSON, "the value %.60q cannot be read", raw)
		}
		return compact.String(), nil
	}
	return number(raw)
}

// number returns int64 for what is written as a whole number, else float64. A
// number that would lose digits or is beyond 64 bits is a fault.
func number(raw []byte) (geo.Value, *geo.Fault) {
	s := string(raw)
	if !strings.ContainsAny(s, ".eE") {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, faultf(RuleNumber, "%.60s is no whole number of 64 bits", s)
		}
		return n, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, faultf(RuleNumber, "%.60s is no number of 64 bits", s)
	}
	return f, nil
}
