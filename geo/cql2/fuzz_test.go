package cql2_test

import (
	"errors"
	"strings"
	"testing"

	"oxus/geo/cql2"
)

// seeds are filters of every form; tests of the printers go through them too.
var seeds = []string{
	"a = 1 AND (b = 'x' OR NOT c) AND d", "(a AND b) AND c", `"and" = 'it''s' OR x = 'a\'b'`, "a + b * 2 ^ -3 - -c > 1e-3 % 2 div 5",
	"x NOT BETWEEN 1 AND 2", "x NOT IN (1, -2.5)", "x IS NOT NULL", "CASEI(name) LIKE casei('A_%')", "a = TIMESTAMP('2020-01-01T00:00:00.5Z')",
	"S_INTERSECTS(g, BBOX(1,2,3,4))", "S_WITHIN(POLYGON Z((0 0 1,1 0 1,1 1 1,0 0 1)), g)", "S_DISJOINT(g, GEOMETRYCOLLECTION(POINT(1 2),MULTIPOINT((1 2),(3 4))))",
	"S_EQUALS(MULTILINESTRING((0 0,1 1)), MULTIPOLYGON(((0 0,1 0,1 1,0 0))))", "T_DURING(INTERVAL(a,'..'), INTERVAL('2020-01-01',b))", "A_CONTAINS(l, ('a'))", "A_EQUALS((), l)",
}

func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := cql2.ParseDraftText(s); err == nil {
			round(t, n)
		}
		if n, err := cql2.ParseText(s); err == nil {
			round(t, n)
		} else if place := new(cql2.Error); !errors.As(err, &place) {
			t.Errorf("%s: %v has no place", s, err)
		}
	})
}

func FuzzJSON(f *testing.F) {
	for _, s := range seeds {
		n, err := cql2.ParseText(s)
		if err != nil {
			f.Fatalf("%s: %v", s, err)
		}
		f.Add(n.JSON())
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := cql2.ParseJSON(s); err == nil {
			if again, err := cql2.ParseJSON(n.JSON()); err != nil || again.JSON() != n.JSON() {
				t.Errorf("%s becomes %s: %v", s, n.JSON(), err)
			}
		} else if place := new(cql2.Error); !errors.As(err, &place) {
			t.Errorf("%s: %v has no place", s, err)
		}
	})
}

// round holds a tree against what its JSON and its text read as.
func round(t *testing.T, n *cql2.Node) {
	t.Helper()
	again, err := cql2.ParseJSON(n.JSON())
	if err != nil {
		t.Fatalf("%s: %v", n.JSON(), err)
	}
	text, err := again.Text()
	if errors.Is(err, cql2.ErrNotText) {
		return
	}
	back, err := cql2.ParseText(text)
	if err != nil && strings.Contains(err.Error(), "nested") {
		return // parentheses count as well
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if back.JSON() != n.JSON() {
		t.Errorf("%s\n becomes %s\n and then %s", text, n.JSON(), back.JSON())
	}
}
