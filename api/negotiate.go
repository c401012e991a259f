package api

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// offer is a media type an address answers with and the value of f that names it.
type offer struct {
	mediaType, f string
}

// chosen is where the format taken from the Accept header is kept for the tag of
// the answer.
const chosen = "chosen format"

// negotiate sets f to what the client prefers of the offers, the first of which
// is the default, unless the request names a format itself. Links then name the
// format too. A client that accepts nothing of the offers gets the default
// (RFC 9110, 12.5.1, leaves that to the server).
func negotiate(c echo.Context, values url.Values, offers []offer) url.Values {
	varyByAccept(c)
	if values.Has("f") {
		return values
	}
	f := preferred(strings.Join(c.Request().Header.Values(echo.HeaderAccept), ","), offers)
	if f == offers[0].f {
		return values
	}
	c.Set(chosen, f)
	return with(values, "f", f)
}

// preferred returns the f of the offer that an Accept header gives the highest
// quality, of equal ones the first.
func preferred(accept string, offers []offer) string {
	best, f := 0.0, offers[0].f
	if accept == "" || accept == "*/*" {
		return f // as most programs say that they do not care
	}
	for _, o := range offers {
		if q := quality(accept, o.mediaType); q > best {
			best, f = q, o.f
		}
	}
	return f
}

// quality is what the most specific range of an Accept header that covers a
// media type gives it. Ranges that cannot be read cover nothing.
func quality(accept, mediaType string) float64 {
	group, _, _ := strings.Cut(mediaType, "/")
	specificity := map[string]int{"*/*": 1, group + "/*": 2, mediaType: 3}
	most, q := 0, 0.0
	for element := range strings.SplitSeq(accept, ",") {
		name, parameters, _ := strings.Cut(element, ";")
		rank := specificity[strings.ToLower(strings.TrimSpace(name))]
		weight, ok := weightOf(parameters)
		if ok && rank > most {
			most, q = rank, weight
		}
	}
	return q
}

// weightOf reads q among the parameters of a media range.
func weightOf(parameters string) (q float64, ok bool) {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		return q, err == nil && q >= 0 && q <= 1
	}
	return 1, true
}
