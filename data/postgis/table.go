package postgis

import (
	"strings"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// schema holds all tables.
const schema = "oxus"

// table is what the SQL of a collection is made from. Every name in it comes
// from the declaration; none ever comes from a question.
type table struct {
	collection *geo.Collection
	// name is that of the table of features, without schema or quotes.
	name string
	// features and status are quoted names with their schema; status is "" for
	// a collection without one.
	features, status string
	// stored are the columns a change writes, the properties last.
	stored []string
	// refers are the properties that name other features.
	refers []int
	// project is the quoted column that names a feature's project, "" for none.
	project string
	// quoted are the stored columns in quotes, "" where there is none. The others are the
	// columns that an itemReader reads of features f, periods s and items, which are f
	// with s, and as many nulls as the last.
	quoted                                                  []string
	featureColumns, periodColumns, itemColumns, itemOfNulls string
	// moment is when the rows were known, zero for now. With unsought no index is searched by
	// it: rows that are found otherwise are looked at.
	moment   time.Time
	unsought bool
	// who asks for the rows; closes are the collections that are closed to them.
	who    geo.Role
	closes []string
}

// at is the table as it was known at a moment.
func (t *table) at(moment time.Time) *table {
	past := *t
	past.moment = moment
	return &past
}

// featureRows are the features to ask, status periods the periods. A moment is
// asked of current and past rows together.
func (t *table) featureRows(s *statement) string {
	if t.collection.Derived && !t.moment.IsZero() {
		return t.seenFeatures(s, quote(schema, t.name+"_at")+"("+s.bind(t.moment)+")")
	}
	return t.seenFeatures(s, t.rows(s, t.name))
}

// past is the quoted name of the table of past features.
func (t *table) past() string { return quote(schema, t.name+"_past") }

func (t *table) statusRows(s *statement) string {
	return t.seenStatus(s, t.rows(s, t.name+"_status"))
}

// rows are all rows of a table, whoever asks.
func (t *table) rows(s *statement, name string) string {
	if t.moment.IsZero() {
		return quote(schema, name)
	}
	known := "k.known @> " + s.bind(t.moment) + "::timestamptz"
	if t.unsought {
		known = "(" + known + ") IS TRUE"
	}
	return "(SELECT * FROM " + quote(schema, name+"_known") + " k WHERE " + known + ")"
}

func newTable(c *geo.Collection) *table {
	name := strings.ReplaceAll(c.ID, "-", "_")
	l := c.Lifetime
	t := &table{
		collection: c, name: name, features: quote(schema, name),
		stored: []string{"id", "geom", "sources", l.From, l.FromPrecision, l.To, l.ToPrecision},
		who:    geo.Admin, // for what changes the data; who asks is told by a view
	}
	// A derived collection is a view of the same name.
	for i := range c.Properties {
		t.stored = append(t.stored, c.Properties[i].Name)
		if c.Properties[i].Refers != "" {
			t.refers = append(t.refers, i)
		}
	}
	if c.HasStatus() {
		t.status = quote(schema, name+"_status")
	}
	if c.Project != "" {
		t.project = quote(c.Project)
	}
	t.write()
	return t
}

// write writes the parts of statements that are the same in all: each is made of some of
// them, and there are many statements.
func (t *table) write() {
	t.featureColumns = "f.revision"
	for _, name := range t.stored {
		if name == "" {
			t.quoted = append(t.quoted, "")
			t.featureColumns += ", 'day'" // a date whose precision has no column is exact
			continue
		}
		t.quoted = append(t.quoted, quote(name))
		t.featureColumns += ", f." + quote(name)
	}
	project := "NULL::text"
	if t.project != "" {
		project = "s.project"
	}
	t.periodColumns = "s.id, s.feature, " + project + ", " + columns("s.", periodContent())
	t.itemColumns = "f.hilbert, " + t.featureColumns
	nulls := len(t.stored) + 2
	if t.status != "" {
		t.itemColumns += ", " + t.periodColumns
		nulls += len(periodContent()) + 3
	}
	t.itemOfNulls = strings.Repeat(", NULL", nulls)[2:]
}

func quote(parts ...string) string { return pgx.Identifier(parts).Sanitize() }

// columns lists columns, each after a prefix such as "f.".
func columns(prefix string, names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = prefix + quote(n)
	}
	return strings.Join(quoted, ", ")
}

// assignments sets each column but the id to that of the row named from.
func assignments(from string, names []string) string {
	var parts []string
	for _, n := range names {
		if n != "id" {
			parts = append(parts, quote(n)+" = "+from+"."+quote(n))
		}
	}
	return strings.Join(parts, ", ")
}

// periodContent names the columns of a period beside its id and owner.
func periodContent() []string {
	return []string{
		"kind", "status", "from_date", "from_precision", "to_date", "to_precision",
		"end_basis", "cause", "summary", "sources",
	}
}

// owned is the condition that a period s speaks for a feature f.
func (t *table) owned() string {
	if t.project == "" {
		return "s.feature = f.id"
	}
	return "(s.feature = f.id OR s.project = f." + t.project + ")"
}
