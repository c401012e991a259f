package postgis_test

import (
	"context"
	"testing"

	"oxus/data/postgis/postgistest"
	"oxus/geo"
	"oxus/geo/cql2"
)

// A plan has one name whatever values are asked for, and another name when it is another
// plan.
func TestPlansAreNamed(t *testing.T) {
	t.Parallel()
	s, _ := filled(t)
	filter, err := cql2.ParseText("name_en LIKE 'a%'")
	if err != nil {
		t.Fatal(err)
	}
	name := func(q geo.Query) string {
		t.Helper()
		q.Collection = crossings()
		planner, ok := s.For(geo.Everybody).(geo.Planner)
		if !ok {
			t.Fatal("a view does not tell its plans")
		}
		plan, err := planner.Plan(context.Background(), q)
		if err != nil || len(plan) != 12 {
			t.Fatalf("%+v: %q, %v", q, plan, err)
		}
		return plan
	}
	here, there := geo.BBox{West: 70, South: 36, East: 71, North: 37}, geo.BBox{West: -3.25, South: 1e-7, East: 4, North: 5}
	box := name(geo.Query{BBox: &here, Limit: 10})
	if other := name(geo.Query{BBox: &there, Limit: 500}); other != box {
		t.Errorf("two boxes have the plans %s and %s", box, other)
	}
	for what, q := range map[string]geo.Query{"all": {Limit: 10}, "filter": {Filter: filter, Limit: 10}, "file": {Sort: []geo.SortKey{{Name: "name_en"}}}} {
		if other := name(q); other == box {
			t.Errorf("%s has the plan of a box, %s", what, other)
		}
	}
}

// What is told of the connections is what they do.
func TestPools(t *testing.T) {
	t.Parallel()
	s := at(t, postgistest.Database(t)+"&pool_max_conns=3")
	ready := func() {
		t.Helper()
		if err := s.Ready(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	ready() // then one is there
	before := s.Pools()["read"]
	ready()
	pools := s.Pools()
	if after := pools["read"]; after.Max != 3 || after.Taken != before.Taken+1 || after.Waits != before.Waits || after.Busy != 0 || after.Idle < 1 || pools["write"].Max != 3 {
		t.Errorf("the pools are %+v", pools)
	}
}
