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

// ByID is the order of ids, which no change of a feature moves it in.
func ByID() []SortKey { return []SortKey{{Name: IDQueryable}} }

// maxSortKeys is how many sortables one order can name.
const maxSortKeys = 8

// Sortables are what features of the collection can be ordered by: the
// queryables with one value of which one is less than another.
func (c *Collection) Sortables() map[string]cql2.Type {
	all := c.Queryables()
	for name, t := range all {
		if !ordered(t) {
			delete(all, name)
		}
	}
	return all
}

// Sortable returns the type of the sortable of that name, and false where there is none.
func (c *Collection) Sortable(name string) (cql2.Type, bool) {
	t, ok := c.Queryable(name)
	return t, ok && ordered(t)
}

func ordered(t cql2.Type) bool { return t == cql2.Text || t == cql2.Number || t == cql2.Date }

// ParseSort reads the sortby parameter: names of sortables separated by commas,
// a - before those to order downwards by, a + or nothing before the others. A +
// that came out of an address as a space is one.
func (c *Collection) ParseSort(text string) ([]SortKey, error) {
	parts := strings.Split(text, ",")
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
		if _, can := c.Sortable(key.Name); !can {
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
// what is unknown after everything known whichever way a key runs, then by id; by
// their Hilbert keys and then their ids where it has none; all of it the other way
// round for a query Backwards.
func (q *Query) Order() func(a, b *Item) int {
	keys, down := q.SortedBy()
	values := make([]func(*Item) any, len(keys))
	for i, key := range keys {
		values[i] = q.Collection.reading(key.Name)
	}
	order := func(a, b *Item) int {
		for i, key := range keys {
			if d := compareKnown(values[i](a), values[i](b), key.Descending); d != 0 {
				return d
			}
		}
		if down {
			return cmp.Compare(b.ID, a.ID)
		}
		return cmp.Compare(a.ID, b.ID)
	}
	if len(q.Sort) == 0 {
		order = byHilbertKey
	}
	if q.Backwards {
		return func(a, b *Item) int { return order(b, a) }
	}
	return order
}

func byHilbertKey(a, b *Item) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
}

// SortedBy returns the keys that decide before the id does, and whether ids run
// downwards: nothing is left to decide after the id, which no two features share.
func (q *Query) SortedBy() (keys []SortKey, down bool) {
	for i, key := range q.Sort {
		if key.Name == IDQueryable {
			return q.Sort[:i], key.Descending
		}
	}
	return q.Sort, false
}

// NeedsMark reports whether only the feature that the last page ended with says where
// that was: it is sorted by more than its id.
func (q *Query) NeedsMark() bool {
	keys, _ := q.SortedBy()
	return q.After != "" && len(keys) > 0
}

// Beyond returns whether an item comes after where the last page ended. The mark is the
// item that it ended with, and is looked at where the query NeedsMark.
func (q *Query) Beyond(mark *Item) func(it *Item) bool {
	switch order := q.Order(); {
	case q.After == "":
		return func(*Item) bool { return true }
	case q.NeedsMark():
		return func(it *Item) bool { return order(it, mark) > 0 }
	default:
		place := &Item{Feature: &Feature{ID: q.After}, Key: q.AfterKey}
		return func(it *Item) bool { return order(it, place) > 0 }
	}
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

// Unplaced is the error about an id that a query which NeedsMark is to go on after,
// and that no feature has.
func (q *Query) Unplaced() error {
	return Errorf(Invalid, "There is no feature %.80q in %s to go on after.", q.After, q.Collection.ID)
}
