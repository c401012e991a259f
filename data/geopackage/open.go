package geopackage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

const notADatabase = sqlite3.SQLITE_NOTADB

// How SQLite is set up. An acknowledged change is on the disk (synchronous), and
// readers never wait for the writer nor it for them (WAL).
const (
	pragmaBusy     = "busy_timeout(5000)"
	pragmaDurable  = "synchronous(FULL)"
	pragmaCache    = "cache_size(-32000)"           // KiB
	pragmaLogLimit = "journal_size_limit(67108864)" // a bulk load's log is cut afterwards
	pragmaMemory   = "temp_store(MEMORY)"           // undoing one statement needs no file
	pragmaReadOnly = "query_only(1)"
)

// readers is how many states may be read at once.
const readers = 2

// File keeps an atlas in a GeoPackage file. It implements geo.Keeper.
type File struct {
	*Keyring

	path   string
	atlas  *geo.Atlas
	layout *layout
	store  string

	lock *lock
	// identity is the file that was opened: a file moved away or replaced under
	// its path would keep changes where nobody finds them.
	identity fs.FileInfo
	// writer has one connection: whoever holds it is the one who writes.
	writer *sql.DB
	opened *connector
	reader *sql.DB
	// apart opens a connection for each who asks: what reads while it waits for
	// something else must not hold one that this other thing needs.
	apart *sql.DB
	// settled is the moment, in milliseconds since 1970, up to which the record
	// is closed: whoever writes records later. It is set by who may write.
	settled atomic.Int64
	// patience is how long a question about now waits for a change under way.
	patience time.Duration
}

// Open opens the GeoPackage at path, or makes it, with its folders, when there
// is none. A file that is something else is refused (geo.Invalid) and left as
// it is, and so is one that another process serves (geo.Conflict).
func Open(ctx context.Context, path string, atlas *geo.Atlas) (*File, error) {
	l, err := newLayout(atlas)
	if err != nil {
		return nil, err
	}
	path, err = resolve(path)
	if err != nil {
		return nil, err
	}
	// Looked at before it is locked: a foreign file gets no lock beside it.
	size, err := sizeOf(path)
	if err != nil {
		return nil, err
	}
	if size > 0 {
		if err := l.inspect(ctx, path); err != nil {
			return nil, failure(ctx, path, err)
		}
	}
	held, err := takeLock(ctx, path)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, atlas: atlas, layout: l, lock: held, patience: patience}
	if err := f.open(ctx); err != nil {
		return nil, errors.Join(failure(ctx, path, err), f.Close())
	}
	return f, nil
}

// resolve makes a path absolute and follows links, so that the same file has
// the same lock under every name.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("make the folder of the file: %w", err)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	return filepath.Join(folder, filepath.Base(path)), err
}

// sizeOf returns the size of the file, 0 where there is none yet.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	case info.IsDir():
		return 0, geo.Errorf(geo.Invalid, "%s is a folder.", filepath.Base(path))
	}
	return info.Size(), nil
}

// inspect refuses a file that is not ours, changing nothing.
func (l *layout) inspect(ctx context.Context, path string) error {
	db, _, err := pool(path, 1, pragmaBusy, pragmaReadOnly)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_, err = l.check(ctx, c, path)
	return err
}

func (f *File) open(ctx context.Context) error {
	size, err := sizeOf(f.path)
	if err != nil {
		return err
	}
	if size == 0 {
		if err := f.create(ctx); err != nil {
			return err
		}
	}
	if f.identity, err = os.Stat(f.path); err != nil {
		return err
	}
	f.writer, f.opened, err = pool(f.path, 1, pragmaBusy, pragmaDurable, pragmaCache, pragmaLogLimit, pragmaMemory)
	if err != nil {
		return err
	}
	f.reader, _, err = pool(f.path, readers, pragmaBusy, pragmaReadOnly)
	if err != nil {
		return err
	}
	f.apart, _, err = pool(f.path, 0, pragmaBusy, pragmaReadOnly)
	if err != nil {
		return err
	}
	f.apart.SetMaxIdleConns(1)
	f.Keyring = &Keyring{path: f.path, writer: f.writer, reader: f.reader}
	if err := f.logAhead(ctx); err != nil {
		return err
	}
	return f.write(ctx, func(c *sql.Conn) (err error) {
		f.store, err = f.layout.adopt(ctx, c, f.path)
		return err
	})
}

// logAhead puts the file into WAL mode, which other programs may have ended.
func (f *File) logAhead(ctx context.Context) error {
	var mode string
	if err := f.writer.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return geo.Errorf(geo.Unavailable, "%s lies on a disk where it cannot be shared safely (no write-ahead log).", filepath.Base(f.path))
	}
	return nil
}

// create makes the file under another name first, so that there is never half
// of one under its own.
func (f *File) create(ctx context.Context) error {
	fresh := f.path + "-new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	os.Remove(fresh + "-journal") // of a creation that was cut short
	made, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	made.Close()
	if err := f.layout.buildAt(ctx, fresh); err != nil {
		os.Remove(fresh)
		return err
	}
	if err := os.Rename(fresh, f.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(f.path))
}

func (l *layout) buildAt(ctx context.Context, path string) error {
	db, _, err := pool(path, 1, pragmaDurable)
	if err != nil {
		return err
	}
	err = transact(ctx, db, func(c *sql.Conn) error { return l.build(ctx, c) })
	return errors.Join(err, db.Close())
}

// syncFolder makes a rename durable. Systems that cannot sync a folder keep its
// entries safe in their own way.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// Close writes everything into the one file and gives up the lock.
func (f *File) Close() error {
	var errs []error
	for _, db := range []*sql.DB{f.reader, f.apart} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if f.writer != nil {
		// Without a log the file can be read from where nothing can be written.
		// Another program that has it open prevents that, and nothing is lost.
		if _, err := f.writer.ExecContext(context.Background(), `PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE`); err != nil && !isBusy(err) {
			errs = append(errs, err)
		}
		errs = append(errs, f.writer.Close())
	}
	return errors.Join(append(errs, f.lock.release())...)
}
