// Package topojson reads the lines of a TopoJSON topology, which is how the basemap of the page keeps the borders of
// countries and the courses of rivers. It does no input or output. What is not here: points and areas, properties but the
// name, writing.
package topojson

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
)

// topology is what a file says; the specification is at https://github.com/topojson/topojson-specification.
type topology struct {
	Type      string
	Transform *transform
	Objects   map[string]object
	Arcs      [][][]float64
}

// transform says how quantised positions become coordinates.
type transform struct {
	Scale, Translate [2]float64
}

type object struct {
	Type       string
	Arcs       json.RawMessage
	Geometries []object
	Properties struct{ Name string }
}

// maxDepth is how deep collections may stand in each other.
const maxDepth = 16

// Lines returns every line of an object, longitude before latitude where the topology has it so, as all do by custom.
// Collections are gone through, geometries that are no lines are left out. The error says what is wrong with the text.
func Lines(text []byte, name string) ([]orb.LineString, error) {
	o, arcs, err := open(text, name)
	if err != nil {
		return nil, err
	}
	return o.lines(arcs, 0)
}

// NamedLines is Lines of those members of an object, a collection, whose property name is called.
func NamedLines(text []byte, name, called string) ([]orb.LineString, error) {
	o, arcs, err := open(text, name)
	if err != nil {
		return nil, err
	}
	o.Geometries = slices.DeleteFunc(o.Geometries, func(member object) bool { return member.Properties.Name != called })
	return o.lines(arcs, 0)
}

// open reads an object of a topology, and the arcs that it refers to.
func open(text []byte, name string) (*object, []orb.LineString, error) {
	var t topology
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, nil, fmt.Errorf("topology: %w", err)
	}
	if t.Type != "Topology" {
		return nil, nil, fmt.Errorf("topology: the type is %q", t.Type)
	}
	o, there := t.Objects[name]
	if !there {
		return nil, nil, fmt.Errorf("topology: there is no object %q", name)
	}
	arcs, err := t.decodeArcs()
	return &o, arcs, err
}

// decodeArcs turns the arcs into coordinates. Where there is a transform each position is a step from the one before.
func (t *topology) decodeArcs() ([]orb.LineString, error) {
	arcs := make([]orb.LineString, len(t.Arcs))
	for i, arc := range t.Arcs {
		var x, y float64
		for _, p := range arc {
			if len(p) < 2 {
				return nil, fmt.Errorf("topology: arc %d has a position of %d numbers", i, len(p))
			}
			if t.Transform == nil {
				arcs[i] = append(arcs[i], orb.Point{p[0], p[1]})
				continue
			}
			x, y = x+p[0], y+p[1]
			s, move := t.Transform.Scale, t.Transform.Translate
			arcs[i] = append(arcs[i], orb.Point{x*s[0] + move[0], y*s[1] + move[1]})
		}
	}
	return arcs, nil
}

func (o *object) lines(arcs []orb.LineString, depth int) ([]orb.LineString, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("topology: collections stand more than %d deep in each other", maxDepth)
	}
	var parts [][]int
	var err error
	switch o.Type {
	case "LineString":
		parts = make([][]int, 1)
		err = json.Unmarshal(o.Arcs, &parts[0])
	case "MultiLineString":
		err = json.Unmarshal(o.Arcs, &parts)
	}
	if err != nil {
		return nil, fmt.Errorf("topology: the arcs of a %s: %w", o.Type, err)
	}
	var lines []orb.LineString
	for _, part := range parts {
		l, err := joined(part, arcs)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	for i := range o.Geometries {
		more, err := o.Geometries[i].lines(arcs, depth+1)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// joined puts arcs together to a line. An arc that goes backwards is named by the complement of its number, and each
// begins where the one before ends.
func joined(part []int, arcs []orb.LineString) (orb.LineString, error) {
	var line orb.LineString
	for _, n := range part {
		i, backwards := n, n < 0
		if backwards {
			i = ^n
		}
		if i >= len(arcs) {
			return nil, fmt.Errorf("topology: there is no arc %d", i)
		}
		arc := arcs[i].Clone()
		if backwards {
			arc.Reverse()
		}
		if len(line) > 0 && len(arc) > 0 {
			arc = arc[1:]
		}
		line = append(line, arc...)
	}
	return line, nil
}
