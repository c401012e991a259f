package geopackage

import (
	"fmt"
	"slices"
	"strings"
)

// quoted writes a name as an SQL identifier, literal a text as an SQL string.
// Both are given names of the declarations only: data is bound.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return strings.Join(out, ", ")
}

// frameworkSQL makes the tables that the GeoPackage standard prescribes (1.3,
// annex C, and the Schema extension), and the two of this package: what the
// file is, and who is changing it. The session has a row only inside a
// transaction of this package, so no other program ever acts under it.
const frameworkSQL = standardSQL + ownSQL

// standardSQL makes what the standard prescribes, ownSQL what is this package's.
const (
	standardSQL = `
CREATE TABLE gpkg_spatial_ref_sys (
	srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
	organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
	table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
	last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
	min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
	CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
	table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
	srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
	CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
	CONSTRAINT uk_gc_table_name UNIQUE (table_name),
	CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
	CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
	table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
	CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (
	table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
	CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
	CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
	constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT,
	min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
	CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_spatial_ref_sys VALUES
	('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
	('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
	('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]', 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');
INSERT INTO gpkg_extensions VALUES
	('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
	('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write');`
	ownSQL = `
CREATE TABLE oxus_file (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE oxus_session (one INTEGER PRIMARY KEY CHECK (one = 1), actor TEXT NOT NULL, note TEXT, recorded TEXT);`
)

// createSQL makes the table, its index for histories or its spatial index, but
// no triggers.
func (t *table) createSQL() []string {
	parts := []string{quoted(fidColumn) + " INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"}
	if t.geometry != "" {
		parts = append(parts, quoted(geomColumn)+" "+t.geometry)
	}
	for _, c := range t.columns {
		parts = append(parts, c.definition())
	}
	if len(t.key) > 0 {
		parts = append(parts, "UNIQUE ("+quotedList(t.key)+")")
	}
	statements := []string{fmt.Sprintf("CREATE TABLE %s (\n\t%s)", quoted(t.name), strings.Join(parts, ",\n\t"))}
	if t.geometry != "" {
		statements = append(statements, "CREATE VIRTUAL TABLE "+quoted(t.rtree())+" USING rtree(id, minx, maxx, miny, maxy)")
	}
	if t.name == revisionsTable {
		statements = append(statements, `CREATE INDEX oxus_revisions_of ON "revisions" ("collection", "fid")`)
		statements = append(statements, recordSQL...)
	}
	return statements
}

// recordSQL is what the record is asked by: its clock, the rows it is about, and
// periods alone. It is made also in files that an earlier program made.
var recordSQL = []string{
	`CREATE INDEX IF NOT EXISTS oxus_revisions_when ON "revisions" ("recorded")`,
	`CREATE INDEX IF NOT EXISTS oxus_revisions_row ON "revisions" ("id", "collection")`,
	`CREATE INDEX IF NOT EXISTS oxus_revisions_removed ON "revisions" ("fid") WHERE "action" = 'delete'`,
	`CREATE INDEX IF NOT EXISTS oxus_revisions_periods ON "revisions" ("collection", "fid") WHERE "entity" = 'status period'`,
}

func (c *column) definition() string {
	return strings.TrimSpace(quoted(c.name) + " " + c.sqlType + " " + c.rule)
}

func (t *table) rtree() string { return "rtree_" + t.name + "_" + geomColumn }

// indexTriggers returns the triggers of the RTree extension (GeoPackage 1.3,
// F.3) by name.
func (t *table) indexTriggers() map[string]string {
	if t.geometry == "" {
		return nil
	}
	const (
		located = `(NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))`
		nowhere = `(NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))`
	)
	r := quoted(t.rtree())
	put := "INSERT OR REPLACE INTO " + r + ` VALUES (NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom"));`
	remove := "DELETE FROM " + r + ` WHERE id = OLD."fid";`
	removeBoth := "DELETE FROM " + r + ` WHERE id IN (OLD."fid", NEW."fid");`
	named := map[string]string{}
	add := func(suffix, event, when, body string) {
		named[t.rtree()+"_"+suffix] = t.trigger(t.rtree()+"_"+suffix, event, when, body)
	}
	add("insert", "AFTER INSERT", located, put)
	add("update1", `AFTER UPDATE OF "geom"`, `OLD."fid" = NEW."fid" AND `+located, put)
	add("update2", `AFTER UPDATE OF "geom"`, `OLD."fid" = NEW."fid" AND `+nowhere, remove)
	add("update3", "AFTER UPDATE", `OLD."fid" != NEW."fid" AND `+located, remove+" "+put)
	add("update4", "AFTER UPDATE", `OLD."fid" != NEW."fid" AND `+nowhere, removeBoth)
	add("delete", "AFTER DELETE", `OLD."geom" NOT NULL`, remove)
	return named
}

func (t *table) trigger(name, event, when, body string) string {
	if when != "" {
		when = "\nWHEN " + when
	}
	return fmt.Sprintf("CREATE TRIGGER %s %s ON %s%s\nBEGIN %s END", quoted(name), event, quoted(t.name), when, body)
}

// recordTriggers returns the triggers that write the history of the table, by
// name. columns are all columns the table has in the file, so that one that
// another program added is recorded too. They call nothing that SQLite itself
// does not bring, because they run in every program that edits the file.
func (t *table) recordTriggers(columns []string) map[string]string {
	named := map[string]string{}
	add := func(suffix, event, when, body string) {
		name := "oxus_" + t.name + "_" + suffix
		named[name] = t.trigger(name, event, when, body)
	}
	if t.entity == "" {
		const refuse = `SELECT RAISE(ABORT, 'the history cannot be changed');`
		add("keep_update", "BEFORE UPDATE", "", refuse)
		add("keep_delete", "BEFORE DELETE", "", refuse)
		// INSERT OR REPLACE deletes without a word to the trigger above.
		add("keep_replace", "BEFORE INSERT", `EXISTS (SELECT 1 FROM "revisions" WHERE "fid" = NEW."fid")`, refuse)
		return named
	}
	before, after := jsonRow("OLD", columns, ""), jsonRow("NEW", columns, "")
	event, raise, count := "AFTER UPDATE", "", ""
	if slices.Contains(columns, revisionColumn) {
		// The statements that raise the revision name no other column, so they
		// set off neither of the update triggers below, whatever the program's
		// setting for recursive triggers.
		others := slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == revisionColumn })
		event = "AFTER UPDATE OF " + quotedList(others)
		next := t.nextOf("NEW")
		raise = fmt.Sprintf(`UPDATE %s SET "revision" = max(OLD."revision" + 1, %s) WHERE "fid" = NEW."fid"; `, quoted(t.name), next)
		count = fmt.Sprintf(`UPDATE %s SET "revision" = %[2]s WHERE "fid" = NEW."fid" AND "revision" < %[2]s; `, quoted(t.name), next)
		after = jsonRow("NEW", columns, fmt.Sprintf(`(SELECT "revision" FROM %s WHERE "fid" = NEW."fid")`, quoted(t.name)))
		add("first", "BEFORE INSERT", `NEW."revision" < 1`, `SELECT RAISE(ABORT, 'a revision counts from 1');`)
		add("revision", `BEFORE UPDATE OF "revision"`, `NEW."revision" NOT IN (OLD."revision", OLD."revision" + 1, `+next+`)`,
			`SELECT RAISE(ABORT, 'the revision is counted by the file');`)
	}
	// What INSERT OR REPLACE and UPDATE OR REPLACE delete, they delete without a
	// word to any trigger: the last revision of the row tells what was there.
	replaced := t.replacedBy("NEW")
	added := t.record("NEW", "iif("+replaced+" IS NULL, 'insert', 'update')", replaced, after)
	removed := t.record("OLD", "'delete'", before, "NULL")
	add("insert", "AFTER INSERT", "", count+added)
	add("delete", "AFTER DELETE", "", removed)
	add("update", event, t.sameKey(), raise+t.record("NEW", "'update'", before, after))
	// A row that changes its key ends one history and begins another.
	add("rename", event, "NOT ("+t.sameKey()+")", raise+removed+" "+added)
	return named
}

func (t *table) sameKey() string {
	same := make([]string, len(t.key))
	for i, k := range t.key {
		same[i] = fmt.Sprintf("OLD.%[1]s IS NEW.%[1]s", quoted(k))
	}
	return strings.Join(same, " AND ")
}

// collectionOf returns the expression for the collection of a row.
func (t *table) collectionOf(row string) string { return strings.ReplaceAll(t.collection, "%s", row) }

// lastOf returns the expression that asks something of the last revision of a
// row's key; null where it has none.
func (t *table) lastOf(row, what string) string {
	return fmt.Sprintf(`(SELECT %s FROM "revisions" WHERE "entity" = %s AND "collection" = %s AND "id" = %s."id" ORDER BY "fid" DESC LIMIT 1)`,
		what, literal(t.entity), t.collectionOf(row), row)
}

// nextOf returns the expression for the revision that a row of a key that was there
// before counts on with; 1 where it was not.
func (t *table) nextOf(row string) string {
	return "coalesce(" + t.lastOf(row, `1 + json_extract(coalesce("after", "before"), '$.revision')`) + ", 1)"
}

// replacedBy returns the expression for what the last revision of a row's key left.
func (t *table) replacedBy(row string) string {
	return t.lastOf(row, `iif("action" = 'delete', NULL, "after")`)
}

// recordInto is where the expressions of recorded go.
const recordInto = `"revisions" ("entity", "collection", "id", "action", "actor", "note", "recorded", "before", "after")`

// record returns the statement that writes one revision of a row.
func (t *table) record(row, action, before, after string) string {
	return "INSERT INTO " + recordInto + " VALUES (" + t.recorded(row, action, before, after) + ");"
}

// recorded returns the expressions of a revision of a row.
func (t *table) recorded(row, action, before, after string) string {
	return strings.Join([]string{
		literal(t.entity), t.collectionOf(row), row + "." + quoted(idColumn), action,
		"coalesce((SELECT actor FROM oxus_session), " + literal(fileEdit) + ")", `(SELECT note FROM oxus_session)`,
		"coalesce((SELECT recorded FROM oxus_session), " + presentMoment + ")", before, after,
	}, ", ")
}

// fileEdit is the actor of what other programs change.
const fileEdit = "file edit"

// presentMoment is the SQL expression for now on the record's clock, which never
// runs backwards. Its texts sort as the moments do.
const presentMoment = `max(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), coalesce((SELECT "recorded" FROM "revisions" ORDER BY "fid" DESC LIMIT 1), ''))`

// jsonRow returns the expression that writes a row as a JSON object. revision,
// when not "", stands for the value of that column.
func jsonRow(row string, columns []string, revision string) string {
	// A function takes 127 arguments in many builds of SQLite.
	const most = 60
	var objects []string
	for part := range slices.Chunk(columns, most) {
		var pairs []string
		for _, c := range part {
			value := row + "." + quoted(c)
			switch {
			case c == geomColumn:
				value = "nullif(hex(" + value + "), '')"
			case c == revisionColumn && revision != "":
				value = revision
			}
			pairs = append(pairs, literal(c)+", "+value)
		}
		objects = append(objects, "json_object("+strings.Join(pairs, ", ")+")")
	}
	joined := objects[0]
	for _, o := range objects[1:] {
		joined = "rtrim(" + joined + ", '}') || ',' || ltrim(" + o + ", '{')"
	}
	return joined
}
