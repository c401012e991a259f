package memory

import (
	"iter"

	"oxus/geo"
)

// batchRows is how many features are handed over at once.
const batchRows = 512

// ahead reads features while those before them are worked on. When it returns nothing is
// read any more. A panic of the sequence comes out here.
func ahead(features iter.Seq2[*geo.Feature, error]) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		for batch, err := range geo.Ahead(inBatches(features)) {
			for _, f := range batch {
				if !yield(f, nil) {
					return
				}
			}
			if err != nil && !yield(nil, err) {
				return
			}
		}
	}
}

// inBatches yields features together, the last with why no more come.
func inBatches(features iter.Seq2[*geo.Feature, error]) iter.Seq2[[]*geo.Feature, error] {
	return func(yield func([]*geo.Feature, error) bool) {
		batch := make([]*geo.Feature, 0, batchRows)
		for f, err := range features {
			if err != nil {
				yield(batch, err)
				return
			}
			if batch = append(batch, f); len(batch) < batchRows {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			batch = make([]*geo.Feature, 0, batchRows)
		}
		yield(batch, nil)
	}
}
