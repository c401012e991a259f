package postgis

import (
	"context"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// What is hidden from who asks is hidden here: every statement that reads takes its
// rows from featureRows, statusRows or sourceRows, and these leave it out. The
// sources that are hidden are read by the statement itself, once, so that it sees
// them in the state it sees the rows in. They are the keys of an object: looking
// one up costs little however many there are, and without any the condition of a
// row is not even computed.

// For implements geo.Gate.
func (s *Store) For(who geo.Role) geo.View { return view{store: s, who: who.Known()} }

// as is the table as a role sees it.
func (t *table) as(who geo.Role) *table {
	seen := *t
	seen.who = who
	return &seen
}

// hidden is the object of the sources that are hidden from a role, null for none.
func hidden(s *statement, who geo.Role) string {
	if s.once && s.hides == "" {
		s.hides = "hidden AS MATERIALIZED (SELECT oxus.hidden_sources(" + s.bind(who.Seen()) + "::text[]) AS sources)"
	}
	if s.once {
		return "(SELECT h.sources FROM hidden h)"
	}
	return "(SELECT oxus.hidden_sources(" + s.bind(who.Seen()) + "::text[]))"
}

// hides is the condition that the last version of a row hides it, by expressions of
// its collection and id.
func (t *table) hides(s *statement, kind geo.RowKind, collection, id string) string {
	return "oxus.hides(" + hidden(s, t.who) + ", '{}', '" + string(kind) + "', " + collection + ", " + id + ")"
}

// seen is true of rows r that may be seen: what they rest on, which the column cited
// holds, is not hidden. Of the past last versions count too.
func (t *table) seen(s *statement, cited string, last ...func() string) string {
	where := "(" + hidden(s, t.who) + " ?| r." + cited + ") IS NOT TRUE"
	if t.moment.IsZero() {
		return where
	}
	for _, hides := range last {
		where += " AND " + hides() + " IS NOT TRUE"
	}
	return where
}

// itself is hides of the row r.
func (t *table) itself(s *statement, kind geo.RowKind) func() string {
	return func() string { return t.hides(s, kind, s.bind(t.collection.ID), "r.id") }
}

// closed reports whether nothing of the collection may be seen.
func (t *table) closed() bool { return !t.who.Sees(t.collection.Audience) }

// seenFeatures leaves of the features of a table expression what may be seen.
func (t *table) seenFeatures(s *statement, rows string) string {
	switch {
	case t.who.SeesAll():
		return rows
	case t.closed():
		return "(SELECT * FROM " + rows + " r WHERE false)"
	case t.collection.Derived:
		return "(SELECT * FROM " + rows + " r WHERE " + t.seenPeriods(s) + ")"
	}
	return "(SELECT " + t.unnamed(s) + " FROM " + rows + " r WHERE " + t.seen(s, "sources", t.itself(s, geo.FeatureRow)) + ")"
}

// seenPeriods is true of the features derived from periods that may be seen, with
// those they are recorded for.
func (t *table) seenPeriods(s *statement) string {
	where := t.seen(s, "cited",
		func() string { return t.hides(s, geo.FeatureRow, "r.collection", "r.feature") },
		func() string { return t.hides(s, geo.StatusRow, "r.collection", "r.period") })
	if len(t.closes) > 0 {
		where += " AND r.collection <> ALL (" + s.bind(t.closes) + "::text[])"
	}
	return where
}

// seenStatus leaves of the periods of a table expression what may be seen.
func (t *table) seenStatus(s *statement, rows string) string {
	switch {
	case t.who.SeesAll():
		return rows
	case t.closed():
		return "(SELECT * FROM " + rows + " r WHERE false)"
	}
	return "(SELECT * FROM " + rows + " r WHERE " + t.seen(s, "sources", t.itself(s, geo.StatusRow)) + ")"
}

// unnamed are the columns of features r without what names others that are hidden.
func (t *table) unnamed(s *statement) string {
	names := map[string]string{}
	for i := range t.collection.Properties {
		p := &t.collection.Properties[i]
		switch {
		case p.Refers != "":
			names[p.Name] = "oxus.unnamed(%h, %c, " + s.bind(p.Refers) + ", r." + quote(p.Name) + ")"
		case p.Mentions:
			names[p.Name] = "oxus.unmentioned(%h, %c, r." + quote(p.Name) + ")"
		}
	}
	if len(names) == 0 {
		return "r.*"
	}
	list := []string{"r.revision", "r.lifetime", "r.hilbert"}
	closed := s.bind(t.closes) + "::text[]"
	for i, name := range t.stored {
		call, named := names[name]
		column := t.quoted[i]
		switch {
		case name == "":
		case !named:
			list = append(list, "r."+column)
		case len(t.closes) > 0:
			call = strings.ReplaceAll(strings.ReplaceAll(call, "%h", "coalesce("+hidden(s, t.who)+", '{}')"), "%c", closed)
			list = append(list, call+" AS "+column)
		default:
			sources := hidden(s, t.who)
			call = strings.ReplaceAll(strings.ReplaceAll(call, "%h", sources), "%c", closed)
			list = append(list, "CASE WHEN "+sources+" IS NULL THEN r."+column+" ELSE "+call+" END AS "+column)
		}
	}
	return strings.Join(list, ", ")
}

// sourceRows are the sources that may be seen.
func (v view) sourceRows(s *statement) string {
	stored := &table{name: "sources", moment: v.st.Moment}
	rows := stored.rows(s, stored.name)
	if v.who.SeesAll() {
		return rows
	}
	return "(SELECT * FROM " + rows + " r WHERE (" + hidden(s, v.who) + " ? r.id) IS NOT TRUE)"
}

// isVeiled reports whether anything is hidden from who asks.
func (v view) isVeiled(ctx context.Context, ask askRow) (veiled bool, err error) {
	if v.who.SeesAll() {
		return false, nil
	}
	if len(v.store.atlas.Closed(v.who)) > 0 {
		return true, nil
	}
	var s statement
	text := "SELECT " + hidden(&s, v.who) + " IS NOT NULL"
	err = ask(text, s.args...).Scan(&veiled)
	return veiled, failed(ctx, err)
}

// veilMark is an expression that ends the name of a state for those from whom
// something is hidden: rights are those of today, and what is hidden can change
// with every collection. It is blank where nothing is hidden.
func (v view) veilMark(s *statement) string {
	if v.who.SeesAll() {
		return "''"
	}
	mark := "'~' || (SELECT left(md5(" + s.bind(string(v.who)) + "::text || string_agg(v.collection || v.version || v.stamp::text, ' ' ORDER BY v.collection)), 12) FROM oxus.versions v)"
	if len(v.store.atlas.Closed(v.who)) > 0 {
		return mark
	}
	return "CASE WHEN " + hidden(s, v.who) + " IS NULL THEN '' ELSE " + mark + " END"
}

// unveiled takes from recorded changes what may not be seen.
func (v view) unveiled(ctx context.Context, conn asker, found []geo.Revision) ([]geo.Revision, error) {
	if v.who.SeesAll() || len(found) == 0 {
		return found, nil
	}
	known, err := v.hiddenIn(ctx, conn, found)
	if err != nil {
		return nil, err
	}
	veil := geo.VeilOf(v.store.atlas, v.who, *known)
	seen := found[:0]
	for i := range found {
		if r, ok := veil.Revision(found[i]); ok {
			seen = append(seen, r)
		}
	}
	return seen, nil
}

// hiddenIn looks up what recorded changes are about, cite and name.
func (v view) hiddenIn(ctx context.Context, conn asker, found []geo.Revision) (*geo.Hidden, error) {
	named := v.namedIn(found)
	known := &geo.Hidden{Sources: map[string]bool{}, Features: map[geo.Named]bool{}, Periods: map[geo.Named]bool{}, Projects: map[geo.Named]bool{}}
	var s statement
	sources := "SELECT id FROM unnest(" + s.bind(nonNil(named.sources)) + "::text[]) id WHERE " + hidden(&s, v.who) + " ? id"
	var id, kind, collection string
	if err := each(ctx, conn, sources, s.args, []any{&id}, func() { known.Sources[id] = true }); err != nil {
		return nil, err
	}
	s = statement{}
	rows := "SELECT kind, collection, id FROM unnest(" + s.bind(nonNil(named.kinds)) + "::text[], " + s.bind(nonNil(named.collections)) + "::text[], " +
		s.bind(nonNil(named.rows)) + "::text[]) r (kind, collection, id) WHERE oxus.hides(coalesce(" + hidden(&s, v.who) + ", '{}'), " +
		s.bind(v.store.atlas.Closed(v.who)) + "::text[], kind, collection, id)"
	err := each(ctx, conn, rows, s.args, []any{&kind, &collection, &id}, func() {
		if geo.RowKind(kind) == geo.FeatureRow {
			known.Features[geo.Named{Collection: collection, ID: id}] = true
		} else {
			known.Periods[geo.Named{Collection: collection, ID: id}] = true
		}
	})
	if err != nil {
		return nil, err
	}
	return known, v.hideProjects(ctx, conn, named.projects, known)
}

// hideProjects finds the projects that have features now, but none to be seen.
func (v view) hideProjects(ctx context.Context, conn asker, projects map[string][]string, known *geo.Hidden) error {
	for collection, names := range projects {
		t := v.store.tables[collection]
		if t == nil || t.project == "" {
			continue
		}
		var s statement
		var name string
		text := "SELECT DISTINCT f." + t.project + " FROM " + t.features + " f WHERE f." + t.project + " = ANY (" + s.bind(names) + ") AND NOT EXISTS (SELECT FROM " +
			v.seenTable(t).featureRows(&s) + " o WHERE o." + t.project + " = f." + t.project + ")"
		if err := each(ctx, conn, text, s.args, []any{&name}, func() {
			known.Projects[geo.Named{Collection: collection, ID: name}] = true
		}); err != nil {
			return err
		}
	}
	return nil
}

// each calls do for each row of an answer.
func each(ctx context.Context, conn asker, text string, args, targets []any, do func()) error {
	rows, err := conn.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, targets, func() error {
		do()
		return nil
	})
	return err
}

// names are the sources that recorded changes cite, and the rows that they are
// about or name, the three lists of which go together.
type names struct {
	sources                  []string
	kinds, collections, rows []string
	projects                 map[string][]string // by collection
}

func (n *names) row(kind geo.RowKind, collection, id string) {
	n.kinds, n.collections, n.rows = append(n.kinds, string(kind)), append(n.collections, collection), append(n.rows, id)
}

func (v view) namedIn(found []geo.Revision) *names {
	n := &names{projects: map[string][]string{}}
	for i := range found {
		r := &found[i]
		if r.Kind == geo.SourceRow {
			n.sources = append(n.sources, r.ID)
			continue
		}
		n.row(r.Kind, r.Collection, r.ID)
		for _, side := range []*geo.Row{&r.Before, &r.After} {
			n.side(v.store.atlas, r.Collection, side)
		}
	}
	return n
}

func (n *names) side(atlas *geo.Atlas, collection string, row *geo.Row) {
	if p := row.Period; p != nil {
		n.sources = append(n.sources, p.Sources...)
		if p.Scope == geo.OfProject {
			n.projects[collection] = append(n.projects[collection], p.Owner)
		} else {
			n.row(geo.FeatureRow, collection, p.Owner)
		}
	}
	c, err := atlas.Collection(collection)
	if row.Feature == nil || err != nil {
		return
	}
	n.sources = append(n.sources, row.Feature.Sources...)
	for i := range min(len(c.Properties), len(row.Feature.Values)) {
		p := &c.Properties[i]
		switch value := row.Feature.Values[i].(type) {
		case string:
			if p.Refers != "" {
				n.row(geo.FeatureRow, p.Refers, value)
			}
		case []string:
			if !p.Mentions {
				continue
			}
			for _, id := range value {
				for _, other := range atlas.Collections {
					n.row(geo.FeatureRow, other.ID, id)
				}
			}
		}
	}
}
