package api

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/otel/trace"

	"oxus/geo"
)

// Options are what a server needs beside its data.
type Options struct {
	// BaseURL is the address clients reach the server at, without a slash at
	// its end. Every link starts with it.
	BaseURL string
	// Build names the program's version: another may write the same data
	// otherwise.
	Build string
	// Page is the built map page; its index.html is served at /.
	Page fs.FS
	// Basemap is the online map that the page offers to show under the data; nil
	// means none.
	Basemap *Basemap
	// Now tells the time; nil means the system's clock.
	Now func() time.Time
	// Log takes what happens; nil means slog's default.
	Log *slog.Logger
	// Writer and Keys let those who bring a key write; without them everything is
	// only read.
	Writer geo.Writer
	Keys   geo.Keyring
	// Identities opens tokens of an identity provider beside keys; nil where there is
	// none.
	Identities geo.Verifier
	// GeoPackage, GeoParquet and Shapefile write answers in those formats; without
	// them there are none.
	GeoPackage, GeoParquet, Shapefile geo.TableWriter
	// WriteTimeout is how long a client may take to read 64 kB of an answer;
	// 0 means two minutes: a socket's buffer can hold megabytes, which a slow
	// line takes that long to empty.
	WriteTimeout time.Duration
	// Load keeps the places of requests that are worked on; nil means those of the
	// default limits.
	Load *Load
	// Meter is told what the server does; nil means nobody.
	Meter Meter
	// Traces takes a span of each request; nil means none.
	Traces trace.TracerProvider
	// SlowQuestion is how long a question to the store may take before it is logged; 0
	// means for ever.
	SlowQuestion time.Duration
	// Imports takes imports, whose states Importer keeps; Jobs runs their long steps,
	// and Mappings keeps mappings they use again. Without Imports there are none, and
	// the others are not needed; with it they are.
	Imports  Imports
	Importer geo.Importer
	Mappings geo.MappingKeeper
	Jobs     *Jobs
	// Cache is how many bytes of answers are kept for as long as they are still the
	// answers; 0 keeps none. The store must be a geo.Watcher for it.
	Cache int64
	// MaxUpload is the most bytes that the files of an upload may have; 0 means 2 GiB.
	MaxUpload int64
	// ReadTimeout is how long an upload may stand still; 0 means 30 seconds.
	ReadTimeout time.Duration
	// Stopping ends when the server is told to stop: streams that have no end of
	// their own end then. Nil means never.
	Stopping context.Context
}

// Store is what answers are made from: each who asks has a view of the data and of
// the record of what it was.
type Store = geo.Gate

// Server answers requests about the collections of an atlas, for one kind of
// askers.
type Server struct {
	// who are those it answers. Its atlas has the collections that are open to them,
	// and its store is their view.
	who   geo.Role
	atlas *geo.Atlas
	store geo.View
	// whole is all there is. Only writes look at it, to lose nothing that their
	// writer does not see.
	whole geo.View
	// gate is the way to the views, of the server that is none of a kind.
	gate        geo.Gate
	options     Options
	log         *slog.Logger
	collections map[string]*collection
	// sizes are those of collections, by id, as they were last told or as far as it mattered.
	sizes  sync.Map
	sizing sync.Mutex // of who looks
	// attempts and sessions are what is known of those who bring keys.
	attempts *attempts
	sessions *sessions
	jobs     *Jobs
	// slow writes questions that took long.
	slow *slowLog
	// followers are those of the kind who are told when the data changes.
	followers *followers
	// watcher knows what state the data is in; nil where nobody does.
	watcher geo.Watcher
	// cache keeps answers; nil where none are kept.
	cache *cache
}

// collection is a declared collection with the columns derived from it.
type collection struct {
	*geo.Collection
	columns []column
	// standing are those of the columns that depend on the day asked about, writable those
	// that a client may write.
	standing, writable []column
}

func newCollection(c *geo.Collection) *collection {
	columns := columnsOf(c)
	before, after := aroundStanding(columns, c)
	k := &collection{Collection: c, columns: columns, standing: columns[len(before) : len(columns)-len(after)]}
	for i := range columns {
		if !columns[i].schema.ReadOnly {
			k.writable = append(k.writable, columns[i])
		}
	}
	return k
}

// New returns the handler of the whole site: the API under /api, the map page
// at /, and the health checks.
func New(atlas *geo.Atlas, store Store, options Options) http.Handler {
	s := &Server{
		atlas: atlas, gate: store, options: options, log: options.Log, sessions: &sessions{},
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.defaults()
	if watcher, ok := store.(geo.Watcher); ok {
		watcher.Watch(s.watched)
		s.watcher, s.cache = watcher, newCache(watcher, &s.options)
	}
	if s.cache != nil {
		s.options.Meter.Keeping(s.options.Cache, s.cache.held)
	}
	e := echo.New()
	// Nothing in front of the server is trusted to name the client.
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = s.fail
	e.Use(s.identify)
	if s.options.Traces != nil {
		e.Use(traced(s.options.Traces))
	}
	e.Use(middleware.RecoverWithConfig(middleware.RecoverConfig{LogErrorFunc: recovered}), s.headers, short, s.pass)
	s.route(e)
	return s.quick(compressed(e))
}

// watched says what goes wrong with following the data, and when it goes on.
func (s *Server) watched(err error) {
	if err != nil {
		s.log.Warn("changes of the data are not heard of: until they are, the data is asked for each answer", "error", err)
		return
	}
	s.log.Info("changes of the data are heard of again")
}

// defaults fills in what the options leave open.
func (s *Server) defaults() {
	o := &s.options
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 2 * time.Minute
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = 30 * time.Second
	}
	if o.MaxUpload == 0 {
		o.MaxUpload = defaultUpload
	}
	if o.Stopping == nil {
		o.Stopping = context.Background()
	}
	if o.Load == nil {
		o.Load = NewLoad(Limits{})
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	s.slow = &slowLog{log: s.log}
	s.attempts, s.jobs = newAttempts(o.Now), o.Jobs
}

// routes is every address the API answers GET and HEAD at, under /api. The
// OpenAPI document is held against it by a test.
func (s *Server) routes() map[string]echo.HandlerFunc {
	routes := map[string]echo.HandlerFunc{
		"":                                     s.landing,
		"/":                                    s.landing,
		"/conformance":                         s.conformance,
		"/openapi.json":                        s.openAPI,
		"/collections":                         s.listCollections,
		"/collections/:collection":             s.describeCollection,
		"/collections/:collection/schema":      s.schema,
		"/collections/:collection/queryables":  s.queryables,
		"/collections/:collection/sortables":   s.sortables,
		"/collections/:collection/items":       s.items,
		"/collections/:collection/items/:item": s.item,

		"/collections/:collection/schema/geojson":        s.featureSchema,
		"/collections/:collection/items/:item/timeline":  s.timeline,
		"/collections/:collection/items/:item/revisions": s.revisions,

		"/docs":         s.docs,
		"/functions":    s.functions,
		"/changes":      s.changes,
		"/cite":         s.cite,
		"/events":       s.events,
		"/sources":      s.sources,
		"/stats/status": s.statusStats,
		"/:file":        s.download,

		"/stats/:collection": s.stats,

		"/tiles":                                          s.tilesets,
		"/tiles/:matrix":                                  s.tileset,
		"/tiles/:matrix/:z/:y/:x":                         s.tile,
		"/collections/:collection/tiles":                  s.tilesets,
		"/collections/:collection/tiles/:matrix":          s.tileset,
		"/collections/:collection/tiles/:matrix/:z/:y/:x": s.tile,
		"/assets/oxus.css":                                s.stylesheet,
	}
	for path, handler := range routes {
		if !slices.Contains(machineOnly, path) {
			routes[path] = s.readable(handler)
		}
	}
	for _, path := range keptRoutes() {
		routes[path] = s.keeping(routes[path])
	}
	for path, handlers := range s.keyRoutes() {
		if handler := handlers[http.MethodGet]; handler != nil {
			routes[path] = handler
		}
	}
	return routes
}

// machineOnly are the addresses that have no page.
var machineOnly = []string{
	"/docs", "/openapi.json", "/events", "/:file", "/tiles/:matrix/:z/:y/:x", "/collections/:collection/tiles/:matrix/:z/:y/:x", "/assets/oxus.css",
}

func (s *Server) route(e *echo.Echo) {
	all := askers{}
	for _, kind := range kindsOfAskers {
		all[kind] = s.as(kind)
	}
	read := []string{http.MethodGet, http.MethodHead}
	known := all[geo.Everybody] // every kind has the same addresses
	readable := known.routes()
	for path := range readable {
		e.Match(read, "/api"+path, all.answer(func(one *Server) echo.HandlerFunc { return one.routes()[path] }))
	}
	for path, handlers := range known.changing() {
		for method := range handlers {
			if method != http.MethodGet { // among the routes that are read
				e.Add(method, "/api"+path, all.answer(func(one *Server) echo.HandlerFunc { return one.changing()[path][method] }))
			}
		}
		if readable[path] == nil {
			e.Match(read, "/api"+path, s.notRead)
		}
	}
	for path, methods := range known.methods() {
		e.OPTIONS("/api"+path, all.answer(func(one *Server) echo.HandlerFunc { return one.choices(path, methods) }))
	}
	e.Match(read, "/maintain", s.maintain)
	e.Match(read, "/embed", s.embed)
	e.Match(read, "/embed/docs", s.embedDocs)
	e.Match(read, "/healthz", s.alive)
	e.Match(read, "/readyz", s.ready)
	e.Match(read, "/*", s.page)
}

// notRead refuses to read an address that only does something: the map page would take
// it for one of its own.
func (s *Server) notRead(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderAllow, http.MethodOptions+", "+http.MethodPost)
	return &refusal{http.StatusMethodNotAllowed, routingDetails[http.StatusMethodNotAllowed]}
}

func (s *Server) today() geo.Date { return geo.DateOf(s.options.Now()) }

// url joins path segments under /api to a link.
func (s *Server) url(segments ...string) string {
	var b strings.Builder
	b.WriteString(s.options.BaseURL + "/api")
	for _, segment := range segments {
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String()
}

// collection finds the collection a request names.
func (s *Server) collection(c echo.Context) (*collection, error) {
	id := pathParam(c, "collection")
	if k := s.collections[id]; k != nil {
		return k, nil
	}
	return nil, geo.Errorf(geo.NotFound, "There is no collection %q.", clip(id))
}

// allCollections are the stored collections.
func (s *Server) allCollections() []*collection {
	all := make([]*collection, len(s.atlas.Collections))
	for i, k := range s.atlas.Collections {
		all[i] = s.collections[k.ID]
	}
	return all
}

// pathParam returns a path parameter unescaped. Echo matches on the raw path
// when the URL has escapes in it, so that %2F stays inside its segment.
func pathParam(c echo.Context, name string) string {
	raw := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return raw
	}
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

// query returns the request's parameters. A query string that cannot be read is
// refused as a whole: taking what is left of it would answer something else.
func query(c echo.Context) (url.Values, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, geo.Errorf(geo.Invalid, "The query string cannot be read: a %% or ; in it is not escaped.")
	}
	for name, given := range values {
		// No text of the data has it, and not every store takes a question that has.
		if strings.ContainsRune(strings.Join(given, ""), 0) {
			return nil, geo.Faulty([]geo.Fault{{Rule: ruleMalformed, Place: geo.Place{Parameter: clip(name)}, Detail: "it has a character of the value 0"}})
		}
	}
	return values, nil
}

// onlyFormats refuses every parameter but f with one of the formats.
func (s *Server) onlyFormats(c echo.Context, formats ...string) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	p := newParams(values)
	p.format(formats...)
	return p.done()
}
