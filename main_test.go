package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// A server that is told to stop finishes the requests it has and takes no new
// ones.
func TestStoppingFinishesRequests(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-finish
		io.WriteString(w, "whole")
	})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &program{settings: &settings{Serve: serveCommand{Timeout: 10 * time.Second}}, log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.serveUntil(ctx, server, listener) }()
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-began
	stop()
	for { // until nobody listens any more
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(time.Millisecond)
	}
	close(finish)
	if got := <-answer; got != "whole" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("stopping ends with %v", err)
	}
}

func TestBaseURL(t *testing.T) {
	for _, tc := range []struct{ listen, configured, address, want string }{
		{"localhost:8080", "", "127.0.0.1:8080", "http://localhost:8080"},
		{"127.0.0.1:8080", "", "127.0.0.1:8080", "http://127.0.0.1:8080"},
		{":8080", "", "[::]:8080", "http://localhost:8080"},
		{"", "", "[::]:41000", "http://localhost:41000"},
		{"[::1]:80", "", "[::1]:80", "http://[::1]:80"},
		{":8080", "https://oxus.test/", "[::]:8080", "https://oxus.test"},
		{":8080", "oxus.test", "[::]:8080", ""},
		{":8080", "https://oxus.test/?a=b", "[::]:8080", ""},
	} {
		address, err := net.ResolveTCPAddr("tcp", tc.address)
		if err != nil {
			t.Fatal(err)
		}
		c := serveCommand{Listen: tc.listen, BaseURL: tc.configured}
		if got, err := c.baseURL(address); got != tc.want || (err != nil) != (tc.want == "") {
			t.Errorf("%q, %q: %q, %v", tc.listen, tc.configured, got, err)
		}
	}
}

func TestSecretsArePrintedRedacted(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"postgres://oxus:pw@db:5432/oxus":        "postgres://oxus:xxxxx@db:5432/oxus",
		"postgres://db/oxus?password=pw&sslmode": "postgres://db/oxus?(hidden)",
		"host=db password=pw":                    "(hidden)",
	} {
		if got := secret(text).String(); got != want {
			t.Errorf("%q is printed as %q", text, got)
		}
	}
}
