package geo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"oxus/geo/cql2"
)

// SortKey names a sortable to order features by.
type SortKey struct {
	Name       string
	Descending bool
}

// maxSortKeys is how many sortables one order can name.
const maxSortKeys = 8

// Sortables are what features of the collection can be ordered by: the
// queryables with one value of which one is less than another.
func (c *Collection) Sortables() map[string]cql2.Type {
	all := c.Queryables()
	for name, t := range all {
		switch t {
		case cql2.Text, cql2.Number, cql2.Date:
		default:
			delete(all, name)
		}
	}
	return all
}

// ParseSort reads the sortby parameter: names of sortables separated by commas,
// a - before those to order downwards by, a + or nothing before the others. A +
// that came out of an address as a space is one.
func (c *Collection) ParseSort(text string) ([]SortKey, error) {
	all, parts := c.Sortables(), strings.Split(text, ",")
	if len(parts) > maxSortKeys {
		return nil, fmt.Errorf("features are ordered by %d names at most, not %d", maxSortKeys, len(parts))
	}
	keys := make([]SortKey, 0, len(parts))
	for _, part := range parts {
		key := SortKey{Name: part}
		switch part[:min(1, len(part))] {
		case "-":
			key = SortKey{part[1:], true}
		case "+", " ":
			key.Name = part[1:]
		}
		if _, can := all[key.Name]; !can {
			return nil, fmt.Errorf("%s cannot be ordered by %.60q", c.ID, key.Name)
		}
		if slices.ContainsFunc(keys, func(k SortKey) bool { return k.Name == key.Name }) {
			return nil, fmt.Errorf("%q is named twice", key.Name)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Order returns how two items compare in the order of the query: by its keys,
// what is unknown after everything known whichever way a key runs, then by id;
// all of it the other way round for a query Backwards.
func (q *Query) Order() func(a, b *Item) int {
	values := make([]func(*Item) any, len(q.Sort))
	for i, key := range q.Sort {
		values[i] = q.Collection.reading(key.Name)
	}
	order := func(a, b *Item) int {
		for i, key := range q.Sort {
			if d := compareKnown(values[i](a), values[i](b), key.Descending); d != 0 {
				return d
			}
		}
		return cmp.Compare(a.ID, b.ID)
	}
	if q.Backwards {
		return func(a, b *Item) int { return order(b, a) }
	}
	return order
}

func compareKnown(x, y any, descending bool) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	case descending:
		return cql2.Compare(y, x)
	default:
		return cql2.Compare(x, y)
	}
}

// reading returns how a queryable is read of many items.
func (c *Collection) reading(name string) func(*Item) any {
	if i := c.PropertyIndex(name); i >= 0 {
		return func(it *Item) any { return queryable(it.Values[i]) }
	}
	return func(it *Item) any { return c.Row(it)(name) }
}

// Unplaced is the error about an id that a sorted query is to go on after, and
// that no feature has.
func (q *Query) Unplaced() error {
	return Errorf(Invalid, "There is no feature %.80q in %s to go on after.", q.After, q.Collection.ID)
}
