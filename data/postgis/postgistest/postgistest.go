// Package postgistest gives tests PostGIS databases, empty or copied. A package whose tests
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
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
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
	dropTemplates(os.Getenv(serverVariable))
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
	return create(t, server, "")
}

// Copy returns the URL of a new database that is dropped when the test ends, with
// what fill puts into an empty one. The first test that asks for a name has it
// filled, the others get copies of what it held then. fill leaves no connection open.
func Copy(t testing.TB, name string, fill func(url string) error) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" { // this test has a server of its own, and nobody to share with
		filled := Database(t)
		if err := fill(filled); err != nil {
			t.Fatalf("fill the database %s: %v", name, err)
		}
		return filled
	}
	templates.Lock()
	defer templates.Unlock()
	if templates.names[name] == "" {
		template := newName()
		if err := fillTemplate(server, template, fill); err != nil {
			t.Fatalf("fill the database %s: %v", name, errors.Join(err, drop(server, template)))
		}
		templates.names[name] = template
	}
	return create(t, server, templates.names[name])
}

// templates are the databases that tests get copies of, by what they hold.
var templates = struct {
	sync.Mutex
	names map[string]string
}{names: map[string]string{}}

func fillTemplate(server, template string, fill func(url string) error) error {
	if err := execute(server, "CREATE DATABASE "+template); err != nil {
		return err
	}
	at, err := onDatabase(server, template)
	if err != nil {
		return err
	}
	return fill(at)
}

// dropTemplates leaves a server that others use as it was.
func dropTemplates(server string) {
	for _, template := range templates.names {
		if err := drop(server, template); err != nil {
			fmt.Fprintf(os.Stderr, "drop the database %s, which tests copied: %v\n", template, err)
		}
	}
}

// create makes a database for a test, a copy of another where that is not "".
func create(t testing.TB, server, template string) string {
	t.Helper()
	name := newName()
	statement := "CREATE DATABASE " + name
	if template != "" {
		statement += " TEMPLATE " + template
	}
	if err := execute(server, statement); err != nil {
		t.Fatalf("create a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(server, name); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	at, err := onDatabase(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func drop(server, name string) error {
	return execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

// newName makes a name that no other test process uses at the same time.
func newName() string {
	return fmt.Sprintf("oxus_test_%d_%s", os.Getpid(), strconv.FormatInt(time.Now().UnixNano(), 36))
}

func onDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "" {
		return "", fmt.Errorf("%s must be a URL", serverVariable)
	}
	u.Path = "/" + name
	return u.String(), nil
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
