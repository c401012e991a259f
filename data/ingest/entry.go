package ingest

import (
	"encoding/json"
	"fmt"

	"github.com/paulmach/orb/encoding/wkb"

	"oxus/geo"
)

// ChangeOf is the change that makes the rows what they become.
func ChangeOf(rows []geo.ImportRow, atlas *geo.Atlas) (geo.Change, error) {
	var ch geo.Change
	for i := range rows {
		if err := addTo(&ch, &rows[i], atlas); err != nil {
			return ch, err
		}
	}
	return ch, nil
}

// addTo writes a row into a change.
func addTo(ch *geo.Change, e *Entry, atlas *geo.Atlas) error {
	var expect int64
	if e.Before.Feature != nil {
		expect = e.Before.Feature.Revision
	}
	switch {
	case !e.After.Exists():
		ch.Removals = append(ch.Removals, geo.Removal{Kind: e.Kind, Collection: e.Collection, ID: e.ID, Expect: expect})
	case e.After.Period != nil:
		ch.Periods = append(ch.Periods, *e.After.Period)
	case e.After.Source != nil:
		ch.Sources = append(ch.Sources, *e.After.Source)
	default:
		c, err := atlas.Stored(e.Collection)
		if err != nil {
			return err
		}
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: *e.After.Feature, Expect: expect})
	}
	return nil
}

// Entry is a row that an import changes.
type Entry = geo.ImportRow

// entryJSON is how an entry is staged. Values go by name, so that what was staged
// before properties were added is read after it.
type entryJSON struct {
	Record     int         `json:"n,omitempty"`
	Collection string      `json:"c,omitempty"`
	Kind       geo.RowKind `json:"k"`
	ID         string      `json:"id"`
	Before     *rowJSON    `json:"b,omitempty"`
	After      *rowJSON    `json:"a,omitempty"`
}

type rowJSON struct {
	Geometry []byte                     `json:"g,omitempty"` // WKB
	Values   map[string]json.RawMessage `json:"v,omitempty"`
	Lifetime *geo.Lifetime              `json:"l,omitempty"`
	Sources  []string                   `json:"s,omitempty"`
	Revision int64                      `json:"r,omitempty"`
	Period   *geo.Period                `json:"p,omitempty"`
	Source   *geo.Source                `json:"o,omitempty"`
}

// encodeEntry writes an entry as one line of JSON.
func encodeEntry(e *Entry, atlas *geo.Atlas) ([]byte, error) {
	plain := entryJSON{Record: e.Record, Collection: e.Collection, Kind: e.Kind, ID: e.ID}
	var err error
	if plain.Before, err = encodeRow(e.Before, e.Collection, atlas); err == nil {
		plain.After, err = encodeRow(e.After, e.Collection, atlas)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

func encodeRow(r geo.Row, collection string, atlas *geo.Atlas) (*rowJSON, error) {
	switch {
	case r.Period != nil || r.Source != nil:
		return &rowJSON{Period: r.Period, Source: r.Source}, nil
	case r.Feature == nil:
		return nil, nil
	}
	c, err := atlas.Collection(collection)
	if err != nil {
		return nil, err
	}
	f := r.Feature
	row := &rowJSON{Sources: f.Sources, Revision: f.Revision, Values: map[string]json.RawMessage{}}
	if l := f.Lifetime; l.From.Known() || l.To.Known() {
		row.Lifetime = &l
	}
	if f.Geometry != nil {
		if row.Geometry, err = wkb.Marshal(f.Geometry); err != nil {
			return nil, err
		}
	}
	for i, v := range f.Values {
		if v == nil {
			continue
		}
		if row.Values[c.Properties[i].Name], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func decodeEntry(line []byte, atlas *geo.Atlas) (Entry, error) {
	var plain entryJSON
	if err := json.Unmarshal(line, &plain); err != nil {
		return Entry{}, err
	}
	e := Entry{Record: plain.Record, Collection: plain.Collection, Kind: plain.Kind, ID: plain.ID}
	var err error
	if e.Before, err = plain.Before.decode(e.Collection, e.ID, atlas); err == nil {
		e.After, err = plain.After.decode(e.Collection, e.ID, atlas)
	}
	return e, err
}

func (row *rowJSON) decode(collection, id string, atlas *geo.Atlas) (geo.Row, error) {
	switch {
	case row == nil:
		return geo.Row{}, nil
	case row.Period != nil || row.Source != nil:
		return geo.Row{Period: row.Period, Source: row.Source}, nil
	}
	c, err := atlas.Collection(collection)
	if err != nil {
		return geo.Row{}, err
	}
	f := &geo.Feature{ID: id, Values: make([]geo.Value, len(c.Properties)), Sources: row.Sources, Revision: row.Revision}
	if row.Lifetime != nil {
		f.Lifetime = *row.Lifetime
	}
	if row.Geometry != nil {
		if f.Geometry, err = wkb.Unmarshal(row.Geometry); err != nil {
			return geo.Row{}, err
		}
	}
	for name, text := range row.Values {
		i := c.PropertyIndex(name)
		if i < 0 {
			return geo.Row{}, fmt.Errorf("%s has no property %q any more", collection, name)
		}
		if f.Values[i], err = decodeValue(c.Properties[i].Type, text); err != nil {
			return geo.Row{}, err
		}
	}
	return geo.Row{Feature: f}, nil
}

func decodeValue(t geo.PropertyType, text json.RawMessage) (geo.Value, error) {
	switch t {
	case geo.Integer:
		return decodeAs[int64](text)
	case geo.Number:
		return decodeAs[float64](text)
	case geo.TextList:
		return decodeAs[[]string](text)
	default:
		return decodeAs[string](text)
	}
}

func decodeAs[T any](text json.RawMessage) (geo.Value, error) {
	var v T
	err := json.Unmarshal(text, &v)
	return v, err
}
