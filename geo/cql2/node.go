package cql2

// Kind says what a node is.
type Kind uint8

// The kinds of nodes.
const (
	// Operation applies Op to Args.
	Operation Kind = iota
	// Literal is a Value: bool, string, float64, Day, Instant or orb.Geometry.
	Literal
	// Property is the queryable of that Name.
	Property
	// Interval has two Args, the ends; an end is a Literal, a Property or Open.
	Interval
	// Open is the unbounded end of an interval, written "..".
	Open
	// Box is a Literal orb.Geometry that was written as BBOX, with its numbers in
	// Numbers.
	Box
	// Array is a list of Args.
	Array
)

// Op is an operator or function, by its name in CQL2 JSON.
type Op string

// The operators that are not functions.
const (
	And       Op = "and"
	Or        Op = "or"
	Not       Op = "not"
	Equal     Op = "="
	NotEqual  Op = "<>"
	Less      Op = "<"
	AtMost    Op = "<="
	Greater   Op = ">"
	AtLeast   Op = ">="
	Like      Op = "like"
	Between   Op = "between"
	In        Op = "in"
	IsNull    Op = "isNull"
	Plus      Op = "+"
	Minus     Op = "-"
	Times     Op = "*"
	Divide    Op = "/"
	Modulo    Op = "%"
	IntDivide Op = "div"
	Power     Op = "^"
	// CaseI and AccentI make a comparison blind to case and to accents.
	CaseI   Op = "casei"
	AccentI Op = "accenti"
)

// Type is the type of a node's value.
type Type uint8

// The types.
const (
	Boolean Type = iota + 1
	Text
	Number
	// Date is a day, Timestamp an instant; DateSpan and TimeSpan are intervals of
	// them.
	Date
	Timestamp
	DateSpan
	TimeSpan
	Geometry
	TextList
)

var typeNames = [...]string{
	0: "a list", Boolean: "a boolean", Text: "a text", Number: "a number", Date: "a date", Timestamp: "a timestamp",
	DateSpan: "an interval of dates", TimeSpan: "an interval of timestamps",
	Geometry: "a geometry", TextList: "a list of texts",
}

func (t Type) String() string { return typeNames[t] }

// Day counts days from 1970-01-01.
type Day int64

// Instant counts microseconds from the start of 1970 in UTC.
type Instant int64

// Node is a filter or a part of one. Trees are never changed once they are made.
type Node struct {
	Kind  Kind
	Op    Op
	Args  []*Node
	Name  string
	Value any
	// Numbers are the four or six numbers of a Box as they were written.
	Numbers []float64
	// Type is set by Check.
	Type Type
	// Column is where the node began in the text, counted in characters from 1;
	// Path is where it stood in the JSON, as a JSON pointer.
	Column int
	Path   string
}

func (n *Node) walk(visit func(*Node)) {
	visit(n)
	for _, a := range n.Args {
		a.walk(visit)
	}
}

// family groups operators that have the same form.
type family uint8

const (
	logical family = iota + 1
	comparing
	arithmetic
	folding
	spatial
	temporal
	listing
	special
)

var families = map[Op]family{
	And: logical, Or: logical, Not: logical,
	Equal: comparing, NotEqual: comparing, Less: comparing, AtMost: comparing, Greater: comparing, AtLeast: comparing,
	Like: special, Between: special, In: special, IsNull: special,
	Plus: arithmetic, Minus: arithmetic, Times: arithmetic, Divide: arithmetic, Modulo: arithmetic, IntDivide: arithmetic, Power: arithmetic,
	CaseI: folding, AccentI: folding,
	"s_intersects": spatial, "s_disjoint": spatial, "s_equals": spatial, "s_touches": spatial, "s_crosses": spatial,
	"s_within": spatial, "s_contains": spatial, "s_overlaps": spatial,
	"t_after": temporal, "t_before": temporal, "t_contains": temporal, "t_disjoint": temporal, "t_during": temporal, "t_equals": temporal,
	"t_finishedBy": temporal, "t_finishes": temporal, "t_intersects": temporal, "t_meets": temporal, "t_metBy": temporal,
	"t_overlappedBy": temporal, "t_overlaps": temporal, "t_startedBy": temporal, "t_starts": temporal,
	"a_containedBy": listing, "a_contains": listing, "a_equals": listing, "a_overlaps": listing,
}

// IsSpatial reports whether the operator compares geometries.
func (o Op) IsSpatial() bool { return families[o] == spatial }

// IsTemporal reports whether it compares times.
func (o Op) IsTemporal() bool { return families[o] == temporal }

// IsArithmetic reports whether it computes.
func (o Op) IsArithmetic() bool { return families[o] == arithmetic }

// IsComparison reports whether it is one of = <> < <= > >=.
func (o Op) IsComparison() bool { return families[o] == comparing }

// IsList reports whether it compares lists.
func (o Op) IsList() bool { return families[o] == listing }
