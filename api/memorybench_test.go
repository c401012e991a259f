package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/api"
	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// crowded is a handler over an engine that holds many invented incidents.
func crowded(b *testing.B) http.Handler {
	b.Helper()
	atlas := geo.Border()
	crowd := storetest.NewCrowd(storetest.RowCount(b, os.Getenv, 20_000))
	engine, err := memory.NewBeside(context.Background(), atlas, crowd, memory.Options{Budget: 4 << 30, Encode: api.EncodeFeatures})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { engine.Close() })
	began := time.Now()
	if err := engine.Await(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.Logf("loaded in %s", time.Since(began))
	return handler(atlas, engine, quiet())
}

// questionsOf are addresses never asked before, by the kind of question.
var questionsOf = map[string]func(rng *rand.Rand) string{
	"A a page of 100 in a small box": func(rng *rand.Rand) string { return pageIn(rng, 0.3, 100) },
	"B a page of 1000":               func(rng *rand.Rand) string { return pageIn(rng, 1.5, 1000) },
	"C a page of 10000":              func(rng *rand.Rand) string { return pageIn(rng, 4, 10_000) },
	"D one feature": func(rng *rand.Rand) string {
		return fmt.Sprintf("/api/collections/incidents/items/p%07d", rng.IntN(20_000))
	},
	"E a page of 100 within a month": func(rng *rand.Rand) string { return pageIn(rng, 0.3, 100) + month(rng) },
	"F a tile of one to three levels": func(rng *rand.Rand) string {
		return fmt.Sprintf("/api/collections/incidents/tiles/WebMercatorQuad/10/%d/%d", 400+rng.IntN(10), 705+rng.IntN(15))
	},
}

func pageIn(rng *rand.Rand, side float64, limit int) string {
	west, south := 66+(8-side)*rng.Float64(), 36+(4-side)*rng.Float64()
	return fmt.Sprintf("/api/collections/incidents/items?limit=%d&bbox=%.5f,%.5f,%.5f,%.5f", limit, west, south, west+side, south+side)
}

func month(rng *rand.Rand) string {
	y, m := 2000+rng.IntN(26), 1+rng.IntN(12)
	return fmt.Sprintf("&datetime=%d-%02d-01/%d-%02d-28", y, m, y, m)
}

// BenchmarkFromMemory asks an engine questions never asked before over HTTP, and by turns
// a bare Echo handler that writes a body of the same size, and reports the processor time
// of both, client and server together, and the ratio of rates that it makes.
func BenchmarkFromMemory(b *testing.B) {
	h := crowded(b)
	for name, question := range questionsOf {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			const turn = 20
			bare := &bareEcho{}
			ours, theirs := connect(b, h), connect(b, bare.handler())
			rng := rand.New(rand.NewPCG(5, 5))
			var took, bareTook time.Duration
			n, size := 0, 0
			for b.Loop() {
				targets, sizes := make([]string, turn), make([]int, turn)
				for i := range targets {
					targets[i] = question(rng)
				}
				began := processorTime(b)
				for i, target := range targets {
					sizes[i] = ours.get(b, target)
				}
				took += processorTime(b) - began
				for i := range targets {
					size += sizes[i]
					bare.bodies = append(bare.bodies[:0], make([]byte, sizes[i]))
				}
				began = processorTime(b)
				for range targets {
					theirs.get(b, "/")
				}
				bareTook += processorTime(b) - began
				n += turn
			}
			b.ReportMetric(float64(size)/float64(n), "B/answer")
			b.ReportMetric(float64(took.Nanoseconds())/float64(n), "cpu-ns/answer")
			b.ReportMetric(float64(bareTook.Nanoseconds())/float64(n), "cpu-ns/bare")
			b.ReportMetric(float64(bareTook)/float64(took), "of-bare")
		})
	}
}

// processorTime is what the process has taken of the processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// client asks over one connection and looks at nothing but the length of answers.
type client struct {
	conn net.Conn
	r    *bufio.Reader
}

func connect(b *testing.B, h http.Handler) *client {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &client{conn, bufio.NewReaderSize(conn, 64<<10)}
}

func (c *client) get(b *testing.B, target string) int {
	b.Helper()
	if _, err := c.conn.Write([]byte("GET " + target + " HTTP/1.1\r\nHost: oxus.test\r\n\r\n")); err != nil {
		b.Fatal(err)
	}
	w, err := http.ReadResponse(c.r, nil)
	if err != nil {
		b.Fatal(err)
	}
	n, err := io.Copy(io.Discard, w.Body)
	if err != nil || w.StatusCode >= http.StatusBadRequest {
		b.Fatal(target, w.Status, err)
	}
	return int(n)
}

// bareEcho is an Echo handler that writes a body it was given.
type bareEcho struct{ bodies [][]byte }

func (s *bareEcho) handler() http.Handler {
	e := echo.New()
	e.GET("/*", func(c echo.Context) error {
		body := s.bodies[0]
		c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
		return c.Blob(http.StatusOK, "application/geo+json", body)
	})
	return e
}
