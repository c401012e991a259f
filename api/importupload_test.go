package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// readForm reads a form as an upload does, its files to their ends.
func readForm(t *testing.T, contentType string, body io.Reader, limit int64) (*geo.Upload, []string, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/imports", body)
	r.ContentLength = -1
	r.Header.Set("Content-Type", contentType)
	s := &Server{atlas: geo.Border(), options: Options{MaxUpload: limit, ReadTimeout: time.Second}}
	form, err := s.openForm(echo.New().NewContext(r, httptest.NewRecorder()))
	if err != nil {
		return nil, nil, err
	}
	u, part, err := form.upload(s.collectionsToImport(), "tester", "")
	var names []string
	for err == nil {
		names = append(names, part.Name)
		if _, err = io.Copy(io.Discard, part.Body); err == nil {
			part, err = form.nextFile()
		}
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return u, names, form.explained(err)
}

// Whatever a form holds, what comes of it keeps the promises an import rests on.
func FuzzUploadForm(f *testing.F) {
	const head = "--x\r\nContent-Disposition: form-data; name=\""
	f.Add("multipart/form-data; boundary=x", []byte(head+"collection\"\r\n\r\ncrossings\r\n"+head+"file\"; filename=\"a.zip\"\r\n\r\nPK\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte(head+"collection\"\r\n\r\nstatus\r\n"+head+"options\"\r\n\r\n{\"map\":{\"A\":\"b\"}}\r\n"+head+"crs\"\r\n\r\nEPSG:4326\r\n"+head+"file\"; filename=\"..\\\\..\\\\b.csv\"\r\n\r\nid\r\n"+head+"file\"; filename=\"c.csv\"\r\n\r\nid\r\n--x--\r\n"))
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name*=utf-8''collection\r\n\r\n\r\n--x--"))
	f.Add("multipart/form-data", []byte("--\r\n\r\n"))
	f.Add("multipart/form-data; boundary=\"x y\"", []byte("--x y--"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		const limit = 1 << 16
		u, names, err := readForm(t, contentType, bytes.NewReader(body), limit)
		if err != nil {
			if p := problemOf(err); p.Status >= 500 {
				t.Errorf("it answers %d: %v", p.Status, err)
			}
			return
		}
		if u.Collection == "" || len(names) == 0 || u.Actor != "tester" {
			t.Errorf("%+v, files %q", u, names)
		}
		for _, name := range names {
			if name == "" || name == ".." || strings.ContainsAny(name, "/\\\x00\n") || len(name) > maxName {
				t.Errorf("a file is named %q", name)
			}
		}
		if u.Options != nil && !json.Valid(u.Options) {
			t.Errorf("options %s", u.Options)
		}
	})
}

// What is refused is refused before it is read to its end.
func TestEndlessUploadsEnd(t *testing.T) {
	t.Parallel()
	endless := func(head string) io.Reader {
		return io.MultiReader(strings.NewReader(head), readerFunc(func(b []byte) (int, error) {
			for i := range b {
				b[i] = 'x'
			}
			return len(b), nil
		}))
	}
	const head = "--x\r\nContent-Disposition: form-data; name=\""
	for name, tc := range map[string]struct {
		head   string
		status int
	}{
		"file":     {head + "collection\"\r\n\r\ncrossings\r\n" + head + "file\"; filename=\"a\"\r\n\r\n", 413},
		"field":    {head + "collection\"\r\n\r\n", 413},
		"preamble": {"", 400},
		"header":   {"--x\r\nA: ", 400},
	} {
		_, _, err := readForm(t, "multipart/form-data; boundary=x", endless(tc.head), 8<<20)
		if p := problemOf(err); err == nil || p.Status != tc.status {
			t.Errorf("%s: %d, want %d: %v", name, p.Status, tc.status, err)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// Options as fields and options as JSON come together; what is blank is not given.
func TestUploadOptions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ fields, want string }{
		{"", ``},
		{"crs=;mode= ", ``},
		{"crs=EPSG:32642;mode=upsert", `{"crs":"EPSG:32642","mode":"upsert"}`},
		{`options={"key":"id"};map={"NAME":"name_en"}`, `{"key":"id","map":{"NAME":"name_en"}}`},
		{`options={};layer=a`, `{"layer":"a"}`},
	} {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		write := func(name, value string) {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		write("collection", "crossings")
		for field := range strings.SplitSeq(tc.fields, ";") {
			if name, value, ok := strings.Cut(field, "="); ok {
				write(name, value)
			}
		}
		if _, err := w.CreateFormFile("file", "a.zip"); err != nil {
			t.Fatal(err)
		}
		w.Close()
		u, _, err := readForm(t, w.FormDataContentType(), &b, 1<<20)
		if err != nil || string(u.Options) != tc.want {
			t.Errorf("%s: %s, want %s (%v)", tc.fields, u.Options, tc.want, err)
		}
	}
}

// Only so many addresses are remembered: the one that failed longest ago is forgotten,
// and the rest stay slowed.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a := newAttempts(func() time.Time { return now })
	digest := geo.DigestOf("wrong")
	address := func(n int) string { return fmt.Sprintf("10.0.%d.%d", n/256, n%256) }
	for n := range maxAddresses + 1 {
		for range wrongKeys {
			a.failed(address(n), digest)
		}
	}
	if len(a.addresses) != maxAddresses || a.order.Len() != maxAddresses {
		t.Errorf("%d addresses, %d in order", len(a.addresses), a.order.Len())
	}
	if a.wait(address(0), digest) != 0 || a.wait(address(1), digest) == 0 || a.wait(address(maxAddresses), digest) == 0 {
		t.Errorf("waits: %s, %s, %s", a.wait(address(0), digest), a.wait(address(1), digest), a.wait(address(maxAddresses), digest))
	}
	if a.wait("not an address", digest) != 0 {
		t.Error("what is no address waits")
	}
	for n := range maxProven + 10 {
		a.opened(geo.DigestOf(fmt.Sprint(n)))
	}
	if len(a.proven) != maxProven {
		t.Errorf("%d keys are remembered", len(a.proven))
	}
}

// A preference to wait is read as RFC 7240 writes it.
func TestPreferredWait(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"": -1, "wait=10": 10 * time.Second, "respond-async, WAIT = 5": 5 * time.Second, `wait="7"; x=y`: 7 * time.Second,
		"wait=99999": time.Minute, "wait=0": 0, "wait": -1, "wait=-1": -1, "wait=ten": -1, "waiting=3": -1, "wait=99999999999999999999": -1,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		r.Header.Set("Prefer", header)
		got, asked := preferredWait(echo.New().NewContext(r, httptest.NewRecorder()))
		if !asked {
			got = -1
		}
		if got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
