package geo_test

import (
	"errors"
	"iter"
	"testing"

	"oxus/geo"
)

// A sequence that is read ahead yields the same, ends where its reader ends, and its
// panic comes out where it is read.
func TestReadAhead(t *testing.T) {
	t.Parallel()
	fault := errors.New("the end")
	numbers := func(until int) iter.Seq2[int, error] {
		return func(yield func(int, error) bool) {
			for n := range until {
				if !yield(n, nil) {
					return
				}
			}
			yield(until, fault)
		}
	}
	sum, ended := 0, error(nil)
	for n, err := range geo.Ahead(numbers(1000)) {
		sum, ended = sum+n, err
	}
	if sum != 1000*1001/2 || !errors.Is(ended, fault) {
		t.Errorf("the sum is %d, the end %v", sum, ended)
	}
	stopped := false
	for n := range geo.Ahead(func(yield func(int, error) bool) {
		defer func() { stopped = true }()
		numbers(1000)(yield)
	}) {
		if n == 3 {
			break
		}
	}
	if !stopped {
		t.Error("the sequence runs on after its reader has ended")
	}
	defer func() {
		if p := recover(); p != "broken" {
			t.Errorf("the panic is %v", p)
		}
	}()
	for range geo.Ahead(func(func(int, error) bool) { panic("broken") }) {
		t.Error("something is yielded")
	}
}
