package api

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

// beingMade is where a request holds the answer that is being made to it.
const beingMade = "answer being made"

// making is an answer that is being made to be kept, and what it is made of. It stands
// in the place of the client, to whom it goes on as it comes when it is too large.
type making struct {
	header http.Header
	status int
	// parts are what was written so far, size bytes in all: a part each time, so that a
	// large answer is never copied to make room for it.
	parts   [][]byte
	size    int
	most    int
	out     http.ResponseWriter
	over    bool
	release func() // what the answer is made from
	begins  func() // told that the answer goes out before it is made
	// tooLarge is told that it is not kept for being too large.
	tooLarge func()

	// declared says that about, veiled and fixed tell what the answer is made of.
	declared, veiled, fixed bool
	about                   []*geo.Collection
	area                    *orb.Bound
}

// Header implements http.ResponseWriter.
func (m *making) Header() http.Header { return m.header }

// WriteHeader implements http.ResponseWriter.
func (m *making) WriteHeader(status int) { m.status = status }

// Write implements http.ResponseWriter. A client that reads slowly holds no state of
// the data.
func (m *making) Write(b []byte) (int, error) {
	if m.over {
		return m.out.Write(b)
	}
	if m.size+len(b) <= m.most {
		m.parts, m.size = append(m.parts, bytes.Clone(b)), m.size+len(b)
		return len(b), nil
	}
	m.over = true
	m.begins()
	m.release()
	m.tooLarge()
	merge(m.out.Header(), m.header)
	m.out.WriteHeader(m.statusOr(http.StatusOK))
	for i, part := range m.parts {
		m.parts[i] = nil
		if _, err := m.out.Write(part); err != nil {
			return 0, err
		}
	}
	m.parts = nil
	return m.out.Write(b)
}

// body is all that was written.
func (m *making) body() []byte {
	if len(m.parts) == 1 {
		return m.parts[0]
	}
	return bytes.Join(m.parts, nil)
}

// Unwrap leads to the deadlines of the connection.
func (m *making) Unwrap() http.ResponseWriter { return m.out }

func (m *making) statusOr(fallback int) int {
	if m.status == 0 {
		return fallback
	}
	return m.status
}

// madeOf notes which collections the answer to a request is made of, and the names of
// the states they are in. Nothing is noted where it is not to be kept.
func (s *Server) madeOf(c echo.Context, versions []string, about ...*geo.Collection) {
	m, ok := c.Get(beingMade).(*making)
	if !ok || m == nil {
		return
	}
	m.declared, m.fixed = true, isFixed(c)
	m.veiled = m.veiled || slices.ContainsFunc(versions, geo.Veiled)
	for _, k := range about {
		if !k.Derived {
			m.about = append(m.about, k)
			continue
		}
		for _, of := range s.atlas.Collections {
			if of.HasStatus() {
				m.about = append(m.about, of)
			}
		}
	}
}

// madeWithin notes that an answer is made only of what touches an area.
func madeWithin(c echo.Context, area orb.Bound) {
	if m, ok := c.Get(beingMade).(*making); ok && m != nil {
		m.area = &area
	}
}

// isFixed reports whether an answer is about a state of the record that is over: it
// stays as it is, but for what is hidden from who asks.
func isFixed(c echo.Context) bool { return c.QueryParams().Has(asRecordedParameter) }

// keep returns the answer, and whether it is worth keeping: it is a good one, and what it
// is made of is known. Versions are those of the state it was made from.
func (m *making) keep(versions map[string]string) (a *kept, lasts bool) {
	a = &kept{status: m.statusOr(http.StatusOK), header: m.header, body: m.body(), anyDay: m.fixed, area: m.area}
	switch a.status {
	case http.StatusOK, http.StatusNoContent, http.StatusNotModified:
		lasts = m.declared && len(m.header[echo.HeaderSetCookie]) == 0
	default:
	}
	on := &footing{}
	for _, id := range m.needs(versions) {
		version, known := versions[id]
		lasts = lasts && known
		on.on = append(on.on, dependency{id, version})
	}
	if m.veiled {
		a.area = nil // what is far away may be what hides it
	}
	a.footing.Store(on)
	return a, lasts
}

// needs are the ids of what the answer is made of. Sources belong to all: they say who
// may see what. Where something is hidden, all collections have a part in it.
func (m *making) needs(versions map[string]string) (ids []string) {
	switch {
	case m.veiled:
		for id := range versions {
			ids = append(ids, id)
		}
		return ids
	case len(m.about) == 0:
		return nil
	case !m.fixed:
		for _, k := range m.about {
			ids = append(ids, k.ID)
		}
	}
	return append(ids, geo.SourcesID)
}

// merge sets headers. What answers vary by adds up.
func merge(into, from http.Header) {
	for name, values := range from {
		if name != echo.HeaderVary {
			into[name] = values[:len(values):len(values)]
			continue
		}
		for _, v := range values {
			if !slices.Contains(into[name], v) {
				into.Add(name, v)
			}
		}
	}
}
