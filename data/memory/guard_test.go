package memory_test

import (
	"context"
	"iter"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// breaking is a keeper whose loadings panic so many times.
type breaking struct {
	*storetest.Plain
	times, version atomic.Int32
}

func (k *breaking) DataVersion(context.Context) (int64, error) { return int64(k.version.Load()), nil }

func (k *breaking) Load(ctx context.Context) (*geo.Dataset, error) {
	if k.times.Add(-1) >= 0 {
		panic("broken")
	}
	return k.Plain.Load(ctx)
}

func (k *breaking) LoadAt(ctx context.Context, st geo.State) (*geo.Dataset, error) {
	if k.times.Add(-1) >= 0 {
		panic("broken")
	}
	return k.Plain.LoadAt(ctx, st)
}

func broke(err error) bool {
	return err != nil && strings.Contains(err.Error(), "panic: broken") && strings.Contains(err.Error(), "guard_test.go")
}

// A panic of a loading is the error of those who wait for it, and does not end the program.
func TestAPanicOfALoadingIsAnError(t *testing.T) {
	keeper := &breaking{Plain: storetest.NewPlain(geo.Border())}
	s := over(t, keeper)
	if err := s.Apply(t.Context(), made()); err != nil {
		t.Fatal(err)
	}
	s = over(t, keeper)
	keeper.times.Store(1)
	if _, err := s.At(t.Context(), geo.Beginning()); !broke(err) {
		t.Errorf("a past state is answered %v", err)
	}
	if _, err := s.At(t.Context(), geo.Beginning()); err != nil {
		t.Errorf("asked again, %v", err)
	}

	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	told := make(chan error, 10)
	keeper.times.Store(3)
	keeper.version.Store(1)
	go s.Follow(ctx, time.Millisecond, func(err error) { told <- err })
	if err := <-told; !broke(err) {
		t.Errorf("told %v", err)
	}
	if err := <-told; err != nil {
		t.Errorf("told %v where the loading went well, or again", err)
	}
}

// panicking is a store that panics where features are read, so many times.
type panicking struct {
	*storetest.Plain
	times *atomic.Int32
}

func (p panicking) ReadState(ctx context.Context, lasts bool, do func(context.Context, geo.StateReader) error) error {
	return p.Plain.ReadState(ctx, lasts, func(ctx context.Context, r geo.StateReader) error { return do(ctx, panickingReader{r, p.times}) })
}

type panickingReader struct {
	geo.StateReader
	times *atomic.Int32
}

func (r panickingReader) Features(ctx context.Context, c *geo.Collection, ids []string) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		if r.times.Add(-1) >= 0 {
			panic("broken")
		}
		r.StateReader.Features(ctx, c, ids)(yield)
	}
}

// The engine beside a store says that a loading has panicked, and loads again.
func TestBesideOutlivesAPanic(t *testing.T) {
	base := panicking{storetest.NewPlain(geo.Border()), new(atomic.Int32)}
	base.times.Store(1)
	said := make(chan error, 10)
	s, err := memory.NewBeside(t.Context(), geo.Border(), base, memory.Options{Budget: roomy, Log: slog.New(warnings{slog.DiscardHandler, said})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := <-said; err == nil || !strings.Contains(err.Error(), "panic: broken") {
		t.Errorf("it says %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	if err := s.Await(ctx); err != nil {
		t.Error(err)
	}
}

// warnings tells of each error that is warned of.
type warnings struct {
	slog.Handler
	said chan error
}

func (warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w warnings) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			w.said <- err
		}
		return true
	})
	return nil
}
