package seed

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// row is one line of a CSV file by column name.
type row struct {
	at    geo.Place
	cells map[string]string
}

// table reads a CSV file whose columns must all be among known. A row of the
// wrong length is a fault of its own and is left out.
func (r *reader) table(name string, known map[string]bool) []row {
	f, err := r.fsys.Open(name)
	if err != nil {
		r.fault(RuleFile, geo.Place{File: name}, "the file cannot be opened")
		return nil
	}
	defer f.Close()
	lines := csv.NewReader(f)
	header, err := lines.Read()
	if err != nil {
		r.fault(RuleFile, geo.Place{File: name, Line: 1}, "the file has no header")
		return nil
	}
	for _, column := range header {
		if !known[column] {
			r.fault(RuleColumn, geo.Place{File: name, Line: 1, Field: column}, "nothing declares this column")
		}
	}
	var rows []row
	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		var broken *csv.ParseError
		switch {
		case errors.As(err, &broken):
			r.fault(RuleFile, geo.Place{File: name, Line: broken.StartLine}, "%v", broken.Err)
			if !errors.Is(err, csv.ErrFieldCount) {
				return rows // what follows a lost quote cannot be told apart
			}
			continue
		case err != nil:
			r.fault(RuleFile, geo.Place{File: name}, "the file cannot be read to its end")
			return rows
		}
		line, _ := lines.FieldPos(0)
		rows = append(rows, row{geo.Place{File: name, Line: line}, byColumn(header, cells)})
	}
}

func byColumn(header, cells []string) map[string]string {
	m := make(map[string]string, len(header))
	for i, column := range header {
		m[column] = cells[i]
	}
	return m
}

func columns(names ...string) map[string]bool {
	known := make(map[string]bool, len(names))
	for _, n := range names {
		known[n] = true
	}
	return known
}

func (r *reader) featureTable(c *geo.Collection, name string) []geo.Feature {
	l := c.Lifetime
	known := columns("id", "lon", "lat", geo.SourcesID, l.From, l.FromPrecision, l.To, l.ToPrecision)
	for _, p := range c.Properties {
		known[p.Name] = true
	}
	var features []geo.Feature
	for _, row := range r.table(name, known) {
		f := geo.Feature{ID: row.cells["id"], Sources: list(row.cells[geo.SourcesID])}
		row.at.Feature = f.ID
		r.remember(c.ID, f.ID, row.at)
		f.Geometry = r.point(row)
		f.Lifetime.From = r.dated(row.at, l.From, row.cells[l.From], row.cells[l.FromPrecision])
		f.Lifetime.To = r.dated(row.at, l.To, row.cells[l.To], row.cells[l.ToPrecision])
		for i := range c.Properties {
			f.Values = append(f.Values, r.cell(row, &c.Properties[i]))
		}
		features = append(features, f)
	}
	return features
}

func (r *reader) cell(row row, p *geo.Property) geo.Value {
	text := row.cells[p.Name]
	if text == "" {
		return nil
	}
	if p.Type == geo.TextList {
		return list(text)
	}
	v, err := p.ParseValue(text)
	if err != nil {
		row.at.Field = p.Name
		r.fault(geo.RuleType, row.at, "%v", err)
	}
	return v
}

// point reads lon and lat; both blank means known but not located.
func (r *reader) point(row row) orb.Geometry {
	lon, lat := row.cells["lon"], row.cells["lat"]
	if lon == "" && lat == "" {
		return nil
	}
	x, errX := strconv.ParseFloat(lon, 64)
	y, errY := strconv.ParseFloat(lat, 64)
	if err := errors.Join(errX, errY); err != nil {
		r.fault(geo.RuleType, row.at, "the position %q %q is not two numbers", lon, lat)
		return nil
	}
	return orb.Point{x, y}
}

func (r *reader) sources(name string) []geo.Source {
	known := columns("id", "publisher", "title", "url", "published", "accessed", "supports")
	var sources []geo.Source
	for _, row := range r.table(name, known) {
		s := geo.Source{
			ID: row.cells["id"], Publisher: row.cells["publisher"], Title: row.cells["title"],
			URL: row.cells["url"], Supports: row.cells["supports"],
		}
		r.remember(geo.SourcesID, s.ID, row.at)
		s.Published = r.partial(row.at, "published", row.cells["published"])
		s.Accessed = r.partial(row.at, "accessed", row.cells["accessed"])
		sources = append(sources, s)
	}
	return sources
}

func (r *reader) periods(name string) []geo.Period {
	known := columns("collection", "scope", "owner", "kind", "status", "from_date", "from_precision",
		"to_date", "end_basis", "cause", "summary", "sources")
	taken := map[string]int{}
	var periods []geo.Period
	for _, row := range r.table(name, known) {
		p := geo.Period{
			Collection: row.cells["collection"], Scope: geo.Scope(row.cells["scope"]), Owner: row.cells["owner"],
			Kind: geo.PeriodKind(row.cells["kind"]), Status: row.cells["status"],
			Basis: geo.EndBasis(row.cells["end_basis"]), Cause: row.cells["cause"],
			Summary: row.cells["summary"], Sources: list(row.cells["sources"]),
		}
		p.From = r.dated(row.at, "from_date", row.cells["from_date"], row.cells["from_precision"])
		p.To = r.partial(row.at, "to_date", row.cells["to_date"])
		p.ID = periodID(&p, taken)
		r.remember(geo.StatusID, p.Collection+"/"+p.ID, row.at)
		periods = append(periods, p)
	}
	return periods
}

// periodID makes the id of a period from what it says, so that it stays the
// same while rows are added around it.
func periodID(p *geo.Period, taken map[string]int) string {
	id := p.Owner + "." + p.From.String() + "." + string(p.Kind)
	key := p.Collection + "/" + id
	taken[key]++
	if n := taken[key]; n > 1 {
		id += "." + strconv.Itoa(n)
	}
	return id
}
