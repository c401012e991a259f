package geopackage

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"oxus/geo"
)

// The tables of the standard that tell of layers.
const (
	contentsTable        = "gpkg_contents"
	geometryColumnsTable = "gpkg_geometry_columns"
	systemsTable         = "gpkg_spatial_ref_sys"
	countsTable          = "gpkg_ogr_contents" // GDAL's own
)

// longestName and longestWKT are the most bytes of a name and of a definition of
// a coordinate reference system; real ones are below 100 and 5000.
const (
	longestName = 1000
	longestWKT  = 64 << 10
)

// declared is a table as the file declares it.
type declared struct {
	table    string
	geometry string // the column, "" for a table of attributes
	srs      int64
	// unlocated says that features are declared and no column for their geometry.
	unlocated bool
}

// readContents makes the layers of what gpkg_contents declares. A table that
// cannot be a layer is refused by itself.
func (f *LayerFile) readContents() error {
	tables, err := f.declarations()
	if err != nil {
		return err
	}
	for _, d := range tables {
		l, fault, err := f.openLayer(d)
		switch {
		case err != nil:
			return err
		case fault != nil:
			fault.Place.File = d.table
			f.refused = append(f.refused, *fault)
		default:
			f.layers = append(f.layers, l)
		}
	}
	switch {
	case len(f.layers) > 0:
		return nil
	case len(f.refused) > 0:
		return geo.Faulty(f.refused)
	}
	return f.broken(RuleNoLayer, "the file declares no table of features or attributes")
}

// declarations returns the tables of features and attributes, in the order they
// were added.
func (f *LayerFile) declarations() ([]declared, error) {
	if why, err := f.extraordinary(contentsTable); err != nil || why != "" {
		return nil, errors.Join(err, f.brokenIf(why != "", RuleNotGeoPackage, "%s, which tells of the layers, %s", contentsTable, why))
	}
	geometries, err := f.geometryColumns()
	if err != nil {
		return nil, err
	}
	var tables []declared
	count := 0
	err = f.each("SELECT table_name, data_type FROM "+contentsTable+" NOT INDEXED ORDER BY rowid LIMIT ?", func(row []any) {
		count++
		d := declared{table: nameIn(row[0])}
		switch kind := nameIn(row[1]); {
		case kind == "features":
			column, there := geometries[strings.ToLower(d.table)]
			d.geometry, d.srs, d.unlocated = column.geometry, column.srs, !there
		case kind != "attributes":
			return // tiles and the like
		}
		tables = append(tables, d)
	}, 2, f.limits.Layers+1)
	if err == nil && count > f.limits.Layers {
		err = f.broken(RuleLayers, "the file declares more than %d tables", f.limits.Layers)
	}
	return tables, err
}

func (f *LayerFile) brokenIf(is bool, rule geo.Rule, format string, args ...any) error {
	if !is {
		return nil
	}
	return f.broken(rule, format, args...)
}

// geometryColumns returns the geometry column of each table, by its name in
// small letters.
func (f *LayerFile) geometryColumns() (map[string]declared, error) {
	if why, err := f.extraordinary(geometryColumnsTable); err != nil || why != "" {
		return nil, err
	}
	columns := map[string]declared{}
	err := f.each("SELECT table_name, column_name, srs_id FROM "+geometryColumnsTable+" NOT INDEXED LIMIT ?", func(row []any) {
		srs, _ := row[2].(int64)
		columns[strings.ToLower(nameIn(row[0]))] = declared{geometry: nameIn(row[1]), srs: srs}
	}, 3, f.limits.Layers+1)
	return columns, err
}

// system returns what geo.Layer.CRS gives for a system of the file.
func (f *LayerFile) system(srs int64) (string, *geo.Fault, error) {
	if why, err := f.extraordinary(systemsTable); err != nil || why != "" {
		return "", nil, err
	}
	var organization, code, definition any
	err := f.conn.QueryRowContext(f.ctx, "SELECT organization, organization_coordsys_id, definition FROM "+systemsTable+" NOT INDEXED WHERE srs_id = ? LIMIT 1", srs).
		Scan(&organization, &code, &definition)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	if n, ok := code.(int64); ok && n > 0 && strings.EqualFold(nameIn(organization), "EPSG") {
		return "EPSG:" + strconv.FormatInt(n, 10), nil, nil
	}
	text, _ := definition.(string)
	switch {
	case len(text) > longestWKT:
		return "", faultf(RuleLayerSRS, "the definition of the coordinate reference system %d is longer than %d bytes", srs, longestWKT), nil
	case strings.EqualFold(strings.TrimSpace(text), "undefined"):
		return "", nil, nil
	}
	return strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD"), nil, nil
}

// extraordinary says why a name is not that of an ordinary table, "" where it
// is. Views and virtual tables run what the file brings along; they are told by
// the text that makes them, whatever the rest of the schema claims.
func (f *LayerFile) extraordinary(name string) (why string, err error) {
	why = "is not there"
	seen := 0
	err = f.each("SELECT type, rootpage, sql FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view') LIMIT 2", func(row []any) {
		seen++
		root, _ := row[1].(int64)
		made := strings.ToUpper(nameIn(row[2]))
		switch {
		case seen > 1:
			why = "is there twice"
		case row[0] != "table" || root <= 0 || !strings.HasPrefix(made, "CREATE TABLE"):
			why = "is no ordinary table but a view, a virtual table or the like, which is not run; save it as a layer of its own"
		default:
			why = ""
		}
	}, 3, name)
	return why, err
}

// each calls do with every row of a query of a few columns.
func (f *LayerFile) each(query string, do func(row []any), columns int, args ...any) (err error) {
	rows, err := f.conn.QueryContext(f.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values, into := destinations(columns)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		do(values)
	}
	return rows.Err()
}

// destinations returns n values and what scans into them.
func destinations(n int) (values, into []any) {
	values, into = make([]any, n), make([]any, n)
	for i := range values {
		into[i] = &values[i]
	}
	return values, into
}

// nameIn returns a text of the file that names something, cut where no name
// would go on.
func nameIn(v any) string {
	s, isText := v.(string)
	if !isText {
		s = fmt.Sprint(v)
	}
	return s[:min(len(s), longestName)]
}
