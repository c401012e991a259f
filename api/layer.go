package api

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"strconv"
	"sync"

	"oxus/geo"
)

// parquetType is the media type of Parquet, whose pages are compressed already.
const parquetType = "application/vnd.apache.parquet"

// layerWriters is how many files are made at once of a format that needs disk or
// memory for all of one, layerStreamers of one that goes out in parts of some
// megabytes; who asks meanwhile waits.
const (
	layerWriters   = 2
	layerStreamers = 16
)

// spooledFiles is how many files that are larger than what is put by in memory are sent at
// once beside those that are made. Of more, each keeps its place until it is sent: the disk
// must not fill because many read slowly.
const spooledFiles = 8

// file answers in a format whose features are not written as they come, or that another
// room writes.
func (s *Server) file(ctx context.Context, w *answer, items iter.Seq2[geo.Item, error], r *itemsRequest) error {
	write := r.format.file
	if r.format.layer != nil {
		layer := r.format.layer(&s.options)
		if layer == nil {
			return geo.Errorf(geo.Unavailable, "This server does not write %s.", r.format.name)
		}
		write = func(w io.Writer, items iter.Seq2[geo.Item, error], r *itemsRequest) error {
			return layer(ctx, w, layerOf(r), layerRows(items, r))
		}
	}
	if !r.format.streamed {
		return s.sendMade(ctx, w, func(w io.Writer) error { return write(w, items, r) })
	}
	// The place for its kind is taken before that of an export: those who wait for their
	// kind keep no others out.
	places := s.options.Load.streamers
	if err := places.enter(ctx, s.options.Load.wait, func() {}); err != nil {
		return err
	}
	defer places.leave()
	if err := write(w, items, r); err != nil {
		return err
	}
	return w.finish()
}

// sendMade sends a file when all of it is made. Who reads it slowly keeps nobody from having
// another made.
func (s *Server) sendMade(ctx context.Context, w *answer, write func(io.Writer) error) error {
	load := s.options.Load
	if err := load.writers.enter(ctx, load.wait, func() {}); err != nil {
		return err
	}
	leave := sync.OnceFunc(load.writers.leave)
	defer leave()
	made := &spool{}
	defer made.close()
	if err := write(made); err != nil {
		return err
	}
	if made.file == nil {
		leave()
	} else {
		select {
		case load.spools <- struct{}{}:
			defer func() { <-load.spools }()
			leave()
		default: // it keeps its place until it is sent
		}
	}
	if err := made.copyTo(w); err != nil {
		return err
	}
	return w.finish()
}

func layerOf(r *itemsRequest) *geo.Table {
	c := r.query.Collection
	l := &geo.Table{Name: c.ID, Title: c.Title, Description: c.Description, Geometry: c.Geometry}
	for i := range r.columns {
		s := &r.columns[i].schema
		l.Columns = append(l.Columns, geo.TableColumn{Name: r.columns[i].name, Title: s.Title, Type: layerType(s)})
	}
	return l
}

func layerType(s *schema) geo.TableType {
	switch {
	case s.Type == "integer":
		return geo.TableInteger
	case s.Type == "number":
		return geo.TableReal
	case s.Format == "date":
		return geo.TableDay
	case s.Type == "array":
		return geo.TableList
	default:
		return geo.TableText
	}
}

// layerRows are the items with the values that their columns write; lists stay
// JSON.
func layerRows(items iter.Seq2[geo.Item, error], r *itemsRequest) iter.Seq2[geo.TableRow, error] {
	return func(yield func(geo.TableRow, error) bool) {
		var scratch [256]byte
		for it, err := range items {
			if err != nil {
				yield(geo.TableRow{}, err)
				return
			}
			row := geo.TableRow{ID: it.ID, Geometry: it.Geometry, Values: make([]any, len(r.columns))}
			for i := range r.columns {
				row.Values[i] = layerValue(r.columns[i].append(scratch[:0], &it), layerType(&r.columns[i].schema))
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func layerValue(text []byte, t geo.TableType) any {
	if string(text) == "null" {
		return nil
	}
	var v any
	var err error
	switch t {
	case geo.TableInteger:
		v, err = strconv.ParseInt(string(text), 10, 64)
	case geo.TableReal:
		v, err = strconv.ParseFloat(string(text), 64)
	default:
		if text[0] != '"' {
			return string(text)
		}
		var s string
		err = json.Unmarshal(text, &s)
		v = s
	}
	if err != nil {
		panic(err) // the column wrote it
	}
	return v
}

// Write implements io.Writer: it gathers and sends in chunks.
func (w *answer) Write(b []byte) (int, error) {
	w.buf = append(w.buf, b...)
	return len(b), w.flushWhenFull()
}
