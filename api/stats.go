package api

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// maxGroupings is how many properties are counted by at once.
const maxGroupings = 4

// grouping gives the value of each feature to count by: nil where it is not known,
// else a text or a number.
type grouping func(it *geo.Item) geo.Value

// group names what is counted together: its values by each property asked for, in
// their order.
type group [maxGroupings]geo.Value

// groupings are the ways to count: by the month or year of the first day, as its
// source gives it, by the status and how long ago it was last confirmed, and by
// every property that is one value. Counting by age takes note of the statuses in ages,
// which is nil for those who only want to know the ways.
func groupings(k *collection, ages standings) map[string]grouping {
	byDate := func(length int) grouping {
		return func(it *geo.Item) geo.Value {
			text := it.Lifetime.From.String()
			return textValue(text[:min(length, len(text))])
		}
	}
	ways := map[string]grouping{"year": byDate(len("2006")), "month": byDate(len("2006-01"))}
	if k.HasStatus() {
		ways[geo.StatusProperty] = func(it *geo.Item) geo.Value { return textValue(it.Standing.Status) }
		ways[ageGrouping] = ages.of
	}
	for i, p := range k.Properties {
		switch p.Type {
		case geo.Text:
			ways[p.Name] = func(it *geo.Item) geo.Value {
				text, _ := it.Values[i].(string)
				return textValue(text)
			}
		case geo.Integer, geo.Number:
			ways[p.Name] = func(it *geo.Item) geo.Value { return it.Values[i] }
		case geo.TextList, geo.Partial:
		}
	}
	return ways
}

// textValue is a text as a value; a blank one is unknown.
func textValue(text string) geo.Value {
	if text == "" {
		return nil
	}
	return text
}

// stats counts the features of a collection by what the parameter by names, under
// the filters of an items request.
func (s *Server) stats(c echo.Context) error {
	k, err := s.collection(c)
	if err == nil && k.Derived {
		err = geo.Errorf(geo.NotFound, "%s is made from other collections and is not counted here.", k.ID)
	}
	if err != nil {
		return err
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	by, request, err := parseStats(k, values, s.today())
	if err != nil {
		return err
	}
	reader, err := s.open(c.Request().Context(), &request)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, reader, request.about(k)...); done || err != nil {
		return err
	}
	counts, total, err := countBy(c.Request().Context(), reader, &request.query, k, by)
	if err != nil {
		return err
	}
	address := s.url("stats", k.ID)
	links := []link{{Href: withQuery(address, values), Rel: "self", Type: jsonType}, asPage(address, values)}
	return c.Blob(http.StatusOK, jsonType, appendStats(nil, by, counts, total, links))
}

// countBy counts what a query asks for. A store that can count is asked to.
func countBy(ctx context.Context, reader geo.Reader, q *geo.Query, k *collection, by []string) (counts map[group]int, total int, err error) {
	counts = map[group]int{}
	if counter, ok := reader.(geo.CellCounter); ok && q.Near == nil && countable(k, by) {
		cells, err := counter.CountCells(ctx, *q, by[0], nil)
		for i := range cells {
			counts[group{textValue(cells[i].Value)}] += cells[i].Count
			total += cells[i].Count
		}
		return counts, total, err
	}
	ways, confirmed := make([]grouping, len(by)), standings{}
	all := groupings(k, confirmed)
	for i, name := range by {
		ways[i] = all[name]
	}
	for it, err := range reader.Items(ctx, *q) {
		if err != nil {
			return nil, 0, err
		}
		var g group
		for i, way := range ways {
			g[i] = way(&it)
		}
		counts[g]++
		total++
	}
	for i, name := range by {
		if name == ageGrouping {
			if counts, err = confirmed.told(ctx, reader, q.AsOf(), i, counts); err != nil {
				return nil, 0, err
			}
		}
	}
	return counts, total, nil
}

// countable reports whether a store that can count is able to count by this.
func countable(k *collection, by []string) bool {
	p, is := k.Property(by[0])
	return len(by) == 1 && is && p.Type == geo.Text
}

// parseStats takes the parameters of an items request without pages, and by.
func parseStats(k *collection, values url.Values, today geo.Date) (by []string, r itemsRequest, err error) {
	ways := groupings(k, nil)
	p := newParams(values)
	r.query = geo.Query{Collection: k.Collection, Today: today}
	p.asRecorded(&r.recorded, &r.query.Today)
	p.format("json")
	p.take("by", func(v string) error {
		by = strings.Split(v, ",")
		if len(by) > maxGroupings {
			return fmt.Errorf("%d properties are more than can be counted by at once, %d", len(by), maxGroupings)
		}
		for i, name := range by {
			if slices.Contains(by[:i], name) {
				return fmt.Errorf("%q is named twice", clip(name))
			}
			if ways[name] == nil {
				return fmt.Errorf("%q is nothing to count by (%s)", clip(name), strings.Join(slices.Sorted(maps.Keys(ways)), ", "))
			}
		}
		return nil
	})
	if len(values["by"]) == 0 {
		p.fault("by", ruleMissing, "the parameter is required")
	}
	p.narrow(k, &r)
	return by, r, p.done()
}

// appendStats appends the counts in ascending order of their values; those
// without one come last, as null. Of several properties the values are a list.
func appendStats(b []byte, by []string, counts map[group]int, total int, links []link) []byte {
	b = append(b, `{"by":`...)
	b = appendString(b, strings.Join(by, ","))
	b = append(b, `,"groups":[`...)
	groups := slices.SortedFunc(maps.Keys(counts), compareGroups)
	for i := range groups {
		b = appendMember(b, i, func(b []byte, g *group) []byte {
			b = appendGroup(append(b, `{"value":`...), g[:len(by)])
			b = append(b, `,"count":`...)
			return append(strconv.AppendInt(b, int64(counts[*g]), 10), '}')
		}, &groups[i])
	}
	b = append(b, "\n],\"total\":"...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"links":`...)
	return append(appendLinks(b, links), "}\n"...)
}

func appendGroup(b []byte, values []geo.Value) []byte {
	if len(values) == 1 {
		return appendValue(b, values[0])
	}
	for i, v := range values {
		b = append(b, "[,"[min(i, 1)])
		b = appendValue(b, v)
	}
	return append(b, ']')
}

func compareGroups(a, b group) int {
	for i := range a {
		if c := compareValues(a[i], b[i]); c != 0 {
			return c
		}
	}
	return 0
}

// compareValues orders two values of one property, what is not known after all.
func compareValues(a, b geo.Value) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case float64:
		if b, ok := b.(float64); ok {
			return cmp.Compare(a, b)
		}
	case nil:
		if b == nil {
			return 0
		}
		return 1
	}
	return -1
}
