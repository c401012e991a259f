package geo_test

import (
	"regexp"
	"strings"
	"testing"

	"oxus/geo"
)

// The address of a source is a link that readers follow: it leads to a host by http.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, taken := range map[string]bool{
		"": true, "https://example.org": true, "HTTP://example.org:8080/a?b=%20#c": true, "http://пример.тҷ/қ": true,
		"javascript:alert(1)": false, "//example.org": false, "/a": false, "example.org": false, "https:///a": false, "https:example.org": false,
		"http://:80/": false, "data:text/html,x": false, "ftp://example.org": false, "java\nscript:alert(1)": false, " https://example.org": false, "https://a b/": false,
	} {
		if err := geo.CheckAddress(address); (err == nil) != taken {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// What an id is says one expression; the check says the same without it.
func TestCheckedIDs(t *testing.T) {
	t.Parallel()
	expression := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	ids := []string{"", strings.Repeat("a", 100), strings.Repeat("a", 101), "a\n", "қ", "a b", "A-b_c.9"}
	for c := range 256 {
		ids = append(ids, string([]byte{byte(c)}), string([]byte{'a', byte(c)}))
	}
	c, err := geo.Border().Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		refused := false
		for _, f := range c.CheckFeature(&geo.Feature{ID: id}, geo.Place{}) {
			refused = refused || f.Rule == geo.RuleID
		}
		if refused == expression.MatchString(id) {
			t.Errorf("the id %q: refused %v", id, refused)
		}
	}
}
