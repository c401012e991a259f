package api

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"sync"
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
	buf []byte
	// send takes a chunk, which is the last or not.
	send func(b []byte, last bool) error
	// early is told that a part goes out before the whole is known; nil in files, and
	// where the whole is gathered to be kept.
	early func()
}

// buffers are those of answers that have gone out.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, chunk+chunk/4)
	return &b
}}

// newAnswer streams an answer to the client, each chunk within the timeout.
func newAnswer(c echo.Context, r *itemsRequest, timeout time.Duration) *answer {
	control := http.NewResponseController(c.Response())
	send := func(b []byte, last bool) error {
		if !c.Response().Committed {
			if r.tag != nil {
				if err := r.tag(); err != nil {
					return err
				}
			}
			h := c.Response().Header()
			h.Set(echo.HeaderContentType, r.format.mediaType)
			if last { // else the server says that it comes in chunks
				h.Set(echo.HeaderContentLength, strconv.Itoa(len(b)))
			}
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
	w := &answer{buf: (*buffers.Get().(*[]byte))[:0], send: send}
	if m, ok := c.Get(beingMade).(*making); !ok || m == nil {
		w.early = passageOf(c.Request().Context()).begins
	}
	return w
}

// release gives the buffer back, after the last chunk has gone out.
func (w *answer) release() {
	if b := w.buf[:0]; cap(b) <= 4*chunk { // those of long features are not worth keeping
		buffers.Put(&b)
	}
	w.buf = nil
}

func (w *answer) flushWhenFull() error {
	if len(w.buf) < chunk {
		return nil
	}
	if w.early != nil {
		w.early()
	}
	err := w.send(w.buf, false)
	w.buf = w.buf[:0]
	return err
}

// finish sends what is left.
func (w *answer) finish() error {
	err := w.send(w.buf, true)
	w.buf = w.buf[:0]
	return err
}

// ending tells how a list of features ended.
type ending struct {
	count int
	// first and last are where the features at its ends stand.
	first, last position
	// more is true when there are more features in the direction it was read in.
	more bool
	// matched is how many features match, where they were counted.
	matched int
	counted counting
}

func positionOf(it *geo.Item) position { return position{after: it.ID, key: it.Key} }

// follows reports whether a page has another after it.
func (end *ending) follows(r *itemsRequest) bool {
	if r.query.Backwards {
		return end.count > 0 // it was come from there
	}
	return end.more
}

// preceded reports whether a page has another before it.
func (end *ending) preceded(r *itemsRequest) bool {
	if r.query.Backwards {
		return end.more
	}
	return r.query.After != "" && end.count > 0
}

// page reads one page into memory. One that is read backwards comes in the order
// of its question all the same.
func (r *itemsRequest) page(ctx context.Context, reader geo.Reader) ([]geo.Item, ending, error) {
	page, err := gather(r.items(ctx, reader))
	if err != nil {
		return nil, ending{}, err
	}
	end := ending{count: min(len(page), r.limit), more: len(page) > r.limit}
	page = page[:end.count]
	if r.query.Backwards {
		slices.Reverse(page)
	}
	if end.count > 0 {
		end.first, end.last = positionOf(&page[0]), positionOf(&page[end.count-1])
	}
	return page, end, nil
}

// items asks for one feature more than the limit, to know whether there are more.
func (r *itemsRequest) items(ctx context.Context, reader geo.Reader) iter.Seq2[geo.Item, error] {
	q := r.query
	if r.limit > 0 {
		q.Limit = r.limit + 1
	}
	q.Encoded = r.takesEncoded()
	items := reader.Items(ctx, q)
	switch {
	case r.skipGeometry:
		return unplaced(items)
	case r.crs != nil:
		return r.crs.placed(items, r.format.axes)
	}
	return items
}

// unplaced yields the items without their geometries.
func unplaced(items iter.Seq2[geo.Item, error]) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		for it, err := range items {
			if err == nil {
				bare := *it.Feature
				bare.Geometry, it.Feature = nil, &bare
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// each appends what write makes of each feature up to the limit.
func (w *answer) each(items iter.Seq2[geo.Item, error], limit int, write func(b []byte, it *geo.Item, n int) []byte) (ending, error) {
	var end ending
	var it geo.Item // one for all, as write may hold on to it for as long as it runs
	for next, err := range items {
		if err != nil {
			return end, err
		}
		if end.more = limit > 0 && end.count == limit; end.more {
			break
		}
		it = next
		w.buf = write(w.buf, &it, end.count)
		if end.count++; end.count == 1 {
			end.first = positionOf(&it)
		}
		end.last = positionOf(&it)
		if err := w.flushWhenFull(); err != nil {
			return end, err
		}
	}
	return end, nil
}

// writeFound appends a feature collection up to the end of its features, as they
// are read where they are read in order.
func writeFound(ctx context.Context, w *answer, reader geo.Reader, r *itemsRequest) (ending, error) {
	if !r.query.Backwards {
		return writeFeatures(w, r.items(ctx, reader), r)
	}
	page, end, err := r.page(ctx, reader)
	if err != nil {
		return end, err
	}
	_, err = writeFeatures(w, sequence(page), r)
	return end, err
}

// writeFeatures appends a feature collection up to the end of its features.
func writeFeatures(w *answer, items iter.Seq2[geo.Item, error], r *itemsRequest) (ending, error) {
	w.buf = r.format.opening(w.buf, r)
	end, err := w.each(items, r.limit, func(b []byte, it *geo.Item, n int) []byte {
		if n > 0 {
			b = append(b, ',')
		}
		return r.format.feature(append(b, '\n'), it, r)
	})
	w.buf = append(w.buf, "\n]"...)
	return end, err
}

// appendTail closes a feature collection with what is known only at its end.
func appendTail(b []byte, end ending, now time.Time, links []link) []byte {
	b = append(b, `,"numberReturned":`...)
	b = strconv.AppendInt(b, int64(end.count), 10)
	if end.counted.told() {
		b = append(b, `,"numberMatched":`...)
		b = strconv.AppendInt(b, int64(end.matched), 10)
	}
	if end.counted != uncountable {
		b = appendString(append(b, `,"count":`...), string(end.counted))
	}
	b = append(b, `,"timeStamp":`...)
	b = appendString(b, timeStamp(now))
	b = append(b, `,"links":`...)
	return append(appendLinks(b, links), "}\n"...)
}

// appendLinks appends links as plainJSON would, without looking at what a link is made of.
func appendLinks(b []byte, links []link) []byte {
	b = append(b, '[')
	for i := range links {
		l := &links[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"href":`...), l.Href)
		b = appendString(append(b, `,"rel":`...), l.Rel)
		if l.Type != "" {
			b = appendString(append(b, `,"type":`...), l.Type)
		}
		if l.Title != "" {
			b = appendString(append(b, `,"title":`...), l.Title)
		}
		if l.Templated {
			b = append(b, `,"templated":true`...)
		}
		if l.Method != "" {
			b = appendString(append(b, `,"method":`...), l.Method)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// Export writes a whole collection as the API would answer it, without links,
// because a file has no address.
func Export(ctx context.Context, w io.Writer, store geo.Reader, c *geo.Collection, now time.Time) error {
	out := &answer{send: func(b []byte, _ bool) error {
		_, err := w.Write(b)
		return err
	}}
	r := itemsRequest{query: geo.Query{Collection: c, Today: geo.DateOf(now)}, columns: columnsOf(c), format: formats[0]}
	end, err := writeFound(ctx, out, store, &r)
	if err != nil {
		return err
	}
	end.matched, end.counted = end.count, countExact
	out.buf = appendTail(out.buf, end, now, []link{})
	return out.finish()
}
