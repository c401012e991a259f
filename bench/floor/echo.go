package floor

import (
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"
)

// maxBody is the largest body that Echo takes to answer with, in bytes.
const maxBody = 256 << 20

// body is an answer to give again and again.
type body struct {
	mediaType, encoding string
	bytes               []byte
}

// Echo returns a handler that keeps what is PUT to /body/{name} and answers GET with it, and
// that answers GET /stream?bytes=N with so many bytes, a chunk at a time.
func Echo() http.Handler {
	var bodies sync.Map
	e := echo.New()
	e.PUT("/body/:name", func(c echo.Context) error {
		b, err := io.ReadAll(io.LimitReader(c.Request().Body, maxBody))
		if err != nil {
			return err
		}
		h := c.Request().Header
		bodies.Store(c.Param("name"), &body{h.Get(echo.HeaderContentType), h.Get(echo.HeaderContentEncoding), b})
		return c.NoContent(http.StatusNoContent)
	})
	e.GET("/body/:name", func(c echo.Context) error {
		kept, there := bodies.Load(c.Param("name"))
		b, ok := kept.(*body)
		if !there || !ok {
			return echo.ErrNotFound
		}
		h := c.Response().Header()
		if b.encoding != "" {
			h.Set(echo.HeaderContentEncoding, b.encoding)
		}
		h.Set(echo.HeaderContentLength, strconv.Itoa(len(b.bytes)))
		return c.Blob(http.StatusOK, b.mediaType, b.bytes)
	})
	e.GET("/stream", stream)
	return e
}

func stream(c echo.Context) error {
	left, err := strconv.ParseInt(c.QueryParam("bytes"), 10, 64)
	if err != nil || left < 0 {
		return echo.ErrBadRequest
	}
	chunk := make([]byte, 64<<10)
	c.Response().WriteHeader(http.StatusOK)
	for left > 0 {
		n := min(left, int64(len(chunk)))
		if _, err := c.Response().Write(chunk[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}
