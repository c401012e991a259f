package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
)

const (
	// longestFollow is how long one stream about the data lasts; clients ask again by
	// themselves, and what clients forgot goes away.
	longestFollow = time.Hour
	// askAgain is how long clients are told to wait before they do.
	askAgain = 5 * time.Second
)

// events tells as server-sent events which collections have changed: their ids and
// the names of their versions, never what changed. The first event has all
// collections, those that follow the ones that changed since.
func (s *Server) events(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	if err := newParams(values).done(); err != nil {
		return err
	}
	news, leave, err := s.followers.join(c.RealIP())
	if err != nil {
		c.Response().Header().Set(echo.HeaderRetryAfter, "60")
		return err
	}
	defer leave()
	s.options.Meter.Following(1)
	defer s.options.Meter.Following(-1)
	known, err := s.versions(c.Request().Context())
	if err != nil {
		return err
	}
	asStream(c)
	c.Response().Header().Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	retry := "retry: " + strconv.FormatInt(askAgain.Milliseconds(), 10) + "\n"
	if err := s.sayVersions(c, retry, known); err != nil {
		return err
	}
	return s.followData(c, news, known)
}

// followData tells what is new until the client goes, the time is up or the server
// stops.
func (s *Server) followData(c echo.Context, news <-chan struct{}, known map[string]string) error {
	quiet, end := time.NewTicker(heartbeat), time.NewTimer(longestFollow)
	defer quiet.Stop()
	defer end.Stop()
	for {
		var err error
		select {
		case <-news:
			latest := s.followers.current()
			if changed := changedVersions(known, latest); len(changed) > 0 {
				err = s.sayVersions(c, "", changed)
				known = latest
			}
		case <-quiet.C:
			err = s.sayNow(c, []byte(": still here\n\n"))
		case <-end.C:
			return nil
		case <-c.Request().Context().Done():
			return nil
		case <-s.options.Stopping.Done():
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// changedVersions are those of latest that are not known.
func changedVersions(known, latest map[string]string) map[string]string {
	changed := map[string]string{}
	for id, version := range latest {
		if known[id] != version {
			changed[id] = version
		}
	}
	return changed
}

// versions names the version of each collection. The names are hashes: what the
// store counts is its own affair.
func (s *Server) versions(ctx context.Context) (map[string]string, error) {
	versions := map[string]string{}
	for _, k := range s.atlas.Served() {
		version, err := s.store.Version(ctx, k)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(k.ID + "\n" + version))
		versions[k.ID] = hex.EncodeToString(sum[:8])
	}
	return versions, nil
}

func (s *Server) sayVersions(c echo.Context, before string, versions map[string]string) error {
	text, err := plainJSON(map[string]any{"versions": maps.Clone(versions)})
	if err != nil {
		return err
	}
	return s.sayNow(c, []byte(before+"event: versions\ndata: "+string(text)+"\n\n"))
}

// asStream sets the headers of server-sent events.
func asStream(c echo.Context) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, eventsType)
	h.Set("X-Accel-Buffering", "no")            // nginx passes each event on as it comes
	h.Set(gzhttp.HeaderNoCompression, "events") // packed they would wait for each other
}
