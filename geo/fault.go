package geo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"
)

// Kind sorts errors by what the asker can do about them. Any error that is not
// an *Error is internal: it is logged and never shown.
type Kind uint8

// The kinds of an Error.
const (
	// Invalid: what was given breaks a rule; the faults say which and where.
	Invalid Kind = iota + 1
	// NotFound: the named collection or feature is not there.
	NotFound
	// Conflict: the data changed under the change, or a constraint forbids it.
	Conflict
	// Unavailable: the store cannot answer now; asking again may help.
	Unavailable
)

// Error is the one error type of the domain.
type Error struct {
	Kind   Kind
	Detail string
	Faults []Fault
}

// Error joins the detail and every fault into one text.
func (e *Error) Error() string {
	parts := make([]string, 0, len(e.Faults)+1)
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	for _, f := range e.Faults {
		parts = append(parts, f.String())
	}
	return strings.Join(parts, "; ")
}

// Errorf makes an Error of the given kind without faults.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// Faulty returns an Invalid error that lists the faults, or nil when there are
// none.
func Faulty(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Faults: faults}
}

// KindOf returns the kind of the Error in err's chain, 0 when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return 0
}

// Rule names a rule that data or a request can break. The names are part of
// the interface: reports, tests and translations refer to them.
type Rule string

// Fault is one broken rule at one place.
type Fault struct {
	Rule   Rule
	Place  Place
	Detail string
}

// Error lets a sequence yield a fault in the place of the record it rejects.
func (f Fault) Error() string { return f.String() }

// String writes "place: detail (rule)".
func (f Fault) String() string {
	text := f.Detail
	if place := f.Place.String(); place != "" {
		text = place + ": " + text
	}
	if f.Rule != "" {
		text += " (" + string(f.Rule) + ")"
	}
	return text
}

// Place says where a fault lies: a parameter of a request, or a file, its line
// or record, a field of it and a position. Parts that do not apply are zero.
type Place struct {
	Parameter string
	// Pointer is the JSON pointer (RFC 6901) of a member of a request's body.
	Pointer string
	File    string
	Line    int
	Record  int
	Feature string
	Field   string
	Point   *orb.Point
}

// String writes the parts that are there, for instance
// "status.csv:118, feature tem-bazaar, field to_date".
func (p Place) String() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case p.File != "" && p.Line > 0:
		add("%s:%d", p.File, p.Line)
	case p.File != "":
		add("%s", p.File)
	}
	if p.Parameter != "" {
		add("parameter %s", p.Parameter)
	}
	if p.Pointer != "" {
		add("%s", p.Pointer)
	}
	if p.Record > 0 {
		add("record %d", p.Record)
	}
	if p.Feature != "" {
		add("feature %s", p.Feature)
	}
	if p.Field != "" {
		add("field %s", p.Field)
	}
	if p.Point != nil {
		add("at %g %g", p.Point[0], p.Point[1])
	}
	return strings.Join(parts, ", ")
}
