package geo

import (
	"context"
	"iter"
	"slices"
	"time"
)

// Recorder answers about the record: what the store knew when, and what has
// been changed since. Its clock never runs backwards, and whatever one
// transaction changes, in however many collections, is recorded at one moment.
type Recorder interface {
	// State returns the state of the record at a moment, or now when the moment
	// is zero. What it returns holds for ever: a change that is still being
	// written when it is asked for is either waited for or recorded later than
	// the moment. A moment that lies ahead is Invalid, and a change that takes
	// too long to wait for makes it Unavailable.
	State(ctx context.Context, moment time.Time) (State, error)
	// Latest returns the state that the present answers come from, and waits for
	// nobody: what is still being written comes after it.
	Latest(ctx context.Context) (State, error)
	// At returns a reader that answers as the store would have answered in that
	// state, including what was changed or deleted since.
	At(ctx context.Context, st State) (Reader, error)
	// Pinned returns a reader of the present that stays in one state.
	Pinned() Pinned
	// Revisions yields the recorded changes that the query asks for, in order of
	// number.
	Revisions(ctx context.Context, q RevisionQuery) iter.Seq2[Revision, error]
}

// State is a state of the record. Only what a Recorder returns is one.
type State struct {
	// Moment is when the state was in force; a state may be in force for years.
	// That of a Latest is when its last revision was recorded, long ago if there
	// is none.
	Moment time.Time
	// Last is the number of the last revision recorded up to then, 0 before the
	// first. Two states with one Last are the same.
	Last int64
}

// Beginning is the state before the first revision.
func Beginning() State { return State{Moment: time.Unix(0, 0).UTC()} }

// RowKind says what a revision is about.
type RowKind string

// The kinds of rows that have revisions.
const (
	FeatureRow RowKind = "feature"
	StatusRow  RowKind = "status"
	SourceRow  RowKind = "source"
)

// Row is one recorded row: exactly one of its parts is there, or none where
// there was no row.
type Row struct {
	Feature *Feature
	Period  *Period
	Source  *Source
}

// Exists reports whether there was a row.
func (r Row) Exists() bool { return r.Feature != nil || r.Period != nil || r.Source != nil }

// Revision is one recorded change of one row, by whatever program.
type Revision struct {
	// Number counts the revisions of a store. Later changes have higher ones,
	// not necessarily the next.
	Number   int64
	Recorded time.Time
	// Actor is who made the change: as the program said, or the database user
	// or "file edit" when another program changed the data directly.
	Actor string
	// Note is why: a file name, a request; "" when nobody said.
	Note string
	// Direct marks a change that did not come through this program.
	Direct     bool
	Collection string
	Kind       RowKind
	// ID is that of the feature, period or source.
	ID string
	// Before is what the row was, After what it became. One of them does not
	// exist when the row was added or deleted.
	Before, After Row
}

// RevisionQuery asks for revisions. The zero value asks for all.
type RevisionQuery struct {
	// Collections keeps revisions of these collections' features and periods;
	// SourcesID stands for the sources. None means all.
	Collections []string
	// Feature keeps revisions of the feature of this id and of the periods
	// recorded for it. Project, beside it, keeps those of the periods recorded
	// for this project too.
	Feature, Project string
	// Since and Until keep what was recorded from the one moment to the other,
	// both included; zero leaves an end open.
	Since, Until time.Time
	// Removals keeps revisions that left no row.
	Removals bool
	// Newest asks for the highest numbers first.
	Newest bool
	// After keeps revisions that come after this number, 0 for all: where the
	// last page ended.
	After int64
	// Limit is the most revisions to yield, 0 for all.
	Limit int
	// Bare says that nobody looks at the rows before and after: a store may leave
	// them out where that spares it work.
	Bare bool
}

// Archive is the part of a Keeper that remembers. It is what Recorder is made
// from where the data is read into memory.
type Archive interface {
	// State is that of Recorder.
	State(ctx context.Context, moment time.Time) (State, error)
	// LoadAt returns everything kept as it was recorded in that state. Its
	// versions name the last change of each collection up to then.
	LoadAt(ctx context.Context, st State) (*Dataset, error)
	// Revisions is that of Recorder.
	Revisions(ctx context.Context, q RevisionQuery) iter.Seq2[Revision, error]
}

// Asks reports whether a revision answers the query, limit and cursor aside.
func (q *RevisionQuery) Asks(r *Revision) bool {
	return q.inTime(r.Recorded) && q.about(r) && (!q.Removals || !r.After.Exists())
}

// Follows reports whether a number comes after where the last page ended.
func (q *RevisionQuery) Follows(number int64) bool {
	return q.After == 0 || (number < q.After) == q.Newest && number != q.After
}

func (q *RevisionQuery) inTime(recorded time.Time) bool {
	return !recorded.Before(q.Since) && (q.Until.IsZero() || !recorded.After(q.Until))
}

func (q *RevisionQuery) about(r *Revision) bool {
	if len(q.Collections) > 0 && !slices.Contains(q.Collections, r.Collection) {
		return false
	}
	switch {
	case q.Feature == "":
		return true
	case r.Kind == FeatureRow:
		return r.ID == q.Feature
	case r.Kind == StatusRow:
		return q.speaksOf(r.Before.Period) || q.speaksOf(r.After.Period)
	default:
		return false
	}
}

func (q *RevisionQuery) speaksOf(p *Period) bool {
	if p == nil {
		return false
	}
	if p.Scope == OfProject {
		return q.Project != "" && p.Owner == q.Project
	}
	return p.Owner == q.Feature
}

// Future refuses a moment that lies ahead of now on the record clock.
func Future(moment, now time.Time) error {
	if moment.After(now) {
		return Errorf(Invalid, "%s lies ahead; nothing is recorded at it yet.", moment.UTC().Format(time.RFC3339Nano))
	}
	return nil
}
