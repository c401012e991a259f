package geopackage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

// failure says in plain words what kept SQLite from an answer, with its own
// words behind for the log. Errors that are not SQLite's pass as they are.
func failure(ctx context.Context, path string, err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	name := filepath.Base(path)
	var plain *geo.Error
	switch e.Code() & 0xff { // the rest of the code says more of the same
	case sqlite3.SQLITE_INTERRUPT:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		plain = geo.Errorf(geo.Unavailable, "Another program is changing %s; try again in a moment.", name)
	case sqlite3.SQLITE_FULL:
		plain = geo.Errorf(geo.Unavailable, "There is no room left for %s; nothing was changed.", name)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR:
		plain = geo.Errorf(geo.Unavailable, "%s cannot be written or read; nothing was changed.", name)
	case sqlite3.SQLITE_CORRUPT:
		plain = geo.Errorf(geo.Unavailable, "%s is damaged.", name)
	default:
		return err
	}
	return fmt.Errorf("%w (%w)", plain, err)
}

// isCode reports whether SQLite refused with the given extended result code.
func isCode(err error, code int) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code() == code
}

func isBusy(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}
