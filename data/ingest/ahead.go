package ingest

import (
	"iter"

	"oxus/geo"
)

// batchRecords is how many records are read together ahead of their check.
const batchRecords = 200

// readAhead yields the records of a layer, which are read while others are checked. A
// layer that brings sources tells them by what is read so far: its records are read one
// by one.
func readAhead(layer geo.Layer) iter.Seq2[geo.Record, error] {
	if _, brings := layer.(geo.Sourced); brings {
		return layer.Records()
	}
	return func(yield func(geo.Record, error) bool) {
		for list, err := range geo.Ahead(batches(layer.Records())) {
			if err != nil {
				yield(geo.Record{}, err)
				return
			}
			for i := range list {
				if !yield(list[i].record, list[i].err) {
					return
				}
			}
		}
	}
}

// readRecord is a record, or why it cannot be used.
type readRecord struct {
	record geo.Record
	err    error
}

// batches gathers records. Its errors are among them.
func batches(records iter.Seq2[geo.Record, error]) iter.Seq2[[]readRecord, error] {
	return func(yield func([]readRecord, error) bool) {
		list := make([]readRecord, 0, batchRecords)
		for record, err := range records {
			if list = append(list, readRecord{record, err}); len(list) == batchRecords {
				if !yield(list, nil) {
					return
				}
				list = make([]readRecord, 0, batchRecords)
			}
		}
		if len(list) > 0 {
			yield(list, nil)
		}
	}
}
