package ingest

import (
	"errors"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// feature makes the feature a record stands for. What no field fills is kept
// from the stored feature.
func (b *builder) feature(r *geo.Record, id string, stored *geo.Feature) (geo.Feature, []geo.Fault) {
	c := b.target
	f := geo.Feature{ID: id, Values: make([]geo.Value, len(c.Properties))}
	if stored != nil {
		f = *stored
		f.Values = slices.Clone(stored.Values)
	}
	if i := c.PropertyIndex(periodBasis); i >= 0 && c.kind == geo.StatusRow && !b.mapping.has(periodBasis) {
		f.Values[i] = nil // how the end is known follows from the end that the row gives
	}
	var faults []geo.Fault
	fault := func(field string, rule geo.Rule, err error) {
		place := b.place(r, id)
		place.Field = field
		var own geo.Fault
		if errors.As(err, &own) {
			rule, place.Point = own.Rule, own.Place.Point
			err = errors.New(own.Detail)
		}
		faults = append(faults, geo.Fault{Rule: rule, Place: place, Detail: err.Error()})
	}
	for i := range c.Properties {
		p := &c.Properties[i]
		if b.fields[i] < 0 {
			continue
		}
		v, err := b.value(r, p, b.fields[i], f.Values[i], id)
		if err != nil {
			fault(p.Name, geo.RuleType, err)
			continue
		}
		f.Values[i] = v
	}
	b.lifetime(r, &f, fault)
	if err := b.cite(r, &f, stored); err != nil {
		fault(geo.SourcesID, geo.RuleType, err)
	}
	if err := b.position(r, &f, stored); err != nil {
		fault("geometry", ruleOf(err), err)
	}
	return f, faults
}

// value returns what a record gives a property by the field at a position, -1 for
// none. Where the file only has the beginning of what is stored, that is kept: a field
// that is too narrow must not shorten what is known.
func (b *builder) value(r *geo.Record, p *geo.Property, field int, stored geo.Value, id string) (geo.Value, error) {
	raw := valueOf(r, field)
	if stored == nil {
		return convert(p, raw)
	}
	text := strings.TrimSpace(asText(raw))
	switch {
	case isStored(text, stored):
		return stored, nil
	case filled(r, field) && begins(text, stored):
		b.warn(Warning, RuleMayBeCut, r, id, p.Name, "the text fills its field and may be cut: what is stored is kept")
		return stored, nil
	}
	return convert(p, raw)
}

func (b *builder) lifetime(r *geo.Record, f *geo.Feature, fault func(string, geo.Rule, error)) {
	l := b.target.Lifetime
	for _, end := range []struct {
		name, precision string
		into            *geo.PartialDate
	}{{l.From, l.FromPrecision, &f.Lifetime.From}, {l.To, l.ToPrecision, &f.Lifetime.To}} {
		if !b.mapping.has(end.name) {
			continue
		}
		d, err := toDate(b.mapping.value(r, end.name), b.mapping.value(r, end.precision))
		if err != nil {
			fault(end.name, geo.RuleType, err)
			continue
		}
		*end.into = d
	}
}

// sourcesProperty is how the sources of a feature are read from a file.
var sourcesProperty = geo.Property{Name: geo.SourcesID, Type: geo.TextList}

// cite takes the sources a record names. A record that names none leaves the
// stored ones.
func (b *builder) cite(r *geo.Record, f, stored *geo.Feature) error {
	var known geo.Value
	if stored != nil {
		known = stored.Sources
	}
	v, err := b.value(r, &sourcesProperty, b.mapping.field(geo.SourcesID), known, f.ID)
	if list, _ := v.([]string); len(list) > 0 {
		f.Sources = list
	}
	f.Sources = each(f.Sources)
	return err
}

// each returns the members of a list, each once. It does not change the list, which may
// be a stored one.
func each(list []string) []string {
	once := list[:0:0]
	for _, s := range list {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// sameDistance is the distance in metres below which a position counts as not
// moved: projections and the decimals of a file move every point a little.
const sameDistance = 0.01

// position takes the record's geometry into WGS 84. A record without one leaves
// the stored one: a file must say more than nothing to lose a position.
func (b *builder) position(r *geo.Record, f, stored *geo.Feature) error {
	if b.target.Geometry == geo.NoGeometry {
		return nil
	}
	flat, err := geo.Flatten(r.Geometry)
	if err != nil {
		return err
	}
	if flat.DroppedZ {
		b.report.Counts.DroppedZ++
	}
	if flat.DroppedM {
		b.report.Counts.DroppedM++
	}
	if flat.Geometry == nil {
		if stored != nil && stored.Geometry != nil {
			b.warn(Warning, RuleNoGeometry, r, f.ID, "", "it has no geometry in the file: the stored one is kept")
		}
		return nil
	}
	g, err := b.project(single(flat.Geometry))
	if err != nil {
		return err
	}
	b.at = firstOf(g)
	if stored != nil && near(stored.Geometry, g) {
		return nil
	}
	mended, taken, err := mend(g)
	if err != nil {
		return err
	}
	if taken > 0 {
		b.warn(Repair, RuleRepeated, r, f.ID, "", "%d vertices that repeat the one before are left out", taken)
	}
	if stored == nil || taken == 0 || !near(stored.Geometry, mended) {
		f.Geometry = mended
	}
	return nil
}

// single unwraps collections of one: shapefiles know no difference.
func single(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.MultiPoint:
		if len(g) == 1 {
			return g[0]
		}
	case orb.MultiLineString:
		if len(g) == 1 {
			return g[0]
		}
	}
	return g
}
