package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oxus/data/ingest"
	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

// kills is how often each of the two commands is killed in each store.
const kills = 5

// An import that is killed at any moment of decoding, staging, applying or taking back
// leaves the data as it was before or as it is after, its state says which, and it can
// go on or be given up.
func TestKilledImports(t *testing.T) {
	for name, where := range map[string]func(t *testing.T) *settings{
		"file": func(t *testing.T) *settings { return &settings{File: filepath.Join(t.TempDir(), "oxus.gpkg")} },
		"postgis": func(t *testing.T) *settings {
			return &settings{DatabaseURL: secret(postgistest.Database(t)), Uploads: t.TempDir()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := killing{t: t, p: &program{settings: where(t), stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}}
			k.begin()
			seed := rand.Uint64()
			rng := rand.New(rand.NewPCG(seed, 0))
			for round := range kills {
				k.round = fmt.Sprintf("seed %d, round %d", seed, round)
				k.killImport(rng)
				k.killRollback(rng)
			}
			t.Logf("an import takes %v, taking it back %v; killed in the states %v", k.importing, k.rolling, k.states)
		})
	}
}

// killing is a store whose imports are killed.
type killing struct {
	t             *testing.T
	p             *program
	file, round   string
	before, after string
	// importing and rolling are how long the commands take when they are left alone.
	importing, rolling time.Duration
	// states counts in which state imports were found.
	states map[geo.ImportState]int
}

// begin fills the store, and runs each command once to its end.
func (k *killing) begin() {
	k.t.Helper()
	k.states = map[geo.ImportState]int{}
	store, err := k.p.openStore(k.t.Context(), toServe)
	if err == nil {
		err = k.p.fillWithSeed(k.t.Context(), store, "auto")
	}
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		k.t.Fatal(err)
	}
	rows := []string{"id,longitude,latitude,name_en,summary", "tem-demogan,71.50389,37.52806,Tem,Changed for this test."}
	for i := range 150 {
		rows = append(rows, fmt.Sprintf("made-up-%d,%.4f,37.1,Made up %d,Made up for this test.", i, 69+float64(i)/1000, i))
	}
	k.file = filepath.Join(k.t.TempDir(), "crossings.csv")
	if err := os.WriteFile(k.file, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		k.t.Fatal(err)
	}
	k.before = k.content()
	k.importing = k.run(0, k.importCommand()...)
	k.after = k.content()
	k.rolling = k.run(0, "import", "rollback", k.newest().ID)
	if k.content() != k.before || k.after == k.before {
		k.t.Fatal("an import that nobody kills is not taken back")
	}
}

func (k *killing) importCommand() []string {
	return []string{"import", k.file, "--collection", "crossings", "--yes", "--accept-warnings"}
}

// run runs a command in a process of its own and kills it after a while; 0 lets it
// end. It returns how long it took.
func (k *killing) run(after time.Duration, args ...string) time.Duration {
	k.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Args = append([]string{"oxus"}, args...) // by this name the test binary is the program
	cmd.Env = append(os.Environ(), "OXUS_FILE="+k.p.settings.File, "DATABASE_URL="+string(k.p.settings.DatabaseURL), "OXUS_UPLOADS="+k.p.settings.Uploads)
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	if after > 0 {
		time.Sleep(after)
		_ = cmd.Process.Kill() // it may have ended by itself
	}
	if err := cmd.Wait(); err != nil && after == 0 {
		k.t.Fatalf("%s: %v: %v %s", k.round, args, err, said.String())
	}
	return time.Since(began)
}

// with hands over what takes imports, in this process.
func (k *killing) with(do func(ctx context.Context, s *ingest.Service) error) {
	k.t.Helper()
	if err := k.p.withImports(k.t.Context(), toWrite, func(s *ingest.Service) error { return do(k.t.Context(), s) }); err != nil {
		k.t.Fatalf("%s: %v", k.round, err)
	}
}

// content is what the crossings are, but for their revisions.
func (k *killing) content() string {
	k.t.Helper()
	var lines []string
	k.with(func(ctx context.Context, s *ingest.Service) error {
		c, err := k.p.atlas.Collection("crossings")
		if err != nil {
			return err
		}
		for it, err := range s.Store.Items(ctx, geo.Query{Collection: c, Histories: true}) {
			if err != nil {
				return err
			}
			lines = append(lines, fmt.Sprint(it.ID, it.Geometry, it.Values, it.Lifetime, len(it.History)))
		}
		return nil
	})
	return strings.Join(lines, "\n")
}

// newest is the last import, the zero one when there is none.
func (k *killing) newest() (im geo.Import) {
	k.t.Helper()
	k.with(func(ctx context.Context, s *ingest.Service) error {
		list, err := s.Store.Imports(ctx, geo.ImportQuery{Limit: 1})
		if len(list) > 0 {
			im = list[0]
		}
		return err
	})
	return im
}

// is fails unless the content is what a state says.
func (k *killing) is(applied bool, what string) {
	k.t.Helper()
	want := k.before
	if applied {
		want = k.after
	}
	if got := k.content(); got != want {
		k.t.Fatalf("%s: %s, and the data is neither as it was before nor as it is after", k.round, what)
	}
}

// moment is some moment of a command.
func moment(rng *rand.Rand, whole time.Duration) time.Duration {
	return 1 + time.Duration(rng.Int64N(int64(whole+whole/10)))
}

// killImport kills an import, and goes on with it or gives it up. Afterwards the data
// is as it was.
func (k *killing) killImport(rng *rand.Rand) {
	k.t.Helper()
	last := k.newest().ID
	k.run(moment(rng, k.importing), k.importCommand()...)
	im := k.newest()
	if im.ID == last {
		k.is(false, "no import was kept")
		return
	}
	k.states[im.State]++
	k.is(im.State == geo.Applied, string(im.State))
	k.with(func(ctx context.Context, s *ingest.Service) error {
		var err error
		if im.State != geo.Applied && rng.IntN(2) == 0 {
			_, err = s.Discard(ctx, im.ID)
			return err
		}
		if slices.Contains([]geo.ImportState{geo.Uploaded, geo.Staged}, im.State) {
			if _, err = s.Stage(ctx, im.ID, nil); err == nil {
				_, err = s.Apply(ctx, im.ID, "test", true)
			}
		}
		if err == nil {
			_, err = s.RollBack(ctx, im.ID, "test", false)
		}
		return err
	})
	k.is(false, "given up or taken back")
}

// killRollback kills the taking back of an import, and goes on with it.
func (k *killing) killRollback(rng *rand.Rand) {
	k.t.Helper()
	k.run(0, k.importCommand()...)
	id := k.newest().ID
	k.run(moment(rng, k.rolling), "import", "rollback", id)
	var im geo.Import
	k.with(func(ctx context.Context, s *ingest.Service) (err error) {
		im, err = s.Store.FindImport(ctx, id)
		return err
	})
	k.states[im.State]++
	k.is(im.State == geo.Applied, string(im.State))
	k.with(func(ctx context.Context, s *ingest.Service) error {
		_, err := s.RollBack(ctx, id, "test", false)
		return err
	})
	k.is(false, "taken back")
}
