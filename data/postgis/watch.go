package postgis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// channel is where oxus.tell sends its notices.
	channel = "oxus"
	// listenerName is how the connection that listens is called in pg_stat_activity.
	listenerName = "oxus listener"
	// beat is how often the versions are read although no notice has come: a connection
	// that is broken may look like one over which nothing comes.
	beat = 250 * time.Millisecond
	// trusted is how long the versions that were read last count as known. What is
	// answered by them has yet to be sent: together that stays below a second.
	trusted = 800 * time.Millisecond
	// straggling is how long a notice may take to come after its commit is seen.
	straggling = 50 * time.Millisecond
	// answering is how long the database may take to tell the versions before the
	// connection counts as broken.
	answering = 2 * time.Second
	// firstRetry and lastRetry are the shortest and longest time between two attempts to
	// connect.
	firstRetry, lastRetry = 50 * time.Millisecond, 2 * time.Second
)

// watch follows the data over a connection of its own.
type watch struct {
	course geo.Course
	once   sync.Once
	stop   context.CancelFunc
	done   chan struct{}
	// began is when the store was opened; heard and wrote count from there, 0 meaning
	// never: when the versions that are known were asked for, and when this store last
	// finished a change of its own.
	began        time.Time
	heard, wrote atomic.Int64
}

func newWatch() *watch { return &watch{began: time.Now(), done: make(chan struct{})} }

// now counts from the opening of the store, by a clock that nobody sets.
func (w *watch) now() int64 { return int64(time.Since(w.began)) }

// write says that this store has finished a change: what is known has to be younger.
func (w *watch) write() {
	now := w.now()
	for {
		before := w.wrote.Load()
		if before >= now || w.wrote.CompareAndSwap(before, now) {
			return
		}
	}
}

// Watch implements geo.Watcher.
func (s *Store) Watch(tell func(error)) {
	w := s.watch
	w.once.Do(func() {
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		go func() {
			defer close(w.done)
			s.follow(ctx, tell)
		}()
	})
}

// end stops following. A store that was closed follows no more.
func (w *watch) end() {
	w.once.Do(func() { close(w.done) })
	if w.stop != nil {
		w.stop()
	}
	<-w.done
}

// Known implements geo.Watcher.
func (s *Store) Known() *geo.Known {
	w := s.watch
	heard := w.heard.Load()
	if heard == 0 || heard <= w.wrote.Load() || time.Duration(w.now()-heard) > trusted {
		return nil
	}
	return w.course.Known()
}

// Heard returns up to when the store has heard of all changes of its data, zero for never.
func (s *Store) Heard() time.Time {
	heard := s.watch.heard.Load()
	if heard == 0 {
		return time.Time{}
	}
	return s.watch.began.Add(time.Duration(heard))
}

// Changed implements geo.Watcher.
func (s *Store) Changed() <-chan struct{} { return s.watch.course.Changed() }

// follow listens until the context ends, and connects again when the connection is
// lost.
func (s *Store) follow(ctx context.Context, tell func(error)) {
	wait := firstRetry
	failing := false
	for {
		err := s.listen(ctx, func() {
			if wait = firstRetry; failing {
				tell(nil)
			}
			failing = false
		})
		if ctx.Err() != nil {
			return
		}
		if !failing {
			tell(err)
		}
		failing = true
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			wait = min(2*wait, lastRetry)
		}
	}
}

// listen follows the data over one connection until that is lost. It calls hears when
// it hears.
func (s *Store) listen(ctx context.Context, hears func()) error {
	told := notices{}
	conn, err := s.connectToListen(ctx, func(_ *pgconn.PgConn, n *pgconn.Notification) { told.take(n) })
	if err != nil {
		return err
	}
	defer closeSoon(ctx, conn)
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen for changes: %w", err)
	}
	w := s.watch
	asked := w.now()
	versions, err := heartbeat(ctx, conn)
	if err != nil {
		return err
	}
	w.course.Begin(versions) // how the data came there is not known
	w.heard.Store(asked)
	hears()
	for {
		if err := wait(ctx, conn, beat); err != nil {
			return err
		}
		if err := w.catchUp(ctx, conn, told); err != nil {
			return err
		}
	}
}

func (s *Store) connectToListen(ctx context.Context, hear pgconn.NotificationHandler) (*pgx.Conn, error) {
	config := s.pool.Config().ConnConfig
	config.RuntimeParams["application_name"] = listenerName
	config.OnNotification = hear
	conn, err := pgx.ConnectConfig(ctx, config)
	return conn, failed(ctx, err)
}

// catchUp reads the versions and moves on to them. What the database tells of them has
// come before them, but for what was committed just then: that is waited for a little,
// and lies everywhere when it is not told.
func (w *watch) catchUp(ctx context.Context, conn *pgx.Conn, told notices) error {
	for patient := true; ; patient = false {
		asked := w.now()
		versions, err := heartbeat(ctx, conn)
		if err != nil {
			return err
		}
		moves, explained := told.moves(w.course.Known().Versions, versions)
		if explained || !patient {
			w.course.Go(versions, moves)
			w.heard.Store(asked)
			told.forget(versions)
			return nil
		}
		if err := wait(ctx, conn, straggling); err != nil {
			return err
		}
	}
}

// wait waits for a notice, at most so long.
func wait(ctx context.Context, conn *pgx.Conn, most time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := conn.PgConn().WaitForNotification(waiting); err != nil && (ctx.Err() != nil || !pgconn.Timeout(err)) {
		return fmt.Errorf("wait for changes: %w", err)
	}
	return nil
}

// heartbeat reads the versions within the time an answer may take.
func heartbeat(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answering)
	defer cancel()
	versions, err := readVersions(ctx, conn)
	if err != nil {
		return nil, fmt.Errorf("read the versions: %w", err)
	}
	return versions, nil
}

// readVersions reads the versions of all collections and of the sources, by name.
func readVersions(ctx context.Context, ask asker) (map[string]string, error) {
	rows, err := ask.Query(ctx, "SELECT collection, version, stamp::text FROM oxus.versions")
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	var collection, stamp string
	var version int64
	_, err = pgx.ForEachRow(rows, []any{&collection, &version, &stamp}, func() error {
		versions[collection] = versionName(version, stamp)
		return nil
	})
	return versions, err
}

// versionName names a version: by how many there were, and by what no other has.
func versionName(version int64, stamp string) string {
	return strconv.FormatInt(version, 10) + "-" + stamp
}

// versionNumber is how many versions there were before and with one.
func versionNumber(name string) int64 {
	digits, _, _ := strings.Cut(name, "-")
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0 // there is no such version
	}
	return n
}
