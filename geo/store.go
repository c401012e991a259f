package geo

import (
	"context"
	"iter"

	"github.com/paulmach/orb"
)

// Reader answers questions about the data. Every answer comes from one state
// of the data: no reader sees half of a change. Only a sequence without a limit
// may be read in parts, each from one state.
type Reader interface {
	// Items yields the features the query asks for in its order, each once; that
	// is the order of Hilbert keys, and the byte order of ids among equal keys, where
	// the query asks for no other. The sequence ends with an error when the store fails
	// half way or the context ends.
	Items(ctx context.Context, q Query) iter.Seq2[Item, error]
	// Count returns how many features Items would yield without a limit.
	Count(ctx context.Context, q Query) (int, error)
	// Detail returns one feature with its standing on the given day, its
	// history and its sources. NotFound when there is none of that id.
	Detail(ctx context.Context, c *Collection, id string, on Date) (*Detail, error)
	// Sources returns those of the ids that name a source, in order of id.
	Sources(ctx context.Context, ids []string) ([]Source, error)
	// Version names the state of a collection's data: it differs whenever an
	// answer about the collection can differ, also between two stores. It costs
	// next to nothing.
	Version(ctx context.Context, c *Collection) (string, error)
	// Summary describes the collection as it stands. It may count.
	Summary(ctx context.Context, c *Collection) (Summary, error)
	// Ready returns nil when the store can answer.
	Ready(ctx context.Context) error
}

// Summary describes a collection's data.
type Summary struct {
	// Version is that of Reader.Version for what is described.
	Version string
	Count   int
	// Extent is nil when no feature has a geometry.
	Extent *orb.Bound
	// Time is the span from the first to the last dated day of lifetimes and
	// status periods; an end nothing bounds stays open.
	Time Interval
}

// Change is a set of writes that happen all together or not at all. What is
// removed goes first, then sources are written, then features, then periods;
// each replaces what has its id. A change that breaks a rule is refused with an
// Invalid or Conflict error that names every fault it can.
type Change struct {
	// Actor is who makes the change, as the history will name them.
	Actor string
	// Note says why: a file name, a request.
	Note string
	// Since, when set, is the state of the record that the change was made against. A
	// status period or source that it writes or removes, in whatever part, and of which
	// there is a later revision from before this change, is a Conflict, as a feature at
	// another revision than the one expected is. Nil asks nothing.
	Since    *State
	Removals []Removal
	Sources  []Source
	Features []Put
	Periods  []Period
	// Parts, when set, yields further parts of the same change, of which only the
	// four lists count: a large change need not be in memory at once. They follow
	// in their order, each as the change itself; a part may rest on what stands in
	// it or before it, not on what comes after. An error ends the change, of which
	// nothing is left then, and is returned. It is read once, maybe in another goroutine and a
	// part ahead of what is written.
	Parts iter.Seq2[Change, error]
	// Imports are written with the change in the same transaction: one with serial 0
	// is added as AddImport does, in whatever state, any other written as PutImport
	// does, to whatever state may follow. What becomes Applied by it, and what is
	// added as Applied, gets the moment of the change; the actor and the note of the
	// history are still those of the change. An import that may not is a Conflict,
	// and nothing is changed. They are written also when the data stays as it is.
	Imports []Import
}

// Removal deletes one row; its history stays. What is not there to be removed,
// and a feature at another revision than Expect, is a Conflict. What still
// refers to the row must be removed or changed by the same change, and the same
// change cannot also write the row. A feature that is added again counts its
// revisions on from where it was removed.
type Removal struct {
	Kind RowKind
	// Collection is "" for a source; any other is refused.
	Collection string
	ID         string
	// Expect is the revision of the feature to remove, 0 for other kinds.
	Expect int64
}

// Put writes one feature. Expect is the revision it replaces, 0 for a feature
// that must not exist yet; anything else in the store is a Conflict. A put that
// changes nothing leaves the revision and the version as they are. An empty list
// among the values is the same as none.
type Put struct {
	Collection *Collection
	Feature    Feature
	Expect     int64
}

// Writer changes the data, and returns only when the change is durable.
type Writer interface {
	Apply(ctx context.Context, ch Change) error
}

// Store is a whole store. What it reads itself is all there is; who asks from
// outside is given a view.
type Store interface {
	Reader
	Recorder
	Writer
	Keyring
	Importer
	MappingKeeper
	// For is that of Gate.
	For(who Role) View
	Close() error
}

// Keeper keeps data durably and hands it out whole; the memory engine stands
// over one.
type Keeper interface {
	Writer
	Archive
	Keyring
	Importer
	MappingKeeper
	// Load returns everything kept, as one state.
	Load(ctx context.Context) (*Dataset, error)
	Ready(ctx context.Context) error
	Close() error
}

// Outside is a Keeper whose data other programs may change behind its back.
type Outside interface {
	// DataVersion returns a number that differs after each commit of another
	// program, and only then.
	DataVersion(ctx context.Context) (int64, error)
}

// Dataset is all the data of an atlas in one state.
type Dataset struct {
	// Features by collection id, in ascending order of id.
	Features map[string][]Feature
	// Periods of all collections, in the order of ComparePeriods.
	Periods []Period
	// Sources in ascending order of id.
	Sources []Source
	// Versions by collection id, as Summary gives them.
	Versions map[string]string
	// State is the one the data is in, as Recorder.Latest gives it.
	State State
}
