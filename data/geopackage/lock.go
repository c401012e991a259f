package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"oxus/geo"
)

// lock keeps other processes from serving the same file. It is an exclusive
// transaction on an empty database beside the file: SQLite knows how to lock on
// every system, and the system drops the lock of a process that was killed.
// Readers and editors of the file itself never meet it.
type lock struct {
	db *sql.DB
	c  *sql.Conn
}

func takeLock(ctx context.Context, path string) (*lock, error) {
	name := path + "-lock"
	made, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		made.Close()
	} else if !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the lock of the file: %w", err)
	}
	db, _, err := pool(name, 1, "busy_timeout(0)")
	if err != nil {
		return nil, err
	}
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(failure(ctx, path, err), db.Close())
	}
	if _, err = c.ExecContext(ctx, `BEGIN EXCLUSIVE`); isBusy(err) {
		err = geo.Errorf(geo.Conflict, "%s is being served by another process; stop it first, or give another file.", filepath.Base(path))
	}
	if err != nil {
		return nil, errors.Join(failure(ctx, path, err), c.Close(), db.Close())
	}
	return &lock{db, c}, nil
}

// release lets the next process in. The empty file stays: removing it could take
// away one that another process has locked in the meantime.
func (l *lock) release() error { return errors.Join(l.c.Close(), l.db.Close()) }
