package postgis_test

import (
	"context"
	"testing"
	"time"

	"oxus/data/postgis"
	"oxus/data/postgis/postgistest"
	"oxus/data/storetest"
	"oxus/geo"
)

func TestMain(m *testing.M) { postgistest.Main(m) }

// open returns an empty migrated store and the URL of its database.
func open(t *testing.T) (*postgis.Store, string) {
	t.Helper()
	url := postgistest.Database(t)
	return at(t, url), url
}

func at(t *testing.T, url string) *postgis.Store {
	t.Helper()
	s, err := postgis.Open(context.Background(), url, geo.Border())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func filled(t *testing.T) (*postgis.Store, string) {
	t.Helper()
	s, url := open(t)
	if err := s.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	return s, url
}

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) geo.Store {
		s, _ := open(t)
		return s
	})
}

func TestSameAsPlain(t *testing.T) {
	t.Parallel()
	s, _ := filled(t)
	plain := storetest.NewPlain(geo.Border())
	if err := plain.Apply(context.Background(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	storetest.Same(t, s, plain, 400, uint64(time.Now().UnixNano()))
}
