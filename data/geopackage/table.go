package geopackage

import (
	"fmt"
	"slices"
	"strings"

	"oxus/geo"
)

// The columns that every table of features has beside its declared ones.
const (
	fidColumn      = "fid"
	geomColumn     = "geom"
	idColumn       = "id"
	revisionColumn = "revision"
)

// The tables beside those of the collections.
const (
	periodsTable   = "status_periods"
	sourcesTable   = "sources"
	revisionsTable = "revisions"
)

// What a row of revisions tells about.
const (
	entityFeature = "feature"
	entityPeriod  = "status period"
	entitySource  = "source"
)

// column is a column of a table beside fid and geom.
type column struct {
	name, sqlType, rule      string
	title, description, mime string
	codes                    []geo.Code
	min, max                 float64
}

// table is one table of the file that other programs see.
type table struct {
	name, title, description string
	// entity is what its revisions call a row, "" where changes are not recorded.
	entity string
	// collection is the SQL expression for the collection a row belongs to; %s
	// stands for the row.
	collection string
	// geometry is the GeoPackage name of the geometry type, "" for none.
	geometry string
	columns  []column
	// properties is how many of the columns, after the id, are declared
	// properties.
	properties int
	// key names a row beside fid.
	key []string
}

// layout is the set of tables derived from an atlas.
type layout struct {
	tables   []*table
	features map[string]*table // by collection id
}

// newLayout derives the tables. It refuses declarations whose names would meet
// in one table or column.
func newLayout(atlas *geo.Atlas) (*layout, error) {
	l := &layout{features: map[string]*table{}}
	for _, c := range atlas.Collections {
		t := featureTable(c)
		l.features[c.ID] = t
		l.tables = append(l.tables, t)
	}
	l.tables = append(l.tables, periodTable(atlas), sourceTable(), revisionTable())
	return l, l.checkNames()
}

func (l *layout) checkNames() error {
	taken := map[string]bool{}
	for _, t := range l.tables {
		name := strings.ToLower(t.name)
		if taken[name] || slices.ContainsFunc([]string{"gpkg_", "rtree_", "sqlite_", "oxus_"}, func(p string) bool { return strings.HasPrefix(name, p) }) {
			return fmt.Errorf("a GeoPackage cannot have another table %s", t.name)
		}
		taken[name] = true
		columns := map[string]bool{fidColumn: true, geomColumn: true}
		for _, c := range t.columns {
			if columns[strings.ToLower(c.name)] {
				return fmt.Errorf("the table %s cannot have another column %s", t.name, c.name)
			}
			columns[strings.ToLower(c.name)] = true
		}
	}
	return nil
}

// tableName writes a collection id as people write table names, without the
// hyphen that every query would have to quote.
func tableName(collection string) string { return strings.ReplaceAll(collection, "-", "_") }

// geometryName is what the standard calls the type, "" for none.
func geometryName(t geo.GeometryType) string {
	switch t {
	case geo.Point:
		return "POINT"
	case geo.Line, geo.AnyGeometry:
		return "GEOMETRY" // several types share no narrower one
	default:
		return ""
	}
}

func featureTable(c *geo.Collection) *table {
	t := &table{
		name: tableName(c.ID), title: c.Title, description: c.Description,
		entity: entityFeature, collection: literal(c.ID), key: []string{idColumn},
		columns: []column{{name: idColumn, sqlType: "TEXT", rule: "NOT NULL", title: "Id", description: "Unique in the collection and stable."}},
	}
	t.geometry = geometryName(c.Geometry)
	t.properties = len(c.Properties)
	for i := range c.Properties {
		t.columns = append(t.columns, propertyColumn(&c.Properties[i]))
	}
	t.columns = append(t.columns, dateColumns(c.Lifetime.From, c.Lifetime.FromPrecision, "From")...)
	t.columns = append(t.columns, dateColumns(c.Lifetime.To, c.Lifetime.ToPrecision, "To")...)
	t.columns = append(t.columns, sourceList(), column{
		name: revisionColumn, sqlType: "INTEGER", rule: "NOT NULL DEFAULT 1", title: "Revision",
		description: "Counted by the file with every change.",
	})
	return t
}

func propertyColumn(p *geo.Property) column {
	c := column{name: p.Name, title: p.Title, description: p.Description, codes: p.Codes, min: p.Min, max: p.Max}
	switch p.Type {
	case geo.Integer:
		c.sqlType = "INTEGER"
	case geo.Number:
		c.sqlType = "DOUBLE"
	case geo.TextList:
		c.sqlType, c.mime = "TEXT", "application/json"
		c.codes = nil // the value is a list, none of its codes
		c.explain("A JSON array of texts.")
	case geo.Partial:
		c.sqlType = "TEXT"
		c.explain("YYYY, YYYY-MM or YYYY-MM-DD.")
	case geo.Text:
		c.sqlType = "TEXT"
	}
	if p.Unit != "" {
		c.explain("Unit: " + p.Unit + ".")
	}
	if p.Refers != "" {
		c.explain("An id of " + tableName(p.Refers) + ".")
	}
	return c
}

func (c *column) explain(sentence string) {
	c.description = strings.TrimSpace(c.description + " " + sentence)
}

func text(name, title string) column { return column{name: name, sqlType: "TEXT", title: title} }

func required(c column) column {
	c.rule = "NOT NULL"
	return c
}

func coded(c column, codes []geo.Code) column {
	c.codes = codes
	return c
}

func sourceList() column {
	return column{
		name: "sources", sqlType: "TEXT", rule: "NOT NULL DEFAULT '[]'", mime: "application/json",
		title: "Sources", description: "Ids of sources, a JSON array of texts.",
	}
}

func dateColumns(name, precision, title string) []column {
	return []column{
		{name: name, sqlType: "DATE", title: title},
		coded(text(precision, title+", precision"), []geo.Code{
			{Value: geo.Day.String(), Title: "Day"}, {Value: geo.Month.String(), Title: "Month"}, {Value: geo.Year.String(), Title: "Year"},
		}),
	}
}

func periodTable(atlas *geo.Atlas) *table {
	columns := []column{
		required(text(idColumn, "Id")),
		required(text("collection", "Collection")),
		required(coded(text("scope", "Scope"), []geo.Code{
			{Value: string(geo.OfFeature), Title: "One feature"}, {Value: string(geo.OfProject), Title: "A whole project"},
		})),
		{name: "owner", sqlType: "TEXT", rule: "NOT NULL", title: "Owner", description: "The id of the feature, or the name of the project."},
		required(coded(text("kind", "Kind"), []geo.Code{
			{Value: string(geo.Phase), Title: "Phase"}, {Value: string(geo.Disruption), Title: "Disruption"}, {Value: string(geo.Milestone), Title: "Milestone"},
		})),
		required(coded(text("status", "Status"), statuses(atlas))),
	}
	columns = append(columns, dateColumns("from_date", "from_precision", "From")...)
	columns = append(columns, dateColumns("to_date", "to_precision", "To")...)
	columns = append(columns,
		required(coded(text("end_basis", "How the end is known"), []geo.Code{
			{Value: string(geo.Ended), Title: "To is the first day of what came next"},
			{Value: string(geo.LastDocumented), Title: "To is the last documented day"},
			{Value: string(geo.Ongoing), Title: "No later change is known"},
			{Value: string(geo.UnknownEnd), Title: "Certain only for the day, month or year it is dated to"},
		})),
		text("cause", "Cause"), text("summary", "Summary"), sourceList())
	return &table{
		name: periodsTable, title: "Status periods", entity: entityPeriod, collection: `%s."collection"`,
		description: "The status of features from one date to another, with its sources.",
		columns:     columns, key: []string{"collection", idColumn},
	}
}

// statuses returns the status codes of all collections, each once.
func statuses(atlas *geo.Atlas) []geo.Code {
	var all []geo.Code
	for _, c := range atlas.Collections {
		for _, code := range c.Statuses {
			if !geo.HasCode(all, code.Value) {
				all = append(all, code)
			}
		}
	}
	return all
}

func sourceTable() *table {
	columns := []column{
		required(text(idColumn, "Id")), required(text("publisher", "Publisher")), required(text("title", "Title")), text("url", "Address"),
	}
	columns = append(columns, dateColumns("published", "published_precision", "Published")...)
	columns = append(columns, dateColumns("accessed", "accessed_precision", "Accessed")...)
	return &table{
		name: sourcesTable, title: "Sources", entity: entitySource, collection: literal(geo.SourcesID),
		description: "The publications that facts rest on.",
		columns:     append(columns, text("supports", "What was taken from it"), audienceColumn()), key: []string{idColumn},
	}
}

// audienceColumn comes last: a file of an earlier program gets it when it is opened.
func audienceColumn() column {
	titles := map[geo.Role]string{geo.Viewer: "Those with a key", geo.Editor: "Those who may edit", geo.Maintainer: "Those who may import"}
	var codes []geo.Code
	for _, role := range geo.Audiences() {
		codes = append(codes, geo.Code{Value: string(role), Title: titles[role]})
	}
	return coded(text("audience", "Who may see it, and what rests on it; everybody where it is blank"), codes)
}

func revisionTable() *table {
	row := func(name, title string) column {
		return column{name: name, sqlType: "TEXT", mime: "application/json", title: title, description: "The row as a JSON object, its geometry in hexadecimal."}
	}
	return &table{
		name: revisionsTable, title: "Revisions",
		description: "Every change of the other tables, in the order of fid. Nothing can change this history.",
		columns: []column{
			required(text("entity", "What changed")), required(text("collection", "Collection")), required(text(idColumn, "Id")),
			required(coded(text("action", "Action"), []geo.Code{{Value: "insert", Title: "Added"}, {Value: "update", Title: "Changed"}, {Value: "delete", Title: "Removed"}})),
			required(text("actor", "Who")), text("note", "Why"),
			{name: "recorded", sqlType: "DATETIME", rule: "NOT NULL", title: "When"},
			row("before", "Before"), row("after", "After"),
		},
	}
}

// names returns the names of the columns beside fid and geom.
func (t *table) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}
