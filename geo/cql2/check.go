package cql2

import (
	"math"
	"strings"

	"github.com/paulmach/orb"
)

// Check returns the filter with the type of every part, or an *Error for the
// first thing that does not fit: a name that is not among the queryables, a
// wrong number of arguments, types that cannot be compared. A text beside a date
// or a timestamp is read as one. Coordinates are longitude and latitude.
func Check(n *Node, queryables map[string]Type) (*Node, error) {
	c := checker(queryables)
	n, err := c.typed(n)
	if err != nil {
		return nil, err
	}
	if n.Type != Boolean {
		return nil, n.fault("a filter is true or false, not %s", n.Type)
	}
	return n, nil
}

type checker map[string]Type

func (c checker) typed(n *Node) (*Node, error) {
	t := *n
	switch n.Kind {
	case Literal, Box:
		t.Type = typeOf(n.Value)
		return &t, n.onEarth()
	case Open:
		return &t, nil
	case Property:
		if t.Type = c[n.Name]; t.Type == 0 {
			return nil, n.fault("there is no queryable %q", clip(n.Name))
		}
		return &t, nil
	default:
		return c.composed(t)
	}
}

// composed types what has parts.
func (c checker) composed(t Node) (*Node, error) {
	var err error
	if t.Args, err = mapAll(t.Args, c.typed); err != nil {
		return nil, err
	}
	switch t.Kind {
	case Interval:
		return t.interval()
	case Array:
		return t.array()
	default:
		return t.applied()
	}
}

// applied types an operation by the rule of its operator.
func (t Node) applied() (*Node, error) {
	rule := rules[families[t.Op]]
	if families[t.Op] == special {
		rule = specials[t.Op]
	}
	t.Type = Boolean
	if err := rule(&t); err != nil {
		return nil, err
	}
	return &t, nil
}

func typeOf(v any) Type {
	switch v.(type) {
	case bool:
		return Boolean
	case float64:
		return Number
	case string:
		return Text
	case Day:
		return Date
	case Instant:
		return Timestamp
	}
	return Geometry
}

func (n *Node) onEarth() (err error) {
	g, isGeometry := n.Value.(orb.Geometry)
	if !isGeometry {
		return nil
	}
	if n.Kind == Box && n.Numbers[1] > n.Numbers[len(n.Numbers)/2+1] {
		return n.fault("the southern edge of the box lies north of its northern edge")
	}
	each(g, func(p orb.Point) {
		if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
			err = n.fault("a position lies outside longitude -180 to 180 and latitude -90 to 90")
		}
	})
	return err
}

// interval types an interval by its ends.
func (n *Node) interval() (*Node, error) {
	n.Type = DateSpan
	for _, a := range n.Args {
		switch {
		case a.Type == Timestamp:
			n.Type = TimeSpan
		case a.Type != Date && a.Kind != Open:
			return nil, a.fault("the end of an interval is a date, a timestamp or .., not %s", a.Type)
		}
	}
	if constantEnd(n.Args[0], false) > constantEnd(n.Args[1], true) {
		return nil, n.fault("the interval ends before it begins")
	}
	return n, nil
}

// constantEnd is a written end of an interval in microseconds.
func constantEnd(n *Node, last bool) int64 {
	switch v := n.Value.(type) {
	case Day:
		if last {
			return int64(v+1)*microsPerDay - 1
		}
		return int64(v) * microsPerDay
	case Instant:
		return int64(v)
	}
	if last {
		return unbounded
	}
	return -unbounded
}

// array types a list of texts; lists of other things stand after IN alone.
func (n *Node) array() (*Node, error) {
	n.Type = TextList
	for _, a := range n.Args {
		if _, isText := a.Constant(); !isText {
			n.Type = 0
		}
	}
	return n, nil
}

// rules check the arguments of a family's operators.
var rules = map[family]func(n *Node) error{
	logical: func(n *Node) error {
		if n.Op == Not {
			return n.takes(1, Boolean)
		}
		if len(n.Args) < 2 {
			return n.fault("%s has two arguments at least", n.Op)
		}
		return n.takes(len(n.Args), Boolean)
	},
	comparing: func(n *Node) error {
		if err := n.count(2); err != nil {
			return err
		}
		return n.comparable(n.Args)
	},
	arithmetic: func(n *Node) error { n.Type = Number; return n.takes(2, Number) },
	folding:    func(n *Node) error { n.Type = Text; return n.takes(1, Text) },
	listing:    func(n *Node) error { return n.takes(2, TextList) },
	spatial: func(n *Node) error {
		for _, a := range n.Args {
			if _, isMany := a.Value.(orb.Collection); isMany && n.Op != "s_intersects" && n.Op != "s_disjoint" {
				return a.fault("%s takes no geometry collection", n.Op)
			}
		}
		return n.takes(2, Geometry)
	},
	temporal: (*Node).times,
}

var specials = map[Op]func(n *Node) error{
	Like: func(n *Node) error {
		if err := n.takes(2, Text); err != nil {
			return err
		}
		pattern, ok := n.Args[1].Constant()
		if !ok {
			return n.Args[1].fault("the pattern of LIKE is a text, not a property")
		}
		if _, ok := patternOf(pattern); !ok {
			return n.Args[1].fault(`the pattern ends in a backslash that escapes nothing`)
		}
		return nil
	},
	Between: func(n *Node) error {
		if err := n.count(3); err != nil {
			return err
		}
		return n.comparable(n.Args)
	},
	In: func(n *Node) error {
		if err := n.count(2); err != nil {
			return err
		}
		list := *n.Args[1]
		if list.Kind != Array || len(list.Args) == 0 {
			return list.fault("IN takes a list of one value at least")
		}
		all := append([]*Node{n.Args[0]}, list.Args...)
		err := n.comparable(all)
		list.Args = all[1:]
		n.Args = []*Node{all[0], &list}
		return err
	},
	IsNull: func(n *Node) error {
		if err := n.count(1); err != nil || n.Args[0].Type != 0 {
			return err
		}
		return n.fault("a list is never null")
	},
}

func (n *Node) count(wanted int) error {
	if len(n.Args) != wanted {
		return n.fault("%s has %d arguments, not %d", n.Op, wanted, len(n.Args))
	}
	return nil
}

func (n *Node) takes(count int, wanted Type) error {
	if err := n.count(count); err != nil {
		return err
	}
	for _, a := range n.Args {
		if a.Type != wanted {
			return a.fault("%s takes %s here, not %s", n.Op, wanted, a.Type)
		}
	}
	return nil
}

// comparable refuses arguments that cannot be compared with the first, and reads
// texts beside dates as dates, in place.
func (n *Node) comparable(args []*Node) error {
	for _, a := range args {
		if a.Type == Date || a.Type == Timestamp {
			if err := readTimes(args); err != nil {
				return err
			}
			break
		}
	}
	first := args[0]
	for _, a := range args {
		switch {
		case a.Type > Timestamp || a.Type == 0:
			return a.fault("%s does not compare %s", n.Op, a.Type)
		case a.Type == Boolean && n.Op != Equal && n.Op != NotEqual && n.Op != In:
			return a.fault("%s does not compare booleans", n.Op)
		case a.Type != first.Type && (a.Type < Date || first.Type < Date):
			return a.fault("%s cannot be compared with %s", a.Type, first.Type)
		}
	}
	return nil
}

// readTimes reads the texts among the arguments as dates or timestamps. GDAL
// writes a date with a T behind and no time.
func readTimes(args []*Node) error {
	for i, a := range args {
		written, isText := a.Value.(string)
		if a.Kind != Literal || !isText {
			continue
		}
		meant := *a
		if day, hasT := strings.CutSuffix(written, "T"); hasT && dayForm.MatchString(day) {
			meant.Value = day
		}
		end, err := endOf(&meant)
		if err != nil || end.Kind == Open {
			return a.fault("%q is neither a date nor an instant in UTC", clip(written))
		}
		read := *end
		read.Type = typeOf(end.Value)
		args[i] = &read
	}
	return nil
}

// instants are the temporal functions that take instants beside intervals.
var instants = map[Op]bool{"t_after": true, "t_before": true, "t_disjoint": true, "t_equals": true, "t_intersects": true}

func (n *Node) times() error {
	if err := n.count(2); err != nil {
		return err
	}
	if err := readTimes(n.Args); err != nil {
		return err
	}
	for _, a := range n.Args {
		switch {
		case a.Type < Date || a.Type > TimeSpan:
			return a.fault("%s takes a date, a timestamp or an interval, not %s", n.Op, a.Type)
		case a.Type < DateSpan && !instants[n.Op]:
			return a.fault("%s takes intervals, not %s", n.Op, a.Type)
		}
	}
	return nil
}
