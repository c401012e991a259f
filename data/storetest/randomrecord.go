package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"oxus/geo"

	"github.com/paulmach/orb"
)

// testRandomRecord makes random changes in the store and in a plain one. Both
// take or refuse the same, and tell the same of every state between.
func testRandomRecord(t *testing.T, s geo.Store, seed uint64) {
	t.Logf("seed %d", seed)
	plain := NewPlain(geo.Border())
	apply(t, s, awkward().ch)
	apply(t, plain, awkward().ch)
	m := &mutations{rng: rand.New(rand.NewPCG(seed, 2)), plain: plain}
	type pair struct{ s, plain geo.State }
	var pairs []pair
	taken := 0
	for range 60 {
		ch := m.change()
		errS, errPlain := s.Apply(context.Background(), ch), plain.Apply(context.Background(), ch)
		if (errS == nil) != (errPlain == nil) {
			t.Fatalf("one takes and one refuses %+v: %v, %v", ch, errS, errPlain)
		}
		if errS == nil {
			taken++
		}
		if m.chance(15) {
			pairs = append(pairs, pair{stateOf(t, s, time.Time{}), stateOf(t, plain, time.Time{})})
		}
	}
	if taken < 10 {
		t.Errorf("only %d of 60 changes are possible", taken)
	}
	for _, p := range pairs {
		a, b := readerAt(t, s, stateOf(t, s, p.s.Moment)), readerAt(t, plain, p.plain)
		if got, want := told(t, a), told(t, b); got != want {
			t.Errorf("the state of %s tells otherwise:\n%s", p.s.Moment, different(got, want))
		}
		Same(t, a, b, 5, m.rng.Uint64())
	}
	if got, want := summed(recorded(t, s, geo.RevisionQuery{})), summed(recorded(t, plain, geo.RevisionQuery{})); got != want {
		t.Errorf("recorded %s,\nwant %s", got, want)
	}
}

// mutations makes random changes of what a plain store holds.
type mutations struct {
	rng   *rand.Rand
	plain *Plain
}

func (m *mutations) chance(percent int) bool { return m.rng.IntN(100) < percent }

func (m *mutations) one(of ...string) string { return of[m.rng.IntN(len(of))] }

// change is up to four writes that are likely, but not sure, to be possible
// together.
func (m *mutations) change() geo.Change {
	w := &world{atlas: geo.Border(), ch: geo.Change{Actor: "storetest", Note: fmt.Sprint("change ", m.rng.Uint32())}}
	for range 1 + m.rng.IntN(3) {
		switch m.rng.IntN(7) {
		case 0, 1:
			m.crossing(w)
		case 2:
			m.section(w)
		case 3:
			m.period(w)
		case 4:
			w.ch.Sources = append(w.ch.Sources, geo.Source{ID: m.one("one", "two", "three"), Publisher: "P", Title: m.one("T", "U", "V")})
		case 5:
			collection := m.one("crossings", "casa-1000")
			id := m.one("a1", "b", "r1", "r2", "north", "other")
			w.ch.Removals = append(w.ch.Removals, remove(geo.FeatureRow, collection, id, max(1, m.revision(w.collection(collection), id))))
		case 6:
			w.ch.Removals = append(w.ch.Removals, m.other())
		}
	}
	return w.ch
}

// revision is the one a feature has, 0 for none, and at times another.
func (m *mutations) revision(c *geo.Collection, id string) int64 {
	d, err := m.plain.Detail(context.Background(), c, id, today())
	switch {
	case m.chance(5):
		return 1 + m.rng.Int64N(3)
	case err != nil:
		return 0
	default:
		return d.Revision
	}
}

func (m *mutations) crossing(w *world) {
	id := m.one("a1", "b", "r1", "r2")
	var g orb.Geometry
	if m.chance(70) {
		g = orb.Point{60 + m.rng.Float64()*10, 30 + m.rng.Float64()*10}
	}
	p := props{"structure_length_m": m.rng.Float64() * 1000, "mode": []string{m.one("road", "foot")}}
	if m.chance(30) {
		p["parent"] = m.one("a1", "b", "r1", "r2")
	}
	w.put("crossings", id, g, life(m.one("", "2001", "2001-02", "2001-02-03"), ""), p)
	w.ch.Features[len(w.ch.Features)-1].Expect = m.revision(w.collection("crossings"), id)
}

func (m *mutations) section(w *world) {
	id := m.one("north", "other", "s1")
	w.put("casa-1000", id, orb.LineString{{70, 39}, {69 + m.rng.Float64(), 36}}, geo.Lifetime{}, props{"project": m.one("CASA-1000", "another")})
	w.ch.Features[len(w.ch.Features)-1].Expect = m.revision(w.collection("casa-1000"), id)
}

func (m *mutations) period(w *world) {
	if year := 2030 + m.rng.IntN(4); m.chance(70) {
		owner := m.one("a1", "a_1", "r1")
		w.period("crossings", owner, m.one("q1", "q2", "q3"), geo.Phase, m.one("open", "closed"), fmt.Sprint(year), fmt.Sprint(year+1, "-01-01"), geo.Ended)
	} else {
		w.period("casa-1000", m.one("CASA-1000", "north"), "q4", geo.Disruption, m.one("suspended", "damaged"), fmt.Sprint(year), "", geo.UnknownEnd)
	}
}

func (m *mutations) other() geo.Removal {
	if m.chance(70) {
		return remove(geo.StatusRow, m.one("crossings", "casa-1000"), m.one("q1", "q2", "q3", "q4", "o3"), 0)
	}
	return remove(geo.SourceRow, "", m.one("three", "Unused"), 0)
}
