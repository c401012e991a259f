package postgis

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb/encoding/ewkb"
)

// revisions answers a query with a limit, from one state, and tells the number to go
// on after, 0 at the end.
func (v view) revisions(ctx context.Context, q *geo.RevisionQuery) (found []geo.Revision, last int64, err error) {
	ask := *q
	// What may be seen of a revision is decided by its rows.
	ask.Bare = q.Bare && v.who.SeesAll()
	err = v.store.inSnapshot(ctx, func(tx pgx.Tx) error {
		text, args := v.revisionsSQL(&ask)
		rows, err := tx.Query(ctx, text, args...)
		if err != nil {
			return err
		}
		if found, err = pgx.CollectRows(rows, v.store.scanRevision); err != nil {
			return err
		}
		if found, err = v.store.withMany(ctx, tx, &ask, found); err != nil {
			return err
		}
		if len(found) == ask.Limit {
			last = found[len(found)-1].Number
		}
		found, err = v.unveiled(ctx, tx, found)
		return err
	})
	return found, last, err
}

func (v view) revisionsSQL(q *geo.RevisionQuery) (text string, args []any) {
	var s statement
	where := recordedWhere(&s, q)
	if !v.who.SeesAll() {
		where = append(where, v.mayShow(&s))
	}
	order, after := "", "seq > "
	if q.Newest {
		order, after = " DESC", "seq < "
	}
	if q.After != 0 {
		where = append(where, after+s.bind(q.After))
	}
	if q.Feature != "" {
		where = append(where, revisionsOf(&s, q))
	}
	rows := "before, after"
	if q.Bare {
		rows = "NULL::jsonb, NULL::jsonb"
	}
	text = "SELECT seq, recorded, actor, note, direct, collection, kind, id, " + rows + " FROM oxus.revisions WHERE " +
		strings.Join(where, " AND ") + " ORDER BY seq" + order + " LIMIT " + s.bind(q.Limit)
	return text, s.args
}

// recordedWhere are the conditions of a query that hold for single revisions and for
// those of many.
func recordedWhere(s *statement, q *geo.RevisionQuery) []string {
	where := []string{"true"}
	if !q.Since.IsZero() {
		where = append(where, "recorded >= "+s.bind(q.Since))
	}
	if !q.Until.IsZero() {
		where = append(where, "recorded <= "+s.bind(q.Until))
	}
	if q.Removals {
		where = append(where, "action = 'delete'")
	}
	if len(q.Collections) > 0 {
		where = append(where, "collection = ANY ("+s.bind(q.Collections)+")")
	}
	return where
}

// mayShow is true of the revisions of which a side cites nothing hidden. It spares
// those who may see little from reading all; what is seen is decided after it.
func (v view) mayShow(s *statement) string {
	sources := hidden(s, v.who)
	side := func(image string) string { return "oxus.cites(" + sources + ", " + image + ") IS FALSE" }
	return "(" + sources + " IS NULL OR " + side("before") + " OR " + side("after") + ")"
}

// revisionsOf is the condition that a revision is of a feature, or of a period
// that spoke for it before or after.
func revisionsOf(s *statement, q *geo.RevisionQuery) string {
	if !storable(q.Feature) || !storable(q.Project) {
		return "false"
	}
	feature := s.bind(q.Feature)
	of := "(kind = 'feature' AND id = " + feature + ")"
	period := func(member, owner string) {
		for _, image := range []string{"after", "before"} {
			of += " OR (kind = 'status' AND " + image + " IS NOT NULL AND (" + image + " ->> '" + member + "') = " + owner + ")"
		}
	}
	period("feature", feature)
	if q.Project != "" {
		period("project", s.bind(q.Project))
	}
	return "(" + of + ")"
}

func (s *Store) scanRevision(row pgx.CollectableRow) (r geo.Revision, err error) {
	var note pgtype.Text
	var before, after []byte
	err = row.Scan(&r.Number, &r.Recorded, &r.Actor, &note, &r.Direct, &r.Collection, &r.Kind, &r.ID, &before, &after)
	r.Recorded, r.Note = r.Recorded.UTC(), note.String
	r.Before, r.After = s.recordedRow(&r, before), s.recordedRow(&r, after)
	return r, err
}

// image is a row as its revision holds it.
type image map[string]any

// recordedRow makes a row of its image, none of a null or of a collection that is
// no longer declared. What no longer fits its column is left out of it: the
// history is not refused for it.
func (s *Store) recordedRow(r *geo.Revision, text []byte) geo.Row {
	if text == nil {
		return geo.Row{}
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var row image
	if err := d.Decode(&row); err != nil {
		return geo.Row{}
	}
	if r.Kind == geo.SourceRow {
		return geo.Row{Source: row.source()}
	}
	t := s.tables[r.Collection]
	switch {
	case t == nil:
		return geo.Row{}
	case r.Kind == geo.StatusRow:
		return geo.Row{Period: row.period(r.Collection)}
	default:
		return geo.Row{Feature: row.feature(t.collection)}
	}
}

func (m image) text(name string) string {
	s, _ := m[name].(string)
	return s
}

// list returns a list, nil where there is none.
func (m image) list(name string) []string {
	members, ok := m[name].([]any)
	if !ok {
		return nil
	}
	list := make([]string, 0, len(members))
	for _, v := range members {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

func (m image) date(day, precision string) geo.PartialDate {
	d, err := geo.ParseDate(m.text(day))
	if err != nil {
		return geo.PartialDate{}
	}
	p, err := geo.ParsePrecision(m.text(precision))
	if err != nil {
		return geo.PartialDate{}
	}
	return geo.PartialDate{Date: d, Precision: p}
}

func (m image) feature(c *geo.Collection) *geo.Feature {
	f := &geo.Feature{ID: m.text("id"), Sources: m.list("sources"), Values: make([]geo.Value, len(c.Properties))}
	if n, ok := m["revision"].(json.Number); ok {
		f.Revision, _ = n.Int64()
	}
	if wkb, err := hex.DecodeString(m.text("geom")); err == nil && len(wkb) > 0 {
		if g, _, err := ewkb.Unmarshal(wkb); err == nil {
			f.Geometry = g
		}
	}
	f.Lifetime.From = m.date(c.Lifetime.From, c.Lifetime.FromPrecision)
	f.Lifetime.To = m.date(c.Lifetime.To, c.Lifetime.ToPrecision)
	for i := range c.Properties {
		f.Values[i] = m.value(&c.Properties[i])
	}
	return f
}

func (m image) value(p *geo.Property) geo.Value {
	switch v := m[p.Name].(type) {
	case string:
		return v
	case []any:
		return m.list(p.Name)
	case json.Number:
		if p.Type == geo.Integer {
			if n, err := v.Int64(); err == nil {
				return n
			}
			return nil
		}
		if n, err := v.Float64(); err == nil {
			return n
		}
	}
	return nil
}

func (m image) period(collection string) *geo.Period {
	p := &geo.Period{
		ID: m.text("id"), Collection: collection, Scope: geo.OfFeature, Owner: m.text("feature"),
		Kind: geo.PeriodKind(m.text("kind")), Status: m.text("status"), Basis: geo.EndBasis(m.text("end_basis")),
		From: m.date("from_date", "from_precision"), To: m.date("to_date", "to_precision"),
		Cause: m.text("cause"), Summary: m.text("summary"), Sources: m.list("sources"),
	}
	if project := m.text("project"); project != "" {
		p.Scope, p.Owner = geo.OfProject, project
	}
	return p
}

func (m image) source() *geo.Source {
	s := &geo.Source{ID: m.text("id"), Publisher: m.text("publisher"), Title: m.text("title"), URL: m.text("url"), Supports: m.text("supports"), Audience: geo.Role(m.text("audience"))}
	// A date that is not one was refused when it was written.
	s.Published, _ = geo.ParsePartialDate(m.text("published"))
	s.Accessed, _ = geo.ParsePartialDate(m.text("accessed"))
	return s
}
