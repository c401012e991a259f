package storetest

import (
	"context"
	"maps"
	"slices"
	"time"

	"oxus/geo"
)

// AddKey implements geo.Keyring.
func (s *Plain) AddKey(_ context.Context, k geo.Key) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.keys[k.Name]; taken {
		return geo.KeyTaken(k.Name)
	}
	if s.keys == nil {
		s.keys = map[string]geo.Key{}
	}
	s.keys[k.Name] = k
	return nil
}

// RevokeKey implements geo.Keyring.
func (s *Plain) RevokeKey(_ context.Context, name string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, there := s.keys[name]
	if !there {
		return geo.NoKey()
	}
	if k.Revoked.IsZero() {
		k.Revoked = at
		s.keys[name] = k
	}
	return nil
}

// Keys implements geo.Keyring.
func (s *Plain) Keys(context.Context) ([]geo.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []geo.Key
	for _, name := range slices.Sorted(maps.Keys(s.keys)) {
		keys = append(keys, s.keys[name])
	}
	return keys, nil
}

// FindKey implements geo.Keyring.
func (s *Plain) FindKey(_ context.Context, d geo.Digest) (geo.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.keys {
		if k.Digest == d {
			return k, nil
		}
	}
	return geo.Key{}, geo.NoKey()
}
