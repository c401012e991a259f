package memory_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

func over(t *testing.T, keeper geo.Keeper) *memory.Store {
	t.Helper()
	s, err := memory.Over(context.Background(), geo.Border(), keeper)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The engine answers as the plain store that keeps for it.
func TestSameAsPlain(t *testing.T) {
	plain := storetest.NewPlain(geo.Border())
	if err := plain.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	storetest.Same(t, over(t, plain), plain, 2000, rand.Uint64())
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) geo.Store { return over(t, storetest.NewPlain(geo.Border())) })
}

// shared is a keeper that another program changes too: a data version counts its
// changes, and a loading can fail.
type shared struct {
	*storetest.Plain
	version atomic.Int64
	failing atomic.Int32 // how many loadings fail from now on
	broken  bool         // a fault another program has made
}

func (k *shared) DataVersion(context.Context) (int64, error) { return k.version.Load(), nil }

func (k *shared) Load(ctx context.Context) (*geo.Dataset, error) {
	if k.failing.Add(-1) >= 0 {
		return nil, errors.New("busy")
	}
	ds, err := k.Plain.Load(ctx)
	if k.broken && err == nil {
		periods := slices.Clone(ds.Periods)
		periods[0].Status = "opened"
		ds.Periods = periods
	}
	return ds, err
}

func (k *shared) outside(t *testing.T) {
	t.Helper()
	if err := k.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	k.version.Add(1)
}

// An edit by another program is taken in, also when the first loadings fail;
// what goes wrong is told once.
func TestEditsByOthersAreTakenIn(t *testing.T) {
	keeper := &shared{Plain: storetest.NewPlain(geo.Border())}
	s := over(t, keeper)
	ctx, stop := context.WithCancel(context.Background())
	told := make(chan error, 10)
	ended := make(chan struct{})
	go func() {
		s.Follow(ctx, time.Millisecond, func(err error) { told <- err })
		close(ended)
	}()
	keeper.failing.Store(3)
	keeper.outside(t)
	if err := <-told; err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("told %v", err)
	}
	if err := <-told; err != nil {
		t.Errorf("told %v where the loading went well", err)
	}
	if len(s.Dataset().Sources) == 0 {
		t.Error("the edit is not answered")
	}
	stop()
	<-ended
	if len(told) > 0 {
		t.Errorf("told %v too", <-told)
	}
}

// A fault that another program has made blocks no change but its own.
func TestOldFaultsBlockNothingNew(t *testing.T) {
	keeper := &shared{Plain: storetest.NewPlain(geo.Border())}
	keeper.outside(t)
	keeper.broken = true
	s := over(t, keeper)
	source := geo.Source{ID: "new", Publisher: "p", Title: "t"}
	if err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{source}}); err != nil {
		t.Errorf("a change is refused for what was there before: %v", err)
	}
	if err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{{ID: "new", Title: "t"}}}); geo.KindOf(err) != geo.Invalid {
		t.Errorf("its own fault is let through: %v", err)
	}
}

// A change that is kept is not reported as failed because it cannot be loaded;
// it is answered as soon as it can.
func TestWhatIsKeptIsAcknowledged(t *testing.T) {
	keeper := &shared{Plain: storetest.NewPlain(geo.Border())}
	s := over(t, keeper)
	keeper.failing.Store(1)
	if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	told := make(chan error, 1)
	go s.Follow(ctx, time.Millisecond, func(err error) { told <- err })
	if err := <-told; err != nil || len(s.Dataset().Sources) == 0 {
		t.Errorf("told %v, %d sources", err, len(s.Dataset().Sources))
	}
}

// A change the keeper does not take is not answered either.
func TestWhatIsNotKeptIsNotAnswered(t *testing.T) {
	keeper := storetest.NewPlain(geo.Border())
	s := over(t, keeper)
	before := s.Dataset()
	keeper.Fail = errors.New("disk full")
	err := s.Apply(context.Background(), geo.Change{Sources: []geo.Source{{ID: "s", Publisher: "p", Title: "t"}}})
	if !errors.Is(err, keeper.Fail) || s.Dataset() != before {
		t.Errorf("got %v, and the state changed: %v", err, s.Dataset() != before)
	}
	if err := s.Ready(context.Background()); !errors.Is(err, keeper.Fail) {
		t.Errorf("ready says %v", err)
	}
}
