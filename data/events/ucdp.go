package events

import (
	"fmt"
	"strings"

	"oxus/geo"
)

func ucdp() *dataset {
	return &dataset{
		name:  "UCDP GED",
		known: []string{"id", "type_of_violence", "where_prec", "date_prec"},
		needed: []string{
			"date_start", "date_end", "latitude", "longitude", "best", "high", "low", "event_clarity", "side_a", "side_b", "where_coordinates",
		},
		own: ucdpSource, incident: ucdpIncident,
	}
}

// violence is what a type of violence is called, and its category.
type violence struct{ category, words string }

var violenceTypes = map[string]violence{
	"1": {"armed_clash", "State-based violence"},
	"2": {"armed_clash", "Non-state violence"},
	"3": {"attack", "One-sided violence"},
}

// dating is the precision of a date, and what it loses of the dataset's own.
type dating struct {
	precision geo.Precision
	words     string
}

var ucdpDatings = map[string]dating{
	"1": {geo.Day, ""},
	"2": {geo.Day, "The day is known within two to six days."},
	"3": {geo.Day, "The day is known within a week."},
	"4": {geo.Month, ""},
	"5": {geo.Year, ""},
}

// whereabouts is how far in metres an event may lie from its position, and what
// that stands for.
type whereabouts struct {
	metres float64
	words  string
}

var ucdpWhereabouts = map[string]whereabouts{
	"1": {1_000, ""},
	"2": {25_000, "The place lies within about 25 km of the position."},
	"3": {50_000, "The position stands for a second-order division."},
	"4": {150_000, "The position stands for a first-order division."},
	"5": {100_000, "The position stands for a line or an area."},
	"6": {500_000, "The position stands for a country."},
	"7": {1_000_000, "The position stands for international waters or air."},
}

var clarities = map[string]string{"1": "confirmed", "2": "claimed"}

func ucdpIncident(r *row) *incident {
	kind := code(r, "type_of_violence", violenceTypes)
	in := &incident{
		id: "ucdp-ged-" + r.number("id"), category: kind.category,
		place: r.text("where_coordinates"), admin1: r.text("adm_1"),
		country: r.country("country_id", func(c country) string { return c.gleditschWard }),
		actors:  unique(r.text("side_a"), r.text("side_b")),
	}
	in.title = joined(", ", parties(r), in.place)
	dated := code(r, "date_prec", ucdpDatings)
	in.start, in.end, in.precision = r.date("date_start"), r.date("date_end"), dated.precision
	if in.end < in.start {
		r.fail(RuleDates, "date_end", "%s lies before date_start, which is %s", in.end, in.start)
	}
	r.position(in)
	r.agreesWithPoint(in)
	placed := code(r, "where_prec", ucdpWhereabouts)
	in.accuracy, in.basis = placed.metres, "UCDP GED where_prec="+r.text("where_prec")
	in.confidence = r.confidence()
	deaths := r.deaths(in)
	reports, free := articles(r.text("source_article"))
	if free != "" {
		free = "UCDP names as its source: " + free
	}
	in.reports = reports
	in.summary = joined(" ", kind.words+" between "+strings.Join(in.actors, " and ")+".", deaths, dated.words, placed.words, free)
	return in
}

// parties names those who fought: the dyad, else its two sides.
func parties(r *row) string {
	if dyad := r.text("dyad_name"); dyad != "" {
		return dyad
	}
	return joined(" - ", r.text("side_a"), r.text("side_b"))
}

// number returns the digits of a column that must have a whole number.
func (r *row) number(column string) string { return fmt.Sprint(r.count(column)) }

// confidence is that of the coders: what they call clear and did not have to
// look at again.
func (r *row) confidence() string {
	clarity := code(r, "event_clarity", clarities)
	if r.has("code_status") && !strings.EqualFold(r.text("code_status"), "Clear") {
		return "claimed"
	}
	return clarity
}

// samePlace is how many degrees the columns of one position may differ: they are
// rounded apart.
const samePlace = 0.001

// agreesWithPoint holds latitude and longitude against geom_wkt, where a release
// has it.
func (r *row) agreesWithPoint(in *incident) {
	wkt := r.text("geom_wkt")
	if wkt == "" || !in.located {
		return
	}
	var lon, lat float64
	if n, err := fmt.Sscanf(wkt, "POINT (%g %g)", &lon, &lat); n != 2 || err != nil {
		r.fail(RuleValue, "geom_wkt", "%.60q is not POINT (longitude latitude)", wkt)
		return
	}
	if !near(lon, in.lon) || !near(lat, in.lat) {
		r.fail(RulePlace, "geom_wkt", "%.60s is not where longitude %g and latitude %g are", wkt, in.lon, in.lat)
	}
}

func near(a, b float64) bool { return a-b < samePlace && b-a < samePlace }

// deathColumns add up to best: so the codebook has it.
var deathColumns = []string{"deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"}

// deaths takes the estimates, which are not always in order, and returns a
// sentence on them.
func (r *row) deaths(in *incident) string {
	low, best, high := r.count("low"), r.count("best"), r.count("high")
	in.fatalitiesLow, in.fatalities = min(low, best, high), max(low, best, high)
	whole := fmt.Sprintf("Best estimate of deaths: %d", best)
	var sum int64
	for _, column := range deathColumns {
		if !r.has(column) {
			return whole + "."
		}
		sum += r.count(column)
	}
	if sum != best {
		r.fail(RuleFatalities, "best", "the best estimate is %d, and its four parts add up to %d", best, sum)
	}
	if best == 0 {
		return whole + "."
	}
	return fmt.Sprintf("%s (side A %s, side B %s, civilians %s, unknown %s).", whole,
		r.text("deaths_a"), r.text("deaths_b"), r.text("deaths_civilians"), r.text("deaths_unknown"))
}

// unique returns the texts that are there, each once.
func unique(texts ...string) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	}
	return all
}
