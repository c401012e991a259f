package memory

import (
	"context"
	"slices"

	"oxus/geo"
)

// present is one state as an engine beside a store holds it. It is never changed
// once readers have it, so any number of them share it without a lock.
type present struct {
	stand   *geo.Stand
	sources map[string]geo.Source
	// sourceBytes is about how much memory they take.
	sourceBytes int64
	// held are the collections that are held, by id; whole says that all are that
	// are stored.
	held  map[string]*held
	whole bool
	// mark ends the names of states for whom something is hidden.
	mark string

	// sights are what roles see of the state, nil where that cannot be told here.
	sights makings[geo.Role, *present]
}

// named returns the sources of those ids, each once, by id. It sorts the ids.
func (p *present) named(ids []string) []geo.Source {
	slices.Sort(ids)
	sources := make([]geo.Source, 0, len(ids))
	for _, id := range slices.Compact(ids) {
		if src, ok := p.sources[id]; ok {
			sources = append(sources, src)
		}
	}
	return sources
}

// detail answers as geo.Reader does.
func (p *present) detail(h *held, id string, on geo.Date) (*geo.Detail, error) {
	l, pos, found := h.find(id)
	if !found {
		return nil, geo.Errorf(geo.NotFound, "There is no feature %q in %s.", id, h.collection.ID)
	}
	d := &geo.Detail{Item: geo.Item{Feature: l.feature(pos), History: l.periods(pos)}}
	if h.collection.HasStatus() {
		d.Standing = geo.StandingOn(on, d.History)
	}
	ids := slices.Clone(d.Feature.Sources)
	for i := range d.History {
		ids = append(ids, d.History[i].Sources...)
	}
	d.Sources = p.named(ids)
	return d, nil
}

// seenBy returns the state as a role sees it, made when it is first asked for. It
// is nil where something is hidden that only the store can tell.
func (p *present) seenBy(ctx context.Context, s *Beside, who geo.Role) *present {
	if who.SeesAll() {
		return p
	}
	seen, err := p.sights.get(ctx, who, 0, func() (*present, error) { return p.behind(ctx, s, who) })
	if err != nil {
		return nil // the store answers; the next one tries again
	}
	return seen
}

// roles are those who have seen the state.
func (p *present) roles() []geo.Role { return p.sights.keys() }

// size is about how many bytes of memory the state takes.
func (p *present) size() int64 {
	n := p.sourceBytes
	for _, h := range p.held {
		n += h.bytes
	}
	return n
}

func sizeOfSources(sources []geo.Source) (n int64) {
	for i := range sources {
		s := &sources[i]
		n += int64(256 + len(s.ID) + len(s.Publisher) + len(s.Title) + len(s.URL) + len(s.Supports))
	}
	return n
}
