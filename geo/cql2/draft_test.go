package cql2_test

import (
	"strings"
	"testing"

	"oxus/geo/cql2"
)

// What GDAL writes under the name cql-text means what its CQL2 says.
func TestDraftText(t *testing.T) {
	types := map[string]cql2.Type{"name": cql2.Text, "built": cql2.Number, "day": cql2.Date}
	for _, tc := range []struct{ draft, same string }{
		{"name ILIKE '%Bridge_'", "CASEI(name) LIKE CASEI('%Bridge_')"},
		{"(name ilike 'a') OR (NOT ((built >= 2000) AND (built <= 2010)))", "CASEI(name) LIKE CASEI('a') OR NOT (built >= 2000 AND built <= 2010)"},
		{"name NOT ILIKE 'a'", "NOT CASEI(name) LIKE CASEI('a')"},
		{"(day >= '2022-01-01T') AND (day < '2022-06-01T12:00:00Z')", "day >= DATE('2022-01-01') AND day < TIMESTAMP('2022-06-01T12:00:00Z')"},
		{"name = 'it''s 2022-01-01T'", `name = 'it\'s 2022-01-01T'`},
		{"(name IS NULL)", "name IS NULL"},
	} {
		draft, err := cql2.ParseDraftText(tc.draft)
		if err == nil {
			draft, err = cql2.Check(draft, types)
		}
		if err != nil {
			t.Errorf("%s: %v", tc.draft, err)
			continue
		}
		same, err := cql2.ParseText(tc.same)
		if err == nil {
			same, err = cql2.Check(same, types)
		}
		if err != nil || draft.JSON() != same.JSON() {
			t.Errorf("%s is\n %s, not\n %v (%v)", tc.draft, draft.JSON(), same, err)
		}
	}
}

// CQL2 itself has no ILIKE, and a T alone makes a date of a date only.
func TestWhatOnlyDraftsHave(t *testing.T) {
	if _, err := cql2.ParseText("name ILIKE 'a'"); err == nil || !strings.Contains(err.Error(), "column 6: ILIKE is no operator") {
		t.Errorf("ILIKE in CQL2 text: %v", err)
	}
	for _, bad := range []string{"day = '2022-02-30T'", "day = '2022-01T'", "day = 'T'", "day = '2022-01-01T00:00:00ZT'", "day = '2022-01-01TT'", "day ILIKE 'a'", "name ILIKE", "name ILIKE 1"} {
		n, err := cql2.ParseDraftText(bad)
		if err == nil {
			n, err = cql2.Check(n, map[string]cql2.Type{"name": cql2.Text, "day": cql2.Date})
		}
		if err == nil {
			t.Errorf("%s is read as %s", bad, n.JSON())
		}
	}
}
