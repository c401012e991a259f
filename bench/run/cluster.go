package run

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoPostgreSQL says how to get what is missing.
var errNoPostgreSQL = errors.New("measuring needs PostgreSQL with PostGIS (Debian: apt-get install postgresql postgresql-15-postgis-3)")

// cluster is a PostgreSQL of its own, in its default settings but for the size of its log, which
// lets it be filled without pauses. It listens on a socket alone.
type cluster struct {
	data, socket string
	cmd          *exec.Cmd
	ended        chan struct{}
}

// startCluster makes a cluster in dir, unless one is there, and starts it.
func startCluster(ctx context.Context, dir string) (*cluster, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, e := exec.LookPath("initdb"); e == nil {
		found = []string{path}
	}
	if err != nil || len(found) == 0 {
		return nil, errNoPostgreSQL
	}
	socket, err := os.MkdirTemp("/tmp", "oxus-bench-") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	c := &cluster{data: filepath.Join(dir, "data"), socket: socket, ended: make(chan struct{})}
	if err := c.launch(ctx, filepath.Dir(slices.Max(found))); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *cluster) launch(ctx context.Context, bin string) error {
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return err
	}
	asUser, err := unprivileged(c.data, c.socket)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err != nil {
		initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", c.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions",
			"--locale=C.UTF-8")
		initdb.SysProcAttr, initdb.Dir = asUser, c.socket
		if out, err := initdb.CombinedOutput(); err != nil {
			return fmt.Errorf("make a cluster in %s: %w: %s", c.data, err, out)
		}
	}
	log, err := os.Create(c.socket + "/log")
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own handle
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(bin, "postgres"), "-D", c.data, "-k", c.socket,
		"-c", "listen_addresses=", "-c", "max_wal_size=8GB", "-c", "checkpoint_timeout=30min")
	c.cmd.Stdout, c.cmd.Stderr, c.cmd.SysProcAttr, c.cmd.Dir = log, log, asUser, c.socket
	if err := c.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = c.cmd.Wait() // how a server that was told to go away went tells nothing
		close(c.ended)
	}()
	return c.answers(ctx)
}

// answers waits for the server.
func (c *cluster) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute) // it may have to recover
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.url("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.ended:
			text, _ := os.ReadFile(c.socket + "/log") // what there is of it
			return fmt.Errorf("PostgreSQL ended: %w\n%s", err, text)
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (c *cluster) url(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(c.socket)
}

// stop ends the server; its data stays.
func (c *cluster) stop() {
	if c.cmd != nil && c.cmd.Process != nil {
		_ = c.cmd.Process.Signal(syscall.SIGINT) // it may have ended by itself
		<-c.ended
	}
	_ = os.RemoveAll(c.socket) // a leftover in the temporary directory harms nobody
}

// unprivileged gives folders to the user postgres when root measures, whom PostgreSQL refuses
// to serve.
func unprivileged(folders ...string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoPostgreSQL, err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, f := range folders {
		if err := os.Chown(f, int(uid), int(gid)); err != nil {
			return nil, err
		}
	}
	return attr, errors.Join(errUID, errGID)
}
