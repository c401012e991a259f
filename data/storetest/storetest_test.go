package storetest_test

import (
	"context"
	"testing"

	"oxus/data/storetest"
	"oxus/geo"
)

func plain(*testing.T) geo.Store { return storetest.NewPlain(geo.Border()) }

// The contract holds for the simplest store there can be, so that what fails it
// is the store.
func TestPlain(t *testing.T) { storetest.Run(t, plain) }

func TestSameSeesNoDifferenceWhereThereIsNone(t *testing.T) {
	a, b := plain(t), plain(t)
	for _, s := range []geo.Store{a, b} {
		if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Same(t, a, b, 300, 1)
}
