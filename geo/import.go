package geo

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"time"
)

// ImportState says how far an import has come.
type ImportState string

// The states of an import, in their order.
const (
	// Uploaded: the file is kept and its digest known; nothing of it is read.
	Uploaded ImportState = "uploaded"
	// Decoded: the file was read as far as to know what it holds, and a question is
	// open that only its maintainer can answer.
	Decoded ImportState = "decoded"
	// Checked: every record was held against the rules, and some are refused.
	Checked ImportState = "checked"
	// Staged: what the import would change is kept, and can be looked at and applied.
	Staged ImportState = "staged"
	// Applied: the change is part of the data.
	Applied ImportState = "applied"
	// Discarded: given up; nothing of it was ever applied.
	Discarded ImportState = "discarded"
	// RolledBack: it was applied, and a later import took it back.
	RolledBack ImportState = "rolled-back"
)

// importSteps are the states that may follow each.
var importSteps = map[ImportState][]ImportState{
	Uploaded:   {Uploaded, Decoded, Checked, Staged, Discarded},
	Decoded:    {Decoded, Checked, Staged, Discarded},
	Checked:    {Decoded, Checked, Staged, Discarded},
	Staged:     {Decoded, Checked, Staged, Applied, Discarded},
	Applied:    {RolledBack},
	RolledBack: {Applied},
}

// ImportStates returns all states in their order.
func ImportStates() []ImportState {
	return []ImportState{Uploaded, Decoded, Checked, Staged, Applied, Discarded, RolledBack}
}

// MayBecome reports whether an import may go from one state to another.
func (s ImportState) MayBecome(next ImportState) bool {
	return slices.Contains(importSteps[s], next)
}

// Import is one maintainer's upload on its way into the data, or the taking back of
// one that was applied.
type Import struct {
	// ID is unique for ever: the history names the changes by it.
	ID    string
	State ImportState
	// Serial counts the writes of this import. Who writes it names the serial that
	// was read, so that two who work on one import cannot both go on.
	Serial int64
	// Collection is what the import is for: the id of a collection, StatusID or
	// SourcesID.
	Collection string
	// File is the name of the file, Digest its SHA-256 in hex, Size its bytes. All
	// are blank for a rollback.
	File, Digest string
	Size         int64
	// Actor is who imports.
	Actor string
	// Token is what the client names its upload by: another of the same actor and
	// token is the same import. "" for none.
	Token string
	// Created is when the file came, Changed when the state was last written.
	Created, Changed time.Time
	// Options are what the maintainer answered, Report what was found, both as JSON
	// of the room that imports.
	Options, Report json.RawMessage
	// Base is the state of the record that the difference was made against, and that it
	// is applied against: see Change.Since.
	Base State
	// Moment is when it was applied, on the record clock; zero before.
	Moment time.Time
	// Undoes is the id of the import that this one takes back, "" for an upload.
	Undoes string
	// UndoneBy is the id of the import that took this one back, "" while none has.
	UndoneBy string
}

// ImportNote is how the history names an import among the notes of its revisions.
func ImportNote(id string) string { return "import " + id }

// ImportQuery asks for imports, the newest first.
type ImportQuery struct {
	// States keeps imports in these states; none means all.
	States []ImportState
	// After is the id of the import where the last page ended, "" for the first.
	After string
	// Limit is the most imports to return, 0 for all.
	Limit int
}

// Importer keeps imports beside the data. What it has done is durable when it
// returns. A change names the imports whose states it changes with the data
// (Change.Imports), so that the two can never differ.
type Importer interface {
	// AddImport keeps a new import with serial 1. An id that was ever given is a
	// Conflict, and so is a token that the actor has given before.
	AddImport(ctx context.Context, im Import) error
	// PutImport writes an import in the place of the one of its id and of the serial
	// that im has, and returns it with the next serial. NotFound when there is none,
	// Conflict when it was written meanwhile or its state may not become the one of
	// im. Applied and RolledBack only come by a change.
	PutImport(ctx context.Context, im Import) (Import, error)
	// FindImport returns an import by id. NotFound when there is none.
	FindImport(ctx context.Context, id string) (Import, error)
	// FindToken returns the import that an actor gave a token. NotFound when none.
	FindToken(ctx context.Context, actor, token string) (Import, error)
	// Imports returns the imports a query asks for, the newest first, without their
	// reports.
	Imports(ctx context.Context, q ImportQuery) ([]Import, error)
	// Stage keeps the parts of what an import would change in their order, in the
	// place of what it had staged before: all of them, or none when the sequence
	// ends with an error, which is returned.
	Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error
	// Staged yields the parts in their order, from one state, without the first ones
	// that are passed over.
	Staged(ctx context.Context, id string, passed int) iter.Seq2[[]byte, error]
}

// Mapping says which field of a file fills which property, under a name that later
// imports can use it by.
type Mapping struct {
	Name       string
	Collection string
	// Fields gives properties by field.
	Fields map[string]string
}

// MappingKeeper keeps mappings that imports use again.
type MappingKeeper interface {
	// PutMapping keeps a mapping in the place of the one of its name.
	PutMapping(ctx context.Context, m Mapping) error
	// Mappings returns all, in order of name.
	Mappings(ctx context.Context) ([]Mapping, error)
}

// Whole gathers a change that comes in parts into one without.
func (ch Change) Whole() (Change, error) {
	if ch.Parts == nil {
		return ch, nil
	}
	whole := ch
	whole.Parts = nil
	whole.Removals, whole.Sources = slices.Clone(ch.Removals), slices.Clone(ch.Sources)
	whole.Features, whole.Periods = slices.Clone(ch.Features), slices.Clone(ch.Periods)
	for part, err := range ch.Parts {
		if err != nil {
			return Change{}, err
		}
		whole.Removals = append(whole.Removals, part.Removals...)
		whole.Sources = append(whole.Sources, part.Sources...)
		whole.Features = append(whole.Features, part.Features...)
		whole.Periods = append(whole.Periods, part.Periods...)
	}
	return whole, nil
}
