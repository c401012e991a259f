package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/bench/report"
)

// describe says what is measured, where and with what.
func (b *bench) describe(ctx context.Context) (report.Run, error) {
	r := report.Run{
		Day: time.Now().UTC().Format(time.DateOnly), Go: "Go " + strings.TrimPrefix(runtime.Version(), "go"), Machine: machine(),
		Rows: b.Rows, Seed: b.Seed, Seconds: b.Seconds, Rounds: b.Rounds, Revision: b.revision(ctx),
	}
	conn, err := pgx.Connect(ctx, b.database)
	if err != nil {
		return r, err
	}
	defer func() { _ = conn.Close(ctx) }()
	err = conn.QueryRow(ctx, `SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) || ' with PostGIS ' || postgis_lib_version() ||
		', shared_buffers ' || current_setting('shared_buffers') || ', the database has ' || pg_size_pretty(pg_database_size(current_database()))`).Scan(&r.Database)
	r.Database += b.peerVersion(ctx)
	return r, err
}

// revision is the commit that is measured, with a plus where files differ from it.
func (b *bench) revision(ctx context.Context) string {
	git := func(args ...string) string {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir = b.Root
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	commit := git("rev-parse", "--short=10", "HEAD")
	switch {
	case commit == "":
		return "(unknown)"
	case git("status", "--porcelain", "--", "*.go", "*.sql", "go.mod") != "":
		return commit + " with changes"
	}
	return commit
}

// machine is the processor, the memory and the system.
func machine() string {
	model, memory, system := "a processor", "", "Linux"
	eachLine("/proc/cpuinfo", ":", func(name, value string) {
		if name == "model name" {
			model = value
		}
	})
	eachLine("/proc/meminfo", ":", func(name, value string) {
		if kB, err := strconv.Atoi(strings.TrimSuffix(value, " kB")); name == "MemTotal" && err == nil {
			memory = fmt.Sprintf(", %d GB of memory", (kB+1<<19)>>20)
		}
	})
	eachLine("/etc/os-release", "=", func(name, value string) {
		if name == "PRETTY_NAME" {
			system = strings.Trim(value, `"`)
		}
	})
	return fmt.Sprintf("%d × %s%s, %s", runtime.NumCPU(), model, memory, system)
}

// eachLine hands out the names and values of a file's lines; a file that is not there has none.
func eachLine(path, between string, use func(name, value string)) {
	text, _ := os.ReadFile(path) // what cannot be read is not told
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, between); found {
			use(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
}

// running is how many processes wanted to run over the last minute.
func running() float64 {
	text, _ := os.ReadFile("/proc/loadavg") // 0 where it is not told
	first, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseFloat(first, 64)
	return n
}
