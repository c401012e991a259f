// Command oxus serves border infrastructure as GeoJSON and on a map, and imports
// and exports it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"oxus/geo"
	"oxus/ops"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oxus:", explain(err))
		os.Exit(exitCode(err))
	}
}

// exitCode is 1 but for outcomes that scripts tell apart.
func exitCode(err error) int {
	var o outcome
	if errors.As(err, &o) {
		return int(o)
	}
	return 1
}

// run is the whole program. Arguments and environment are its settings.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	s, command, helped, err := parse(args, stdout)
	if helped || err != nil {
		return err
	}
	p := &program{settings: s, stdin: stdin, stdout: stdout, stderr: stderr, log: newLog(stderr, s.LogLevel), atlas: geo.Border()}
	if err := p.atlas.Restrict(s.Private); err != nil {
		return fmt.Errorf("--private: %w", err)
	}
	switch command {
	case "serve":
		return p.serve(ctx)
	case "import file <file>", "import <file>":
		return p.importFile(ctx)
	case "import list":
		return p.listImports(ctx)
	case "import show <id>":
		return p.showImport(ctx)
	case "import stage <id>":
		return p.stageImport(ctx)
	case "import apply <id>":
		return p.applyImport(ctx)
	case "import discard <id>":
		return p.discardImport(ctx)
	case "import rollback <id>":
		return p.rollBackImport(ctx)
	case "export":
		return p.export(ctx)
	case "migrate":
		return p.migrate(ctx)
	case "key add <name>":
		return p.addKey(ctx)
	case "key list":
		return p.listKeys(ctx)
	case "key revoke <name>":
		return p.revokeKey(ctx)
	case "healthcheck":
		return p.healthcheck(ctx)
	default:
		_, err := fmt.Fprintln(stdout, "oxus", version())
		return err
	}
}

// program is one run of a command.
type program struct {
	settings       *settings
	stdin          io.Reader
	stdout, stderr io.Writer
	log            *slog.Logger
	atlas          *geo.Atlas
	// traces take the spans of a server; nil means none are made.
	traces *ops.Traces
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // the command line admits no other names
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}

// explain writes an error for a terminal: every fault on a line of its own.
func explain(err error) string {
	var domain *geo.Error
	if !errors.As(err, &domain) || len(domain.Faults) == 0 {
		return err.Error()
	}
	text := domain.Detail
	for _, f := range domain.Faults {
		text += "\n  " + f.String()
	}
	return text
}
