package api_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"oxus/api"
	"oxus/geo"
)

// Only the page that is made for it may be shown in frames of other origins, and only
// the script that makes the frame may be loaded by them. What keeps its name between
// builds is asked for again each time.
func TestPagesAndWhoMayUseThem(t *testing.T) {
	t.Parallel()
	h := api.New(geo.Border(), broken{}, api.Options{BaseURL: "https://oxus.test", Page: page, Now: noon, Log: quiet()})
	for _, tc := range []struct {
		target, mediaType, frames, origins, caching string
	}{
		{"/", "text/html", "'self'", "", "no-cache"},
		{"/embed?map=7/37.6/69.9", "text/html", "*", "", "no-cache"},
		{"/embed.html", "text/html", "'self'", "", "no-cache"},
		{"/embed/docs", "text/html", "'self'", "", "no-cache"},
		{"/maintain", "text/html", "'self'", "", "no-store"},
		{"/embed.js", "text/javascript", "'self'", "*", "no-cache"},
		{"/sw.js", "text/javascript", "'self'", "", "no-cache"},
		{"/manifest.webmanifest", "application/manifest+json", "'self'", "", "no-cache"},
		{"/assets/main-abc.js", "text/javascript", "'self'", "", "public, max-age=31536000, immutable"},
	} {
		w := get(t, h, tc.target)
		header := w.Header()
		policy := header.Get("Content-Security-Policy")
		if w.Code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), tc.mediaType) || header.Get("Cache-Control") != tc.caching {
			t.Errorf("%s: %d %v", tc.target, w.Code, header)
		}
		if !strings.HasSuffix(policy, "frame-ancestors "+tc.frames) || !strings.Contains(policy, "worker-src 'self'; manifest-src 'self'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %s", tc.target, policy)
		}
		resource := map[string]string{"*": "cross-origin"}[tc.origins]
		if header.Get("Access-Control-Allow-Origin") != tc.origins || header.Get("Cross-Origin-Resource-Policy") != resource {
			t.Errorf("%s: other origins: %v", tc.target, header)
		}
	}
}

// Files that the build has packed go out packed to whom takes them so, and plain to
// others.
func TestPackedFilesOfThePage(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"assets/a.js": {Data: []byte("plain")}, "assets/a.js.br": {Data: []byte("packed")}, "assets/b.js": {Data: []byte("never packed")}}
	h := api.New(geo.Border(), broken{}, api.Options{BaseURL: "https://oxus.test", Page: files, Now: noon, Log: quiet()})
	for _, tc := range []struct{ target, accept, coding, body string }{
		{"/assets/a.js", "gzip, deflate, br, zstd", "br", "packed"},
		{"/assets/a.js", "BR;q=0.5", "br", "packed"},
		{"/assets/a.js", "br;q=0, gzip", "", "plain"},
		{"/assets/a.js", "br; q=0.000", "", "plain"},
		{"/assets/a.js", "brotli", "", "plain"},
		{"/assets/a.js", "", "", "plain"},
		{"/assets/b.js", "br", "", "never packed"},
	} {
		w := get(t, h, tc.target, "Accept-Encoding", tc.accept)
		if w.Header().Get("Content-Encoding") != tc.coding || w.Body.String() != tc.body || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") {
			t.Errorf("%s for %q: %v %s", tc.target, tc.accept, w.Header(), w.Body)
		}
		if vary := strings.Join(w.Header().Values("Vary"), ", "); !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s varies by %s", tc.target, vary)
		}
	}
}
