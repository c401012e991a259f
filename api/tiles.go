package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

// tilesRequest is a checked request for what tiles show: features of one
// collection under every filter, or of several on a day.
type tilesRequest struct {
	collections []*collection
	layers      []itemsRequest
	// bbox narrows further than the tile does.
	bbox     *geo.BBox
	recorded time.Time
	format   string
}

// parseTiles reads the parameters of the tiles of one collection, or of several
// when it is nil. The first format is the default.
func (s *Server) parseTiles(k *collection, values url.Values, formats ...string) (*tilesRequest, error) {
	p := newParams(values)
	r := &tilesRequest{format: formats[0]}
	one := itemsRequest{query: geo.Query{Today: s.today()}}
	p.asRecorded(&r.recorded, &one.query.Today)
	p.format(formats...)
	if values.Has("f") {
		r.format = values.Get("f")
	}
	if k == nil {
		s.takeCollections(p, &r.collections)
		p.datetime(&one.query.Time)
	} else {
		r.collections = []*collection{k}
		one.columns = k.columns
		one.query.Collection = k.Collection
		p.take("properties", func(v string) (err error) {
			one.named = true
			one.columns, err = selectColumns(k.columns, v)
			return err
		})
		p.narrow(k, &one)
		r.bbox, one.query.BBox = one.query.BBox, nil
	}
	one.recorded = r.recorded
	for _, each := range r.collections {
		one.query.Collection = each.Collection
		if k == nil {
			one.columns = each.columns
		}
		r.layers = append(r.layers, one)
	}
	return r, p.done()
}

// tiled is the collection whose tiles a request asks for, nil for those of
// several.
func (s *Server) tiled(c echo.Context) (*collection, error) {
	if !slices.Contains(c.ParamNames(), "collection") {
		return nil, nil
	}
	return s.collection(c)
}

// tile answers one vector tile, and no content where there is nothing.
func (s *Server) tile(c echo.Context) error {
	k, err := s.tiled(c)
	if err != nil {
		return err
	}
	t, err := tileOf(c)
	if err != nil {
		return err
	}
	values, err := query(c)
	if err != nil {
		return err
	}
	r, err := s.parseTiles(k, values, "mvt")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	reader, err := s.at(ctx, r.recorded)
	if err != nil {
		return err
	}
	about := r.collections
	if k != nil {
		if err := s.resolve(ctx, reader, &r.layers[0]); err != nil {
			return err
		}
		about = r.layers[0].about(k)
	}
	if k == nil || r.layers[0].near == nil { // else it is made of what lies elsewhere, too
		madeWithin(c, t.box(tileBuffer))
	}
	if done, err := s.fresh(c, reader, about...); done || err != nil {
		return err
	}
	layers, err := r.gather(ctx, reader, t)
	if err != nil {
		return err
	}
	body := encodeTile(t, layers)
	if len(body) == 0 {
		return c.NoContent(http.StatusNoContent)
	}
	return c.Blob(http.StatusOK, mvtType, body)
}

// gather asks for the features of a tile, one collection after the other.
func (r *tilesRequest) gather(ctx context.Context, reader geo.Reader, t tile) ([]*tileLayer, error) {
	box := t.box(tileBuffer)
	var layers []*tileLayer
	for i, k := range r.collections {
		layer := newTileLayer(t, &r.layers[i], k)
		q := r.layers[i].query
		q.BBox = &geo.BBox{West: box.Min[0], South: box.Min[1], East: box.Max[0], North: box.Max[1]}
		if err := r.fill(ctx, reader, layer, &q); err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return layers, nil
}

// fill puts the answer to a query into a layer. A store that can count is asked
// to first: most of what lies in a crowded tile need not be handed out.
func (r *tilesRequest) fill(ctx context.Context, reader geo.Reader, layer *tileLayer, q *geo.Query) error {
	counter, counts := reader.(geo.CellCounter)
	if counts && layer.kind >= 0 && r.bbox == nil && q.Near == nil {
		cells, err := counter.CountCells(ctx, *q, kindProperty, layer.tile.square())
		if err != nil {
			return err
		}
		if layer.take(cells) {
			return layer.fillAlone(ctx, reader, q)
		}
	}
	for it, err := range reader.Items(ctx, *q) {
		if err != nil {
			return err
		}
		if r.bbox == nil || geo.Touches(it.Geometry, r.bbox.Bounds()) {
			layer.add(it)
		}
	}
	return nil
}

// fillAlone asks for the features that stand alone in a cell, of which the count has the
// ids: they are shown as all are that are shown one by one. One that has been moved or
// removed since it was counted has its id alone.
func (l *tileLayer) fillAlone(ctx context.Context, reader geo.Reader, q *geo.Query) error {
	alone := map[string]*tileFeature{}
	ask := *q
	ask.IDs, ask.BBox = []string{}, nil // they were found within
	for _, f := range l.grid.cells {
		if f.count == 1 {
			alone[f.item.ID] = f
			ask.IDs = append(ask.IDs, f.item.ID)
		}
	}
	if ask.Limit = len(ask.IDs); ask.Limit == 0 {
		return nil
	}
	for it, err := range reader.Items(ctx, ask) {
		if err != nil {
			return err
		}
		f := alone[it.ID]
		if p, isPoint := it.Geometry.(orb.Point); isPoint && l.tile.place(l.tile.project(p)) == f.point {
			f.item = it
		}
	}
	return nil
}
