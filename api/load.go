package api

import (
	"container/list"
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// Limits bound what a server works on at once, by what an answer costs. What is over
// waits in the order it came, and is refused when too much waits or it has waited too
// long: answers that nobody waits for any more must not keep out those that are waited
// for. Zero values mean the defaults.
type Limits struct {
	// Tiles, Pages and Exports are how many requests of each kind are worked on at once:
	// vector tiles, whole collections as files, and everything else that asks for data.
	Tiles, Pages, Exports int
	// Queue is how many requests may wait for each that is worked on.
	Queue int
	// Wait is the longest that one waits.
	Wait time.Duration
}

// DefaultLimits are those for a number of processors: twice as many tiles and pages as
// processors, as many as a store keeps connections for, so that the next is at hand
// while one waits for the store. Exports mostly wait for those who read them.
func DefaultLimits(processors int) Limits {
	short := max(4, 2*processors)
	return Limits{Tiles: short, Pages: short, Exports: max(24, 4*processors), Queue: 32, Wait: 5 * time.Second}
}

// The kinds of requests by what they cost. They are labels of metrics.
const (
	tileClass   = "tile"
	pageClass   = "page"
	exportClass = "export"
	// stateClass are questions about which state the data is in. They come before it is
	// known whether a request costs more, and are short; but a database has only so many
	// connections, and a thousand of them would keep those that have a place waiting.
	stateClass = "state"
)

// statePlaces is how many questions about the state of the data are asked at once.
const statePlaces = 4

// maxStalled is how many requests of a kind may have given their place up to a client that
// does not read: each keeps what it has read of the store meanwhile.
const maxStalled = 64

// Load keeps the places of a server.
type Load struct {
	wait  time.Duration
	lanes map[string]*lane
	// writers are the places of those who have a file made, streamers of those who have
	// one made as its rows come.
	writers, streamers *lane
	// spools has one for each file on the disk that is sent after it was made.
	spools chan struct{}
}

// NewLoad returns the places that limits ask for.
func NewLoad(l Limits) *Load {
	d := DefaultLimits(runtime.GOMAXPROCS(0))
	for _, part := range []struct{ of, fallback *int }{{&l.Tiles, &d.Tiles}, {&l.Pages, &d.Pages}, {&l.Exports, &d.Exports}, {&l.Queue, &d.Queue}} {
		if *part.of <= 0 {
			*part.of = *part.fallback
		}
	}
	if l.Wait <= 0 {
		l.Wait = d.Wait
	}
	placesOf := func(places int) *lane { return &lane{places: places, free: places, room: places * l.Queue} }
	load := &Load{wait: l.Wait, lanes: map[string]*lane{}, writers: placesOf(layerWriters), streamers: placesOf(layerStreamers), spools: make(chan struct{}, spooledFiles)}
	for class, places := range map[string]int{tileClass: l.Tiles, pageClass: l.Pages, exportClass: l.Exports, stateClass: statePlaces} {
		load.lanes[class] = placesOf(places)
	}
	return load
}

// LaneState is how things stand with one kind of requests.
type LaneState struct {
	// Class is "tile", "page", "export" or "state".
	Class string
	// Places are there in all, Working of them are taken, Waiting requests wait for one,
	// and Stalled have given theirs up until their client reads on.
	Places, Working, Waiting, Stalled int
}

// State tells how things stand, in no order.
func (l *Load) State() []LaneState {
	var all []LaneState
	for class, lane := range l.lanes {
		lane.mu.Lock()
		all = append(all, LaneState{
			Class: class, Places: lane.places, Working: lane.places - lane.free,
			Waiting: lane.waiting.Len() + lane.returning.Len(), Stalled: lane.stalled,
		})
		lane.mu.Unlock()
	}
	return all
}

// Why a request is refused; they are labels of metrics.
const (
	refusedFull = "full" // too many wait already
	refusedLate = "late" // it has waited too long
)

// overload is an answer to a request that finds no place.
type overload struct{ why string }

func (o *overload) Error() string { return "no place for the request: " + o.why }

// refused is what the client is told.
func (o *overload) refused() problem {
	return problem{Status: http.StatusServiceUnavailable, Detail: "The server has as much to do as it can. Ask again after the seconds of Retry-After."}
}

// lane holds the places of one kind of requests.
type lane struct {
	mu           sync.Mutex
	places, free int
	room         int // for those who wait
	// waiting are chan struct{}, closed when a place is given; returning go before them:
	// they have begun to answer and cannot be refused any more.
	waiting, returning list.List
	stalled            int
}

// enter takes a place, or waits for one; before it waits it calls waits.
func (l *lane) enter(ctx context.Context, longest time.Duration, waits func()) error {
	l.mu.Lock()
	switch {
	case l.free > 0: // then nobody waits
		l.free--
		l.mu.Unlock()
		return nil
	case l.waiting.Len() >= l.room:
		l.mu.Unlock()
		return &overload{refusedFull}
	}
	turn := make(chan struct{})
	at := l.waiting.PushBack(turn)
	l.mu.Unlock()
	waits()
	patience := time.NewTimer(longest)
	defer patience.Stop()
	select {
	case <-turn:
		return nil
	case <-patience.C:
		return l.giveUp(&l.waiting, at, turn, &overload{refusedLate})
	case <-ctx.Done():
		return l.giveUp(&l.waiting, at, turn, ctx.Err())
	}
}

// giveUp leaves a queue for a reason. A place that was given meanwhile is given back.
func (l *lane) giveUp(queue *list.List, at *list.Element, turn chan struct{}, why error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-turn:
		l.pass()
	default:
		queue.Remove(at)
	}
	return why
}

// leave gives a place back.
func (l *lane) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass()
}

// pass hands a place to who is next.
func (l *lane) pass() {
	for _, queue := range []*list.List{&l.returning, &l.waiting} {
		if next := queue.Front(); next != nil {
			close(queue.Remove(next).(chan struct{}))
			return
		}
	}
	l.free++
}

// stall gives a place back for a while, unless too many have.
func (l *lane) stall() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalled >= maxStalled {
		return false
	}
	l.stalled++
	l.pass()
	return true
}

// comeBack takes a place again, before all that have not begun yet.
func (l *lane) comeBack(ctx context.Context) error {
	l.mu.Lock()
	l.stalled--
	if l.free > 0 {
		l.free--
		l.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	at := l.returning.PushBack(turn)
	l.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return l.giveUp(&l.returning, at, turn, ctx.Err())
	}
}

// forget is for one who was stalled and will not come back.
func (l *lane) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalled--
}
