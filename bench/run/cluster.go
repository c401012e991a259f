package run

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis/postgistest"
)

// cluster is a PostgreSQL of its own, in its default settings but for the size of its log, which
// lets it be filled without pauses. It listens on a socket alone.
type cluster struct {
	data, socket string
	cmd          *exec.Cmd
	ended        chan struct{}
}

// startCluster makes a cluster in dir, unless one is there, and starts it.
func startCluster(ctx context.Context, dir string) (*cluster, error) {
	bin, err := postgistest.Programs()
	if err != nil {
		return nil, err
	}
	socket, err := os.MkdirTemp("/tmp", "oxus-bench-") // short: a socket's path has 107 bytes
	if err != nil {
		return nil, err
	}
	c := &cluster{data: filepath.Join(dir, "data"), socket: socket, ended: make(chan struct{})}
	if err := c.launch(ctx, bin); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *cluster) launch(ctx context.Context, bin string) error {
	if err := os.MkdirAll(c.data, 0o700); err != nil {
		return err
	}
	asUser := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if err := postgistest.AsPostgres(asUser, c.data, c.socket); err != nil {
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
