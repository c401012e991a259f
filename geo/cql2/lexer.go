package cql2

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sort is the lexical sort of a token.
type sort uint8

const (
	end sort = iota
	word
	quoted // a word in double quotes, which is never a keyword
	text
	number
	sign
)

// token is one word, literal or sign of a filter. Of texts and quoted words the
// value has no quotes.
type token struct {
	sort   sort
	value  string
	column int
}

func (t token) String() string {
	if t.sort == end {
		return "the end"
	}
	return fmt.Sprintf("%q", clip(t.value))
}

// is reports whether a token is a keyword, whatever its case.
func (t token) is(keyword string) bool { return t.sort == word && strings.EqualFold(t.value, keyword) }

var numeral = regexp.MustCompile(`^(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`)

// tokens splits a filter.
func tokens(s string) ([]token, error) {
	var list []token
	column := 1
	for s != "" {
		if c, size := utf8.DecodeRuneInString(s); unicode.IsSpace(c) {
			s, column = s[size:], column+1
			continue
		}
		t, length, err := next(s)
		if err != nil {
			err.Column = column
			return nil, err
		}
		t.column = column
		list = append(list, t)
		column += utf8.RuneCountInString(s[:length])
		s = s[length:]
	}
	return append(list, token{sort: end, column: column}), nil
}

// next reads the token s begins with.
func next(s string) (t token, length int, err *Error) {
	c, _ := utf8.DecodeRuneInString(s)
	switch {
	case c == '\'' || c == '"':
		return delimited(s, byte(c))
	case c >= '0' && c <= '9' || c == '.' && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		n := numeral.FindString(s)
		return token{sort: number, value: n}, len(n), nil
	case startsName(c):
		length = len(s)
		for i, c := range s {
			if !continuesName(c) {
				length = i
				break
			}
		}
		return token{sort: word, value: s[:length]}, length, nil
	}
	for _, two := range []string{"<=", ">=", "<>"} {
		if strings.HasPrefix(s, two) {
			return token{sort: sign, value: two}, 2, nil
		}
	}
	if strings.ContainsRune("=<>+-*/^%(),", c) {
		return token{sort: sign, value: string(c)}, 1, nil
	}
	return t, 0, &Error{Detail: fmt.Sprintf("%q has no meaning here", c)}
}

// delimited reads a text or a quoted name. A quote within is doubled or has a
// backslash in front.
func delimited(s string, quote byte) (t token, length int, err *Error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == quote,
			s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
			b.WriteByte(quote)
		case s[i] == quote:
			t = token{sort: text, value: b.String()}
			if quote == '"' {
				t.sort = quoted
			}
			return t, i + 1, nil
		default:
			b.WriteByte(s[i])
		}
	}
	return t, 0, &Error{Detail: fmt.Sprintf("the %c is never closed", quote)}
}

// startsName and continuesName are the characters of identifiers in the grammar
// of CQL2 text.
func startsName(c rune) bool {
	return c == ':' || c == '_' || c != utf8.RuneError && unicode.IsLetter(c)
}

func continuesName(c rune) bool {
	return startsName(c) || c == '.' || unicode.IsDigit(c) || unicode.Is(unicode.M, c) || c == '\u00b7' || c == '\u203f' || c == '\u2040'
}
