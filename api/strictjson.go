package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"oxus/geo"
)

// maxNesting is how deep a body may nest: a feature needs six levels.
const maxNesting = 16

// ruleJSON is what a body breaks that is not the JSON it says it is.
const ruleJSON geo.Rule = "json"

// strictJSON reads one JSON value into maps, lists, texts, json.Number, bool and
// nil. Names that stand twice in an object, text that is not UTF-8, halves of
// surrogate pairs, deep nesting and anything after the value are refused: readers
// would differ in what they make of them.
func strictJSON(body []byte) (any, []geo.Fault) {
	if !utf8.Valid(body) {
		return nil, []geo.Fault{{Rule: ruleJSON, Detail: "the body is not UTF-8"}}
	}
	r := strictReader{body: body, decoder: json.NewDecoder(bytes.NewReader(body))}
	r.decoder.UseNumber()
	v, err := r.value("", 0)
	if err == nil {
		if _, more := r.decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the end of the value")
		}
	}
	if err != nil {
		r.faults = append(r.faults, geo.Fault{Rule: ruleJSON, Detail: jsonDetail(err, r.decoder.InputOffset())})
	}
	return v, r.faults
}

func jsonDetail(err error, at int64) string {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("the body is not JSON at byte %d: %s", syntax.Offset, syntax.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the body ends before the value does"
	}
	return fmt.Sprintf("at byte %d: %s", at, err)
}

type strictReader struct {
	body    []byte
	decoder *json.Decoder
	faults  []geo.Fault
}

func (r *strictReader) value(pointer string, depth int) (any, error) {
	from := r.decoder.InputOffset()
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	r.whole(token, from, pointer)
	if depth++; depth > maxNesting {
		return nil, fmt.Errorf("it nests more than %d deep", maxNesting)
	}
	switch token {
	case json.Delim('{'):
		return r.object(pointer, depth)
	case json.Delim('['):
		return r.list(pointer, depth)
	}
	return token, nil
}

// whole refuses a text, just read from an offset on, with half of a surrogate pair in
// it: the decoder makes U+FFFD of that, which nobody has sent.
func (r *strictReader) whole(token json.Token, from int64, pointer string) {
	text, isText := token.(string)
	if isText && strings.ContainsRune(text, utf8.RuneError) && hasHalfPair(r.body[from:r.decoder.InputOffset()]) {
		r.faults = append(r.faults, geo.Fault{Rule: ruleJSON, Place: geo.Place{Pointer: clip(pointer)}, Detail: "half of a surrogate pair is no character"})
	}
}

// hasHalfPair reports whether JSON has an escape that is half of a surrogate pair.
func hasHalfPair(raw []byte) bool {
	high := rune(0) // just before, the first half of a pair
	for len(raw) > 0 {
		size, half := 1, rune(0)
		if raw[0] == '\\' {
			if size = 2; raw[1] == 'u' {
				size = 6
				code, _ := strconv.ParseUint(string(raw[2:6]), 16, 16) // the decoder has read it
				half = rune(code)
			}
		}
		switch pairs := utf16.DecodeRune(high, half) != utf8.RuneError; {
		case pairs:
			high = 0
		case high != 0:
			return true
		case utf16.IsSurrogate(half):
			high = half // a second half pairs with nothing either
		}
		raw = raw[size:]
	}
	return high != 0
}

func (r *strictReader) object(pointer string, depth int) (any, error) {
	members := map[string]any{}
	for r.decoder.More() {
		from := r.decoder.InputOffset()
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder admits nothing else here
		at := below(pointer, name)
		r.whole(token, from, at)
		if _, twice := members[name]; twice {
			r.faults = append(r.faults, geo.Fault{Rule: ruleJSON, Place: geo.Place{Pointer: clip(at)}, Detail: "the name stands twice in its object"})
		}
		if members[name], err = r.value(at, depth); err != nil {
			return nil, err
		}
	}
	_, err := r.decoder.Token()
	return members, err
}

func (r *strictReader) list(pointer string, depth int) (any, error) {
	list := []any{}
	for r.decoder.More() {
		v, err := r.value(below(pointer, strconv.Itoa(len(list))), depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.decoder.Token()
	return list, err
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// below is the JSON pointer (RFC 6901) of a member.
func below(pointer, name string) string { return pointer + "/" + pointerEscapes.Replace(name) }
