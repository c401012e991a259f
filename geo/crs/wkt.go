package crs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of ParseWKT. Real texts are below 5 kB and 8 levels.
const (
	maxWKTBytes   = 64 << 10
	maxWKTNesting = 16
)

// SyntaxError says that a text is not WKT.
type SyntaxError struct {
	// Offset counts bytes from the start of the text.
	Offset int
	Reason string
}

// Error names the offset and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("not the WKT of a CRS: %s at byte %d", e.Reason, e.Offset)
}

// node is one KEYWORD[value, ...] of a WKT text. Keywords are upper case;
// values keep texts and numbers in order, nodes keep the nested ones.
type node struct {
	keyword string
	values  []string
	nodes   []*node
}

// child returns the first nested node with one of the keywords, nil if none.
// It may be asked of a nil node.
func (n *node) child(keywords ...string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.nodes {
		for _, k := range keywords {
			if c.keyword == k {
				return c
			}
		}
	}
	return nil
}

// text returns value i, "" when it or the node is not there.
func (n *node) text(i int) string {
	if n == nil || i >= len(n.values) {
		return ""
	}
	return n.values[i]
}

// number returns value i as a number.
func (n *node) number(i int) (float64, bool) {
	f, err := strconv.ParseFloat(n.text(i), 64)
	return f, err == nil
}

type wktReader struct {
	text string
	at   int
}

// readWKT reads the first node of a text. What follows it after a comma is left
// alone: ESRI writes the vertical system there.
func readWKT(text string) (*node, error) {
	if len(text) > maxWKTBytes {
		return nil, &SyntaxError{maxWKTBytes, fmt.Sprintf("more than %d bytes", maxWKTBytes)}
	}
	r := &wktReader{text: strings.TrimPrefix(text, "\uFEFF")}
	n, err := r.node(1)
	if err != nil {
		return nil, err
	}
	if c := r.peek(); c != 0 && c != ',' {
		return nil, r.fail("text after the end")
	}
	return n, nil
}

func (r *wktReader) fail(format string, args ...any) error {
	return &SyntaxError{r.at, fmt.Sprintf(format, args...)}
}

// peek skips white space and returns the next byte, 0 at the end.
func (r *wktReader) peek() byte {
	for r.at < len(r.text) && (r.text[r.at] <= ' ') {
		r.at++
	}
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *wktReader) node(depth int) (*node, error) {
	if depth > maxWKTNesting {
		return nil, r.fail("nested deeper than %d", maxWKTNesting)
	}
	r.peek()
	word := r.word()
	if word == "" || !unicode.IsLetter(rune(word[0])) {
		return nil, r.fail("a keyword is missing")
	}
	if c := r.peek(); c != '[' && c != '(' {
		return nil, r.fail("a bracket is missing")
	}
	return r.body(&node{keyword: strings.ToUpper(word)}, depth)
}

// body reads from the opening bracket to the closing one.
func (r *wktReader) body(n *node, depth int) (*node, error) {
	closing := map[byte]byte{'[': ']', '(': ')'}[r.text[r.at]]
	for {
		r.at++
		if err := r.value(n, depth); err != nil {
			return nil, err
		}
		switch r.peek() {
		case ',':
		case closing:
			r.at++
			return n, nil
		default:
			return nil, r.fail("a comma or bracket is missing")
		}
	}
}

// value reads a quoted text, a number, an enumeration word or a nested node
// into n.
func (r *wktReader) value(n *node, depth int) error {
	if r.peek() == '"' {
		text, err := r.quoted()
		n.values = append(n.values, text)
		return err
	}
	start := r.at
	word := r.word()
	if word == "" {
		return r.fail("a value is missing")
	}
	if c := r.peek(); c != '[' && c != '(' {
		n.values = append(n.values, word)
		return nil
	}
	r.at = start
	inner, err := r.node(depth + 1)
	n.nodes = append(n.nodes, inner)
	return err
}

func (r *wktReader) word() string {
	start := r.at
	for r.at < len(r.text) && isWordByte(r.text[r.at]) {
		r.at++
	}
	return r.text[start:r.at]
}

func isWordByte(c byte) bool {
	return c < utf8.RuneSelf && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) || strings.IndexByte("_.+-", c) >= 0
}

// quoted reads a text in double quotes; two of them inside stand for one.
func (r *wktReader) quoted() (string, error) {
	start := r.at + 1
	for r.at++; r.at < len(r.text); r.at++ {
		if r.text[r.at] != '"' {
			continue
		}
		if r.at+1 < len(r.text) && r.text[r.at+1] == '"' {
			r.at++
			continue
		}
		r.at++
		return strings.ReplaceAll(r.text[start:r.at-1], `""`, `"`), nil
	}
	return "", r.fail("a quote is not closed")
}
