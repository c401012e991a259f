package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
)

// passage is the way of one request through the server: the place it has, and what its
// time goes into. It takes its place with the first question to the store that costs
// something, so that what is answered without one never waits: pages of the map, what the
// client has already, what is kept from an earlier answer.
type passage struct {
	lane  *lane
	class string
	load  *Load
	meter Meter
	id    string // of the request
	began time.Time

	// asked, queued and wrote are nanoseconds that the store took, that were waited for a
	// place, and in which the answer was written.
	asked, queued, wrote atomic.Int64
	// begun says that the answer goes out in parts, before it is known what it took.
	begun atomic.Bool
	// cached says that the answer had been made before.
	cached atomic.Bool
	// away says that the place was given up to a client that does not read.
	away atomic.Bool

	mu      sync.Mutex
	has     bool // a place
	asking  bool // has been let in to ask for the state of the data
	over    bool
	writing bool
	// release gives up the state of the data that the request holds, nil for none.
	release func()
}

type passageKey struct{}

// begins notes that the answer goes out before it is known what it takes.
func (p *passage) begins() {
	if p != nil {
		p.begun.Store(true)
	}
}

// requestIDOf is the id of the request that asks, "" where none does.
func requestIDOf(ctx context.Context) string {
	if p := passageOf(ctx); p != nil {
		return p.id
	}
	return ""
}

// passageOf is that of a request, nil for what no request asks.
func passageOf(ctx context.Context) *passage {
	p, _ := ctx.Value(passageKey{}).(*passage)
	return p
}

// holds notes what gives up the state of the data that the request is answered from.
func (p *passage) holds(release func()) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.release = release
	}
}

// letGo gives that state up where something was asked of it, and reports whether it did:
// the state takes a connection to the database, which those who have a place need.
func (p *passage) letGo() bool {
	if p.release == nil || !p.asking {
		return false
	}
	p.release()
	p.release = nil
	return true
}

// errAnew says that the state which an answer was begun from was given up for a place,
// which the request has now: the answer is to be begun anew, so that its tag and its bytes
// are of one state.
var errAnew = errors.New("the answer is to be begun anew")

// wasCached notes that the answer had been made before.
func (p *passage) wasCached() {
	if p != nil {
		p.cached.Store(true)
	}
}

// enter takes the place of the request, unless it has it. A question that outlives its
// request, which others wait for, goes on without one.
func (p *passage) enter(ctx context.Context) error {
	if p == nil {
		return nil
	}
	if p.away.Load() {
		return p.comeBack(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.has || p.over {
		return nil
	}
	began := time.Now()
	anew := false
	err := p.lane.enter(ctx, p.load.wait, func() { anew = p.letGo() })
	took := time.Since(began)
	p.queued.Add(int64(took))
	p.meter.Waited(p.class, took, whyRefused(err))
	p.has = err == nil
	if p.has && anew {
		return errAnew
	}
	return err
}

// forState takes a place for one short question about the state of the data, which leave
// gives back. A request needs it once: that it has been let in and then waits behind those
// who have not would waste what it was let in for.
func (p *passage) forState(ctx context.Context) (leave func(), err error) {
	if p == nil {
		return func() {}, nil
	}
	p.mu.Lock()
	known := p.has || p.asking
	p.asking = true
	p.mu.Unlock()
	if known {
		return func() {}, nil
	}
	lane, began := p.load.lanes[stateClass], time.Now()
	err = lane.enter(ctx, p.load.wait, func() {})
	took := time.Since(began)
	p.queued.Add(int64(took))
	p.meter.Waited(stateClass, took, whyRefused(err))
	return lane.leave, err
}

// comeBack takes the place again that the client's slowness has cost.
func (p *passage) comeBack(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.away.Load() || p.over {
		return nil
	}
	began := time.Now()
	err := p.lane.comeBack(ctx)
	p.queued.Add(int64(time.Since(began)))
	p.away.Store(false)
	p.has = err == nil
	return err
}

// end gives back what the request has.
func (p *passage) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.has:
		p.lane.leave()
	case p.away.Load():
		p.lane.forget()
	}
	p.has, p.over = false, true
	p.away.Store(false)
}

// stallAfter is how long a write may stand still before its request gives its place up.
const stallAfter = 50 * time.Millisecond

// stall gives the place up while a write stands still.
func (p *passage) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writing && p.has && p.lane.stall() {
		p.has = false
		p.away.Store(true)
	}
}

// writeTime is how long the answer has been written, packing it included.
func (p *passage) writeTime() time.Duration {
	if p == nil {
		return 0
	}
	return time.Duration(p.wrote.Load())
}

// write runs a write of the answer, which may stand still.
func (p *passage) write(do func() (int, error)) (int, error) {
	began := time.Since(started)
	defer func() { p.wrote.Add(int64(time.Since(started) - began)) }()
	p.mu.Lock()
	p.writing = p.has
	p.mu.Unlock()
	if !p.writing {
		return do()
	}
	still := time.AfterFunc(stallAfter, p.stall)
	n, err := do()
	still.Stop()
	p.mu.Lock()
	p.writing = false
	p.mu.Unlock()
	return n, err
}

// timing says in the words of Server-Timing what the time went into, in milliseconds,
// "" for a request that asked the store nothing and was not answered from the cache.
func (p *passage) timing(status int) string {
	asked, queued := time.Duration(p.asked.Load()), time.Duration(p.queued.Load())
	if p.cached.Load() {
		return cacheTiming(status, true)
	}
	if asked == 0 && status != http.StatusNotModified {
		return ""
	}
	var b strings.Builder
	for _, part := range []struct {
		name string
		took time.Duration
	}{{"queue", queued}, {"db", asked}, {"encode", max(0, time.Since(p.began)-asked-queued)}} {
		b.WriteString(part.name + ";dur=" + strconv.FormatFloat(float64(part.took.Microseconds())/1000, 'f', -1, 64) + ", ")
	}
	return b.String() + cacheTiming(status, false)
}

// cacheTiming says in the words of Server-Timing where an answer came from: the client's
// own cache, that of the server, or the store.
func cacheTiming(status int, cached bool) string {
	switch {
	case status == http.StatusNotModified:
		return "cache;desc=client"
	case cached:
		return "cache;desc=hit"
	default:
		return "cache;desc=miss"
	}
}

// timingHeader tells a client what its request took (W3C Server Timing).
const timingHeader = "Server-Timing"

// pass gives each request its passage. Answers are written within the write timeout, and
// say in Server-Timing what they took: in their header, or in a trailer where the header
// has gone out before the answer was made.
func (s *Server) pass(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		p := &passage{load: s.options.Load, meter: s.options.Meter, class: classOf(c.Path()), id: requestID(c), began: time.Now()}
		p.lane = p.load.lanes[p.class]
		defer p.end()
		response := c.Response()
		c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), passageKey{}, p)))
		response.Writer = &guarded{ResponseWriter: response.Writer, passage: p, timeout: s.options.WriteTimeout}
		response.Before(func() {
			if text := p.timing(response.Status); text != "" && !p.begun.Load() {
				response.Header().Set(timingHeader, text)
			}
		})
		err := next(c)
		if err == nil && p.begun.Load() {
			response.Header().Set(http.TrailerPrefix+timingHeader, p.timing(response.Status))
		}
		return err
	}
}

// classOf is the kind of request by the address it asks.
func classOf(route string) string {
	switch {
	case route == "/api/:file":
		return exportClass
	case strings.HasSuffix(route, "/:z/:y/:x"):
		return tileClass
	default:
		return pageClass
	}
}

// guarded writes an answer to a client that may be slow: for as long it holds its socket
// and its buffers, but no place, and for each 64 kB not longer than the timeout.
type guarded struct {
	http.ResponseWriter
	passage *passage
	timeout time.Duration
}

// Unwrap is how http.ResponseController finds what can flush and has deadlines.
func (g *guarded) Unwrap() http.ResponseWriter { return g.ResponseWriter }

// Write implements http.ResponseWriter.
func (g *guarded) Write(b []byte) (int, error) {
	// Recorders in tests have no deadlines to set; nor has a connection that is lost,
	// which the write itself will tell.
	_ = http.NewResponseController(g.ResponseWriter).SetWriteDeadline(time.Now().Add(g.timeout * time.Duration(1+len(b)/chunk)))
	return g.passage.write(func() (int, error) { return g.ResponseWriter.Write(b) })
}
