package memory

import (
	"context"
	"iter"

	"oxus/geo"
)

// AddImport implements geo.Importer. Imports are the keeper's, as keys are.
func (s *Store) AddImport(ctx context.Context, im geo.Import) error {
	return s.keeper.AddImport(ctx, im)
}

// PutImport implements geo.Importer.
func (s *Store) PutImport(ctx context.Context, im geo.Import) (geo.Import, error) {
	return s.keeper.PutImport(ctx, im)
}

// FindImport implements geo.Importer.
func (s *Store) FindImport(ctx context.Context, id string) (geo.Import, error) {
	return s.keeper.FindImport(ctx, id)
}

// FindToken implements geo.Importer.
func (s *Store) FindToken(ctx context.Context, actor, token string) (geo.Import, error) {
	return s.keeper.FindToken(ctx, actor, token)
}

// Imports implements geo.Importer.
func (s *Store) Imports(ctx context.Context, q geo.ImportQuery) ([]geo.Import, error) {
	return s.keeper.Imports(ctx, q)
}

// Stage implements geo.Importer.
func (s *Store) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	return s.keeper.Stage(ctx, id, parts)
}

// Staged implements geo.Importer.
func (s *Store) Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error] {
	return s.keeper.Staged(ctx, id, passed)
}

// PutMapping implements geo.MappingKeeper.
func (s *Store) PutMapping(ctx context.Context, m geo.Mapping) error {
	return s.keeper.PutMapping(ctx, m)
}

// Mappings implements geo.MappingKeeper.
func (s *Store) Mappings(ctx context.Context) ([]geo.Mapping, error) { return s.keeper.Mappings(ctx) }
