package memory

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"oxus/geo"
)

func TestAhead(t *testing.T) {
	broken := errors.New("broken")
	for _, rows := range []int{0, 1, batchRows - 1, batchRows, batchRows + 1, 9*batchRows + 7} {
		for _, stop := range []int{-1, 0, batchRows, rows - 1} {
			for _, fails := range []bool{false, true} {
				t.Run(fmt.Sprintf("%d rows, stopped at %d, fails %t", rows, stop, fails), func(t *testing.T) {
					ended := false
					var source iter.Seq2[*geo.Feature, error] = func(yield func(*geo.Feature, error) bool) {
						defer func() { ended = true }()
						for i := range rows {
							if !yield(&geo.Feature{Revision: int64(i)}, nil) {
								return
							}
						}
						if fails {
							yield(nil, broken)
						}
					}
					n, failed := 0, error(nil)
					for f, err := range ahead(source) {
						if err != nil {
							failed = err
							continue
						}
						if f.Revision != int64(n) {
							t.Fatalf("feature %d came as number %d", f.Revision, n)
						}
						if n == stop {
							break
						}
						n++
					}
					stopped := stop >= 0 && stop < rows
					if want := map[bool]int{true: stop, false: rows}[stopped]; n != want {
						t.Errorf("%d features came, not %d", n, want)
					}
					if !stopped && fails != errors.Is(failed, broken) {
						t.Errorf("the error is %v", failed)
					}
					if !ended {
						t.Error("the features are still read")
					}
				})
			}
		}
	}
}
