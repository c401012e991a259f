package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

// maxBody is how many bytes a feature may be sent in: a line of 100,000
// positions.
const maxBody = 4 << 20

const mergePatchType = "application/merge-patch+json"

// writeRoutes are the addresses that take a write, and what takes it.
func (s *Server) writeRoutes() map[string]map[string]echo.HandlerFunc {
	if s.options.Writer == nil || s.options.Keys == nil {
		return nil
	}
	return map[string]map[string]echo.HandlerFunc{
		"/collections/:collection/items": {http.MethodPost: s.create},
		"/collections/:collection/items/:item": {
			http.MethodPut: s.replace, http.MethodPatch: s.update, http.MethodDelete: s.delete,
		},
	}
}

// keyRoutes are the addresses that need a key whatever the method, but for a session's
// end.
func (s *Server) keyRoutes() map[string]map[string]echo.HandlerFunc {
	routes := s.importRoutes()
	if routes != nil {
		maps.Copy(routes, s.sessionRoutes())
	}
	return routes
}

// changing are all addresses that take more than reading, and what takes it.
func (s *Server) changing() map[string]map[string]echo.HandlerFunc {
	all := map[string]map[string]echo.HandlerFunc{}
	maps.Copy(all, s.writeRoutes())
	maps.Copy(all, s.keyRoutes())
	return all
}

// write is a request to write one feature.
type write struct {
	key        geo.Key
	collection *collection
	note       string
	// crs is the system of the positions in the body.
	crs *system
}

// writing reads who asks to write what, and holds the request against all that
// can be said before its body is read.
func (s *Server) writing(c echo.Context, mediaTypes ...string) (*write, error) {
	k, err := s.collection(c)
	if err != nil {
		return nil, err
	}
	if k.Derived {
		c.Response().Header().Set(echo.HeaderAllow, readMethods)
		return nil, &refusal{http.StatusMethodNotAllowed, "The collection follows from others and is only read."}
	}
	key, err := s.authorize(c, geo.Editor)
	if err != nil {
		return nil, err
	}
	if err := s.onlyFormats(c, "json", "geojson"); err != nil {
		return nil, err
	}
	w := &write{key: key, collection: k, note: c.Request().Method + " " + c.Request().URL.Path}
	if err := contentIs(c, mediaTypes); err != nil {
		return nil, err
	}
	w.crs, err = contentCRS(c)
	return w, err
}

// contentCRS is the system that the header of a body names (OGC 20-002,
// requirement content-crs-header), the default where it names none.
func contentCRS(c echo.Context) (*system, error) {
	given := strings.Trim(c.Request().Header.Get("Content-Crs"), "<> ")
	if given == "" {
		return systems[0], nil
	}
	i := slices.IndexFunc(systems, func(s *system) bool { return s.uri == given })
	if i < 0 {
		return nil, geo.Errorf(geo.Invalid, "Content-Crs: %q is not taken here (%s, or %s with %s).", clip(given), crs84, epsgPrefix, systemCodes())
	}
	return systems[i], nil
}

// contentIs refuses a body of another type or encoding.
func contentIs(c echo.Context, mediaTypes []string) error {
	if len(mediaTypes) == 0 {
		return nil
	}
	h, list := c.Request().Header, strings.Join(mediaTypes, ", ")
	if h.Get(echo.HeaderContentType) == "" {
		return geo.Errorf(geo.Invalid, "Content-Type is missing; the body must be %s.", strings.Join(mediaTypes, " or "))
	}
	given, parameters, err := mime.ParseMediaType(h.Get(echo.HeaderContentType))
	charset := parameters["charset"]
	if err != nil || !slices.Contains(mediaTypes, given) || charset != "" && !strings.EqualFold(charset, "utf-8") {
		if mediaTypes[0] == mergePatchType {
			c.Response().Header().Set("Accept-Patch", list)
		}
		return &refusal{http.StatusUnsupportedMediaType, "The body must be " + strings.Join(mediaTypes, " or ") + " in UTF-8."}
	}
	if coding := h.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return &refusal{http.StatusUnsupportedMediaType, "The body must come without a content coding."}
	}
	return nil
}

// body reads the body as strict JSON within its ceiling.
func body(c echo.Context) (any, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &refusal{http.StatusRequestEntityTooLarge, "A feature may have at most 4 MiB."}
	case err != nil:
		return nil, errors.Join(errClientGone, err)
	}
	v, faults := strictJSON(text)
	return v, geo.Faulty(faults)
}

// create takes a new feature.
func (s *Server) create(c echo.Context) error {
	w, err := s.writing(c, geoJSONType, jsonType)
	if err != nil {
		return err
	}
	sent, err := body(c)
	if err != nil {
		return err
	}
	r := &receiver{collection: w.collection, crs: w.crs}
	f := r.feature(sent, "")
	if f.ID == "" {
		f.ID = s.freeID(c.Request().Context(), w.collection, &f)
	}
	if err := s.checkReceived(c.Request().Context(), r, &f); err != nil {
		return err
	}
	if err := s.apply(c, w, geo.Put{Collection: w.collection.Collection, Feature: f}); err != nil {
		return err
	}
	return s.written(c, w, f.ID, http.StatusCreated)
}

// freeID makes an id of the feature's name, for clients that give none.
func (s *Server) freeID(ctx context.Context, k *collection, f *geo.Feature) string {
	var random [4]byte
	rand.Read(random[:]) // never fails since Go 1.24
	suffix := hex.EncodeToString(random[:])
	slug := ""
	if len(f.Values) > 0 {
		name, _ := f.Values[0].(string)
		slug = slugOf(name)
	}
	if slug == "" {
		return k.ID + "-" + suffix
	}
	// An id is one name for all: also one that its asker does not see is taken.
	if _, err := s.whole.Detail(ctx, k.Collection, slug, s.today()); geo.KindOf(err) == geo.NotFound {
		return slug
	}
	return slug + "-" + suffix
}

// slugOf keeps the ASCII letters and digits of a name, in lower case.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	slug := strings.Join(words, "-")
	return strings.TrimRight(slug[:min(len(slug), 60)], "-")
}

// replace takes a whole feature in the place of the one of its id, or a new one
// where If-None-Match: * says that there is none.
func (s *Server) replace(c echo.Context) error {
	w, err := s.writing(c, geoJSONType, jsonType)
	if err != nil {
		return err
	}
	sent, err := body(c)
	if err != nil {
		return err
	}
	id := pathParam(c, "item")
	return s.change(c, w, id, func(stored *geo.Feature) (any, error) {
		if stored == nil && c.Request().Header.Get("If-None-Match") != "*" {
			return nil, geo.Errorf(geo.NotFound, "There is no feature %q; POST makes one, or PUT with If-None-Match: *.", clip(id))
		}
		return sent, nil
	})
}

// update takes what is to be different, as a merge patch (RFC 7396).
func (s *Server) update(c echo.Context) error {
	w, err := s.writing(c, mergePatchType)
	if err != nil {
		return err
	}
	patch, err := body(c)
	if err != nil {
		return err
	}
	if members, _ := patch.(map[string]any); members["geometry"] == nil {
		w.crs = systems[0] // it moves nothing: the stored place stays as it is
	}
	id := pathParam(c, "item")
	return s.change(c, w, id, func(stored *geo.Feature) (any, error) {
		if stored == nil {
			return nil, geo.Errorf(geo.NotFound, "There is no feature %q.", clip(id))
		}
		return patched(w.collection, w.crs, stored, patch)
	})
}

// patched merges a patch into the feature as it would be got. Names that the
// feature cannot have are refused even where the patch would remove them.
func patched(k *collection, in *system, stored *geo.Feature, patch any) (any, error) {
	members, ok := patch.(map[string]any)
	if !ok {
		return nil, geo.Faulty([]geo.Fault{{Rule: ruleFeature, Detail: "the patch is not an object"}})
	}
	if properties, ok := members["properties"].(map[string]any); ok {
		r := &receiver{collection: k}
		for name := range properties {
			if !slices.ContainsFunc(k.columns, func(c column) bool { return c.name == name }) {
				r.fault(below("/properties", name), ruleProperty, "the collection has no such property")
			}
		}
		slices.SortFunc(r.faults, func(a, b geo.Fault) int { return strings.Compare(a.Place.Pointer, b.Place.Pointer) })
		if err := geo.Faulty(r.faults); err != nil {
			return nil, err
		}
	}
	now := geo.Item{Feature: stored}
	if in != systems[0] {
		now = in.item(now, officialOrder)
	}
	target, faults := strictJSON(append(appendFeature(nil, &now, k.writable), '}'))
	if len(faults) > 0 {
		return nil, errors.New("the stored feature is not written as JSON")
	}
	return mergePatch(target, patch), nil
}

// mergePatch is MergePatch of RFC 7396, section 2.
func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	members, ok := target.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	for name, v := range changes {
		if v == nil {
			// A geometry that is not known is null; it is never left out.
			if delete(members, name); name == "geometry" {
				members[name] = nil
			}
			continue
		}
		members[name] = mergePatch(members[name], v)
	}
	return members
}

// tries is how often a write without a condition begins again when another
// comes between its reading and its writing.
const tries = 5

// change writes what content makes of the stored feature, nil for none.
func (s *Server) change(c echo.Context, w *write, id string, content func(stored *geo.Feature) (any, error)) error {
	for try := 1; ; try++ {
		status, err := s.changeOnce(c, w, id, content)
		switch {
		case err == nil:
			return s.written(c, w, id, status)
		case geo.KindOf(err) == geo.Conflict && c.Request().Header.Get("If-Match")+c.Request().Header.Get("If-None-Match") != "":
			return &refusal{http.StatusPreconditionFailed, "The feature was changed meanwhile. Get it again."}
		case geo.KindOf(err) != geo.Conflict || try == tries:
			return err
		}
	}
}

func (s *Server) changeOnce(c echo.Context, w *write, id string, content func(stored *geo.Feature) (any, error)) (int, error) {
	ctx := c.Request().Context()
	stored, err := s.stored(ctx, w.collection, id)
	if err != nil {
		return 0, err
	}
	feature := featureOf(stored)
	if err := precondition(c, w.collection, feature, &w.key); err != nil {
		return 0, err
	}
	sent, err := content(feature)
	if err != nil {
		return 0, err
	}
	r := &receiver{collection: w.collection, crs: w.crs}
	f := r.feature(sent, id)
	put, status := geo.Put{Collection: w.collection.Collection}, http.StatusCreated
	if feature != nil {
		put.Expect, status = feature.Revision, http.StatusOK
		f.Geometry = unmoved(feature.Geometry, f.Geometry)
	}
	if err := s.checkReceived(ctx, r, &f); err != nil {
		return 0, err
	}
	if put.Feature, err = s.keepUnseen(ctx, w.collection, feature, &f); err != nil {
		return 0, err
	}
	return status, s.apply(c, w, put)
}

// keepUnseen gives a feature that is written back what its writer was not shown of
// it: who sends back what they got changes nothing.
func (s *Server) keepUnseen(ctx context.Context, k *collection, seen, sent *geo.Feature) (geo.Feature, error) {
	if seen == nil || s.who.SeesAll() {
		return *sent, nil
	}
	whole, err := s.whole.Detail(ctx, k.Collection, seen.ID, s.today())
	switch {
	case err != nil && geo.KindOf(err) != geo.NotFound:
		return *sent, err
	case err != nil || whole.Revision != seen.Revision:
		return *sent, geo.Errorf(geo.Conflict, "The feature was changed meanwhile. Get it again.")
	}
	return k.KeepUnseen(sent, seen, whole.Feature), nil
}

// stored returns the feature with its history, nil when there is none.
func (s *Server) stored(ctx context.Context, k *collection, id string) (*geo.Detail, error) {
	d, err := s.store.Detail(ctx, k.Collection, id, s.today())
	if geo.KindOf(err) == geo.NotFound {
		return nil, nil //nolint:nilnil // none is an answer here
	}
	return d, err
}

func featureOf(d *geo.Detail) *geo.Feature {
	if d == nil {
		return nil
	}
	return d.Feature
}

// unmoved returns the stored geometry where the one sent is the same as far as
// answers tell: who sends back what they got moves nothing.
func unmoved(stored, sent orb.Geometry) orb.Geometry {
	// Programs that know one type a layer write a line as a list of one.
	if lines, ok := sent.(orb.MultiLineString); ok && len(lines) == 1 && stored != nil && stored.GeoJSONType() == "LineString" {
		sent = lines[0]
	}
	if bytes.Equal(appendGeometry(nil, stored), appendGeometry(nil, sent)) {
		return stored
	}
	return sent
}

// delete removes a feature with its own status periods. What is recorded of them
// stays.
func (s *Server) delete(c echo.Context) error {
	w, err := s.writing(c)
	if err != nil {
		return err
	}
	id := pathParam(c, "item")
	stored, err := s.stored(c.Request().Context(), w.collection, id)
	if err != nil {
		return err
	}
	if err := precondition(c, w.collection, featureOf(stored), &w.key); err != nil {
		return err
	}
	if stored == nil {
		return geo.Errorf(geo.NotFound, "There is no feature %q.", clip(id))
	}
	err = s.options.Writer.Apply(c.Request().Context(), geo.Change{Actor: w.key.Name, Note: w.note, Removals: removals(w.collection, stored)})
	switch kind := geo.KindOf(err); {
	case kind == geo.Invalid:
		return geo.Errorf(geo.Conflict, "Other features or the status of a project still rest on %q.", clip(id))
	case kind == geo.Conflict && c.Request().Header.Get("If-Match") != "":
		return &refusal{http.StatusPreconditionFailed, "The feature was changed meanwhile. Get it again."}
	case err != nil:
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func removals(k *collection, d *geo.Detail) []geo.Removal {
	list := []geo.Removal{{Kind: geo.FeatureRow, Collection: k.ID, ID: d.ID, Expect: d.Revision}}
	for i := range d.History {
		if p := &d.History[i]; p.Scope == geo.OfFeature && p.Owner == d.ID {
			list = append(list, geo.Removal{Kind: geo.StatusRow, Collection: k.ID, ID: p.ID})
		}
	}
	return list
}

// checkReceived gathers every rule that a feature breaks: as it was sent, by its
// declaration, and in what it refers to.
func (s *Server) checkReceived(ctx context.Context, r *receiver, f *geo.Feature) error {
	told := map[string]bool{}
	for i := range r.faults {
		told[r.faults[i].Place.Pointer] = true
	}
	add := func(fault geo.Fault) {
		if fault.Place.Pointer = pointerOf(&fault); !told[fault.Place.Pointer] {
			r.faults = append(r.faults, fault)
		}
	}
	for _, fault := range r.collection.CheckFeature(f, geo.Place{}) {
		add(fault)
	}
	if err := s.references(ctx, r.collection, f, add); err != nil {
		return err
	}
	return geo.Faulty(r.faults)
}

// references tells which sources and features are named and not there.
func (s *Server) references(ctx context.Context, k *collection, f *geo.Feature, add func(geo.Fault)) error {
	known, err := s.store.Sources(ctx, f.Sources)
	if err != nil {
		return err
	}
	place := geo.Place{Field: geo.SourcesID}
	if len(f.Sources) == 0 {
		add(geo.Fault{Rule: geo.RuleNoSource, Place: place, Detail: "at least one source is required"})
	}
	for _, id := range f.Sources {
		if !slices.ContainsFunc(known, func(s geo.Source) bool { return s.ID == id }) {
			add(geo.Fault{Rule: geo.RuleSource, Place: place, Detail: "there is no source \"" + clip(id) + "\""})
		}
	}
	for i := range k.Properties {
		id, isText := valueOf(f, i).(string)
		other := s.collections[k.Properties[i].Refers]
		if !isText || other == nil {
			continue
		}
		switch d, err := s.stored(ctx, other, id); {
		case err != nil:
			return err
		case d == nil:
			add(geo.Fault{Rule: geo.RuleFeature, Place: geo.Place{Field: k.Properties[i].Name}, Detail: other.ID + " has no feature \"" + clip(id) + "\""})
		}
	}
	return nil
}

func valueOf(f *geo.Feature, i int) geo.Value {
	if i < len(f.Values) {
		return f.Values[i]
	}
	return nil
}

// pointerOf says where in a feature as it is sent a rule of the data is broken.
func pointerOf(f *geo.Fault) string {
	switch {
	case f.Place.Field != "":
		return below("/properties", f.Place.Field)
	case f.Rule == geo.RuleGeometryType, f.Rule == geo.RuleCoordinates:
		return "/geometry"
	case f.Rule == geo.RuleID:
		return "/id"
	}
	return f.Place.Pointer
}

// apply writes one feature as one change in the name of the key.
func (s *Server) apply(c echo.Context, w *write, put geo.Put) error {
	err := s.options.Writer.Apply(c.Request().Context(), geo.Change{Actor: w.key.Name, Note: w.note, Features: []geo.Put{put}})
	var domain *geo.Error
	if errors.As(err, &domain) && domain.Kind == geo.Conflict && put.Expect == 0 {
		// The same for one that the writer sees and for one that they do not.
		return geo.Errorf(geo.Conflict, "The id %q is not free; choose another.", clip(put.Feature.ID))
	}
	return s.discreet(err, geo.ByFeature(put.Collection.ID, put.Feature.ID))
}

// discreet takes out of a refusal what speaks of other rows than the one written:
// the writer may not see them.
func (s *Server) discreet(err error, own geo.Place) error {
	var domain *geo.Error
	if s.who.SeesAll() || !errors.As(err, &domain) || len(domain.Faults) == 0 {
		return err
	}
	told := *domain
	told.Faults = slices.DeleteFunc(slices.Clone(domain.Faults), func(f geo.Fault) bool { return f.Place.Feature != own.Feature })
	if len(told.Faults) < len(domain.Faults) {
		told.Faults = append(told.Faults, geo.Fault{Rule: domain.Faults[0].Rule, Place: own, Detail: "something that rests on it would not be right any more"})
	}
	return &told
}

// written answers what is stored now. The write is done: whatever goes wrong
// from here on must not look as if it were not.
func (s *Server) written(c echo.Context, w *write, id string, status int) error {
	ctx := context.WithoutCancel(c.Request().Context())
	address := s.url("collections", w.collection.ID, "items", id)
	if status == http.StatusCreated {
		c.Response().Header().Set(echo.HeaderLocation, address)
	}
	d, err := s.store.Detail(ctx, w.collection.Collection, id, s.today())
	if err != nil {
		if status == http.StatusOK {
			status = http.StatusNoContent
		}
		return c.NoContent(status)
	}
	c.Response().Header().Set("Content-Location", address)
	setContentCRS(c, systems[0])
	c.Response().Header().Set("ETag", `"`+stateOf(w.collection, d.Feature)+`-written"`)
	return c.Blob(status, geoJSONType, append(appendDetail(nil, d, w.collection, s.itemLinks(w.collection, d.ID, nil)), '\n'))
}
