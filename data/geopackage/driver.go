package geopackage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"
	"modernc.org/sqlite"
)

// spatialDriver is SQLite with the functions that the triggers of a spatial
// index call. It is a driver of its own, so that no other user of SQLite in the
// process meets them.
var spatialDriver = sync.OnceValues(newSpatialDriver)

func newSpatialDriver() (*sqlite.Driver, error) {
	d := &sqlite.Driver{}
	var failed error
	for name, edge := range map[string]func(orb.Bound) float64{
		"ST_MinX": func(b orb.Bound) float64 { return b.Min[0] },
		"ST_MinY": func(b orb.Bound) float64 { return b.Min[1] },
		"ST_MaxX": func(b orb.Bound) float64 { return b.Max[0] },
		"ST_MaxY": func(b orb.Bound) float64 { return b.Max[1] },
	} {
		failed = errors.Join(failed, register(d, name, func(blob []byte) driver.Value {
			if b, ok := boundOf(blob); ok {
				return edge(b)
			}
			return nil
		}))
	}
	return d, errors.Join(failed, register(d, "ST_IsEmpty", func(blob []byte) driver.Value {
		if blob == nil {
			return nil
		}
		_, located := boundOf(blob)
		return !located
	}))
}

func register(d *sqlite.Driver, name string, f func(blob []byte) driver.Value) error {
	return d.RegisterFunction(name, &sqlite.FunctionImpl{
		NArgs: 1, Deterministic: true, VolatileArgs: true, // f keeps no argument
		Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			blob, _ := args[0].([]byte)
			return f(blob), nil
		},
	})
}

// connector opens connections to one file and counts them.
type connector struct {
	driver *sqlite.Driver
	dsn    string
	opened atomic.Int64
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.opened.Add(1)
	return c.driver.Open(c.dsn)
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return c.driver }

// pool opens a pool of at most size connections to the file, 0 for any number,
// each set up with the pragmas.
func pool(path string, size int, pragmas ...string) (*sql.DB, *connector, error) {
	d, err := spatialDriver()
	if err != nil {
		return nil, nil, err
	}
	c := &connector{driver: d, dsn: address(path, url.Values{"mode": {"rw"}, "_pragma": pragmas})}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, c, nil
}

// address writes a path as the URI of a database that must exist, with the
// parameters given. Whatever characters the path holds, none is read as a
// parameter. A name in double quotes is never a text.
func address(path string, query url.Values) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a Windows drive
	}
	query.Set("_dqs", "0")
	return (&url.URL{Scheme: "file", Path: p, RawQuery: query.Encode()}).String()
}
