package geopackage

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"oxus/geo"
)

// LayerFile is an open GeoPackage of others. It and its layers are for one
// goroutine at a time.
type LayerFile struct {
	ctx     context.Context
	path    string
	before  fs.FileInfo
	limits  Limits
	db      *sql.DB
	conn    *sql.Conn
	layers  []*Layer
	refused []geo.Fault
}

// Layers returns the layers that can be read, in the order of gpkg_contents;
// there is at least one.
func (f *LayerFile) Layers() []*Layer { return f.layers }

// Refused says of the other declared tables why they are not read.
func (f *LayerFile) Refused() []geo.Fault { return f.refused }

// Close releases the file. Layers cannot be read afterwards.
func (f *LayerFile) Close() error {
	var errs []error
	if f.conn != nil {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(append(errs, f.db.Close())...)
}

// The header of a SQLite database (SQLite file format, 1.3).
const (
	sqliteMagic        = "SQLite format 3\x00"
	sqliteHeader       = 100
	atPageSize         = 16
	atWriteVersion     = 18
	atReadVersion      = 19
	atChangeCounter    = 24
	atPageCount        = 28
	atApplicationID    = 68
	atVersionValidFor  = 92
	logAheadVersion    = 2
	rollbackMagic      = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
	largestPage        = 65536 // written as 1
	smallestSQLitePage = 512
)

// Looks reports whether a file that begins with head is a GeoPackage; 72 bytes
// tell.
func Looks(head []byte) bool {
	if len(head) < atApplicationID+4 || string(head[:len(sqliteMagic)]) != sqliteMagic {
		return false
	}
	switch string(head[atApplicationID : atApplicationID+4]) {
	case "GPKG", "GP10", "GP11": // since 1.2, 1.0, 1.1
		return true
	}
	return false
}

// OpenLayers opens the GeoPackage of others at a path, read-only, and reads what
// it declares: its tables of features and of attributes, as layers. Records are
// read later; the context ends that too.
//
// Errors of the file are *geo.Error of kind Invalid. A file that another program
// has open, or did not close, is refused: half of its content may lie beside it.
func OpenLayers(ctx context.Context, path string, opts Options) (*LayerFile, error) {
	// Asked first, because opening a pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open GeoPackage: %w", err)
	}
	f := &LayerFile{ctx: ctx, path: path, before: info, limits: opts.Limits.orDefault()}
	if !info.Mode().IsRegular() {
		return nil, f.broken(RuleNotGeoPackage, "this is no file; give a .gpkg")
	}
	if info.Size() > f.limits.FileBytes {
		return nil, f.broken(RuleFileBytes, "the file has more than %d bytes", f.limits.FileBytes)
	}
	if err := f.checkHeader(); err != nil {
		return nil, err
	}
	if err := f.checkClosed(); err != nil {
		return nil, err
	}
	if err := f.connect(); err != nil {
		return nil, err
	}
	if err := f.readContents(); err != nil {
		return nil, errors.Join(f.failure(err), f.Close())
	}
	return f, nil
}

func (f *LayerFile) name() string { return filepath.Base(f.path) }

func (f *LayerFile) broken(rule geo.Rule, format string, args ...any) error {
	return broken(rule, f.name(), format, args...)
}

// checkHeader reads what the first page says of the file, before SQLite does.
func (f *LayerFile) checkHeader() error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("open GeoPackage: %w", err)
	}
	defer file.Close()
	head := make([]byte, sqliteHeader)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("open GeoPackage: %w", err)
	}
	head = head[:n]
	switch {
	case n < len(sqliteMagic) || string(head[:len(sqliteMagic)]) != sqliteMagic:
		return f.broken(RuleNotGeoPackage, "this is no SQLite database, which every GeoPackage is")
	case n < sqliteHeader:
		return f.broken(RuleTruncated, "the file ends within its header")
	case !Looks(head):
		return f.broken(RuleNotGeoPackage, "this is a SQLite database, but its application id is not that of a GeoPackage")
	case head[atWriteVersion] == logAheadVersion || head[atReadVersion] == logAheadVersion:
		return f.broken(RuleNotClosed, "the file is open in another program, or was not closed there (write-ahead log); close it and try again, or make a copy with: ogr2ogr copy.gpkg %s", f.name())
	}
	return f.checkSize(head)
}

// checkSize holds the pages that the header counts against the bytes there are.
// The count is valid where the two change counters agree.
func (f *LayerFile) checkSize(head []byte) error {
	page := int64(binary.BigEndian.Uint16(head[atPageSize:]))
	if page == 1 {
		page = largestPage
	}
	if page < smallestSQLitePage || page&(page-1) != 0 {
		return f.broken(RuleDamaged, "the header gives a page size of %d bytes", page)
	}
	counted := string(head[atChangeCounter:atChangeCounter+4]) == string(head[atVersionValidFor:atVersionValidFor+4])
	pages := int64(binary.BigEndian.Uint32(head[atPageCount:]))
	if counted && pages*page > f.before.Size() {
		return f.broken(RuleTruncated, "the header counts %d bytes, the file has %d", pages*page, f.before.Size())
	}
	return nil
}

// checkClosed looks for what a program leaves beside a file that it has open or
// could not finish.
func (f *LayerFile) checkClosed() error {
	for suffix, left := range map[string]func(head []byte) bool{
		"-wal":     func(head []byte) bool { return len(head) > 0 },
		"-journal": func(head []byte) bool { return string(head) == rollbackMagic },
	} {
		head, err := headOf(f.path + suffix)
		if err != nil {
			return err
		}
		if left(head) {
			return f.broken(RuleNotClosed, "the file is being changed by another program, or was left half changed: %s%s lies beside it; close the file there and try again", f.name(), suffix)
		}
	}
	return nil
}

// headOf returns the first eight bytes of a file, fewer where it has fewer.
func headOf(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open GeoPackage: %w", err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open GeoPackage: %w", err)
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, int64(len(rollbackMagic))))
	if err != nil {
		return nil, fmt.Errorf("open GeoPackage: %w", err)
	}
	return head, nil
}

// How a file of others is opened: nothing is written, locked or waited for, what
// the schema brings along is not trusted, and every page is looked at before it
// is used. The driver is a plain one, without this package's functions.
var foreignSettings = url.Values{
	"mode": {"ro"}, "immutable": {"1"}, "_defensive": {"1"},
	"_pragma": {"trusted_schema(0)", "cell_size_check(1)", "query_only(1)", pragmaMemory, "mmap_size(0)", "cache_size(-8000)"},
}

// foreignCeilings bound what SQLite does for one statement; the reading of
// layers needs next to nothing of it.
var foreignCeilings = map[int]int{
	sqlite3.SQLITE_LIMIT_SQL_LENGTH:      1 << 20,
	sqlite3.SQLITE_LIMIT_EXPR_DEPTH:      50,
	sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 5,
	sqlite3.SQLITE_LIMIT_ATTACHED:        0,
	sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH:   1,
}

func (f *LayerFile) connect() error {
	settings := url.Values{}
	for name, values := range foreignSettings {
		settings[name] = values
	}
	path, err := filepath.Abs(f.path)
	if err != nil {
		return fmt.Errorf("open GeoPackage: %w", err)
	}
	f.db = sql.OpenDB(&connector{driver: &sqlite.Driver{}, dsn: address(path, settings)})
	f.db.SetMaxOpenConns(1)
	if f.conn, err = f.db.Conn(f.ctx); err != nil {
		return errors.Join(f.failure(err), f.Close())
	}
	if err := f.limit(); err != nil {
		return errors.Join(f.failure(err), f.Close())
	}
	return nil
}

func (f *LayerFile) limit() error {
	for id, most := range foreignCeilings {
		if _, err := sqlite.Limit(f.conn, id, most); err != nil {
			return err
		}
	}
	// Room for a value above its ceiling, so that its record can be told from the
	// file; what claims more is refused by SQLite before it takes memory.
	// The texts of the schema count as values too.
	most := 2 * max(f.limits.BlobBytes, f.limits.TextBytes, foreignCeilings[sqlite3.SQLITE_LIMIT_SQL_LENGTH])
	_, err := sqlite.Limit(f.conn, sqlite3.SQLITE_LIMIT_LENGTH, most)
	return err
}

// failure says what SQLite's error means for a file that is hostile until read.
// Errors that are not SQLite's pass as they are.
func (f *LayerFile) failure(err error) error {
	var e *sqlite.Error
	if f.ctx.Err() != nil {
		return f.ctx.Err()
	}
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_TOOBIG:
		return f.broken(RuleTooLong, "the file holds a value or a statement that is longer than any that is read")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM:
		return err
	}
	return f.broken(RuleDamaged, "the database cannot be read (%.200s)", strings.ToValidUTF8(e.Error(), "\uFFFD"))
}

// unchanged refuses a file that was written to while it was read: what came of
// it may be of two states.
func (f *LayerFile) unchanged() error {
	now, err := os.Stat(f.path)
	if err != nil {
		return fmt.Errorf("read GeoPackage: %w", err)
	}
	if !os.SameFile(now, f.before) || now.Size() != f.before.Size() || !now.ModTime().Equal(f.before.ModTime()) {
		return f.broken(RuleFileChanged, "the file changed while it was read; close it in the other program and try again")
	}
	return nil
}
