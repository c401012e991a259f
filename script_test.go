package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"oxus": main, killedName: killedProcess})
}

// TestScripts runs the transcripts in testdata/script: what a person types and
// what they read. serve starts a server in the background and sets URL,
// shutdown ends it, get fetches an address to standard output, database sets
// DATABASE_URL to an empty PostGIS database.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are no scripts: %v", err)
	}
	if storetest.Raced() { // what imports do beside each other, other tests ask
		scripts = slices.DeleteFunc(scripts, func(name string) bool { return strings.HasPrefix(filepath.Base(name), "import-") })
	}
	testscript.Run(t, testscript.Params{
		Files:               scripts,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_DATA_HOME", env.WorkDir+"/data")
			env.Setenv("OXUS_ACTOR", "tester")
			env.Values[serverKey{}] = &server{}
			env.Values[testKey{}] = t // its databases outlive the scripts, which may run at once
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve": scriptServe, "shutdown": scriptShutdown, "get": scriptGet, "database": scriptDatabase,
		},
	})
}

// server is the server a script runs.
type server struct {
	cancel context.CancelFunc
	ended  chan error
}

type (
	serverKey struct{}
	testKey   struct{}
)

func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	s := ts.Value(serverKey{}).(*server)
	s.cancel, s.ended = cancel, make(chan error, 1)
	full := append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)
	for i, a := range full {
		if i > 0 && full[i-1] == "--file" {
			full[i] = ts.MkAbs(a)
		}
	}
	if url := ts.Getenv("DATABASE_URL"); url != "" {
		full = append(full, "--database-url", url)
	}
	go func() {
		err := run(ctx, full, strings.NewReader(""), io.Discard, w)
		s.ended <- err
		w.Close()
	}()
	ts.Defer(cancel)
	address, err := listening(r)
	if err != nil {
		cancel()
		ts.Fatalf("the server does not listen: %v", errors.Join(err, <-s.ended))
	}
	ts.Setenv("URL", "http://"+address)
}

// listening reads the log until it names the address.
func listening(r io.Reader) (string, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var line struct{ Msg, Address, Level string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return "", err
		}
		if line.Level == "WARN" || line.Level == "ERROR" {
			return "", errors.New(lines.Text()) // a clean run logs no warnings
		}
		if line.Msg == "listening" {
			go io.Copy(io.Discard, r)
			return line.Address, nil
		}
	}
	return "", errors.New("the log ended")
}

func scriptShutdown(ts *testscript.TestScript, _ bool, _ []string) {
	s := ts.Value(serverKey{}).(*server)
	s.cancel()
	select {
	case err := <-s.ended:
		ts.Check(err)
	case <-time.After(15 * time.Second):
		ts.Fatalf("the server does not stop")
	}
}

func scriptGet(ts *testscript.TestScript, neg bool, args []string) {
	response, err := http.Get(args[0])
	ts.Check(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	ts.Check(err)
	if (response.StatusCode >= 400) != neg {
		ts.Fatalf("%s answers %s: %s", args[0], response.Status, body)
	}
	if _, err := ts.Stdout().Write(body); err != nil {
		ts.Fatalf("%v", err)
	}
}

func scriptDatabase(ts *testscript.TestScript, _ bool, _ []string) {
	t, ok := ts.Value(testKey{}).(*testing.T)
	if !ok {
		ts.Fatalf("no test to make a database for")
	}
	ts.Setenv("DATABASE_URL", postgistest.Database(t))
}
