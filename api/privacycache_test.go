package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"oxus/api"
	"oxus/geo"
)

func everything(geo.Role) bool { return true }

// An answer to a key is for nobody else: neither a cache nor a condition makes one
// who asks see what another may.
func TestAnswersAreNotForOthers(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			w := newKeptWorld(t, stance.open, geo.Border(), everything)
			for _, target := range []string{
				"/api/collections/incidents/items?limit=3", "/api/incidents.csv", "/api/collections/incidents/items?as-recorded={public}",
				"/api/collections/crossings/items/shohon-khohon", "/api/tiles/WebMercatorQuad/0/0/0", "/api/changes?collections=incidents", "/api/stats/incidents?by=year",
				"/api/collections/crossings/items/shohon-khohon/revisions", "/api/collections/incidents/items?f=html",
			} {
				tags := map[string]geo.Role{}
				for _, who := range []geo.Role{geo.Everybody, geo.Viewer, geo.Editor, geo.Maintainer} {
					got := w.ask(http.MethodGet, target, who)
					h := got.Header()
					if vary := strings.Join(h.Values("Vary"), ", "); !strings.Contains(vary, "Authorization") || !strings.Contains(vary, "Cookie") {
						t.Errorf("%s varies by %q", target, vary)
					}
					if private := strings.Contains(h.Get("Cache-Control"), "private"); private != (who != geo.Everybody) {
						t.Errorf("%s: the cache is told %q of an answer to %q", target, h.Get("Cache-Control"), who)
					}
					if other, known := tags[h.Get("ETag")]; known || h.Get("ETag") == "" {
						t.Errorf("%s: %q has the tag of %q", target, who, other)
					}
					tags[h.Get("ETag")] = who
				}
				for tag, owner := range tags {
					for _, who := range []geo.Role{geo.Everybody, geo.Viewer, geo.Editor, geo.Maintainer} {
						if same := w.ask(http.MethodGet, target, who, "If-None-Match", tag).Code == http.StatusNotModified; same != (who == owner) {
							t.Errorf("%s: %q shows the tag of %q and is told %v that nothing has changed", target, who, owner, same)
						}
					}
				}
			}
		})
	}
}

// What is hidden and what is not there are refused alike, with the same words.
func TestHiddenIsRefusedAsIfItWereNotThere(t *testing.T) {
	t.Parallel()
	w := newKeptWorld(t, openFile, geo.Border(), everything)
	same := func(method, target string, who geo.Role, headers ...string) {
		t.Helper()
		for _, hidden := range []string{"zarkhez-maintainer", "zarkhez-once-maintainer", "zarkhez-gone-maintainer"} {
			there := w.ask(method, strings.ReplaceAll(target, "{id}", hidden), who, headers...)
			nowhere := w.ask(method, strings.ReplaceAll(target, "{id}", "nowhere"), who, headers...)
			got, want := comparableAnswer(there), strings.ReplaceAll(comparableAnswer(nowhere), "nowhere", hidden)
			if got != want || there.Code < 400 {
				t.Errorf("%s %s as %q:\n got %s\nwant %s", method, target, who, got, want)
			}
		}
	}
	for _, who := range []geo.Role{geo.Everybody, geo.Viewer, geo.Editor} {
		for _, rest := range []string{"", "/revisions", "?as-recorded={public}"} {
			same(http.MethodGet, "/api/collections/incidents/items/{id}"+rest, who)
		}
		same(http.MethodGet, "/api/collections/incidents/items?near=incidents/{id}&within=10", who)
		same(http.MethodGet, "/api/collections/incidents/items/{id}", who, "If-None-Match", "*")
	}
	same(http.MethodDelete, "/api/collections/incidents/items/{id}", geo.Editor)
	same(http.MethodDelete, "/api/collections/incidents/items/{id}", geo.Editor, "If-Match", "*")
	same(http.MethodPatch, "/api/collections/incidents/items/{id}", geo.Editor, "Content-Type", "application/merge-patch+json", "If-Match", "*")
}

// A collection that is closed to somebody is not there for them in any document, and
// nothing in it is.
func TestClosedCollections(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			atlas := geo.Border()
			if err := atlas.Restrict(map[string]geo.Role{"bazaars": geo.Editor}); err != nil {
				t.Fatal(err)
			}
			w := newKeptWorld(t, stance.open, atlas, everything)
			for route, questions := range privacyWalk() {
				for _, question := range questions[:min(3, len(questions))] {
					for _, role := range []geo.Role{geo.Everybody, geo.Viewer} {
						if text := readableAnswer(t, w.ask(http.MethodGet, targetOf(route, question), role)); strings.Contains(text, "bazaars/") || strings.Contains(text, `"bazaars"`) || strings.Contains(text, "ishkoshim-bazaar") {
							t.Errorf("%s tells %q of a closed collection", targetOf(route, question), role)
						}
					}
				}
			}
			for _, rest := range []string{"", "/items", "/items/ishkoshim-bazaar", "/schema", "/queryables", "/tiles", "/tiles/WebMercatorQuad/0/0/0", "/items/ishkoshim-bazaar/revisions"} {
				for _, role := range append(geo.Roles(), geo.Everybody) {
					got, none := w.ask(http.MethodGet, "/api/collections/bazaars"+rest, role), w.ask(http.MethodGet, "/api/collections/nothing"+rest, role)
					open := role.Includes(geo.Editor)
					if open && got.Code != http.StatusOK || !open && (got.Code != http.StatusNotFound || comparableAnswer(got) != strings.ReplaceAll(comparableAnswer(none), "nothing", "bazaars")) {
						t.Errorf("bazaars%s as %q: %d %s", rest, role, got.Code, got.Body)
					}
				}
			}
			for _, target := range []string{"/api/collections", "/api/openapi.json", "/api/bazaars.csv", "/api/collections/status-periods/items?collection=bazaars&limit=1"} {
				everybody, editor := w.ask(http.MethodGet, target, geo.Everybody), w.ask(http.MethodGet, target, geo.Editor)
				if !strings.Contains(editor.Body.String(), "bazaar") || everybody.Code == http.StatusOK && strings.Contains(everybody.Body.String(), `"bazaars"`) {
					t.Errorf("%s: everybody is answered %d, and an editor %.200s", target, everybody.Code, editor.Body)
				}
			}
		})
	}
}

// Who writes what they see only in part loses nothing of the rest, and learns of it
// only that an id is not free.
func TestWritesBesideWhatIsHidden(t *testing.T) {
	t.Parallel()
	for _, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			w := newKeptWorld(t, stance.open, geo.Border(), everything)
			ctx := context.Background()
			send := func(method, target, body string, headers ...string) *httptest.ResponseRecorder {
				r := httptest.NewRequest(method, target, strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+w.keys[geo.Editor])
				r.Header.Set("Content-Type", "application/geo+json")
				for i := 0; i < len(headers); i += 2 {
					r.Header.Set(headers[i], headers[i+1])
				}
				recorder := httptest.NewRecorder()
				w.handler.ServeHTTP(recorder, r)
				return recorder
			}
			one := "/api/collections/incidents/items/names-others"
			tag := w.ask(http.MethodGet, one, geo.Editor).Header().Get("ETag")
			patched := send(http.MethodPatch, one, `{"properties":{"title":"Named anew","related_features":["tem-demogan","another"]}}`, "Content-Type", "application/merge-patch+json", "If-Match", tag)
			if patched.Code != http.StatusOK || strings.Contains(patched.Body.String(), "zarkhez-bridge-maintainer") {
				t.Fatalf("%d %s", patched.Code, patched.Body)
			}
			incidents := collectionOf(t, geo.Border(), "incidents")
			d, err := w.store.Detail(ctx, incidents, "names-others", geo.DateOf(noon()))
			if err != nil {
				t.Fatal(err)
			}
			named, _ := d.Values[incidents.PropertyIndex("related_features")].([]string)
			if !slices.Contains(named, "zarkhez-bridge-maintainer") || !slices.Contains(named, "another") || slices.Contains(named, "zarkhez-bridge-viewer") {
				t.Errorf("it names %q now", named)
			}
			feature := func(id, source string) string {
				return `{"type":"Feature","id":"` + id + `","geometry":null,"properties":{"title":"New","category":"attack","confidence":"confirmed","summary":"Made up.","sources":["` + source + `"]}}`
			}
			if got := send(http.MethodPost, "/api/collections/incidents/items", feature("zarkhez-maintainer", "asiaplus-20210215")); got.Code != http.StatusConflict || strings.Contains(got.Body.String(), marker) {
				t.Errorf("an id that is taken: %d %s", got.Code, got.Body)
			}
			for _, source := range []string{"kept-maintainer", "not-there"} {
				got := send(http.MethodPost, "/api/collections/incidents/items", feature("of-"+source, source))
				if got.Code != http.StatusBadRequest && got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `there is no source`) {
					t.Errorf("%s: %d %s", source, got.Code, got.Body)
				}
			}
		})
	}
}

// The cookie of a session lets read what its key does, but not to pages of others.
func TestSessionsReadWhatTheirKeyDoes(t *testing.T) {
	t.Parallel()
	w := newKeptWorld(t, openFile, geo.Border(), everything)
	begun := w.ask(http.MethodPost, "/api/session", geo.Viewer)
	cookies := begun.Result().Cookies()
	if begun.Code != http.StatusOK || len(cookies) != 1 {
		t.Fatalf("%d %s", begun.Code, begun.Body)
	}
	target, cookie := "/api/collections/incidents/items/zarkhez-viewer", cookies[0].Name+"="+cookies[0].Value
	for _, tc := range []struct {
		site, cookie string
		shown        bool
	}{
		{"same-origin", cookie, true},
		{"none", cookie, true},
		{"", cookie, true},
		{"cross-site", cookie, false},
		{"same-site", cookie, false},
		{"same-origin", cookies[0].Name + "=AAAA", false},
		{"same-origin", "", false},
	} {
		got := w.ask(http.MethodGet, target, geo.Everybody, "Sec-Fetch-Site", tc.site, "Cookie", tc.cookie)
		if shown := got.Code == http.StatusOK; shown != tc.shown || shown && (got.Header().Get("Access-Control-Allow-Origin") != "" || !strings.Contains(got.Header().Get("Cache-Control"), "private")) {
			t.Errorf("%+v: %d %v", tc, got.Code, got.Header())
		}
	}
	if got := w.ask(http.MethodGet, target, geo.Everybody, "Authorization", "Bearer oxus_wrong"); got.Code != http.StatusUnauthorized {
		t.Errorf("a wrong key: %d", got.Code)
	}
	if got := w.ask(http.MethodGet, "/api/collections", geo.Everybody, "Authorization", "Basic YTpi"); got.Code != http.StatusOK {
		t.Errorf("what is for a proxy: %d", got.Code)
	}
}

// identities are the tokens of a provider made up for a test.
type identities map[string]geo.Identity

func (i identities) Verify(_ context.Context, token string) (geo.Identity, error) {
	switch who, known := i[token]; {
	case token == "un.reach.able":
		return geo.Identity{}, geo.Errorf(geo.Unavailable, "The identity provider does not answer.")
	case !known:
		return geo.Identity{}, geo.Errorf(geo.Invalid, "The token opens nothing.")
	default:
		return who, nil
	}
}

func TestTokensOfAProvider(t *testing.T) {
	t.Parallel()
	w := newKeptWorld(t, openFile, geo.Border(), everything)
	soon := noon().Add(time.Hour)
	clock := noon()
	h := api.New(geo.Border(), w.store, api.Options{
		BaseURL: "https://oxus.test", Page: page, Now: func() time.Time { return clock }, Log: quiet(), Writer: w.store, Keys: w.store,
		Imports: struct{ api.Imports }{}, Importer: w.store, Mappings: w.store,
		Identities: identities{"a.viewer.s": {Name: "oidc:login.test#v", Role: geo.Viewer, Expires: soon}, "an.editor.s": {Name: "oidc:login.test#e", Role: geo.Editor, Expires: soon}, "no.role.s": {Name: "oidc:login.test#n", Expires: soon}},
	})
	ask := func(method, target, token, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/geo+json")
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, r)
		return recorder
	}
	incident := `{"type":"Feature","id":"by-token","geometry":null,"properties":{"title":"New","category":"attack","confidence":"confirmed","summary":"Made up.","sources":["asiaplus-20210215"]}}`
	items := "/api/collections/incidents/items"
	for _, tc := range []struct {
		method, target, token string
		want                  int
	}{
		{http.MethodGet, items + "/zarkhez-viewer", "a.viewer.s", 200},
		{http.MethodGet, items + "/zarkhez-editor", "a.viewer.s", 404},
		{http.MethodGet, items + "/zarkhez-viewer", "no.role.s", 404},
		{http.MethodGet, items + "/zarkhez-viewer", "not.known.s", 401},
		{http.MethodGet, items + "/zarkhez-viewer", "un.reach.able", 503},
		{http.MethodPost, items, "a.viewer.s", 403},
		{http.MethodPost, items, "no.role.s", 403},
		{http.MethodPost, items, "an.editor.s", 201},
	} {
		if got := ask(tc.method, tc.target, tc.token, incident); got.Code != tc.want {
			t.Errorf("%s %s with %s: %d %s", tc.method, tc.target, tc.token, got.Code, got.Body)
		}
	}
	if got := ask(http.MethodGet, items+"/by-token/revisions", "an.editor.s", ""); !strings.Contains(got.Body.String(), `"actor":"oidc:login.test#e"`) {
		t.Errorf("the history does not name who wrote: %s", got.Body)
	}
	if _, _, err := geo.NewKey("oidc:login.test#e", geo.Viewer, false, noon()); geo.KindOf(err) != geo.Invalid {
		t.Errorf("a key may be called as one who brings a token: %v", err)
	}
	for range 12 {
		ask(http.MethodGet, items, "wrong.again.s", "")
	}
	if got := ask(http.MethodGet, items, "wrong.again.s", ""); got.Code != http.StatusTooManyRequests {
		t.Errorf("who sends wrong tokens is not slowed: %d", got.Code)
	}
	if got := ask(http.MethodGet, items, "a.viewer.s", ""); got.Code != http.StatusOK {
		t.Errorf("a token that has opened something is slowed: %d", got.Code)
	}
	begun := ask(http.MethodPost, "/api/session", "a.viewer.s", "")
	if cookies := begun.Result().Cookies(); begun.Code != http.StatusOK || len(cookies) != 1 || cookies[0].MaxAge != 3600 {
		t.Fatalf("a session of a token: %d %v", begun.Code, cookies)
	}
	read := func() int {
		r := httptest.NewRequest(http.MethodGet, items+"/zarkhez-viewer", http.NoBody)
		r.AddCookie(begun.Result().Cookies()[0])
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, r)
		return recorder.Code
	}
	if code := read(); code != http.StatusOK {
		t.Errorf("in the session of a token: %d", code)
	}
	if clock = soon.Add(time.Second); read() != http.StatusNotFound {
		t.Error("the session goes on after its token has expired")
	}
}
