package api

import (
	"bytes"
	"encoding/json"
	"strings"
)

// node is a value of a JSON document whose members keep their order.
type node struct {
	// delim is '{' of an object, '[' of a list, 0 of anything else.
	delim json.Delim
	// names and values are the members of an object; a list has values alone.
	names  []string
	values []*node
	// text is a string, a number or a truth value as it is written; known is
	// false for null.
	text  string
	known bool
}

func parseJSON(text []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return parseNode(d)
}

func parseNode(d *json.Decoder) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		return parseMembers(d, v)
	case string:
		return &node{text: v, known: true}, nil
	case json.Number:
		return &node{text: v.String(), known: true}, nil
	case bool:
		return &node{text: map[bool]string{true: "yes", false: "no"}[v], known: true}, nil
	default:
		return &node{}, nil
	}
}

func parseMembers(d *json.Decoder, delim json.Delim) (*node, error) {
	n := &node{delim: delim, known: true}
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			text, _ := name.(string)
			n.names = append(n.names, text)
		}
		value, err := parseNode(d)
		if err != nil {
			return nil, err
		}
		n.values = append(n.values, value)
	}
	_, err := d.Token()
	return n, err
}

// at returns a member, an unknown value where there is none.
func (n *node) at(name string) *node {
	for i := range n.names {
		if n.names[i] == name {
			return n.values[i]
		}
	}
	return &node{}
}

// plain writes a value in one line.
func (n *node) plain() string {
	if n.delim == 0 {
		return n.text
	}
	var parts []string
	for i, v := range n.values {
		text := v.plain()
		if n.delim == '{' {
			text = n.names[i] + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// ofObjects reports whether a list holds objects, or an object objects alone.
func (n *node) ofObjects() bool {
	for _, v := range n.values {
		if v.delim != '{' {
			return false
		}
	}
	return len(n.values) > 0
}
