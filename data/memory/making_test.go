package memory

import (
	"context"
	"errors"
	"testing"
)

// What is made is made once, and waited for by nobody who asks for something else.
func TestMakings(t *testing.T) {
	ctx := t.Context()
	var m makings[string, int]
	is := func(n int, err error) func() (int, error) { return func() (int, error) { return n, err } }
	begun, end, waited := make(chan struct{}), make(chan struct{}), make(chan int)
	go m.get(ctx, "slow", 0, func() (int, error) { close(begun); <-end; return 1, nil })
	<-begun
	if n, err := m.get(ctx, "other", 0, is(2, nil)); n != 2 || err != nil {
		t.Errorf("beside it %d is made, %v", n, err)
	}
	gone, leave := context.WithCancel(ctx)
	leave()
	if _, err := m.get(gone, "slow", 0, is(3, nil)); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait is answered %v", err)
	}
	go func() {
		n, _ := m.get(ctx, "slow", 0, is(3, nil))
		waited <- n
	}()
	close(end)
	if n := <-waited; n != 1 {
		t.Errorf("it is made twice, as %d", n)
	}

	failed := errors.New("failed")
	if _, err := m.get(ctx, "again", 0, is(0, failed)); !errors.Is(err, failed) {
		t.Errorf("a failure is answered %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		m.get(ctx, "again", 0, func() (int, error) { panic("broken") })
	}()
	if n, err := m.get(ctx, "again", 0, is(4, nil)); n != 4 || err != nil {
		t.Errorf("after a failure %d is made, %v", n, err)
	}
	if m.get(ctx, "more", 2, is(5, nil)); len(m.keys()) != 2 {
		t.Errorf("%v are there, not two", m.keys())
	}
}
