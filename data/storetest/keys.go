package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"oxus/geo"
)

// testKeys holds a store against the contract of geo.Keyring.
func testKeys(t *testing.T, s geo.Store) {
	ctx, now := context.Background(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	add := func(name string, role geo.Role, unconditional bool) geo.Key {
		k, _, err := geo.NewKey(name, role, unconditional, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddKey(ctx, k); err != nil {
			t.Fatal(err)
		}
		return k
	}
	expect := func(what string, err error, kind geo.Kind) {
		t.Helper()
		if geo.KindOf(err) != kind {
			t.Errorf("%s: %v", what, err)
		}
	}
	if keys, err := s.Keys(ctx); err != nil || len(keys) != 0 {
		t.Errorf("an empty store has keys %v, %v", keys, err)
	}
	_, err := s.FindKey(ctx, geo.DigestOf("nothing"))
	expect("a key that was never made", err, geo.NotFound)
	zarina, alisher := add("zarina", geo.Editor, false), add("Alisher", geo.Admin, true)
	taken, _, _ := geo.NewKey("zarina", geo.Viewer, false, now)
	expect("a name that is taken", s.AddKey(ctx, taken), geo.Conflict)
	expect("revoking nobody", s.RevokeKey(ctx, "nobody", now), geo.NotFound)

	later := now.Add(time.Hour)
	expect("revoking", s.RevokeKey(ctx, "zarina", later), 0)
	expect("revoking again", s.RevokeKey(ctx, "zarina", later.Add(time.Hour)), 0)
	expect("a name that was taken once", s.AddKey(ctx, taken), geo.Conflict)
	zarina.Revoked = later
	for _, want := range []geo.Key{zarina, alisher} {
		if got, err := s.FindKey(ctx, want.Digest); err != nil || got != want {
			t.Errorf("found %+v, %v; want %+v", got, err, want)
		}
	}
	if keys, err := s.Keys(ctx); err != nil || !slices.Equal(keys, []geo.Key{alisher, zarina}) {
		t.Errorf("keys %+v, %v", keys, err)
	}
}
