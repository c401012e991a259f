package postgis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"oxus/geo"

	"github.com/jackc/pgx/v5/pgconn"
)

// failed turns what a database call returned into what the domain knows: its
// own errors as they are, the context's end, rules, and "not now". Anything else
// is internal and stays what it is. The database's own text goes to the log and
// never into a geo.Error.
func failed(ctx context.Context, err error) error {
	var domain *geo.Error
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &domain):
		return err
	case ctx.Err() != nil:
		return fmt.Errorf("the question to the database was given up: %w", ctx.Err())
	case errors.As(err, &refused):
		return fromDatabase(refused)
	case connectionLost(err):
		return unavailable(err)
	}
	return err
}

// unavailable keeps the cause for the log, beside the sentence for the client.
func unavailable(cause error) error {
	return fmt.Errorf("%w (%w)", geo.Errorf(geo.Unavailable, "The database cannot answer now."), cause)
}

func connectionLost(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// SQLSTATEs that mean a broken rule.
const (
	notNull       = "23502"
	foreignKey    = "23503"
	unique        = "23505"
	check         = "23514"
	exclusion     = "23P01"
	badCharacter  = "22021"
	badParameter  = "22023" // how PostGIS refuses another type, SRID or dimension
	limitExceeded = "54000" // a text too long for the index it stands in
)

// passing lists SQLSTATEs, or their classes, after which asking again may help.
func passing() []string {
	return []string{
		"08",    // the connection
		"25006", // a replica that takes no writes
		"40",    // serialization and deadlock
		"53",    // out of connections, memory or disk
		"55P03", // a lock not had in time
		"57",    // cancelled, timed out, shutting down, starting up
		"58",    // the system below
	}
}

// rules tells the rule a constraint holds by the last word of its name, with
// the sentence that says it is broken.
func rules() map[string]geo.Fault {
	return map[string]geo.Fault{
		"id":          {Rule: geo.RuleID, Detail: "it is not an id"},
		"stable":      {Rule: geo.RuleID, Detail: "an id cannot change"},
		"pkey":        {Rule: geo.RuleDuplicateID, Detail: "the id is there already"},
		"twice":       {Rule: geo.RuleDuplicateID, Detail: "it is written twice by one change"},
		"required":    {Rule: geo.RuleRequired, Detail: "a value is required"},
		"text":        {Rule: geo.RuleType, Detail: "a blank text stands for nothing; leave the value out"},
		"list":        {Rule: geo.RuleType, Detail: "it is not a plain list"},
		"partial":     {Rule: geo.RuleType, Detail: "it is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"},
		"code":        {Rule: geo.RuleCode, Detail: "the value is not in the list"},
		"range":       {Rule: geo.RuleRange, Detail: "the value lies outside its range"},
		"finite":      {Rule: geo.RuleRange, Detail: "the value is not a finite number"},
		"geometry":    {Rule: geo.RuleGeometryType, Detail: "the geometry does not fit the collection"},
		"coordinates": {Rule: geo.RuleCoordinates, Detail: "a position lies outside longitude ±180, latitude ±90"},
		"cited":       {Rule: geo.RuleNoSource, Detail: "at least one source is required"},
		"source":      {Rule: geo.RuleSource, Detail: "a source that is cited is not there"},
		"feature":     {Rule: geo.RuleFeature, Detail: "a feature that is referred to is not there"},
		"owner":       {Rule: geo.RuleFeature, Detail: "a period belongs to one feature or one project"},
		"order":       {Rule: geo.RuleDateOrder, Detail: "it ends before it starts"},
		"dated":       {Rule: geo.RuleDateMissing, Detail: "a date and its precision come together"},
		"basis":       {Rule: geo.RuleEndBasis, Detail: "the end basis does not fit the dates or the kind of the period"},
		"overlap":     {Rule: geo.RuleOverlap, Detail: "two phases share a day"},
	}
}

func fromDatabase(e *pgconn.PgError) error {
	for _, class := range passing() {
		if strings.HasPrefix(e.Code, class) {
			return unavailable(e)
		}
	}
	fault, known := broken(e)
	if !known {
		return e
	}
	kind := geo.Invalid
	if e.Code == unique || e.Code == exclusion {
		kind = geo.Conflict // it depends on what else is there
	}
	return &geo.Error{Kind: kind, Faults: []geo.Fault{fault}}
}

// broken names the rule, and the collection and field as far as the database
// tells.
func broken(e *pgconn.PgError) (geo.Fault, bool) {
	at := geo.Place{Feature: strings.ReplaceAll(e.TableName, "_", "-"), Field: e.ColumnName}
	if e.TableName == "citations" {
		at.Feature = geo.SourcesID // that of the citations is the store's own
	}
	switch e.Code {
	case notNull:
		fault := rules()["required"]
		if e.ColumnName == geo.SourcesID {
			fault = rules()["cited"]
		}
		fault.Place = at
		return fault, true
	case badCharacter:
		return geo.Fault{Rule: geo.RuleType, Place: at, Detail: "a text holds a character that cannot be stored"}, true
	case badParameter:
		return geo.Fault{Rule: geo.RuleGeometryType, Place: at, Detail: "the geometry does not fit the collection"}, true
	case limitExceeded:
		return geo.Fault{Rule: geo.RuleRange, Place: at, Detail: "a text is too long"}, true
	case check, foreignKey, unique, exclusion:
		cut := strings.LastIndexByte(e.ConstraintName, '_')
		fault, ok := rules()[e.ConstraintName[cut+1:]]
		at.Field = strings.Trim(strings.TrimPrefix(e.ConstraintName[:max(cut, 0)], e.TableName), "_")
		fault.Place = at
		return fault, ok
	}
	return geo.Fault{}, false
}
