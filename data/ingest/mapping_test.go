package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oxus/data/ingest"
	"oxus/geo"
)

// column is a field of a test with its values.
type column struct {
	name   string
	values []geo.Value
}

func col(name string, values ...geo.Value) column { return column{name, values} }

// columns makes a layer of columns; those that are shorter end with blanks.
func columns(list ...column) *table {
	l := &table{crs: wgs84}
	rows := 0
	for _, c := range list {
		l.fields = append(l.fields, geo.Field{Name: c.name})
		rows = max(rows, len(c.values))
	}
	for i := range rows {
		row := make([]geo.Value, len(list))
		for k, c := range list {
			if i < len(c.values) {
				row[k] = c.values[i]
			}
		}
		l.rows = append(l.rows, row)
		l.points = append(l.points, at(71.5, 37+float64(i)/100))
	}
	return l
}

// matched writes a mapping as "field=property by", those found by name without by.
func matched(r *ingest.Report) []string {
	var list []string
	for _, m := range r.Mapping.Matches {
		text := m.Field + "=" + m.Property
		if m.By != ingest.ByName {
			text += " " + string(m.By)
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

// Headers as programs and offices write them. The rows are made up.
func TestFieldsFindTheirProperties(t *testing.T) {
	tajik := []geo.Value{"Ишкошим", "Тем", "Рузвай", "Шоҳон"}
	russian := []geo.Value{"Ишкашим", "Тем", "Рузвай", "Шохон"}
	dari := []geo.Value{"اشکاشم", "تیم", "روزوی", "شاهان"}
	ids := []geo.Value{"a", "b", "c", "d"}
	for name, tc := range map[string]struct {
		collection string
		layer      *table
		want       []string
		ignored    []string // beginnings
	}{
		"our own names": {
			"crossings", columns(col("id", ids...), col("name_en", "A"), col("NAME_TG", "Б"), col("built_year", int64(2002))),
			[]string{"NAME_TG=name_tg", "built_year=built_year", "id=id", "name_en=name_en"},
			nil,
		},
		"exact names win over aliases": {
			"crossings", columns(col("name", "A"), col("id", ids...), col("name_en", "B"), col("descr", "d"), col("summary", "s")),
			[]string{"id=id", "name_en=name_en", "summary=summary"},
			[]string{"name: no property", "descr: no property"},
		},
		"QGIS": {
			"crossings", columns(col("fid", int64(1)), col("id", ids...), col("Name", "A"), col("descriptio", "d"), col("YEAR_BUILT", int64(2002)), col("Comment", "c")),
			[]string{"Name=name_en alias", "YEAR_BUILT=built_year alias", "descriptio=summary alias", "id=id"},
			[]string{"fid: no property", "Comment: no property"},
		},
		"ArcGIS": {
			"crossings",
			columns(col("OBJECTID", int64(1)), col("Identifier", "a-1"), col("NAME_ENG", "A"), col("NAME_RUS", "Б"), col("POINT_X", 71.5), col("Shape_Leng", 0.1), col("Remarks", "r")),
			[]string{"Identifier=id alias", "NAME_ENG=name_en alias", "NAME_RUS=name_ru alias", "Remarks=summary alias"},
			[]string{"OBJECTID: no property", "POINT_X: where a record lies", "Shape_Leng: no property"},
		},
		"OpenStreetMap": {
			"crossings", columns(col("osm_id", "n1"), col("name", "Б"), col("name:en", "A"), col("name:tg", "Б"), col("name:prs", "ب"), col("operator", "o"), col("barrier", "border_control")),
			[]string{"name:en=name_en alias", "name:prs=name_fa alias", "name:tg=name_tg alias", "operator=operator_or_funder alias"},
			[]string{"osm_id: no property", "name: no property", "barrier: no property"},
		},
		"a power line of OpenStreetMap, in volts": {
			"transmission-lines", columns(col("id", ids...), col("name", "A"), col("voltage", int64(220000)), col("circuits", int64(2))),
			[]string{"circuits=circuits", "id=id", "name=name_en alias"},
			[]string{"voltage: it may stand for voltage_kv, but 220000 lies outside 0 to 2000; use --map"},
		},
		"a power line in kilovolts": {
			"transmission-lines", columns(col("id", ids...), col("kV", int64(220), int64(500)), col("Power", 300.0), col("length_m", 12000.0), col("programme", "x")),
			[]string{"Power=capacity_mw alias", "id=id", "kV=voltage_kv alias", "programme=project alias"},
			[]string{"length_m: no property"},
		},
		"an office of geodesy": {
			"power-facilities",
			columns(col("CODE", "AF-1"), col("Name_Dari", dari...), col("Province_E", "Balkh"), col("ISO2", "AF", "TJ"), col("TYPE", "substation"), col("MW", 100.0)),
			[]string{"ISO2=country alias", "MW=capacity_mw alias", "Name_Dari=name_fa alias", "Province_E=admin1 alias", "TYPE=kind alias"},
			[]string{"CODE: no property"},
		},
		"a type that has other codes": {
			"power-facilities", columns(col("id", ids...), col("TYPE", "Подстанция")),
			[]string{"id=id"},
			[]string{`TYPE: it may stand for kind, but "Подстанция" is not one of`},
		},
		"Cyrillic headers": {
			"crossings", columns(col("id", ids...), col("Название", "А"), col("НОМИ", "Б"), col("Примечание", "в"), col("Год", "2004")),
			[]string{"id=id", "Год=built_year alias", "НОМИ=name_tg alias", "Название=name_ru alias", "Примечание=summary alias"},
			nil,
		},
		"Arabic headers, whatever their yeh": {
			"incidents", columns(col("id", ids...), col("عنوان", "x"), col("تاريخ", "2022-05-01"), col("شرح", "y"), col("محل", "z")),
			[]string{"id=id", "تاريخ=start_date alias", "شرح=summary alias", "عنوان=title alias", "محل=place_name alias"},
			nil,
		},
		"ACLED": {
			"incidents", columns(col("event_id_cnty", "AFG1"), col("event_date", "2022-05-01"), col("event_type", "Battles"), col("actor1", "X"),
				col("country", "Afghanistan"), col("admin1", "Balkh"), col("location", "L"), col("latitude", 37.0), col("source", "Newspaper"), col("notes", "n"), col("fatalities", int64(2))),
			[]string{"actor1=actors alias", "admin1=admin1", "country=country", "event_date=start_date alias", "location=place_name alias", "notes=summary alias"},
			[]string{
				"event_id_cnty: no property", `event_type: it may stand for category, but "Battles" is not one of`, "latitude: where a record lies",
				"source: it may stand for sources, but it names no source", "fatalities: no property",
			},
		},
		"UCDP": {
			"incidents", columns(col("id", int64(244657)), col("date_start", "2022-05-01"), col("date_end", "2022-05-02"), col("side_a", "X"), col("low", int64(1)), col("high", int64(3)),
				col("best", int64(2)), col("source_headline", "h"), col("where_coordinates", "w"), col("adm_1", "Balkh")),
			[]string{
				"adm_1=admin1 alias", "date_end=end_date alias", "date_start=start_date alias", "high=fatalities_high alias", "id=id", "low=fatalities_low alias",
				"side_a=actors alias", "source_headline=title alias", "where_coordinates=place_name alias",
			},
			[]string{"best: no property"},
		},
		"sources that are stored": {
			"crossings", columns(col("id", ids...), col("src", "s1", "s1|s2")), []string{"id=id", "src=sources alias"}, nil,
		},
		"a date that is none": {
			"incidents", columns(col("id", ids...), col("date", "soon")), []string{"id=id"}, []string{"date: it may stand for start_date, but"},
		},
		"misspelt": {
			"crossings", columns(col("id", ids...), col("operator_or_fonder", "o"), col("posision_basis", "p"), col("structre", "bridge")),
			[]string{"id=id", "operator_or_fonder=operator_or_funder likeness", "posision_basis=position_basis likeness", "structre=structure likeness"},
			nil,
		},
		"alike and not the same": {
			"transmission-lines", columns(col("id", ids...), col("length_mm", 1.0), col("geometry_accuracy_km", 1.0), col("name_fr", "A"), col("decommissioned", "2001"), col("unplanned", "2001")),
			[]string{"decommissioned=valid_to alias", "id=id"},
			[]string{"length_mm: no property", "geometry_accuracy_km: no property", "name_fr: no property", "unplanned: no property"},
		},
		"alike to two, or with another number": {
			"crossings", columns(col("id", ids...), col("side_x_country", "TJ"), col("operator_2_funder", "x")),
			[]string{"id=id"},
			[]string{"side_x_country: no property", "operator_2_funder: no property"},
		},
		"two that are alike": {
			"crossings", columns(col("id", ids...), col("structre", "bridge"), col("sructure", "bridge")),
			[]string{"id=id"},
			[]string{"structre: no property", "sructure: no property"},
		},
		"known by what they hold": {
			"crossings", columns(col("id", ids...), col("A", tajik...), col("B", russian...), col("C", dari...), col("D", "1999", "2004", "2011", ""), col("E", "road", "foot|road", "rail")),
			[]string{"A=name_tg content", "B=name_ru content", "C=name_fa content", "D=built_year content", "E=mode content", "id=id"},
			nil,
		},
		"countries": {
			"power-facilities", columns(col("id", ids...), col("C", "TJ", "AF", "TJ"), col("K", "substation", "substation", "line_junction")),
			[]string{"C=country content", "K=kind content", "id=id"},
			nil,
		},
		"countries of two sides": {
			"crossings", columns(col("id", ids...), col("C", "TJ", "TJ", "TJ")), []string{"id=id"}, []string{"C: no property"},
		},
		"two Russian columns": {
			"crossings", columns(col("id", ids...), col("A", russian...), col("B", "Хорог", "Мургаб", "Дарваз", "Ванч")),
			[]string{"id=id"},
			[]string{"A: no property", "B: no property"},
		},
		"a Russian province, and remarks": {
			"crossings", columns(col("id", ids...), col("A", "ГБАО", "ГБАО", "ГБАО", "ГБАО"), col("B", geo.Value(strings.Repeat("Здесь стоит мост. ", 5)), "б", "в", "г")),
			[]string{"id=id"},
			[]string{"A: no property", "B: no property"},
		},
		"too few to know": {
			"crossings", columns(col("id", ids...), col("A", "Ишкошим", "Тем")), []string{"id=id"}, []string{"A: no property"},
		},
		"sources": {
			"sources", columns(col("id", ids...), col("organisation", "o"), col("title", "t"), col("link", "https://example.org"), col("date", "2022")),
			[]string{"date=published alias", "id=id", "link=url alias", "organisation=publisher alias", "title=title"},
			nil,
		},
		"status periods": {
			"status", columns(col("collection", "crossings"), col("feature", "tem"), col("state", "open"), col("date", "2022-05-01")),
			[]string{"collection=collection", "date=from_date alias", "feature=owner alias", "state=status alias"},
			nil,
		},
	} {
		s, c := stored(t)
		r := request(c)
		r.Collection = tc.collection
		rep := prepare(t, s, tc.layer, r).Report
		if got := matched(rep); !slices.Equal(got, tc.want) {
			t.Errorf("%s: matched\n\t%q\nwant\n\t%q", name, got, tc.want)
		}
		if len(rep.Mapping.Ignored) != len(tc.ignored) {
			t.Errorf("%s: ignored %q, want %q", name, rep.Mapping.Ignored, tc.ignored)
			continue
		}
		for i, ignored := range rep.Mapping.Ignored {
			if !strings.HasPrefix(ignored, tc.ignored[i]) {
				t.Errorf("%s: ignored %q, want %q", name, ignored, tc.ignored[i])
			}
		}
		wantGuessesTold(t, name, rep)
	}
}

// wantGuessesTold holds that each guess, and nothing else, is a warning, with its
// first value.
func wantGuessesTold(t *testing.T, name string, r *ingest.Report) {
	t.Helper()
	var guessed, told []string
	for _, m := range r.Mapping.Matches {
		if m.By.Guessed() {
			guessed = append(guessed, m.Field)
		}
	}
	for _, f := range r.Findings.List {
		if f.Rule == ingest.RuleGuessed && f.Severity == ingest.Warning {
			told = append(told, f.Field)
		}
	}
	slices.Sort(guessed)
	slices.Sort(told)
	if !slices.Equal(guessed, told) {
		t.Errorf("%s: guessed %q, told %q", name, guessed, told)
	}
}

// A guess must be accepted, or said.
func TestGuessesAreSaid(t *testing.T) {
	s, c := stored(t)
	l := columns(col("id", "x"), col("Name", "Made up"), col("descr", "m"))
	rep := prepare(t, s, l, request(c)).Report
	want := `field Name: it is taken for name_en, which it is often called (first value "Made up"); say so, or where it belongs: map Name=name_en (guessed-field)`
	if i := slices.IndexFunc(rep.Findings.List, func(f ingest.Finding) bool { return f.Field == "Name" }); i < 0 || rep.Findings.List[i].String() != want {
		t.Errorf("found %v", rep.Findings.List)
	}
	if rep.Counts.New != 1 || rep.Warnings() < 2 {
		t.Errorf("%+v", rep.Counts)
	}
	r := request(c)
	r.Options.Map = map[string]string{"Name": "name_en", "descr": "summary"}
	rep = prepare(t, s, l, r).Report
	if got := matched(rep); !slices.Equal(got, []string{"Name=name_en said", "descr=summary said", "id=id"}) || slices.Contains(found(rep, ingest.Warning), "0 Name guessed-field") {
		t.Errorf("said: %q, %v", got, rep.Findings.List)
	}
	if m := rep.Mapping.Matches; m[1].Sample != "Made up" {
		t.Errorf("%+v", m)
	}
}

// The key is never guessed. What could be it is counted over the whole file.
func TestKeysAreProposed(t *testing.T) {
	var codes, names, other []geo.Value
	for i := range 300 { // more than are looked at for guesses
		codes = append(codes, fmt.Sprintf("AF-%03d", i))
		names = append(names, fmt.Sprintf("Post %d", i))
		other = append(other, fmt.Sprintf("Пост %d", i%299))
	}
	names[7] = nil
	s, c := stored(t)
	l := columns(col("CODE", codes...), col("name_en", names...), col("name_ru", other...), col("fid", codes...), col("summary", codes...), col("parent", codes...))
	rep := prepare(t, s, l, request(c)).Report
	if len(rep.Questions) != 1 || rep.State() != geo.Decoded {
		t.Fatalf("%+v", rep.Questions)
	}
	q := rep.Questions[0]
	if q.Option != "key" || !strings.HasSuffix(q.Detail, "; the values of CODE all differ and can be ids") {
		t.Errorf("%+v", q)
	}
	var got []string
	for _, choice := range q.Choices {
		got = append(got, choice.Value+": "+choice.Detail)
	}
	want := []string{
		"parent: field parent: all 300 values differ", "name_en: field name_en: 299 of 299 values differ, 1 are blank", "name_ru: field name_ru: 299 of 300 values differ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("proposed %q", got)
	}
	for name, tc := range map[string]struct {
		options ingest.Options
		layer   *table
		asked   bool
	}{
		"a field that is called so": {ingest.Options{}, columns(col("Identifier", "x"), col("name_en", "A"), col("summary", "m")), true},
		"said":                      {ingest.Options{Map: map[string]string{"Identifier": "id"}}, columns(col("Identifier", "x"), col("name_en", "A"), col("summary", "m")), false},
		"a key that was named, by a field called so": {ingest.Options{Key: "name_en"}, columns(col("name", "A"), col("summary", "m")), false},
		"a key that was named, by what it holds":     {ingest.Options{Key: "name_ru"}, columns(col("X", "Ишкашим", "Тем", "Рузвай"), col("name_en", "A", "B", "C"), col("summary", "a", "b", "c")), true},
	} {
		r := request(c)
		r.Options = tc.options
		rep := prepare(t, s, tc.layer, r).Report
		if asked := len(rep.Questions) > 0; asked != tc.asked {
			t.Errorf("%s: asked %+v", name, rep.Questions)
		}
	}
}

// No header, however odd, fills one property from two fields, or two from one.
func FuzzMapping(f *testing.F) {
	f.Add("id\nNAME\nname:en\nName_En")
	f.Add("structre\nsructure\n\n\xff\nside_a_adm")
	f.Add("name_en\nname_en\nNAME_EN")
	atlas := geo.Border()
	c, err := atlas.Collection("crossings")
	if err != nil {
		f.Fatal(err)
	}
	s := worldOf(f, geo.Change{})
	f.Fuzz(func(t *testing.T, header string) {
		var list []column
		for name := range strings.SplitSeq(header, "\n") {
			if len(list) < 40 {
				list = append(list, col(name, "1999", "2000", "2001"))
			}
		}
		rep := prepare(t, s, columns(list...), request(c)).Report
		properties := map[string]bool{}
		for _, m := range rep.Mapping.Matches {
			if properties[m.Property] {
				t.Errorf("%s is filled twice: %+v", m.Property, rep.Mapping.Matches)
			}
			properties[m.Property] = true
		}
		if len(rep.Mapping.Matches)+len(rep.Mapping.Ignored) != len(list) {
			t.Errorf("%d fields, %d fill something, %d nothing", len(list), len(rep.Mapping.Matches), len(rep.Mapping.Ignored))
		}
	})
}
