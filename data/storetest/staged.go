package storetest

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oxus/geo"
)

var errBroken = errors.New("the sequence broke off")

// sequence yields parts, and an error at the end if there is one.
func sequence[T any](err error, parts ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, p := range parts {
			if !yield(p, nil) {
				return
			}
		}
		var none T
		if err != nil {
			yield(none, err)
		}
	}
}

func staged(t *testing.T, s geo.Importer, id string) (parts []string) {
	t.Helper()
	for part, err := range s.Staged(context.Background(), id, 0) {
		if err != nil {
			t.Fatalf("staged: %v", err)
		}
		parts = append(parts, string(part))
	}
	return parts
}

func testStaged(t *testing.T, s geo.Store) {
	ctx := context.Background()
	stage := func(id string, err error, parts ...string) error {
		all := make([][]byte, len(parts))
		for i := range parts {
			all[i] = []byte(parts[i])
		}
		return s.Stage(ctx, id, sequence(err, all...))
	}
	holds := func(what, id string, want ...string) {
		t.Helper()
		if got := staged(t, s, id); !slices.Equal(got, want) {
			t.Errorf("%s: staged are %.100q, want %.100q", what, got, want)
		}
	}
	expectKind(t, "for nobody", stage("nobody", nil, "x"), geo.NotFound)
	holds("for nobody", "nobody")
	holds("for what is no text", "\x00\xff")
	im := add(t, s, upload("one"))
	add(t, s, upload("two"))
	holds("nothing yet", "one")
	long := strings.Repeat("\x00\xff part", 300_000)
	for _, parts := range [][]string{{"a", "", long, "\x00", "a"}, {"b", "c"}, {}, {"d"}} {
		expectKind(t, "stage", stage("one", nil, parts...), 0)
		holds("after", "one", parts...)
	}
	many := make([]string, 12) // their order is that of numbers, not of texts
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	expectKind(t, "stage", stage("two", nil, many...), 0)
	holds("many", "two", many...)
	for passed, want := range map[int]string{0: "0", 11: "11", 12: "", 99: ""} {
		first := ""
		for part, err := range s.Staged(ctx, "two", passed) {
			if first = string(part); err != nil {
				t.Errorf("%d passed over: %v", passed, err)
			}
			break
		}
		if first != want {
			t.Errorf("%d passed over: the first is %q, want %q", passed, first, want)
		}
	}
	if err := stage("one", errBroken, "e", "f"); err != errBroken {
		t.Errorf("a sequence that breaks off comes back as %v", err)
	}
	holds("after what broke off", "one", "d")
	found(t, s, im) // staging writes no import

	// A sequence may read what is staged, also of its own import.
	doubled := func(yield func([]byte, error) bool) {
		for part, err := range s.Staged(ctx, "two", 0) {
			if !yield(bytes.Repeat(part, 2), err) {
				return
			}
			if _, err := s.FindImport(ctx, "one"); err != nil {
				t.Errorf("found while staging: %v", err)
			}
		}
	}
	expectKind(t, "stage what is staged", s.Stage(ctx, "two", doubled), 0)
	if got := staged(t, s, "two"); len(got) != 12 || got[11] != "1111" {
		t.Errorf("doubled are %q", got)
	}
	testStagedOneState(t, s, stage)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Stage(cancelled, "one", sequence(nil, []byte("late"))); !errors.Is(err, context.Canceled) {
		t.Errorf("staged with a context that has ended: %v", err)
	}
	holds("after the end of a context", "one", "d")
}

// testStagedOneState stages anew while parts are read, which stay the old ones.
func testStagedOneState(t *testing.T, s geo.Store, stage func(id string, err error, parts ...string) error) {
	var got []string
	long := strings.Repeat("old", 500_000)
	expectKind(t, "stage", stage("two", nil, long, long, long), 0)
	for part, err := range s.Staged(context.Background(), "two", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, string(part)); len(got) == 1 {
			expectKind(t, "stage while it is read", stage("two", nil, "new"), 0)
		}
	}
	if !slices.Equal(got, []string{long, long, long}) {
		t.Errorf("read %d parts of two states", len(got))
	}
	for range s.Staged(context.Background(), "two", 0) {
		break // a reader may go away
	}
}
