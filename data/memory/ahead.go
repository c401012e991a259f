package memory

import (
	"iter"

	"oxus/geo"
)

const (
	// batchRows is how many features are handed over at once, and batchesAhead how many
	// such batches wait.
	batchRows    = 512
	batchesAhead = 4
)

// batch is features that were read, and why no more come.
type batch struct {
	features []*geo.Feature
	err      error
}

// ahead reads features while those before them are worked on. When it returns nothing is
// read any more.
func ahead(features iter.Seq2[*geo.Feature, error]) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		read, enough := make(chan batch, batchesAhead), make(chan struct{})
		go func() {
			defer close(read)
			inBatches(features, func(b batch) bool {
				select {
				case read <- b:
					return true
				case <-enough:
					return false
				}
			})
		}()
		defer func() {
			close(enough)
			for range read { // what was read in vain; the reader has ended with the last
			}
		}()
		for b := range read {
			for _, f := range b.features {
				if !yield(f, nil) {
					return
				}
			}
			if b.err != nil && !yield(nil, b.err) {
				return
			}
		}
	}
}

// inBatches hands features on until hand wants no more.
func inBatches(features iter.Seq2[*geo.Feature, error], hand func(batch) bool) {
	next := batch{features: make([]*geo.Feature, 0, batchRows)}
	for f, err := range features {
		if next.err = err; err == nil {
			next.features = append(next.features, f)
		}
		if len(next.features) < batchRows && err == nil {
			continue
		}
		if !hand(next) || err != nil {
			return
		}
		next = batch{features: make([]*geo.Feature, 0, batchRows)}
	}
	hand(next)
}
