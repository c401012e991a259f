package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

// Basemap is a map of another server that the operator offers to lie under the
// data. The page asks for its pictures only when its reader turns it on.
type Basemap struct {
	// Tiles is the address of a tile of 256 pixels in Web Mercator, with {z}, {x} and
	// {y} for its zoom, column and row.
	Tiles string `json:"tiles"`
	// Attribution is what its makers ask to be shown, as plain text.
	Attribution string `json:"attribution"`
	origin      string
}

// longestBasemap is how many bytes an address or an attribution may have.
const longestBasemap = 500

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// NewBasemap checks what an operator sets. Without tiles there is none, and it
// returns nil.
func NewBasemap(tiles, attribution string) (*Basemap, error) {
	if tiles == "" {
		if attribution != "" {
			return nil, errors.New("an attribution of basemap tiles needs tiles to be set too")
		}
		return nil, nil //nolint:nilnil // no basemap is a proper answer
	}
	if strings.TrimSpace(attribution) == "" || len(attribution) > longestBasemap || !utf8.ValidString(attribution) {
		return nil, fmt.Errorf("basemap tiles need an attribution to be shown, of at most %d bytes", longestBasemap)
	}
	want := map[string]bool{"{z}": true, "{x}": true, "{y}": true}
	for _, p := range placeholder.FindAllString(tiles, -1) {
		if !want[p] {
			return nil, fmt.Errorf("basemap tiles: %s is none of {z}, {x} and {y}, or stands there twice", p)
		}
		delete(want, p)
	}
	if len(want) > 0 || len(tiles) > longestBasemap {
		return nil, fmt.Errorf("basemap tiles: not an address of at most %d bytes with {z}, {x} and {y} in it", longestBasemap)
	}
	u, err := url.Parse(placeholder.ReplaceAllString(tiles, "0"))
	// What goes into the policy must not end one of its parts, nor name a user.
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || !hostPattern.MatchString(u.Host) {
		return nil, errors.New("basemap tiles: not an http address of a host by its name, without a user") // the text may hold a password
	}
	return &Basemap{Tiles: tiles, Attribution: attribution, origin: u.Scheme + "://" + u.Host}, nil
}

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)

// policyWith is the policy of all answers: pictures may come from the operator's
// basemap too, where there is one.
func policyWith(b *Basemap) string {
	if b == nil {
		return policy
	}
	return strings.Replace(policy, "img-src 'self' data:", "img-src 'self' data: "+b.origin, 1)
}

// settingsName is the file among those of the page that says what the operator
// set for it.
const settingsName = "page.json"

func (s *Server) pageSettings(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "no-cache")
	return c.JSON(http.StatusOK, struct {
		Basemap *Basemap `json:"basemap"`
	}{s.options.Basemap})
}
