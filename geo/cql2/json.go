package cql2

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ParseJSON reads a filter in CQL2 JSON (21-065r2, annex C). The tree is not
// checked against any queryables yet. Errors are of type *Error.
func ParseJSON(s string) (*Node, error) {
	if err := checkLength(s); err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(strings.NewReader(s))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, &Error{Detail: "something stands after the end of the filter"}
	}
	r := &reader{budget: newBudget()}
	return r.node(v, "")
}

// malformed says where JSON stops being JSON.
func malformed(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Error{Column: int(syntax.Offset), Detail: "this is not JSON: " + syntax.Error()}
	}
	return &Error{Detail: "this is not JSON: it ends too soon"}
}

type reader struct{ budget budget }

func faultAt(path, format string, args ...any) error {
	return (&Node{Path: path}).fault(format, args...)
}

// made makes a node within the limits.
func (r *reader) made(n Node, path string) (*Node, error) {
	n.Path = path
	if r.budget.nodes--; r.budget.nodes < 0 {
		return nil, faultAt(path, "the filter has more than %d parts", MaxNodes)
	}
	return &n, nil
}

func (r *reader) node(v any, path string) (*Node, error) {
	if r.budget.depth--; r.budget.depth < 0 {
		return nil, faultAt(path, "the filter is nested more than %d deep", MaxDepth)
	}
	defer func() { r.budget.depth++ }()
	switch v := v.(type) {
	case string, bool:
		if s, isText := v.(string); isText && strings.ContainsRune(s, 0) {
			return nil, faultAt(path, "a text has no NUL characters")
		}
		return r.made(Node{Kind: Literal, Value: v}, path)
	case json.Number:
		f, err := strconv.ParseFloat(v.String(), 64)
		if err != nil {
			return nil, faultAt(path, "%s is too large a number", clip(v.String()))
		}
		return r.made(Node{Kind: Literal, Value: f}, path)
	case []any:
		return r.array(v, path)
	case map[string]any:
		return r.object(v, path)
	}
	return nil, faultAt(path, "null is no value; isNull asks for what is unknown")
}

func (r *reader) array(v []any, path string) (*Node, error) {
	args, err := r.all(v, path)
	if err != nil {
		return nil, err
	}
	return r.made(Node{Kind: Array, Args: args}, path)
}

func (r *reader) all(v []any, path string) ([]*Node, error) {
	var list []*Node
	for i, one := range v {
		n, err := r.node(one, path+"/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

// object reads what an object stands for by the member that tells.
func (r *reader) object(v map[string]any, path string) (*Node, error) {
	forms := []struct {
		members string
		read    func(v map[string]any, path string) (*Node, error)
	}{
		{"args op", r.operation},
		{"property", r.property},
		{"date", r.instant},
		{"timestamp", r.instant},
		{"interval", r.interval},
		{"bbox", r.box},
		{"coordinates type", r.geometry},
		{"geometries type", r.geometry},
	}
	given := slices.DeleteFunc(slices.Sorted(maps.Keys(v)), func(name string) bool {
		_, isGeometry := v["type"]
		return isGeometry && name == "bbox" // RFC 7946 lets a geometry have one
	})
	for _, form := range forms {
		if strings.Join(given, " ") == form.members {
			return form.read(v, path)
		}
	}
	return nil, faultAt(path, "an object is an operation (op, args), a property, date, timestamp, interval, bbox or a geometry, not one of %s",
		clip(strings.Join(given, ", ")))
}

func (r *reader) operation(v map[string]any, path string) (*Node, error) {
	name, _ := v["op"].(string)
	if _, known := families[Op(name)]; !known {
		return nil, faultAt(path+"/op", "there is no operator %q", clip(name))
	}
	list, isList := v["args"].([]any)
	if !isList {
		return nil, faultAt(path+"/args", "the arguments are a list")
	}
	args, err := r.all(list, path+"/args")
	if err != nil {
		return nil, err
	}
	return r.made(Node{Op: Op(name), Args: args}, path)
}

func (r *reader) property(v map[string]any, path string) (*Node, error) {
	name, isText := v["property"].(string)
	if !isText {
		return nil, faultAt(path+"/property", "the name of a property is a text")
	}
	return r.made(Node{Kind: Property, Name: name}, path)
}

func (r *reader) instant(v map[string]any, path string) (*Node, error) {
	name := "date"
	if _, isTimestamp := v["timestamp"]; isTimestamp {
		name = "timestamp"
	}
	written, isText := v[name].(string)
	if !isText {
		return nil, faultAt(path+"/"+name, "a %s is a text", name)
	}
	value, err := temporalLiteral(name, written)
	if err != nil {
		return nil, faultAt(path+"/"+name, "%s", err)
	}
	return r.made(Node{Kind: Literal, Value: value}, path)
}

func (r *reader) interval(v map[string]any, path string) (*Node, error) {
	list, isList := v["interval"].([]any)
	if !isList || len(list) != 2 {
		return nil, faultAt(path+"/interval", "an interval is a list of two ends")
	}
	args, err := r.all(list, path+"/interval")
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		if args[i], err = endOf(a); err != nil {
			return nil, err
		}
	}
	return r.made(Node{Kind: Interval, Args: args}, path)
}

func (r *reader) box(v map[string]any, path string) (*Node, error) {
	numbers, err := numbersOf(v["bbox"], path+"/bbox")
	if err != nil {
		return nil, err
	}
	g, err := boxOf(numbers)
	if err != nil {
		return nil, faultAt(path+"/bbox", "%s", err)
	}
	return r.made(Node{Kind: Box, Value: g, Numbers: numbers}, path)
}

func numbersOf(v any, path string) ([]float64, error) {
	list, isList := v.([]any)
	if !isList {
		return nil, faultAt(path, "a list of numbers is expected")
	}
	numbers := make([]float64, len(list))
	for i, one := range list {
		written, isNumber := one.(json.Number)
		f, err := strconv.ParseFloat(written.String(), 64)
		if !isNumber || err != nil {
			return nil, faultAt(path+"/"+strconv.Itoa(i), "a number is expected")
		}
		numbers[i] = f
	}
	return numbers, nil
}
