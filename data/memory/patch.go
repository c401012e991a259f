package memory

import (
	"context"
	"errors"
	"slices"

	"oxus/geo"
)

const (
	// mostPatched is how many changed rows are patched into what is held, where that
	// is no small part of it; more of them are loaded with everything else.
	mostPatched = 20_000
	// smallLayer is up to how many rows a layer of changes is packed anew with the next.
	smallLayer = 4096
	// mostLayers is how many layers a collection may have before it is loaded anew.
	mostLayers = 6
)

// bring returns the state that the store is in, made of another and of what has
// changed since. What did not change they share. It is errTooMuch where that cannot
// be told.
func (s *Beside) bring(ctx context.Context, was *present) (next *present, err error) {
	err = s.ReadState(ctx, false, func(ctx context.Context, r geo.StateReader) error {
		stand, rows, err := changedSince(ctx, r, was)
		if err != nil {
			return err
		}
		next = &present{stand: stand, sources: was.sources, sourceBytes: was.sourceBytes, held: map[string]*held{}, whole: was.whole}
		features, periods, sources := byCollection(rows)
		if sources {
			if err := next.readSources(ctx, r); err != nil {
				return err
			}
		}
		for id, h := range was.held {
			if next.held[id], err = h.patched(ctx, r, features[id], periods[id]); err != nil {
				return err
			}
		}
		return nil
	})
	return next, err
}

// changedSince returns which rows have changed since a state, and the state that they led
// to.
func changedSince(ctx context.Context, r geo.StateReader, was *present) (*geo.Stand, []geo.ChangedRow, error) {
	stand, err := r.Stand(ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, ok, err := r.Changed(ctx, was.stand.State, mostPatched)
	if err == nil && (!ok || stand.State.Last <= was.stand.State.Last) {
		err = errTooMuch
	}
	return stand, rows, err
}

// tooOld reports whether more has changed since a state than can be patched into it.
func (s *Beside) tooOld(ctx context.Context, p *present) bool {
	err := geo.Guarded(func() error {
		return s.ReadState(ctx, false, func(ctx context.Context, r geo.StateReader) error {
			stand, _, err := changedSince(ctx, r, p)
			if stand != nil && stand.Stamp == p.stand.Stamp {
				return nil // it is the one the store is in
			}
			return err
		})
	})
	return errors.Is(err, errTooMuch)
}

func byCollection(rows []geo.ChangedRow) (features, periods map[string][]string, sources bool) {
	features, periods = map[string][]string{}, map[string][]string{}
	for _, row := range rows {
		switch row.Kind {
		case geo.SourceRow:
			sources = true
		case geo.StatusRow:
			periods[row.Collection] = append(periods[row.Collection], row.ID)
		default:
			features[row.Collection] = append(features[row.Collection], row.ID)
		}
	}
	return features, periods, sources
}

// patched returns the collection with the features that have changed as they are now,
// and those that the periods speak for or spoke for.
func (h *held) patched(ctx context.Context, r geo.StateReader, features, periods []string) (*held, error) {
	if len(features)+len(periods) == 0 {
		return h, nil
	}
	ids := features
	if len(periods) > 0 {
		now, err := r.SpokenFor(ctx, h.collection, periods)
		if err != nil {
			return nil, err
		}
		ids = slices.Concat(features, now, h.spokenFor(periods))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	rows, err := h.read(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	return h.with(ids, rows)
}

// read reads features as they are now; those of the ids that are gone are not among
// them.
func (h *held) read(ctx context.Context, r geo.StateReader, ids []string) ([]repacked, error) {
	histories := map[string][]geo.Period{}
	if h.collection.HasStatus() {
		var err error
		if histories, err = r.Histories(ctx, h.collection, ids); err != nil {
			return nil, err
		}
	}
	var rows []repacked
	for f, err := range r.Features(ctx, h.collection, ids) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, repacked{feature: f, periods: histories[f.ID]})
	}
	return rows, nil
}

// spokenFor returns the features that some of the periods spoke for.
func (h *held) spokenFor(periods []string) (ids []string) {
	changed := make(map[string]bool, len(periods))
	for _, id := range periods {
		changed[id] = true
	}
	for k := range h.layers {
		l := &h.layers[k]
		for pos := range int32(l.rows) {
			if slices.ContainsFunc(l.periods(pos), func(p geo.Period) bool { return changed[p.ID] }) && !l.gone.has(pos) {
				b, i := l.at(pos)
				ids = append(ids, b.id(i))
			}
		}
	}
	return ids
}

// with returns the collection with the rows in the place of all of those ids.
func (h *held) with(ids []string, rows []repacked) (*held, error) {
	next := &held{collection: h.collection, layers: slices.Clone(h.layers), encode: h.encode}
	own := make([]bool, len(next.layers))
	for _, id := range ids {
		for k := range next.layers {
			l := &next.layers[k]
			pos, found := l.find(id)
			if !found || l.gone.has(pos) {
				continue
			}
			if !own[k] {
				l.gone, own[k] = l.gone.with(l.rows), true
			}
			l.gone.add(pos)
		}
	}
	if last := len(next.layers) - 1; last > 0 && next.layers[last].rows <= smallLayer {
		rows = append(rows, next.layers[last].left()...)
		next.layers = next.layers[:last]
	}
	if len(rows) > 0 {
		added, err := pack(h.collection, h.encode, rows)
		if err != nil {
			return nil, err
		}
		next.layers = append(next.layers, layer{packed: added})
	}
	for i := range next.layers {
		next.bytes += next.layers[i].bytes + int64(len(next.layers[i].gone))*8
	}
	return next, nil
}

// left are the rows that still count.
func (l *layer) left() (rows []repacked) {
	for pos := range int32(l.rows) {
		if !l.gone.has(pos) {
			rows = append(rows, repacked{l.feature(pos), l.periods(pos), l.encoded(pos).Parts})
		}
	}
	return rows
}

// worn reports whether so much has changed since it was loaded that loading it anew
// makes it better.
func (p *present) worn() bool {
	for _, h := range p.held {
		changed := 0
		for i := range h.layers[1:] {
			changed += h.layers[1+i].rows
		}
		if len(h.layers) > mostLayers || changed > mostPatched && changed > h.layers[0].rows/8 {
			return true
		}
	}
	return false
}
