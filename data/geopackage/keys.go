package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

// keysSQL makes the table of keys, also in files that an earlier program made.
// It is no layer of the GeoPackage, and no history knows of it.
const keysSQL = `
CREATE TABLE IF NOT EXISTS oxus_keys (
	name TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, unconditional INTEGER NOT NULL, prefix TEXT NOT NULL,
	digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), created TEXT NOT NULL, revoked TEXT)`

const keyColumns = "name, role, unconditional, prefix, digest, created, revoked"

// Keyring is the keys of a file. They can be opened while a server has the file:
// it learns of what is added and revoked at the next request that brings a key.
type Keyring struct {
	path           string
	writer, reader *sql.DB
}

// OpenKeys opens the keys of a GeoPackage that is there.
func OpenKeys(ctx context.Context, path string, atlas *geo.Atlas) (*Keyring, error) {
	l, err := newLayout(atlas)
	if err != nil {
		return nil, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	switch size, err := sizeOf(path); {
	case err != nil:
		return nil, err
	case size == 0:
		return nil, fmt.Errorf("keys are kept beside the data, and there is no file %s yet: %w", path, fs.ErrNotExist)
	}
	if err := l.inspect(ctx, path); err != nil {
		return nil, failure(ctx, path, err)
	}
	db, _, err := pool(path, 1, pragmaBusy, pragmaDurable)
	if err != nil {
		return nil, err
	}
	if _, err := db.ExecContext(ctx, keysSQL); err != nil {
		return nil, errors.Join(failure(ctx, path, err), db.Close())
	}
	return &Keyring{path: path, writer: db, reader: db}, nil
}

// Close closes the file.
func (k *Keyring) Close() error { return k.writer.Close() }

// AddKey implements geo.Keyring.
func (k *Keyring) AddKey(ctx context.Context, key geo.Key) error {
	_, err := k.writer.ExecContext(ctx, "INSERT INTO oxus_keys ("+keyColumns+") VALUES (?, ?, ?, ?, ?, ?, NULL)",
		key.Name, string(key.Role), key.Unconditional, key.Prefix, key.Digest[:], key.Created.UTC().Format(time.RFC3339Nano))
	if isCode(err, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return geo.KeyTaken(key.Name)
	}
	return failure(ctx, k.path, err)
}

// RevokeKey implements geo.Keyring.
func (k *Keyring) RevokeKey(ctx context.Context, name string, at time.Time) error {
	done, err := k.writer.ExecContext(ctx, "UPDATE oxus_keys SET revoked = coalesce(revoked, ?) WHERE name = ?", at.UTC().Format(time.RFC3339Nano), name)
	if err != nil {
		return failure(ctx, k.path, err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return geo.NoKey()
}

// Keys implements geo.Keyring.
func (k *Keyring) Keys(ctx context.Context) ([]geo.Key, error) {
	rows, err := k.reader.QueryContext(ctx, "SELECT "+keyColumns+" FROM oxus_keys ORDER BY name")
	if err != nil {
		return nil, failure(ctx, k.path, err)
	}
	defer func() { _ = rows.Close() }()
	var keys []geo.Key
	for rows.Next() {
		key, err := scanKey(rows.Scan)
		if err != nil {
			return nil, failure(ctx, k.path, err)
		}
		keys = append(keys, key)
	}
	return keys, failure(ctx, k.path, rows.Err())
}

// FindKey implements geo.Keyring.
func (k *Keyring) FindKey(ctx context.Context, d geo.Digest) (geo.Key, error) {
	key, err := scanKey(k.reader.QueryRowContext(ctx, "SELECT "+keyColumns+" FROM oxus_keys WHERE digest = ?", d[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return key, geo.NoKey()
	}
	return key, failure(ctx, k.path, err)
}

func scanKey(scan func(...any) error) (geo.Key, error) {
	var key geo.Key
	var role, created string
	var revoked sql.NullString
	var digest []byte
	if err := scan(&key.Name, &role, &key.Unconditional, &key.Prefix, &digest, &created, &revoked); err != nil {
		return key, err
	}
	key.Role = geo.Role(role)
	copy(key.Digest[:], digest)
	var err error
	if key.Created, err = time.Parse(time.RFC3339Nano, created); err != nil || !revoked.Valid {
		return key, err
	}
	key.Revoked, err = time.Parse(time.RFC3339Nano, revoked.String)
	return key, err
}
