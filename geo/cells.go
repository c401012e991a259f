package geo

import (
	"context"
	"math"

	"github.com/paulmach/orb"
)

// CellCounter is what a Reader may be as well: it counts features where they lie,
// without handing any of them out. A million points cost it what some thousands
// cost Items.
type CellCounter interface {
	// CountCells counts the features the query asks for by the text of a property and,
	// where there is a grid, by the cell that holds their point; those without a
	// geometry are in no grid. Its order is not defined. The query's order, After
	// and Limit play no part, and it must not ask for what is near.
	CountCells(ctx context.Context, q Query, property string, grid *Grid) ([]CellCount, error)
}

// Grid is a square of Web Mercator, cut into Side × Side cells.
type Grid struct {
	// World is the side of the whole world in units, counted from its north-west
	// corner.
	World float64
	// X and Y are the square's own north-west corner, Extent its side, in units.
	X, Y, Extent int
	Side         int
}

// CellCount is how many features have one value of a property in one cell.
type CellCount struct {
	// Value is the text, empty where the property is not known.
	Value string
	// Cell is row × Side + column, -1 for what the query found beyond the square;
	// without a grid it is 0.
	Cell int
	// Count is how many there are, X and Y the sums of their positions in the
	// square, each rounded to whole units.
	Count int
	X, Y  int64
	// First is the first id of them.
	First string
}

// Place returns the cell of a point, -1 beyond the square, and its position in the
// square, rounded to whole units. The edges of the world in the south and the east
// belong to its last cells; the poles, which lie at infinity, are left out by far.
func (g *Grid) Place(p orb.Point) (cell, x, y int) {
	phi := max(-89.9, min(89.9, p[1])) * math.Pi / 180
	x = int(math.Round((p[0]+180)/360*g.World)) - g.X
	y = int(math.Round((0.5-math.Asinh(math.Tan(phi))/(2*math.Pi))*g.World)) - g.Y
	if !g.owns(x, g.X) || !g.owns(y, g.Y) {
		return -1, x, y
	}
	part := func(v int) int { return min(v*g.Side/g.Extent, g.Side-1) }
	return part(y)*g.Side + part(x), x, y
}

func (g *Grid) owns(v, corner int) bool {
	return v >= 0 && (v < g.Extent || v == g.Extent && float64(corner+g.Extent) >= g.World)
}
