package cql2

import (
	"github.com/paulmach/orb"
)

// Placing turns the coordinates of a filter into longitude and latitude.
type Placing struct {
	// Position turns one position of a geometry.
	Position func(orb.Point) (orb.Point, error)
	// Box returns the geometry of a BBOX, given its first and its second corner as
	// they were written.
	Box func(low, high orb.Point) (orb.Geometry, error)
}

// Place returns a filter with all its coordinates turned into longitude and
// latitude; a BBOX becomes a geometry.
func Place(n *Node, by Placing) (*Node, error) {
	placed := *n
	var err error
	if g, isGeometry := n.Value.(orb.Geometry); isGeometry {
		if n.Kind == Box {
			half := len(n.Numbers) / 2
			placed.Kind, placed.Numbers = Literal, nil
			placed.Value, err = by.Box(orb.Point{n.Numbers[0], n.Numbers[1]}, orb.Point{n.Numbers[half], n.Numbers[half+1]})
		} else {
			placed.Value, err = mapped(g, by.Position)
		}
	}
	if err != nil {
		return nil, n.fault("%s", err)
	}
	placed.Args, err = mapAll(n.Args, func(a *Node) (*Node, error) { return Place(a, by) })
	return &placed, err
}
