package memory_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// archive is a keeper that counts how often a past is loaded, and can be held up
// or fail at it.
type archive struct {
	*storetest.Plain
	loaded  atomic.Int32
	failing atomic.Int32 // how many loadings fail from now on
	held    chan struct{}
}

func (k *archive) LoadAt(ctx context.Context, st geo.State) (*geo.Dataset, error) {
	k.loaded.Add(1)
	if k.failing.Add(-1) >= 0 {
		return nil, errors.New("busy")
	}
	if k.held != nil {
		select {
		case <-k.held:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return k.Plain.LoadAt(ctx, st)
}

// changed makes a store with so many changes after its data, each of one source,
// and returns the
// state before each, with a store that has yet to load them.
func changed(t *testing.T, keeper *archive, changes int) (*memory.Store, []geo.State) {
	t.Helper()
	s := over(t, keeper)
	var states []geo.State
	for i := range changes {
		st, err := s.State(context.Background(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, st)
		source := geo.Source{ID: fmt.Sprint("s", i), Publisher: "p", Title: "t"}
		if err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{source}}); err != nil {
			t.Fatal(err)
		}
	}
	return over(t, keeper), states // one that has seen none of them
}

// Who walks through pages while a change lands goes on in the state they began in.
func TestTheStateBeforeAChangeIsThere(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border())}
	s := over(t, keeper)
	before, err := s.Latest(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{{ID: "s0", Publisher: "p", Title: "t"}}}); err != nil {
		t.Fatal(err)
	}
	if got := known(t, s, before); got != 0 || keeper.loaded.Load() != 0 {
		t.Errorf("%d sources after %d loadings", got, keeper.loaded.Load())
	}
}

func known(t *testing.T, s *memory.Store, st geo.State) int {
	t.Helper()
	r, err := s.At(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := r.Sources(context.Background(), []string{"s0", "s1", "s2", "s3", "s4", "s5", "s6"})
	if err != nil {
		t.Fatal(err)
	}
	return len(sources)
}

func TestPastStatesAreKeptForAWhile(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border())}
	s, states := changed(t, keeper, 6)
	for _, step := range []struct{ state, loaded int }{
		{0, 1}, {0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}, {4, 5}, {0, 5}, {1, 6}, // 1 has made room for 4
	} {
		if got := known(t, s, states[step.state]); got != step.state || int(keeper.loaded.Load()) != step.loaded {
			t.Errorf("state %d knows %d sources, after %d loadings, want %d", step.state, got, keeper.loaded.Load(), step.loaded)
		}
	}
	now, err := s.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	before := keeper.loaded.Load()
	if got := known(t, s, now); got != 6 || keeper.loaded.Load() != before {
		t.Errorf("the present knows %d sources and was loaded %d times", got, keeper.loaded.Load()-before)
	}
}

func TestOneLoadingForAllWhoAsk(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border()), held: make(chan struct{})}
	s, states := changed(t, keeper, 2)
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error)
	go func() {
		_, err := s.At(ctx, states[1])
		gone <- err
	}()
	for keeper.loaded.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got := known(t, s, states[1]); got != 1 {
				t.Errorf("%d sources, want 1", got)
			}
		})
	}
	time.Sleep(20 * time.Millisecond) // let them ask; too short a time makes the test weaker, not wrong
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	close(keeper.held)
	wait.Wait()
	if n := keeper.loaded.Load(); n != 1 {
		t.Errorf("%d loadings", n)
	}
}

// Who goes away before it is their turn has nothing loaded for them.
func TestNobodyWaitsSoNothingIsLoaded(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border()), held: make(chan struct{})}
	s, states := changed(t, keeper, 3)
	var wait sync.WaitGroup
	ask := func(ctx context.Context, st geo.State) {
		wait.Go(func() {
			if _, err := s.At(ctx, st); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	first, cancelFirst := context.WithCancel(context.Background())
	ask(first, states[0])
	for keeper.loaded.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	others, cancelOthers := context.WithCancel(context.Background())
	ask(others, states[1])
	ask(others, states[2])
	time.Sleep(20 * time.Millisecond) // let them ask
	cancelOthers()
	time.Sleep(20 * time.Millisecond) // and go
	cancelFirst()
	wait.Wait()
	if n := keeper.loaded.Load(); n != 1 {
		t.Errorf("%d loadings", n)
	}
	close(keeper.held)
	if got := known(t, s, states[2]); got != 2 {
		t.Errorf("asked again, %d sources", got)
	}
}

func TestALoadingThatFailedIsTriedAgain(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border())}
	s, states := changed(t, keeper, 2)
	keeper.failing.Store(1)
	if _, err := s.At(context.Background(), states[1]); err == nil {
		t.Error("a failed loading is answered")
	}
	if got := known(t, s, states[1]); got != 1 {
		t.Errorf("asked again, %d sources", got)
	}
}

// A reader of the past does not move when the present does.
func TestAReaderKeepsItsState(t *testing.T) {
	keeper := &archive{Plain: storetest.NewPlain(geo.Border())}
	s, _ := changed(t, keeper, 1)
	now, err := s.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.At(context.Background(), now)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	sources, err := r.Sources(context.Background(), []string{"one", "s0"})
	if err != nil || len(sources) != 1 {
		t.Errorf("%v, %v", sources, err)
	}
}
