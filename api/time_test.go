package api_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/data/storetest"
	"oxus/geo"
)

// timeCase is one line of testdata/time/cases.txt.
type timeCase struct {
	line              int
	text              string
	world, collection string
	question          url.Values
	refused           bool
	want              []string // id=status, or id
}

// TestTime asks every case of every stance and of every way out.
func TestTime(t *testing.T) {
	t.Parallel()
	cases := timeCases(t)
	if len(cases) < 120 {
		t.Fatalf("only %d cases", len(cases))
	}
	for turn, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			worlds := map[string]*timeWorld{"made": madeWorld(t, stance.open), "seed": seedWorld(t, stance.open)}
			for n, tc := range cases {
				if storetest.Raced() && n%len(stances) != turn {
					continue
				}
				t.Run(fmt.Sprint(tc.line), func(t *testing.T) { worlds[tc.world].ask(t, &tc) })
			}
		})
	}
}

// lines yields the lines of a file that say something, by number.
func lines(t *testing.T, file string, each func(number int, text string)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scanner := bufio.NewScanner(f)
	for n := 1; scanner.Scan(); n++ {
		if text := strings.TrimSpace(scanner.Text()); text != "" && !strings.HasPrefix(text, "#") {
			each(n, text)
		}
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
}

func timeCases(t *testing.T) []timeCase {
	var cases []timeCase
	lines(t, "testdata/time/cases.txt", func(n int, text string) {
		asked, answer, ok := strings.Cut(text, " : ")
		words := strings.Fields(asked)
		if !ok || len(words) < 2 {
			t.Fatalf("cases.txt:%d is not a case", n)
		}
		tc := timeCase{line: n, text: text, world: words[0], collection: words[1], question: url.Values{}}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			tc.question.Set(name, value)
		}
		switch answer {
		case "refused":
			tc.refused = true
		case "-":
		default:
			tc.want = strings.Fields(answer)
		}
		cases = append(cases, tc)
	})
	return cases
}

// timeWorld is a filled store with the moments its steps were recorded at.
type timeWorld struct {
	atlas   *geo.Atlas
	handler http.Handler
	moments map[string]time.Time
}

func (w *timeWorld) remember(t *testing.T, store geo.Store, name string) {
	t.Helper()
	st, err := store.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.moments[name] = st.Moment
}

func seedWorld(t *testing.T, open opener) *timeWorld {
	atlas := geo.Border()
	w := &timeWorld{atlas: atlas, moments: map[string]time.Time{}}
	store := open(t, atlas, false)
	t.Cleanup(func() { store.Close() })
	w.remember(t, store, "before")
	if err := fill(store, atlas); err != nil {
		t.Fatal(err)
	}
	w.handler = handler(atlas, store, quiet())
	return w
}

// madeWorld records the steps of world.txt one after the other.
func madeWorld(t *testing.T, open opener) *timeWorld {
	m := &maker{t: t, atlas: geo.Border(), revisions: map[string]int64{}}
	m.store = open(t, m.atlas, false)
	t.Cleanup(func() { m.store.Close() })
	w := &timeWorld{atlas: m.atlas, handler: handler(m.atlas, m.store, quiet()), moments: map[string]time.Time{}}
	w.remember(t, m.store, "before")
	m.remember = func(step string) { w.remember(t, m.store, step) }
	lines(t, "testdata/time/world.txt", m.take)
	m.record()
	return w
}

// maker reads world.txt into a store.
type maker struct {
	t         *testing.T
	atlas     *geo.Atlas
	store     geo.Store
	step      string
	change    geo.Change
	revisions map[string]int64
	remember  func(step string)
}

func (m *maker) take(n int, text string) {
	words := strings.Fields(text)
	switch {
	case words[0] == "step" && len(words) == 2:
		m.record()
		m.step = words[1]
	case words[0] == "feature" && len(words) == 7:
		m.feature(words[1:])
	case words[0] == "period" && len(words) == 9:
		m.period(words[1:])
	case words[0] == "remove" && len(words) == 4:
		m.change.Removals = append(m.change.Removals, geo.Removal{
			Kind: geo.RowKind(words[1]), Collection: words[2], ID: words[3], Expect: m.revisions[words[1]+words[2]+"/"+words[3]],
		})
	default:
		m.t.Fatalf("world.txt:%d is not understood: %s", n, text)
	}
}

// record applies the step and learns the revisions it left.
func (m *maker) record() {
	if m.step == "" {
		m.change.Sources = []geo.Source{{ID: "made", Publisher: "P", Title: "T"}}
		return
	}
	m.change.Actor, m.change.Note = "maker", m.step
	if err := m.store.Apply(context.Background(), m.change); err != nil {
		m.t.Fatalf("step %s: %v", m.step, err)
	}
	m.remember(m.step)
	m.change = geo.Change{}
	clear(m.revisions)
	for _, c := range m.atlas.Collections {
		for it, err := range m.store.Items(context.Background(), geo.Query{Collection: c}) {
			if err != nil {
				m.t.Fatal(err)
			}
			m.revisions["feature"+c.ID+"/"+it.ID] = it.Revision
		}
	}
}

func (m *maker) date(s string) geo.PartialDate {
	d, err := geo.ParsePartialDate(strings.TrimPrefix(s, "-"))
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

func (m *maker) feature(words []string) {
	c, err := m.atlas.Collection(words[0])
	if err != nil {
		m.t.Fatal(err)
	}
	f := geo.Feature{
		ID: words[1], Sources: []string{"made"}, Values: make([]geo.Value, len(c.Properties)),
		Lifetime: geo.Lifetime{From: m.date(words[4]), To: m.date(words[5])}, Geometry: m.geometry(c, words[3]),
	}
	group := map[string]string{"crossings": "structure", "casa-1000": "project", "incidents": "place_name"}[c.ID]
	for i, p := range c.Properties {
		switch {
		case p.Name == group:
			f.Values[i] = words[2]
		case p.Required && p.Codes != nil:
			f.Values[i] = p.Codes[0].Value
		case p.Required:
			f.Values[i] = words[1]
		}
	}
	m.change.Features = append(m.change.Features, geo.Put{Collection: c, Feature: f, Expect: m.revisions["feature"+c.ID+"/"+f.ID]})
}

func (m *maker) geometry(c *geo.Collection, text string) orb.Geometry {
	if text == "-" {
		return nil
	}
	var p orb.Point
	if _, err := fmt.Sscanf(text, "%g,%g", &p[0], &p[1]); err != nil {
		m.t.Fatal(err)
	}
	if c.Geometry == geo.Line {
		return orb.LineString{p, {p[0] + 0.5, p[1] + 0.5}}
	}
	return p
}

func (m *maker) period(words []string) {
	p := geo.Period{
		Collection: words[0], Scope: geo.OfFeature, Owner: words[1], ID: words[2], Kind: geo.PeriodKind(words[3]), Status: words[4],
		From: m.date(words[5]), To: m.date(words[6]), Basis: geo.EndBasis(words[7]), Sources: []string{"made"},
	}
	if p.Collection == "casa-1000" && p.Owner == "line" {
		p.Scope = geo.OfProject
	}
	m.change.Periods = append(m.change.Periods, p)
}

// ask asks a case of every way out.
func (w *timeWorld) ask(t *testing.T, tc *timeCase) {
	k, err := w.atlas.Collection(tc.collection)
	if err != nil {
		t.Fatal(err)
	}
	question := url.Values{}
	for name, value := range tc.question {
		question[name] = value
	}
	if moment, ok := w.moments[question.Get("as-recorded")]; ok {
		question.Set("as-recorded", moment.Format(time.RFC3339Nano))
	}
	a := &answers{t: t, world: w, tc: tc, k: k, question: question, on: w.asOf(question)}
	if tc.refused {
		a.refused()
		return
	}
	a.items()
	a.csv()
	a.tile()
	if k.HasStatus() {
		a.each()
		a.statusStats()
		a.periods()
		a.changes()
	} else {
		a.stats()
	}
}

// asOf is the day whose status a question is about, counted here on its own.
func (w *timeWorld) asOf(question url.Values) geo.Date {
	today := geo.DateOf(noon())
	if moment, err := time.Parse(time.RFC3339Nano, question.Get("as-recorded")); err == nil {
		today = geo.DateOf(moment)
	}
	q := geo.Query{Today: today}
	if i, err := geo.ParseInterval(question.Get("datetime")); err == nil {
		q.Time = &i
	}
	return q.AsOf()
}

// answers asks the ways out of one case.
type answers struct {
	t        *testing.T
	world    *timeWorld
	tc       *timeCase
	k        *geo.Collection
	question url.Values
	on       geo.Date
}

// get asks an address with the case's question and more parameters.
func (a *answers) get(address string, question url.Values, more ...string) []byte {
	a.t.Helper()
	values := url.Values{}
	for name, value := range question {
		values[name] = value
	}
	for i := 0; i < len(more); i += 2 {
		values.Set(more[i], more[i+1])
	}
	target := "/api/" + address + "?" + values.Encode()
	w := get(a.t, a.world.handler, target)
	if w.Code != http.StatusOK {
		a.t.Fatalf("%s\n%s answers %d: %s", a.tc.text, target, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func (a *answers) decode(into any, address string, question url.Values, more ...string) {
	a.t.Helper()
	if err := json.Unmarshal(a.get(address, question, more...), into); err != nil {
		a.t.Fatal(err)
	}
}

// same compares what a way out answers, in whatever order it does.
func (a *answers) same(way string, got []string) {
	a.t.Helper()
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(a.tc.want))) {
		a.t.Errorf("%s\n%s: %s", a.tc.text, way, strings.Join(got, " "))
	}
}

// entry writes a feature as a case does.
func (a *answers) entry(id, status string) string {
	if a.k.HasStatus() {
		return id + "=" + status
	}
	return id
}

// only keeps some of the parameters of the question.
func (a *answers) only(names ...string) url.Values {
	kept := url.Values{}
	for _, name := range names {
		if a.question.Has(name) {
			kept.Set(name, a.question.Get(name))
		}
	}
	return kept
}

func (a *answers) refused() {
	for _, address := range []string{"collections/" + a.k.ID + "/items", a.k.ID + ".geojson", a.k.ID + ".csv", "collections/" + a.k.ID + "/tiles/WebMercatorQuad/0/0/0"} {
		target := "/api/" + address + "?" + a.question.Encode()
		if w := get(a.t, a.world.handler, target); w.Code != http.StatusBadRequest {
			a.t.Errorf("%s\n%s answers %d", a.tc.text, target, w.Code)
		}
	}
}

// featureList is what the tests read of a feature collection.
type featureList struct {
	NumberMatched int
	Features      []struct {
		ID         string
		Geometry   json.RawMessage
		Properties map[string]any
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (a *answers) items() {
	for _, address := range []string{"collections/" + a.k.ID + "/items", a.k.ID + ".geojson"} {
		var list featureList
		a.decode(&list, address, a.question)
		var got []string
		for _, f := range list.Features {
			got = append(got, a.entry(f.ID, text(f.Properties["status"])))
		}
		a.same(address, got)
	}
	var list featureList
	a.decode(&list, "collections/"+a.k.ID+"/items", a.question, "count", "exact", "limit", "1")
	if list.NumberMatched != len(a.tc.want) {
		a.t.Errorf("%s\ncount: %d", a.tc.text, list.NumberMatched)
	}
}

func (a *answers) csv() {
	rows, err := csv.NewReader(strings.NewReader(string(a.get(a.k.ID+".csv", a.question)))).ReadAll()
	if err != nil || len(rows) == 0 {
		a.t.Fatalf("%s\nCSV: %d rows, %v", a.tc.text, len(rows), err)
	}
	status := slices.Index(rows[0], "status")
	var got []string
	for _, row := range rows[1:] {
		if status < 0 {
			got = append(got, row[0])
		} else {
			got = append(got, a.entry(row[0], row[status]))
		}
	}
	a.same("CSV", got)
}

// each asks for every feature of the answer alone, and for its timeline.
func (a *answers) each() {
	var one, line []string
	for _, want := range a.tc.want {
		id, status, _ := strings.Cut(want, "=")
		var item struct{ Properties map[string]any }
		a.decode(&item, "collections/"+a.k.ID+"/items/"+id, a.only("datetime", "as-recorded"))
		one = append(one, a.entry(id, text(item.Properties["status"])))
		if a.on > geo.DateOf(noon()) {
			line = append(line, a.entry(id, status)) // a timeline ends today
			continue
		}
		line = append(line, a.entry(id, a.onTimeline(id)))
	}
	a.same("one item", one)
	a.same("timeline", line)
}

func (a *answers) onTimeline(id string) string {
	var doc struct {
		Timeline []struct{ Start, End, Status string }
	}
	a.decode(&doc, "collections/"+a.k.ID+"/items/"+id+"/timeline", a.only("as-recorded"))
	on := a.on.String()
	for _, s := range doc.Timeline {
		if s.Start <= on && on <= s.End {
			return s.Status
		}
	}
	return geo.UnknownStatus
}

// statusStats counts the one day; it knows only days a feature exists on.
func (a *answers) statusStats() {
	if a.on > geo.DateOf(noon()) {
		return
	}
	var doc struct {
		Features []struct {
			ID     string
			Days   int
			Status map[string]int `json:"days_by_status"`
		}
	}
	question := url.Values{}
	for name, value := range a.question {
		if name != "datetime" {
			question[name] = value
		}
	}
	a.decode(&doc, "stats/status", question, "collection", a.k.ID, "from", a.on.String(), "to", a.on.String())
	for _, f := range doc.Features {
		i := slices.IndexFunc(a.tc.want, func(want string) bool { return strings.HasPrefix(want, f.ID+"=") })
		if i < 0 {
			a.t.Errorf("%s\nstatistics: %s too", a.tc.text, f.ID)
			continue
		}
		if _, status, _ := strings.Cut(a.tc.want[i], "="); f.Days != 1 || f.Status[status] != 1 {
			a.t.Errorf("%s\nstatistics of %s: %d days, %v", a.tc.text, f.ID, f.Days, f.Status)
		}
	}
	if single := a.question.Get("datetime"); single == a.on.String() && len(doc.Features) != len(a.tc.want) {
		a.t.Errorf("%s\nstatistics: %d features", a.tc.text, len(doc.Features))
	}
}

// stats counts what has no status.
func (a *answers) stats() {
	var doc struct{ Total int }
	a.decode(&doc, "stats/"+a.k.ID, a.question, "by", "category")
	if doc.Total != len(a.tc.want) {
		a.t.Errorf("%s\nstatistics: %d", a.tc.text, doc.Total)
	}
}

// periods looks for the status among the periods in force; unknown is none.
func (a *answers) periods() {
	var list featureList
	a.decode(&list, "collections/status-periods/items", a.only("as-recorded"), "datetime", a.on.String(), "collection", a.k.ID, "limit", "10000")
	inForce := map[string][]string{}
	for _, f := range list.Features {
		if f.Properties["kind"] != "milestone" {
			id := text(f.Properties["feature"])
			inForce[id] = append(inForce[id], text(f.Properties["status"]))
		}
	}
	for _, want := range a.tc.want {
		id, status, _ := strings.Cut(want, "=")
		if found := inForce[id]; (status == geo.UnknownStatus) != (len(found) == 0) || len(found) > 0 && !slices.Contains(found, status) {
			a.t.Errorf("%s\nperiods of %s in force: %v", a.tc.text, id, found)
		}
	}
}

// changes follows what changed up to the day, for features that exist on it.
func (a *answers) changes() {
	if a.on > geo.DateOf(noon()) || a.question.Get("datetime") != a.on.String() {
		return
	}
	var list featureList
	a.decode(&list, "changes", a.only("as-recorded", "bbox"), "to", a.on.String(), "collections", a.k.ID, "limit", "10000")
	status := map[string]string{}
	for _, f := range list.Features {
		member := "status_to"
		if f.Properties["change"] == "disappeared" {
			member = "status_from" // on its last day it is still there
		}
		status[text(f.Properties["feature"])] = text(f.Properties[member])
	}
	for _, want := range a.tc.want {
		id, _, _ := strings.Cut(want, "=")
		led, ok := status[id]
		if !ok {
			led = geo.UnknownStatus
		}
		if a.entry(id, led) != want {
			a.t.Errorf("%s\nchanges lead %s to %s", a.tc.text, id, led)
		}
	}
}

// tile asks for the one tile that holds the world: every feature with a position.
func (a *answers) tile() {
	var list featureList
	a.decode(&list, a.k.ID+".geojson", a.question)
	unplaced := map[string]bool{}
	for _, f := range list.Features {
		unplaced[f.ID] = string(f.Geometry) == "null"
	}
	var got, want []string
	for _, d := range getTile(a.t, a.world.handler, "/api/collections/"+a.k.ID+"/tiles/WebMercatorQuad/0/0/0?"+a.question.Encode())[a.k.ID] {
		got = append(got, a.entry(d.id(), text(d.attributes["status"])))
	}
	for _, w := range a.tc.want {
		if id, _, _ := strings.Cut(w, "="); !unplaced[id] {
			want = append(want, w)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		a.t.Errorf("%s\ntile: %s", a.tc.text, strings.Join(got, " "))
	}
}
