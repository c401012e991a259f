package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/paulmach/orb"
)

// The map draws circles of accuracy from zoom 8 on: a tile of one collection tells
// the accuracy of each point it names, where it is known, at every zoom from there.
func TestTilesTellTheAccuracy(t *testing.T) {
	t.Parallel()
	inEveryStance(t, func(t *testing.T, h http.Handler) {
		for _, id := range []string{"crossings", "bazaars", "power-facilities", "incidents"} {
			told := 0
			for _, f := range placed(t, h, "/api/"+id+".geojson") {
				p, isPoint := f.geometry.(orb.Point)
				if !isPoint {
					continue
				}
				for zoom := 8; zoom <= 14; zoom += 3 {
					at := squareAt(zoom, p)
					target := fmt.Sprintf("/api/collections/%s/tiles/WebMercatorQuad/%v?properties=position_accuracy_m", id, at)
					for _, d := range getTile(t, h, target)[id] {
						if d.id() != f.id {
							continue
						}
						got := d.attributes["position_accuracy_m"]
						if n, whole := got.(int64); whole {
							got = float64(n)
						}
						if got != f.properties["position_accuracy_m"] {
							t.Errorf("%s of %s at zoom %d: accuracy %v, want %v", f.id, id, zoom, got, f.properties["position_accuracy_m"])
						}
						if got != nil {
							told++
						}
					}
				}
				if told > 30 {
					break // the rest is no different
				}
			}
			if told == 0 {
				t.Errorf("no accuracy of %s is known; this shows nothing", id)
			}
		}
	})
}
