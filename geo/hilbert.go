package geo

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// HilbertKey is where a geometry stands in the default order of features: the
// number of the cell of its first position along a Hilbert curve through the whole
// of longitude and latitude, which has 2^16 columns and 2^16 rows. What lies close
// together on the ground mostly has keys close to each other.
type HilbertKey int64

// Unplaced is the key of a feature without a geometry, after all others.
const Unplaced HilbertKey = 1 << (2 * hilbertBits)

const (
	hilbertBits  = 16
	hilbertCells = 1 << hilbertBits
	// Cells per degree. PostGIS multiplies by the same numbers, so that both find
	// the same cell of every position.
	columnsPerDegree = hilbertCells / 360.0
	rowsPerDegree    = hilbertCells / 180.0
)

// HilbertKeyOf returns the key of a geometry, Unplaced for none.
func HilbertKeyOf(g orb.Geometry) HilbertKey {
	p, ok := firstPosition(g)
	if !ok {
		return Unplaced
	}
	x, y := hilbertCell(p)
	return hilbertKey(x, y)
}

// firstPosition is the position that a geometry begins with.
func firstPosition(g orb.Geometry) (orb.Point, bool) {
	switch g := g.(type) {
	case orb.Point:
		return g, true
	case orb.LineString:
		if len(g) > 0 {
			return g[0], true
		}
	case orb.MultiLineString:
		if len(g) > 0 && len(g[0]) > 0 {
			return g[0][0], true
		}
	}
	return orb.Point{}, false
}

// hilbertCell is the column, from the west, and the row, from the south, of a
// position. The eastern and the northern edge belong to the last.
func hilbertCell(p orb.Point) (x, y uint32) {
	cell := func(offset, perDegree float64) uint32 {
		return uint32(max(0, min(math.Floor(offset*perDegree), hilbertCells-1)))
	}
	return cell(p[0]+180, columnsPerDegree), cell(p[1]+90, rowsPerDegree)
}

// A square is divided into four, which the curve passes in the order south-west,
// north-west, north-east, south-east, turned by the square's own turn: bit 0 swaps
// column and row, bit 1 turns both round. Turns join by exclusive or, and those of
// the four within theirs are these.
var hilbertTurns = [4]uint32{1, 0, 0, 3}

// hilbertQuarter returns which of the four a square, by the bits of its column and
// row, is on the way of the curve.
func hilbertQuarter(x, y, turn uint32) uint32 {
	if turn&2 != 0 {
		x, y = x^1, y^1
	}
	if turn&1 != 0 {
		x, y = y, x
	}
	return x<<1 | x ^ y
}

// hilbertPlace is the other way round: the bits of the quarter that comes n-th.
func hilbertPlace(n, turn uint32) (x, y uint32) {
	x, y = n>>1, n>>1^n&1
	if turn&1 != 0 {
		x, y = y, x
	}
	if turn&2 != 0 {
		x, y = x^1, y^1
	}
	return x, y
}

func hilbertKey(x, y uint32) HilbertKey {
	var key, turn uint32
	for bit := hilbertBits - 1; bit >= 0; bit-- {
		quarter := hilbertQuarter(x>>bit&1, y>>bit&1, turn)
		key = key<<2 | quarter
		turn ^= hilbertTurns[quarter]
	}
	return HilbertKey(key)
}

// HilbertRange is the keys from First to Last, both included.
type HilbertRange struct {
	First, Last HilbertKey
}

// EveryHilbertKey is the range of all features, those without a geometry too.
func EveryHilbertKey() HilbertRange { return HilbertRange{0, Unplaced} }

const (
	// maxHilbertRanges is how many ranges a box is asked as: each costs a descent
	// into an index, and what lies between two of them costs less than one more.
	maxHilbertRanges = 12
	// maxHilbertSquares bounds the squares that a box is looked at in.
	maxHilbertSquares = 48
)

// HilbertRanges returns a dozen ranges at most, in their order and none touching the
// next, that hold the key of every position in one of the bounds, edges included. They
// hold some of what lies around the bounds too.
func HilbertRanges(bounds []orb.Bound) []HilbertRange {
	var ranges []HilbertRange
	for _, b := range bounds {
		ranges = appendHilbertRanges(ranges, b)
	}
	slices.SortFunc(ranges, func(a, b HilbertRange) int { return int(a.First - b.First) })
	return mergedRanges(ranges)
}

// hilbertSquare is a square of 4^level cells on the way of the curve.
type hilbertSquare struct {
	x, y, level, turn uint32
	first             HilbertKey
	// waste is how many of its cells lie outside the box.
	waste int64
}

// cellBox is a box of cells, the edges included.
type cellBox struct{ west, south, east, north uint32 }

// wasted counts the cells of a square outside the box; all of them when the square
// does not touch it.
func (c *cellBox) wasted(s *hilbertSquare) (cells int64, touches bool) {
	side := uint32(1) << s.level
	east, north := min(c.east, s.x+side-1), min(c.north, s.y+side-1)
	west, south := max(c.west, s.x), max(c.south, s.y)
	cells = int64(1) << (2 * s.level)
	if west > east || south > north {
		return cells, false
	}
	return cells - int64(east-west+1)*int64(north-south+1), true
}

// appendHilbertRanges divides the square that wastes most until none wastes anything
// or there are enough of them.
func appendHilbertRanges(ranges []HilbertRange, b orb.Bound) []HilbertRange {
	var box cellBox
	box.west, box.south = hilbertCell(b.Min)
	box.east, box.north = hilbertCell(b.Max)
	world := hilbertSquare{level: hilbertBits}
	world.waste, _ = box.wasted(&world)
	squares := append(make([]hilbertSquare, 0, maxHilbertSquares+4), world)
	for len(squares) < maxHilbertSquares {
		most := 0
		for i := range squares {
			if squares[i].waste > squares[most].waste {
				most = i
			}
		}
		if squares[most].waste == 0 {
			break
		}
		squares = box.divide(squares, most)
	}
	for i := range squares {
		s := &squares[i]
		ranges = append(ranges, HilbertRange{s.first, s.first + 1<<(2*s.level) - 1})
	}
	return ranges
}

// divide puts in the place of a square those of its quarters that touch the box. One
// that wastes cells has quarters: a single cell lies within the box or outside.
func (c *cellBox) divide(squares []hilbertSquare, at int) []hilbertSquare {
	whole := squares[at]
	var parts [4]hilbertSquare
	touching := 0
	for n := range uint32(4) {
		x, y := hilbertPlace(n, whole.turn)
		level := whole.level - 1
		part := hilbertSquare{
			x: whole.x + x<<level, y: whole.y + y<<level, level: level, turn: whole.turn ^ hilbertTurns[n],
			first: whole.first + HilbertKey(n)<<(2*level),
		}
		var touches bool
		if part.waste, touches = c.wasted(&part); touches {
			parts[touching] = part
			touching++
		}
	}
	return slices.Replace(squares, at, at+1, parts[:touching]...)
}

// mergedRanges joins ranges in their order that touch, and then those with the
// smallest gaps between them until they are few enough.
func mergedRanges(ranges []HilbertRange) []HilbertRange {
	merged := ranges[:0]
	for _, r := range ranges {
		if last := len(merged) - 1; last >= 0 && r.First <= merged[last].Last+1 {
			merged[last].Last = max(merged[last].Last, r.Last)
			continue
		}
		merged = append(merged, r)
	}
	for len(merged) > maxHilbertRanges {
		nearest := 1
		for i := 2; i < len(merged); i++ {
			if merged[i].First-merged[i-1].Last < merged[nearest].First-merged[nearest-1].Last {
				nearest = i
			}
		}
		merged[nearest-1].Last = merged[nearest].Last
		merged = slices.Delete(merged, nearest, nearest+1)
	}
	return merged
}
