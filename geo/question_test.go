package geo_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"oxus/geo"
	"oxus/geo/cql2"
)

func TestQuestion(t *testing.T) {
	filter, err := cql2.ParseText("status = 'open'")
	if err != nil {
		t.Fatal(err)
	}
	day := geo.NewDate(2022, 5, 1)
	for want, q := range map[string]geo.Query{
		"":                           {},
		"bbox=70,36.5,72,38 limit=5": {BBox: &geo.BBox{West: 70, South: 36.5, East: 72, North: 38}, Limit: 5},
		"datetime=2022-05-01 category=attack": {
			Time: &geo.Interval{From: day, To: day}, Equals: []geo.Equal{{Property: "category", Value: "attack"}},
		},
		"filter=status = 'open' sortby=-name_en after=tem-demogan backwards": {
			Filter: filter, Sort: []geo.SortKey{{Name: "name_en", Descending: true}}, After: "tem-demogan", Backwards: true,
		},
		"near=1 shapes within 500 m histories roughly": {Near: &geo.Near{Shapes: []orb.Geometry{orb.Point{70, 37}}, Within: 500}, Histories: true, Roughly: true},
	} {
		if got := q.Question(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	long := geo.Query{After: strings.Repeat("я", 5000)}
	if got := long.Question(); len(got) > 2010 || !strings.HasSuffix(got, "я…") {
		t.Errorf("a long question has %d bytes and ends with %q", len(got), got[max(0, len(got)-8):])
	}
}

// planless is a reader that tells no plans, planful one that does.
type (
	planless struct{ geo.Reader }
	planful  struct{ geo.Reader }
)

func (planful) Plan(_ context.Context, q geo.Query) (string, error) { return "by " + q.After, nil }

// A reader that stays in one state tells the plans of the one it was chosen for.
func TestPlanOf(t *testing.T) {
	ctx, q := context.Background(), geo.Query{After: "invented"}
	for _, tc := range []struct {
		name   string
		reader geo.Reader
		plan   string
		err    error
	}{
		{"no plans", planless{}, "", geo.ErrNoPlan},
		{"plans", planful{}, "by invented", nil},
		{"pinned without", geo.PinTo(planless{}, geo.Beginning()), "", geo.ErrNoPlan},
		{"pinned", geo.PinTo(planful{}, geo.Beginning()), "by invented", nil},
		{"chosen", geo.PinBy(func(context.Context, *geo.Collection) (geo.Pinned, error) {
			return geo.PinTo(planful{}, geo.Beginning()), nil
		}), "by invented", nil},
		{"not to be chosen", geo.PinBy(func(context.Context, *geo.Collection) (geo.Pinned, error) {
			return nil, io.ErrUnexpectedEOF
		}), "", io.ErrUnexpectedEOF},
	} {
		if plan, err := geo.PlanOf(ctx, tc.reader, q); plan != tc.plan || !errors.Is(err, tc.err) {
			t.Errorf("%s: %q, %v", tc.name, plan, err)
		}
	}
}
