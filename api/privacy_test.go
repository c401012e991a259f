package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"oxus/api"
	"oxus/data/storetest"
	"oxus/geo"
)

// marker stands in every text of what is kept, and nowhere else. All rows with it
// are made up for this test.
const marker = "Zarkhez7781"

// keptFor are the audiences that something is kept for here.
var keptFor = []geo.Role{geo.Viewer, geo.Editor, geo.Maintainer}

// keptWorld is the curated dataset with what is kept for each audience, as far as a
// role may see it: for one who may not see it, a world in which it never was.
type keptWorld struct {
	store   geo.Store
	handler http.Handler
	keys    map[geo.Role]string
	// answered are answers of this world by target, where it is the twin of a role's.
	answered map[string]string
	// before is a moment when what is kept was not yet, public one when a feature that
	// is kept now was still to be seen by all, then one when all was there that is
	// removed now.
	moments map[string]time.Time
}

// newKeptWorld fills a store. Without a role everything is in it.
func newKeptWorld(t *testing.T, open opener, atlas *geo.Atlas, only func(geo.Role) bool) *keptWorld {
	t.Helper()
	w := &keptWorld{store: seeded(t, open, atlas), keys: map[geo.Role]string{geo.Everybody: ""}, moments: map[string]time.Time{}, answered: map[string]string{}}
	for _, role := range geo.Roles() {
		key, text, err := geo.NewKey("privacy-"+string(role), role, false, noon())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.AddKey(context.Background(), key); err != nil {
			t.Fatal(err)
		}
		w.keys[role] = text
	}
	w.remember(t, "before")
	w.apply(t, w.secrets(t, atlas, only, false))
	w.remember(t, "public")
	w.apply(t, w.secrets(t, atlas, only, true))
	w.remember(t, "then")
	w.apply(t, w.removals(only))
	w.handler = handler(atlas, w.store, quiet())
	if watched, ok := w.store.(storetest.Watched); ok {
		storetest.KnownOf(t, watched) // so that answers are kept
	}
	return w
}

func (w *keptWorld) remember(t *testing.T, name string) {
	t.Helper()
	st, err := w.store.State(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	w.moments[name] = st.Moment
}

func (w *keptWorld) apply(t *testing.T, ch geo.Change) {
	t.Helper()
	if err := w.store.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
}

// secretPlace is where what is kept for a role lies: outside of all other places.
func secretPlace(role geo.Role) orb.Point {
	return orb.Point{11.1357913, 51.2468024 + float64(slices.Index(keptFor, role))}
}

// secretDay is when it was: before all other days.
func secretDay(role geo.Role) geo.PartialDate {
	return geo.On(geo.NewDate(1871, time.March, 1+slices.Index(keptFor, role)))
}

// secrets is what is kept for each audience. At first a feature rests on what all
// may see, and is kept later.
func (w *keptWorld) secrets(t *testing.T, atlas *geo.Atlas, only func(geo.Role) bool, later bool) geo.Change {
	incidents, crossings := collectionOf(t, atlas, "incidents"), collectionOf(t, atlas, "crossings")
	ch := geo.Change{Actor: "privacy", Note: "made up"}
	expect := int64(0)
	if later {
		expect = 1
	}
	var mentioned []string
	var parent geo.Value
	for _, role := range keptFor {
		if !only(role) {
			continue
		}
		name := marker + " " + string(role)
		source := "kept-" + string(role)
		was := source
		if !later {
			was = "asiaplus-20210215"
			ch.Sources = append(ch.Sources, geo.Source{ID: source, Publisher: name, Title: name, Audience: role})
		}
		life := geo.Lifetime{From: secretDay(role), To: secretDay(role)}
		incident := func(id, source string) {
			f := geo.Feature{ID: id + "-" + string(role), Geometry: secretPlace(role), Lifetime: life, Sources: []string{source}, Values: make([]geo.Value, len(incidents.Properties))}
			for property, v := range map[string]geo.Value{"title": name, "category": "attack", "confidence": "confirmed", "summary": name, "place_name": name} {
				f.Values[incidents.PropertyIndex(property)] = v
			}
			if later {
				f.Values[incidents.PropertyIndex("admin1")] = name
			}
			ch.Features = append(ch.Features, geo.Put{Collection: incidents, Feature: f, Expect: expect})
		}
		incident("zarkhez", source)
		incident("zarkhez-gone", source)
		incident("zarkhez-once", was)
		bridge := geo.Feature{ID: "zarkhez-bridge-" + string(role), Geometry: secretPlace(role), Lifetime: geo.Lifetime{From: secretDay(role)}, Sources: []string{source}, Values: make([]geo.Value, len(crossings.Properties))}
		bridge.Values[crossings.PropertyIndex("name_en")] = name
		bridge.Values[crossings.PropertyIndex("summary")] = name
		if later {
			bridge.Values[crossings.PropertyIndex("structure")] = name
		}
		ch.Features = append(ch.Features, geo.Put{Collection: crossings, Feature: bridge, Expect: expect})
		day := secretDay(role)
		ch.Periods = append(ch.Periods,
			geo.Period{ID: "zarkhez-own-" + string(role), Collection: "crossings", Scope: geo.OfFeature, Owner: bridge.ID, Kind: geo.Phase, Status: "closed", From: day, To: day, Basis: geo.LastDocumented, Summary: name, Sources: []string{"asiaplus-20210215"}},
			geo.Period{ID: "zarkhez-shut-" + string(role), Collection: "crossings", Scope: geo.OfFeature, Owner: "shohon-khohon", Kind: geo.Disruption, Status: "suspended", From: day, To: day, Basis: geo.LastDocumented, Cause: "flood", Summary: name, Sources: []string{source}})
		mentioned = append(mentioned, bridge.ID)
		if role == geo.Maintainer {
			parent = bridge.ID
		}
	}
	if !later {
		return ch
	}
	ch.Features = append(ch.Features, w.naming(incidents, crossings, mentioned, parent)...)
	return ch
}

// naming are features for all to see that name what is kept.
func (w *keptWorld) naming(incidents, crossings *geo.Collection, mentioned []string, parent geo.Value) []geo.Put {
	plain := func(c *geo.Collection, id string, values map[string]geo.Value) geo.Put {
		f := geo.Feature{ID: id, Geometry: orb.Point{70.5, 38.25}, Lifetime: geo.Lifetime{From: geo.On(geo.NewDate(2020, time.May, 5))}, Sources: []string{"asiaplus-20210215"}, Values: make([]geo.Value, len(c.Properties))}
		for property, v := range values {
			f.Values[c.PropertyIndex(property)] = v
		}
		return geo.Put{Collection: c, Feature: f}
	}
	return []geo.Put{
		plain(incidents, "names-others", map[string]geo.Value{
			"title": "Names others", "category": "attack", "confidence": "confirmed", "summary": "Made up.", "related_features": append([]string{"tem-demogan"}, mentioned...),
		}),
		plain(crossings, "belongs-to-another", map[string]geo.Value{"name_en": "Belongs to another", "summary": "Made up.", "parent": parent}),
	}
}

// removals take away one of what is kept of each audience.
func (w *keptWorld) removals(only func(geo.Role) bool) geo.Change {
	ch := geo.Change{Actor: "privacy", Note: "made up"}
	for _, role := range keptFor {
		if only(role) {
			ch.Removals = append(ch.Removals, geo.Removal{Kind: geo.FeatureRow, Collection: "incidents", ID: "zarkhez-gone-" + string(role), Expect: 2})
		}
	}
	return ch
}

func collectionOf(t *testing.T, atlas *geo.Atlas, id string) *geo.Collection {
	t.Helper()
	c, err := atlas.Collection(id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a request as a role. The moments of the world stand in braces in the
// target.
func (w *keptWorld) ask(method, target string, who geo.Role, headers ...string) *httptest.ResponseRecorder {
	for name, moment := range w.moments {
		target = strings.ReplaceAll(target, "{"+name+"}", url.QueryEscape(moment.Format(time.RFC3339Nano)))
	}
	r := httptest.NewRequest(method, target, http.NoBody)
	if strings.HasPrefix(target, "/api/events") {
		// What is told as it happens does not end by itself.
		ctx, cancel := context.WithTimeout(r.Context(), 500*time.Millisecond)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if key := w.keys[who]; key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return recorder
}

// privacyWalk says for each address how it is asked. A star marks questions whose
// answer holds what is kept for those who may see it.
func privacyWalk() map[string][]string {
	narrow := []string{
		"limit=3", "limit=10000", "bbox=11,51,12,60", "datetime=1871-03-01/1871-03-03", "datetime=../1900-01-01", "count=exact&limit=1", "count=estimate&limit=1",
		"filter=" + url.QueryEscape("id LIKE 'zarkhez%'"), "filter=" + url.QueryEscape("S_INTERSECTS(geometry, BBOX(11, 51, 12, 60))"),
		"near=incidents/zarkhez-viewer&within=100", "near=incidents&within=1000", "limit=1000&as-recorded={then}", "limit=1000&as-recorded={public}", "as-recorded={before}",
	}
	collections := []string{"incidents", "crossings", "status-periods"}
	walk := map[string][]string{
		"": {""}, "/": {""}, "/conformance": {""}, "/openapi.json": {""}, "/docs": {""}, "/functions": {""}, "/assets/oxus.css": {""},
		"/collections": {"~", "f=html"},
		"/changes": {
			"limit=10000", "*collections=incidents&to=1900-01-01", "clock=record&limit=10000", "clock=record&collections=incidents&limit=10000", "f=atom", "*f=atom&to=1900-01-01",
			"bbox=11,51,12,60", "limit=1000&as-recorded={then}", "f=html&to=1900-01-01",
			"*collections=incidents&to=1900-01-01&filter=" + url.QueryEscape("id LIKE 'zarkhez%'"), "*collections=crossings&to=1900-01-01&status=closed,open,suspended,restricted,unknown",
			"collections=crossings&filter=" + url.QueryEscape("status = 'closed'"), "collections=incidents&id=zarkhez-viewer",
		},
		"/cite":    {"collection=incidents", "collection=incidents&datetime=1871-03-01", "collection=crossings&as-recorded={then}", "collection=incidents&as-recorded={public}"},
		"/sources": {"*ids=kept-viewer,kept-editor,kept-maintainer,asiaplus-20210215", "ids=kept-viewer,kept-editor,kept-maintainer&as-recorded={then}", "ids=kept-viewer,kept-editor,kept-maintainer&f=html"},
		"/stats/:collection": {
			"incidents?by=year", "incidents?by=month", "*incidents?by=place_name", "incidents?by=category&as-recorded={then}", "incidents?by=category&bbox=11,51,12,60", "incidents?by=category&f=html",
			"*incidents?by=place_name,year", "crossings?by=status", "*crossings?by=name_en,status", "crossings?by=status&datetime=1871-03-01", "status-periods?by=year",
			"crossings?by=status_age&datetime=1871-03-01", "crossings?by=status_age,status",
		},
		"/stats/status": {
			"collection=crossings&limit=10000", "collection=crossings&from=1871-01-01&to=1872-01-01&limit=10000", "collection=crossings&limit=1000&as-recorded={then}",
		},
		"/tiles": {""}, "/tiles/:matrix": {"WebMercatorQuad?", "WebMercatorQuad?f=tilejson", "WebMercatorQuad?f=html"},
		"/tiles/:matrix/:z/:y/:x": {"WebMercatorQuad/0/0/0?", "*WebMercatorQuad/5/10/16?", "WebMercatorQuad/0/0/0?as-recorded={then}"},
		"/events":                 {""}, "/session": {""}, "/imports": {""}, "/mappings": {""},
		"/imports/:import": {""}, "/imports/:import/report": {""}, "/imports/:import/changes": {""}, "/imports/:import/preview": {""}, "/imports/:import/events": {""},
		"/mappings/:mapping": {""},
	}
	add := func(route string, targets ...string) { walk[route] = append(walk[route], targets...) }
	for _, c := range collections {
		add("/collections/:collection", c+"?", c+"?f=html")
		for _, document := range []string{"schema", "queryables", "sortables", "schema/geojson", "tiles"} {
			add("/collections/:collection/"+document, c+"?")
		}
		add("/collections/:collection/tiles/:matrix", c+" WebMercatorQuad?", c+" WebMercatorQuad?f=tilejson")
		add("/collections/:collection/tiles/:matrix/:z/:y/:x", c+" WebMercatorQuad/0/0/0?", "*"+c+" WebMercatorQuad/5/10/16?", c+" WebMercatorQuad/0/0/0?as-recorded={then}")
		for _, q := range narrow {
			star := ""
			if q == "limit=10000" || q == "bbox=11,51,12,60" || q == "limit=1000&as-recorded={then}" {
				star = "*"
			}
			add("/collections/:collection/items", star+c+"?"+q)
		}
		for _, f := range append(api.FormatNames(), "html") {
			differs := "~"
			if f == "gpkg" {
				differs = "" // its files are compared by size alone, which pages round up
			}
			add("/collections/:collection/items", differs+c+"?bbox=11,51,12,60&f="+f)
			if f == "json" {
				f = "geojson"
			}
			if f != "html" {
				add("/:file", differs+c+"."+f+"?bbox=11,51,12,60", c+"."+f+"?")
			}
		}
	}
	for _, role := range keptFor {
		for _, id := range []string{"incidents/zarkhez-", "incidents/zarkhez-once-", "incidents/zarkhez-gone-", "crossings/zarkhez-bridge-"} {
			c, id, _ := strings.Cut(id+string(role), "/")
			add("/collections/:collection/items/:item", c+" "+id+"?", c+" "+id+"?f=html", c+" "+id+"?as-recorded={then}", c+" "+id+"?as-recorded={public}")
			add("/collections/:collection/items/:item/revisions", c+" "+id+"?")
			add("/collections/:collection/items/:item/timeline", c+" "+id+"?")
		}
		add("/collections/:collection/items/:item", "status-periods crossings~zarkhez-own-"+string(role)+"~zarkhez-bridge-"+string(role)+"?", "status-periods crossings~zarkhez-shut-"+string(role)+"~shohon-khohon?")
	}
	add("/collections/:collection/items/:item", "*crossings shohon-khohon?datetime=1871-03-01", "crossings shohon-khohon?as-recorded={then}", "incidents names-others?", "crossings belongs-to-another?", "crossings shohon-khohon?f=html")
	add("/collections/:collection/items/:item/timeline", "*crossings shohon-khohon?")
	add("/collections/:collection/items/:item/revisions", "*crossings shohon-khohon?limit=1000", "incidents names-others?", "crossings belongs-to-another?")
	return walk
}

// targetOf fills a route with the parts of a question.
func targetOf(route, question string) string {
	question = strings.TrimLeft(question, "*~")
	if !strings.Contains(route, ":") {
		if question == "" {
			return "/api" + route
		}
		return "/api" + route + "?" + question
	}
	parts, query, _ := strings.Cut(question, "?")
	fields := strings.Fields(parts)
	address := "/api" + route
	for _, name := range []string{":collection", ":item", ":file", ":matrix/:z/:y/:x", ":matrix"} {
		if strings.Contains(address, name) && len(fields) > 0 {
			address = strings.Replace(address, name, fields[0], 1)
			fields = fields[1:]
		}
	}
	address = strings.NewReplacer(":import", "none", ":mapping", "none").Replace(address)
	return strings.TrimSuffix(address+"?"+query, "?")
}

var (
	recordedNow = regexp.MustCompile(time.Now().UTC().Format("2006-01-") + `\d\dT\d\d(:|%3A|%253A)\d\d(:|%3A|%253A)\d\d(\.\d+)?Z`)
	numbered    = regexp.MustCompile(`"requestId":"[0-9a-f]+"|cursor=[^&"<> ]+|"(number|revision)":\d+|"id":"\d+"|/changes[^<" ]*#\d+|checksum[":= ]+sha256:[0-9a-f]+|sha256:[0-9a-f]{64}`)
)

// versionNames are those that events tell, which differ between two worlds.
var versionNames = regexp.MustCompile(`:"[0-9a-f]+"`)

// comparableAnswer is what an answer tells, without the numbers and moments of the record,
// in which two worlds differ however alike they are.
func comparableAnswer(w *httptest.ResponseRecorder) string {
	text := answerText(w)
	if strings.Contains(text, `"action":`) || strings.Contains(text, `"moved_m":`) {
		// The order of the rows of one change is a store's own.
		lines := strings.Split(strings.ReplaceAll(text, "},", "}"), "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	return text
}

func answerText(w *httptest.ResponseRecorder) string {
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/geopackage") {
		// What describes its tables is in no order. What is in it is read as text.
		return fmt.Sprintf("%d %d", w.Code, w.Body.Len())
	}
	body := recordedNow.ReplaceAllString(w.Body.String(), "(recorded)")
	if strings.HasPrefix(w.Header().Get("Content-Type"), eventsType) {
		body = versionNames.ReplaceAllString(body, `:"(version)"`)
	}
	return fmt.Sprintf("%d %s\n%s", w.Code, w.Header().Get("Content-Type"), numbered.ReplaceAllString(body, "(numbered)"))
}

// readableAnswer is all text of an answer, also that of packed files, and of its header.
func readableAnswer(t *testing.T, w *httptest.ResponseRecorder) string {
	text := w.Body.String()
	for name, values := range w.Header() {
		text += "\n" + name + ": " + strings.Join(values, ", ")
	}
	if w.Header().Get("Content-Type") == "application/zip" {
		packed, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range packed.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			inside, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			text += string(inside)
		}
	}
	return text
}

// What is kept for a role is not there for others, on any way out: to each who asks
// every answer is what it would be in a world in which what they may not see never
// was. The questions are asked at every address that the server has.
func TestKeptIsNotThere(t *testing.T) {
	t.Parallel()
	walk := privacyWalk()
	for route, methods := range api.Routes(geo.Border()) {
		if slices.Contains(methods, http.MethodGet) && walk[route] == nil {
			t.Errorf("nobody asks %s; add to privacyWalk how it is asked", route)
		}
	}
	twins := map[geo.Role]*keptWorld{}
	for _, who := range []geo.Role{geo.Everybody, geo.Viewer, geo.Editor} {
		twins[who] = newKeptWorld(t, openFile, geo.Border(), who.Sees)
	}
	for turn, stance := range stances {
		t.Run(stance.name, func(t *testing.T) {
			whole := newKeptWorld(t, stance.open, geo.Border(), func(geo.Role) bool { return true })
			told := map[geo.Role]int{}
			for n, route := range slices.Sorted(maps.Keys(walk)) {
				questions := walk[route]
				if storetest.Raced() { // every other one, each in one of the stances
					questions = questions[:1]
					if n%(2*len(stances)) != turn {
						continue
					}
				}
				for _, question := range questions {
					whole.compare(t, twins, route, question, told)
				}
			}
			for _, role := range keptFor {
				if told[role] < 20 && !storetest.Raced() {
					t.Errorf("only %d answers tell what is kept for %s to those who may see it", told[role], role)
				}
			}
		})
	}
}

// compare asks one question as everybody who can ask.
func (w *keptWorld) compare(t *testing.T, twins map[geo.Role]*keptWorld, route, question string, told map[geo.Role]int) {
	t.Helper()
	target := targetOf(route, question)
	answers := map[geo.Role]string{}
	for _, who := range append(geo.Roles(), geo.Everybody) {
		if strings.HasPrefix(route, "/imports") && who.Includes(geo.Maintainer) || route == "/session" {
			continue // answered to those from whom nothing is hidden, or about the key alone
		}
		got := w.ask(http.MethodGet, target, who)
		answers[who] = comparableAnswer(got)
		text := readableAnswer(t, got)
		if again := comparableAnswer(w.ask(http.MethodGet, target, who)); again != answers[who] {
			t.Errorf("%q is answered otherwise again at %s:\n got %s\nthen %s", who, target, whereApart(answers[who], again), whereApart(again, answers[who]))
		}
		for _, role := range keptFor {
			shown := strings.Contains(text, marker+" "+string(role))
			switch {
			case shown && !who.Sees(role):
				t.Errorf("%q reads what is kept for %s at %s", who, role, target)
			case shown:
				told[role]++
			case question != "" && question[0] == '*' && who.Sees(role):
				t.Errorf("%q does not read what is kept for %s at %s\n%.500s", who, role, target, text)
			}
		}
		if twin := twins[who]; twin != nil {
			want, known := twin.answered[target]
			if !known {
				want = comparableAnswer(twin.ask(http.MethodGet, target, who))
				twin.answered[target] = want
			}
			if answers[who] != want {
				t.Errorf("%q is answered otherwise at %s than where nothing was ever kept:\n got %s\nwant %s", who, target, whereApart(answers[who], want), whereApart(want, answers[who]))
			}
		}
	}
	if question != "" && question[0] == '~' && (answers[geo.Viewer] == answers[geo.Everybody] || answers[geo.Editor] == answers[geo.Viewer] || answers[geo.Maintainer] == answers[geo.Editor]) {
		t.Errorf("those who may see more are answered the same at %s", target)
	}
}

// whereApart is a text from shortly before where it parts from another.
func whereApart(text, other string) string {
	at := 0
	for at < len(text) && at < len(other) && text[at] == other[at] {
		at++
	}
	return fmt.Sprintf("%.300q", text[max(0, at-80):])
}
