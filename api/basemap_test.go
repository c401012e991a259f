package api_test

import (
	"net/http"
	"strings"
	"testing"

	"oxus/api"
	"oxus/geo"
)

func TestBasemapSettings(t *testing.T) {
	t.Parallel()
	const good = "https://tiles.example.org:8443/{z}/{x}/{y}.png?key=a"
	cases := []struct {
		name, tiles, attribution, fault string
	}{
		{"none", "", "", ""},
		{"one", good, "© Example", ""},
		{"no attribution", good, " ", "attribution"},
		{"an attribution alone", "", "© Example", "tiles to be set"},
		{"no row", "https://tiles.example.org/{z}/{x}.png", "©", "{z}, {x} and {y}"},
		{"a row twice", "https://tiles.example.org/{z}/{x}/{y}/{y}.png", "©", "{y}"},
		{"another placeholder", "https://{s}.example.org/{z}/{x}/{y}.png", "©", "{s}"},
		{"no address", "{z}/{x}/{y}", "©", "not an http address"},
		{"another scheme", "javascript://a/{z}/{x}/{y}", "©", "not an http address"},
		{"a user", "https://me:secret@example.org/{z}/{x}/{y}", "©", "not an http address"},
		{"another directive", "https://a;script-src/{z}/{x}/{y}", "©", "not an http address"},
		{"a host of the reader's choice", "https://*/{z}/{x}/{y}", "©", "not an http address"},
		{"too long", good + strings.Repeat("a", 600), "©", "500 bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, err := api.NewBasemap(c.tiles, c.attribution)
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) || strings.Contains(err.Error(), "secret") {
					t.Errorf("error %v, want one about %q without a password", err, c.fault)
				}
				return
			}
			if err != nil || (b == nil) != (c.tiles == "") {
				t.Errorf("%v, %v", b, err)
			}
		})
	}
}

// The page is told of the basemap, and may load its pictures and nothing else of
// it; without one nothing is allowed.
func TestBasemapIsAllowed(t *testing.T) {
	t.Parallel()
	basemap, err := api.NewBasemap("https://tiles.example.org/{z}/{x}/{y}.png", "© Example")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name     string
		basemap  *api.Basemap
		body     string
		pictures string
	}{
		{"none", nil, `{"basemap":null}`, "img-src 'self' data:;"},
		{
			"one", basemap, `{"basemap":{"tiles":"https://tiles.example.org/{z}/{x}/{y}.png","attribution":"© Example"}}`,
			"img-src 'self' data: https://tiles.example.org;",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			atlas := geo.Border()
			h := api.New(atlas, openFile(t, atlas, false), api.Options{BaseURL: testAddress, Page: page, Log: quiet(), Basemap: c.basemap})
			w := get(t, h, "/page.json")
			if w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != c.body {
				t.Errorf("%d %s, want %s", w.Code, w.Body, c.body)
			}
			for _, path := range []string{"/page.json", "/", "/api", "/nothing"} {
				policy := get(t, h, path).Header().Get("Content-Security-Policy")
				if !strings.Contains(policy, c.pictures) || !strings.Contains(policy, "connect-src 'self';") {
					t.Errorf("%s has the policy %s", path, policy)
				}
			}
		})
	}
}
