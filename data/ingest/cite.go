package ingest

import (
	"slices"

	"oxus/geo"
)

// citing notes what a feature names, to be looked up at the end, and gives one that
// names no source the import itself.
func (b *builder) citing(r *geo.Record, f, stored *geo.Feature) error {
	if b.namesItself {
		b.added[f.ID] = true
	}
	name := func(collection, id, field string) {
		b.names = append(b.names, naming{collection, id, field, r.Number, f.ID, stored == nil, b.at})
	}
	for _, id := range f.Sources {
		if err := b.bring(id); err != nil {
			return err
		}
		known, err := b.isKnown(id)
		if err != nil {
			return err
		}
		if !known {
			name(geo.SourcesID, id, geo.SourcesID)
		}
	}
	for i := range b.target.Properties {
		if id, named := f.Values[i].(string); named && b.target.Properties[i].Refers != "" {
			name(b.target.Properties[i].Refers, id, b.target.Properties[i].Name)
		}
	}
	if b.target.kind == geo.SourceRow {
		return nil
	}
	if len(f.Sources) > 0 {
		return b.keep(f)
	}
	f.Sources = []string{b.ownSource()}
	b.warn(Warning, RuleCited, r, f.ID, geo.SourcesID, "it names no source: the import itself is cited")
	return b.addSource(b.source())
}

// maxLookedUp is how many sources are looked up one by one.
const maxLookedUp = 1000

// isKnown reports whether a source is there for certain: others are looked up together
// at the end. A file cites few sources often, which need no note of each record.
func (b *builder) isKnown(id string) (bool, error) {
	if b.written[id] || b.lookedUp[id] || len(b.lookedUp) >= maxLookedUp {
		return b.written[id], nil
	}
	b.lookedUp[id] = true
	stored, err := b.storedSource(id)
	if stored != nil {
		b.written[id] = true
	}
	return stored != nil, err
}

// addSource adds a source, before what rests on it.
func (b *builder) addSource(s *geo.Source) error {
	if b.written[s.ID] {
		return nil
	}
	b.written[s.ID] = true
	if b.kept[s.ID] = b.audience != geo.Everybody; b.kept[s.ID] {
		s.Audience = b.audience
	}
	return b.write(&Entry{Kind: geo.SourceRow, ID: s.ID, After: geo.Row{Source: s}})
}

// bring adds a source that the layer brings. One that is stored stays as it is, but
// for whom it is kept for.
func (b *builder) bring(id string) error {
	if b.brought == nil || b.written[id] {
		return nil
	}
	s, brings := b.brought.Source(id)
	if !brings {
		return nil
	}
	stored, err := b.storedSource(id)
	if err != nil {
		return err
	}
	if stored == nil {
		return b.addSource(&s)
	}
	b.written[id], b.kept[id] = true, stored.Audience != geo.Everybody
	chosen := b.request.Options.Audience
	if b.audience == geo.Everybody || stored.Audience == b.audience || stored.Audience != geo.Everybody && chosen == geo.Everybody {
		return nil
	}
	now := *stored
	now.Audience, b.kept[id] = b.audience, true
	return b.write(&Entry{Kind: geo.SourceRow, ID: id, Before: geo.Row{Source: stored}, After: geo.Row{Source: &now}})
}

// keep sees to it that a feature of an import that is kept rests on a source that
// is, if only on the import itself.
func (b *builder) keep(f *geo.Feature) error {
	if b.audience == geo.Everybody {
		return nil
	}
	for _, id := range f.Sources {
		kept, known := b.kept[id]
		if !known {
			stored, err := b.storedSource(id)
			if err != nil {
				return err
			}
			kept = stored != nil && stored.Audience != geo.Everybody
			b.kept[id] = kept
		}
		if kept {
			return nil
		}
	}
	f.Sources = append(slices.Clone(f.Sources), b.ownSource())
	return b.addSource(b.source())
}

// audienceOf is whom an import of a layer is kept for.
func (o *Options) audienceOf(layer geo.Layer) geo.Role {
	if p, ok := layer.(private); ok && p.Private() && o.Audience == geo.Everybody {
		return geo.Maintainer
	}
	return o.Audience
}

// ownSource is the id of the source that the import itself is.
func (b *builder) ownSource() string { return "import-" + b.request.Import }
