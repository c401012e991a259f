package api

import (
	"slices"

	"oxus/geo"
)

// Routes are the addresses of a server with everything, each with its methods.
func Routes(atlas *geo.Atlas) map[string][]string {
	routes := bareServer(atlas).as(geo.Everybody).methods()
	for _, methods := range routes {
		slices.Sort(methods)
	}
	return routes
}

// FormatNames are the formats that features can be had in.
func FormatNames() []string { return formatNames() }

// AskedView puts a view behind what handlers ask.
func AskedView(v geo.View) geo.View {
	s := &Server{}
	s.defaults()
	return s.askedViewOf(v)
}
