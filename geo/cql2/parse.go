package cql2

import (
	"strconv"
	"strings"

	"github.com/paulmach/orb"
)

// ParseText reads a filter in CQL2 text (21-065r2, annex B). The tree is not
// checked against any queryables yet. Errors are of type *Error.
func ParseText(s string) (*Node, error) { return parseText(s, false) }

// ParseDraftText reads a filter in the text of the drafts before CQL2, which
// GDAL writes: what it has of that is CQL2 text but for ILIKE, a LIKE whatever
// the case. The tree is one of CQL2.
func ParseDraftText(s string) (*Node, error) { return parseText(s, true) }

func parseText(s string, draft bool) (*Node, error) {
	if err := checkLength(s); err != nil {
		return nil, err
	}
	list, err := tokens(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: list, budget: newBudget(), draft: draft}
	n, err := p.expression(lowest)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.sort != end {
		return nil, t.fault("%s stands after the end of the filter", t)
	}
	return n, nil
}

func (t token) fault(format string, args ...any) error {
	return (&Node{Column: t.column}).fault(format, args...)
}

type parser struct {
	tokens []token
	at     int
	budget budget
	draft  bool // ILIKE is known
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) take() token {
	t := p.tokens[p.at]
	if t.sort != end {
		p.at++
	}
	return t
}

// accept takes the next token when it is the sign or keyword.
func (p *parser) accept(value string) bool {
	t := p.peek()
	if t.sort == sign && t.value == value || t.is(value) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(value string) error {
	if p.accept(value) {
		return nil
	}
	t := p.peek()
	return t.fault("%q is expected, not %s", value, t)
}

// node makes a node within the limits.
func (p *parser) node(n Node, at token) (*Node, error) {
	n.Column = at.column
	if p.budget.nodes--; p.budget.nodes < 0 {
		return nil, at.fault("the filter has more than %d parts", MaxNodes)
	}
	return &n, nil
}

func (p *parser) operation(at token, op Op, args ...*Node) (*Node, error) {
	return p.node(Node{Op: op, Args: args}, at)
}

// The strengths with which operators bind, weakest first.
const (
	lowest = iota
	disjunction
	conjunction
	negation
	comparison
	addition
	multiplication
	exponent
)

var strengths = map[string]int{
	"or": disjunction, "and": conjunction,
	"=": comparison, "<>": comparison, "<": comparison, "<=": comparison, ">": comparison, ">=": comparison,
	"not": comparison, "like": comparison, "ilike": comparison, "between": comparison, "in": comparison, "is": comparison,
	"+": addition, "-": addition, "*": multiplication, "/": multiplication, "%": multiplication, "div": multiplication, "^": exponent,
}

// strength is how strongly a token binds what stands before it, 0 when it is no
// operator.
func (t token) strength() int {
	if t.sort != sign && t.sort != word {
		return 0
	}
	return strengths[strings.ToLower(t.value)]
}

// expression reads what binds more strongly than an operator.
func (p *parser) expression(above int) (*Node, error) {
	if p.budget.depth--; p.budget.depth < 0 {
		return nil, p.peek().fault("the filter is nested more than %d deep", MaxDepth)
	}
	defer func() { p.budget.depth++ }()
	left, err := p.primary()
	for err == nil {
		t := p.peek()
		strength := t.strength()
		if strength <= above {
			return left, nil
		}
		p.take()
		switch strength {
		case comparison:
			left, err = p.predicate(left, t)
		default:
			left, err = p.binary(left, t, strength)
		}
	}
	return nil, err
}

func (p *parser) binary(left *Node, t token, strength int) (*Node, error) {
	right, err := p.expression(strength)
	if err != nil {
		return nil, err
	}
	op := Op(strings.ToLower(t.value))
	if (op == And || op == Or) && left.Kind == Operation && left.Op == op && left.Type != Boolean {
		// A run of ANDs is one, as it is in JSON. What stood in parentheses stays
		// as it was written.
		run := *left
		run.Args = append(run.Args[:len(run.Args):len(run.Args)], right)
		return &run, nil
	}
	return p.operation(t, op, left, right)
}

// predicate reads what follows the left side of a predicate.
func (p *parser) predicate(left *Node, t token) (*Node, error) {
	if t.is("is") {
		return p.nullness(left, t)
	}
	negated := t.is("not")
	if negated {
		t = p.take()
	}
	var n *Node
	var err error
	switch {
	case t.is("like"):
		n, err = p.binary(left, t, comparison)
	case t.is("ilike"):
		n, err = p.likeInAnyCase(left, t)
	case t.is("between"):
		n, err = p.between(left, t)
	case t.is("in"):
		n, err = p.membership(left, t)
	case negated:
		return nil, t.fault("LIKE, BETWEEN or IN is expected after NOT, not %s", t)
	default:
		return p.binary(left, t, comparison)
	}
	if err == nil && negated {
		n, err = p.operation(t, Not, n)
	}
	return n, err
}

func (p *parser) likeInAnyCase(left *Node, t token) (*Node, error) {
	if !p.draft {
		return nil, t.fault("ILIKE is no operator of CQL2; CASEI(name) LIKE CASEI('pattern') says the same")
	}
	right, err := p.expression(comparison)
	if err != nil {
		return nil, err
	}
	sides := []*Node{left, right}
	for i := range sides {
		if sides[i], err = p.operation(t, CaseI, sides[i]); err != nil {
			return nil, err
		}
	}
	return p.operation(t, Like, sides...)
}

func (p *parser) nullness(left *Node, t token) (*Node, error) {
	negated := p.accept("not")
	if err := p.expect("null"); err != nil {
		return nil, err
	}
	n, err := p.operation(t, IsNull, left)
	if err == nil && negated {
		n, err = p.operation(t, Not, n)
	}
	return n, err
}

func (p *parser) between(left *Node, t token) (*Node, error) {
	low, err := p.expression(comparison)
	if err != nil {
		return nil, err
	}
	if err := p.expect("and"); err != nil {
		return nil, err
	}
	high, err := p.expression(comparison)
	if err != nil {
		return nil, err
	}
	return p.operation(t, Between, left, low, high)
}

func (p *parser) membership(left *Node, t token) (*Node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	list, err := p.node(Node{Kind: Array}, t)
	if err != nil {
		return nil, err
	}
	if list.Args, err = p.list(); err != nil {
		return nil, err
	}
	return p.operation(t, In, left, list)
}

// list reads expressions up to the closing parenthesis.
func (p *parser) list() ([]*Node, error) {
	var list []*Node
	for {
		n, err := p.expression(lowest)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.accept(")") {
			return list, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// primary reads an operand.
func (p *parser) primary() (*Node, error) {
	t := p.take()
	switch t.sort {
	case text:
		return p.node(Node{Kind: Literal, Value: t.value}, t)
	case quoted:
		return p.node(Node{Kind: Property, Name: t.value}, t)
	case number:
		return p.numeral(t, "")
	case word:
		return p.named(t)
	case sign:
		switch t.value {
		case "(":
			return p.parenthesis(t)
		case "-":
			return p.negative(t)
		case "+":
			if next := p.peek(); next.sort == number {
				p.take()
				return p.numeral(next, "")
			}
		}
	case end:
	}
	return nil, t.fault("a value is expected, not %s", t)
}

func (p *parser) numeral(t token, sign string) (*Node, error) {
	v, err := strconv.ParseFloat(sign+t.value, 64)
	if err != nil {
		return nil, t.fault("%s is too large a number", clip(t.value))
	}
	return p.node(Node{Kind: Literal, Value: v}, t)
}

// negative reads what follows a minus: a number, or what is taken times -1.
func (p *parser) negative(t token) (*Node, error) {
	if n := p.peek(); n.sort == number {
		p.take()
		return p.numeral(n, "-")
	}
	operand, err := p.expression(multiplication)
	if err != nil {
		return nil, err
	}
	minus, err := p.node(Node{Kind: Literal, Value: -1.0}, t)
	if err != nil {
		return nil, err
	}
	return p.operation(t, Times, minus, operand)
}

// parenthesis reads an expression in parentheses, or a list of values.
func (p *parser) parenthesis(t token) (*Node, error) {
	if p.accept(")") {
		return p.node(Node{Kind: Array}, t)
	}
	list, err := p.list()
	if err != nil {
		return nil, err
	}
	if len(list) > 1 {
		return p.node(Node{Kind: Array, Args: list}, t)
	}
	inner := *list[0]
	if inner.Kind == Operation && (inner.Op == And || inner.Op == Or) {
		inner.Type = Boolean // closes it for further ANDs and ORs
	}
	return &inner, nil
}

// named reads what begins with a word: a keyword, a function or a property.
func (p *parser) named(t token) (*Node, error) {
	switch {
	case t.is("not"):
		operand, err := p.expression(negation)
		if err != nil {
			return nil, err
		}
		return p.operation(t, Not, operand)
	case t.is("true"), t.is("false"):
		return p.node(Node{Kind: Literal, Value: t.is("true")}, t)
	}
	if geometry, ok := geometryWords[strings.ToUpper(t.value)]; ok && p.opens(geometry) {
		return p.geometry(t)
	}
	if p.accept("(") {
		return p.function(t)
	}
	if reserved(t) {
		return nil, t.fault("a value is expected, not %s; a property of this name is written in double quotes", t)
	}
	return p.node(Node{Kind: Property, Name: t.value}, t)
}

// opens reports whether what follows a geometry's word makes it one.
func (p *parser) opens(hasHeight bool) bool {
	t := p.peek()
	if hasHeight && t.is("z") {
		t = p.tokens[min(p.at+1, len(p.tokens)-1)]
	}
	return t.sort == sign && t.value == "("
}

func reserved(t token) bool {
	for _, k := range []string{"and", "or", "like", "between", "in", "is", "null", "div"} {
		if t.is(k) {
			return true
		}
	}
	return false
}

// function reads the arguments of a function, whose parenthesis is open.
func (p *parser) function(t token) (*Node, error) {
	switch {
	case t.is("date"), t.is("timestamp"):
		return p.instant(t)
	case t.is("interval"):
		return p.interval(t)
	}
	op, ok := functionNamed(t.value)
	if !ok {
		return nil, t.fault("there is no function %q", clip(t.value))
	}
	args, err := p.list()
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		// One value in parentheses reads like the value itself.
		if families[op] == listing && a.Kind == Literal {
			args[i] = &Node{Kind: Array, Args: []*Node{a}, Column: a.Column}
		}
	}
	return p.operation(t, op, args...)
}

// functionNamed finds a function whatever the case of its name.
func functionNamed(name string) (Op, bool) {
	for op, f := range families {
		if (f == spatial || f == temporal || f == listing || f == folding) && strings.EqualFold(string(op), name) {
			return op, true
		}
	}
	return "", false
}

func (p *parser) instant(t token) (*Node, error) {
	given := p.take()
	if given.sort != text {
		return nil, given.fault("a text in quotes is expected, not %s", given)
	}
	v, err := temporalLiteral(strings.ToLower(t.value), given.value)
	if err != nil {
		return nil, given.fault("%s", err)
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return p.node(Node{Kind: Literal, Value: v}, t)
}

func (p *parser) interval(t token) (*Node, error) {
	args, err := p.list()
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		if args[i], err = endOf(a); err != nil {
			return nil, err
		}
	}
	if len(args) != 2 {
		return nil, t.fault("an interval has two ends, not %d", len(args))
	}
	return p.node(Node{Kind: Interval, Args: args}, t)
}

// endOf turns a text that stands as the end of an interval into what it means.
func endOf(a *Node) (*Node, error) {
	written, isText := a.Value.(string)
	if a.Kind != Literal || !isText {
		return a, nil
	}
	meant := *a
	if written == ".." {
		meant.Kind, meant.Value = Open, nil
		return &meant, nil
	}
	if day, err := parseDay(written); err == nil {
		meant.Value = day
		return &meant, nil
	}
	instant, err := parseInstant(written)
	if err != nil {
		return nil, a.fault("%q is neither a date, an instant in UTC nor ..", clip(written))
	}
	meant.Value = instant
	return &meant, nil
}

// geometryWords are the geometries of Well-Known Text and BBOX; those that are
// true may say Z.
var geometryWords = map[string]bool{
	"POINT": true, "LINESTRING": true, "POLYGON": true, "MULTIPOINT": true, "MULTILINESTRING": true, "MULTIPOLYGON": true,
	"GEOMETRYCOLLECTION": true, "BBOX": false,
}

func (p *parser) geometry(t token) (*Node, error) {
	if t.is("bbox") {
		return p.box(t)
	}
	g, err := p.wkt(t)
	if err != nil {
		return nil, err
	}
	return p.node(Node{Kind: Literal, Value: g}, t)
}

func (p *parser) box(t token) (*Node, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var numbers []float64
	for {
		n, err := p.signed()
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, n)
		if p.accept(")") {
			break
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
	g, err := boxOf(numbers)
	if err != nil {
		return nil, t.fault("%s", err)
	}
	return p.node(Node{Kind: Box, Value: g, Numbers: numbers}, t)
}

// signed reads a number with its sign.
func (p *parser) signed() (float64, error) {
	minus := ""
	if p.accept("-") {
		minus = "-"
	} else {
		p.accept("+")
	}
	t := p.take()
	if t.sort != number {
		return 0, t.fault("a number is expected, not %s", t)
	}
	f, err := strconv.ParseFloat(minus+t.value, 64)
	if err != nil {
		return 0, t.fault("%s is too large a number", clip(t.value))
	}
	return f, nil
}

// position reads the coordinates of a position; a height is read over.
func (p *parser) position() (orb.Point, error) {
	if p.budget.vertices--; p.budget.vertices < 0 {
		return orb.Point{}, p.peek().fault("the geometries of the filter have more than %d positions", MaxVertices)
	}
	var xy orb.Point
	for i := range xy {
		n, err := p.signed()
		if err != nil {
			return xy, err
		}
		xy[i] = n
	}
	if t := p.peek(); t.sort == number || t.sort == sign && (t.value == "-" || t.value == "+") {
		_, err := p.signed()
		return xy, err
	}
	return xy, nil
}
