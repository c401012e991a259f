package postgis

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"oxus/geo"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/paulmach/orb"
)

const (
	// maxNotice is the most bytes that PostgreSQL sends with a notification.
	maxNotice = 8000
	// maxBoxes is the most boxes that the database merges the extents of a change to.
	maxBoxes = 16
	// maxNotices is how many versions are remembered that have been told and not seen,
	// maxMerged how many boxes of one.
	maxNotices, maxMerged = 4096, 256
)

// notice is what the database tells of one statement when its transaction is committed.
type notice struct {
	collection, stamp string
	version           int64
	// boxes hold what the statement changed; nil when nobody knows where that is.
	boxes []orb.Bound
}

// parseNotice reads what oxus.tell sends. Whoever may connect to the database can send
// something else, so it is held to what that sends.
func parseNotice(payload string) (notice, error) {
	if len(payload) > maxNotice {
		return notice{}, fmt.Errorf("it has %d bytes", len(payload))
	}
	var sent struct {
		Collection string       `json:"collection"`
		Version    int64        `json:"version"`
		Stamp      string       `json:"stamp"`
		Boxes      *[][]float64 `json:"boxes"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(payload)))
	d.DisallowUnknownFields()
	if err := d.Decode(&sent); err != nil {
		return notice{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return notice{}, errors.New("something follows its end")
	}
	if sent.Collection == "" || sent.Stamp == "" || sent.Version < 1 {
		return notice{}, errors.New("it names no version of a collection")
	}
	n := notice{collection: sent.Collection, stamp: sent.Stamp, version: sent.Version}
	if sent.Boxes == nil {
		return n, nil
	}
	if len(*sent.Boxes) > maxBoxes {
		return notice{}, fmt.Errorf("it has %d boxes", len(*sent.Boxes))
	}
	n.boxes = make([]orb.Bound, len(*sent.Boxes))
	for i, edges := range *sent.Boxes {
		box, err := boxOf(edges)
		if err != nil {
			return notice{}, err
		}
		n.boxes[i] = box
	}
	return n, nil
}

// boxOf makes a box of its west, south, east and north edges. Rounding may take them a
// little beyond the world.
func boxOf(edges []float64) (orb.Bound, error) {
	if len(edges) != 4 {
		return orb.Bound{}, fmt.Errorf("a box has %d edges", len(edges))
	}
	west, south, east, north := edges[0], edges[1], edges[2], edges[3]
	if west > east || south > north || math.Abs(west) > 181 || math.Abs(east) > 181 || math.Abs(south) > 91 || math.Abs(north) > 91 {
		return orb.Bound{}, fmt.Errorf("%v is no box", edges)
	}
	return orb.Bound{Min: orb.Point{west, south}, Max: orb.Point{east, north}}, nil
}

// told names a version that was told.
type told struct {
	collection, name string
}

// notices are what was told of versions that have yet to be seen.
type notices map[told]*notice

// take adds what was sent. What is no notice of a change is left out, and so is what
// comes when there are too many: a change that is not told is seen all the same.
func (ns notices) take(sent *pgconn.Notification) {
	n, err := parseNotice(sent.Payload)
	if err != nil || sent.Channel != channel {
		return
	}
	key := told{n.collection, versionName(n.version, n.stamp)}
	before := ns[key]
	switch {
	case before == nil:
		if len(ns) < maxNotices {
			ns[key] = &n
		}
	case n.boxes == nil || before.boxes == nil || len(before.boxes)+len(n.boxes) > maxMerged:
		before.boxes = nil
	default:
		before.boxes = append(before.boxes, n.boxes...)
	}
}

// moves returns how each collection went from one version to another by what was told,
// and whether all of it was.
func (ns notices) moves(was, versions map[string]string) (moves []geo.Move, explained bool) {
	explained = true
	for id, version := range versions {
		if was[id] == version {
			continue
		}
		m := geo.Move{Collection: id, From: was[id], To: version}
		first, last := versionNumber(was[id])+1, versionNumber(version)
		steps := map[int64]bool{}
		for key, n := range ns {
			if key.collection != id || n.version < first || n.version > last {
				continue
			}
			steps[n.version] = true
			m.Everywhere = m.Everywhere || n.boxes == nil
			m.Boxes = append(m.Boxes, n.boxes...)
		}
		if ns[told{id, version}] == nil || int64(len(steps)) != last-first+1 {
			m.Everywhere, explained = true, false
		}
		moves = append(moves, m)
	}
	return moves, explained
}

// forget leaves out what is told of versions that have been seen.
func (ns notices) forget(versions map[string]string) {
	for key, n := range ns {
		if n.version <= versionNumber(versions[key.collection]) {
			delete(ns, key)
		}
	}
}
