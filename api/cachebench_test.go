package api_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// BenchmarkKept compares answers from the cache with a bare handler of Echo that sends
// the same bytes, over TCP on one machine. What counts is the ratio within one run.
func BenchmarkKept(b *testing.B) {
	atlas := geo.Border()
	store := curated(b, atlas)
	const target = "/api/collections/incidents/items?limit=30"
	h := handler(atlas, store, quiet())
	warm := httptest.NewRecorder()
	h.ServeHTTP(warm, httptest.NewRequest(http.MethodGet, target, http.NoBody))
	bare := echo.New()
	bare.GET("/api/collections/:collection/items", func(c echo.Context) error {
		if c.Request().Header.Get("If-None-Match") != "" {
			return c.NoContent(http.StatusNotModified)
		}
		c.Response().Header().Set("Content-Length", strconv.Itoa(warm.Body.Len()))
		return c.Blob(http.StatusOK, "application/geo+json", warm.Body.Bytes())
	})
	for _, tc := range []struct {
		name, tag string
		h         http.Handler
	}{{"bare/hit", "", bare}, {"kept/hit", "", h}, {"bare/304", warm.Header().Get("ETag"), bare}, {"kept/304", warm.Header().Get("ETag"), h}} {
		b.Run(tc.name, func(b *testing.B) {
			server := httptest.NewServer(tc.h)
			defer server.Close()
			request := "GET " + target + " HTTP/1.1\r\nHost: oxus.test\r\n"
			if tc.tag != "" {
				request += "If-None-Match: " + tc.tag + "\r\n"
			}
			hammer(b, server.Listener.Addr().String(), request+"\r\n")
		})
	}
}

// hammer sends a request again and again over four connections, and reads as many
// answers of the length of the first: reading them as a client does would cost more than
// they do.
func hammer(b *testing.B, address, request string) {
	var wait sync.WaitGroup
	const clients = 4
	began := cpuTime(b)
	b.ResetTimer()
	for n := range clients {
		wait.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Close()
			length := answerLength(b, conn, request)
			b.SetBytes(int64(length))
			buf := make([]byte, length)
			for i := n; i < b.N; i += clients {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Error(err)
					return
				}
				if _, err := io.ReadFull(conn, buf); err != nil || !bytes.HasPrefix(buf, []byte("HTTP/1.1 ")) {
					b.Errorf("%v: %.40q", err, buf)
					return
				}
			}
		})
	}
	wait.Wait()
	b.ReportMetric(float64((cpuTime(b)-began).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// cpuTime is what the process has computed so far, which others on the machine disturb
// less than the clock.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// answerLength is how many bytes one answer has, header and all.
func answerLength(b *testing.B, conn net.Conn, request string) int {
	var got bytes.Buffer
	if _, err := io.WriteString(conn, request); err != nil {
		b.Error(err)
	}
	buf := make([]byte, 64<<10)
	for length := -1; length < 0 || got.Len() < length; {
		n, err := conn.Read(buf)
		if err != nil {
			b.Error(err)
			break
		}
		got.Write(buf[:n])
		header, _, whole := bytes.Cut(got.Bytes(), []byte("\r\n\r\n"))
		if length < 0 && whole {
			length = len(header) + 4 + contentLength(header)
		}
	}
	return got.Len()
}

func contentLength(header []byte) (n int) {
	_, rest, _ := bytes.Cut(bytes.ToLower(header), []byte("content-length: "))
	for _, digit := range rest {
		if digit < '0' || digit > '9' {
			break
		}
		n = 10*n + int(digit-'0')
	}
	return n
}
