package storetest

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"oxus/geo"
)

// plainImports is what a Plain keeps beside its data.
type plainImports struct {
	imports  map[string]geo.Import
	parts    map[string][][]byte
	mappings map[string]geo.Mapping
}

func newPlainImports() plainImports {
	return plainImports{map[string]geo.Import{}, map[string][][]byte{}, map[string]geo.Mapping{}}
}

// add returns the imports with a new one, put those with one written.
func (p *plainImports) add(im geo.Import, moment time.Time) (geo.Import, error) {
	im, err := im.Added(moment)
	if err != nil {
		return im, err
	}
	if _, taken := p.imports[im.ID]; taken {
		return im, geo.ImportTaken(im.ID)
	}
	return im, p.keep(im)
}

func (p *plainImports) put(im geo.Import, moment time.Time) (geo.Import, error) {
	var before *geo.Import
	if stored, there := p.imports[im.ID]; there {
		before = &stored
	}
	im, err := im.After(before, moment)
	if err != nil {
		return im, err
	}
	return im, p.keep(im)
}

func (p *plainImports) keep(im geo.Import) error {
	for _, other := range p.imports {
		if im.Token != "" && other.ID != im.ID && other.Actor == im.Actor && other.Token == im.Token {
			return geo.TokenTaken(im.Token)
		}
	}
	im.Options, im.Report = bytes.Clone(im.Options), bytes.Clone(im.Report)
	p.imports[im.ID] = im
	return nil
}

// with returns the imports as they are after those of a change are written.
func (p *plainImports) with(imports []geo.Import, moment time.Time) (map[string]geo.Import, error) {
	next := plainImports{imports: maps.Clone(p.imports)}
	for _, im := range imports {
		write := next.put
		if im.Serial == 0 {
			write = next.add
		}
		if _, err := write(im, moment); err != nil {
			return nil, err
		}
	}
	return next.imports, nil
}

// AddImport implements geo.Importer.
func (s *Plain) AddImport(_ context.Context, im geo.Import) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.kept.add(im, time.Time{})
	return err
}

// PutImport implements geo.Importer.
func (s *Plain) PutImport(_ context.Context, im geo.Import) (geo.Import, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept.put(im, time.Time{})
}

// FindImport implements geo.Importer.
func (s *Plain) FindImport(_ context.Context, id string) (geo.Import, error) {
	return s.find(func(im *geo.Import) bool { return im.ID == id })
}

// FindToken implements geo.Importer.
func (s *Plain) FindToken(_ context.Context, actor, token string) (geo.Import, error) {
	return s.find(func(im *geo.Import) bool { return token != "" && im.Actor == actor && im.Token == token })
}

func (s *Plain) find(is func(*geo.Import) bool) (geo.Import, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, im := range s.kept.imports {
		if is(&im) {
			return im, nil
		}
	}
	return geo.Import{}, geo.NoImport()
}

// Imports implements geo.Importer.
func (s *Plain) Imports(_ context.Context, q geo.ImportQuery) ([]geo.Import, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.SortedFunc(maps.Values(s.kept.imports), func(a, b geo.Import) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	if q.After != "" {
		last := slices.IndexFunc(all, func(im geo.Import) bool { return im.ID == q.After })
		if last < 0 {
			return nil, geo.NoImport()
		}
		all = all[last+1:]
	}
	all = slices.DeleteFunc(all, func(im geo.Import) bool { return len(q.States) > 0 && !slices.Contains(q.States, im.State) })
	if q.Limit > 0 {
		all = all[:min(q.Limit, len(all))]
	}
	for i := range all {
		all[i].Report = nil
	}
	return all, nil
}

// Stage implements geo.Importer.
func (s *Plain) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	if _, err := s.FindImport(ctx, id); err != nil {
		return err
	}
	var staged [][]byte
	for part, err := range parts {
		if err := cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		staged = append(staged, bytes.Clone(part))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept.parts[id] = staged
	return nil
}

// Staged implements geo.Importer.
func (s *Plain) Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.mu.Lock()
		staged := s.kept.parts[id]
		s.mu.Unlock()
		for _, part := range staged[min(passed, len(staged)):] {
			if !yield(bytes.Clone(part), ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
	}
}

// PutMapping implements geo.MappingKeeper.
func (s *Plain) PutMapping(_ context.Context, m geo.Mapping) error {
	if err := m.Check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Fields = maps.Clone(m.Fields)
	s.kept.mappings[m.Name] = m
	return nil
}

// Mappings implements geo.MappingKeeper.
func (s *Plain) Mappings(context.Context) ([]geo.Mapping, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.kept.mappings), func(a, b geo.Mapping) int { return cmp.Compare(a.Name, b.Name) }), nil
}
