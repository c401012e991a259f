package postgistest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// errMissing tells how to get what is missing.
var errMissing = errors.New("tests and measurements of the database need PostgreSQL with PostGIS here " +
	"(Debian: apt-get install postgresql postgresql-15-postgis-3) or a server named by " + serverVariable)

// watch runs a server until its standard input ends, which happens however the
// test process ends, and leaves nothing behind.
const watch = `"$@" >"$DIRECTORY/log" 2>&1 & server=$!
read -r _
kill -INT $server; wait $server
rm -rf "$DIRECTORY"`

// server is a throw-away PostgreSQL that listens on a socket in its own
// directory, so servers of several test processes never meet.
type server struct {
	url       string
	directory string
	watcher   *exec.Cmd
	lifeline  io.Closer
}

// start makes a cluster with PostGIS in its template and waits until it answers.
func start() (*server, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("/tmp", "oxus-pg-") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	s := &server{directory: dir, url: "postgres://postgres@/postgres?host=" + url.QueryEscape(dir)}
	if err := s.launch(bin); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) launch(bin string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// A process group of its own: an interrupt of the tests ends it through its watcher.
	asUser := &syscall.SysProcAttr{Setpgid: true}
	err := AsPostgres(asUser, s.directory)
	if err != nil {
		return err
	}
	data := filepath.Join(s.directory, "data")
	// A language's order, so that whatever needs the order of bytes must say so.
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--no-sync", "--no-instructions", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")
	initdb.SysProcAttr, initdb.Dir = asUser, s.directory
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("make a cluster: %w: %s", err, out)
	}
	s.watcher = exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", watch, "watch", filepath.Join(bin, "postgres"), "-D", data, "-k", s.directory,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=100", "-c", "autovacuum=off")
	s.watcher.Env = append(os.Environ(), "DIRECTORY="+s.directory)
	s.watcher.SysProcAttr, s.watcher.Dir = asUser, s.directory
	if s.lifeline, err = s.watcher.StdinPipe(); err != nil {
		return err
	}
	if err := s.watcher.Start(); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// prepare waits for the server and puts the extensions into the template of
// every new database.
func (s *server) prepare(ctx context.Context) error {
	template := strings.Replace(s.url, "/postgres?", "/template1?", 1)
	conn, err := pgx.Connect(ctx, template)
	for err != nil && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		conn, err = pgx.Connect(ctx, template)
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(s.directory, "log")) // it may not have come so far
		return fmt.Errorf("the server does not answer: %w\n%s", err, bytes.TrimSpace(log))
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, extension := range []string{"postgis", "btree_gist"} {
		if _, err := conn.Exec(ctx, "CREATE EXTENSION "+extension); err != nil {
			return fmt.Errorf("%w: %w", errMissing, err)
		}
	}
	return nil
}

func (s *server) stop() {
	if s.watcher == nil || s.watcher.Process == nil {
		_ = os.RemoveAll(s.directory) // a leftover in the temporary directory harms nobody
		return
	}
	s.lifeline.Close()
	_ = s.watcher.Wait() // how a server that was told to go away went tells nothing
}

// Programs returns the directory of PostgreSQL's programs: the one on the path, else
// the newest where packages put them. Its error tells how to get them.
func Programs() (string, error) {
	if initdb, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(initdb), nil
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb",
		"/opt/homebrew/opt/postgresql@*/bin/initdb", "/usr/local/opt/postgresql@*/bin/initdb",
	} {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		found = append(found, matches...)
	}
	if len(found) == 0 {
		return "", errMissing
	}
	return filepath.Dir(slices.Max(found)), nil
}

// AsPostgres has a process run as the user postgres, to whom it gives folders, when
// root starts it: PostgreSQL refuses to serve root.
func AsPostgres(process *syscall.SysProcAttr, folders ...string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("%w: %w", errMissing, err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return err
	}
	process.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, folder := range folders {
		if err := os.Chown(folder, int(uid), int(gid)); err != nil {
			return err
		}
	}
	return nil
}
