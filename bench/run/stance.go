package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
)

// noCache is why nothing is cached.
const noCache = "this build has no response cache (--cache)"

// stance is a way in which Oxus answers.
type stance struct {
	name    string
	missing string
	// flags are those of the stance; coldFlags turn the response cache off, too.
	flags, coldFlags []string
	// cold has no response cache; warm has, and is nil where this build has none.
	cold, warm *process
}

// usual is the server with the settings that Oxus has by itself.
func (s *stance) usual() *process {
	if s.warm != nil {
		return s.warm
	}
	return s.cold
}

// build makes the program that is measured.
func (b *bench) build(ctx context.Context) error {
	path, err := filepath.Abs(filepath.Join(b.Dir, "oxus"))
	if err != nil {
		return err
	}
	b.oxus = path
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, ".")
	cmd.Dir, cmd.Env = b.Root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build Oxus: %w: %s", err, out)
	}
	help, err := exec.CommandContext(ctx, path, "serve", "--help").CombinedOutput()
	if err != nil {
		return fmt.Errorf("oxus serve --help: %w: %s", err, help)
	}
	for _, m := range regexp.MustCompile(`(?m)^\s+(?:-\w, )?(--[a-z-]+)`).FindAllSubmatch(help, -1) {
		b.flags[string(m[1])] = true
	}
	return nil
}

// stand starts Oxus in each stance that the build has.
func (b *bench) stand(ctx context.Context) error {
	sql := &stance{name: "Oxus, SQL"}
	engine := &stance{name: "Oxus, memory", missing: "this build has no memory engine over PostGIS (--memory)"}
	if b.flags["--memory"] {
		sql.flags = []string{"--memory", "0"}
		engine.flags, engine.missing = []string{"--memory", "8GiB"}, ""
	}
	b.stances = []*stance{sql, engine}
	for _, s := range b.stances {
		s.coldFlags = s.flags
		if b.flags["--cache"] {
			s.coldFlags = append(append([]string(nil), s.flags...), "--cache", "0")
		}
		if s.missing != "" {
			continue
		}
		var err error
		if s.cold, err = b.startOxus(ctx, s.name, b.database, s.coldFlags...); err != nil {
			return err
		}
		if !b.flags["--cache"] {
			continue
		}
		if s.warm, err = b.startOxus(ctx, s.name+" cached", b.database, s.flags...); err != nil {
			return err
		}
	}
	return nil
}

// startOxus starts a server over a database and waits until it has loaded what it loads.
func (b *bench) startOxus(ctx context.Context, name, database string, flags ...string) (*process, error) {
	args := append([]string{b.oxus, "serve", "--listen", "{address}", "--seed", "never", "--log-level", "warn", "--uploads", filepath.Join(b.Dir, "uploads")}, flags...)
	admin, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, b.Dir, name, "/readyz", []string{"DATABASE_URL=" + database}, append(args, "--admin", admin)...)
	if err != nil {
		return nil, err
	}
	b.running = append(b.running, p)
	if !slices.Equal(flags[:min(2, len(flags))], []string{"--memory", "0"}) {
		if err := p.holds(ctx, "http://"+admin+"/metrics", "incidents"); err != nil {
			return nil, err
		}
	}
	return p, p.settled(ctx)
}
