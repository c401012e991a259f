package memory_test

import (
	"context"
	"testing"

	"oxus/data/storetest"
	"oxus/geo"
)

// planning is a store whose views tell a plan.
type planning struct{ *storetest.Plain }

func (p planning) For(who geo.Role) geo.View { return planningView{p.Plain.For(who)} }

type planningView struct{ geo.View }

func (planningView) Plan(context.Context, geo.Query) (string, error) { return "the store's", nil }

func (v planningView) Pinned() geo.Pinned { return planningPin{v.View.Pinned()} }

type planningPin struct{ geo.Pinned }

func (planningPin) Plan(context.Context, geo.Query) (string, error) { return "the store's", nil }

// What is held has the plan of memory, whatever else that of the store, also in a reader
// that stays in one state.
func TestBesidePlans(t *testing.T) {
	ctx := t.Context()
	for _, tc := range []struct {
		name, want string
		budget     int64
	}{{"held", "memory", roomy}, {"not held", "the store's", 1}} {
		plain := storetest.NewPlain(geo.Border())
		if err := plain.Apply(ctx, storetest.Awkward()); err != nil {
			t.Fatal(err)
		}
		s := beside(t, planning{plain}, tc.budget)
		q := geo.Query{Collection: geo.Border().Collections[0], Limit: 1}
		for who, reader := range map[string]geo.Reader{
			"the engine": s.Beside, "everybody": s.For(geo.Everybody), "who sees all": s.For(geo.Admin),
			"pinned": s.For(geo.Everybody).Pinned(),
		} {
			if plan, err := geo.PlanOf(ctx, reader, q); err != nil || plan != tc.want {
				t.Errorf("%s, %s: %q, %v", tc.name, who, plan, err)
			}
		}
	}
}
