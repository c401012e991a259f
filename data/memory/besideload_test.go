package memory_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// busy is a store of which one loading ends when it is let, and that tells of few changes
// at once.
type busy struct {
	*storetest.Plain
	begun, end chan struct{}
}

const fewChanges = 3

func (b busy) ReadState(ctx context.Context, lasts bool, do func(context.Context, geo.StateReader) error) error {
	err := b.Plain.ReadState(ctx, lasts, func(ctx context.Context, r geo.StateReader) error { return do(ctx, fewer{r}) })
	if lasts {
		for _, c := range []chan struct{}{b.begun, b.end} {
			select {
			case c <- struct{}{}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return err
}

type fewer struct{ geo.StateReader }

func (r fewer) Changed(ctx context.Context, since geo.State, _ int) ([]geo.ChangedRow, bool, error) {
	return r.StateReader.Changed(ctx, since, fewChanges)
}

// What was brought along while everything was loaded anew is not replaced by what was
// loaded, where that cannot be brought along; where it can, or where what is held cannot
// either, it is.
func TestBesideKeepsTheNewer(t *testing.T) {
	for name, tc := range map[string]struct {
		changes int
		refresh bool // each of them is taken in meanwhile
		// again is whether all has to be loaded once more.
		again bool
	}{
		"much, brought along":     {changes: 2 * fewChanges, refresh: true},
		"much, not brought along": {changes: 2 * fewChanges, again: true},
		"little":                  {changes: 1, refresh: true},
	} {
		t.Run(name, func(t *testing.T) {
			base := busy{storetest.NewPlain(geo.Border()), make(chan struct{}), make(chan struct{})}
			if err := base.Apply(t.Context(), made()); err != nil {
				t.Fatal(err)
			}
			took := make(chan string, 10)
			s, err := memory.NewBeside(t.Context(), geo.Border(), base, memory.Options{Budget: roomy, Log: slog.New(loads{slog.DiscardHandler, took})})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			<-base.begun
			<-base.end
			<-took
			s.Want()
			<-base.begun
			for i := range tc.changes {
				if err := base.Apply(t.Context(), made(incident(fmt.Sprint("i", i), orb.Point{70, 38}))); err != nil {
					t.Fatal(err)
				}
				if tc.refresh {
					if err := s.Refresh(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			<-base.end
			<-took
			st, err := base.Latest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if current := s.Loaded() == st.Last; current == tc.again {
				t.Errorf("after revision %d, %d is held", st.Last, s.Loaded())
			}
			select {
			case <-base.begun:
				if !tc.again {
					t.Error("all is loaded again")
				}
			case <-time.After(time.Second / 2):
				if tc.again {
					t.Error("what cannot be brought along is not loaded again")
				}
			}
		})
	}
}

// loads tells of each loading that was taken.
type loads struct {
	slog.Handler
	took chan string
}

func (loads) Enabled(context.Context, slog.Level) bool { return true }

func (l loads) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "loaded into memory" {
		l.took <- r.Message
	}
	return nil
}
