package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// chunk is how much of an answer is gathered before it goes out. Until the
// first chunk is full an error can still become a proper answer.
const chunk = 64 << 10

// errClientGone marks a write that failed: nobody is there to answer, and
// nothing went wrong here.
var errClientGone = errors.New("the client is gone or reads too slowly")

// answer gathers the body of a streamed answer and sends it in chunks, so that
// memory does not grow with the answer.
type answer struct {
	buf  []byte
	send func(b []byte) error
}

// newAnswer streams GeoJSON to the client, each chunk within the timeout.
func newAnswer(c echo.Context, timeout time.Duration) *answer {
	control := http.NewResponseController(c.Response())
	send := func(b []byte) error {
		if !c.Response().Committed {
			c.Response().Header().Set(echo.HeaderContentType, geoJSONType)
			c.Response().WriteHeader(http.StatusOK)
		}
		// A slow reader costs its socket only, and that not for ever. Recorders
		// in tests have no deadlines to set.
		if err := control.SetWriteDeadline(time.Now().Add(timeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		if _, err := c.Response().Write(b); err != nil {
			return errors.Join(errClientGone, err)
		}
		return nil
	}
	return &answer{send: send}
}

func (w *answer) flushWhenFull() error {
	if len(w.buf) < chunk {
		return nil
	}
	return w.finish()
}

func (w *answer) finish() error {
	err := w.send(w.buf)
	w.buf = w.buf[:0]
	return err
}

// ending tells how a list of features ended.
type ending struct {
	count int
	last  string
	more  bool
}

// writeFeatures appends a feature collection up to the end of its features. It
// asks for one feature more than the limit, to know whether more follow.
func writeFeatures(ctx context.Context, w *answer, store geo.Reader, r itemsRequest) (ending, error) {
	var end ending
	q := r.query
	if r.limit > 0 {
		q.Limit = r.limit + 1
	}
	w.buf = append(w.buf, `{"type":"FeatureCollection","features":[`...)
	for it, err := range store.Items(ctx, q) {
		if err != nil {
			return end, err
		}
		if end.more = r.limit > 0 && end.count == r.limit; end.more {
			break
		}
		if end.count > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(appendFeature(append(w.buf, '\n'), &it, r.columns), '}')
		end.count++
		end.last = it.ID
		if err := w.flushWhenFull(); err != nil {
			return end, err
		}
	}
	w.buf = append(w.buf, "\n]"...)
	return end, nil
}

// appendTail closes a feature collection with what is known only at its end.
func appendTail(b []byte, end ending, now time.Time, links []link) []byte {
	b = append(b, `,"numberReturned":`...)
	b = strconv.AppendInt(b, int64(end.count), 10)
	b = append(b, `,"timeStamp":`...)
	b = appendString(b, timeStamp(now))
	b = append(b, `,"links":`...)
	return append(appendLinks(b, links), "}\n"...)
}

func appendLinks(b []byte, links []link) []byte {
	text, err := plainJSON(links)
	if err != nil {
		panic(err) // a link is four strings
	}
	return append(b, text...)
}

// Export writes a whole collection as the API would answer it, without links,
// because a file has no address.
func Export(ctx context.Context, w io.Writer, store geo.Reader, c *geo.Collection, now time.Time) error {
	out := &answer{send: func(b []byte) error {
		_, err := w.Write(b)
		return err
	}}
	r := itemsRequest{query: geo.Query{Collection: c, Today: geo.DateOf(now)}, columns: columnsOf(c)}
	end, err := writeFeatures(ctx, out, store, r)
	if err != nil {
		return err
	}
	out.buf = appendTail(out.buf, end, now, []link{})
	return out.finish()
}
