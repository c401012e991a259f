package api

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// longestAccept is how long an Accept or Accept-Encoding header may be for its answer to
// be kept, in bytes. Browsers send a tenth of it.
const longestAccept = 1 << 10

// fingerprint is what an answer depends on beside the data and the day: the kind of who
// asks, the path, the parameters in order, and what the client accepts where no
// parameter names the format.
type fingerprint [sha256.Size]byte

// questionIn is the fingerprint of a request, and whether it has one: a query that
// cannot be read is refused elsewhere.
func (s *Server) questionIn(c echo.Context) (fingerprint, bool) {
	r := c.Request()
	values, err := url.ParseQuery(r.URL.RawQuery)
	accept := strings.Join(r.Header.Values(echo.HeaderAccept), ",")
	if err != nil || len(accept) > longestAccept {
		return fingerprint{}, false
	}
	if values.Has("f") {
		accept = ""
	}
	// None of the parts can hold a line break but the last.
	return sha256.Sum256([]byte(string(s.who) + "\n" + r.URL.EscapedPath() + "\n" + values.Encode() + "\n" + accept)), true
}

// address is a request as it is written, for those who bring nothing that says who they
// are.
type address struct{ target, accept, encoding string }

// found is which answer an address has, and in which coding.
type found struct {
	asked fingerprint
	code  coding
}

// addressIn is the address of a request, and whether it has one. A header that comes
// twice is left to those who read it.
func addressIn(r *http.Request) (a address, ok bool) {
	h := r.Header
	if r.Method != http.MethodGet || len(h[echo.HeaderAuthorization]) > 0 || len(r.RequestURI) == 0 || r.RequestURI[0] != '/' {
		return a, false
	}
	for _, cookies := range h[echo.HeaderCookie] {
		if strings.Contains(cookies, sessionCookie) {
			return a, false
		}
	}
	a.target = r.RequestURI
	accept, encoding := h[echo.HeaderAccept], h[echo.HeaderAcceptEncoding]
	if len(accept) > 1 || len(encoding) > 1 {
		return a, false
	}
	if len(accept) == 1 {
		a.accept = accept[0]
	}
	if len(encoding) == 1 {
		a.encoding = encoding[0]
	}
	return a, len(a.accept) <= longestAccept && len(a.encoding) <= longestAccept
}

// own is an address that holds on to nothing else of its request.
func (a address) own() address {
	return address{strings.Clone(a.target), strings.Clone(a.accept), strings.Clone(a.encoding)}
}

func (a address) weight() uint32 {
	return uint32(256 + len(a.target) + len(a.accept) + len(a.encoding))
}

// remember notes which answer the address of a request has, when it was made for
// everybody.
func (s *Server) remember(c echo.Context, a *kept, code coding) {
	if s.who != geo.Everybody {
		return
	}
	if at, ok := addressIn(c.Request()); ok {
		s.cache.addresses.Set(at.own(), found{a.asked, code})
	}
}
