package memory

import (
	"context"
	"fmt"
	"math"

	"oxus/geo"
)

// countCells answers as geo.CellCounter does.
func (h *held) countCells(ctx context.Context, q geo.Query, property string, grid *geo.Grid) ([]geo.CellCount, error) {
	i := h.collection.PropertyIndex(property)
	if i < 0 || h.collection.Properties[i].Type != geo.Text || q.Near != nil {
		return nil, fmt.Errorf("%s of %s is nothing to count by", property, h.collection.ID)
	}
	q.Limit, q.Sort, q.After, q.Backwards, q.Histories, q.Encoded = 0, nil, "", false, false, false
	c := &cellCounts{property: i, grid: grid, index: map[cellOf]int{}}
	ask := h.ask(&q)
	seen := 0
	for k := range h.layers {
		l := &h.layers[k]
		c.start(l)
		for w := h.walk(l, ask); ; {
			pos, ok := w.next()
			if !ok {
				break
			}
			if seen++; seen%4096 == 1 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if ask.answers(l, pos) {
				c.add(l, pos)
			}
		}
	}
	return c.counts, nil
}

// cellOf is a cell and a value in it.
type cellOf struct {
	cell  int
	value string
}

// cellCounts counts rows by cell and value.
type cellCounts struct {
	property int
	grid     *geo.Grid
	counts   []geo.CellCount
	index    map[cellOf]int
	// numbered finds the count of a cell and a number of a closed list, which are
	// nearly all; it holds one more than its place in counts.
	numbered [][]int32
}

func (c *cellCounts) start(l *layer) {
	c.numbered = nil
	if codes := l.codes[c.property]; codes != nil {
		c.numbered = make([][]int32, len(codes.values))
	}
}

func (c *cellCounts) add(l *layer, pos int32) {
	b, i := l.at(pos)
	cell, x, y := 0, 0, 0
	if c.grid != nil {
		if p := b.points[i]; p[0] == p[0] { // a point of no numbers is unlike itself
			cell, x, y = c.grid.Place(p)
		} else {
			cell = -1
		}
	}
	n := &c.counts[c.place(l, pos, cell)]
	n.Count++
	n.X += int64(x)
	n.Y += int64(y)
	if id := b.id(i); n.First == "" || id < n.First {
		n.First = id
	}
}

// place returns where a cell and the value of a row are counted.
func (c *cellCounts) place(l *layer, pos int32, cell int) int {
	b, i := l.at(pos)
	var number uint16
	if c.numbered != nil {
		number = b.codes[c.property][i]
		if of := c.numbered[number]; cell+1 < len(of) && of[cell+1] > 0 {
			return int(of[cell+1]) - 1
		}
	}
	var value string
	if c.numbered != nil {
		value, _ = l.codes[c.property].values[number].(string)
	} else {
		value, _ = l.feature(pos).Values[c.property].(string)
	}
	at, known := c.index[cellOf{cell, value}]
	if !known {
		at = len(c.counts)
		c.index[cellOf{cell, value}] = at
		c.counts = append(c.counts, geo.CellCount{Value: value, Cell: cell})
	}
	if c.numbered != nil {
		if c.numbered[number] == nil {
			side := 1
			if c.grid != nil {
				side = c.grid.Side
			}
			c.numbered[number] = make([]int32, side*side+1)
		}
		c.numbered[number][cell+1] = int32(min(at, math.MaxInt32-1)) + 1
	}
	return at
}
