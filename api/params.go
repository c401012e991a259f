package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"oxus/geo"
)

// The rules a request can break.
const (
	ruleUnknown   geo.Rule = "unknown-parameter"
	ruleRepeated  geo.Rule = "repeated-parameter"
	ruleMalformed geo.Rule = "malformed-parameter"
	ruleMissing   geo.Rule = "missing-parameter"
)

const (
	defaultLimit = 100
	maxLimit     = 10_000
	// maxNamed is how many faults an error names; a request with thousands of
	// bad parameters gets the first of them.
	maxNamed = 50
)

// itemsRequest is a checked request for features.
type itemsRequest struct {
	query   geo.Query
	columns []column
	// named says that the request names its columns; standing are those of all that
	// depend on the day asked about.
	named    bool
	standing []column
	limit    int
	// recorded is the moment on the record clock, zero for now.
	recorded time.Time
	// state is the state of the record that the answer is given in; a cursor has
	// that of the first page.
	state geo.State
	// pinned is the reader of an answer about the present, whose state is not chosen
	// before it is asked.
	pinned geo.Pinned
	// tag, when set, marks the answer with the state it has come from before it is sent.
	tag    func() error
	near   *nearness
	count  counting
	format *format
	table  tableRequest
	// schemaAddress is where the schema of the features lies.
	schemaAddress string
	// crs is the system of the answer, nil for the default.
	crs *system
	// skipGeometry answers null in place of every geometry.
	skipGeometry bool
}

// params reads a request's parameters once each and remembers what was wrong
// with them.
type params struct {
	values url.Values
	read   map[string]bool
	faults []geo.Fault
}

func newParams(values url.Values) *params {
	return &params{values: values, read: make(map[string]bool, 32)}
}

func (p *params) fault(name string, rule geo.Rule, format string, args ...any) {
	p.faults = append(p.faults, geo.Fault{Rule: rule, Place: geo.Place{Parameter: clip(name)}, Detail: fmt.Sprintf(format, args...)})
}

// clip keeps an error short when a client sends kilobytes.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// take hands the value of a parameter to use, when the request has it.
func (p *params) take(name string, use func(value string) error) {
	p.read[name] = true
	given := p.values[name]
	if len(given) == 0 {
		return
	}
	if len(given) > 1 {
		p.fault(name, ruleRepeated, "the parameter is given %d times", len(given))
		return
	}
	if err := use(given[0]); err != nil {
		p.fault(name, ruleMalformed, "%s", clipAll(err.Error()))
	}
}

func clipAll(s string) string {
	const most = 400
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// done refuses every parameter nobody took and returns all faults as one error.
func (p *params) done() error {
	for _, name := range p.names() {
		if !p.read[name] {
			p.fault(name, ruleUnknown, "there is no such parameter here")
		}
	}
	if more := len(p.faults) - maxNamed; more > 0 {
		p.faults = p.faults[:maxNamed]
		p.faults = append(p.faults, geo.Fault{Detail: fmt.Sprintf("and %d more", more)})
	}
	return geo.Faulty(p.faults)
}

func (p *params) names() []string {
	names := make([]string, 0, len(p.values))
	for name := range p.values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// format takes f. Only the formats named are had here.
func (p *params) format(formats ...string) {
	p.take("f", func(v string) error {
		if !slices.Contains(formats, v) {
			return fmt.Errorf("%q is not to be had here (%s)", v, strings.Join(formats, ", "))
		}
		return nil
	})
}

// flag takes a parameter that is true or false.
func (p *params) flag(name string, into *bool) {
	p.take(name, func(v string) error {
		if *into = v == "true"; !*into && v != "false" {
			return fmt.Errorf("%q is neither true nor false", v)
		}
		return nil
	})
}

// parseItems reads the parameters of an items request. A page has a limit and a
// cursor, a whole collection has neither.
func parseItems(k *collection, values url.Values, today geo.Date, page bool) (itemsRequest, error) {
	p := newParams(values)
	r := itemsRequest{query: geo.Query{Collection: k.Collection, Today: today}, columns: k.columns, standing: k.standing}
	p.asRecorded(&r.recorded, &r.query.Today)
	p.formatOf(k, &r)
	p.answerCRS(&r)
	if p.flag("skipGeometry", &r.skipGeometry); r.skipGeometry {
		r.table.place = placeNone
	}
	p.count(&r.count)
	p.take("properties", func(v string) (err error) {
		r.columns, err = selectColumns(k.columns, v)
		r.named = true
		return err
	})
	p.narrow(k, &r)
	if page {
		p.paging(k, &r)
	}
	return r, p.done()
}

// narrow takes every parameter that keeps some features and leaves others out.
func (p *params) narrow(k *collection, r *itemsRequest) {
	area := p.box(k, &r.query)
	p.datetime(&r.query.Time)
	p.filters(k, &r.query)
	p.plainQueryables(k, &r.query)
	p.filter(k, &r.query)
	r.query.Filter = within(r.query.Filter, area)
	p.near(r)
}

func (p *params) bbox(into **geo.BBox) {
	p.take("bbox", func(v string) error {
		box, err := geo.ParseBBox(v)
		*into = &box
		return err
	})
}

// asRecorded takes the moment on the record clock. An answer about what was known
// then is given as on that day.
func (p *params) asRecorded(moment *time.Time, today *geo.Date) {
	p.take(asRecordedParameter, func(v string) (err error) {
		*moment, err = geo.ParseMoment(v)
		*today = geo.DateOf(*moment)
		return err
	})
}

func (p *params) datetime(into **geo.Interval) {
	p.take("datetime", func(v string) error {
		i, err := geo.ParseInterval(v)
		*into = &i
		return err
	})
}

// days takes from and to, both included.
func (p *params) days(into *geo.Interval) {
	p.end("from", func(v string) (err error) { into.From, err = geo.ParseDay(v); return err })
	p.end("to", func(v string) (err error) { into.To, err = geo.ParseDay(v); return err })
	if into.From > into.To {
		p.fault("to", ruleMalformed, "it lies before from")
	}
}

// end takes one end of a window; nothing and ".." leave it open.
func (p *params) end(name string, use func(v string) error) {
	p.take(name, func(v string) error {
		if v == "" || v == ".." {
			return nil
		}
		return use(v)
	})
}

// filters takes every parameter that is a property of the collection or its
// status.
func (p *params) filters(k *collection, q *geo.Query) {
	for _, name := range p.names() {
		_, isProperty := k.Property(name)
		if !isProperty && (name != geo.StatusProperty || !k.HasStatus()) {
			continue
		}
		p.take(name, func(v string) error {
			e, err := k.EqualFilter(name, v)
			q.Equals = append(q.Equals, e)
			return err
		})
	}
}

func (p *params) paging(k *collection, r *itemsRequest) {
	p.limit(&r.limit)
	p.take("sortby", func(v string) (err error) {
		r.query.Sort, err = k.ParseSort(v)
		return err
	})
	p.cursor(k.ID, p.values, func(at position) {
		q := &r.query
		q.After, q.AfterKey, q.Today, q.Backwards, r.state = at.after, at.key, at.today, at.back, at.state
	})
}

func (p *params) limit(into *int) {
	*into = defaultLimit
	p.take("limit", func(v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a whole number from 1", v)
		}
		// OGC API – Features 7.15.2: a limit above the maximum means the maximum.
		*into = min(n, maxLimit)
		return nil
	})
}

// cursor takes where the last page of the answer to a question ended.
func (p *params) cursor(about string, asked url.Values, use func(at position)) {
	p.take("cursor", func(v string) error {
		at, err := parseCursor(v, questionOf(about, asked))
		if err == nil {
			use(at)
		}
		return err
	})
}

// selectColumns returns the columns named in a comma-separated list, in the
// collection's own order.
func selectColumns(all []column, list string) ([]column, error) {
	wanted := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		wanted[name] = true
	}
	var selected []column
	for _, col := range all {
		if wanted[col.name] {
			selected = append(selected, col)
			delete(wanted, col.name)
		}
	}
	if len(wanted) == 0 {
		return selected, nil
	}
	unknown := make([]string, 0, len(wanted))
	for name := range wanted {
		unknown = append(unknown, strconv.Quote(clip(name)))
	}
	slices.Sort(unknown)
	return nil, fmt.Errorf("there is no property %s", strings.Join(unknown, ", "))
}
