package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"oxus/api"
	"oxus/geo"
)

// signIn begins a session with a key and returns its cookie.
func signIn(t *testing.T, h http.Handler, key string) *http.Cookie {
	t.Helper()
	w := as(h, http.MethodPost, "/api/session", nil, "Authorization", "Bearer "+key)
	cookies := w.Result().Cookies()
	if w.Code != http.StatusOK || len(cookies) != 1 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return cookies[0]
}

// as sends a request with a cookie.
func as(h http.Handler, method, target string, cookie *http.Cookie, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, http.NoBody)
	if cookie != nil {
		r.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A page of the server acts by its session, and nobody else does.
func TestSession(t *testing.T) {
	t.Parallel()
	now := noon()
	in := takingImports(t, openFile, func(o *api.Options) { o.Now = func() time.Time { return now } })
	cookie := signIn(t, in.h, "key-of-maintainer")
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 8*3600 || strings.Contains(cookie.Value, "key-of") || len(cookie.Value) < 43 {
		t.Errorf("the cookie: %s", cookie)
	}
	const own = "same-origin"
	for _, tc := range []struct {
		status              int
		method, target      string
		site, origin, value string
	}{
		{200, http.MethodGet, "/api/session", own, "", ""},
		{200, http.MethodGet, "/api/imports", own, "", ""},
		{200, http.MethodGet, "/api/imports", "", "https://oxus.test", ""},
		{404, http.MethodPost, "/api/imports/nothing/apply", own, "https://oxus.test", ""},
		{415, http.MethodPost, "/api/collections/bazaars/items", own, "", "text"},
		{401, http.MethodGet, "/api/imports", "", "", ""},
		{401, http.MethodGet, "/api/imports", "none", "", ""},
		{401, http.MethodGet, "/api/imports", "same-site", "https://oxus.test", ""},
		{401, http.MethodPost, "/api/imports/nothing/apply", "cross-site", "https://oxus.test", ""},
		{401, http.MethodPost, "/api/imports/nothing/apply", "", "https://evil.test", ""},
		{401, http.MethodPost, "/api/imports/nothing/apply", "", "https://oxus.test.evil.test", ""},
		{401, http.MethodPost, "/api/imports/nothing/apply", "", "null", ""},
		{401, http.MethodDelete, "/api/session", "cross-site", "", ""},
		{401, http.MethodPost, "/api/session", own, "", ""}, // a session does not lengthen itself
	} {
		headers := []string{}
		for name, value := range map[string]string{"Sec-Fetch-Site": tc.site, "Origin": tc.origin, "Content-Type": tc.value} {
			if value != "" {
				headers = append(headers, name, value)
			}
		}
		w := as(in.h, tc.method, tc.target, cookie, headers...)
		if w.Code != tc.status || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%+v: %d, shared with %q: %s", tc, w.Code, w.Header().Get("Access-Control-Allow-Origin"), w.Body)
		}
	}
	if w := as(in.h, http.MethodGet, "/api/session", cookie, "Sec-Fetch-Site", own); !strings.Contains(w.Body.String(), `"name":"maintainer"`) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s", w.Body)
	}
	forged := &http.Cookie{Name: cookie.Name, Value: strings.Repeat("A", len(cookie.Value))}
	if w := as(in.h, http.MethodGet, "/api/imports", forged, "Sec-Fetch-Site", own); w.Code != http.StatusUnauthorized {
		t.Errorf("a forged cookie: %d", w.Code)
	}
	now = now.Add(8*time.Hour - time.Second)
	if w := as(in.h, http.MethodGet, "/api/session", cookie, "Sec-Fetch-Site", own); w.Code != http.StatusOK {
		t.Errorf("before it ends: %d", w.Code)
	}
	now = now.Add(time.Second)
	if w := as(in.h, http.MethodGet, "/api/session", cookie, "Sec-Fetch-Site", own); w.Code != http.StatusUnauthorized {
		t.Errorf("after its end: %d", w.Code)
	}
}

// A session ends when it is told to, when another begins in its place, and with its
// key.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	open := func(cookie *http.Cookie) int {
		return as(in.h, http.MethodGet, "/api/session", cookie, "Sec-Fetch-Site", "same-origin").Code
	}
	first := signIn(t, in.h, "key-of-maintainer")
	w := as(in.h, http.MethodDelete, "/api/session", first, "Sec-Fetch-Site", "same-origin")
	if cookies := w.Result().Cookies(); w.Code != http.StatusNoContent || len(cookies) != 1 || cookies[0].MaxAge >= 0 || open(first) != http.StatusUnauthorized {
		t.Errorf("ended: %d %v", w.Code, cookies)
	}
	second := signIn(t, in.h, "key-of-maintainer")
	as(in.h, http.MethodPost, "/api/session", second, "Authorization", "Bearer key-of-editor")
	if open(second) != http.StatusUnauthorized {
		t.Error("the session before is still open")
	}
	third := signIn(t, in.h, "key-of-maintainer")
	if err := in.store.RevokeKey(context.Background(), "maintainer", noon()); err != nil {
		t.Fatal(err)
	}
	if open(third) != http.StatusUnauthorized {
		t.Error("the session outlives its key")
	}
	if w := as(in.h, http.MethodPost, "/api/session", nil, "Authorization", "Bearer key-of-maintainer"); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 {
		t.Errorf("a revoked key: %d", w.Code)
	}
}

// There are a thousand sessions at most; the oldest make room.
func TestManySessions(t *testing.T) {
	t.Parallel()
	in := takingImports(t, openFile)
	first := signIn(t, in.h, "key-of-maintainer")
	second := signIn(t, in.h, "key-of-maintainer")
	for range 999 {
		signIn(t, in.h, "key-of-maintainer")
	}
	for cookie, want := range map[*http.Cookie]int{first: http.StatusUnauthorized, second: http.StatusOK} {
		if w := as(in.h, http.MethodGet, "/api/session", cookie, "Sec-Fetch-Site", "same-origin"); w.Code != want {
			t.Errorf("%d, want %d", w.Code, want)
		}
	}
}

// Keys that open nothing are slowed by address, and the right ones of others are not.
func TestWrongKeysAreSlowed(t *testing.T) {
	t.Parallel()
	now := noon()
	in := takingImports(t, openFile, func(o *api.Options) { o.Now = func() time.Time { return now } })
	try := func(address, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/api/imports", http.NoBody)
		r.RemoteAddr = address
		r.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		in.h.ServeHTTP(w, r)
		return w
	}
	guesser, other, neighbour := "[2001:db8::1]:1000", "[2001:db8:0:1::1]:1000", "[2001:db8::2]:2000"
	for range 10 {
		if w := try(guesser, "wrong"); w.Code != http.StatusUnauthorized {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for _, address := range []string{guesser, neighbour} {
		if w := try(address, "wrong"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "7" {
			t.Errorf("%s: %d, Retry-After %q", address, w.Code, w.Header().Get("Retry-After"))
		}
	}
	if w := try(neighbour, "key-of-maintainer"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a key that nobody has seen, from there: %d", w.Code)
	}
	if w := try(other, "key-of-maintainer"); w.Code != http.StatusOK {
		t.Errorf("a right key from elsewhere: %d", w.Code)
	}
	if w := try(guesser, "key-of-maintainer"); w.Code != http.StatusOK {
		t.Errorf("a key that has opened something: %d", w.Code)
	}
	now = now.Add(7 * time.Second)
	if w := try(guesser, "wrong"); w.Code != http.StatusUnauthorized {
		t.Errorf("after a while: %d", w.Code)
	}
	if w := try(guesser, "wrong"); w.Code != http.StatusTooManyRequests {
		t.Errorf("and again: %d", w.Code)
	}
	if err := in.store.AddKey(t.Context(), geo.Key{Name: "late", Role: geo.Maintainer, Digest: geo.DigestOf("key-of-late"), Created: noon()}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if w := try(guesser, "key-of-late"); w.Code != http.StatusOK {
		t.Errorf("a right key after a minute: %d", w.Code)
	}
}

// The page of those who import is for everybody, as it holds nothing, and is kept by
// nobody.
func TestMaintainPage(t *testing.T) {
	t.Parallel()
	w := get(t, handler(geo.Border(), broken{}, quiet()), "/maintain")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<title>maintain</title>") || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	bare := api.New(geo.Border(), broken{}, api.Options{BaseURL: "https://oxus.test", Now: noon, Log: quiet()})
	if w := get(t, bare, "/maintain"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("not built: %d %s", w.Code, w.Body)
	}
}
