package postgis_test

import (
	"context"
	"testing"
	"time"

	"oxus/data/postgis"
	"oxus/geo"
)

// asked is the answer to a question for a state that may have to wait.
type asked struct {
	st  geo.State
	err error
}

func askNow(s *postgis.Store) <-chan asked {
	answer := make(chan asked, 1)
	go func() {
		st, err := s.State(context.Background(), time.Time{})
		answer <- asked{st, err}
	}()
	return answer
}

func state(t *testing.T, s *postgis.Store, moment time.Time) geo.State {
	t.Helper()
	st, err := s.State(context.Background(), moment)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

const patience = 300 * time.Millisecond

// A state waits for whoever writes, if what they write may belong to it; one of
// the past waits for nobody. A rollback leaves nothing behind it.
func TestStatesWaitForWriters(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	writer := connect(t, url)
	before := state(t, s, time.Time{})
	change := "UPDATE oxus.crossings SET market_days = coalesce(market_days, '') || 'x' WHERE id = 'b'"
	for _, end := range []string{"ROLLBACK", "COMMIT"} {
		must(t, writer, "BEGIN")
		must(t, writer, change)
		if again := state(t, s, before.Moment); again != before {
			t.Errorf("the past has become %+v, and was %+v", again, before)
		}
		answer := askNow(s)
		select {
		case early := <-answer:
			t.Fatalf("a state is given while somebody writes: %+v", early)
		case <-time.After(patience):
		}
		must(t, writer, end)
		now := <-answer
		if now.err != nil || (now.st.Last > before.Last) != (end == "COMMIT") {
			t.Errorf("after %s: %+v, and was %+v", end, now, before)
		}
	}
	// What a savepoint takes back gives the record free; what follows comes later.
	must(t, writer, "BEGIN; SAVEPOINT a; "+change+"; ROLLBACK TO a")
	between := <-askNow(s)
	must(t, writer, change+"; COMMIT")
	if again := state(t, s, between.st.Moment); between.err != nil || again.Last != between.st.Last {
		t.Errorf("a later change is recorded before %+v: %+v", between, again)
	}
}

// A writer that does not end makes a state unavailable, not wrong and not
// forever in coming.
func TestStateGivesUpWaiting(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	writer := connect(t, url)
	must(t, writer, "BEGIN; UPDATE oxus.sources SET title = 'T2' WHERE id = 'one'")
	if got := <-askNow(s); geo.KindOf(got.err) != geo.Unavailable {
		t.Errorf("got %+v", got)
	}
}

// What one transaction changes in several collections, psql's as well, has one
// moment; the record tells that it did not come through the program.
func TestOneMomentATransaction(t *testing.T) {
	t.Parallel()
	s, url := filled(t)
	before := state(t, s, time.Time{})
	must(t, connect(t, url), `BEGIN;
UPDATE oxus.crossings SET market_days = 'Sunday' WHERE id = 'b';
SELECT pg_sleep(0.01);
UPDATE oxus.crossings SET market_days = 'Monday' WHERE id = 'b';
UPDATE oxus.incidents SET place_name = 'x' WHERE id = 'i1';
DELETE FROM oxus.crossings WHERE id = 'a1';
COMMIT`)
	var moments []time.Time
	for r, err := range s.Revisions(context.Background(), geo.RevisionQuery{After: before.Last}) {
		if err != nil {
			t.Fatal(err)
		}
		moments = append(moments, r.Recorded)
		if !r.Direct || r.Actor != "postgres" || !r.Recorded.Equal(moments[0]) || !r.Recorded.After(before.Moment) {
			t.Errorf("%s/%s is recorded at %s by %s, direct %t", r.Collection, r.ID, r.Recorded, r.Actor, r.Direct)
		}
	}
	if len(moments) != 4 {
		t.Errorf("%d revisions", len(moments))
	}
	// What was written over in the same transaction was never known.
	got := list(t, connect(t, url), "SELECT coalesce(market_days, 'none') FROM oxus.crossings_known WHERE id = $1 ORDER BY known", "b")
	if len(got) != 2 || got[0] != "none" || got[1] != "Monday" {
		t.Errorf("known as %v", got)
	}
}
