package api_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"oxus/api"
	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/data/seed"
	"oxus/data/storetest"
	"oxus/geo"
)

// live is a server over PostGIS, and another program at the same database that changes
// two crossings together, again and again, to the next of a row of numbers.
type live struct {
	*asked
	t    *testing.T
	h    http.Handler
	conn *pgx.Conn
	// committed is when each number was committed at the latest.
	mu        sync.Mutex
	committed []time.Time
}

func newLive(t *testing.T) *live {
	t.Helper()
	ctx := context.Background()
	url := postgistest.Database(t)
	store, err := postgis.Open(ctx, url, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := store.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	ds, err := seed.Read(seed.Files(), geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Apply(ctx, seed.Change(geo.Border(), ds)); err != nil {
		t.Fatal(err)
	}
	l := &live{asked: &asked{Watched: store}, t: t}
	if l.conn, err = pgx.Connect(ctx, url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.conn.Close(ctx) })
	l.h = api.New(geo.Border(), l.asked, api.Options{
		BaseURL: "https://oxus.test", Now: noon, Log: quiet(), Cache: 16 << 20,
		Load: api.NewLoad(api.Limits{Queue: 1000, Wait: time.Minute}), // nobody is to be refused
	})
	storetest.KnownOf(t, l)
	l.change()
	return l
}

func (l *live) do(sql string, args ...any) {
	l.t.Helper()
	if _, err := l.conn.Exec(context.Background(), sql, args...); err != nil {
		l.t.Fatal(err)
	}
}

// change commits the next number.
func (l *live) change() {
	l.t.Helper()
	n := len(l.committed)
	l.do("UPDATE oxus.crossings SET summary = 'number ' || $1::int WHERE id IN ('tem-demogan', 'ruzvay-nusay')", n)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.committed = append(l.committed, time.Now())
}

var numberInSummary = regexp.MustCompile(`"summary":"number (\d+)"`)

// bothCrossings asks for the two that are changed together.
const bothCrossings = "/api/collections/crossings/items?properties=summary&limit=100"

// read asks once, and holds the answer to one version that was in force at most a second
// before the question was asked.
func (l *live) read() (failed string) {
	began := time.Now()
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, bothCrossings, http.NoBody))
	found := numberInSummary.FindAllStringSubmatch(w.Body.String(), -1)
	if w.Code != http.StatusOK || len(found) != 2 {
		return fmt.Sprintf("%d with %d numbers", w.Code, len(found))
	}
	if found[0][1] != found[1][1] {
		return fmt.Sprintf("versions %s and %s in one answer", found[0][1], found[1][1])
	}
	n, err := strconv.Atoi(found[0][1])
	if err != nil {
		return err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n+1 < len(l.committed) && began.Sub(l.committed[n+1]) > time.Second {
		return fmt.Sprintf("an answer is %s old", began.Sub(l.committed[n+1]))
	}
	return ""
}

// readers ask until they are told to stop, which waits for them.
func (l *live) readers(n int, pause time.Duration) (stop func() (answers int)) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	var mu sync.Mutex
	total := 0
	for range n {
		wait.Go(func() {
			for ctx.Err() == nil {
				failed := l.read()
				mu.Lock()
				if total++; failed != "" {
					l.t.Error(failed)
					cancel()
				}
				mu.Unlock()
				time.Sleep(pause)
			}
		})
	}
	return func() int {
		cancel()
		wait.Wait()
		return total
	}
}

// Two hundred readers who ask while another program changes rows are answered from one
// version each, none older than a second; tiles that the changes do not touch ask
// nothing.
func TestReadersBesideAnotherProgram(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	stop := l.readers(200, 20*time.Millisecond)
	for range 20 {
		time.Sleep(100 * time.Millisecond)
		l.change()
	}
	if answers := stop(); answers < 200 {
		t.Errorf("only %d answers", answers)
	}
	// Tem and Ruzvay lie in the one, other crossings, which do not change, in the other.
	const near, far = "/api/collections/crossings/tiles/WebMercatorQuad/8/98/178", "/api/collections/crossings/tiles/WebMercatorQuad/8/99/176"
	for _, target := range []string{near, far} {
		if w := get(t, l.h, target); w.Code != http.StatusOK {
			t.Fatalf("there is nothing in %s: %d", target, w.Code)
		}
	}
	for range 5 {
		before := storetest.KnownOf(t, l)
		get(t, l.h, near)
		get(t, l.h, far)
		l.change()
		for end := time.Now().Add(10 * time.Second); storetest.KnownOf(t, l) == before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the change is never known")
			}
		}
		if n := l.counted(func() { get(t, l.h, far) }); n != 0 {
			t.Errorf("a tile that the change does not touch asks the store %d times", n)
		}
		if n := l.counted(func() { get(t, l.h, near) }); n == 0 {
			t.Error("a tile that the change touches asks nothing")
		}
		if n := l.counted(func() { get(t, l.h, near) }); n != 0 {
			t.Errorf("the tile asks the store %d times again", n)
		}
	}
}

// While the server does not hear of changes every answer is asked for, and none is old;
// when it hears again nothing that it has missed is answered as it was.
func TestReadersWhileNobodyHears(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	// Who may connect to a database is said from another one.
	config := l.conn.Config().Copy()
	database := config.Database
	config.Database = "postgres"
	elsewhere, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = elsewhere.Close(context.Background()) })
	admit := func(whom bool) {
		if _, err := elsewhere.Exec(context.Background(), fmt.Sprintf("ALTER DATABASE %s ALLOW_CONNECTIONS %v", pgx.Identifier{database}.Sanitize(), whom)); err != nil {
			t.Fatal(err)
		}
	}
	cut := func() {
		l.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'oxus listener' AND datname = current_database()")
	}
	st, err := l.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	past := "/api/collections/crossings/items/tem-demogan?as-recorded=" + st.Moment.Format("2006-01-02T15:04:05.000000Z")
	for range 2 {
		get(t, l.h, past)
	}
	if n := l.counted(func() { get(t, l.h, past) }); n != 0 {
		t.Errorf("what is past asks the store %d times again", n)
	}
	stop := l.readers(1, time.Millisecond)
	for range 3 {
		cut()
		l.change()
		time.Sleep(200 * time.Millisecond)
		l.change()
	}
	admit(false) // it cannot come back
	cut()
	for range 15 {
		time.Sleep(200 * time.Millisecond)
		l.change()
	}
	if answers := stop(); answers < 10 { // the connections there are suffice for one
		t.Errorf("only %d answers", answers)
	}
	if l.Known() != nil {
		t.Error("somebody hears")
	}
	l.change()
	if failed := l.read(); failed != "" || !l.isCurrent() {
		t.Errorf("while nobody hears the answer is old: %s", failed)
	}
	if n := l.counted(func() { get(t, l.h, bothCrossings) }); n == 0 {
		t.Error("while nobody hears nothing is asked")
	}
	admit(true)
	storetest.KnownOf(t, l)
	if !l.isCurrent() {
		t.Error("what was missed is answered as it was")
	}
	// A backup may have been put back, with another past.
	if n := l.counted(func() { get(t, l.h, past) }); n == 0 {
		t.Error("what was kept before the silence is answered after it")
	}
}

// isCurrent reports whether the answer is that of the last number.
func (l *live) isCurrent() bool {
	found := numberInSummary.FindStringSubmatch(get(l.t, l.h, bothCrossings).Body.String())
	return len(found) == 2 && found[1] == strconv.Itoa(len(l.committed)-1)
}
