package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/api"
	"oxus/data/ingest"
	"oxus/data/storetest"
	"oxus/geo"
)

// undoings is how many random imports are applied and taken back in each stance: 300
// in all, and a sixth of them with the detector of races, which SQLite in Go is
// many times slower with.
var undoings = map[string]int{"file": 190, "postgis": 70, "postgis with memory": 40}

// What is applied and taken back leaves every feature, status, source and tile as it
// would be without the import: with edits of other rows between, with edits of its own
// rows, which are refused first and kept when only the others are taken back, and when
// taking back is taken back. All rows are invented. A store that can be read, into
// which only the edits go, says how it would be.
func TestRandomImportsAreTakenBack(t *testing.T) {
	var mu sync.Mutex
	all := map[string]int{}
	t.Cleanup(func() { // when all stances have ended
		if t.Log(all); !t.Failed() && !storetest.Raced() {
			enough(t, all)
		}
	})
	for name, rounds := range undoings {
		if storetest.Raced() {
			rounds /= 6
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			u := newUndoing(t, stances[name](t), seed)
			for attempt := range 4 * rounds {
				if u.tally["imports"] == rounds {
					break
				}
				u.saying = fmt.Sprintf("seed %d, attempt %d", seed, attempt)
				u.round(attempt)
			}
			t.Logf("seed %d", seed)
			if u.tally["imports"] != rounds {
				t.Errorf("%d imports were applied, want %d: most are refused", u.tally["imports"], rounds)
			}
			mu.Lock()
			defer mu.Unlock()
			for name, n := range u.tally {
				all[name] += n
			}
		})
	}
}

// undoing is a store, and one that has only its edits.
type undoing struct {
	t       *testing.T
	rng     *rand.Rand
	atlas   *geo.Atlas
	service *ingest.Service
	// store is what imports are taken into, mirror the one with the edits alone.
	store  geo.Store
	mirror *storetest.Plain
	// site and mirrored serve the two.
	site, mirrored http.Handler
	// saying says which import it is, for what fails.
	saying string
	// tally counts what has come up.
	tally map[string]int
	// edits counts the edits, which have names by it; added are features that edits
	// have added, sources all that there may be.
	edits   int
	added   []named
	sources map[string]bool
}

// named names a row.
type named struct {
	kind           geo.RowKind
	collection, id string
}

// String is how a refusal names the row.
func (n named) String() string {
	switch n.kind {
	case geo.StatusRow:
		return geo.StatusID + " of " + n.collection + "/" + n.id
	case geo.SourceRow:
		return geo.SourcesID + "/" + n.id
	default:
		return n.collection + "/" + n.id
	}
}

// undoneNow is the day on which everything happens.
var undoneNow = time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)

func newUndoing(t *testing.T, store geo.Store, seed uint64) *undoing {
	u := &undoing{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), atlas: geo.Border(), store: store, tally: map[string]int{}, sources: map[string]bool{},
	}
	u.service = &ingest.Service{Atlas: u.atlas, Store: store, Open: openFile, Dir: t.TempDir(), MaxBytes: 1 << 20, Now: func() time.Time { return undoneNow }}
	u.site = u.served(store)
	if err := store.Apply(t.Context(), u.beginning()); err != nil {
		t.Fatal(err)
	}
	u.copy()
	return u
}

func (u *undoing) served(store api.Store) http.Handler {
	return api.New(u.atlas, unrevised{store}, api.Options{BaseURL: "http://oxus.test", Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return undoneNow }})
}

// unrevised is a store whose features tell no revision, which counts on when something
// is taken back.
type unrevised struct{ api.Store }

// For implements geo.Gate.
func (s unrevised) For(who geo.Role) geo.View { return unrevisedView{s.Store.For(who)} }

type unrevisedView struct{ geo.View }

// Items implements geo.Reader.
func (v unrevisedView) Items(ctx context.Context, q geo.Query) iter.Seq2[geo.Item, error] {
	return func(yield func(geo.Item, error) bool) {
		for it, err := range v.View.Items(ctx, q) {
			if err == nil {
				f := *it.Feature
				f.Revision, it.Feature = 0, &f
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

func (u *undoing) chance(percent int) bool { return u.rng.IntN(100) < percent }

func (u *undoing) one(of ...string) string { return of[u.rng.IntN(len(of))] }

// baseCount is how many features of each collection, and sources, are there from the
// beginning.
const baseCount = 6

func baseID(collection string, n int) string { return collection[:2] + "-" + strconv.Itoa(n) }

// beginning is what is there before the first import.
func (u *undoing) beginning() geo.Change {
	ch := geo.Change{Actor: "test"}
	for i := range baseCount {
		ch.Sources = append(ch.Sources, u.source("s"+strconv.Itoa(i)))
		for _, c := range u.atlas.Collections {
			ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: u.feature(c, baseID(c.ID, i))})
		}
	}
	for _, c := range u.atlas.Collections {
		for i := 0; i < baseCount && c.HasStatus(); i += 2 {
			ch.Periods = append(ch.Periods, geo.Period{
				ID: "begun-" + strconv.Itoa(i), Collection: c.ID, Scope: geo.OfFeature, Owner: baseID(c.ID, i), Kind: geo.Phase, Status: c.Statuses[i%3].Value,
				From: partial("2000"), Basis: geo.Ongoing, Summary: "Invented.", Sources: []string{"s0"},
			})
		}
	}
	return ch
}

func partial(text string) geo.PartialDate {
	d, err := geo.ParsePartialDate(text)
	if err != nil {
		panic(err) // a date of this file is none
	}
	return d
}

func (u *undoing) source(id string) geo.Source {
	u.sources[id] = true
	return geo.Source{ID: id, Publisher: "Invented", Title: "Invented " + strconv.Itoa(u.rng.IntN(1000))}
}

// feature is one with what it must have.
func (u *undoing) feature(c *geo.Collection, id string) geo.Feature {
	f := geo.Feature{ID: id, Geometry: u.place(c), Values: make([]geo.Value, len(c.Properties)), Sources: []string{u.one("s0", "s1", "s2")}}
	for i := range c.Properties {
		if p := &c.Properties[i]; p.Required {
			f.Values[i] = u.cell(p)
		}
	}
	return f
}

func (u *undoing) place(c *geo.Collection) orb.Geometry {
	at := func() orb.Point {
		return orb.Point{69 + float64(u.rng.IntN(4000))/1000, 36 + float64(u.rng.IntN(3000))/1000}
	}
	if c.Geometry == geo.Line {
		return orb.LineString{at(), at(), at()}
	}
	return at()
}

// cell is some value of a property, as a table has it. Required properties are texts.
func (u *undoing) cell(p *geo.Property) string {
	switch {
	case p.Codes != nil && p.Type == geo.TextList:
		return p.Codes[0].Value + "|" + p.Codes[1].Value
	case p.Codes != nil:
		return p.Codes[u.rng.IntN(len(p.Codes))].Value
	case p.Refers != "":
		return baseID(p.Refers, u.rng.IntN(baseCount))
	case p.Name == "project":
		return u.one("First", "Second")
	case p.Type == geo.Integer:
		return strconv.Itoa(int(p.Min) + u.rng.IntN(15))
	case p.Type == geo.Number:
		return strconv.Itoa(u.rng.IntN(1000)) + ".5"
	case p.Type == geo.TextList:
		return u.one("a|b", "c")
	case p.Type == geo.Partial:
		return u.one("2019", "2019-05", "2019-05-06")
	case strings.Contains(p.Name, "country"):
		return u.one("TJ", "AF")
	default:
		return "Invented " + strconv.Itoa(u.rng.IntN(1000))
	}
}

// copy makes the other store anew, as the store is.
func (u *undoing) copy() {
	u.t.Helper()
	ch := geo.Change{Actor: "test"}
	seen := map[string]bool{}
	for _, c := range u.atlas.Collections {
		for it, err := range u.store.Items(u.t.Context(), geo.Query{Collection: c, Histories: true}) {
			if err != nil {
				u.t.Fatal(err)
			}
			ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: *it.Feature})
			for _, p := range it.History {
				if !seen[c.ID+p.ID] {
					seen[c.ID+p.ID] = true
					ch.Periods = append(ch.Periods, p)
				}
			}
		}
	}
	var err error
	if ch.Sources, err = u.store.Sources(u.t.Context(), slices.Sorted(maps.Keys(u.sources))); err != nil {
		u.t.Fatal(err)
	}
	u.mirror = storetest.NewPlain(u.atlas)
	if err := u.mirror.Apply(u.t.Context(), ch); err != nil {
		u.t.Fatalf("%s: %v", u.saying, err)
	}
	u.mirrored = u.served(u.mirror)
}

// undoneDays are asked about, beside all times and today.
var undoneDays = []geo.Date{geo.NewDate(2003, time.June, 1), geo.NewDate(2019, time.May, 6), geo.NewDate(2024, time.January, 1)}

// picture is everything a store tells, but for revisions and history: features with
// their status as of several days, periods, sources, and tiles as bytes.
func (u *undoing) picture(store geo.Reader, site http.Handler) string {
	u.t.Helper()
	var b strings.Builder
	for _, c := range u.atlas.Collections {
		for i := range len(undoneDays) + 1 {
			q := geo.Query{Collection: c, Today: geo.DateOf(undoneNow), Histories: true}
			if i > 0 {
				q.Time = &geo.Interval{From: undoneDays[i-1], To: undoneDays[i-1]}
			}
			for it, err := range store.Items(u.t.Context(), q) {
				if err != nil {
					u.t.Fatalf("%s: %v", u.saying, err)
				}
				fmt.Fprintf(&b, "%d %s %s %v %q %v %q %s %+v\n", i, c.ID, it.ID, it.Geometry, it.Values, it.Lifetime, it.Sources, it.Standing.Status, it.History)
			}
		}
	}
	sources, err := store.Sources(u.t.Context(), slices.Sorted(maps.Keys(u.sources)))
	if err != nil {
		u.t.Fatalf("%s: %v", u.saying, err)
	}
	fmt.Fprintf(&b, "%+v\n", sources)
	for _, path := range []string{
		"/api/tiles/WebMercatorQuad/0/0/0", "/api/tiles/WebMercatorQuad/6/24/44", "/api/tiles/WebMercatorQuad/8/98/178?datetime=2019-05-06", "/api/collections/status-periods/tiles/WebMercatorQuad/0/0/0",
	} {
		w := httptest.NewRecorder()
		site.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK || w.Body.Len() < 100 {
			u.t.Fatalf("%s: %s is answered by %d, %d bytes", u.saying, path, w.Code, w.Body.Len())
		}
		fmt.Fprintf(&b, "%s %q\n", path, w.Body.Bytes())
	}
	return b.String()
}

// now is what the store tells.
func (u *undoing) now() string { return u.picture(u.store, u.site) }

// same fails unless the store tells what it should.
func (u *undoing) same(what, want string) {
	u.t.Helper()
	if got := u.now(); got != want {
		mine, theirs := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(mine), len(theirs)) {
			if mine[i] != theirs[i] {
				u.t.Fatalf("%s, %s: the store tells\n%.1500s\nwant\n%.1500s", u.saying, what, mine[i], theirs[i])
			}
		}
		u.t.Fatalf("%s, %s: the store tells %d lines, want %d", u.saying, what, len(mine), len(theirs))
	}
}

// asWithout fails unless the store tells what it would without the import.
func (u *undoing) asWithout(what string) {
	u.t.Helper()
	u.same(what, u.picture(u.mirror, u.mirrored))
}

// round stages and applies a random import and takes it back.
func (u *undoing) round(attempt int) {
	u.t.Helper()
	im, rows := u.stage(attempt)
	if len(rows) == 0 {
		u.tally["nothing to apply"]++
		return
	}
	if _, err := u.service.Apply(u.t.Context(), im.ID, "zarina", true); err != nil {
		if geo.KindOf(err) == 0 {
			u.t.Fatalf("%s: %v", u.saying, err)
		}
		u.tally["not applied"]++
		u.asWithout("an import that was refused: " + err.Error())
		return
	}
	u.tally["imports"]++
	switch n := u.rng.IntN(10); {
	case n < 5:
		u.amongOthers(im, rows)
	case n < 9:
		u.touched(im, rows)
	default:
		u.restedOn(im, rows)
	}
}

// amongOthers takes an import back after edits of other rows.
func (u *undoing) amongOthers(im geo.Import, rows map[named]geo.ImportRow) {
	u.t.Helper()
	for range 1 + u.rng.IntN(3) {
		u.editOther(rows)
	}
	applied := ""
	undo := u.chance(35)
	if undo {
		applied = u.now()
	}
	back := u.takeBack(im.ID, false)
	u.tally["taken back"]++
	u.asWithout("taken back")
	if undo {
		u.takeBackAgain(back, applied)
	}
}

// takeBackAgain takes the taking back back, and that again.
func (u *undoing) takeBackAgain(back geo.Import, applied string) {
	u.t.Helper()
	again := u.takeBack(back.ID, false)
	u.same("the taking back taken back", applied)
	u.takeBack(again.ID, false)
	u.asWithout("taken back again")
	u.tally["taken back again"]++
}

func (u *undoing) takeBack(id string, onlyUntouched bool) geo.Import {
	u.t.Helper()
	back, err := u.service.RollBack(u.t.Context(), id, "zarina", onlyUntouched)
	if err != nil {
		u.t.Fatalf("%s: %v", u.saying, err)
	}
	return back
}

// refuses fails unless taking an import back is refused and changes nothing.
func (u *undoing) refuses(id string, onlyUntouched bool) *geo.Error {
	u.t.Helper()
	before := u.now()
	_, err := u.service.RollBack(u.t.Context(), id, "zarina", onlyUntouched)
	var conflict *geo.Error
	if !errors.As(err, &conflict) || conflict.Kind != geo.Conflict || len(conflict.Faults) == 0 {
		u.t.Fatalf("%s: taken back with %v", u.saying, err)
	}
	u.same("refused to be taken back", before)
	return conflict
}

// touched edits rows of the import, which is refused to be taken back by their names;
// without them it is taken back.
func (u *undoing) touched(im geo.Import, rows map[named]geo.ImportRow) {
	u.t.Helper()
	edited := map[string]bool{}
	var all geo.Change
	for _, n := range u.some(rows) {
		row := rows[n]
		ch, ok := u.editOf(&row)
		if !ok {
			continue
		}
		u.write(u.store, ch)
		edited[n.String()] = true
		all.Sources, all.Features, all.Periods = append(all.Sources, ch.Sources...), append(all.Features, ch.Features...), append(all.Periods, ch.Periods...)
	}
	if len(edited) == 0 {
		u.takeBack(im.ID, false)
		u.asWithout("taken back")
		return
	}
	named := map[string]bool{}
	for _, f := range u.refuses(im.ID, false).Faults {
		named[f.Place.Feature] = true
	}
	if !maps.Equal(named, edited) {
		u.t.Fatalf("%s: refused for %v, edited are %v", u.saying, named, edited)
	}
	u.tally["refused for edits"]++
	// Without the other rows what was edited may break a rule: a phase over one that has
	// no end again.
	if u.tryWrite(u.mirror, all) != nil {
		u.refuses(im.ID, true)
		u.tally["what is edited stands in the way"]++
		u.copy()
		return
	}
	applied := u.now()
	back := u.takeBack(im.ID, true)
	u.tally["the untouched taken back"]++
	u.asWithout("the untouched taken back")
	if len(rows) > len(edited) && u.chance(35) {
		u.takeBackAgain(back, applied)
	}
}

// some are a few of the rows, in a random order.
func (u *undoing) some(rows map[named]geo.ImportRow) []named {
	list := slices.SortedFunc(maps.Keys(rows), func(a, b named) int { return strings.Compare(a.String(), b.String()) })
	u.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(len(list), 1+u.rng.IntN(3))]
}

// editOf is a change of a row of an import by somebody. It names nothing that the
// import has brought.
func (u *undoing) editOf(row *geo.ImportRow) (ch geo.Change, ok bool) {
	switch {
	case row.After.Source != nil:
		s := *row.After.Source
		s.Title = u.anew()
		ch.Sources = append(ch.Sources, s)
	case row.After.Period != nil:
		p := *row.After.Period
		p.Cause, p.Sources = u.anew(), []string{"s0"}
		ch.Periods = append(ch.Periods, p)
	case row.Kind == geo.FeatureRow:
		was := row.After.Feature
		if was == nil {
			was = row.Before.Feature // which is added again
		}
		c := u.collection(row.Collection)
		f := *was
		f.Values, f.Sources = slices.Clone(f.Values), []string{"s0"}
		for i := range c.Properties {
			if c.Properties[i].Refers != "" {
				f.Values[i] = nil
			}
		}
		f.Values[c.PropertyIndex("summary")] = u.anew()
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
	default:
		return ch, false
	}
	return ch, true
}

// anew is a text that no row has: an edit to what a row has already is none.
func (u *undoing) anew() string {
	u.edits++
	return "Edited " + strconv.Itoa(u.edits) + "."
}

func (u *undoing) collection(id string) *geo.Collection {
	c, err := u.atlas.Collection(id)
	if err != nil {
		u.t.Fatal(err)
	}
	return c
}

// restedOn lets a period rest on a feature that the import adds, which cannot be taken
// back while it does.
func (u *undoing) restedOn(im geo.Import, rows map[named]geo.ImportRow) {
	u.t.Helper()
	for n, row := range rows {
		if row.Kind != geo.FeatureRow || row.Before.Exists() || !u.collection(n.collection).HasStatus() {
			continue
		}
		u.write(u.store, geo.Change{Periods: []geo.Period{u.disruption(n)}})
		u.refuses(im.ID, false)
		u.refuses(im.ID, true)
		u.write(u.store, geo.Change{Removals: []geo.Removal{{Kind: geo.StatusRow, Collection: n.collection, ID: "edited-" + strconv.Itoa(u.edits)}}})
		u.tally["rested on"]++
		break
	}
	u.takeBack(im.ID, false)
	u.asWithout("taken back")
}

func (u *undoing) disruption(owner named) geo.Period {
	u.edits++
	return geo.Period{
		ID: "edited-" + strconv.Itoa(u.edits), Collection: owner.collection, Scope: geo.OfFeature, Owner: owner.id, Kind: geo.Disruption,
		Status: u.collection(owner.collection).Statuses[1].Value, From: partial(u.one("2003", "2019-05-06", "2024-01")), Basis: geo.UnknownEnd,
		Cause: "Invented", Summary: "Invented.", Sources: []string{"s1"},
	}
}

// tryWrite writes a change; features replace what has their id, at whatever revision.
func (u *undoing) tryWrite(store geo.Store, ch geo.Change) error {
	u.t.Helper()
	revision := func(c *geo.Collection, id string) int64 {
		d, err := store.Detail(u.t.Context(), c, id, 0)
		if geo.KindOf(err) == geo.NotFound {
			return 0
		}
		if err != nil {
			u.t.Fatalf("%s: %v", u.saying, err)
		}
		return d.Revision
	}
	ch.Actor = "editor"
	ch.Features, ch.Removals = slices.Clone(ch.Features), slices.Clone(ch.Removals)
	for i := range ch.Features {
		ch.Features[i].Expect = revision(ch.Features[i].Collection, ch.Features[i].Feature.ID)
	}
	for i := range ch.Removals {
		if r := &ch.Removals[i]; r.Kind == geo.FeatureRow {
			r.Expect = revision(u.collection(r.Collection), r.ID)
		}
	}
	return store.Apply(u.t.Context(), ch)
}

func (u *undoing) write(store geo.Store, ch geo.Change) {
	u.t.Helper()
	if err := u.tryWrite(store, ch); err != nil {
		u.t.Fatalf("%s: an edit is refused: %v", u.saying, err)
	}
}

// editOther writes something that the import does not touch into both stores.
func (u *undoing) editOther(rows map[named]geo.ImportRow) {
	u.t.Helper()
	ch, ok := u.other(rows)
	if !ok {
		return
	}
	u.tally["edits"]++
	u.write(u.store, ch)
	u.write(u.mirror, ch)
}

func (u *undoing) other(rows map[named]geo.ImportRow) (ch geo.Change, ok bool) {
	u.edits++
	c := u.atlas.Collections[u.rng.IntN(len(u.atlas.Collections))]
	base := named{geo.FeatureRow, c.ID, baseID(c.ID, u.rng.IntN(baseCount))}
	_, isTouched := rows[base]
	switch u.rng.IntN(5) {
	case 0:
		added := named{geo.FeatureRow, c.ID, "edited-" + strconv.Itoa(u.edits)}
		u.added = append(u.added, added)
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: u.feature(c, added.id)})
	case 1:
		d, err := u.mirror.Detail(u.t.Context(), c, base.id, 0)
		if isTouched || err != nil {
			return ch, false
		}
		f := *d.Feature
		f.Values = slices.Clone(f.Values)
		f.Values[c.PropertyIndex("summary")] = "Edited " + strconv.Itoa(u.edits)
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
	case 2:
		if isTouched || !c.HasStatus() {
			return ch, false
		}
		ch.Periods = append(ch.Periods, u.disruption(base))
	case 3:
		s := u.source(u.one("edited-"+strconv.Itoa(u.edits), "s"+strconv.Itoa(u.rng.IntN(baseCount))))
		if _, isTouched := rows[named{geo.SourceRow, "", s.ID}]; isTouched {
			return ch, false
		}
		ch.Sources = append(ch.Sources, s)
	case 4:
		if len(u.added) == 0 {
			return ch, false
		}
		i := u.rng.IntN(len(u.added))
		n := u.added[i]
		if _, isTouched := rows[n]; isTouched {
			return ch, false
		}
		u.added = slices.Delete(u.added, i, i+1)
		ch.Removals = append(ch.Removals, geo.Removal{Kind: n.kind, Collection: n.collection, ID: n.id})
	}
	return ch, true
}

// stage uploads a random file and returns what it would change; one that is refused is
// given up and changes nothing.
func (u *undoing) stage(attempt int) (geo.Import, map[named]geo.ImportRow) {
	u.t.Helper()
	targets := []string{geo.StatusID, geo.SourcesID, geo.StatusID}
	for _, c := range u.atlas.Collections {
		targets = append(targets, c.ID)
	}
	target := targets[attempt%len(targets)]
	options := map[string]string{"crs": "EPSG:4326"}
	modes := ingest.Modes()
	if target == geo.StatusID || target == geo.SourcesID {
		modes = slices.DeleteFunc(modes, func(m ingest.Mode) bool { return m == ingest.Replace })
	}
	if mode := modes[u.rng.IntN(len(modes))]; mode == ingest.Replace {
		options["mode"], options["missing"] = string(mode), u.one("keep", "remove")
	} else {
		options["mode"] = string(mode)
	}
	text, err := json.Marshal(options)
	if err != nil {
		u.t.Fatal(err)
	}
	parts := []*geo.UploadPart{{Name: "made-up.csv", Body: strings.NewReader(u.table(target))}}
	im, err := u.service.Begin(u.t.Context(), &geo.Upload{Collection: target, Options: text, Actor: "zarina"}, func() (*geo.UploadPart, error) {
		if len(parts) == 0 {
			return nil, io.EOF
		}
		part := parts[0]
		parts = parts[1:]
		return part, nil
	})
	if err == nil {
		im, err = u.service.Stage(u.t.Context(), im.ID, nil)
	}
	if err != nil {
		u.t.Fatalf("%s: %v", u.saying, err)
	}
	u.saying += fmt.Sprintf(", %s into %s (%s)", im.ID, target, text)
	u.sources["import-"+im.ID] = true
	if im.State != geo.Staged {
		if _, err := u.service.Discard(u.t.Context(), im.ID); err != nil {
			u.t.Fatalf("%s: %v", u.saying, err)
		}
		return im, nil
	}
	rows := map[named]geo.ImportRow{}
	for row, err := range u.service.Changes(u.t.Context(), &im, geo.RowsBefore{}) {
		if err != nil {
			u.t.Fatalf("%s: %v", u.saying, err)
		}
		rows[named{row.Kind, row.Collection, row.ID}] = row
	}
	u.tally["into "+target]++
	u.tally["mode "+options["mode"]]++
	return im, rows
}

// table is a random file for a collection.
func (u *undoing) table(target string) string {
	var rows [][]string
	switch target {
	case geo.StatusID:
		rows = u.periods()
	case geo.SourcesID:
		rows = [][]string{{"id", "publisher", "title", "published"}}
		for i := range 8 {
			if u.chance(50) {
				u.sources["s"+strconv.Itoa(i)] = true
				rows = append(rows, []string{"s" + strconv.Itoa(i), "Invented", "Imported " + strconv.Itoa(u.rng.IntN(100)), u.one("", "2020", "2021-02-03")})
			}
		}
	default:
		rows = u.features(u.collection(target))
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		u.t.Fatal(err)
	}
	return b.String()
}

func (u *undoing) periods() [][]string {
	rows := [][]string{{"collection", "owner", "kind", "status", "from_date", "to_date", "cause", "summary", "sources"}}
	for range 1 + u.rng.IntN(4) {
		c := u.atlas.Collections[u.rng.IntN(len(u.atlas.Collections))]
		if !c.HasStatus() {
			continue
		}
		kind, end := u.one("phase", "disruption"), ""
		from := 2001 + u.rng.IntN(25)
		if u.chance(30) {
			end = strconv.Itoa(from + 1)
		}
		rows = append(rows, []string{
			c.ID, baseID(c.ID, u.rng.IntN(baseCount)), kind, c.Statuses[u.rng.IntN(len(c.Statuses))].Value, strconv.Itoa(from), end,
			u.one("", "Invented"), "Invented " + strconv.Itoa(u.rng.IntN(100)), u.one("s0", "s1|s2", ""),
		})
	}
	return rows
}

func (u *undoing) features(c *geo.Collection) [][]string {
	head := []string{"id", "wkt", c.Lifetime.From}
	var properties []*geo.Property
	for i := range c.Properties {
		if p := &c.Properties[i]; p.Required || u.chance(40) && !strings.HasPrefix(p.Name, "fatalities") {
			properties = append(properties, p)
			head = append(head, p.Name)
		}
	}
	cites := u.chance(60)
	if cites {
		head = append(head, "sources")
	}
	rows := [][]string{head}
	for i := range baseCount + 4 {
		if u.chance(45) {
			continue
		}
		row := []string{baseID(c.ID, i), wktOf(u.place(c)), u.one("", "1999", "2001-02", "2001-02-03")}
		for _, p := range properties {
			text := u.cell(p)
			if !p.Required && u.chance(30) {
				text = ""
			}
			row = append(row, text)
		}
		if cites {
			row = append(row, u.one("s0", "s1|s2", ""))
		}
		rows = append(rows, row)
	}
	return rows
}

func wktOf(g orb.Geometry) string {
	pair := func(p orb.Point) string { return fmt.Sprintf("%v %v", p[0], p[1]) }
	if l, isLine := g.(orb.LineString); isLine {
		return "LINESTRING (" + pair(l[0]) + ", " + pair(l[1]) + ", " + pair(l[2]) + ")"
	}
	return "POINT (" + pair(g.(orb.Point)) + ")"
}

// enough fails unless every case has come up.
func enough(t *testing.T, tally map[string]int) {
	t.Helper()
	cases := []string{"edits", "taken back", "taken back again", "refused for edits", "the untouched taken back", "rested on", "into status", "into sources"}
	for _, m := range ingest.Modes() {
		cases = append(cases, "mode "+string(m))
	}
	for _, c := range geo.Border().Collections {
		cases = append(cases, "into "+c.ID)
	}
	for _, name := range cases {
		if tally[name] == 0 {
			t.Errorf("%q has not come up", name)
		}
	}
}
