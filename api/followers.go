package api

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"oxus/geo"
)

const (
	// maxFollowers is how many clients follow the data at once, maxFollowersOfOne how
	// many of them from one address; a proxy in front of the server is one address.
	maxFollowers      = 2000
	maxFollowersOfOne = 500
	// versionsEvery is how often the record is asked for a new revision while somebody
	// follows, and everyVersion after how many times the versions are compared even
	// though there is none: a database may be taken back to a backup.
	versionsEvery = 400 * time.Millisecond
	everyVersion  = 12
)

// followers are the clients that follow the data. While there are any, one loop for
// all of them waits until the store knows of something new, or asks it where it does not know, so that a change is told whoever made it:
// this server, another one or a program at the database.
type followers struct {
	ask func(ctx context.Context) (geo.State, error)
	// versions tells the version of each collection.
	versions func(ctx context.Context) (map[string]string, error)
	// watcher knows when there may be others, nil where nobody does.
	watcher  geo.Watcher
	stopping context.Context
	log      *slog.Logger

	mu        sync.Mutex
	following map[chan struct{}]string // to the address each is at
	at        map[string]int
	latest    map[string]string
	stop      context.CancelFunc
}

// join adds a client at an address. Something is sent to news when there are other
// versions than before; leave must be called.
func (f *followers) join(address string) (news chan struct{}, leave func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(f.following) >= maxFollowers:
		return nil, nil, geo.Errorf(geo.Unavailable, "Too many clients follow the data.")
	case f.at[address] >= maxFollowersOfOne:
		return nil, nil, &refusal{http.StatusTooManyRequests, "Too many clients at this address follow the data."}
	}
	if f.following == nil {
		f.following, f.at = map[chan struct{}]string{}, map[string]int{}
	}
	news = make(chan struct{}, 1)
	f.following[news] = address
	f.at[address]++
	if f.stop == nil {
		ctx := f.stopping
		ctx, f.stop = context.WithCancel(ctx)
		go f.look(ctx)
	}
	return news, func() { f.leave(news, address) }, nil
}

func (f *followers) leave(news chan struct{}, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.following, news)
	if f.at[address]--; f.at[address] == 0 {
		delete(f.at, address)
	}
	if len(f.following) == 0 {
		f.stop()
		f.stop, f.latest = nil, nil
	}
}

// current are the versions seen last, nil before the first look. Nobody changes them.
func (f *followers) current() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.latest
}

// look asks what is new until nobody follows any more.
func (f *followers) look(ctx context.Context) {
	tick := time.NewTicker(versionsEvery)
	defer tick.Stop()
	var seen geo.State
	var heard *geo.Known
	failing := false
	for n := 0; ; n++ {
		known, changed := f.known()
		var err error
		if known == nil || known != heard {
			seen, err = f.lookOnce(ctx, seen, known != nil || n%everyVersion == 0)
		}
		if heard = known; err != nil {
			heard = nil
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failing {
			f.log.Warn("those who follow the data hear of no change until the store answers again", "error", err)
		}
		failing = err != nil
		select {
		case <-tick.C:
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// known is the state that is known without asking, and what is closed when there is
// another; both nil where nobody knows.
func (f *followers) known() (*geo.Known, <-chan struct{}) {
	if f.watcher == nil {
		return nil, nil
	}
	changed := f.watcher.Changed() // before, so that nothing comes in between
	return f.watcher.Known(), changed
}

// lookOnce tells the versions when the record has gone on from a state, or when it
// should be looked in any case, and returns the state it is in.
func (f *followers) lookOnce(ctx context.Context, seen geo.State, anyway bool) (geo.State, error) {
	st, err := f.ask(ctx)
	if err != nil || st == seen && !anyway {
		return seen, err
	}
	latest, err := f.versions(ctx)
	if err != nil {
		return seen, err
	}
	f.tell(ctx, latest)
	return st, nil
}

// tell wakes every client when the versions are others than before. A loop that was
// stopped tells nothing: another may have begun.
func (f *followers) tell(ctx context.Context, latest map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil || maps.Equal(latest, f.latest) {
		return
	}
	f.latest = latest
	for news := range f.following {
		select {
		case news <- struct{}{}:
		default: // it has not read the last yet
		}
	}
}
