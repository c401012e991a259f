package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/data/postgis/postgistest"
	"oxus/data/seed"
	"oxus/geo"
)

// TestStoreHoldsTheSeed reads the seed files again, by themselves, and compares
// every row with what each store holds after seeding.
func TestStoreHoldsTheSeed(t *testing.T) {
	for name, s := range map[string]*settings{
		"file":    {File: filepath.Join(t.TempDir(), "oxus.gpkg")},
		"postgis": {DatabaseURL: secret(postgistest.Database(t))},
	} {
		t.Run(name, func(t *testing.T) {
			p := &program{settings: s, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
			store, err := p.openStore(context.Background(), toServe)
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			if err := p.fillWithSeed(context.Background(), store, "auto"); err != nil {
				t.Fatal(err)
			}
			k := &seedComparison{t: t, store: store, atlas: p.atlas, details: map[string]*geo.Detail{}}
			for _, c := range p.atlas.Collections {
				k.load(c)
			}
			k.points("crossings", 27)
			k.points("bazaars", 7)
			k.points("power-facilities", 52)
			k.points("incidents", 150)
			k.lines("transmission-lines", 16)
			k.lines("casa-1000", 5)
			k.periods(157 + 78)
			k.sources()
		})
	}
}

type seedComparison struct {
	t       *testing.T
	store   geo.Reader
	atlas   *geo.Atlas
	details map[string]*geo.Detail // by collection/id
}

func (k *seedComparison) load(c *geo.Collection) {
	for it, err := range k.store.Items(context.Background(), geo.Query{Collection: c}) {
		if err != nil {
			k.t.Fatal(err)
		}
		d, err := k.store.Detail(context.Background(), c, it.ID, 20000)
		if err != nil {
			k.t.Fatal(err)
		}
		k.details[c.ID+"/"+it.ID] = d
	}
}

func (k *seedComparison) count(collection string) int {
	n := 0
	for key := range k.details {
		if strings.HasPrefix(key, collection+"/") {
			n++
		}
	}
	return n
}

func (k *seedComparison) rows(file string) []map[string]string {
	f, err := seed.Files().Open(file)
	if err != nil {
		k.t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		k.t.Fatal(err)
	}
	rows := make([]map[string]string, 0, len(lines)-1)
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func (k *seedComparison) points(collection string, want int) {
	c, err := k.atlas.Collection(collection)
	if err != nil {
		k.t.Fatal(err)
	}
	rows := k.rows(collection + ".csv")
	if len(rows) != want || k.count(collection) != want {
		k.t.Errorf("%s: %d rows, %d stored, want %d", collection, len(rows), k.count(collection), want)
	}
	for _, row := range rows {
		d := k.details[collection+"/"+row["id"]]
		if d == nil {
			k.t.Errorf("%s/%s is not stored", collection, row["id"])
			continue
		}
		k.position(row, d)
		for i, p := range c.Properties {
			if got := cellText(d.Values[i]); !sameCell(row[p.Name], got) {
				k.t.Errorf("%s/%s: %s is %q, the file says %q", collection, d.ID, p.Name, got, row[p.Name])
			}
		}
		k.dates(row, row["start_date"], row["start_precision"], d.Lifetime.From)
		k.dates(row, row["end_date"], row["end_precision"], d.Lifetime.To)
		if got := strings.Join(d.Feature.Sources, "|"); got != row["sources"] {
			k.t.Errorf("%s/%s cites %s, the file says %s", collection, d.ID, got, row["sources"])
		}
	}
}

func cellText(v geo.Value) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []string:
		return strings.Join(v, "|")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	default:
		return v.(string)
	}
}

// sameCell lets a number be written with more zeros than it needs.
func sameCell(file, stored string) bool {
	a, errA := strconv.ParseFloat(file, 64)
	b, errB := strconv.ParseFloat(stored, 64)
	return file == stored || errA == nil && errB == nil && a == b
}

func (k *seedComparison) position(row map[string]string, d *geo.Detail) {
	if row["lon"] == "" {
		if d.Geometry != nil {
			k.t.Errorf("%s has no position in the file and %v in the store", d.ID, d.Geometry)
		}
		return
	}
	lon, errLon := strconv.ParseFloat(row["lon"], 64)
	lat, errLat := strconv.ParseFloat(row["lat"], 64)
	if errLon != nil || errLat != nil || d.Geometry != (orb.Point{lon, lat}) {
		k.t.Errorf("%s lies at %v, the file says %s %s", d.ID, d.Geometry, row["lon"], row["lat"])
	}
}

func (k *seedComparison) dates(row map[string]string, text, precision string, stored geo.PartialDate) {
	switch {
	case text == "" && !stored.Known():
	case !strings.HasPrefix(stored.Date.String(), text) || text == "" || precision != "" && stored.Precision.String() != precision:
		k.t.Errorf("%s: %s (%s) is stored, the file says %s (%s)", row["id"]+row["owner"], stored.Date, stored.Precision, text, precision)
	}
}

func (k *seedComparison) lines(collection string, want int) {
	f, err := seed.Files().Open(collection + ".geojson")
	if err != nil {
		k.t.Fatal(err)
	}
	defer f.Close()
	var file struct {
		Features []struct {
			ID         string
			Properties struct{ Sources []string }
			Geometry   struct{ Coordinates json.RawMessage }
		}
	}
	if err := json.NewDecoder(f).Decode(&file); err != nil {
		k.t.Fatal(err)
	}
	if len(file.Features) != want || k.count(collection) != want {
		k.t.Errorf("%s: %d in the file, %d stored, want %d", collection, len(file.Features), k.count(collection), want)
	}
	for _, f := range file.Features {
		d := k.details[collection+"/"+f.ID]
		if d == nil {
			k.t.Errorf("%s/%s is not stored", collection, f.ID)
			continue
		}
		stored, err := json.Marshal(d.Geometry)
		if err != nil || !sameJSON(k.t, stored, f.Geometry.Coordinates) {
			k.t.Errorf("%s runs along %s, the file says %s", f.ID, stored, f.Geometry.Coordinates)
		}
		if !slices.Equal(d.Feature.Sources, f.Properties.Sources) {
			k.t.Errorf("%s cites %v, the file says %v", f.ID, d.Feature.Sources, f.Properties.Sources)
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	compact := func(text []byte) string {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	return compact(a) == compact(b)
}

// periods finds every row of status.csv once in the history of a feature it
// speaks for.
func (k *seedComparison) periods(want int) {
	rows := k.rows("status.csv")
	if len(rows) != want {
		k.t.Errorf("%d rows of status, want %d", len(rows), want)
	}
	stored := map[string]geo.Period{}
	for _, d := range k.details {
		for _, p := range d.History {
			stored[p.Collection+"/"+p.ID] = p
		}
	}
	if len(stored) != want {
		k.t.Errorf("%d periods are stored, want %d", len(stored), want)
	}
	for _, row := range rows {
		k.period(row, stored)
	}
	if len(stored) != 0 {
		k.t.Errorf("%d periods are in no row", len(stored))
	}
}

func (k *seedComparison) period(row map[string]string, stored map[string]geo.Period) {
	for key, p := range stored {
		if p.Collection == row["collection"] && string(p.Scope) == row["scope"] && p.Owner == row["owner"] && string(p.Kind) == row["kind"] &&
			p.Status == row["status"] && strings.HasPrefix(p.From.Date.String(), row["from_date"]) && p.Summary == row["summary"] &&
			p.Cause == row["cause"] && string(p.Basis) == row["end_basis"] && strings.Join(p.Sources, "|") == row["sources"] {
			delete(stored, key)
			k.dates(row, row["from_date"], row["from_precision"], p.From)
			k.dates(row, row["to_date"], "", p.To)
			return
		}
	}
	k.t.Errorf("no period is stored for %v", row)
}

// sources finds every source that a feature or period cites, in full and as the
// file has it.
func (k *seedComparison) sources() {
	inFile := map[string]map[string]string{}
	for _, row := range k.rows("sources.csv") {
		inFile[row["id"]] = row
	}
	for key, d := range k.details {
		found := map[string]bool{}
		for _, s := range d.Sources {
			found[s.ID] = true
			row := inFile[s.ID]
			if s.Publisher != row["publisher"] || s.Title != row["title"] || s.URL != row["url"] || s.Published.String() != row["published"] ||
				s.Accessed.String() != row["accessed"] || s.Supports != row["supports"] {
				k.t.Errorf("source %s is stored as %+v, the file says %v", s.ID, s, row)
			}
		}
		cited := slices.Clone(d.Feature.Sources)
		for _, p := range d.History {
			cited = append(cited, p.Sources...)
		}
		for _, id := range cited {
			if !found[id] {
				k.t.Errorf("%s cites %s, which is not resolved", key, id)
			}
		}
	}
}
