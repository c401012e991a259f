package geo_test

import (
	"regexp"
	"strings"
	"testing"

	"oxus/geo"
)

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
