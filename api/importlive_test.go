package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"oxus/api"
	"oxus/geo"
)

// late takes imports as the service does that is there after the server, but stages
// and applies only when told to.
type late struct {
	in   *importing
	gate chan struct{}
	// applying, where it is set, is told when an import is about to be applied, which
	// waits at the gate too.
	applying      chan struct{}
	staging, most atomic.Int32
}

func (l *late) Begin(ctx context.Context, u *geo.Upload, next func() (*geo.UploadPart, error)) (geo.Import, error) {
	return l.in.service.Begin(ctx, u, next)
}

func (l *late) Stage(ctx context.Context, id string, options json.RawMessage) (geo.Import, error) {
	n := l.staging.Add(1)
	defer l.staging.Add(-1)
	for most := l.most.Load(); n > most && !l.most.CompareAndSwap(most, n); most = l.most.Load() {
	}
	select {
	case <-l.gate:
		return l.in.service.Stage(ctx, id, options)
	case <-ctx.Done():
		return geo.Import{}, ctx.Err()
	}
}

func (l *late) Apply(ctx context.Context, id, actor string, accept bool) (geo.Import, error) {
	if l.applying != nil {
		close(l.applying)
		<-l.gate
	}
	return l.in.service.Apply(ctx, id, actor, accept)
}

func (l *late) RollBack(ctx context.Context, id, actor string, only bool) (geo.Import, error) {
	return l.in.service.RollBack(ctx, id, actor, only)
}

func (l *late) Discard(ctx context.Context, id string) (geo.Import, error) {
	return l.in.service.Discard(ctx, id)
}

func (l *late) Changes(ctx context.Context, im *geo.Import, before geo.RowsBefore) iter.Seq2[geo.ImportRow, error] {
	return l.in.service.Changes(ctx, im, before)
}

func (l *late) WriteReport(w io.Writer, im *geo.Import) error { return l.in.service.WriteReport(w, im) }

// withGate is a server whose stagings wait at a gate.
func withGate(t *testing.T) (*importing, *late) {
	t.Helper()
	gate := &late{gate: make(chan struct{})}
	in := takingImports(t, openFile, func(o *api.Options) { o.Imports = gate })
	gate.in = in
	return in, gate
}

// uploadOf is an upload whose staging is not waited for.
func (in *importing) uploadOf(parts ...string) importAnswer {
	in.t.Helper()
	body, contentType := form(in.t, parts...)
	w := in.ask(http.MethodPost, "/api/imports", body, "Content-Type", contentType)
	if w.Code != http.StatusCreated {
		in.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return readImport(in.t, w)
}

// Two imports are staged at a time, the rest wait and say so; one that is given up
// stops, and none is applied while it is staged.
func TestStagingBesideRequests(t *testing.T) {
	t.Parallel()
	in, gate := withGate(t)
	var ids []string
	for i := range 4 {
		im := in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, fmt.Sprintf("made-up-%d,Made up,71.6", i))))
		if im.State != "uploaded" {
			t.Fatalf("it is %s", im.State)
		}
		ids = append(ids, im.ID)
	}
	steps := func() string {
		var list []string
		for _, id := range ids {
			im := readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+id, ""))
			step := im.State
			if im.Progress != nil {
				step = im.Progress.Step
			}
			list = append(list, step)
		}
		return strings.Join(list, " ")
	}
	waitFor(t, "two stage, two wait", func() bool {
		s := steps()
		return strings.Count(s, "checking") == 2 && strings.Count(s, "waiting") == 2
	})
	w := in.want(http.StatusConflict, http.MethodPost, "/api/imports/"+ids[0]+"/apply", "")
	if !strings.Contains(w.Body.String(), "busy") && !strings.Contains(w.Body.String(), "uploaded") {
		t.Errorf("%s", w.Body)
	}
	began := time.Now()
	if w := in.want(http.StatusAccepted, http.MethodPost, "/api/imports/"+ids[0]+"/stage", "", "Prefer", "wait=1"); readImport(t, w).State != "uploaded" || time.Since(began) < 900*time.Millisecond {
		t.Errorf("after %s: %s", time.Since(began), w.Body)
	}
	in.want(http.StatusAccepted, http.MethodPost, "/api/imports/"+ids[1]+"/stage", `{"crs":"EPSG:4326"}`)
	for _, id := range ids[2:] {
		in.want(http.StatusNoContent, http.MethodDelete, "/api/imports/"+id, "")
	}
	close(gate.gate)
	waitFor(t, "all is staged", func() bool { return steps() == "staged staged discarded discarded" })
	if im := readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+ids[1], "")); im.Options["crs"] != "EPSG:4326" {
		t.Errorf("staged with %v", im.Options)
	}
	if most := gate.most.Load(); most != 2 {
		t.Errorf("%d were staged at a time", most)
	}
}

// A stop ends what is being staged, and the next start stages it.
func TestStagingIsResumed(t *testing.T) {
	t.Parallel()
	in, _ := withGate(t)
	id := in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6"))).ID
	in.jobs.Close()
	in.want(http.StatusServiceUnavailable, http.MethodPost, "/api/imports/"+id+"/stage", "")
	jobs := api.NewJobs(context.Background(), quiet())
	defer jobs.Close()
	if err := jobs.Resume(t.Context(), in.service, in.store); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "it is staged", func() bool {
		im, err := in.store.FindImport(t.Context(), id)
		return err == nil && im.State == geo.Staged
	})
}

// A staging that cannot be done leaves the import as it is, and says why.
func TestStagingThatFails(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	im := in.staged("made-up,Made up,71.6")
	in.service.Dir += "-moved"
	w := in.want(http.StatusConflict, http.MethodPost, "/api/imports/"+im.ID+"/stage", "", "Prefer", "wait=30")
	if !strings.Contains(w.Body.String(), "not here any more") {
		t.Errorf("%s", w.Body)
	}
	if now := readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+im.ID, "")); now.State != "staged" || now.Failure == nil || !strings.Contains(now.Failure.Detail, "not here any more") {
		t.Errorf("%+v", now)
	}
}

// shownLog is a log that a test reads while it is written.
type shownLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *shownLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *shownLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// breaking is a service whose steps fail in ways that no file should make them.
type breaking struct {
	late
}

func (b *breaking) Stage(context.Context, string, json.RawMessage) (geo.Import, error) {
	panic("a reader that was not ready for this file")
}

func (b *breaking) Apply(context.Context, string, string, bool) (geo.Import, error) {
	return geo.Import{}, errors.New("the disk of the database is full")
}

// A panic while a file is read ends its staging, not the server, and what fails without an
// answer for it is logged and told as a failure, however it is asked. Neither tells a client
// more than that it failed.
func TestStepsThatBreak(t *testing.T) {
	t.Parallel()
	var log shownLog
	jobs := api.NewJobs(context.Background(), slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(jobs.Close)
	faulty := &breaking{}
	in := takingImports(t, openFile, func(o *api.Options) { o.Imports, o.Jobs = faulty, jobs })
	faulty.in = in
	id := in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6"))).ID
	failure := func() string {
		im := readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+id, ""))
		if im.Progress != nil || im.Failure == nil {
			return ""
		}
		return im.Failure.Detail
	}
	waitFor(t, "the staging has failed", func() bool { return failure() != "" })
	if told := failure(); strings.Contains(told, "reader") || !strings.Contains(log.String(), "not ready for this file") || !strings.Contains(log.String(), "step=checking") {
		t.Errorf("told is %q, logged\n%s", told, log.String())
	}
	if _, err := in.service.Stage(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	in.want(http.StatusInternalServerError, http.MethodPost, "/api/imports/"+id+"/apply", `{"accept_warnings":true}`)
	if told := failure(); told == "" || strings.Contains(told, "disk") || !strings.Contains(log.String(), "disk of the database") || !strings.Contains(log.String(), "step=applying") {
		t.Errorf("told is %q, logged\n%s", told, log.String())
	}
}

// What cannot be staged at a start keeps no server from it.
func TestResumeWithoutRoom(t *testing.T) {
	t.Parallel()
	in, _ := withGate(t)
	in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6")))
	var log shownLog
	jobs := api.NewJobs(context.Background(), slog.New(slog.NewTextHandler(&log, nil)))
	jobs.Close()
	if err := jobs.Resume(t.Context(), in.service, in.store); err != nil || !strings.Contains(log.String(), "imports=1") {
		t.Errorf("%v, logged %s", err, log.String())
	}
}

// served runs the server over TCP with the timeouts of a test.
func (in *importing) served(timeout time.Duration) string {
	in.t.Helper()
	server := httptest.NewUnstartedServer(in.h)
	server.Config.ReadTimeout, server.Config.WriteTimeout = timeout, timeout
	server.Start()
	in.t.Cleanup(server.Close)
	return server.URL
}

// over asks over TCP as the maintainer.
func over(t *testing.T, ctx context.Context, method, url string, body io.Reader, headers ...string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key-of-maintainer")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return http.DefaultClient.Do(r)
}

// Events tell the way of an import as it happens, also to clients that take packed
// answers and beyond the time a server gives to a request, and end with it.
func TestEvents(t *testing.T) {
	t.Parallel()
	in, gate := withGate(t)
	id := in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6"))).ID
	at := in.served(500*time.Millisecond) + "/api/imports/" + id
	response, err := over(t, t.Context(), http.MethodGet, at+"/events", nil, "Accept-Encoding", "gzip")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if h := response.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Content-Encoding") != "" || h.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v", h)
	}
	events := make(chan string)
	go func() {
		defer close(events)
		name := ""
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = text
			}
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- name + " " + text
			}
		}
	}()
	next := func() string {
		select {
		case e := <-events:
			return e
		case <-time.After(10 * time.Second):
			t.Fatal("no event within 10 s")
			return ""
		}
	}
	if e := next(); e != `progress {"step":"checking","done":0}` {
		t.Errorf("first: %s", e)
	}
	if e := next(); !strings.HasPrefix(e, "state ") || !strings.Contains(e, `"state":"uploaded"`) {
		t.Errorf("then: %s", e)
	}
	time.Sleep(time.Second) // beyond the time a request has
	close(gate.gate)
	until := func(state string) {
		for e := next(); !strings.Contains(e, `"state":"`+state+`"`); e = next() {
			if !strings.HasPrefix(e, "progress ") {
				t.Errorf("before it is %s: %q", state, e)
				return
			}
		}
	}
	until("staged")
	in.want(http.StatusOK, http.MethodPost, "/api/imports/"+id+"/apply", `{"accept_warnings":true}`)
	until("applied")
	if e, more := <-events; more {
		t.Errorf("after the end: %s", e)
	}
	head, err := over(t, t.Context(), http.MethodHead, at+"/events", nil)
	if err != nil || head.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %v %v", head, err)
	}
	head.Body.Close()
	if missing := in.ask(http.MethodGet, "/api/imports/nothing/events", nil); missing.Code != http.StatusNotFound {
		t.Errorf("of nothing: %d", missing.Code)
	}
}

// Streams end when the server stops, and when their clients go.
func TestEventsEnd(t *testing.T) {
	t.Parallel()
	stopping, stop := context.WithCancel(context.Background())
	jobs := api.NewJobs(stopping, quiet())
	t.Cleanup(jobs.Close)
	in := takingImports(t, openFile, func(o *api.Options) { o.Jobs = jobs })
	at := in.served(time.Minute) + "/api/imports/" + in.staged("made-up,Made up,71.6").ID + "/events"
	ctx, leave := context.WithCancel(t.Context())
	for range 100 { // as many as may follow at once: they go, and others may come
		response, err := over(t, ctx, http.MethodGet, at, nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", response, err)
		}
		defer response.Body.Close()
	}
	full, err := over(t, t.Context(), http.MethodGet, at, nil)
	if err != nil || full.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("one more: %v %v", full, err)
	}
	full.Body.Close()
	leave()
	var last *http.Response
	waitFor(t, "another may come", func() bool {
		last, err = over(t, t.Context(), http.MethodGet, at, nil)
		if err == nil && last.StatusCode != http.StatusOK {
			last.Body.Close()
		}
		return err == nil && last.StatusCode == http.StatusOK
	})
	defer last.Body.Close()
	stop()
	if _, err := io.ReadAll(last.Body); err != nil {
		t.Errorf("the stream is cut: %v", err)
	}
}

// slowly is a body that comes in pieces, each after a pause.
type slowly struct {
	pieces [][]byte
	pause  time.Duration
}

func (s *slowly) Read(b []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	time.Sleep(s.pause)
	n := copy(b, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

// An upload may take as long as bytes come, and no longer than that; a client that
// goes half way leaves nothing.
func TestSlowUploads(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile, func(o *api.Options) { o.ReadTimeout = 400 * time.Millisecond })
	at := in.served(400*time.Millisecond) + "/api/imports"
	body, contentType := form(t, "collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6")))
	var pieces [][]byte
	for rest := body; len(rest) > 0; rest = rest[min(len(rest), 150):] {
		pieces = append(pieces, rest[:min(len(rest), 150)])
	}
	began := time.Now()
	response, err := over(t, t.Context(), http.MethodPost, at, &slowly{pieces, 150 * time.Millisecond}, "Content-Type", contentType, "Prefer", "wait=20")
	if err != nil || response.StatusCode != http.StatusCreated || time.Since(began) < time.Second {
		t.Fatalf("slow and steady, %s: %v %v", time.Since(began), response, err)
	}
	var im importAnswer
	if err := json.NewDecoder(response.Body).Decode(&im); err != nil || im.State != "staged" {
		t.Errorf("it is %s, %v", im.State, err)
	}
	response.Body.Close()
	in.want(http.StatusNoContent, http.MethodDelete, "/api/imports/"+im.ID, "")
	for name, leave := range map[string]bool{"stalled": false, "gone": true} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(at, "/api/imports"), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /api/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key-of-maintainer\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", contentType, len(body), body[:len(body)/2])
		waitFor(t, "it is being received", func() bool { return len(in.left()) > 0 })
		if leave {
			conn.Close()
		} else {
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || answer.StatusCode != http.StatusRequestTimeout {
				t.Errorf("%s: %v %v", name, answer, err)
			} else {
				answer.Body.Close()
			}
		}
		waitFor(t, "nothing is left", func() bool { return len(in.left()) == 0 })
		in.nothing(t)
		conn.Close()
	}
}

// A client that goes while its import is applied, and a server that is told to stop, do
// not undo it.
func TestApplyOutlivesItsClient(t *testing.T) {
	t.Parallel()
	stopping, stop := context.WithCancel(context.Background())
	jobs := api.NewJobs(stopping, quiet())
	t.Cleanup(jobs.Close)
	gate := &late{gate: make(chan struct{}), applying: make(chan struct{})}
	in := takingImports(t, openFile, func(o *api.Options) { o.Imports, o.Jobs = gate, jobs })
	gate.in = in
	id := in.uploadOf("collection=crossings", "file@a.zip="+string(madeUp(t, "made-up,Made up,71.6"))).ID
	gate.gate <- struct{}{}
	waitFor(t, "it is staged", func() bool {
		return readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+id, "")).State == "staged"
	})
	at := in.served(time.Minute) + "/api/imports/" + id + "/apply"
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		response, err := over(t, ctx, http.MethodPost, at, strings.NewReader(`{"accept_warnings":true}`), "Content-Type", "application/json")
		if err == nil {
			response.Body.Close()
		}
		gone <- err
	}()
	<-gate.applying
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the client ends with %v", err)
	}
	stop()
	close(gate.gate)
	waitFor(t, "it is applied", func() bool {
		return readImport(t, in.want(http.StatusOK, http.MethodGet, "/api/imports/"+id, "")).State == "applied"
	})
}

// An upload is not held in memory: what is received lies on the disk before it is
// whole.
func TestUploadsAreStreamed(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile, func(o *api.Options) { o.MaxUpload = 64 << 20 })
	at := in.served(time.Minute) + "/api/imports?stage=false"
	r, w := io.Pipe()
	answered := make(chan error, 1)
	go func() {
		response, err := over(t, t.Context(), http.MethodPost, at, r, "Content-Type", "multipart/form-data; boundary=x")
		if err == nil && response.StatusCode != http.StatusCreated {
			err = errors.New(response.Status)
		}
		if err == nil {
			response.Body.Close()
		}
		answered <- err
	}()
	io.WriteString(w, "--x\r\nContent-Disposition: form-data; name=\"collection\"\r\n\r\ncrossings\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n")
	megabyte := bytes.Repeat([]byte("x"), 1<<20)
	for range 32 {
		w.Write(megabyte)
	}
	waitFor(t, "megabytes lie on the disk", func() bool { return in.bytesLeft() > 30<<20 })
	io.WriteString(w, "\r\n--x--\r\n")
	w.Close()
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
