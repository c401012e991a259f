package api

import (
	"bytes"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	eventsType = "text/event-stream"
	// eventsEvery is how soon one event may follow another.
	eventsEvery = 250 * time.Millisecond
	// lookEvery is how often a state is looked at that another server may change.
	lookEvery = 2 * time.Second
	// heartbeat is how long a stream may be silent.
	heartbeat = 15 * time.Second
)

// importEvents follows an import as server-sent events until it is applied, discarded
// or taken back, the client goes or the server stops.
func (s *Server) importEvents(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	if err := newParams(values).done(); err != nil {
		return err
	}
	im, err := s.findImport(c)
	if err != nil {
		return err
	}
	news, stop, err := s.jobs.watch(im.ID)
	if err != nil {
		return err
	}
	defer stop()
	asStream(c)
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	stream := &eventStream{server: s, c: c, id: im.ID}
	return stream.follow(news)
}

// eventStream is the stream of one client about one import.
type eventStream struct {
	server *Server
	c      echo.Context
	id     string
	// serial, failed and progress are what the client knows.
	serial   int64
	failed   error
	progress geo.ImportProgress
	said     time.Time
}

func (e *eventStream) follow(news <-chan struct{}) error {
	tick := time.NewTicker(eventsEvery)
	defer tick.Stop()
	looked, fresh := time.Time{}, true
	for {
		if fresh || time.Since(looked) >= lookEvery {
			looked, fresh = time.Now(), false
			if final, err := e.look(); final || err != nil {
				return err
			}
		}
		if time.Since(e.said) >= heartbeat {
			if err := e.say([]byte(": still here\n\n")); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-e.c.Request().Context().Done():
			return nil
		case <-e.server.jobs.stopping.Done():
			return nil
		}
		select {
		case <-news:
			fresh = true
		default:
		}
	}
}

// look tells what is new, and whether it is the last there is to tell.
func (e *eventStream) look() (final bool, err error) {
	s := e.server
	progress, failed := s.jobs.standing(e.id)
	im, err := s.options.Importer.FindImport(e.c.Request().Context(), e.id)
	if err != nil {
		if e.said.IsZero() {
			return true, err
		}
		return true, nil // the client asks again by itself, and is told then
	}
	if progress != nil && *progress != e.progress {
		e.progress = *progress
		if err := e.event("progress", progress); err != nil {
			return true, err
		}
	}
	// What a step has kept is told when it has ended: told before, nothing would tell
	// that it has.
	ended := progress == nil || e.serial == 0
	if ended && (im.Serial != e.serial || failed != e.failed) { //nolint:errorlint // the same failure, not one of its kind
		e.serial, e.failed = im.Serial, failed
		doc, err := s.importDocument(&im)
		if err != nil {
			return true, err
		}
		if err := e.event("state", doc); err != nil {
			return true, err
		}
	}
	return progress == nil && (im.State == geo.Applied || im.State == geo.Discarded || im.State == geo.RolledBack), nil
}

func (e *eventStream) event(name string, v any) error {
	text, err := plainJSON(v)
	if err != nil {
		return err
	}
	return e.say(bytes.Join([][]byte{[]byte("event: " + name + "\ndata: "), text, []byte("\n\n")}, nil))
}

func (e *eventStream) say(text []byte) error {
	e.said = time.Now()
	return e.server.sayNow(e.c, text)
}

// sayNow writes and sends at once. A client that does not read is let go.
func (s *Server) sayNow(c echo.Context, text []byte) error {
	control := http.NewResponseController(c.Response())
	if err := deadlines(control.SetWriteDeadline(time.Now().Add(s.options.WriteTimeout))); err != nil {
		return errors.Join(errClientGone, err)
	}
	if _, err := c.Response().Write(text); err != nil {
		return errors.Join(errClientGone, err)
	}
	if err := deadlines(control.Flush()); err != nil {
		return errors.Join(errClientGone, err)
	}
	return nil
}
