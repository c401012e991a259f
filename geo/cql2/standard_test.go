package cql2_test

import (
	"testing"

	"oxus/geo/cql2"
	"oxus/geo/cql2/cql2test"
)

// Each predicate of the standard selects what the standard says, also after it
// was written as JSON and as text again.
func TestStandardPredicates(t *testing.T) {
	t.Parallel()
	predicates, rows := cql2test.Predicates(t)
	for _, p := range predicates {
		for encoding, n := range encodings(t, p.Filter) {
			if found := count(t, n, rows[p.Source]); found != p.Count {
				t.Errorf("%s in %s selects %d, not %d", p.Filter, encoding, found, p.Count)
			}
		}
	}
}

// encodings reads a filter and what it becomes as JSON and as text again.
func encodings(t *testing.T, text string) map[string]*cql2.Node {
	t.Helper()
	n, err := cql2.ParseText(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	again, err := cql2.ParseJSON(n.JSON())
	if err != nil {
		t.Fatalf("%s: %v", n.JSON(), err)
	}
	printed, err := again.Text()
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	back, err := cql2.ParseText(printed)
	if err != nil {
		t.Fatalf("%s: %v", printed, err)
	}
	if back.JSON() != n.JSON() {
		t.Errorf("%s\n becomes %s\n and then %s", text, n.JSON(), back.JSON())
	}
	return map[string]*cql2.Node{"text": n, "JSON": again, "text again": back}
}

func count(t *testing.T, n *cql2.Node, rows []map[string]any) (matched int) {
	t.Helper()
	n, err := cql2.Check(n, cql2test.Queryables)
	if err != nil {
		t.Fatal(err)
	}
	holds := cql2.Compile(n)
	for _, r := range rows {
		if holds(func(name string) any { return r[name] }) {
			matched++
		}
	}
	return matched
}
