package storetest

import (
	"context"
	"testing"

	"oxus/geo"
	"oxus/geo/cql2"
)

// filterTexts are filters that every store answers alike, about crossings.
var filterTexts = []string{
	"TRUE", "FALSE", "NOT FALSE", "id = 'a'", "id <> 'a'", "id > 'b' AND id < 'x'", "id IN ('a', 'b', 'zz')", "id NOT IN ('a')",
	"id BETWEEN 'a' AND 'm'", "name_en LIKE '%a%'", "name_en LIKE '_%'", "name_en LIKE '\\%%'", "name_en NOT LIKE 'n%'",
	"CASEI(name_en) = casei('NAME_EN OF A')", "CASEI(name_en) LIKE casei('%OF%')", "ACCENTI(name_en) LIKE accenti('%á%')",
	"ACCENTI(CASEI(name_en)) LIKE accenti(casei('%Ё%'))", "name_tg IS NULL", "name_tg IS NOT NULL", "name_tg = name_tg", "NOT (name_tg = 'x')",
	"name_tg = 'x' OR id = 'a'", "name_tg = 'x' AND id = 'a'", "id < name_en",
	"position_accuracy_m > 100", "position_accuracy_m / 0 = 1", "NOT (position_accuracy_m / 0 = 1)", "position_accuracy_m * 2 >= 1000",
	"position_accuracy_m ^ 1000 > 1", "position_accuracy_m % 7 = 2", "position_accuracy_m div 3 > 10", "position_accuracy_m + 1 <> 1", "1e200 * 1e200 > 1",
	"-position_accuracy_m < 0", "1e-200 * 1e-200 = 0", "(0 - 8) ^ 0.5 = 1",
	"status = 'open'", "status = 'unknown'", "status <> 'open'", "status IN ('closed', 'open')", "status IS NULL",
	"geometry IS NULL", "S_INTERSECTS(geometry, BBOX(60,30,80,45))", "S_INTERSECTS(geometry, BBOX(170,-90,-170,90))", "S_DISJOINT(geometry, BBOX(68,36,70,38))",
	"S_WITHIN(geometry, POLYGON((60 30,80 30,80 45,60 45,60 30)))", "S_EQUALS(geometry, POINT(69 37))", "S_INTERSECTS(geometry, geometry)",
	"NOT S_INTERSECTS(geometry, POINT(0 0))", "S_TOUCHES(geometry, LINESTRING(60 37,80 37))", "S_CROSSES(geometry, LINESTRING(60 37,80 37))",
	"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(69 37),LINESTRING(60 37,80 37)))",
	"A_CONTAINS(sources, ('one'))", "A_EQUALS(sources, ('one'))", "A_OVERLAPS(sources, ('two', 'three'))", "A_CONTAINEDBY(sources, ('one', 'two', 'three'))",
	"T_INTERSECTS(lifetime, INTERVAL('2000-01-01','..'))", "T_BEFORE(lifetime, DATE('2020-01-01'))", "T_AFTER(lifetime, TIMESTAMP('2001-01-01T00:00:00Z'))",
	"T_DISJOINT(lifetime, INTERVAL('2015-01-01','2016-01-01'))", "T_CONTAINS(lifetime, INTERVAL('2015-01-01','2016-01-01'))",
	"T_DURING(lifetime, INTERVAL('1900-01-01','2100-01-01T00:00:00Z'))", "T_EQUALS(lifetime, lifetime)", "NOT T_EQUALS(lifetime, lifetime)",
	"T_STARTEDBY(lifetime, INTERVAL('2010-01-01','2011-01-01'))", "T_OVERLAPS(lifetime, INTERVAL('2015-01-01','..'))", "lifetime IS NULL",
}

func testFilterLanguage(t *testing.T, s geo.Store, w *world) {
	plain := NewPlain(w.atlas)
	apply(t, plain, w.ch)
	for _, c := range w.atlas.Collections {
		matched := map[int]bool{}
		for _, text := range filterTexts {
			n, err := cql2.ParseText(text)
			if err == nil {
				n, err = cql2.Check(n, c.Queryables())
			}
			if err != nil {
				if c.ID == "crossings" {
					t.Fatalf("%s: %v", text, err)
				}
				continue // not every collection has what the filters ask for
			}
			q := geo.Query{Collection: c, Filter: n, Today: today()}
			want := gather(t, plain.Items(context.Background(), q))
			if got := gather(t, s.Items(context.Background(), q)); ids(got) != ids(want) {
				t.Errorf("%s where %s: %q, want %q", c.ID, text, ids(got), ids(want))
			}
			if n, err := s.Count(context.Background(), q); n != len(want) || err != nil {
				t.Errorf("%s where %s: counted %d, %v, want %d", c.ID, text, n, err, len(want))
			}
			matched[len(want)] = true
		}
		if c.ID == "crossings" && len(matched) < 4 {
			t.Errorf("the filters tell little apart: only counts of %v", matched)
		}
	}
}
