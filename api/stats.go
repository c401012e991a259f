package api

import (
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

// statsCollection is the collection that is counted here.
const statsCollection = "incidents"

// grouping names a value of each feature to count by.
type grouping func(it *geo.Item) string

// groupings are the ways to count: by the month or year of the first day, as
// its source gives it, and by every property that is a text.
func groupings(k *collection) map[string]grouping {
	byDate := func(length int) grouping {
		return func(it *geo.Item) string {
			text := it.Lifetime.From.String()
			return text[:min(length, len(text))]
		}
	}
	ways := map[string]grouping{"year": byDate(len("2006")), "month": byDate(len("2006-01"))}
	for i, p := range k.Properties {
		if p.Type == geo.Text {
			ways[p.Name] = func(it *geo.Item) string {
				text, _ := it.Values[i].(string)
				return text
			}
		}
	}
	return ways
}

// stats counts incidents by what the parameter by names, under the filters of an
// items request.
func (s *Server) stats(c echo.Context) error {
	k := s.collections[statsCollection]
	if k == nil {
		return echo.ErrNotFound
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
	links := []link{{Href: withQuery(s.url("stats", statsCollection), values), Rel: "self", Type: jsonType}, asPage(s.url("stats", statsCollection), values)}
	return c.Blob(http.StatusOK, jsonType, appendStats(nil, by, counts, total, links))
}

// countBy counts what a query asks for. A store that can count is asked to.
func countBy(ctx context.Context, reader geo.Reader, q *geo.Query, k *collection, by string) (counts map[string]int, total int, err error) {
	counts = map[string]int{}
	if counter, ok := reader.(geo.CellCounter); ok && q.Near == nil && k.PropertyIndex(by) >= 0 {
		cells, err := counter.CountCells(ctx, *q, by, nil)
		for i := range cells {
			counts[cells[i].Value] += cells[i].Count
			total += cells[i].Count
		}
		return counts, total, err
	}
	group := groupings(k)[by]
	for it, err := range reader.Items(ctx, *q) {
		if err != nil {
			return nil, 0, err
		}
		counts[group(&it)]++
		total++
	}
	return counts, total, nil
}

// parseStats takes the parameters of an items request without pages, and by.
func parseStats(k *collection, values url.Values, today geo.Date) (by string, r itemsRequest, err error) {
	ways := groupings(k)
	p := newParams(values)
	r.query = geo.Query{Collection: k.Collection, Today: today}
	p.asRecorded(&r.recorded, &r.query.Today)
	p.format("json")
	p.take("by", func(v string) error {
		if by = v; ways[v] == nil {
			return fmt.Errorf("%q is nothing to count by (%s)", v, strings.Join(slices.Sorted(maps.Keys(ways)), ", "))
		}
		return nil
	})
	if len(values["by"]) == 0 {
		p.fault("by", ruleMissing, "the parameter is required")
	}
	p.narrow(k, &r)
	return by, r, p.done()
}

// appendStats appends the counts in ascending order of their value; those
// without one come last, as null.
func appendStats(b []byte, by string, counts map[string]int, total int, links []link) []byte {
	b = append(b, `{"by":`...)
	b = appendString(b, by)
	b = append(b, `,"groups":[`...)
	values := slices.Sorted(maps.Keys(counts))
	if len(values) > 0 && values[0] == "" {
		values = append(values[1:], "")
	}
	for i, v := range values {
		b = appendMember(b, i, func(b []byte, v string) []byte {
			b = appendText(append(b, `{"value":`...), v)
			b = append(b, `,"count":`...)
			return append(strconv.AppendInt(b, int64(counts[v]), 10), '}')
		}, v)
	}
	b = append(b, "\n],\"total\":"...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"links":`...)
	return append(appendLinks(b, links), "}\n"...)
}
