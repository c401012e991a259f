package geopackage

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"oxus/geo"
)

// rowReader makes rows of what the revisions hold of them. What is wrong in a
// recorded row is left out of it; the history is not refused for it.
type rowReader struct {
	file *File
	*loader
}

func (f *File) rowReader(ctx context.Context, c *sql.Conn) *rowReader {
	return &rowReader{f, newLoader(ctx, c)}
}

func (h *rowReader) revision(rows *sql.Rows) (r geo.Revision, err error) {
	var entity, recorded string
	var note, before, after sql.NullString
	if err = rows.Scan(&r.Number, &entity, &r.Collection, &r.ID, &r.Actor, &note, &recorded, &before, &after); err != nil {
		return r, err
	}
	if r.Recorded, err = time.Parse(time.RFC3339Nano, recorded); err != nil {
		return r, err
	}
	r.Kind, r.Note, r.Direct = kinds[entity], note.String, r.Actor == fileEdit
	r.Before, r.After = h.row(entity, r.Collection, r.ID, before), h.row(entity, r.Collection, r.ID, after)
	return r, nil
}

// row makes a row of its image, none of a null. A row of a collection that is
// no longer declared is none.
func (h *rowReader) row(entity, collection, id string, image sql.NullString) geo.Row {
	c, err := h.file.atlas.Collection(collection)
	if !image.Valid || err != nil && entity != entitySource {
		return geo.Row{}
	}
	switch entity {
	case entityFeature:
		blob, values := h.file.layout.features[collection].imageValues(image.String)
		f := h.feature(c, blob, values)
		f.ID = id
		return geo.Row{Feature: &f}
	case entityPeriod:
		_, values := h.file.table(periodsTable).imageValues(image.String)
		p := h.period(values)
		p.ID, p.Collection = id, collection
		return geo.Row{Period: &p}
	case entitySource:
		_, values := h.file.table(sourcesTable).imageValues(image.String)
		s := h.source(values)
		s.ID = id
		return geo.Row{Source: &s}
	default:
		return geo.Row{}
	}
}

// imageValues reads the JSON object of a row as the loader reads the row: its
// geometry, and its columns in order.
func (t *table) imageValues(image string) (blob []byte, values []any) {
	object := map[string]any{}
	d := json.NewDecoder(strings.NewReader(image))
	d.UseNumber()
	if err := d.Decode(&object); err != nil {
		return nil, make([]any, len(t.columns))
	}
	if text, ok := object[geomColumn].(string); ok {
		if b, err := hex.DecodeString(text); err == nil {
			blob = b
		}
	}
	values = make([]any, len(t.columns))
	for i := range t.columns {
		values[i] = imageValue(object[t.columns[i].name])
	}
	return blob, values
}

// imageValue turns a number into what SQLite gives for it.
func imageValue(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	if i, err := n.Int64(); err == nil && !bytes.ContainsAny([]byte(n), ".eE") {
		return i
	}
	f, _ := n.Float64() // SQLite writes the infinities as 9e999
	return f
}

// changed holds what rows were before they changed, by kind, collection and id.
type changed struct {
	features map[string]map[string]*geo.Feature
	periods  map[string]*geo.Period
	sources  map[string]*geo.Source
}

func newChanged() *changed {
	return &changed{features: map[string]map[string]*geo.Feature{}, periods: map[string]*geo.Period{}, sources: map[string]*geo.Source{}}
}

func (b *changed) set(kind geo.RowKind, collection, id string, row geo.Row) {
	switch kind {
	case geo.FeatureRow:
		if b.features[collection] == nil {
			b.features[collection] = map[string]*geo.Feature{}
		}
		b.features[collection][id] = row.Feature
	case geo.StatusRow:
		b.periods[collection+"/"+id] = row.Period
	case geo.SourceRow:
		b.sources[id] = row.Source
	}
}

// over returns the dataset with every changed row as it was.
func (b *changed) over(ds *geo.Dataset) *geo.Dataset {
	then := &geo.Dataset{Features: map[string][]geo.Feature{}}
	then.Sources = replaced(ds.Sources, b.sources, func(s *geo.Source) string { return s.ID })
	slices.SortFunc(then.Sources, func(x, y geo.Source) int { return cmp.Compare(x.ID, y.ID) })
	then.Periods = replaced(ds.Periods, b.periods, func(p *geo.Period) string { return p.Collection + "/" + p.ID })
	slices.SortFunc(then.Periods, geo.ComparePeriods)
	for id, features := range ds.Features {
		then.Features[id] = replaced(features, b.features[id], func(f *geo.Feature) string { return f.ID })
		slices.SortFunc(then.Features[id], func(x, y geo.Feature) int { return cmp.Compare(x.ID, y.ID) })
	}
	return then
}

// replaced returns the rows with those in before instead of what they became;
// nil there means that there was none.
func replaced[T any](now []T, before map[string]*T, key func(*T) string) []T {
	then := make([]T, 0, len(now)+len(before))
	for i := range now {
		if _, has := before[key(&now[i])]; !has {
			then = append(then, now[i])
		}
	}
	for _, row := range before {
		if row != nil {
			then = append(then, *row)
		}
	}
	if len(then) == 0 {
		return nil
	}
	return then
}
