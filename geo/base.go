package geo

import (
	"context"
	"iter"
)

// Base is a Store that an engine can stand beside: it tells how its data stands,
// and hands it out in one state.
type Base interface {
	Store
	// Stamp names the state of all data together. It differs after each change, and
	// costs next to nothing.
	Stamp(ctx context.Context) (string, error)
	// ReadState has do read one state, the present one. It says whether that lasts.
	ReadState(ctx context.Context, lasts bool, do func(context.Context, StateReader) error) error
	// Hidden returns which of the ids are those of features, also of such that are gone,
	// that a role may not see.
	Hidden(ctx context.Context, who Role, ids []string) ([]string, error)
}

// StateReader hands out what stands in one state.
type StateReader interface {
	// Stand names the state.
	Stand(ctx context.Context) (*Stand, error)
	// Sizes are about how many bytes each stored collection takes, by id.
	Sizes(ctx context.Context) (map[string]int64, error)
	// Sources returns all sources, in order of id.
	Sources(ctx context.Context) ([]Source, error)
	// Features yields features of a collection in the default order: those of the
	// ids, in any order, or all when ids is nil. What is yielded is the caller's.
	Features(ctx context.Context, c *Collection, ids []string) iter.Seq2[*Feature, error]
	// Histories returns the periods that speak for features of a collection, by id and
	// in the order of a history: for those of the ids, or for all when ids is nil.
	Histories(ctx context.Context, c *Collection, ids []string) (map[string][]Period, error)
	// SpokenFor returns the ids of the features of a collection that the periods of
	// some ids speak for, in any order.
	SpokenFor(ctx context.Context, c *Collection, periods []string) ([]string, error)
	// Changed returns what has changed since an earlier state, each row once. ok is
	// false where that are more rows than most, or where the state is not one of this
	// store's past.
	Changed(ctx context.Context, since State, most int) (rows []ChangedRow, ok bool, err error)
}

// ChangedRow names a row that was added, changed or removed.
type ChangedRow struct {
	Kind       RowKind
	Collection string
	ID         string
}

// Stand names a state.
type Stand struct {
	State State
	Stamp string
	// Watched are the versions that a Watcher knows the state by, nil where the store is
	// none.
	Watched map[string]string
	// Versions are those of the stored collections, by id, as Reader.Version gives
	// them to those from whom nothing is hidden; Recorded as the Reader of
	// Recorder.At does.
	Versions, Recorded map[string]string
	// Marks end the versions that roles get from whom something is hidden.
	Marks map[Role]string
}
