package postgis

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Added rows go to the database in the binary form of COPY: each begins with the
// number of its fields, and each field with its length, -1 for none. They are written
// as that before the database is asked for anything, while it takes the rows before.

const (
	copyHead = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyEnd  = "\xff\xff"
	noField  = 0xffffffff
	// countedBytes is what the revision and the moment at the end of each row take.
	countedBytes = 2 * (4 + 8)
)

// copied are rows of features to add, as COPY takes them. Their revisions and their
// moment, which only the database knows, are filled in at the end.
type copied struct {
	buf  []byte
	ids  []string
	ends []int // of the rows in buf
}

// add writes the row of a feature, whose values fit the properties.
func (w *copied) add(t *table, f *geo.Feature) error {
	if w.buf == nil {
		w.buf = append(w.buf, copyHead...)
	}
	geometry, err := encoded(f.Geometry)
	if err != nil {
		return err
	}
	w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(len(t.stored)+2)) //nolint:gosec // columns are few
	w.text(f.ID)
	if geometry == nil {
		w.none()
	} else {
		w.length(len(geometry))
		w.buf = append(w.buf, geometry...)
	}
	w.list(f.Sources)
	w.date(f.Lifetime.From)
	w.date(f.Lifetime.To)
	for i := range t.collection.Properties {
		if i >= len(f.Values) {
			w.none()
		} else if err := w.value(f.Values[i]); err != nil {
			return err
		}
	}
	w.whole(0)
	w.whole(0)
	w.ids, w.ends = append(w.ids, f.ID), append(w.ends, len(w.buf))
	return nil
}

func (w *copied) value(v geo.Value) error {
	switch v := v.(type) {
	case nil:
		w.none()
	case string:
		w.text(v)
	case int64:
		w.whole(v)
	case float64:
		w.length(8)
		w.buf = binary.BigEndian.AppendUint64(w.buf, math.Float64bits(v))
	case []string:
		w.list(v)
	default:
		return fmt.Errorf("a value of the type %T cannot be stored", v)
	}
	return nil
}

func (w *copied) length(n int) {
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(n)) //nolint:gosec // of a field, which is in memory
}

func (w *copied) none() { w.buf = binary.BigEndian.AppendUint32(w.buf, noField) }

func (w *copied) text(s string) {
	w.length(len(s))
	w.buf = append(w.buf, s...)
}

func (w *copied) whole(n int64) {
	w.length(8)
	w.buf = binary.BigEndian.AppendUint64(w.buf, uint64(n)) //nolint:gosec // the same bits
}

// list writes an array of texts: dimensions, whether it has holes, the type of its
// members, then how many from 1 on. One that is nil is no array.
func (w *copied) list(list []string) {
	if list == nil {
		w.none()
		return
	}
	at := len(w.buf)
	w.length(0)
	dimensions := []uint32{1, 0, pgtype.TextOID, uint32(len(list)), 1} //nolint:gosec // it is in memory
	if len(list) == 0 {
		dimensions = []uint32{0, 0, pgtype.TextOID}
	}
	for _, n := range dimensions {
		w.buf = binary.BigEndian.AppendUint32(w.buf, n)
	}
	for _, s := range list {
		w.text(s)
	}
	binary.BigEndian.PutUint32(w.buf[at:], uint32(len(w.buf)-at-4)) //nolint:gosec // it is in memory
}

// firstDay is the day that PostgreSQL counts from.
func firstDay() time.Time { return time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC) }

// date writes a date and its precision, none of both when it is unknown.
func (w *copied) date(d geo.PartialDate) {
	if !d.Known() {
		w.none()
		w.none()
		return
	}
	w.length(4)
	days := d.Date - geo.DateOf(firstDay())
	w.buf = binary.BigEndian.AppendUint32(w.buf, uint32(days)) //nolint:gosec // the same bits
	w.text(d.Precision.String())
}

// count fills in the revisions, each of which counts on from the one reached by its id,
// and the moment.
func (w *copied) count(reached map[string]int64, moment time.Time) {
	for i, end := range w.ends {
		tail := w.buf[end-countedBytes : end]
		binary.BigEndian.PutUint64(tail[4:], uint64(1+reached[w.ids[i]]))                    //nolint:gosec // revisions are positive
		binary.BigEndian.PutUint64(tail[16:], uint64(moment.Sub(firstDay()).Microseconds())) //nolint:gosec // the same bits
	}
}

// into copies the rows into a table.
func (w *copied) into(ctx context.Context, tx pgx.Tx, table string, columns string) error {
	w.buf = append(w.buf, copyEnd...)
	_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(w.buf), "COPY "+table+" ("+columns+") FROM STDIN BINARY")
	return err
}
