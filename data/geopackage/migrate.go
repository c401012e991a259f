package geopackage

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"oxus/geo"
)

// layoutVersion counts the ways in which this package has laid out a file. A
// file with a higher number was made by a newer program and is left alone.
const layoutVersion = 1

// applicationID is "GPKG".
const (
	applicationID = 0x47504B47
	userVersion   = 10300
)

// What oxus_file knows.
const (
	fileStore        = "store"        // names the file in versions
	fileLayout       = "layout"       // the layoutVersion it was written with
	fileDeclarations = "declarations" // fingerprint of the declared tables
)

// build fills an empty database.
func (l *layout) build(ctx context.Context, c *sql.Conn) error {
	script := frameworkSQL + fmt.Sprintf("\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;", applicationID, userVersion)
	if _, err := c.ExecContext(ctx, script); err != nil {
		return err
	}
	id := make([]byte, 8)
	rand.Read(id)
	if _, err := c.ExecContext(ctx, `INSERT INTO oxus_file VALUES (?, ?)`, fileStore, hex.EncodeToString(id)); err != nil {
		return err
	}
	return l.bringUp(ctx, c, nil)
}

// bringUp makes the tables and columns that the declarations have and the file
// has not, describes all of them and notes what the file now holds. What other
// programs have added stays.
func (l *layout) bringUp(ctx context.Context, c *sql.Conn, there map[string][]fileColumn) error {
	for _, t := range l.tables {
		if err := t.bringUp(ctx, c, there[t.name]); err != nil {
			return fmt.Errorf("make the table %s: %w", t.name, err)
		}
	}
	if err := l.repairTriggers(ctx, c); err != nil {
		return err
	}
	for name, value := range map[string]string{fileLayout: strconv.Itoa(layoutVersion), fileDeclarations: l.fingerprint()} {
		if _, err := c.ExecContext(ctx, `INSERT INTO oxus_file VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) bringUp(ctx context.Context, c *sql.Conn, there []fileColumn) error {
	var statements []string
	if there == nil {
		statements = t.createSQL()
		triggers := t.indexTriggers()
		for _, name := range slices.Sorted(maps.Keys(triggers)) {
			statements = append(statements, triggers[name])
		}
	} else {
		for _, col := range t.missingFrom(there) {
			statements = append(statements, "ALTER TABLE "+quoted(t.name)+" ADD COLUMN "+col.definition())
		}
	}
	for _, s := range statements {
		if _, err := c.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	if there == nil {
		if err := t.register(ctx, c); err != nil {
			return err
		}
	}
	return t.describe(ctx, c)
}

func (t *table) missingFrom(there []fileColumn) []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(col column) bool {
		return slices.ContainsFunc(there, func(f fileColumn) bool { return f.name == col.name })
	})
}

// fingerprint names the declared tables, so that a file made from other
// declarations is known at a glance.
func (l *layout) fingerprint() string {
	h := sha256.New()
	for _, t := range l.tables {
		fmt.Fprintf(h, "%q %q %q %q\n", t.name, t.title, t.description, t.geometry)
		for _, c := range t.columns {
			fmt.Fprintf(h, "%q\n", fmt.Sprint(c))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// fileColumn is a column as the file has it.
type fileColumn struct{ name, sqlType string }

// columnsIn returns the columns of the tables of this layout that the file has.
func (l *layout) columnsIn(ctx context.Context, c *sql.Conn) (map[string][]fileColumn, error) {
	there := map[string][]fileColumn{}
	for _, t := range l.tables {
		columns, err := t.columnsIn(ctx, c)
		if err != nil {
			return nil, err
		}
		if len(columns) > 0 {
			there[t.name] = columns
		}
	}
	return there, nil
}

// namesIn are the names of the columns that the table has in the file, in their order.
func (t *table) namesIn(ctx context.Context, c *sql.Conn) ([]string, error) {
	columns, err := t.columnsIn(ctx, c)
	names := make([]string, len(columns))
	for i, f := range columns {
		names[i] = f.name
	}
	return names, err
}

func (t *table) columnsIn(ctx context.Context, c *sql.Conn) ([]fileColumn, error) {
	rows, err := c.QueryContext(ctx, `SELECT name, type FROM pragma_table_info(?) ORDER BY cid`, t.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var columns []fileColumn
	for rows.Next() {
		var f fileColumn
		if err := rows.Scan(&f.name, &f.sqlType); err != nil {
			return nil, err
		}
		columns = append(columns, f)
	}
	return columns, rows.Err()
}

// found is what check learnt of a file.
type found struct {
	store   string
	columns map[string][]fileColumn
	same    bool // it was made from these very declarations
}

// check refuses a file that does not have this layout.
func (l *layout) check(ctx context.Context, c *sql.Conn, path string) (*found, error) {
	facts, err := factsIn(ctx, c, path)
	if err != nil {
		return nil, err
	}
	there, err := l.columnsIn(ctx, c)
	if err != nil {
		return nil, err
	}
	f := &found{store: facts[fileStore], columns: there, same: facts[fileDeclarations] == l.fingerprint()}
	return f, l.compare(there, f.same, path)
}

// adopt checks the file and brings it up where it was made from other
// declarations. It returns the id of the store.
func (l *layout) adopt(ctx context.Context, c *sql.Conn, path string) (string, error) {
	f, err := l.check(ctx, c, path)
	switch {
	case err != nil:
		return "", err
	case f.same:
		return f.store, l.repairTriggers(ctx, c)
	default:
		return f.store, l.bringUp(ctx, c, f.columns)
	}
}

// factsIn reads what a file says of itself. A file that is not laid out by this
// package, or by a newer version of it, is refused.
func factsIn(ctx context.Context, c *sql.Conn, path string) (map[string]string, error) {
	foreign := geo.Errorf(geo.Invalid, "%s is not a GeoPackage made by Oxus; it was left as it is. Give the name of a new file, or import its layers.", filepath.Base(path))
	var id, ours int
	err := c.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema WHERE name = 'oxus_file')`).Scan(&id, &ours)
	if isCode(err, notADatabase) || err == nil && (id != applicationID || ours != 1) {
		return nil, foreign
	}
	if err != nil {
		return nil, err
	}
	facts, err := readFacts(ctx, c)
	if err != nil {
		return nil, err
	}
	version, err := strconv.Atoi(facts[fileLayout])
	switch {
	case err != nil || facts[fileStore] == "":
		return nil, foreign
	case version > layoutVersion:
		return nil, geo.Errorf(geo.Invalid, "%s was made by a newer version of Oxus; it was left as it is.", filepath.Base(path))
	}
	return facts, nil
}

func readFacts(ctx context.Context, c *sql.Conn) (map[string]string, error) {
	rows, err := c.QueryContext(ctx, `SELECT name, value FROM oxus_file`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	facts := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		facts[name] = value
	}
	return facts, rows.Err()
}

// compare refuses a file whose tables were changed by hand: a declared column
// of another type, or, where the file was made from these very declarations,
// one that is gone.
func (l *layout) compare(there map[string][]fileColumn, same bool, path string) error {
	var wrong []string
	for _, t := range l.tables {
		if same && there[t.name] == nil {
			wrong = append(wrong, "the table "+t.name+" is gone")
			continue
		}
		for _, f := range there[t.name] {
			if want := t.typeOf(f.name); want != "" && want != f.sqlType {
				wrong = append(wrong, fmt.Sprintf("%s.%s is %s instead of %s", t.name, f.name, f.sqlType, want))
			}
		}
		if same {
			for _, c := range t.missingFrom(there[t.name]) {
				wrong = append(wrong, fmt.Sprintf("the column %s.%s is gone", t.name, c.name))
			}
		}
	}
	if wrong == nil {
		return nil
	}
	return geo.Errorf(geo.Invalid, "%s does not have the tables of Oxus: %s. It was left as it is.", filepath.Base(path), strings.Join(wrong, "; "))
}

// typeOf returns the declared type of a column, "" for one that is not declared.
func (t *table) typeOf(name string) string {
	switch name {
	case fidColumn:
		return "INTEGER"
	case geomColumn:
		return t.geometry
	}
	for _, c := range t.columns {
		if c.name == name {
			return c.sqlType
		}
	}
	return ""
}

// repairTriggers makes the triggers that write the history what they should be:
// after a migration, after another program added a column, and where one took
// them away.
func (l *layout) repairTriggers(ctx context.Context, c *sql.Conn) error {
	if err := repairRecord(ctx, c); err != nil {
		return err
	}
	for _, t := range l.tables {
		names, err := t.namesIn(ctx, c)
		if err != nil {
			return err
		}
		for name, want := range t.recordTriggers(names) {
			if err := repairTrigger(ctx, c, name, want); err != nil {
				return fmt.Errorf("make the trigger %s: %w", name, err)
			}
		}
	}
	return nil
}

// repairRecord brings a file of an earlier program to the record's clock, and
// gives it a place for keys.
func repairRecord(ctx context.Context, c *sql.Conn) error {
	for _, statement := range slices.Concat([]string{keysSQL}, importsSQL, recordSQL) {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	var columns int
	err := c.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info('oxus_session') WHERE name = 'recorded'`).Scan(&columns)
	if err != nil || columns == 1 {
		return err
	}
	_, err = c.ExecContext(ctx, `ALTER TABLE oxus_session ADD COLUMN recorded TEXT`)
	return err
}

func repairTrigger(ctx context.Context, c *sql.Conn, name, want string) error {
	var found int
	err := c.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = ? AND sql = ?`, name, want).Scan(&found)
	if err != nil || found == 1 {
		return err
	}
	_, err = c.ExecContext(ctx, "DROP TRIGGER IF EXISTS "+quoted(name)+";\n"+want)
	return err
}
