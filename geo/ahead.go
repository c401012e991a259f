package geo

import "iter"

// Ahead yields what a sequence yields, which runs in a goroutine of its own, one member
// ahead, and has ended when this has. A panic of the sequence comes out here.
func Ahead[T any](list iter.Seq2[T, error]) iter.Seq2[T, error] {
	type member struct {
		v        T
		err      error
		panicked any
	}
	return func(yield func(T, error) bool) {
		members, stop := make(chan member), make(chan struct{})
		go func() {
			defer close(members)
			defer func() {
				if p := recover(); p != nil {
					select {
					case members <- member{panicked: p}:
					case <-stop:
					}
				}
			}()
			for v, err := range list {
				select {
				case members <- member{v: v, err: err}:
				case <-stop:
					return
				}
			}
		}()
		defer func() {
			close(stop)
			for range members { // whoever made them has ended when this returns
			}
		}()
		for m := range members {
			if m.panicked != nil {
				panic(m.panicked)
			}
			if !yield(m.v, m.err) {
				return
			}
		}
	}
}
