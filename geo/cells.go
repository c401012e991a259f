package geo

import "context"

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
