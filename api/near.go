package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"oxus/geo"
)

// maxWithin is the farthest that can be asked for, in metres; maxNearVertices is
// how many vertices the features may have from which is measured.
const (
	maxWithin       = 1e6
	maxNearVertices = 10_000
)

// nearness names the features to measure from: one, or all of a collection.
type nearness struct {
	name, id   string
	within     float64
	collection *collection
}

// near takes near and within, which come together.
func (p *params) near(r *itemsRequest) {
	n := &nearness{}
	p.take("near", func(v string) error {
		n.name, n.id, _ = strings.Cut(v, "/")
		if n.name == "" || strings.HasSuffix(v, "/") {
			return errors.New("a collection is named, or a feature as collection/id")
		}
		return nil
	})
	p.take("within", func(v string) (err error) {
		n.within, err = strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(n.within) || n.within < 0 || n.within > maxWithin {
			return fmt.Errorf("%q is not a distance from 0 to %d metres", clip(v), int(maxWithin))
		}
		return nil
	})
	near, within := len(p.values["near"]) > 0, len(p.values["within"]) > 0
	switch {
	case near && !within:
		p.fault("within", ruleMissing, "near needs a distance in metres")
	case within && !near:
		p.fault("near", ruleMissing, "within needs a collection, or a feature as collection/id")
	case near:
		r.near = n
		r.columns = append(r.columns[:len(r.columns):len(r.columns)], distanceColumn())
	}
}

// distanceColumn is the property that answers about nearness carry.
func distanceColumn() column {
	c := column{
		name: "distance_m", schema: schema{Title: "Distance from the nearest of the features asked about", Type: "number"},
		append: func(b []byte, it *geo.Item) []byte { return appendNumber(b, roundMetres(it.Distance)) },
	}
	c.key = append(appendString(nil, c.name), ':')
	return c
}

// open returns the reader that answers a request, and finds in it what the
// request names.
func (s *Server) open(ctx context.Context, r *itemsRequest) (geo.Reader, error) {
	reader, err := s.at(ctx, r.recorded)
	if err != nil {
		return nil, err
	}
	return reader, s.resolve(ctx, reader, r)
}

// resolve finds the shapes that nearness is measured from: of a feature as it
// is, of a collection those that exist in the time asked about.
func (s *Server) resolve(ctx context.Context, reader geo.Reader, r *itemsRequest) error {
	n := r.near
	if n == nil {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return ofParameter("near", geo.Errorf(geo.Invalid, format, args...))
	}
	if n.collection = s.collections[n.name]; n.collection == nil {
		return refuse("there is no collection %q", clip(n.name))
	}
	near := &geo.Near{Within: n.within}
	if n.id != "" {
		d, err := reader.Detail(ctx, n.collection.Collection, n.id, r.query.Today)
		switch {
		case geo.KindOf(err) == geo.NotFound:
			return refuse("there is no feature %q in %s", clip(n.id), n.name)
		case err != nil:
			return err
		case d.Geometry == nil:
			return refuse("the position of %q is not known", n.id)
		}
		near.Shapes = []orb.Geometry{d.Geometry}
		r.query.Near = near
		return nil
	}
	vertices := 0
	for it, err := range reader.Items(ctx, geo.Query{Collection: n.collection.Collection, Time: r.query.Time, Today: r.query.Today}) {
		if err != nil {
			return err
		}
		if it.Geometry == nil {
			continue
		}
		if vertices += geo.Vertices(it.Geometry); vertices > maxNearVertices {
			return refuse("%s has more than %d vertices to measure from; name one of its features", n.name, maxNearVertices)
		}
		near.Shapes = append(near.Shapes, it.Geometry)
	}
	r.query.Near = near
	return nil
}

// about returns the collections that an answer depends on.
func (r *itemsRequest) about(k *collection) []*collection {
	if r.near == nil {
		return []*collection{k}
	}
	return []*collection{k, r.near.collection}
}
