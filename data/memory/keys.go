package memory

import (
	"context"
	"time"

	"oxus/geo"
)

// AddKey implements geo.Keyring. Keys are asked of the keeper each time, so that
// one that is revoked opens nothing any more.
func (s *Store) AddKey(ctx context.Context, k geo.Key) error { return s.keeper.AddKey(ctx, k) }

// RevokeKey implements geo.Keyring.
func (s *Store) RevokeKey(ctx context.Context, name string, at time.Time) error {
	return s.keeper.RevokeKey(ctx, name, at)
}

// Keys implements geo.Keyring.
func (s *Store) Keys(ctx context.Context) ([]geo.Key, error) { return s.keeper.Keys(ctx) }

// FindKey implements geo.Keyring.
func (s *Store) FindKey(ctx context.Context, d geo.Digest) (geo.Key, error) {
	return s.keeper.FindKey(ctx, d)
}
