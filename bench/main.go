// Command bench measures Oxus against the floors of its libraries and against other servers, by
// turns in one run, and writes docs/performance.md. Variables that begin with BENCH_ say what is
// measured and for how long; docs/performance.md lists them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"oxus/bench/floor"
	"oxus/bench/run"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command measures; or, with "floor", a name, an address and a database, it is one of the
// floors.
func command(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	if len(args) == 4 && args[0] == "floor" {
		return floor.Serve(ctx, args[1], args[2], args[3])
	}
	if len(args) > 0 {
		return fmt.Errorf("%q: there are no arguments; BENCH_ROWS and others say what is measured", args)
	}
	settings, err := run.FromEnvironment(getenv)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	settings.Self = []string{self}
	return run.All(ctx, settings, out)
}
