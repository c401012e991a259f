package geo

import (
	"github.com/paulmach/orb"
	orbgeo "github.com/paulmach/orb/geo"
)

func Distance(a, b orb.Geometry) float64 { return orbgeo.Distance(a.Bound().Center(), b.Bound().Center()) }
