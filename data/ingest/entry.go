package ingest

import "oxus/geo"

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
		r := geo.Removal{Kind: e.Kind, Collection: e.Collection, ID: e.ID, Expect: expect}
		if e.Kind == geo.SourceRow {
			r.Collection = "" // the record has sources as a collection, a removal has not
		}
		ch.Removals = append(ch.Removals, r)
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
