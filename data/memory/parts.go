package memory

import (
	"context"
	"iter"
	"slices"

	"oxus/geo"
)

// applyParts is Apply for a change that comes in parts. Each goes on to the keeper when
// it is checked; of those before it is held what is not an added feature, against which
// the whole is checked at the end. What the engine needs to know of added features, it
// reads from the keeper afterwards.
func (s *Store) applyParts(ctx context.Context, ch geo.Change) error {
	p := &parts{store: s, before: s.Dataset()}
	p.arrivals = s.atlas.Arrivals(p.before, geo.ByFeature)
	kept := geo.Change{Actor: ch.Actor, Note: ch.Note, Since: ch.Since, Imports: ch.Imports, Parts: p.checked(ch)}
	err := s.keeper.Apply(ctx, kept)
	moved := p.moved
	*p = parts{} // what it holds is not needed while all is loaded
	if err != nil || !moved {
		return err
	}
	s.renew(ctx)
	return nil
}

// parts checks the parts of a change on their way to the keeper.
type parts struct {
	store    *Store
	before   *geo.Dataset
	arrivals *geo.Arrivals
	// held is what the parts have beside added features; moved says that something
	// changes.
	held   geo.Change
	moved  bool
	faults []geo.Fault
}

// checked yields the parts of a change, the change itself first, and ends with the
// error of the first that is wrong, when all are read: it tells every fault.
func (p *parts) checked(ch geo.Change) iter.Seq2[geo.Change, error] {
	return func(yield func(geo.Change, error) bool) {
		own := ch
		own.Parts, own.Imports = nil, nil
		for part, err := range first(own, ch.Parts) {
			if err == nil {
				part, err = p.check(part)
			}
			if err != nil {
				yield(geo.Change{}, err)
				return
			}
			if len(p.faults) == 0 && !yield(part, nil) {
				return
			}
		}
		if err := geo.Faulty(append(p.faults, p.atTheEnd()...)); err != nil {
			yield(geo.Change{}, err)
		}
	}
}

func first(own geo.Change, rest iter.Seq2[geo.Change, error]) iter.Seq2[geo.Change, error] {
	return func(yield func(geo.Change, error) bool) {
		if yield(own, nil) {
			rest(yield)
		}
	}
}

// check looks at a part, and returns what of it changes something.
func (p *parts) check(part geo.Change) (geo.Change, error) {
	for i := range part.Features {
		if _, err := p.store.atlas.Stored(part.Features[i].Collection.ID); err != nil {
			return part, err
		}
	}
	p.faults = append(p.faults, part.WrittenTwice()...)
	p.faults = append(p.faults, p.arrivals.Part(&part)...)
	p.held.Removals = append(p.held.Removals, part.Removals...)
	p.held.Sources = append(p.held.Sources, part.Sources...)
	p.held.Periods = append(p.held.Periods, part.Periods...)
	for i := range part.Features {
		if !part.Features[i].Added() {
			p.held.Features = append(p.held.Features, part.Features[i])
		}
	}
	part = p.store.effective(part)
	p.moved = p.moved || moves(&part)
	return part, nil
}

// atTheEnd returns the faults of the state that the change leads to. Features that are
// added break nothing but by themselves, which was looked at.
func (p *parts) atTheEnd() []geo.Fault {
	if !moves(&p.held) {
		return nil
	}
	return p.store.unless(p.arrivals.Check(merge(p.before, p.held)), p.before)
}

func moves(ch *geo.Change) bool {
	return len(ch.Removals)+len(ch.Features)+len(ch.Periods)+len(ch.Sources) > 0
}

// unless leaves out the faults that were there before.
func (s *Store) unless(faults []geo.Fault, before *geo.Dataset) []geo.Fault {
	if len(faults) == 0 {
		return nil
	}
	old := map[string]bool{}
	for _, f := range s.atlas.Check(before, geo.ByFeature) {
		old[f.String()] = true
	}
	return slices.DeleteFunc(faults, func(f geo.Fault) bool { return old[f.String()] })
}
