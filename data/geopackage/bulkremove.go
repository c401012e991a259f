package geopackage

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"oxus/geo"
)

// bulkRemovals is how many features in a row a change removes at least that are removed
// together.
const bulkRemovals = 100

// removedTogether are so many removals from the first on as go together: features of
// one collection, if there are enough of them, or if the triggers of their table are
// taken away already.
func (b *bulkAdding) removedTogether(removals []geo.Removal) int {
	if b == nil || removals[0].Kind != geo.FeatureRow {
		return 0
	}
	t := b.file.layout.features[removals[0].Collection]
	if t == nil {
		return 0
	}
	n := slices.IndexFunc(removals, func(r geo.Removal) bool { return r.Kind != geo.FeatureRow || r.Collection != removals[0].Collection })
	if n < 0 {
		n = len(removals)
	}
	if bt := b.tables[t.name]; n < bulkRemovals && (bt == nil || !bt.removes) {
		return 0
	}
	return min(n, recordedTogether)
}

// remove removes features of one table with one statement, and writes their history
// with another. It reports every one that is not there, or not at the revision expected.
func (b *bulkAdding) remove(ctx context.Context, removals []geo.Removal, e *extent) ([]geo.Fault, error) {
	bt, err := b.of(ctx, e.table)
	if err != nil {
		return nil, err
	}
	if err := bt.beginRemoving(ctx, b.c); err != nil {
		return nil, err
	}
	fids, faults, err := bt.find(ctx, b.c, removals, e)
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	list, err := json.Marshal(fids)
	if err != nil {
		return nil, err
	}
	for _, statement := range []string{bt.recordRemoved, "DELETE FROM " + quoted(bt.table.name) + ` WHERE "fid" IN (SELECT value FROM json_each(?))`} {
		if _, err := b.c.ExecContext(ctx, statement, string(list)); err != nil {
			return nil, err
		}
	}
	if bt.indexed {
		for _, fid := range fids {
			bt.removed[fid] = true
		}
	}
	return nil, nil
}

// beginRemoving takes the triggers of removed rows away, and writes the statement that
// makes up for what they record.
func (bt *bulkTable) beginRemoving(ctx context.Context, c *sql.Conn) error {
	if bt.removes {
		return nil
	}
	t := bt.table
	names, err := t.namesIn(ctx, c)
	if err != nil {
		return err
	}
	row := quoted(t.name)
	bt.recordRemoved = "INSERT INTO " + recordInto + " SELECT " + t.recorded(row, "'delete'", jsonRow(row, names, ""), "NULL") +
		" FROM json_each(?) r CROSS JOIN " + row + " ON " + row + `."fid" = r.value ORDER BY r.key`
	if _, err := bt.suspend(ctx, c, "oxus_"+t.name+"_delete"); err != nil {
		return err
	}
	if bt.indexed {
		if _, err := bt.suspend(ctx, c, t.rtree()+"_delete"); err != nil {
			return err
		}
	}
	bt.removes, bt.removed = true, map[int64]bool{}
	return nil
}

// find returns the rows to remove, or what is wrong with some, and takes them out of the
// extent.
func (bt *bulkTable) find(ctx context.Context, c *sql.Conn, removals []geo.Removal, e *extent) (fids []int64, faults []geo.Fault, err error) {
	ids := make([]string, len(removals))
	for i := range removals {
		ids[i] = removals[i].ID
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, err
	}
	geometry, row := "NULL", quoted(bt.table.name)
	if bt.table.geometry != "" {
		geometry = row + "." + quoted(geomColumn)
	}
	rows, err := c.QueryContext(ctx, "SELECT r.key, "+row+`."fid", `+row+`."revision", `+geometry+
		" FROM json_each(?) r LEFT JOIN "+row+" ON "+row+`."id" = r.value ORDER BY r.key`, string(list))
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	var n int
	var fid, revision sql.NullInt64
	var old sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&n, &fid, &revision, &old); err != nil {
			return nil, nil, err
		}
		r := &removals[n]
		switch {
		case !fid.Valid:
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: "it is not there any more"})
		case revision.Int64 != r.Expect:
			faults = append(faults, geo.Fault{Rule: geo.RuleChanged, Place: r.Place(), Detail: fmt.Sprintf("it is at revision %d, not %d", revision.Int64, r.Expect)})
		default:
			e.remove(old)
			fids = append(fids, fid.Int64)
		}
	}
	return fids, faults, rows.Err()
}
