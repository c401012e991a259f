package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// freshItem sets the strong entity tag of one feature and reports whether the
// client has the answer already. The tag has two parts: the feature as it is
// stored, which If-Match is held against, and all else the answer was made of.
func (s *Server) freshItem(c echo.Context, k *collection, f *geo.Feature, version string) bool {
	hash := sha256.Sum256(s.describeRequest(c, version))
	tag := `"` + stateOf(k, f) + "-" + hex.EncodeToString(hash[:8]) + `"`
	c.Response().Header().Set("ETag", tag)
	return hasTag(c.Request().Header.Get("If-None-Match"), tag)
}

// stateOf names a revision of a feature: another feature, another revision and
// other content, as after a backup was put back, have another name.
func stateOf(k *collection, f *geo.Feature) string {
	b := append(make([]byte, 0, 1<<10), k.ID...)
	b = append(strconv.AppendInt(append(b, '\n'), f.Revision, 10), '\n')
	hash := sha256.Sum256(appendFeature(b, &geo.Item{Feature: f}, k.writable))
	return hex.EncodeToString(hash[:10])
}

// precondition holds If-Match and If-None-Match against the feature that is
// stored, nil for none (RFC 9110, 13.2.2). What is there may be overwritten by
// who says what they have seen, and by keys that need not.
func precondition(c echo.Context, k *collection, stored *geo.Feature, key *geo.Key) error {
	match := strings.Join(c.Request().Header.Values("If-Match"), ",")
	none := strings.Join(c.Request().Header.Values("If-None-Match"), ",")
	switch {
	case match != "" && (stored == nil || !matches(match, stateOf(k, stored))):
		return &refusal{http.StatusPreconditionFailed, "The feature is not what If-Match says it is: it was changed since. Get it again."}
	case none == "*" && stored != nil:
		return &refusal{http.StatusPreconditionFailed, "There is a feature of that id already."}
	case none != "" && none != "*":
		return &refusal{http.StatusPreconditionFailed, "If-None-Match takes * alone here, to write only what is not there."}
	case match == "" && stored != nil && !key.Unconditional:
		return &refusal{http.StatusPreconditionRequired, "Say in If-Match which revision is meant, by the ETag it was read with."}
	}
	return nil
}

// matches compares strongly, by the part of the tag that names the feature.
func matches(header, state string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for candidate := range strings.SplitSeq(header, ",") {
		opaque, quoted := strings.CutPrefix(strings.TrimSpace(candidate), `"`)
		named, _, _ := strings.Cut(opaque, "-")
		if quoted && named == state && strings.HasSuffix(opaque, `"`) {
			return true
		}
	}
	return false
}
