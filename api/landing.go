package api

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

// conformsTo lists the requirements classes the server holds as a whole.
var conformsTo = []string{
	"http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
	"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
	"http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/schemas",
	// The same class by the name it had as Part 5 of Features: QGIS 3.44 reads the
	// schema, and with it the types of fields, only where it finds this one.
	"http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/advanced-property-roles",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/references",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/returnables-and-receivables",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/queryables",
	"http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/sortables",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
	"http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
	"http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
	"http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
	"http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
	"http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
	"http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
	"http://www.opengis.net/spec/cql2/1.0/conf/property-property",
	"http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
}

func (s *Server) landing(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	if done, err := s.fresh(c, s.store); done || err != nil { // it is made of no collection
		return err
	}
	return writeJSON(c, http.StatusOK, jsonType, map[string]any{
		"title":       "Oxus",
		"description": "Crossings, bazaars, power lines and incidents of the Tajik–Afghan border, as of any day, with sources.",
		"attribution": attribution,
		"links": []link{
			{Href: s.url(), Rel: "self", Type: jsonType, Title: "This document"},
			asPage(s.url(), nil),
			{Href: s.url("openapi.json"), Rel: "service-desc", Type: openAPIType, Title: "OpenAPI definition"},
			{Href: s.url("docs"), Rel: "service-doc", Type: htmlType, Title: "The API, documented, with every request to try"},
			{Href: s.url("conformance"), Rel: "conformance", Type: jsonType, Title: "Conformance classes"},
			{Href: s.url("collections"), Rel: "data", Type: jsonType, Title: "Collections"},
			{Href: s.url("tiles"), Rel: tilesetsRel, Type: jsonType, Title: "Vector tiles of all collections"},
			{Href: s.url("functions"), Rel: functionsRel, Type: jsonType, Title: "Functions of filters beyond the standard's"},
			{Href: s.url("changes"), Rel: "related", Type: geoJSONType, Title: "What changed"},
			{Href: withQuery(s.url("changes"), url.Values{"f": {"atom"}}), Rel: "related", Type: atomType, Title: "What changed, as a feed"},
			{Href: s.options.BaseURL + "/", Rel: "alternate", Type: "text/html", Title: "Map"},
		},
	})
}

const attribution = "Oxus contributors (ODbL 1.0); positions partly from OpenStreetMap contributors (ODbL), GeoNames (CC BY 4.0), WRI Global Power Plant Database (CC BY 4.0)"

func (s *Server) conformance(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	classes := conformsTo
	if s.writes() {
		classes = slices.Concat(conformsTo, writeClasses)
	}
	return writeJSON(c, http.StatusOK, jsonType, map[string]any{
		"conformsTo": classes,
		"links":      []link{{Href: s.url("conformance"), Rel: "self", Type: jsonType}, asPage(s.url("conformance"), nil)},
	})
}

func (s *Server) listCollections(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	if done, err := s.fresh(c, s.store, s.allCollections()...); done || err != nil {
		return err
	}
	list := []any{}
	for _, k := range s.atlas.Served() {
		doc, err := s.describe(c, s.collections[k.ID], "#/crs")
		if err != nil {
			return err
		}
		list = append(list, doc)
	}
	return writeJSON(c, http.StatusOK, jsonType, map[string]any{
		"collections": list,
		"crs":         systemURIs(),
		"links":       []link{{Href: s.url("collections"), Rel: "self", Type: jsonType}, asPage(s.url("collections"), nil)},
	})
}

func (s *Server) describeCollection(c echo.Context) error {
	k, err := s.collection(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	if done, err := s.fresh(c, s.store, k); done || err != nil {
		return err
	}
	doc, err := s.describe(c, k, systemURIs()...)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, jsonType, doc)
}

// describe describes a collection that can be had in the systems named.
func (s *Server) describe(c echo.Context, k *collection, systems ...string) (*document, error) {
	summary, err := s.store.Summary(c.Request().Context(), k.Collection)
	if err != nil {
		return nil, err
	}
	s.sizes.Store(k.ID, summary.Count)
	doc := &document{}
	doc.add("id", k.ID)
	doc.add("title", k.Title)
	doc.add("description", k.Description)
	doc.add("itemType", "feature")
	doc.add("attribution", attribution)
	doc.add("extent", extentOf(summary))
	doc.add("crs", systems)
	doc.add("storageCrs", crs84)
	doc.add("numberOfFeatures", summary.Count)
	doc.add("links", slices.Concat([]link{
		{Href: s.url("collections", k.ID), Rel: "self", Type: jsonType, Title: k.Title},
		asPage(s.url("collections", k.ID), nil),
		{Href: s.url("collections", k.ID, "items"), Rel: "items", Type: geoJSONType, Title: k.Title},
		{Href: withQuery(s.url("collections", k.ID, "items"), url.Values{"f": {htmlName}}), Rel: "items", Type: htmlType, Title: k.Title},
		{Href: s.url("collections", k.ID, "schema"), Rel: schemaRel, Type: schemaType, Title: "Schema"},
		{Href: s.url("collections", k.ID, "schema", "geojson"), Rel: "describedby", Type: schemaType, Title: "Schema of a GeoJSON feature"},
		// Older GDAL (3.6 of Debian 12) knows the relation by this spelling alone.
		{Href: s.url("collections", k.ID, "schema", "geojson"), Rel: "describedBy", Type: schemaType, Title: "Schema of a GeoJSON feature"},
		{Href: s.url("collections", k.ID, "sortables"), Rel: sortablesRel, Type: schemaType, Title: "What features can be ordered by"},
		{Href: s.url("collections", k.ID, "queryables"), Rel: queryablesRel, Type: schemaType, Title: "What a filter may ask about"},
		{Href: s.url("collections", k.ID, "tiles"), Rel: tilesetsRel, Type: jsonType, Title: "Vector tiles"},
	}, enclosures(s, k), []link{
		{Href: "https://opendatacommons.org/licenses/odbl/1-0/", Rel: "license", Title: "Open Database License 1.0"},
	}))
	return doc, nil
}

// enclosures are the whole collection as a file of each format.
func enclosures(s *Server, k *collection) []link {
	var links []link
	for _, f := range formats {
		links = append(links, link{Href: s.url(k.ID + "." + f.name), Rel: "enclosure", Type: f.accepted(), Title: f.title})
	}
	return links
}

// extentOf describes where and when the features lie. The times are days, and
// end with the last second of their last day.
func extentOf(summary geo.Summary) map[string]any {
	extent := map[string]any{"temporal": map[string]any{
		"interval": [][]any{{instant(summary.Time.From, 0), instant(summary.Time.To, 24*time.Hour-time.Second)}},
		"trs":      "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
	}}
	if b := summary.Extent; b != nil {
		extent["spatial"] = map[string]any{"bbox": [][]float64{{b.Min[0], b.Min[1], b.Max[0], b.Max[1]}}, "crs": crs84}
	}
	return extent
}

func instant(d geo.Date, offset time.Duration) any {
	if !d.Bounded() {
		return nil
	}
	return d.Time().Add(offset).Format(time.RFC3339)
}
