package cql2

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/paulmach/orb"
)

// ErrNotText says that a filter has a text that ends in a backslash, for which
// CQL2 text, where \' is a quote, has no form.
var ErrNotText = errors.New("a text that ends in a backslash cannot be written in CQL2 text")

// Text writes a filter as CQL2 text; ParseText reads the same tree from it.
func (n *Node) Text() (string, error) {
	var failed error
	n.walk(func(n *Node) {
		if s, isText := n.Value.(string); isText && strings.HasSuffix(s, `\`) {
			failed = ErrNotText
		}
	})
	return string(n.appendText(nil)), failed
}

func (n *Node) appendText(b []byte) []byte {
	switch n.Kind {
	case Property:
		return appendName(b, n.Name)
	case Open:
		return append(b, "'..'"...)
	case Interval:
		return n.appendArgs(append(b, "INTERVAL"...), (*Node).appendEnd)
	case Array:
		return n.appendArgs(b, (*Node).appendText)
	case Box:
		b = append(b, "BBOX"...)
		return appendParts(b, n.Numbers, appendNumber)
	case Literal:
		return appendLiteral(b, n.Value)
	default:
		return n.appendOperation(b)
	}
}

// appendArgs appends the arguments in parentheses.
func (n *Node) appendArgs(b []byte, write func(n *Node, b []byte) []byte) []byte {
	return appendParts(b, n.Args, func(b []byte, a *Node) []byte { return write(a, b) })
}

// appendEnd appends the end of an interval, where dates stand as texts.
func (n *Node) appendEnd(b []byte) []byte {
	switch v := n.Value.(type) {
	case Day:
		return appendQuoted(b, v.String())
	case Instant:
		return appendQuoted(b, v.String())
	}
	return n.appendText(b)
}

func appendLiteral(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, "TRUE"...)
		}
		return append(b, "FALSE"...)
	case float64:
		return appendNumber(b, v)
	case string:
		return appendQuoted(b, v)
	case Day:
		return append(appendQuoted(append(b, "DATE("...), v.String()), ')')
	case Instant:
		return append(appendQuoted(append(b, "TIMESTAMP("...), v.String()), ')')
	case orb.Geometry:
		return appendWKT(b, v)
	}
	return b
}

// appendQuoted doubles the quotes of a text, but one after a backslash, which
// would take the first of the two for itself.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '\'')
	for i := range len(s) {
		switch {
		case s[i] != '\'':
		case i > 0 && s[i-1] == '\\':
			b = append(b, '\\')
		default:
			b = append(b, '\'')
		}
		b = append(b, s[i])
	}
	return append(b, '\'')
}

var plainName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

func appendName(b []byte, name string) []byte {
	if plainName.MatchString(name) && !reserved(token{sort: word, value: name}) && name != "not" && name != "true" && name != "false" {
		return append(b, name...)
	}
	b = append(b, '"')
	for i := range len(name) {
		if name[i] == '"' {
			b = append(b, '\\')
		}
		b = append(b, name[i])
	}
	return append(b, '"')
}

func (n *Node) appendOperation(b []byte) []byte {
	switch {
	case n.Op == Not && len(n.Args) == 1:
		return n.Args[0].appendOperand(append(b, "NOT "...))
	case n.Op == IsNull && len(n.Args) == 1:
		return append(n.Args[0].appendOperand(b), " IS NULL"...)
	case n.Op == Between && len(n.Args) == 3:
		b = append(n.Args[0].appendOperand(b), " BETWEEN "...)
		b = append(n.Args[1].appendOperand(b), " AND "...)
		return n.Args[2].appendOperand(b)
	case families[n.Op] == spatial, families[n.Op] == temporal, families[n.Op] == listing, families[n.Op] == folding:
		return n.appendArgs(append(b, strings.ToUpper(string(n.Op))...), (*Node).appendText)
	}
	for i, a := range n.Args {
		if i > 0 {
			b = append(append(append(b, ' '), strings.ToUpper(string(n.Op))...), ' ')
		}
		b = a.appendOperand(b)
	}
	return b
}

// appendOperand appends an operand, in parentheses where another operator could
// take a part of it.
func (n *Node) appendOperand(b []byte) []byte {
	switch f := families[n.Op]; {
	case n.Kind != Operation, f == spatial, f == temporal, f == listing, f == folding:
		return n.appendText(b)
	}
	return append(n.appendText(append(b, '(')), ')')
}

// JSON writes a filter as CQL2 JSON; ParseJSON reads the same tree from it.
func (n *Node) JSON() string { return string(n.appendJSON(nil)) }

func (n *Node) appendJSON(b []byte) []byte {
	write := func(b []byte, a *Node) []byte { return a.appendJSON(b) }
	switch n.Kind {
	case Property:
		return append(appendJSONText(append(b, `{"property":`...), n.Name), '}')
	case Open:
		return append(b, `".."`...)
	case Interval:
		return append(appendItems(append(b, `{"interval":`...), n.Args, func(b []byte, a *Node) []byte { return a.appendJSONEnd(b) }), '}')
	case Array:
		return appendItems(b, n.Args, write)
	case Box:
		return append(appendItems(append(b, `{"bbox":`...), n.Numbers, appendNumber), '}')
	case Literal:
		return appendJSONLiteral(b, n.Value)
	default:
		b = append(appendJSONText(append(b, `{"op":`...), string(n.Op)), `,"args":`...)
		return append(appendItems(b, n.Args, write), '}')
	}
}

func (n *Node) appendJSONEnd(b []byte) []byte {
	switch v := n.Value.(type) {
	case Day:
		return appendJSONText(b, v.String())
	case Instant:
		return appendJSONText(b, v.String())
	}
	return n.appendJSON(b)
}

func appendJSONLiteral(b []byte, v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case float64:
		return appendNumber(b, v)
	case string:
		return appendJSONText(b, v)
	case Day:
		return append(appendJSONText(append(b, `{"date":`...), v.String()), '}')
	case Instant:
		return append(appendJSONText(append(b, `{"timestamp":`...), v.String()), '}')
	case orb.Geometry:
		return appendGeoJSON(b, v)
	}
	return b
}

func appendJSONText(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always JSON
	}
	return append(b, text...)
}
