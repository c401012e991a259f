package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// packedTag ends the tags of answers that go out compressed: they are other bytes.
// Those packed with Zstandard, as browsers ask, end with zstdTag, which gzhttp makes of
// it.
const (
	packedTag = "-gzip"
	zstdTag   = "-zstd"
)

// plainTags takes from tags what says how their answers were packed.
var plainTags = strings.NewReplacer(packedTag+`"`, `"`, zstdTag+`"`, `"`)

// compressed packs answers for clients that take it, but for what is packed already.
func compressed(next http.Handler) http.Handler {
	packs := func(mediaType string) bool {
		return mediaType != parquetType && gzhttp.DefaultContentTypeFilter(mediaType)
	}
	pack, err := gzhttp.NewWrapper(gzhttp.SuffixETag(packedTag), gzhttp.ContentTypeFilter(packs))
	if err != nil {
		panic(err) // the options are constants
	}
	return pack(next)
}

const (
	// weakTag begins the tags of answers that carry the time they were made at: two of
	// one tag say the same, in other bytes. strongTag is for answers that are the same to
	// the byte.
	weakTag   = "W/"
	strongTag = ""
	// lasting is what caches are told of answers about a past state of the record. What
	// such an answer tells may be kept for a role later, so it does not last for ever.
	lasting = "public, max-age=86400, immutable"
)

// unchanged sets the entity tag of an answer that the program, the version of
// the data, the day and the request together determine, and reports whether the
// client has it already.
func (s *Server) unchanged(c echo.Context, version, strength string) bool {
	hash := sha256.Sum256(s.describeRequest(c, version))
	tag := strength + `"` + hex.EncodeToString(hash[:12]) + `"`
	c.Response().Header().Set("ETag", tag)
	return hasTag(c.Request().Header.Get("If-None-Match"), tag)
}

// describeRequest returns what an answer follows from, and tells caches how long they may
// hold on to it. Parameters are in order: how they were written does not matter. What is
// about a past state of the record is of no day. The answers to those with a role have
// tags other than those of the same answers to everybody: no cache may take one for the
// other.
func (s *Server) describeRequest(c echo.Context, version string) []byte {
	u, day := c.Request().URL, s.today().String()
	if isFixed(c) {
		if day = ""; s.who == geo.Everybody {
			c.Response().Header().Set("Cache-Control", lasting)
		}
	}
	format, _ := c.Get(chosen).(string)
	b := make([]byte, 0, 512)
	for _, part := range []string{s.options.Build, version, day, s.options.BaseURL, u.EscapedPath()} {
		b = append(append(b, part...), '\n')
	}
	b = append(append(b, askedOf(c.QueryParams()).at("")...), '\n')
	b = append(b, format...)
	if s.who != geo.Everybody {
		b = append(append(b, '\n'), s.who...)
	}
	return b
}

// hasTag compares weakly (RFC 9110, 13.1.2). "*" is not honoured: a 304 is
// answered without looking whether there is anything at the address.
func hasTag(header, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	header = plainTags.Replace(header)
	for candidate := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(candidate), "W/") == opaque {
			return true
		}
	}
	return false
}
