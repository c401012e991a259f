package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/maypok86/otter/v2"

	"oxus/geo"
)

const (
	// largestPart is what part of the cache one answer may take.
	largestPart = 16
	// largest is how many bytes one may have in the largest of caches.
	largest = 256 << 20
	// addressPart is what part of the cache holds addresses, by which the answers to
	// requests that were made before are found without reading them.
	addressPart = 16
	// overhead is what is counted for each that is kept beside its bytes: its header, and
	// its place in the cache.
	overhead = 2 << 10
	// boardings is how often a request waits for the answer to another before it is answered
	// on its own.
	boardings = 3
	// largeKnown is how many questions are remembered for the size of their answers.
	largeKnown = 4096
)

// cache keeps answers for as long as they are still the answers. It is shared by the
// servers of all kinds of askers, who never find each other's.
type cache struct {
	watcher geo.Watcher
	now     func() time.Time
	timeout time.Duration
	// most is how many bytes an answer has at most that is kept.
	most      int
	answers   *otter.Cache[fingerprint, *kept]
	addresses *otter.Cache[address, found]
	// large are questions whose answer was larger than that, with the state of the data
	// then: until that changes nothing is put by of their answers.
	large *otter.Cache[fingerprint, *geo.Known]

	mu      sync.Mutex
	flights map[fingerprint]*flight
}

// flight is an answer on its way, which others wait for that ask the same.
type flight struct {
	done chan struct{}
	kept *kept // nil when it is not to be kept
}

// newCache returns a cache of so many bytes over a store, nil for none.
func newCache(watcher geo.Watcher, o *Options) *cache {
	if watcher == nil || o.Cache <= 0 {
		return nil
	}
	k := &cache{watcher: watcher, now: o.Now, timeout: o.WriteTimeout, most: int(min(o.Cache/largestPart, largest)), flights: map[fingerprint]*flight{}}
	k.answers = otter.Must(&otter.Options[fingerprint, *kept]{
		MaximumWeight: uint64(o.Cache - o.Cache/addressPart),
		Weigher:       func(_ fingerprint, a *kept) uint32 { return a.weight() },
	})
	k.addresses = otter.Must(&otter.Options[address, found]{
		MaximumWeight: uint64(o.Cache / addressPart),
		Weigher:       func(a address, _ found) uint32 { return a.weight() },
	})
	k.large = otter.Must(&otter.Options[fingerprint, *geo.Known]{MaximumSize: largeKnown})
	return k
}

// held is how many answers are kept, and how many bytes they and their addresses take
// about.
func (k *cache) held() (answers int, bytes int64) {
	k.answers.CleanUp() // what was kept just now is weighed later otherwise
	k.addresses.CleanUp()
	return k.answers.EstimatedSize(), int64(k.answers.WeightedSize() + k.addresses.WeightedSize())
}

// keptRoutes are the addresses whose answers are kept, by their paths under /api. All
// of them say what their answer was made of; see Server.fresh.
func keptRoutes() []string {
	return []string{
		"", "/", "/collections", "/collections/:collection", "/collections/:collection/items", "/collections/:collection/items/:item",
		"/collections/:collection/items/:item/timeline", "/:file", "/sources", "/stats/status", "/stats/:collection", "/tiles/:matrix", "/tiles/:matrix/:z/:y/:x",
		"/collections/:collection/tiles/:matrix", "/collections/:collection/tiles/:matrix/:z/:y/:x",
	}
}

// keeping answers from the cache where it can, and keeps what next answers.
func (s *Server) keeping(next echo.HandlerFunc) echo.HandlerFunc {
	k := s.cache
	if k == nil {
		return next
	}
	return func(c echo.Context) error {
		known := k.watcher.Known()
		asked, ok := s.questionIn(c)
		if known == nil || !ok {
			s.options.Meter.Looked(lookUnknown)
			return next(c)
		}
		for range boardings {
			if then, ok := k.large.GetIfPresent(asked); ok && then == known {
				s.options.Meter.Looked(lookMiss)
				return next(c)
			}
			if a := k.find(asked, known); a != nil && a.serves(c.Request()) {
				return s.serve(c, a, true)
			}
			f, own := k.board(asked)
			if own {
				return s.answerAnew(c, next, asked, f, known)
			}
			select {
			case <-f.done:
			case <-c.Request().Context().Done():
				return c.Request().Context().Err()
			}
			if known = k.watcher.Known(); known == nil {
				break
			}
			if a := f.kept; a != nil && a.stands(known, k.today()) && a.serves(c.Request()) {
				return s.serve(c, a, true)
			}
		}
		s.options.Meter.Looked(lookUnknown)
		return next(c)
	}
}

func (k *cache) today() geo.Date { return geo.DateOf(k.now()) }

// find returns the answer to a question, nil where none is kept that still is one.
func (k *cache) find(asked fingerprint, known *geo.Known) *kept {
	if a, ok := k.answers.GetIfPresent(asked); ok && a.stands(known, k.today()) {
		return a
	}
	return nil
}

// board joins those who wait for the answer to a question, or begins to answer it.
func (k *cache) board(asked fingerprint) (f *flight, own bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f := k.flights[asked]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	k.flights[asked] = f
	return f, true
}

// land lets those go who wait for an answer.
func (k *cache) land(asked fingerprint, f *flight) {
	k.mu.Lock()
	delete(k.flights, asked)
	k.mu.Unlock()
	close(f.done)
}

// answerAnew has next answer from one state of the data, keeps the answer, and sends it
// when the connection to the database is free again.
func (s *Server) answerAnew(c echo.Context, next echo.HandlerFunc, asked fingerprint, f *flight, known *geo.Known) error {
	landed := false
	land := func() {
		if !landed {
			landed = true
			s.cache.land(asked, f)
		}
	}
	defer land()
	s.options.Meter.Looked(lookMiss)
	day := s.cache.today()
	tooLarge := func() { // whoever waits for it would wait for its reader
		s.cache.large.Set(asked, known)
		land()
	}
	m, held, err := s.makeHeld(c, next, tooLarge)
	if errors.Is(err, errAnew) {
		m, held, err = s.makeHeld(c, next, tooLarge)
	}
	defer held.Release()
	if err != nil || m.over {
		return err
	}
	a, lasts := m.keep(held.Versions())
	held.Release()
	a.asked, a.route, a.epoch, a.day = asked, routeOf(c), known.Epoch, day
	if lasts {
		s.cache.answers.Set(asked, a)
		f.kept = a
	}
	land()
	return s.serve(c, a, false)
}

// makeHeld has next answer from one state of the data, which is held until it is released.
// It calls tooLarge when the answer goes out without being kept.
func (s *Server) makeHeld(c echo.Context, next echo.HandlerFunc, tooLarge func()) (m *making, held geo.Held, err error) {
	ctx, held := s.cache.watcher.Hold(c.Request().Context())
	made := false
	defer func() {
		if !made { // but by a panic
			held.Release()
		}
	}()
	way := passageOf(ctx)
	way.holds(held.Release)
	m = &making{header: http.Header{}, out: c.Response(), most: s.cache.most, release: held.Release, begins: way.begins, tooLarge: tooLarge}
	err = m.make(ctx, c, next)
	made = true
	return m, held, err
}

// make has a handler answer in a context, and keeps the answer back.
func (m *making) make(ctx context.Context, c echo.Context, next echo.HandlerFunc) error {
	request, response := c.Request(), c.Response()
	c.SetRequest(request.WithContext(ctx))
	c.SetResponse(echo.NewResponse(m, c.Echo()))
	c.Set(beingMade, m)
	defer func() { // also when the handler panics: what went wrong is said to the client
		c.SetRequest(request)
		c.SetResponse(response)
		c.Set(beingMade, nil)
	}()
	err := next(c)
	if err != nil && !m.over {
		merge(response.Header(), m.header)
	}
	return err
}
