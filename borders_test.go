package main

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
)

// The distances that the curated data tells of its crossings were measured with
// another program.
func TestBordersAgreeWithTheMeasuredDistances(t *testing.T) {
	t.Parallel()
	lines, err := borders()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("data/seed/checks/border_distance.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 20 {
		t.Fatal(len(rows), err)
	}
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, row := range rows[1:] {
		lon, lat, metres := number(row[3]), number(row[4]), number(row[9])
		// Those are from the lines as Natural Earth has them; the basemap is cut and quantised.
		if got := lines.Distance(orb.Point{lon, lat}); math.Abs(got-metres) > 150 {
			t.Errorf("%s lies %.0f m from a border, measured %.0f m", row[0], got, metres)
		}
	}
}
