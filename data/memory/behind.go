package memory

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"

	"oxus/geo"
)

// behind returns what a role sees of a state: rows that rest on what is hidden do not
// count, and those that name it are packed anew without the names. It is nil where
// something is hidden and not everything is held: what the rest hides is not known
// here.
func (p *present) behind(ctx context.Context, s *Beside, who geo.Role) (*present, error) {
	v := &veil{of: p, closed: map[string]bool{}, hidden: map[string]bool{}, gone: map[string][]bits{}}
	for _, id := range s.atlas.Closed(who) {
		v.closed[id] = true
	}
	seen := &present{stand: p.stand, sources: map[string]geo.Source{}, held: map[string]*held{}, whole: p.whole, mark: p.stand.Marks[who]}
	for id := range p.sources {
		if src := p.sources[id]; who.Sees(src.Audience) {
			seen.sources[id] = src
		} else {
			v.hidden[id] = true
		}
	}
	if len(v.closed)+len(v.hidden) == 0 {
		return p, nil
	}
	if !p.whole {
		return nil, nil
	}
	for id, h := range p.held {
		v.hide(id, h)
	}
	if err := v.askOfOthers(ctx, s, who); err != nil {
		return nil, err
	}
	for id, h := range p.held {
		var err error
		if seen.held[id], err = v.leaves(ctx, id, h); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// veil is what is hidden from a role in one state.
type veil struct {
	of             *present
	closed, hidden map[string]bool
	// gone are the rows that do not count, by collection and layer.
	gone map[string][]bits
	// others are hidden features that are gone, which values may still name.
	others map[string]bool
}

// askOfOthers asks the store about names that no feature has now: what is gone is
// hidden by what it last was.
func (v *veil) askOfOthers(ctx context.Context, s *Beside, who geo.Role) error {
	names := map[string]bool{}
	for _, h := range v.of.held {
		if !slices.ContainsFunc(h.collection.Properties, func(p geo.Property) bool { return p.Mentions }) {
			continue
		}
		for k := range h.layers {
			l := &h.layers[k]
			for pos := range int32(l.rows) {
				if !v.names(l, pos) {
					continue
				}
				f := l.feature(pos)
				for i := range h.collection.Properties {
					if list, ok := f.Values[i].([]string); ok && h.collection.Properties[i].Mentions {
						v.unknown(list, names)
					}
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	hidden, err := s.Hidden(ctx, who, slices.Collect(maps.Keys(names)))
	v.others = map[string]bool{}
	for _, id := range hidden {
		v.others[id] = true
	}
	return err
}

// unknown adds the names that no feature has now.
func (v *veil) unknown(list []string, names map[string]bool) {
	for _, id := range list {
		there := false
		for _, h := range v.of.held {
			_, _, found := h.find(id)
			there = there || found
		}
		if !there {
			names[id] = true
		}
	}
}

// hide marks the rows of a collection that are hidden.
func (v *veil) hide(id string, h *held) {
	gone := make([]bits, len(h.layers))
	for k := range h.layers {
		l := &h.layers[k]
		gone[k] = l.gone
		hidden := make([]bool, len(l.cited))
		for n, source := range l.cited {
			hidden[n] = v.hidden[source]
		}
		if !v.closed[id] && !slices.Contains(hidden, true) {
			continue
		}
		own := l.gone.with(l.rows)
		for pos := range int32(l.rows) {
			hides := v.closed[id]
			if !hides {
				l.sources(pos, func(n uint64) { hides = hides || hidden[n] })
			}
			if hides {
				own.add(pos)
			}
		}
		gone[k] = own
	}
	v.gone[id] = gone
}

// hides reports whether a feature is there and hidden.
func (v *veil) hides(collection, id string) bool {
	h := v.of.held[collection]
	if h == nil {
		return false
	}
	for k := range h.layers {
		l := &h.layers[k]
		if pos, found := l.find(id); found && !l.gone.has(pos) {
			return v.gone[collection][k].has(pos)
		}
	}
	return false
}

// leaves returns what is seen of a collection.
func (v *veil) leaves(ctx context.Context, id string, h *held) (*held, error) {
	seen := &held{collection: h.collection, encode: h.encode}
	var again []repacked
	looked := 0
	for k := range h.layers {
		l := layer{h.layers[k].packed, v.gone[id][k]}
		own := false
		for pos := range int32(l.rows) {
			if looked++; looked%4096 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if l.gone.has(pos) {
				continue
			}
			changed, f, periods := v.unnamed(&l, pos)
			if !changed {
				continue
			}
			if !own {
				l.gone, own = l.gone.with(l.rows), true
			}
			l.gone.add(pos)
			again = append(again, repacked{feature: f, periods: periods})
		}
		seen.layers = append(seen.layers, l)
	}
	if len(again) > 0 {
		added, err := pack(h.collection, h.encode, again)
		if err != nil {
			return nil, err
		}
		seen.layers = append(seen.layers, layer{packed: added})
	}
	return seen, nil
}

// unnamed returns a feature and its periods without what is hidden, and whether that
// changes it.
func (v *veil) unnamed(l *layer, pos int32) (changed bool, f *geo.Feature, periods []geo.Period) {
	cites := func(p geo.Period) bool {
		return slices.ContainsFunc(p.Sources, func(id string) bool { return v.hidden[id] })
	}
	periods = l.periods(pos)
	if slices.ContainsFunc(periods, cites) {
		periods, changed = slices.DeleteFunc(slices.Clone(periods), cites), true
	}
	if v.names(l, pos) {
		f = l.feature(pos)
		for i := range l.collection.Properties {
			if value, other := v.unnamedValue(&l.collection.Properties[i], f.Values[i]); other {
				f.Values[i], changed = value, true
			}
		}
	}
	if changed && f == nil {
		f = l.feature(pos)
	}
	return changed, f, periods
}

// names reports whether a row has a value that can be the id of another feature.
func (v *veil) names(l *layer, pos int32) bool {
	b, i := l.at(pos)
	r := b.reader(i)
	r.text()
	r.geometry(b, i)
	for n := r.number(); n > 1; n-- {
		r.number()
	}
	for k, c := range l.codes {
		if c != nil {
			continue
		}
		p := &l.collection.Properties[k]
		if known := r.skip(p.Type); known && (p.Refers != "" || p.Mentions) {
			return true
		}
	}
	return false
}

// skip passes over the value of a property, and reports whether there is one.
func (r *rowReader) skip(t geo.PropertyType) (known bool) {
	n := r.number()
	switch {
	case n == 0:
		return false
	case t == geo.Integer:
		_, size := binary.Varint(r.row[r.at:])
		r.at += size
	case t == geo.Number:
		r.at += 8
	case t == geo.TextList:
		for ; n > 1; n-- {
			r.text()
		}
	default:
		r.text()
	}
	return true
}

// unnamedValue is a value without the ids of what is hidden, and whether that is
// another.
func (v *veil) unnamedValue(p *geo.Property, value geo.Value) (left geo.Value, other bool) {
	switch value := value.(type) {
	case string:
		return nil, p.Refers != "" && (v.closed[p.Refers] || v.hides(p.Refers, value))
	case []string:
		if !p.Mentions {
			return value, false
		}
		list := slices.DeleteFunc(slices.Clone(value), func(id string) bool {
			if v.others[id] {
				return true
			}
			for collection := range v.of.held {
				if v.hides(collection, id) {
					return true
				}
			}
			return false
		})
		if len(list) == 0 {
			return nil, len(value) > 0
		}
		return list, len(list) < len(value)
	}
	return value, false
}
