package memory

import (
	"testing"

	"oxus/geo"
)

// A past state that has made room for others is not held any more.
func TestPastStatesThatMadeRoomAreNotHeld(t *testing.T) {
	var p past
	for last := range int64(3 * keptPast) {
		p.keep(&snapshot{data: &geo.Dataset{State: geo.State{Last: last}}})
		p.leave(p.join(t.Context(), p.states[len(p.states)-1].last, nil)) // one that is there
		for i, state := range p.states[:cap(p.states)] {
			if held := state != nil; held != (i < len(p.states)) || i >= keptPast && held {
				t.Errorf("after state %d: of %d states, place %d holds one: %t", last, len(p.states), i, held)
			}
		}
	}
}
