package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"oxus/bench/data"
	"oxus/bench/report"
)

// bench is one run.
type bench struct {
	Settings
	out      io.Writer
	cluster  *cluster
	database string
	set      *data.Set
	oxus     string
	flags    map[string]bool
	stances  []*stance
	floors   map[string]*process
	peer     *peer
	// second is a server over the larger database.
	second *process
	// running are all servers that were started.
	running    []*process
	complained map[string]bool
	about      report.Run
}

// All measures what is wanted and writes the page. What earlier runs measured of other cases is
// kept and shown with the run it is of. Out is told what goes on.
func All(ctx context.Context, s Settings, out io.Writer) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	kept := filepath.Join(s.Dir, "results.json")
	results, err := report.Read(kept)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(cases(), func(m measured) bool { return s.wanted(m.ID) }) {
		return report.WritePage(s.Page, results, expected())
	}
	b := &bench{Settings: s, out: out, flags: map[string]bool{}, floors: map[string]*process{}, complained: map[string]bool{}}
	defer b.stop()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	var failed []error
	for _, m := range cases() {
		if !s.wanted(m.ID) {
			continue
		}
		began := time.Now()
		c, err := b.measureCase(ctx, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			b.tell("%s: %v", m.ID, err)
			failed = append(failed, fmt.Errorf("case %s (BENCH_ONLY=%s tries it again): %w", m.ID, m.ID, err))
			if results.Has(m.ID) {
				continue // what was measured earlier stays
			}
			c = report.Case{ID: m.ID, Title: m.Title, Question: c.Question, Run: c.Run, Failed: plainly(err)}
		} else {
			b.tell("%s: %s, in %.0f s", m.ID, m.Title, time.Since(began).Seconds())
		}
		results.Put(c)
		if err := results.Write(kept); err != nil {
			return err
		}
		if err := report.WritePage(s.Page, results, expected()); err != nil {
			return err
		}
	}
	return errors.Join(failed...)
}

// addresses are where servers of one run listen, which tell readers nothing.
var addresses = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// plainly is an error as one short line.
func plainly(err error) string {
	text := strings.Join(strings.Fields(addresses.ReplaceAllString(err.Error(), "")), " ")
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// measureCase measures a case, and gives it the run.
func (b *bench) measureCase(ctx context.Context, m measured) (report.Case, error) {
	about := b.about
	about.Load = running()
	c, err := m.run(ctx, b)
	c.Run = about
	return c, err
}

// prepare starts everything.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.Dir, err = filepath.Abs(b.Dir); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	if b.cluster, err = startCluster(ctx, b.Dir); err != nil {
		return err
	}
	if b.database, b.set, err = b.fill(ctx, b.Rows); err != nil {
		return err
	}
	for _, name := range []string{"echo", "sql"} {
		args := append(slices.Clone(b.Self), "floor", name, "{address}", b.database)
		if b.floors[name], err = start(ctx, b.Dir, "floor "+name, "/", nil, args...); err != nil {
			return err
		}
		b.running = append(b.running, b.floors[name])
	}
	if err := b.stand(ctx); err != nil {
		return err
	}
	if b.peer, err = b.startPeer(ctx); err != nil {
		return err
	}
	b.about, err = b.describe(ctx)
	return err
}

func (b *bench) stop() {
	for _, p := range b.running {
		p.stop()
	}
	if b.cluster != nil {
		b.cluster.stop()
	}
}

func (b *bench) tell(format string, args ...any) {
	fmt.Fprintf(b.out, format+"\n", args...)
}
