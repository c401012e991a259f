package geopackage

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"strconv"
	"testing"
	"time"

	"oxus/geo"
)

const childFile = "OXUS_TEST_GEOPACKAGE_CHILD"

// child is this test binary as a process of its own that serves the file.
func child(t testing.TB, path string) *osexec.Cmd {
	t.Helper()
	c := osexec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	c.Env = append(os.Environ(), childFile+"="+path)
	return c
}

// TestChild applies changes until it is killed, and says each that is
// acknowledged. It does nothing unless a test has started it as a child.
func TestChild(t *testing.T) {
	path := os.Getenv(childFile)
	if path == "" {
		return
	}
	f, err := Open(context.Background(), path, awkward(t))
	if err != nil {
		t.Fatal(err)
	}
	ds := load(t, f)
	for n := len(ds.Features["posts"]); ; n++ {
		if err := f.Apply(context.Background(), asImport(t, f, n, stepChange(t, f, n))); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stdout, "acknowledged %d\n", n)
	}
}

// stepChange is the n-th change: a source, a post, a line, its period, and a
// counter that every change raises.
func stepChange(t testing.TB, f *File, n int) geo.Change {
	ch := bulk(t, f, 1, n)
	id := strconv.Itoa(n)
	ch.Sources = []geo.Source{{ID: "s-" + id, Publisher: "p", Title: "t"}}
	ch.Periods = []geo.Period{{ID: "p-" + id, Collection: "posts", From: partial(t, "2020"), Sources: []string{"s-" + id}}}
	counter := put(t, f, "offices", geo.Feature{ID: "counter", Values: []geo.Value{id}}, int64(n))
	ch.Features = append(ch.Features, counter.Features[0])
	return ch
}

// asImport makes the n-th change the applying of an import that was staged before,
// by this process or one that was killed, with its last feature in a part.
func asImport(t testing.TB, f *File, n int, ch geo.Change) geo.Change {
	im := geo.Import{ID: strconv.Itoa(n), State: geo.Staged, Actor: "tester", Created: time.Now()}
	if err := f.AddImport(context.Background(), im); err != nil && geo.KindOf(err) != geo.Conflict {
		t.Fatal(err)
	}
	im.Serial, im.State = 1, geo.Applied
	ch.Imports = []geo.Import{im}
	last := len(ch.Features) - 1
	part := geo.Change{Features: ch.Features[last:]}
	ch.Features = ch.Features[:last]
	ch.Parts = func(yield func(geo.Change, error) bool) { yield(part, nil) }
	return ch
}

// checkImports holds the imports that are applied against the changes kept.
func checkImports(t *testing.T, f *File, round, kept int) {
	t.Helper()
	all, err := f.Imports(context.Background(), geo.ImportQuery{})
	if err != nil {
		t.Fatal(err)
	}
	applied := 0
	for _, im := range all {
		if n, err := strconv.Atoi(im.ID); err != nil || (im.State == geo.Applied) != (n < kept) {
			t.Errorf("round %d: import %s is %s with %d changes kept", round, im.ID, im.State, kept)
		}
		if im.State == geo.Applied {
			applied++
		}
	}
	if applied != kept {
		t.Errorf("round %d: %d imports are applied and %d changes kept", round, applied, kept)
	}
}

func TestKilledAtAnyMoment(t *testing.T) {
	const rounds = 24
	path, acknowledged := tempPath(t), 0
	for round := range rounds {
		acknowledged = killWhileWriting(t, path, acknowledged, round)
		f, err := Open(context.Background(), path, awkward(t))
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		ds := load(t, f)
		kept := len(ds.Features["posts"])
		// One more than was acknowledged: killed after the commit, before the word.
		if kept != acknowledged && kept != acknowledged+1 {
			t.Fatalf("round %d: %d changes were acknowledged and %d kept", round, acknowledged, kept)
		}
		if len(ds.Sources) != kept || len(ds.Periods) != kept {
			t.Fatalf("round %d: a change is kept by half: %d posts, %d sources, %d periods", round, kept, len(ds.Sources), len(ds.Periods))
		}
		if kept > 0 && feature(t, ds, "offices", "counter").Revision != int64(kept) {
			t.Fatalf("round %d: the counter stands at %d after %d changes", round, feature(t, ds, "offices", "counter").Revision, kept)
		}
		checkImports(t, f, round, kept)
		var check string
		if err := f.reader.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
			t.Fatalf("round %d: %s %v", round, check, err)
		}
		acknowledged = kept
		closeFile(t, f)
	}
	if acknowledged < rounds {
		t.Errorf("only %d changes in %d rounds: the children were killed too early to show anything", acknowledged, rounds)
	}
	t.Logf("%d kills, %d changes", rounds, acknowledged)
}

// killWhileWriting runs a child, kills it, and returns how many changes are
// acknowledged by then. Every fourth child is killed after some time, before it
// may even have made or opened the file; the others in the midst of a change.
func killWhileWriting(t *testing.T, path string, acknowledged, round int) int {
	c := child(t, path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func(within time.Duration) {
		time.Sleep(rand.N(within))
		c.Process.Kill() // SIGKILL
	}
	left := 1 + rand.IntN(15)
	if round%4 == 0 {
		left = -1
		go kill(60 * time.Millisecond)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "acknowledged %d", &n); err != nil {
			continue
		}
		acknowledged = n + 1
		if left--; left == 0 {
			go kill(5 * time.Millisecond)
		}
	}
	if err := c.Wait(); err == nil || c.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", c.ProcessState)
	}
	return acknowledged
}
