package events

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"oxus/geo"
)

func acled() *dataset {
	return &dataset{
		name: "ACLED", private: true,
		known:  []string{"event_id_cnty", "event_date", "event_type", "sub_event_type"},
		needed: []string{"time_precision", "geo_precision", "latitude", "longitude", "location", "fatalities", "actor1", "actor2"},
		own:    acledSource, incident: acledIncident,
	}
}

// The categories of ACLED's types. unfit marks what no category fits: such events
// are left out and counted, because an import with refused records is none.
const (
	unfit       = "unfit"
	bySubEvent  = "by sub-event"
	byWhoFights = "by who fights"
)

var acledTypes = map[string]string{
	"Battles":                    "armed_clash",
	"Explosions/Remote violence": byWhoFights,
	"Violence against civilians": "attack",
	"Strategic developments":     bySubEvent,
	"Protests":                   unfit,
	"Riots":                      unfit,
}

var strategicDevelopments = map[string]string{
	"Arrests":                           "arrest",
	"Agreement":                         "diplomatic",
	"Looting/property destruction":      "sabotage",
	"Disrupted weapons use":             unfit, // an exercise or not: for people to tell
	"Change to group/activity":          unfit, // the same
	"Headquarters or base established":  unfit,
	"Non-violent transfer of territory": unfit,
	"Other":                             unfit,
}

const shelling = "Shelling/artillery/missile attack"

var acledDatings = map[string]dating{
	"1": {geo.Day, ""},
	"2": {geo.Day, "The day is known to the week."},
	"3": {geo.Month, ""},
}

var acledWhereabouts = map[string]whereabouts{
	"1": {5_000, ""},
	"2": {25_000, "The position is that of a place nearby or of a part of the region."},
	"3": {100_000, "The position stands for a larger region."},
}

var acledID = regexp.MustCompile(`^[A-Za-z]{2,4}[0-9]{1,9}$`)

func acledIncident(r *row) *incident {
	id := r.text("event_id_cnty")
	if !acledID.MatchString(id) {
		r.fail(RuleValue, "event_id_cnty", "%.60q is not an id of ACLED, letters and digits", id)
	}
	actors := unique(slices.Concat(
		[]string{r.text("actor1")}, members(r.text("assoc_actor_1")), []string{r.text("actor2")}, members(r.text("assoc_actor_2")))...)
	in := &incident{
		id: "acled-" + strings.ToLower(id), category: r.acledCategory(actors), actors: actors,
		place: r.text("location"), admin1: r.text("admin1"),
		country:    r.country("iso", func(c country) string { return c.iso }),
		confidence: "claimed", reports: outlets(r.text("source")),
	}
	in.title = joined(", ", r.text("sub_event_type"), in.place)
	dated := code(r, "time_precision", acledDatings)
	in.start, in.precision = r.date("event_date"), dated.precision
	in.end = in.start
	r.position(in)
	placed := code(r, "geo_precision", acledWhereabouts)
	in.accuracy, in.basis = placed.metres, "ACLED geo_precision="+r.text("geo_precision")
	in.fatalitiesLow = r.count("fatalities")
	in.fatalities = in.fatalitiesLow
	in.summary = joined(" ", fmt.Sprintf("Coded by ACLED as %s: %s.", r.text("event_type"), r.text("sub_event_type")),
		acledDeaths(in.fatalities), dated.words, placed.words)
	return in
}

// acledCategory maps the type of an event, and says where none fits.
func (r *row) acledCategory(actors []string) string {
	category := code(r, "event_type", acledTypes)
	if category == bySubEvent {
		category = code(r, "sub_event_type", strategicDevelopments)
	}
	switch {
	case category == unfit:
		r.unfit = joined(", ", r.text("event_type"), r.text("sub_event_type"))
		return ""
	case category != byWhoFights:
		return category
	case r.text("sub_event_type") != shelling:
		return "attack"
	case slices.ContainsFunc(actors, isBorderForce):
		return "border_fire"
	}
	return "rocket_fire"
}

func isBorderForce(actor string) bool {
	actor = strings.ToLower(actor)
	return strings.Contains(actor, "border") || strings.Contains(actor, "frontier")
}

// acledDeaths says what the number means: the lowest that is reported, and 0 also
// where none is.
func acledDeaths(n int64) string {
	if n == 0 {
		return "No deaths are counted, which may also mean that none are known."
	}
	return fmt.Sprintf("Deaths: %d, the lowest number reported.", n)
}
