package cql2

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a filter and where.
type Error struct {
	// Column counts characters of the text from 1, 0 when the filter is JSON;
	// Path is a JSON pointer into it.
	Column int
	Path   string
	Detail string
}

func (e *Error) Error() string {
	switch {
	case e.Column > 0:
		return fmt.Sprintf("column %d: %s", e.Column, e.Detail)
	case e.Path != "":
		return e.Path + ": " + e.Detail
	}
	return e.Detail
}

func (n *Node) fault(format string, args ...any) error {
	return &Error{Column: n.Column, Path: n.Path, Detail: fmt.Sprintf(format, args...)}
}

// The limits of a filter. Beyond them a question costs more to understand than
// to answer.
const (
	// MaxLength is the most bytes of text or JSON, MaxNodes the most parts of a
	// filter, MaxDepth how deep they may lie in each other, MaxVertices how many
	// positions all its geometries may have.
	MaxLength   = 64 << 10
	MaxNodes    = 2000
	MaxDepth    = 40
	MaxVertices = 5000
)

// budget counts what is left of the limits while a filter is read.
type budget struct{ nodes, depth, vertices int }

func newBudget() budget { return budget{MaxNodes, MaxDepth, MaxVertices} }

func checkLength(s string) error {
	if len(s) > MaxLength {
		return &Error{Detail: fmt.Sprintf("the filter is longer than %d bytes", MaxLength)}
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return &Error{Detail: "the filter is not a text in UTF-8"}
	}
	return nil
}

// clip keeps an error short whatever it quotes.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}
