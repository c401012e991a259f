package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

// benchRows is the variable that says how many points are imported; without it
// a few are.
const benchRows = "OXUS_BENCH_ROWS"

// BenchmarkImport imports a zipped shapefile of invented incidents into PostGIS and the
// file, by the command line: staged, which is the preview too, applied, and taken back.
// Into PostGIS ogr2ogr copies the same zip by turns. It reports the seconds of each step,
// the ratio, and the most memory that the program took; what is only promised as a ratio
// is not asserted.
func BenchmarkImport(b *testing.B) {
	rows := benchCount(b)
	zip := benchZip(b, rows, 0)
	for _, store := range []string{"postgis", "file"} {
		b.Run(store, func(b *testing.B) {
			var m measured
			for b.Loop() {
				k := benchStore(b, store)
				if store == "postgis" {
					m.add("ogr2ogr", benchOgr2ogr(b, k, zip), 0)
				}
				m.run(b, k, "stage", "import", zip, "--collection", "incidents")
				m.run(b, k, "apply", "import", "apply", k.newest().ID, "--accept-warnings")
				k.holds(b, rows)
				m.run(b, k, "rollback", "import", "rollback", k.newest().ID)
				k.holds(b, 0)
			}
			m.report(b)
		})
	}
}

// BenchmarkImportChanges previews and applies as many rows again, each of them changed,
// against those that are stored.
func BenchmarkImportChanges(b *testing.B) {
	rows := benchCount(b)
	before, after := benchZip(b, rows, 0), benchZip(b, rows, 1)
	for _, store := range []string{"postgis", "file"} {
		b.Run(store, func(b *testing.B) {
			var m measured
			for b.Loop() {
				k := benchStore(b, store)
				k.command(b, "import", before, "--collection", "incidents", "--yes", "--accept-warnings")
				m.run(b, k, "preview", "import", after, "--collection", "incidents", "--dry-run")
				m.run(b, k, "stage", "import", after, "--collection", "incidents")
				m.run(b, k, "apply", "import", "apply", k.newest().ID, "--accept-warnings")
			}
			m.report(b)
		})
	}
}

func benchCount(b *testing.B) int {
	b.Helper()
	text := os.Getenv(benchRows)
	if text == "" {
		return 2000
	}
	rows, err := strconv.Atoi(text)
	if err != nil || rows < 1 {
		b.Fatalf("%s=%s is not a number of rows", benchRows, text)
	}
	return rows
}

// benchZip writes invented incidents at random places as a zipped shapefile. Of another
// version every title differs and nothing else.
func benchZip(b *testing.B, rows, version int) string {
	b.Helper()
	dir := b.TempDir()
	table := filepath.Join(dir, "events.csv")
	f, err := os.Create(table)
	if err != nil {
		b.Fatal(err)
	}
	w, rng := bufio.NewWriter(f), rand.New(rand.NewPCG(1, 1))
	fmt.Fprintln(w, "x,y,id,title,category,start_date,confidence,summary,sources")
	categories := []string{"armed_clash", "border_fire", "attack", "smuggling", "arrest", "closure", "disaster"}
	for n := range rows {
		fmt.Fprintf(w, "%.6f,%.6f,p%07d,Event %d of %d,%s,%d-%02d-%02d,claimed,Made for measuring.,m1\n", 66+8*rng.Float64(), 36+4*rng.Float64(), n, n, version,
			categories[rng.IntN(len(categories))], 2000+rng.IntN(26), 1+rng.IntN(12), 1+rng.IntN(28))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	zip := filepath.Join(dir, "events.shp.zip")
	benchCommand(b, "ogr2ogr", "-f", "ESRI Shapefile", zip, table, "-oo", "X_POSSIBLE_NAMES=x", "-oo", "Y_POSSIBLE_NAMES=y", "-oo", "AUTODETECT_TYPE=YES",
		"-oo", "KEEP_GEOM_COLUMNS=NO", "-a_srs", "EPSG:4326", "-lco", "ENCODING=UTF-8")
	return zip
}

// benchmark is a store that is measured, by the commands of the program.
type benchmark struct {
	p *program
}

func benchStore(b *testing.B, kind string) *benchmark {
	b.Helper()
	where := &settings{File: filepath.Join(b.TempDir(), "oxus.gpkg")}
	if kind == "postgis" {
		where = &settings{DatabaseURL: secret(postgistest.Database(b)), Uploads: b.TempDir()}
	}
	k := &benchmark{&program{settings: where, stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}}
	k.use(b, func(s geo.Store) error {
		return s.Apply(context.Background(), geo.Change{Actor: "bench", Sources: []geo.Source{{ID: "m1", Publisher: "P", Title: "Made for measuring"}}})
	})
	return k
}

// use opens the store and closes it again.
func (k *benchmark) use(b *testing.B, do func(geo.Store) error) {
	b.Helper()
	store, err := k.p.openStore(context.Background(), toServe)
	if err != nil {
		b.Fatal(err)
	}
	if err := do(store); err != nil {
		b.Fatal(err)
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
}

// newest is the newest import.
func (k *benchmark) newest() (im geo.Import) {
	store, err := k.p.openStore(context.Background(), toRead)
	if err != nil {
		return im
	}
	defer store.Close()
	if list, err := store.Imports(context.Background(), geo.ImportQuery{Limit: 1}); err == nil && len(list) > 0 {
		im = list[0]
	}
	return im
}

// holds ends the benchmark unless so many incidents are stored.
func (k *benchmark) holds(b *testing.B, want int) {
	b.Helper()
	k.use(b, func(s geo.Store) error {
		c, err := k.p.atlas.Collection("incidents")
		if err != nil {
			return err
		}
		n := 0
		for _, err := range s.Items(context.Background(), geo.Query{Collection: c}) {
			if err != nil {
				return err
			}
			n++
		}
		if n != want {
			return fmt.Errorf("%d incidents are stored, %d expected", n, want)
		}
		return nil
	})
}

// command runs a command in a process of its own, and returns how long it took and the
// most memory that it had, in MB.
func (k *benchmark) command(b *testing.B, args ...string) (time.Duration, float64) {
	b.Helper()
	binary, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Args = append([]string{"oxus"}, args...) // by this name the test binary is the program
	cmd.Env = append(os.Environ(), "OXUS_FILE="+k.p.settings.File, "DATABASE_URL="+string(k.p.settings.DatabaseURL), "OXUS_UPLOADS="+k.p.settings.Uploads)
	var said strings.Builder
	cmd.Stderr = &said
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %v: %s", args, err, said.String())
	}
	took := time.Since(began)
	usage, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return took, float64(usage.Maxrss) / 1024
}

func benchOgr2ogr(b *testing.B, k *benchmark, zip string) time.Duration {
	b.Helper()
	config, err := pgx.ParseConfig(string(k.p.settings.DatabaseURL))
	if err != nil {
		b.Fatal(err)
	}
	database := fmt.Sprintf("PG:host=%s port=%d dbname=%s user=%s password='%s'", config.Host, config.Port, config.Database, config.User, config.Password)
	began := time.Now()
	benchCommand(b, "ogr2ogr", "-f", "PostgreSQL", database, "/vsizip/"+zip, "-nln", "plain", "--config", "PG_USE_COPY", "YES")
	return time.Since(began)
}

func benchCommand(b *testing.B, name string, args ...string) {
	b.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s needs GDAL (Debian: apt-get install gdal-bin): %v\n%s", name, err, out)
	}
}

// measured are the seconds and megabytes of steps.
type measured struct {
	steps   []string
	seconds map[string][]float64
	memory  map[string]float64
}

func (m *measured) run(b *testing.B, k *benchmark, step string, args ...string) {
	b.Helper()
	took, memory := k.command(b, args...)
	m.add(step, took, memory)
}

func (m *measured) add(step string, took time.Duration, memory float64) {
	if m.seconds == nil {
		m.seconds, m.memory = map[string][]float64{}, map[string]float64{}
	}
	if !slices.Contains(m.steps, step) {
		m.steps = append(m.steps, step)
	}
	m.seconds[step] = append(m.seconds[step], took.Seconds())
	m.memory[step] = max(m.memory[step], memory)
}

// report tells medians, the most memory, and the ratio to ogr2ogr where that ran.
func (m *measured) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	middle := func(step string) float64 {
		all := slices.Sorted(slices.Values(m.seconds[step]))
		return all[len(all)/2]
	}
	for _, step := range m.steps {
		b.ReportMetric(middle(step), "s/"+step)
		if m.memory[step] > 0 {
			b.ReportMetric(m.memory[step], "MB/"+step)
		}
	}
	if slices.Contains(m.steps, "ogr2ogr") {
		b.ReportMetric((middle("stage")+middle("apply"))/middle("ogr2ogr"), "(stage+apply)/ogr2ogr")
	}
}
