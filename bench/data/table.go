package data

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
)

// wgs84 is the SRID of every stored geometry.
const wgs84 = 4326

// table is one table's rows in the text format of COPY.
type table struct {
	name    string
	columns []string
	rows    int
	// append appends the columns of the n-th row.
	append func(r *row, n int)
}

// row is a line of COPY under construction. Values hold nothing that would have to be escaped.
type row struct {
	b     []byte
	begun bool
}

func (r *row) text(v string) {
	if r.begun {
		r.b = append(r.b, '\t')
	}
	r.begun = true
	r.b = append(r.b, v...)
}

func (r *row) texts(values ...string) {
	for _, v := range values {
		r.text(v)
	}
}

func (r *row) number(n int) { r.text(strconv.Itoa(n)) }

func (r *row) geometry(g orb.Geometry) {
	raw, err := ewkb.Marshal(g, wgs84)
	if err != nil {
		panic(err) // points and lines can be written
	}
	r.text(hex.EncodeToString(raw))
}

func (r *row) end() {
	r.b, r.begun = append(r.b, '\n'), false
}

// null is how COPY writes what is unknown.
const null = `\N`

// cited is the list of sources of every row: the one that says that the rows are invented.
const cited = "{invented}"

var (
	categories  = []string{"armed_clash", "border_fire", "attack", "smuggling", "arrest", "closure", "disaster"}
	confidences = []string{"confirmed", "claimed", "disputed"}
	standing    = []string{"open", "closed", "restricted", "open", "suspended"}
)

func day(year, plus int) string {
	return time.Date(year, time.January, 1+plus, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func (s *Set) tables() []table {
	return []table{s.incidents(), s.crossings(), s.periods(), s.lines()}
}

func (s *Set) incidents() table {
	return table{
		name: "incidents", rows: s.Incidents,
		columns: []string{
			"id", "title", "category", "place_name", "country", "fatalities_low", "confidence", "summary",
			"start_date", "start_precision", "end_date", "end_precision", "sources", "geom", "revision",
		},
		append: func(r *row, n int) {
			rng := s.rng("incidents", n)
			p := s.place(rng)
			r.texts(s.IncidentID(n), fmt.Sprintf("Invented incident %d", n), categories[rng.IntN(len(categories))],
				fmt.Sprintf("Place %d", rng.IntN(2000)), []string{"TJ", "AF"}[rng.IntN(2)])
			r.number(rng.IntN(5))
			begins := rng.IntN(365 * Years)
			r.texts(confidences[rng.IntN(len(confidences))], "Invented for measuring. Nothing of this kind is known to have happened here.",
				day(FirstYear, begins), "day")
			switch lasts := rng.Float64(); {
			case lasts < unended:
				r.texts(null, null)
			case lasts < unended+longer:
				r.texts(day(FirstYear, begins+1+rng.IntN(30)), "day")
			default:
				r.texts(day(FirstYear, begins), "day")
			}
			r.text(cited)
			r.geometry(p)
			r.number(1)
		},
	}
}

func (s *Set) crossings() table {
	return table{
		name: "crossings", rows: s.Crossings,
		columns: []string{"id", "name_en", "mode", "structure", "built_year", "summary", "valid_from", "valid_from_precision", "sources", "geom", "revision"},
		append: func(r *row, n int) {
			rng := s.rng("crossings", n)
			p := s.place(rng)
			r.texts(fmt.Sprintf("c%08d", n), fmt.Sprintf("Invented crossing %d", n), "{road}", "bridge")
			r.number(1900 + rng.IntN(100))
			r.texts("Invented for measuring.", day(1990, rng.IntN(3000)), "day", cited)
			r.geometry(p)
			r.number(1)
		},
	}
}

// periods are those of all crossings; each begins when the one before ends, and the last goes on.
func (s *Set) periods() table {
	return table{
		name: "crossings_status", rows: s.Crossings * Periods,
		columns: []string{
			"id", "feature", "kind", "status", "from_date", "from_precision", "to_date", "to_precision", "end_basis", "summary", "sources",
		},
		append: func(r *row, n int) {
			owner, k := n/Periods, n%Periods
			shift := s.rng("periods", owner).IntN(700)
			begins := func(k int) string { return day(2000, 1500*k+shift) }
			until, precision, basis := begins(k+1), "day", "ended"
			if k == Periods-1 {
				until, precision, basis = null, null, "ongoing"
			}
			r.texts(fmt.Sprintf("p%08d-%d", owner, k), fmt.Sprintf("c%08d", owner), "phase", standing[k], begins(k), "day",
				until, precision, basis, "Invented for measuring.", cited)
		},
	}
}

func (s *Set) lines() table {
	return table{
		name: "transmission_lines", rows: s.Lines,
		columns: []string{
			"id", "name_en", "project", "voltage_kv", "summary", "valid_from", "valid_from_precision", "sources", "geom", "revision",
		},
		append: func(r *row, n int) {
			r.texts(fmt.Sprintf("l%08d", n), fmt.Sprintf("Invented line %d", n), "Invented")
			r.number([]int{110, 220, 500}[n%3])
			r.texts("Invented for measuring.", day(1980, n%9000), "day", cited)
			r.geometry(s.line(n))
			r.number(1)
		},
	}
}
