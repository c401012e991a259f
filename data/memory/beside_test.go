package memory_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// settled is an engine that has taken in each change before it is asked again.
type settled struct{ *memory.Beside }

func (s settled) Apply(ctx context.Context, ch geo.Change) error {
	if err := s.Beside.Apply(ctx, ch); err != nil {
		return err
	}
	return s.Await(ctx)
}

func beside(t *testing.T, base geo.Base, budget int64) settled {
	t.Helper()
	s, err := memory.NewBeside(t.Context(), geo.Border(), base, memory.Options{Budget: budget})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	return settled{s}
}

const roomy = 64 << 20

func TestBesideContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) geo.Store { return beside(t, storetest.NewPlain(geo.Border()), roomy) })
}

// What is held answers as the store it was loaded from, also after changes.
func TestBesideSameAsPlain(t *testing.T) {
	plain := storetest.NewPlain(geo.Border())
	if err := plain.Apply(t.Context(), storetest.Awkward()); err != nil {
		t.Fatal(err)
	}
	s := beside(t, plain, roomy)
	if held, _ := s.Holds(); len(held) != len(geo.Border().Collections) {
		t.Fatalf("only %v are held", held)
	}
	storetest.Same(t, s, plain, 2000, rand.Uint64())
	storetest.Laws(t, s, 200, rand.Uint64())
}

// asked is a store that counts what it is asked.
type asked struct {
	*storetest.Plain
	mu    sync.Mutex
	items int
	// hold stops what asks for the state, mute its answers to it.
	stamps func() error
}

func (a *asked) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	a.mu.Lock()
	a.items++
	a.mu.Unlock()
	return a.Plain.Items(ctx, q)
}

func (a *asked) Stamp(ctx context.Context) (string, error) {
	if a.stamps != nil {
		if err := a.stamps(); err != nil {
			return "", err
		}
	}
	return a.Plain.Stamp(ctx)
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.items
}

func incident(id string, at orb.Geometry) geo.Put {
	c, err := geo.Border().Collection("incidents")
	if err != nil {
		panic(err) // it is declared
	}
	f := geo.Feature{ID: id, Geometry: at, Values: make([]geo.Value, len(c.Properties)), Sources: []string{"made-up"}}
	for name, v := range map[string]geo.Value{"title": "Made up", "summary": "Made up for a test", "category": "attack", "confidence": "claimed"} {
		f.Values[c.PropertyIndex(name)] = v
	}
	f.Lifetime.From = geo.On(geo.NewDate(2022, time.May, 1))
	return geo.Put{Collection: c, Feature: f}
}

func made(puts ...geo.Put) geo.Change {
	return geo.Change{Actor: "test", Sources: []geo.Source{{ID: "made-up", Publisher: "P", Title: "T"}}, Features: puts}
}

func idsOf(t *testing.T, r geo.Reader, q geo.Query) []string {
	t.Helper()
	var ids []string
	for it, err := range r.Items(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, it.ID)
	}
	return ids
}

// What is held is not asked of the store, and what the store refuses to name is not
// answered from memory.
func TestBesideAsksWhenItMust(t *testing.T) {
	var failing atomicError
	base := &asked{Plain: storetest.NewPlain(geo.Border()), stamps: failing.get}
	s := beside(t, base, roomy)
	if err := s.Apply(t.Context(), made(incident("one", orb.Point{70, 38}))); err != nil {
		t.Fatal(err)
	}
	c := incident("one", nil).Collection
	before := base.count()
	if got := idsOf(t, s, geo.Query{Collection: c}); !slices.Equal(got, []string{"one"}) || base.count() != before {
		t.Fatalf("got %v by %d questions to the store", got, base.count()-before)
	}
	failing.set(errors.New("no connection"))
	// Another server changes the data; this one cannot hear of it.
	if err := base.Apply(t.Context(), made(incident("two", orb.Point{70, 38}))); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond)
	if got := idsOf(t, s, geo.Query{Collection: c}); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("a second later %v is answered", got)
	}
	failing.set(nil)
	if err := s.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	before = base.count()
	if got := idsOf(t, s, geo.Query{Collection: c}); len(got) != 2 || base.count() != before {
		t.Errorf("got %v by %d questions to the store", got, base.count()-before)
	}
}

type atomicError struct {
	mu  sync.Mutex
	err error
}

func (e *atomicError) get() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

func (e *atomicError) set(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = err
}

// A collection that does not fit is left to the store; the others are held.
func TestBesideBudget(t *testing.T) {
	base := &asked{Plain: storetest.NewPlain(geo.Border())}
	var puts []geo.Put
	for _, id := range manyIDs(3000) {
		puts = append(puts, incident(id, orb.Point{70, 38}))
	}
	if err := base.Apply(t.Context(), made(puts...)); err != nil {
		t.Fatal(err)
	}
	s := beside(t, base, 100<<10)
	held, _ := s.Holds()
	if slices.Contains(held, "incidents") || !slices.Contains(held, "crossings") {
		t.Fatalf("held are %v", held)
	}
	if n, err := s.Count(t.Context(), geo.Query{Collection: puts[0].Collection}); n != 3000 || err != nil {
		t.Errorf("%d of 3000 are counted, %v", n, err)
	}
	// Hidden from everybody: what of the rest is not known, so that the store answers.
	if err := base.Apply(t.Context(), geo.Change{Actor: "test", Sources: []geo.Source{{ID: "made-up", Publisher: "P", Title: "T", Audience: geo.Viewer}}}); err != nil {
		t.Fatal(err)
	}
	if n, err := s.For(geo.Everybody).Count(t.Context(), geo.Query{Collection: puts[0].Collection}); n != 0 || err != nil {
		t.Errorf("everybody sees %d, %v", n, err)
	}
}

func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "m" + string(rune('a'+i/676)) + string(rune('a'+i/26%26)) + string(rune('a'+i%26))
	}
	return ids
}

// A state that is held stays what it is for who reads in it.
func TestBesidePinned(t *testing.T) {
	s := beside(t, storetest.NewPlain(geo.Border()), roomy)
	if err := s.Apply(t.Context(), made(incident("one", orb.Point{70, 38}))); err != nil {
		t.Fatal(err)
	}
	st, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	then, err := s.At(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(t.Context(), made(incident("two", orb.Point{70, 38}))); err != nil {
		t.Fatal(err)
	}
	c := incident("one", nil).Collection
	again, err := s.At(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]geo.Reader{"the one pinned": then, "one pinned later": again} {
		if got := idsOf(t, r, geo.Query{Collection: c}); !slices.Equal(got, []string{"one"}) {
			t.Errorf("%s answers %v", name, got)
		}
	}
}

// Cells are counted as they are by looking at everything.
func TestBesideCells(t *testing.T) {
	plain := storetest.NewPlain(geo.Border())
	rng := rand.New(rand.NewPCG(1, 1))
	var puts []geo.Put
	for i, id := range manyIDs(700) {
		p := incident(id, orb.Point{66 + 8*rng.Float64(), 36 + 4*rng.Float64()})
		p.Feature.Values[1] = []string{"attack", "arrest", "smuggling"}[i%3]
		if i%50 == 0 {
			p.Feature.Geometry = nil
		}
		puts = append(puts, p)
	}
	if err := plain.Apply(t.Context(), made(puts...)); err != nil {
		t.Fatal(err)
	}
	s := beside(t, plain, roomy)
	if err := s.Apply(t.Context(), made(incident("later", orb.Point{70, 38}))); err != nil {
		t.Fatal(err)
	}
	c := puts[0].Collection
	grids := map[string]*geo.Grid{"none": nil, "a tile": {World: 4096 << 5, X: 22 * 4096, Y: 12 * 4096, Extent: 4096, Side: 64}, "the world": {World: 4096, Extent: 4096, Side: 64}}
	for name, grid := range grids {
		for _, q := range []geo.Query{{Collection: c}, {Collection: c, BBox: &geo.BBox{West: 67, South: 37, East: 71, North: 39}}, {Collection: c, Equals: []geo.Equal{{Property: "category", Value: "arrest"}}}} {
			got, errGot := s.CountCells(t.Context(), q, "category", grid)
			want, errWant := plain.CountCells(t.Context(), q, "category", grid)
			if errGot != nil || errWant != nil || len(want) == 0 || !storetest.SameCells(got, want) {
				t.Errorf("%s: %d counts, not %d: %v %v", name, len(got), len(want), errGot, errWant)
			}
		}
	}
}

// secretive is a store that takes its time to tell what is hidden from viewers.
type secretive struct {
	*storetest.Plain
	asked, tell chan struct{}
}

func (s secretive) Hidden(ctx context.Context, who geo.Role, ids []string) ([]string, error) {
	if who == geo.Viewer {
		close(s.asked)
		<-s.tell
	}
	return s.Plain.Hidden(ctx, who, ids)
}

// While it is looked at what one role may see, the others are answered.
func TestBesideOneRoleWaitsForNoOther(t *testing.T) {
	naming := incident("naming", orb.Point{70, 38})
	naming.Feature.Values[naming.Collection.PropertyIndex("related_features")] = []string{"somewhere"}
	ch := made(naming)
	ch.Sources = append(ch.Sources, geo.Source{ID: "kept", Publisher: "P", Title: "T", Audience: geo.Editor})
	base := secretive{storetest.NewPlain(geo.Border()), make(chan struct{}), make(chan struct{})}
	if err := base.Apply(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	s := beside(t, base, roomy)
	count := func(ctx context.Context, who geo.Role, told chan<- int) {
		n, err := s.For(who).Count(ctx, geo.Query{Collection: naming.Collection})
		if err != nil {
			t.Errorf("%q: %v", who, err)
		}
		told <- n
	}
	viewers, everybody := make(chan int, 1), make(chan int, 1)
	go count(t.Context(), geo.Viewer, viewers)
	<-base.asked
	go count(t.Context(), geo.Everybody, everybody)
	select {
	case n := <-everybody:
		if n != 1 {
			t.Errorf("everybody sees %d", n)
		}
	case <-time.After(10 * time.Second):
		t.Error("everybody waits for what viewers see")
	}
	close(base.tell)
	if n := <-viewers; n != 1 {
		t.Errorf("viewers see %d", n)
	}
}
