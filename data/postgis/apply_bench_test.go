package postgis_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/geo"
)

const (
	benchFeatures = 200_000
	benchPart     = 10_000
)

// benchCrossing is the n-th of many invented crossings, each the same every time.
func benchCrossing(c *geo.Collection, n int) geo.Put {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	f := geo.Feature{
		ID: fmt.Sprintf("c%06d", n), Geometry: orb.Point{66 + 8*rng.Float64(), 36 + 5*rng.Float64()},
		Sources: []string{"s"}, Values: make([]geo.Value, len(c.Properties)),
	}
	for i := range c.Properties {
		switch c.Properties[i].Name {
		case "name_en":
			f.Values[i] = fmt.Sprintf("Crossing %d", n)
		case "name_ru":
			f.Values[i] = fmt.Sprintf("Переход %d", n)
		case "side_a_country":
			f.Values[i] = "TJ"
		case "structure":
			f.Values[i] = "bridge"
		case "built_year":
			f.Values[i] = int64(1900 + n%120)
		case "structure_length_m":
			f.Values[i] = float64(n%4000) / 4
		case "summary":
			f.Values[i] = "Made for measuring."
		}
	}
	return geo.Put{Collection: c, Feature: f}
}

// benchChange adds so many crossings in parts.
func benchChange(c *geo.Collection) geo.Change {
	ch := geo.Change{Actor: "bench", Sources: []geo.Source{{ID: "s", Publisher: "P", Title: "T"}}}
	ch.Parts = func(yield func(geo.Change, error) bool) {
		for first := 0; first < benchFeatures; first += benchPart {
			part := geo.Change{Features: make([]geo.Put, benchPart)}
			for i := range part.Features {
				part.Features[i] = benchCrossing(c, first+i)
			}
			if !yield(part, nil) {
				return
			}
		}
	}
	return ch
}

// BenchmarkApplyInParts applies 200,000 new crossings in parts of 10,000, and
// copies a shapefile of the same points into a plain table of the same database
// with ogr2ogr, by turns. It reports the seconds of both, their ratio, and the most
// memory that the heap held while applying.
func BenchmarkApplyInParts(b *testing.B) {
	ctx, c := context.Background(), crossings()
	shape := benchShapefile(b, c)
	var applied, copied []time.Duration
	var peak uint64
	for b.Loop() {
		url := postgistest.Database(b)
		s, err := postgis.Open(ctx, url, geo.Border())
		fatal(b, err)
		fatal(b, s.Migrate(ctx))
		conn, err := pgx.Connect(ctx, url)
		fatal(b, err)
		_, err = conn.Exec(ctx, "CHECKPOINT")
		fatal(b, err)
		stop := watchHeap()
		start := time.Now()
		fatal(b, s.Apply(ctx, benchChange(c)))
		applied = append(applied, time.Since(start))
		peak = max(peak, stop())
		fatal(b, s.Close())
		_, err = conn.Exec(ctx, "CHECKPOINT")
		fatal(b, err)
		copied = append(copied, ogr2ogr(b, url, shape))
		fatal(b, conn.Close(ctx))
	}
	apply, ogr := median(applied), median(copied)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(apply.Seconds(), "s/apply")
	b.ReportMetric(ogr.Seconds(), "s/ogr2ogr")
	b.ReportMetric(apply.Seconds()/ogr.Seconds(), "apply/ogr2ogr")
	b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
}

// watchHeap samples the heap until stop, which returns the most that it held.
func watchHeap() (stop func() uint64) {
	runtime.GC()
	var peak atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); <-ended; return peak.Load() }
}

// benchShapefile writes the crossings as a shapefile, by way of a table in CSV.
func benchShapefile(b *testing.B, c *geo.Collection) string {
	b.Helper()
	var table strings.Builder
	table.WriteString("x,y,id,name_en,name_ru,side_a,structure,built,length_m,summary\n")
	for n := range benchFeatures {
		put := benchCrossing(c, n)
		p, _ := put.Feature.Geometry.(orb.Point)
		fmt.Fprintf(&table, "%v,%v,%s,Crossing %d,Переход %d,TJ,bridge,%d,%v,Made for measuring.\n",
			p[0], p[1], put.Feature.ID, n, n, 1900+n%120, float64(n%4000)/4)
	}
	csv := filepath.Join(b.TempDir(), "crossings.csv")
	fatal(b, os.WriteFile(csv, []byte(table.String()), 0o600))
	shape := strings.TrimSuffix(csv, ".csv") + ".shp"
	run(b, "ogr2ogr", shape, csv, "-oo", "X_POSSIBLE_NAMES=x", "-oo", "Y_POSSIBLE_NAMES=y", "-oo", "AUTODETECT_TYPE=YES",
		"-oo", "KEEP_GEOM_COLUMNS=NO", "-a_srs", "EPSG:4326", "-lco", "ENCODING=UTF-8")
	return shape
}

func ogr2ogr(b *testing.B, url, shape string) time.Duration {
	b.Helper()
	config, err := pgx.ParseConfig(url)
	fatal(b, err)
	database := fmt.Sprintf("PG:host=%s port=%d dbname=%s user=%s password='%s'", config.Host, config.Port, config.Database, config.User, config.Password)
	start := time.Now()
	run(b, "ogr2ogr", "-f", "PostgreSQL", database, shape, "-nln", "plain", "-overwrite", "--config", "PG_USE_COPY", "YES")
	return time.Since(start)
}

func run(b *testing.B, name string, args ...string) {
	b.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		b.Fatalf("%s needs GDAL (Debian: apt-get install gdal-bin): %v\n%s", name, err, out)
	}
}
