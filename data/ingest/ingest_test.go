package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"

	"oxus/data/ingest"
	"oxus/data/memory"
	"oxus/data/storetest"
	"oxus/geo"
)

// table is a layer written down in a test: WGS 84 points.
type table struct {
	fields  []geo.Field
	widths  []int
	rows    [][]geo.Value
	points  []geom.T
	crs     string
	refused map[int]geo.Fault // record → what the format room says of it
	repairs []geo.Fault       // what it has set right in each record
}

const wgs84 = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`

func (l *table) Name() string        { return "test" }
func (l *table) Fields() []geo.Field { return l.fields }
func (l *table) CRS() string         { return l.crs }
func (l *table) Records() iter.Seq2[geo.Record, error] {
	return func(yield func(geo.Record, error) bool) {
		for i, row := range l.rows {
			r := geo.Record{Number: i + 1, Values: row, Filled: make([]bool, len(row)), Repairs: l.repairs}
			for k, v := range row {
				text, isText := v.(string)
				r.Filled[k] = isText && k < len(l.widths) && l.widths[k] > 0 && len(text) > l.widths[k]-4
			}
			if i < len(l.points) {
				r.Geometry = l.points[i]
			}
			var err error
			if f, bad := l.refused[i+1]; bad {
				err = f
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func fields(names ...string) []geo.Field {
	list := make([]geo.Field, len(names))
	for i, n := range names {
		list[i].Name = n
	}
	return list
}

func at(lon, lat float64) geom.T { return geom.NewPointFlat(geom.XY, []float64{lon, lat}) }

// stored opens a store with two crossings in it.
func stored(t *testing.T) (*memory.Store, *geo.Collection) {
	t.Helper()
	atlas := geo.Border()
	s, err := memory.Over(context.Background(), atlas, storetest.NewPlain(atlas))
	if err != nil {
		t.Fatal(err)
	}
	c, err := atlas.Collection("crossings")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("а", 200) // 400 bytes of UTF-8
	ch := geo.Change{
		Actor: "test", Sources: []geo.Source{{ID: "s1", Publisher: "p", Title: "t"}},
		Features: []geo.Put{
			{Collection: c, Feature: crossing(c, "tem", orb.Point{71.5, 37.5}, "Tem", long)},
			{Collection: c, Feature: crossing(c, "langar", nil, "Langar", "short")},
		},
	}
	if err := s.Apply(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func crossing(c *geo.Collection, id string, g orb.Geometry, name, summary string) geo.Feature {
	f := geo.Feature{ID: id, Geometry: g, Values: make([]geo.Value, len(c.Properties)), Sources: []string{"s1"}}
	f.Values[c.PropertyIndex("name_en")] = name
	f.Values[c.PropertyIndex("summary")] = summary
	f.Values[c.PropertyIndex("mode")] = []string{"road", "foot"}
	return f
}

func request(c *geo.Collection) ingest.Request {
	return ingest.Request{
		Atlas: geo.Border(), Collection: c.ID, Import: "20261123-test", File: "x.zip", Digest: "0123456789abcdef", Actor: "zarina",
		Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
	}
}

// plan is a checked layer with the rows that it would change.
type plan struct {
	Report *ingest.Report
	rows   []geo.ImportRow
}

func prepare(t *testing.T, s geo.Reader, l geo.Layer, r ingest.Request) *plan {
	t.Helper()
	p := &plan{}
	var err error
	p.Report, err = ingest.Check(context.Background(), l, s, r, func(row *geo.ImportRow) error {
		p.rows = append(p.rows, *row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Apply writes the rows of a plan as one change.
func (p *plan) Apply(ctx context.Context, s geo.Writer) error {
	ch, err := ingest.ChangeOf(p.rows, geo.Border())
	if err != nil {
		return err
	}
	ch.Actor = "zarina"
	return s.Apply(ctx, ch)
}

// found are the findings of a severity as "record field rule".
func found(r *ingest.Report, s ingest.Severity) []string {
	var list []string
	for _, f := range r.Findings.List {
		if f.Severity == s {
			list = append(list, fmt.Sprint(f.Record, " ", f.Field, " ", f.Rule))
		}
	}
	return list
}

func detail(t *testing.T, s geo.Reader, c *geo.Collection, id string) *geo.Detail {
	t.Helper()
	d, err := s.Detail(context.Background(), c, id, 20000)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNewChangedSameMissing(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("ID", "NAME_EN", "summary", "built_year", "extra"), crs: wgs84,
		rows: [][]geo.Value{
			{"tem", "Tem – Demogan", nil, int64(2002), "x"},
			{"ruzvay", "Ruzvay", "A bridge.", float64(2004), "y"},
		},
		points: []geom.T{at(71.50389, 37.52806), at(70.8, 38.4)},
	}
	r := request(c)
	plan := prepare(t, s, l, r)
	// A blank summary would lose a required text: the record is refused.
	if got := found(plan.Report, ingest.Error); !slices.Equal(got, []string{"1 summary required-property"}) || plan.Report.State() != geo.Checked {
		t.Fatalf("refused %v, %s", got, plan.Report.State())
	}
	l.rows[0][2] = "First bridge."
	plan = prepare(t, s, l, r)
	rep := plan.Report
	if !slices.Equal(rep.New, []string{"ruzvay"}) || len(rep.Changed) != 1 || rep.Counts.Same != 0 || !slices.Equal(rep.Gone, []string{"langar"}) || rep.State() != geo.Staged {
		t.Fatalf("%+v", rep)
	}
	if m := rep.Changed[0].Moved; m < 3000 || m > 3300 {
		t.Errorf("moved by %v m", m)
	}
	if len(rep.Mapping.Ignored) != 1 || !strings.HasPrefix(rep.Mapping.Ignored[0], "extra") {
		t.Errorf("ignored %v", rep.Mapping.Ignored)
	}
	if err := plan.Apply(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	tem, ruzvay := detail(t, s, c, "tem"), detail(t, s, c, "ruzvay")
	if tem.Revision != 2 || tem.Values[c.PropertyIndex("built_year")] != int64(2002) || !slices.Equal(tem.Feature.Sources, []string{"s1"}) {
		t.Errorf("tem is %+v", tem.Feature)
	}
	if mode := tem.Values[c.PropertyIndex("mode")]; !geo.EqualValues(mode, []string{"road", "foot"}) {
		t.Errorf("a property the file does not have became %v", mode)
	}
	if len(ruzvay.Sources) != 1 || ruzvay.Sources[0].Publisher != "zarina" || !strings.Contains(ruzvay.Sources[0].Supports, "0123456789abcdef") {
		t.Errorf("a feature without a source cites %+v", ruzvay.Sources)
	}
	if again := prepare(t, s, l, r).Report; again.Counts.Same != 2 || len(again.New)+len(again.Changed) > 0 {
		t.Errorf("a second import is not the same: %+v", again)
	}
}

func TestRecordsAreRefusedByRuleAndPlace(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("id", "name_en", "summary", "mode", "built_year", "sources", "valid_from"), crs: wgs84,
		rows: [][]geo.Value{
			{"a", "A", "a", "canoe", nil, "s1", nil},
			{"b", "B", "b", "road", "old", "s1", nil},
			{"", "C", "c", nil, nil, "s1", nil},
			{"d", "D", "d", nil, nil, "s1", nil},
			{"d", "D", "d", nil, nil, "s1", nil},
			{"e", "E", "e", nil, nil, "s1", nil},
			{"f", "F", "f", nil, int64(20000), "s1", nil},
			{"g h", "G", "g", nil, nil, "s1", nil},
			{"i", "I", "i", nil, nil, "s1", "2020-02-30"},
			{"j", "J", "j", nil, nil, "s1", nil},
		},
		points:  []geom.T{nil, nil, nil, nil, nil, at(200, 37), nil, nil, nil, nil},
		refused: map[int]geo.Fault{10: {Rule: "broken-shape", Place: geo.Place{Record: 10}, Detail: "it is broken"}},
	}
	plan := prepare(t, s, l, request(c))
	want := map[int]geo.Rule{
		1: geo.RuleCode, 2: geo.RuleType, 3: ingest.RuleKey, 5: ingest.RuleDuplicateKey, 6: ingest.RuleDomain,
		7: geo.RuleRange, 8: geo.RuleID, 9: geo.RuleType, 10: "broken-shape",
	}
	for _, f := range plan.Report.Findings.List {
		if f.Severity != ingest.Error {
			continue
		}
		if want[f.Record] != f.Rule {
			t.Errorf("%v, want rule %s", f, want[f.Record])
		}
		delete(want, f.Record)
	}
	if len(want) > 0 || plan.Report.Counts.Refused != 9 || plan.Report.State() != geo.Checked {
		t.Errorf("%d refused, not refused: %v", plan.Report.Counts.Refused, want)
	}
}

// What a shapefile cannot hold must not shorten what is stored.
func TestCutTextsAndLostGeometryKeepWhatIsStored(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("id", "summary", "mode"), widths: []int{20, 254, 10}, crs: wgs84,
		rows: [][]geo.Value{
			{"tem", strings.Repeat("а", 127), "(2:road,fo"},
			{"langar", "short", "(2:road,foot)"},
		},
	}
	rep := prepare(t, s, l, request(c)).Report
	warned := []string{"1 mode text-may-be-cut", "1 summary text-may-be-cut", "1  no-geometry"}
	if got := found(rep, ingest.Warning); rep.Counts.Same != 2 || !slices.Equal(got, warned) {
		t.Errorf("same %d, %v, changed %+v", rep.Counts.Same, rep.Findings.List, rep.Changed)
	}
}

func TestAMoveBelowACentimetreIsNone(t *testing.T) {
	s, c := stored(t)
	l := &table{fields: fields("id"), crs: wgs84, rows: [][]geo.Value{{"tem"}}, points: []geom.T{at(71.50000005, 37.50000005)}}
	if rep := prepare(t, s, l, request(c)).Report; rep.Counts.Same != 1 {
		t.Errorf("%+v", rep)
	}
	l.points[0] = at(71.5000005, 37.5)
	if rep := prepare(t, s, l, request(c)).Report; len(rep.Changed) != 1 {
		t.Errorf("%+v", rep)
	}
}

func TestNamesCutToTenCharacters(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("id", "side_a_cou", "side_a_adm", "side_a_a_1", "side_b_adm", "structure_", "status_sin"), crs: wgs84,
		rows: [][]geo.Value{{"tem", "TJ", "GBAO", "Khorog", "Badakhshan", 135.0, nil}},
	}
	plan := prepare(t, s, l, request(c))
	got := map[string]string{}
	for _, m := range plan.Report.Mapping.Matches {
		got[m.Property] = m.Field
	}
	for property, field := range map[string]string{
		"side_a_country": "side_a_cou", "side_a_admin1": "side_a_adm", "side_a_admin2": "side_a_a_1", "structure_length_m": "structure_",
		"side_b_admin1": "", "side_b_admin2": "", // one of two: nobody can tell which
	} {
		if got[property] != field {
			t.Errorf("%s is filled by %q, want %q", property, got[property], field)
		}
	}
	if len(plan.Report.Mapping.Ignored) != 2 {
		t.Errorf("ignored %v", plan.Report.Mapping.Ignored)
	}
}

// Lists that a file holds as text, whole and cut.
func TestLists(t *testing.T) {
	for _, tc := range []struct {
		text string
		cut  bool
		want []string // nil: refused; the stored list is road, foot
	}{
		{"rail", false, []string{"rail"}},
		{"road|foot", false, []string{"road", "foot"}},
		{"(1:rail)", false, []string{"rail"}},
		{`["rail","road"]`, false, []string{"rail", "road"}},
		{`[ "road" ,"fo`, true, []string{"road", "foot"}},
		{"(2:road,fo", true, []string{"road", "foot"}},
		{"(2:road,foot", true, []string{"road", "foot"}},
		{"road|fo", true, []string{"road", "foot"}},
		{`["rail","ro`, true, nil},
		{"(2:rail,ro", true, nil},
		{"(2:rail)", false, nil},
		{"(2:ro,ad,foot)", false, nil},
		{"(2:road,fo", false, nil},
	} {
		s, c := stored(t)
		l := &table{fields: fields("id", "mode", "alt_names"), crs: wgs84, rows: [][]geo.Value{{"tem", tc.text, nil}}}
		if tc.cut {
			l.widths = []int{0, len(tc.text), 0}
		}
		plan := prepare(t, s, l, request(c))
		if refused := plan.Report.Errors() > 0; refused != (tc.want == nil) {
			t.Errorf("%s: %v", tc.text, plan.Report.Findings.List)
			continue
		}
		if err := plan.Apply(context.Background(), s); tc.want != nil && err != nil {
			t.Fatal(err)
		}
		if got := detail(t, s, c, "tem").Values[c.PropertyIndex("mode")]; tc.want != nil && !geo.EqualValues(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.text, got, tc.want)
		}
	}
}

// A dry run refuses what the store would refuse.
func TestReferencesAndIdentities(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("id", "name_en", "summary", "parent", "sources"), crs: wgs84,
		rows: [][]geo.Value{
			{"a", "A", "a", "b", "s1"},
			{"b", "B", "b", "tem", "s1"},
			{"c", "C", "c", "nowhere", "s1"},
			{"d", "D", "d", "nowhere", "s1|none"},
			{"tem", "Tem bridge", "t", nil, "none"},
		},
	}
	rep := prepare(t, s, l, request(c)).Report
	want := []string{"3 parent unknown-feature", "4 sources unknown-source", "4 parent unknown-feature", "5 sources unknown-source"}
	if got := found(rep, ingest.Error); !slices.Equal(got, want) {
		t.Errorf("refused %q", got)
	}
	// Each record is counted once: new, changed, the same or refused.
	if rep.Counts.New != 2 || len(rep.New) != 2 || rep.Counts.Changed != 0 || len(rep.Changed) != 0 || rep.Counts.Refused != 3 || rep.Counts.Records != 5 {
		t.Errorf("%v, %v, %+v", rep.New, rep.Changed, rep.Counts)
	}
	l = &table{
		fields: fields("id", "name_en", "summary"), crs: wgs84,
		rows: [][]geo.Value{
			{nil, "New Bridge", "x"}, {nil, "new-bridge", "x"}, // one slug
			{nil, "TEM!", "x"},          // the slug of a stored feature
			{"langar-2", "Langar", "x"}, // another id than its name's
		},
	}
	r := request(c)
	r.Options.Key = "name_en"
	rep = prepare(t, s, l, r).Report
	wanted := map[int]geo.Rule{2: geo.RuleDuplicateID, 3: geo.RuleDuplicateID, 4: geo.RuleID}
	for _, f := range rep.Findings.List {
		if f.Severity != ingest.Error {
			continue
		}
		if wanted[f.Record] != f.Rule {
			t.Errorf("%v", f)
		}
		delete(wanted, f.Record)
	}
	if len(wanted) > 0 {
		t.Errorf("not refused: %v", wanted)
	}
}

// A field can be said to fill nothing: what is stored is kept then.
func TestAFieldThatFillsNothing(t *testing.T) {
	s, c := stored(t)
	l := &table{fields: fields("id", "name_en", "summary", "descr"), crs: wgs84, rows: [][]geo.Value{{"tem", "Another", "Another.", "Third."}}}
	r := request(c)
	r.Options.Map = map[string]string{"NAME_EN": "", "summary": "", "descr": "", "elsewhere": ""}
	rep := prepare(t, s, l, r).Report
	want := []string{"name_en: it is said to fill nothing", "summary: it is said to fill nothing", "descr: it is said to fill nothing"}
	if rep.Counts.Same != 1 || !slices.Equal(rep.Mapping.Ignored, want) {
		t.Errorf("%+v %q", rep.Counts, rep.Mapping.Ignored)
	}
	delete(r.Options.Map, "descr") // and its name may be taken then
	if rep := prepare(t, s, l, r).Report; len(rep.Mapping.Ignored) != 2 || rep.Counts.Changed != 1 || rep.Changed[0].ID != "tem" {
		t.Errorf("%+v %+v", rep.Counts, rep.Mapping)
	}
}

func TestMappingAndKeyMistakes(t *testing.T) {
	s, c := stored(t)
	l := &table{fields: fields("CODE", "name"), crs: wgs84, rows: [][]geo.Value{{"Tem", "Tem bridge"}}}
	for name, tc := range map[string]struct {
		change func(*ingest.Request)
		rule   geo.Rule
	}{
		"no such field":    {func(r *ingest.Request) { r.Options.Map = map[string]string{"COD": "id"} }, ingest.RuleMapping},
		"no such property": {func(r *ingest.Request) { r.Options.Map = map[string]string{"CODE": "ident"} }, ingest.RuleMapping},
		"two for one":      {func(r *ingest.Request) { r.Options.Map = map[string]string{"CODE": "id", "name": "id"} }, ingest.RuleMapping},
		"derived property": {func(r *ingest.Request) { r.Options.Map = map[string]string{"CODE": "status"} }, ingest.RuleMapping},
	} {
		r := request(c)
		tc.change(&r)
		_, err := ingest.Check(context.Background(), l, s, r, nothing)
		var refused *geo.Error
		if !errors.As(err, &refused) || len(refused.Faults) != 1 || refused.Faults[0].Rule != tc.rule {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := request(c)
	r.Options.Key, r.Options.Map = "name_en", map[string]string{"CODE": "name_en", "name": "structure"}
	if rep := prepare(t, s, l, r).Report; len(rep.Changed) != 1 || rep.Changed[0].ID != "tem" {
		t.Errorf("a key of its own: %+v", rep)
	}
	for text, name := range map[string]string{"OGC:CRS84": "WGS 84", "epsg:4326": "WGS 84", "EPSG:32642": "WGS 84 / UTM zone 42N"} {
		if l.crs = text; prepare(t, s, l, r).Report.CRS != name {
			t.Errorf("%s is read as %s", text, prepare(t, s, l, r).Report.CRS)
		}
	}
	// What only the maintainer can say is asked.
	l.crs = ""
	for want, r := range map[string]ingest.Request{"crs": r, "key crs": request(c)} {
		rep := prepare(t, s, l, r).Report
		var asked []string
		for _, q := range rep.Questions {
			asked = append(asked, q.Option)
		}
		if strings.Join(asked, " ") != want || rep.State() != geo.Decoded {
			t.Errorf("asked %v, want %s", asked, want)
		}
	}
}

func nothing(*geo.ImportRow) error { return nil }

// Two imports prepared on one state: the second finds the data changed.
func TestTheDataChangedMeanwhile(t *testing.T) {
	s, c := stored(t)
	l := &table{fields: fields("id", "structure"), crs: wgs84, rows: [][]geo.Value{{"tem", "bridge"}}}
	first, second := prepare(t, s, l, request(c)), prepare(t, s, l, request(c))
	if err := first.Apply(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if err := second.Apply(context.Background(), s); geo.KindOf(err) != geo.Conflict {
		t.Errorf("got %v, want a conflict", err)
	}
}

// What a room of formats has set right is told with the record, and with the place in
// longitude and latitude.
func TestRepairsOfAFileAreTold(t *testing.T) {
	s, c := stored(t)
	l := one(at(720800, 4151000), plainNames, "x", "Made up", "m")
	l.crs = "EPSG:32642"
	l.repairs = []geo.Fault{
		{Rule: geo.RuleRingClosed, Place: geo.Place{Point: &orb.Point{720800, 4151000}}, Detail: "ring 1 was open"},
		{Rule: geo.RuleRingClosed, Place: geo.Place{Point: &orb.Point{1e9, 0}}, Detail: "ring 2 was open"},
	}
	rep := prepare(t, s, l, request(c)).Report
	var got []string
	for i := range rep.Findings.List {
		if f := &rep.Findings.List[i]; f.Severity == ingest.Repair {
			got = append(got, saw(f))
		}
	}
	want := []string{"repair 1 [] ring-closed 71.4971 37.4795: ring 1 was open", "repair 1 [] ring-closed 71.4971 37.4795: ring 2 was open"}
	if !slices.Equal(got, want) || rep.Counts.New != 1 {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReportText(t *testing.T) {
	s, c := stored(t)
	l := &table{
		fields: fields("id", "name_en", "mode"), crs: wgs84,
		rows:   [][]geo.Value{{"tem", "Tem bridge", nil}, {"x", nil, "canoe"}},
		points: []geom.T{geom.NewPointFlat(geom.XYZ, []float64{71.6, 37.5, 2000})},
	}
	var b strings.Builder
	if err := prepare(t, s, l, request(c)).Report.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"x.zip, layer test → crossings", "WGS 84", "2 records: 0 new, 1 changed, 0 same, 1 refused; 1 stored features are not in the file",
		"1 geometries lose their heights", `name_en "Tem" → "Tem bridge"`, `mode "road|foot" → ""`, "moved by 8", "record 2, feature x, field mode",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, b.String())
		}
	}
}
