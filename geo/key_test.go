package geo_test

import (
	"strings"
	"testing"
	"time"

	"oxus/geo"
)

func TestNewKey(t *testing.T) {
	texts := map[string]bool{}
	for range 100 {
		k, text, err := geo.NewKey("zarina@field-office", geo.Editor, false, time.Now())
		if err != nil || texts[text] || len(text) != 48 || !strings.HasPrefix(text, k.Prefix) || len(k.Prefix) > 11 || k.Digest != geo.DigestOf(text) {
			t.Fatalf("%q %+v %v", text, k, err)
		}
		texts[text] = true
	}
	for _, bad := range []struct {
		name string
		role geo.Role
	}{{"", geo.Editor}, {"seed", geo.Editor}, {"file edit", geo.Editor}, {"a\nb", geo.Editor}, {strings.Repeat("a", 101), geo.Editor}, {"zarina", "owner"}, {"zarina", ""}} {
		if _, text, err := geo.NewKey(bad.name, bad.role, false, time.Now()); geo.KindOf(err) != geo.Invalid || text != "" {
			t.Errorf("%q as %q: %q, %v", bad.name, bad.role, text, err)
		}
	}
}

func TestRolesIncludeThoseBefore(t *testing.T) {
	for i, r := range geo.Roles() {
		for j, o := range geo.Roles() {
			if r.Includes(o) != (i >= j) {
				t.Errorf("%s includes %s: %t", r, o, r.Includes(o))
			}
		}
		if r.Includes("owner") || geo.Role("").Includes(r) || geo.Role("owner").Includes("owner") {
			t.Errorf("what is no role is as good as %s", r)
		}
	}
}
