package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

const (
	tilesetsRel     = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	tilingSchemeRel = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
	webMercatorQuad = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	webMercator     = "http://www.opengis.net/def/crs/EPSG/0/3857"
)

// tilesAddress is where the tiles of a collection lie, or those of several when
// it is nil.
func (s *Server) tilesAddress(k *collection, rest ...string) string {
	if k == nil {
		return s.url(append([]string{"tiles"}, rest...)...)
	}
	return s.url(append([]string{"collections", k.ID, "tiles"}, rest...)...)
}

// tilesets lists the ways the tiles are to be had.
func (s *Server) tilesets(c echo.Context) error {
	k, err := s.tiled(c)
	if err != nil {
		return err
	}
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	set := &document{}
	s.describeTileset(set, k, nil)
	return writeJSON(c, http.StatusOK, jsonType, map[string]any{
		"tilesets": []any{set},
		"links":    []link{{Href: s.tilesAddress(k), Rel: "self", Type: jsonType, Title: "Tilesets"}, asPage(s.tilesAddress(k), nil)},
	})
}

// tileset describes the tiles as OGC API – Tiles or as TileJSON does. The
// addresses of the tiles carry the filters of the request.
func (s *Server) tileset(c echo.Context) error {
	k, err := s.tiled(c)
	if err != nil {
		return err
	}
	if err := checkMatrixSet(c); err != nil {
		return err
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	r, err := s.parseTiles(k, values, "json", "tilejson")
	if err != nil {
		return err
	}
	reader, err := s.at(c.Request().Context(), r.recorded)
	if err != nil {
		return err
	}
	if done, err := s.fresh(c, reader, r.collections...); done || err != nil {
		return err
	}
	extent, err := r.extent(c.Request().Context(), reader)
	if err != nil {
		return err
	}
	filters := url.Values{}
	for name, given := range values {
		if name != "f" {
			filters[name] = given
		}
	}
	doc := &document{}
	if r.format == "tilejson" {
		s.describeTileJSON(doc, k, r, filters, extent)
	} else {
		s.describeTileset(doc, k, filters)
		describeLayers(doc, r, extent)
	}
	return writeJSON(c, http.StatusOK, jsonType, doc)
}

// extent is that of all collections together, nil when nothing is located.
func (r *tilesRequest) extent(ctx context.Context, reader geo.Reader) (*orb.Bound, error) {
	var extent *orb.Bound
	for _, k := range r.collections {
		summary, err := reader.Summary(ctx, k.Collection)
		if err != nil {
			return nil, err
		}
		if summary.Extent == nil {
			continue
		}
		all := *summary.Extent
		if extent != nil {
			all = all.Union(*extent)
		}
		extent = &all
	}
	return extent, nil
}

func tilesTitle(k *collection) string {
	if k == nil {
		return "All collections"
	}
	return k.Title
}

// describeTileset adds what OGC API – Tiles tells of a tileset in a list.
func (s *Server) describeTileset(doc *document, k *collection, filters url.Values) {
	address := s.tilesAddress(k, tileMatrixSet)
	doc.add("title", tilesTitle(k))
	doc.add("dataType", "vector")
	doc.add("crs", webMercator)
	doc.add("tileMatrixSetURI", webMercatorQuad)
	doc.add("links", []link{
		{Href: withQuery(address, filters), Rel: "self", Type: jsonType, Title: tilesTitle(k)},
		asPage(address, filters),
		{Href: withQuery(address+"/{tileMatrix}/{tileRow}/{tileCol}", filters), Rel: "item", Type: mvtType, Title: "A tile", Templated: true},
		{Href: withQuery(address, with(filters, "f", "tilejson")), Rel: "describedby", Type: jsonType, Title: "TileJSON"},
		{Href: webMercatorQuad, Rel: tilingSchemeRel, Title: "WebMercatorQuad"},
	})
}

// describeLayers adds what only the description of one tileset has.
func describeLayers(doc *document, r *tilesRequest, extent *orb.Bound) {
	dimensions := map[geo.GeometryType]int{geo.Point: 0, geo.Line: 1}
	var layers []any
	for i, k := range r.collections {
		layer, properties := &document{}, &document{}
		layer.add("id", k.ID)
		layer.add("title", k.Title)
		layer.add("description", k.Description)
		layer.add("dataType", "vector")
		if n, ok := dimensions[k.Geometry]; ok {
			layer.add("geometryDimension", n)
		}
		properties.add("id", schema{Title: "Identifier", Type: "string"})
		for _, col := range tileColumns(r.layers[i].columns, r.layers[i].named) {
			properties.add(col.name, col.schema)
		}
		if k.Geometry != geo.Line {
			properties.add("count", countSchema())
		}
		layer.add("propertiesSchema", map[string]any{"type": "object", "properties": properties})
		layers = append(layers, layer)
	}
	doc.add("layers", layers)
	if extent != nil {
		doc.add("boundingBox", map[string]any{"lowerLeft": extent.Min, "upperRight": extent.Max, "crs": crs84})
	}
}

func countSchema() schema {
	return schema{
		Title: "Number of features", Type: "integer",
		Description: "How many points this one stands for, where they are too dense to be shown one by one. It has no other property then.",
	}
}

// describeTileJSON adds what TileJSON 3.0.0 tells.
func (s *Server) describeTileJSON(doc *document, k *collection, r *tilesRequest, filters url.Values, extent *orb.Bound) {
	doc.add("tilejson", "3.0.0")
	doc.add("name", tilesTitle(k))
	doc.add("attribution", attribution)
	doc.add("scheme", "xyz")
	doc.add("tiles", []string{withQuery(s.tilesAddress(k, tileMatrixSet)+"/{z}/{y}/{x}", filters)})
	doc.add("minzoom", 0)
	doc.add("maxzoom", maxZoom)
	if extent != nil {
		doc.add("bounds", []float64{extent.Min[0], extent.Min[1], extent.Max[0], extent.Max[1]})
	}
	types := map[bool]string{true: "Number", false: "String"}
	layers := []any{}
	for i, k := range r.collections {
		layer, fields := &document{}, &document{}
		fields.add("id", "String")
		for _, col := range tileColumns(r.layers[i].columns, r.layers[i].named) {
			fields.add(col.name, types[col.number])
		}
		if k.Geometry != geo.Line {
			fields.add("count", "Number")
		}
		layer.add("id", k.ID)
		layer.add("description", k.Title)
		layer.add("minzoom", 0)
		layer.add("maxzoom", maxZoom)
		layer.add("fields", fields)
		layers = append(layers, layer)
	}
	doc.add("vector_layers", layers)
}

// tilePaths describes the tiles of one collection, or of several when it is nil.
func (s *Server) tilePaths(paths object, k *collection) {
	base, id, filters := "/tiles", "dataset.vector", []object{parameter("datetime"), parameter(asRecordedParameter), parameter("collections")}
	if k != nil {
		base, id = "/collections/"+k.ID+"/tiles", k.ID+".collection.vector"
		filters = append([]object{parameter("bbox"), parameter("near"), parameter("within"), parameter("filter"), parameter("filter-lang"), parameter("filter-crs"), parameter("bbox-crs"), parameter("datetime"), parameter(asRecordedParameter), parameter("properties")}, propertyFilters(k)...)
	}
	title := tilesTitle(k)
	tileset := append([]object{enumerated("f", "OGC API – Tiles or TileJSON 3.0.0; the addresses of the tiles carry the other parameters.", "json", "tilejson", htmlName)}, filters...)
	tile := append([]object{
		enumerated("f", "The format of the tile.", "mvt"),
		tileNumber("z", "The zoom, from 0 to 22.", maxZoom), tileNumber("y", "The row, from the north.", 1<<maxZoom-1), tileNumber("x", "The column, from the west.", 1<<maxZoom-1),
	}, filters...)
	paths[base] = operation(id+".getTileSetsList", title+": ways its tiles are to be had", jsonType, object{"type": "object"}, enumerated("f", "The format of the answer.", "json", htmlName))
	paths[base+"/"+tileMatrixSet] = operation(id+".getTileSet", title+": description of its tiles", jsonType, object{"type": "object"}, tileset...)
	paths[base+"/"+tileMatrixSet+"/{z}/{y}/{x}"] = operation(id+".getTile", title+": a vector tile with a layer for each collection; 204 where there is nothing",
		mvtType, object{"type": "string", "format": "binary"}, tile...)
}

// tileExamples are a tile in the middle of the data.
var tileExamples = map[string]int{"z": 5, "y": 12, "x": 22}

func tileNumber(name, description string, most int) object {
	return object{"name": name, "in": "path", "required": true, "description": description, "example": tileExamples[name], "schema": object{"type": "integer", "minimum": 0, "maximum": most}}
}
