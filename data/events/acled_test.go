package events_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"oxus/data/events"
	"oxus/geo"
)

func listIn(t testing.TB, v geo.Value) []string {
	t.Helper()
	var list []string
	text, _ := v.(string)
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
		t.Fatalf("%q is no list: %v", text, err)
	}
	return list
}

func TestInventedRowsOfACLED(t *testing.T) {
	l := wrap(t, read(t, acledRows), events.Options{Release: "25.1"})
	if l.Dataset() != "ACLED" || !l.Private() || l.CRS() != "EPSG:4326" {
		t.Error(l.Dataset(), l.Private(), l.CRS())
	}
	all := allEvents(t, l)
	categories := map[string]string{}
	for id, e := range all {
		categories[strings.TrimPrefix(id, "acled-")], _ = e.values["category"].(string)
	}
	if want := map[string]string{
		"afg90001": "armed_clash", "taj90002": "border_fire", "afg90003": "rocket_fire", "afg90004": "attack", "afg90005": "attack",
		"taj90006": "arrest", "taj90007": "diplomatic", "afg90008": "sabotage",
	}; !maps.Equal(categories, want) {
		t.Errorf("%v, want %v", categories, want)
	}
	if want := map[string]int{
		"Protests, Peaceful protest": 1, "Riots, Mob violence": 1, "Strategic developments, Disrupted weapons use": 1, "Strategic developments, Change to group/activity": 1,
	}; !maps.Equal(l.Tally().Unfit, want) {
		t.Errorf("left out %v, want %v", l.Tally().Unfit, want)
	}
	wantValues(t, all, "acled-afg90001", map[string]geo.Value{
		"title": "Armed clash, Invented Town", "start_date": day(t, "2021-01-01"), "end_date": day(t, "2021-01-01"), "start_precision": "day", "end_precision": "day",
		"place_name": "Invented Town", "admin1": "Kunduz", "country": "Afghanistan", "fatalities_low": int64(3), "fatalities_high": int64(3),
		"actors": `["Invented Army","Invented Allies","Invented Police","Invented Militia"]`, "confidence": "claimed",
		"position_accuracy_m": 5000.0, "position_basis": "ACLED geo_precision=1",
		"summary": "Coded by ACLED as Battles: Armed clash. Deaths: 3, the lowest number reported.",
	})
	wantValues(t, all, "acled-taj90002", map[string]geo.Value{
		"start_date": day(t, "2021-01-05"), "country": "Tajikistan", "position_accuracy_m": 25_000.0,
		"summary": "Coded by ACLED as Explosions/Remote violence: Shelling/artillery/missile attack. No deaths are counted, which may also mean that none are known. The day is known to the week. The position is that of a place nearby or of a part of the region.",
	})
	wantValues(t, all, "acled-afg90003", map[string]geo.Value{"start_precision": "month", "end_precision": "month", "position_accuracy_m": 100_000.0})
	cited := listIn(t, all["acled-afg90001"].values[geo.SourcesID])
	if len(cited) != 3 || cited[0] != "acled" {
		t.Fatal(cited)
	}
	for i, publisher := range []string{"Armed Conflict Location & Event Data (ACLED)", "Invented Gazette", "Рӯзномаи бофта"} {
		if s, known := l.Source(cited[i]); !known || s.Publisher != publisher || s.Title == "" || s.ID != cited[i] {
			t.Errorf("%+v", s)
		}
	}
}

// The terms of ACLED do not allow its notes and tags to be passed on.
func TestTextsOfACLEDStayThere(t *testing.T) {
	for id, e := range allEvents(t, wrap(t, read(t, acledRows), events.Options{})) {
		for field, v := range e.values {
			if text, _ := v.(string); strings.Contains(text, "NOTE") || strings.Contains(text, "crowd size") {
				t.Errorf("%s: %s is %q", id, field, text)
			}
		}
	}
}

func TestFaultsOfACLED(t *testing.T) {
	for name, c := range map[string]struct {
		column, value string
		rule          geo.Rule
	}{
		"an unknown type":        {"event_type", "Picnics", events.RuleCode},
		"an unknown precision":   {"time_precision", "4", events.RuleCode},
		"an unknown place":       {"geo_precision", "0", events.RuleCode},
		"an id that is none":     {"event_id_cnty", "../../x", events.RuleValue},
		"a date of another form": {"event_date", "01/02/2021", events.RuleValue},
		"deaths in words":        {"fatalities", "several", events.RuleValue},
		"a latitude of nowhere":  {"latitude", "-90.5", events.RuleValue},
		"another country's code": {"iso", "762", events.RulePlace},
	} {
		t.Run(name, func(t *testing.T) {
			under := read(t, acledRows)
			under.rows = under.rows[:2]
			under.set(t, c.column, c.value)
			_, faults := readEvents(t, wrap(t, under, events.Options{}))
			if len(faults) != 1 || faults[0].Rule != c.rule || faults[0].Place.Field != c.column || faults[0].Place.Record != 1 {
				t.Errorf("%v, want %s of %s", faults, c.rule, c.column)
			}
		})
	}
	under := read(t, acledRows)
	under.rows = under.rows[:2]
	under.set(t, "event_type", "Strategic developments")
	under.set(t, "sub_event_type", "Something new")
	if _, faults := readEvents(t, wrap(t, under, events.Options{})); len(faults) != 1 || faults[0].Place.Field != "sub_event_type" {
		t.Error(faults)
	}
}

// Older exports have other columns, and inter1 as a number.
func TestOlderExportsOfACLED(t *testing.T) {
	under := read(t, acledRows)
	under.drop(t, "disorder_type", "civilian_targeting", "tags", "iso")
	for i := range under.rows {
		under.rows[i] = slices.Insert(slices.Clone(under.rows[i]), 0, []string{"data_id", "8123456"}[min(i, 1)])
	}
	under.set(t, "event_date", "01 January 2021")
	under.set(t, "inter1", "1")
	all := allEvents(t, wrap(t, under, events.Options{}))
	wantValues(t, all, "acled-afg90001", map[string]geo.Value{"start_date": day(t, "2021-01-01"), "country": "Afghanistan"})
	if len(all) != 8 {
		t.Errorf("%d events", len(all))
	}
}
