package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// citeRequest is a checked request for a reference to an answer.
type citeRequest struct {
	itemsRequest
	collection *collection
	// checksum is that of an earlier reference, "" when there is none.
	checksum string
}

// cite answers with an address that answers the same for ever, the checksum of
// the answer and a text to refer to it by. Given the checksum of an earlier
// reference it says what became of what was cited.
func (s *Server) cite(c echo.Context) error {
	values, err := query(c)
	if err != nil {
		return err
	}
	r, err := s.parseCite(values)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	st, err := s.store.State(ctx, r.recorded)
	if err != nil {
		return ofParameter(asRecordedParameter, err)
	}
	reader, err := s.store.At(ctx, st)
	if err != nil {
		return err
	}
	r.fix(st.Moment)
	if err := s.resolve(ctx, reader, &r.itemsRequest); err != nil {
		return err
	}
	sum, count, err := checksum(ctx, reader, &r.query)
	if err != nil {
		return err
	}
	pinned := s.pinned(r, values, st.Moment)
	doc := &document{}
	doc.add("url", pinned)
	doc.add("checksum", sum)
	doc.add("numberMatched", count)
	doc.add("reference", s.reference(r, pinned, sum, count, st.Moment))
	if r.checksum != "" {
		verdict, err := s.verdict(ctx, r, reader, st, sum)
		if err != nil {
			return err
		}
		doc.add("cited", verdict)
	}
	doc.add("links", []link{
		{Href: withQuery(s.url("cite"), values), Rel: "self", Type: jsonType},
		asPage(s.url("cite"), values),
		{Href: pinned, Rel: "item", Type: geoJSONType, Title: r.collection.Title},
	})
	return writeJSON(c, http.StatusOK, jsonType, doc)
}

// parseCite takes a collection and what narrows an items request.
func (s *Server) parseCite(values url.Values) (*citeRequest, error) {
	p := newParams(values)
	r := &citeRequest{}
	r.query.Today = s.today()
	p.asRecorded(&r.recorded, &r.query.Today)
	p.format("json")
	p.take("collection", func(v string) error {
		if r.collection = s.collections[v]; r.collection == nil {
			return fmt.Errorf("there is no collection %q", clip(v))
		}
		return nil
	})
	if len(values["collection"]) == 0 {
		p.fault("collection", ruleMissing, "the parameter is required")
	}
	p.take("checksum", func(v string) error {
		if r.checksum = v; len(v) != len(checksumPrefix)+2*sha256.Size {
			return fmt.Errorf("%q is not a checksum of this server", clip(v))
		}
		if r.recorded.IsZero() {
			return fmt.Errorf("a checksum is held against the address it was given with; %s is missing", asRecordedParameter)
		}
		return nil
	})
	if r.collection == nil {
		return nil, geo.Faulty(p.faults)
	}
	r.query.Collection, r.query.Sort = r.collection.Collection, geo.ByID()
	p.narrow(r.collection, &r.itemsRequest)
	return r, p.done()
}

// fix sets the day of a question that left it open to that of the moment, as the
// address that is cited will.
func (r *citeRequest) fix(moment time.Time) {
	r.query.Today = geo.DateOf(moment)
	if r.query.Time == nil {
		r.query.Time = &geo.Interval{From: r.query.Today, To: r.query.Today}
	}
}

// pinned is the address of the cited answer with both clocks set.
func (s *Server) pinned(r *citeRequest, values url.Values, moment time.Time) string {
	set := with(values, asRecordedParameter, recordTime(moment))
	for _, name := range []string{"collection", "checksum", "f"} {
		set.Del(name)
	}
	if !values.Has("datetime") {
		set.Set("datetime", r.query.Time.String())
	}
	return withQuery(s.url("collections", r.collection.ID, "items"), set)
}

func (s *Server) reference(r *citeRequest, pinned, sum string, count int, moment time.Time) string {
	features := "features"
	if count == 1 {
		features = "feature"
	}
	return fmt.Sprintf("Oxus contributors. %s: %d %s as of %s, as recorded %s. %s (ODbL 1.0), %s.",
		r.collection.Title, count, features, r.query.Time, recordTime(moment), pinned, sum)
}

const checksumPrefix = "sha256:"

// checksum hashes the id, revision and status of every feature of an answer, in the
// order of ids, and counts them.
func checksum(ctx context.Context, reader geo.Reader, q *geo.Query) (sum string, count int, err error) {
	h := sha256.New()
	for it, err := range reader.Items(ctx, *q) {
		if err != nil {
			return "", 0, err
		}
		writeIdentity(h, &it)
		count++
	}
	return checksumPrefix + hex.EncodeToString(h.Sum(nil)), count, nil
}

// writeIdentity writes what tells a feature's state from every other: ids hold
// neither spaces nor line ends.
func writeIdentity(h hash.Hash, it *geo.Item) {
	fmt.Fprintf(h, "%s\n", identity(it))
}

func identity(it *geo.Item) string {
	since := ""
	if p := it.Standing.Period; p != nil {
		since = p.From.String()
	}
	return fmt.Sprintf("%s %d %s %s", it.ID, it.Revision, it.Standing.Status, since)
}

// verdict says whether the checksum is that of the answer, and how what was
// cited is answered today.
func (s *Server) verdict(ctx context.Context, r *citeRequest, then geo.Reader, st geo.State, sum string) (*document, error) {
	doc := &document{}
	doc.add("checksum", map[bool]string{true: "same", false: "of another answer"}[sum == r.checksum])
	now, err := s.since(ctx, r, then, st)
	if err != nil {
		return nil, err
	}
	if now.same() {
		doc.add("now", "same")
		return doc, nil
	}
	doc.add("now", "changed")
	doc.add("withdrawn", now.withdrawn)
	doc.add("changed", now.changed)
	doc.add("added", now.added)
	if now.more > 0 {
		doc.add("more", now.more)
	}
	return doc, nil
}

// maxCitedChanges is how many features a verdict names; the rest is counted.
const maxCitedChanges = 100

// citedChange is a feature whose answer is another today, with the last change
// that was recorded for it since.
type citedChange struct {
	Feature  string `json:"feature"`
	Recorded string `json:"recorded,omitempty"`
	Actor    string `json:"actor,omitempty"`
	Note     string `json:"note,omitempty"`
}

type citedChanges struct {
	withdrawn, changed, added []citedChange
	more                      int
}

func (c *citedChanges) same() bool { return len(c.withdrawn)+len(c.changed)+len(c.added) == 0 }

// since compares the answer cited with the answer to the same question now, both
// in order of id.
func (s *Server) since(ctx context.Context, r *citeRequest, then geo.Reader, st geo.State) (*citedChanges, error) {
	found := &citedChanges{withdrawn: []citedChange{}, changed: []citedChange{}, added: []citedChange{}}
	add := func(list *[]citedChange, id string) error {
		if len(found.withdrawn)+len(found.changed)+len(found.added) == maxCitedChanges {
			found.more++
			return nil
		}
		last, err := s.lastChange(ctx, r.collection, id, st.Moment)
		*list = append(*list, last)
		return err
	}
	cited, stopCited := iter.Pull2(then.Items(ctx, r.query))
	defer stopCited()
	today, stopToday := iter.Pull2(s.store.Items(ctx, r.query))
	defer stopToday()
	a, errA, okA := cited()
	b, errB, okB := today()
	for okA || okB {
		var err error
		switch {
		case errA != nil:
			return nil, errA
		case errB != nil:
			return nil, errB
		case !okB || okA && a.ID < b.ID:
			err = add(&found.withdrawn, a.ID)
			a, errA, okA = cited()
		case !okA || b.ID < a.ID:
			err = add(&found.added, b.ID)
			b, errB, okB = today()
		default:
			if identity(&a) != identity(&b) {
				err = add(&found.changed, a.ID)
			}
			a, errA, okA = cited()
			b, errB, okB = today()
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// lastChange finds the last recorded change of a feature, or of a period that
// speaks for it, since a moment.
func (s *Server) lastChange(ctx context.Context, k *collection, id string, moment time.Time) (citedChange, error) {
	last := citedChange{Feature: id}
	q := geo.RevisionQuery{Collections: []string{k.ID}, Feature: id, Since: moment.Add(time.Microsecond), Newest: true, Limit: 1}
	for rev, err := range s.store.Revisions(ctx, q) {
		if err != nil {
			return last, err
		}
		last.Recorded, last.Actor, last.Note = recordTime(rev.Recorded), rev.Actor, rev.Note
	}
	return last, nil
}
