package memory_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

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
