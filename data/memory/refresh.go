package memory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"time"

	"oxus/geo"
)

// errTooMuch says that a change cannot be told by its rows.
var errTooMuch = errors.New("the change is larger than what is patched")

// follow asks the store whether something has changed, until the context ends.
func (s *Beside) follow(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	failed := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.Changed():
		case <-tick.C:
		}
		err := s.refreshSoon(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failed = ""
		case firstLine(err) != failed:
			failed = firstLine(err)
			s.say("the memory engine cannot follow the store, which answers meanwhile", err)
		}
	}
}

func (s *Beside) say(what string, err error) { s.options.Log.Warn(what, "error", err) }

func (s *Beside) refreshSoon(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return geo.Guarded(func() error { return s.refresh(ctx) })
}

// refresh answers from the state that the store is in, if what is held can be brought
// to it. Until something is held it does nothing.
func (s *Beside) refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	if s.loaded == nil {
		return nil
	}
	s.mu.Lock()
	writes := s.writes
	s.mu.Unlock()
	asked, known := time.Now(), s.Known()
	if known != nil && maps.Equal(known.Versions, s.loaded.stand.Watched) {
		s.serve(writes, &freshState{present: s.loaded, known: known})
		return nil
	}
	stamp, err := s.Stamp(ctx)
	if err != nil {
		return err
	}
	if stamp != s.loaded.stand.Stamp {
		next, err := s.bring(ctx, s.loaded)
		if errors.Is(err, errTooMuch) {
			s.want()
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.prepare(ctx, next); err != nil {
			return err
		}
		s.loaded = next
		if next.worn() || next.size() > s.options.Budget {
			s.want()
		}
	}
	s.serve(writes, &freshState{present: s.loaded, until: asked.Add(maxAge)})
	return nil
}

// serve answers from a state, unless a change was made over this engine since it was
// looked at.
func (s *Beside) serve(writes int64, f *freshState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes == writes {
		s.fresh.Store(f)
	}
}

// prepare makes what the roles see that saw the state before, so that no reader
// waits for it.
func (s *Beside) prepare(ctx context.Context, next *present) error {
	if s.loaded == nil {
		return nil
	}
	for _, who := range s.loaded.roles() {
		next.seenBy(ctx, s, who)
	}
	return ctx.Err()
}

// want has everything loaded anew.
func (s *Beside) want() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}

// muchLoaded is how many bytes are loaded for it to be worth while to look for what the
// loading has left.
const muchLoaded = 64 << 20

// keepLoaded loads everything when that is wanted, until the context ends. What is
// held is answered from and followed meanwhile.
func (s *Beside) keepLoaded(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wanted:
		}
		began := time.Now()
		var loaded *present
		err := geo.Guarded(func() (err error) {
			loaded, err = s.load(ctx)
			return err
		})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.say("the memory engine cannot be loaded; the store answers", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(loadAgain):
			}
			s.want()
			continue
		}
		s.take(ctx, loaded)
		if loaded.size() > muchLoaded {
			debug.FreeOSMemory() // loading leaves about as much that nobody needs any more
		}
		s.options.Log.Info("loaded into memory", "rows", loaded.rows(), "bytes", loaded.size(), "took", time.Since(began).Round(time.Millisecond).String())
	}
}

// take answers from what was loaded, brought to the state that the store is in. Where too
// much has changed during the loading, what was held and brought along meanwhile stays.
func (s *Beside) take(ctx context.Context, loaded *present) {
	s.replace(ctx, loaded)
	if err := s.refreshSoon(ctx); err != nil && ctx.Err() == nil {
		s.say("the memory engine cannot follow the store, which answers meanwhile", err)
	}
}

func (s *Beside) replace(ctx context.Context, loaded *present) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	if s.loaded == nil || !s.tooOld(ctx, loaded) || s.tooOld(ctx, s.loaded) {
		s.loaded = loaded
	}
}

func (p *present) rows() (n int) {
	for _, h := range p.held {
		for i := range h.layers {
			n += h.layers[i].rows
		}
	}
	return n
}

// load reads everything that fits in the budget, the smallest collections first.
func (s *Beside) load(ctx context.Context) (p *present, err error) {
	err = s.ReadState(ctx, true, func(ctx context.Context, r geo.StateReader) error {
		stand, err := r.Stand(ctx)
		if err != nil {
			return err
		}
		p = &present{stand: stand, held: map[string]*held{}, whole: true}
		if err := p.readSources(ctx, r); err != nil {
			return err
		}
		left := s.options.Budget - p.sourceBytes
		if left < 0 {
			s.sayOnce("the sources alone are more than the memory budget; the store answers everything")
			p.whole = false
			return nil
		}
		for _, c := range s.bySize(ctx, r, &err) {
			h, err := s.loadCollection(ctx, r, c, left)
			if err != nil {
				return err
			}
			if h == nil {
				p.whole = false
				s.sayOnce("a collection is more than what is left of the memory budget; the store answers about it", "collection", c.ID, "left", left)
				continue
			}
			p.held[c.ID] = h
			left -= h.bytes
		}
		return err
	})
	return p, err
}

// sayOnce says what stays as it is.
func (s *Beside) sayOnce(what string, args ...any) {
	if key := fmt.Sprint(what, args[:min(2, len(args))]); !s.said[key] {
		s.said[key] = true
		s.options.Log.Info(what, args...)
	}
}

func (p *present) readSources(ctx context.Context, r geo.StateReader) error {
	all, err := r.Sources(ctx)
	if err != nil {
		return err
	}
	p.sources, p.sourceBytes = make(map[string]geo.Source, len(all)), sizeOfSources(all)
	for _, src := range all {
		p.sources[src.ID] = src
	}
	return nil
}
