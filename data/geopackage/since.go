package geopackage

import (
	"context"
	"database/sql"
	"encoding/json"

	"oxus/geo"
)

// missed are the revisions after the state that a change was made against, up to the
// last before the change itself.
type missed struct{ since, last int64 }

// missedBy is nil where the change asks nothing, or the record has not moved on. last is
// the number of the last revision before the change.
func missedBy(ch *geo.Change, last int64) *missed {
	if ch.Since == nil || last <= ch.Since.Last {
		return nil
	}
	return &missed{ch.Since.Last, last}
}

// refuse is a Conflict about the periods and sources of a part of which there are such
// revisions.
func (m *missed) refuse(ctx context.Context, c *sql.Conn, part *geo.Change) error {
	if m == nil {
		return nil
	}
	var faults []geo.Fault
	for _, rows := range part.Uncounted() {
		changed, err := m.changed(ctx, c, &rows)
		if err != nil {
			return err
		}
		for _, id := range changed {
			faults = append(faults, rows.Changed(id))
		}
	}
	if faults != nil {
		return &geo.Error{Kind: geo.Conflict, Faults: faults}
	}
	return nil
}

func (m *missed) changed(ctx context.Context, c *sql.Conn, of *geo.Rows) (ids []string, err error) {
	list, err := json.Marshal(of.IDs)
	if err != nil {
		return nil, err
	}
	entity := entityPeriod
	if of.Kind == geo.SourceRow {
		entity = entitySource
	}
	// One look into the index of rows for each id, however much was recorded since.
	rows, err := c.QueryContext(ctx, `SELECT DISTINCT i.value FROM json_each(?) i WHERE EXISTS (SELECT 1 FROM "revisions" r
		WHERE r."id" = i.value AND r."collection" = ? AND r."entity" = ? AND r."fid" > ? AND r."fid" <= ?) ORDER BY 1`,
		string(list), of.Collection, entity, m.since, m.last)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
