package api

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// recordChanges gathers the recorded changes of a page and one more, in the
// order they were recorded in.
func (s *Server) recordChanges(ctx context.Context, r *changesRequest) ([]change, error) {
	q := geo.RevisionQuery{Since: r.since, Until: r.until, Newest: r.newest}
	for _, k := range r.collections {
		q.Collections = append(q.Collections, k.ID)
	}
	q.After, _ = strconv.ParseInt(r.after, 10, 64) // a cursor of the other clock belongs to another question
	owners := owners{reader: s.store, today: r.today}
	var found []change
	for rev, err := range s.store.Revisions(ctx, q) {
		if err != nil {
			return nil, err
		}
		ch, err := s.recordChange(ctx, &rev, &owners)
		if err != nil {
			return nil, err
		}
		if ch == nil || !ch.touches(r.bbox) {
			continue
		}
		if found = append(found, *ch); len(found) > r.limit {
			break
		}
	}
	return found, nil
}

// recordChange tells a revision as a change, nil when it changed nothing a
// reader sees.
func (s *Server) recordChange(ctx context.Context, rev *geo.Revision, owners *owners) (*change, error) {
	k := s.collections[rev.Collection]
	if k == nil {
		return nil, nil //nolint:nilnil // of a collection that is no longer declared
	}
	ch := &change{key: strconv.FormatInt(rev.Number, 10), collection: k.Collection, revision: rev}
	switch rev.Kind {
	case geo.FeatureRow:
		ch.feature, ch.event.Kind = featureChange(k.Collection, rev)
		return ch, nil
	case geo.StatusRow:
		ch.event = statusChange(rev)
		feature, err := owners.of(ctx, k.Collection, ch.event.Period)
		ch.feature = feature
		return ch, err
	default:
		return nil, nil //nolint:nilnil // a source has no place
	}
}

func featureChange(c *geo.Collection, rev *geo.Revision) (*geo.Feature, geo.EventKind) {
	switch {
	case !rev.Before.Exists():
		return rev.After.Feature, geo.Appeared
	case !rev.After.Exists():
		return rev.Before.Feature, geo.Disappeared
	}
	for _, d := range rev.Differences(c) {
		if d.Name == "geometry" {
			return rev.After.Feature, geo.Moved
		}
	}
	return rev.After.Feature, geo.Corrected
}

// statusChange is what became of one status period: its status before and after
// the revision, "" where there was no such period.
func statusChange(rev *geo.Revision) geo.Event {
	e := geo.Event{Kind: geo.StatusChanged}
	if p := rev.Before.Period; p != nil {
		e.Period, e.From = p, p.Status
	}
	if p := rev.After.Period; p != nil {
		e.Period, e.To = p, p.Status
	}
	if e.Period != nil {
		e.Day, e.Precision = e.Period.From.Date, e.Period.From.Precision
	}
	return e
}

// owners finds the features that periods speak for, each once an answer.
type owners struct {
	reader geo.Reader
	today  geo.Date
	known  map[string]*geo.Feature
}

// of returns the feature a period is recorded for as it stands now, nil when it
// is no longer there. For a period of a project it stands for all its features,
// with their geometries together.
func (o *owners) of(ctx context.Context, c *geo.Collection, p *geo.Period) (*geo.Feature, error) {
	if p == nil {
		return nil, nil //nolint:nilnil // a revision without rows
	}
	key := c.ID + "/" + string(p.Scope) + "/" + p.Owner
	if f, ok := o.known[key]; ok {
		return f, nil
	}
	f, err := o.find(ctx, c, p)
	if err != nil {
		return nil, err
	}
	if o.known == nil {
		o.known = map[string]*geo.Feature{}
	}
	o.known[key] = f
	return f, nil
}

func (o *owners) find(ctx context.Context, c *geo.Collection, p *geo.Period) (*geo.Feature, error) {
	if p.Scope == geo.OfProject {
		return o.project(ctx, c, p.Owner)
	}
	d, err := o.reader.Detail(ctx, c, p.Owner, o.today)
	switch {
	case geo.KindOf(err) == geo.NotFound:
		return nil, nil //nolint:nilnil // deleted since
	case err != nil:
		return nil, err
	}
	return d.Feature, nil
}

func (o *owners) project(ctx context.Context, c *geo.Collection, name string) (*geo.Feature, error) {
	whole := &geo.Feature{Values: []geo.Value{name}}
	var lines orb.MultiLineString
	q := geo.Query{Collection: c, Today: o.today, Equals: []geo.Equal{{Property: c.Project, Value: name}}, Sort: geo.ByID()}
	for it, err := range o.reader.Items(ctx, q) {
		if err != nil {
			return nil, err
		}
		switch g := it.Geometry.(type) {
		case orb.LineString:
			lines = append(lines, g)
		case orb.MultiLineString:
			lines = append(lines, g...)
		}
	}
	if lines != nil {
		whole.Geometry = lines
	}
	return whole, nil
}

// touches reports whether the change lies in the box, before it or after it.
func (ch *change) touches(box *geo.BBox) bool {
	if box == nil {
		return true
	}
	for _, f := range []*geo.Feature{ch.feature, ch.revision.Before.Feature} {
		if f != nil && geo.Touches(f.Geometry, box.Bounds()) {
			return true
		}
	}
	return false
}

// appendRecord appends what the record tells beside the event: the revision and
// what it changed.
func appendRecord(b []byte, ch *change) []byte {
	rev := ch.revision
	b = append(b, `,"recorded":`...)
	b = appendString(b, recordTime(rev.Recorded))
	b = append(b, `,"revision":`...)
	b = strconv.AppendInt(b, rev.Number, 10)
	b = append(b, `,"actor":`...)
	b = appendText(b, rev.Actor)
	b = append(b, `,"note":`...)
	b = appendText(b, rev.Note)
	b = append(b, `,"direct":`...)
	b = strconv.AppendBool(b, rev.Direct)
	b = append(b, `,"moved_m":`...)
	b = appendMoved(b, rev)
	b = append(b, `,"changed":`...)
	var names []string
	if rev.Before.Exists() && rev.After.Exists() {
		for _, d := range rev.Differences(ch.collection) {
			names = append(names, d.Name)
		}
	}
	return appendStrings(b, names)
}

// appendMoved appends how far a geometry was moved in metres: for a line the
// farthest of its vertices from where it was.
func appendMoved(b []byte, rev *geo.Revision) []byte {
	before, after := rev.Before.Feature, rev.After.Feature
	if before == nil || after == nil || before.Geometry == nil || after.Geometry == nil || orb.Equal(before.Geometry, after.Geometry) {
		return append(b, "null"...)
	}
	return appendNumber(b, roundMetres(geo.Displacement(before.Geometry, after.Geometry)))
}

// recordTime writes a moment of the record's clock to its last digit, so that it
// can be asked for again.
func recordTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// roundMetres rounds to centimetres: no position here is known more closely.
func roundMetres(m float64) float64 { return math.Round(m*100) / 100 }
