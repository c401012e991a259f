package postgis

import (
	"context"
	"errors"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

const keyColumns = "name, role, unconditional, prefix, digest, created, revoked"

// AddKey implements geo.Keyring.
func (s *Store) AddKey(ctx context.Context, k geo.Key) error {
	return s.inTransaction(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "INSERT INTO oxus.keys ("+keyColumns+") VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (name) DO NOTHING",
			k.Name, string(k.Role), k.Unconditional, k.Prefix, k.Digest[:], k.Created)
		if err == nil && tag.RowsAffected() == 0 {
			return geo.KeyTaken(k.Name)
		}
		return err
	})
}

// RevokeKey implements geo.Keyring.
func (s *Store) RevokeKey(ctx context.Context, name string, at time.Time) error {
	return s.inTransaction(ctx, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "UPDATE oxus.keys SET revoked = coalesce(revoked, $2) WHERE name = $1", name, at)
		if err == nil && tag.RowsAffected() == 0 {
			return geo.NoKey()
		}
		return err
	})
}

// Keys implements geo.Keyring.
func (s *Store) Keys(ctx context.Context) ([]geo.Key, error) {
	var keys []geo.Key
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+keyColumns+` FROM oxus.keys ORDER BY name COLLATE "C"`)
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, scanKey)
		return err
	})
	return keys, err
}

// FindKey implements geo.Keyring.
func (s *Store) FindKey(ctx context.Context, d geo.Digest) (geo.Key, error) {
	conn, err := s.acquire(ctx)
	if err != nil {
		return geo.Key{}, err
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, "SELECT "+keyColumns+" FROM oxus.keys WHERE digest = $1", d[:])
	if err != nil {
		return geo.Key{}, failed(ctx, err)
	}
	k, err := pgx.CollectExactlyOneRow(rows, scanKey)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, geo.NoKey()
	}
	return k, failed(ctx, err)
}

func scanKey(row pgx.CollectableRow) (geo.Key, error) {
	var k geo.Key
	var role string
	var digest []byte
	var revoked *time.Time
	err := row.Scan(&k.Name, &role, &k.Unconditional, &k.Prefix, &digest, &k.Created, &revoked)
	k.Role, k.Created = geo.Role(role), k.Created.UTC()
	copy(k.Digest[:], digest)
	if revoked != nil {
		k.Revoked = revoked.UTC()
	}
	return k, err
}
