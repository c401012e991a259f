package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"oxus/geo"
)

// narrowChanges takes what an items request narrows by: every property of the
// collections, and a filter in CQL2. Each must be asked of all of them, so that
// none is left out in silence. The status is that of the changes themselves.
func (s *Server) narrowChanges(p *params, r *changesRequest) {
	r.statuses = p.statuses(s.atlas)
	taken := maps.Clone(p.read)
	for _, k := range r.collections {
		r.queries = append(r.queries, p.narrowOne(k, r.collections, taken))
	}
	if r.clock != recordClock {
		return
	}
	for _, name := range p.names() {
		if narrows(name, r.collections) {
			p.fault(name, ruleMalformed, "the record's clock tells of all features; only the world's is narrowed by what they are")
		}
	}
}

// narrows reports whether a parameter asks what features are.
func narrows(name string, collections []*collection) bool {
	return name == geo.StatusProperty || strings.HasPrefix(name, "filter") || slices.ContainsFunc(collections, func(k *collection) bool {
		_, can := k.Sortable(name)
		return can || isProperty(k, name)
	})
}

func isProperty(k *collection, name string) bool {
	_, is := k.Property(name)
	return is
}

// narrowOne reads what narrows the features of one of the collections, beside what
// is taken already. What is wrong for several of them is said once.
func (p *params) narrowOne(k *collection, all []*collection, taken map[string]bool) geo.Query {
	values := maps.Clone(p.values)
	delete(values, geo.StatusProperty)
	one := params{values: values, read: maps.Clone(taken)}
	q := geo.Query{Collection: k.Collection}
	one.filters(k, &q)
	one.plainQueryables(k, &q)
	one.filter(k, &q)
	maps.Copy(p.read, one.read)
	for name := range values {
		if !one.read[name] && narrows(name, all) {
			one.fault(name, ruleMalformed, "%s has no such property; name in collections those that have it", k.ID)
			p.read[name] = true
		}
	}
	for _, f := range one.faults {
		if !slices.Contains(p.faults, f) {
			p.faults = append(p.faults, f)
		}
	}
	return q
}

// statuses takes a list of statuses that a collection here has, one asked for or
// another: what none of those asked for has leaves no change of them.
func (p *params) statuses(atlas *geo.Atlas) (list []string) {
	p.take(geo.StatusProperty, func(v string) error {
		known := map[string]bool{geo.UnknownStatus: true}
		for _, c := range atlas.Collections {
			for _, code := range c.Statuses {
				known[code.Value] = true
			}
		}
		list = strings.Split(v, ",")
		for _, status := range list {
			if !known[status] {
				return fmt.Errorf("%q is not a status (%s)", clip(status), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			}
		}
		return nil
	})
	return list
}

// tells reports whether an event is of the statuses that are asked for: from one
// of them or to it.
func (r *changesRequest) tells(e *geo.Event) bool {
	return len(r.statuses) == 0 || slices.Contains(r.statuses, e.From) || slices.Contains(r.statuses, e.To)
}
