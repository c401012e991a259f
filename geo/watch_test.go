package geo_test

import (
	"fmt"
	"testing"

	"oxus/geo"

	"github.com/paulmach/orb"
)

func square(x, y, side float64) orb.Bound {
	return orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + side, y + side}}
}

// A state stands where nothing that led away from it touches, and nowhere when it is
// not known what did.
func TestKnownStands(t *testing.T) {
	here, there := square(0, 0, 1), square(5, 5, 1)
	for name, tc := range map[string]struct {
		steps       [][]geo.Move
		here, there bool
	}{
		"nothing":        {nil, true, true},
		"one box":        {[][]geo.Move{{{Collection: "c", From: "0", To: "1", Boxes: []orb.Bound{here}}}}, false, true},
		"at the edge":    {[][]geo.Move{{{Collection: "c", From: "0", To: "1", Boxes: []orb.Bound{square(-1, -1, 1)}}}}, false, true},
		"no place":       {[][]geo.Move{{{Collection: "c", From: "0", To: "1"}}}, true, true},
		"everywhere":     {[][]geo.Move{{{Collection: "c", From: "0", To: "1", Everywhere: true}}}, false, false},
		"not told":       {[][]geo.Move{nil}, false, false},
		"a gap":          {[][]geo.Move{{{Collection: "c", From: "x", To: "1", Boxes: []orb.Bound{here}}}}, false, false},
		"not to the end": {[][]geo.Move{{{Collection: "c", From: "0", To: "x", Boxes: []orb.Bound{here}}}}, false, false},
		"of another":     {[][]geo.Move{{{Collection: "d", From: "0", To: "1", Boxes: []orb.Bound{here}}}}, false, false},
		"two at once":    {[][]geo.Move{{{Collection: "c", From: "0", To: "x"}, {Collection: "c", From: "x", To: "1", Boxes: []orb.Bound{there}}}}, true, false},
		"two":            {[][]geo.Move{{{Collection: "c", From: "0", To: "1"}}, {{Collection: "c", From: "1", To: "2", Boxes: []orb.Bound{there}}}}, true, false},
		"one of two":     {[][]geo.Move{{{Collection: "c", From: "0", To: "1", Boxes: []orb.Bound{here}}}, {{Collection: "c", From: "1", To: "2"}}}, false, true},
	} {
		var c geo.Course
		c.Begin(map[string]string{"c": "0", "d": "0"})
		first := c.Known()
		for n, moves := range tc.steps {
			c.Go(map[string]string{"c": fmt.Sprint(n + 1), "d": "0"}, moves)
		}
		known := c.Known()
		if got := known.Stands("c", "0", &here); got != tc.here {
			t.Errorf("%s: it stands here: %v", name, got)
		}
		if got := known.Stands("c", "0", &there); got != tc.there {
			t.Errorf("%s: it stands there: %v", name, got)
		}
		if got := known.Stands("c", "0", nil); got != (len(tc.steps) == 0) {
			t.Errorf("%s: all of it stands: %v", name, got)
		}
		if !known.Stands("d", "0", nil) || known.Stands("c", "unheard of", &there) {
			t.Errorf("%s: another stands or falls with it", name)
		}
		if first.Versions["c"] != "0" || known.Epoch != first.Epoch {
			t.Errorf("%s: the first state has changed", name)
		}
	}
}

// A course that is begun anew was not seen in between, and one that goes on long
// forgets how it began.
func TestCourse(t *testing.T) {
	var c geo.Course
	if c.Known() != nil {
		t.Error("something is known of nothing")
	}
	c.Go(map[string]string{"c": "1"}, nil)
	if c.Known() != nil {
		t.Error("it goes on from nowhere")
	}
	c.Begin(map[string]string{"c": "0"})
	changed, known := c.Changed(), c.Known()
	c.Go(map[string]string{"c": "0"}, nil)
	select {
	case <-changed:
		t.Error("the same state is another")
	default:
	}
	if c.Known() != known {
		t.Error("the same state is known anew")
	}
	area := square(9, 9, 1)
	for n := range 100 {
		c.Go(map[string]string{"c": fmt.Sprint(n + 1)}, []geo.Move{{Collection: "c", From: fmt.Sprint(n), To: fmt.Sprint(n + 1)}})
		if stands := c.Known().Stands("c", "0", &area); stands != (n < 64) {
			t.Fatalf("after %d moves it stands: %v", n+1, stands)
		}
	}
	<-changed
	many := make([]orb.Bound, 257)
	c.Go(map[string]string{"c": "101"}, []geo.Move{{Collection: "c", From: "100", To: "101", Boxes: many}})
	if c.Known().Stands("c", "100", &area) {
		t.Error("more boxes are kept than there is room for")
	}
	c.Begin(map[string]string{"c": "101"})
	if c.Known().Epoch == known.Epoch {
		t.Error("what was not seen is of the same epoch")
	}
	if c.Known().Stands("c", "100", &area) {
		t.Error("what was not seen stands")
	}
}

func TestVeiled(t *testing.T) {
	for version, veiled := range map[string]bool{"": false, "a.1-2.3-4": false, "a.1-2.3-4~5": true, "a_b~c_d": true} {
		if geo.Veiled(version) != veiled {
			t.Errorf("%q", version)
		}
	}
}
