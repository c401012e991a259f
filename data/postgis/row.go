package postgis

import (
	"fmt"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
)

// wgs84 is the SRID of every stored geometry.
const wgs84 = 4326

// featureRow receives the columns of featureColumns. It is used again for each
// row; the features made from it share nothing with it.
type featureRow struct {
	revision         int64
	id               string
	geometry         pgtype.DriverBytes
	sources          []string
	from, to         pgtype.Date
	fromPrec, toPrec pgtype.Text
	values           []any
}

func newFeatureRow(c *geo.Collection) *featureRow {
	r := &featureRow{values: make([]any, len(c.Properties))}
	for i := range c.Properties {
		switch c.Properties[i].Type {
		case geo.Integer:
			r.values[i] = new(pgtype.Int8)
		case geo.Number:
			r.values[i] = new(pgtype.Float8)
		case geo.TextList:
			r.values[i] = new([]string)
		case geo.Text, geo.Partial:
			r.values[i] = new(pgtype.Text)
		}
	}
	return r
}

func (r *featureRow) targets() []any {
	return append([]any{
		&r.revision, &r.id, &r.geometry, &r.sources, &r.from, &r.fromPrec, &r.to, &r.toPrec,
	}, r.values...)
}

func (r *featureRow) feature() (*geo.Feature, error) {
	f := &geo.Feature{ID: r.id, Revision: r.revision, Sources: r.sources, Values: make([]geo.Value, len(r.values))}
	r.sources = nil // the feature's own from here on
	for i, v := range r.values {
		f.Values[i] = taken(v)
	}
	var err error
	if f.Lifetime.From, err = partial(r.from, r.fromPrec); err != nil {
		return nil, err
	}
	if f.Lifetime.To, err = partial(r.to, r.toPrec); err != nil {
		return nil, err
	}
	if r.geometry != nil {
		if f.Geometry, _, err = ewkb.Unmarshal(r.geometry); err != nil {
			return nil, fmt.Errorf("read the geometry of %s: %w", r.id, err)
		}
	}
	return f, nil
}

// taken takes the value out of a scan target.
func taken(target any) geo.Value {
	switch v := target.(type) {
	case *pgtype.Text:
		if v.Valid {
			return v.String
		}
	case *pgtype.Int8:
		if v.Valid {
			return v.Int64
		}
	case *pgtype.Float8:
		if v.Valid {
			return v.Float64
		}
	case *[]string:
		if list := *v; list != nil {
			*v = nil
			return list
		}
	}
	return nil
}

func partial(day pgtype.Date, precision pgtype.Text) (geo.PartialDate, error) {
	if !day.Valid {
		return geo.PartialDate{}, nil
	}
	p, err := geo.ParsePrecision(precision.String)
	return geo.PartialDate{Date: geo.DateOf(day.Time), Precision: p}, err
}

// periodRow receives the columns of periodColumns; all are null when nothing is
// documented.
type periodRow struct {
	id, feature, project, kind, status pgtype.Text
	from, to                           pgtype.Date
	fromPrec, toPrec                   pgtype.Text
	basis, cause, summary              pgtype.Text
	sources                            []string
}

func (r *periodRow) targets() []any {
	return []any{
		&r.id, &r.feature, &r.project, &r.kind, &r.status, &r.from, &r.fromPrec,
		&r.to, &r.toPrec, &r.basis, &r.cause, &r.summary, &r.sources,
	}
}

// period returns the period of the row, nil when there is none.
func (r *periodRow) period(c *geo.Collection) (*geo.Period, error) {
	if !r.id.Valid {
		return nil, nil //nolint:nilnil // a left join that found nothing
	}
	p := &geo.Period{
		ID: r.id.String, Collection: c.ID, Scope: geo.OfFeature, Owner: r.feature.String,
		Kind: geo.PeriodKind(r.kind.String), Status: r.status.String, Basis: geo.EndBasis(r.basis.String),
		Cause: r.cause.String, Summary: r.summary.String, Sources: r.sources,
	}
	r.sources = nil
	if r.project.Valid {
		p.Scope, p.Owner = geo.OfProject, r.project.String
	}
	var err error
	if p.From, err = partial(r.from, r.fromPrec); err != nil {
		return nil, err
	}
	p.To, err = partial(r.to, r.toPrec)
	return p, err
}

// sourceColumns are the columns that scanSource reads.
const sourceColumns = "id, publisher, title, coalesce(url, ''), coalesce(published, ''), coalesce(accessed, ''), coalesce(supports, ''), coalesce(audience, '')"

func scanSource(row pgx.CollectableRow) (geo.Source, error) {
	var s geo.Source
	var published, accessed string
	err := row.Scan(&s.ID, &s.Publisher, &s.Title, &s.URL, &published, &accessed, &s.Supports, &s.Audience)
	if err != nil {
		return s, err
	}
	if s.Published, err = geo.ParsePartialDate(published); err != nil {
		return s, err
	}
	s.Accessed, err = geo.ParsePartialDate(accessed)
	return s, err
}

// encoded is a geometry as PostGIS takes it, nil for none.
func encoded(g orb.Geometry) ([]byte, error) {
	if g == nil {
		return nil, nil
	}
	return ewkb.Marshal(g, wgs84)
}
