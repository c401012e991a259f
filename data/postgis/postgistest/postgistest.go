// Package postgistest gives tests empty PostGIS databases. A package whose tests
// use it hands its TestMain over, so that they share one server:
//
//	func TestMain(m *testing.M) { postgistest.Main(m) }
//
// The server is the one OXUS_TEST_DATABASE_URL names, whose user must be allowed
// to create databases and extensions, else a throw-away one started from the
// PostgreSQL installed here. A test that needs a database and can have none
// fails; it is never skipped.
package postgistest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// serverVariable names the server that tests may create databases on.
const serverVariable = "OXUS_TEST_DATABASE_URL"

// patience is how long creating or dropping a database may take on a machine
// that runs many tests at once.
const patience = time.Minute

// Main runs the tests of a package with one server for all of them, started now
// and stopped after the last. When none can be started the tests that need one
// will say so.
func Main(m *testing.M) {
	if os.Getenv(serverVariable) == "" {
		if server, err := start(); err == nil {
			defer server.stop()
			if err := os.Setenv(serverVariable, server.url); err != nil {
				panic(err) // the name is well formed
			}
		}
	}
	m.Run() // the test binary exits with its result after TestMain returns
}

// Database returns the URL of a new empty database, which is dropped when the
// test ends.
func Database(t testing.TB) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		own, err := start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(own.stop)
		server = own.url
	}
	name := newName()
	if err := execute(server, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return onDatabase(t, server, name)
}

// newName makes a name that no other test process uses at the same time.
func newName() string {
	return fmt.Sprintf("oxus_test_%d_%s", os.Getpid(), strconv.FormatInt(time.Now().UnixNano(), 36))
}

func onDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		t.Fatalf("%s must be a URL", serverVariable)
	}
	u.Path = "/" + name
	return u.String()
}

func execute(server, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}
