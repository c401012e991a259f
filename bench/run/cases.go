package run

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"

	"oxus/bench/data"
	"oxus/bench/report"
)

// measured is a case with how it is measured.
type measured struct {
	report.Expected
	run func(ctx context.Context, b *bench) (report.Case, error)
}

// asks is a case that is a question.
func asks(id, title string, make func(b *bench) question) measured {
	return measured{report.Expected{ID: id, Title: title}, func(ctx context.Context, b *bench) (report.Case, error) {
		q := make(b)
		q.id, q.title = id, title
		return b.asked(ctx, &q)
	}}
}

// cases are all that a whole run measures, in the order of the page.
func cases() []measured {
	all := []measured{
		asks("A", "a page of 100 in a small box", func(b *bench) question { return b.page(100, 0.05, 300) }),
		asks("B", "a page of 1,000", func(b *bench) question { return b.page(1000, 0.2, 100) }),
		asks("C", "a page of 10,000", func(b *bench) question { return b.page(10_000, 1, 20) }),
		asks("D", "one item", (*bench).one),
		asks("E", "a page of 100 in a small box and a month", (*bench).dated),
		asks("I", "status as of a date in a box", (*bench).status),
	}
	for zoom := 6; zoom <= 12; zoom++ {
		all = append(all, asks(fmt.Sprintf("F%d", zoom), fmt.Sprintf("tiles of zoom %d", zoom), func(b *bench) question { return b.tiles(zoom) }))
	}
	return append(all,
		asks("J", "what map pages ask, with exports between", (*bench).mixed),
		measured{report.Expected{ID: "G", Title: "every incident, page after page"}, wholeByPages},
		exported("H-geojson", "geojson"), exported("H-csv", "csv"), exported("H-fgb", "fgb"),
		measured{report.Expected{ID: "M", Title: "memory"}, memory},
		measured{report.Expected{ID: "L", Title: "load below and above the most"}, load},
		grown("K-A", "A"), grown("K-D", "D"), grown("K-E", "E"), grown("K-I", "I"),
	)
}

// expected are the cases as the page lists them.
func expected() []report.Expected {
	var all []report.Expected
	for _, m := range cases() {
		all = append(all, m.Expected)
	}
	return all
}

// workers is how many ask at once.
const workers = 4

// rng is a source of places and dates for a question: the same in each run.
func (b *bench) rng() *rand.Rand { return rand.New(rand.NewPCG(b.Seed, 1)) }

// box is a box of so many degrees a side around an incident: most lie where much is.
type box struct{ west, south, east, north float64 }

func (b *bench) box(rng *rand.Rand, side float64) box {
	p := b.set.Incident(rng.IntN(b.set.Incidents))
	x, y := p[0]+side*(rng.Float64()-0.5), p[1]+side*(rng.Float64()-0.5)
	return box{x - side/2, y - side/2, x + side/2, y + side/2}
}

func (x box) String() string {
	return fmt.Sprintf("%.5f,%.5f,%.5f,%.5f", x.west, x.south, x.east, x.north)
}

// floor are the parameters of the SQL program for a box.
func (x box) floor() url.Values {
	return url.Values{
		"w": {fmt.Sprintf("%.5f", x.west)}, "s": {fmt.Sprintf("%.5f", x.south)}, "e": {fmt.Sprintf("%.5f", x.east)}, "n": {fmt.Sprintf("%.5f", x.north)},
	}
}

const items = "/api/collections/incidents/items"

// page asks for a page of so many incidents in boxes of a size.
func (b *bench) page(limit int, side float64, many int) question {
	q := question{
		words:   fmt.Sprintf("`%s?limit=%d&bbox=…`, boxes of %g° around random incidents.", items, limit, side),
		workers: workers, times: 1,
	}
	rng := b.rng()
	for range many {
		x := b.box(rng, side)
		q.paths = append(q.paths, fmt.Sprintf("%s?limit=%d&bbox=%s", items, limit, x))
		floor := x.floor()
		floor.Set("limit", fmt.Sprint(limit))
		q.floor = append(q.floor, "/box?"+floor.Encode())
		q.peer = append(q.peer, fmt.Sprintf("/collections/incidents/items?f=json&limit=%d&bbox=%s", limit, x))
	}
	return q
}

func (b *bench) one() question {
	q := question{words: "`" + items + "/{id}`, random ids.", workers: workers, times: 1}
	rng := b.rng()
	for range 300 {
		id := b.set.IncidentID(rng.IntN(b.set.Incidents))
		q.paths = append(q.paths, items+"/"+id)
		q.floor = append(q.floor, "/one?id="+id)
		q.peer = append(q.peer, "/collections/incidents/items/"+id+"?f=json")
	}
	q.notes = []string{"An item has its sources in full with it; that of MapServer has not."}
	return q
}

// month is a month of the years of the incidents, as its first and last day.
func month(rng *rand.Rand) (from, to string) {
	prefix := fmt.Sprintf("%d-%02d-", data.FirstYear+rng.IntN(data.Years), 1+rng.IntN(12))
	return prefix + "01", prefix + "28"
}

func (b *bench) dated() question {
	q := question{words: "`" + items + "?limit=100&bbox=…&datetime=…/…`, the boxes of A and four weeks of a random month.", workers: workers, times: 1}
	rng := b.rng()
	for range 300 {
		x := b.box(rng, 0.05)
		from, to := month(rng)
		q.paths = append(q.paths, fmt.Sprintf("%s?limit=100&bbox=%s&datetime=%s/%s", items, x, from, to))
		floor := x.floor()
		floor.Set("from", from)
		floor.Set("to", to)
		floor.Set("limit", "100")
		q.floor = append(q.floor, "/dated?"+floor.Encode())
	}
	q.notes = []string{"The floor finds rows by the index of places and times, Oxus by that of the order of pages, which has the days of each row too."}
	return q
}

func (b *bench) status() question {
	const path = "/api/collections/crossings/items"
	q := question{
		words: fmt.Sprintf("`%s?limit=100&bbox=…&datetime=…`, a random day: %d crossings with %d periods each, boxes of 0.2°.",
			path, b.set.Crossings, data.Periods), workers: workers, times: 1,
	}
	rng := b.rng()
	for range 300 {
		x, day := b.box(rng, 0.2), fmt.Sprintf("%d-%02d-%02d", 2001+rng.IntN(20), 1+rng.IntN(12), 1+rng.IntN(28))
		q.paths = append(q.paths, fmt.Sprintf("%s?limit=100&bbox=%s&datetime=%s", path, x, day))
		floor := x.floor()
		floor.Set("on", day)
		floor.Set("limit", "100")
		q.floor = append(q.floor, "/status?"+floor.Encode())
	}
	return q
}

// mixed are nine tiles and pages of the map to one export of a month of a region.
func (b *bench) mixed() question {
	q := question{
		words: "Packed with gzip, by eight at once: of ten questions six are tiles of zoom 9 to 12, three are pages of 100 of the map with the " +
			"properties it shows, and one is an export of a month in a box of 0.5°, as CSV, GeoJSON and FlatGeobuf by turns.",
		gzip: true, workers: 2 * workers, times: 2,
	}
	rng := b.rng()
	formats := []string{"csv", "geojson", "fgb"}
	for n := range 120 {
		switch n % 10 {
		case 0:
			from, to := month(rng)
			q.paths = append(q.paths, fmt.Sprintf("/api/incidents.%s?bbox=%s&datetime=%s/%s", formats[n/10%3], b.box(rng, 0.5), from, to))
		case 3, 6, 9:
			q.paths = append(q.paths, fmt.Sprintf("%s?limit=100&bbox=%s&properties=title,category,start_date,confidence", items, b.box(rng, 0.2)))
		default:
			q.paths = append(q.paths, b.tileAt(rng, 9+rng.IntN(4)).path())
		}
	}
	return q
}
