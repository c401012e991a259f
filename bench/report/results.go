package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// Results are all cases that were measured, each of one run.
type Results struct {
	Cases []Case
}

// Case is one question and everything that answered it by turns.
type Case struct {
	// ID is what BENCH_ONLY names.
	ID string
	// Title and Question say what was asked, the question as an address or in words.
	Title, Question string
	// Run is the run that measured the case.
	Run Run
	// Per is what a round counts: "answers" by the second, or "seconds" that one answer took.
	Per string
	// Failed says why the case could not be measured; "" where it was.
	Failed string
	// Apart keeps the case out of the summary: what it is held against is no floor of others.
	Apart bool
	// Variants took turns.
	Variants []Variant
	// Figures are what is no rate.
	Figures []Figure
	// Notes say what a reader must know to take the figures for what they are.
	Notes []string
}

// Run describes the run that measured a case.
type Run struct {
	Revision, Day, Machine, Database, Go string
	Rows                                 int
	Seed                                 uint64
	// Seconds is how long each variant was asked in each of Rounds.
	Seconds float64
	Rounds  int
	// Load is the load of the machine by others as the case began: processes that wanted to run.
	Load float64
}

// Variant is one of those that answered.
type Variant struct {
	Name string
	// Floor marks what the others are held against.
	Floor bool
	// Missing says why nothing was measured; "" where something was.
	Missing string
	Rounds  []Round
}

// Unknown stands for a time of a round that was not measured.
const Unknown = -1

// Round is what one variant did in one round.
type Round struct {
	// Rate is good answers a second.
	Rate float64
	// P50 and P99 are latencies in milliseconds; half and 99 of 100 answers were at most so late.
	P50, P99 float64
	// Server and Database are milliseconds of processor time for an answer.
	Server, Database float64
	Answers, Errors  int
	// Bytes is the size of a typical body as sent.
	Bytes int64
}

// Figure is one number.
type Figure struct {
	Name    string
	Value   float64
	Unit    string
	Missing string
}

// Read reads results from a file; a file that is not there holds none.
func Read(path string) (*Results, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Results{}, nil
	}
	if err != nil {
		return nil, err
	}
	var r Results
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read the results in %s: %w", path, err)
	}
	return &r, nil
}

// Put takes a case in, in the place of an earlier one of its id.
func (r *Results) Put(c Case) {
	r.Cases = slices.DeleteFunc(r.Cases, func(old Case) bool { return old.ID == c.ID })
	r.Cases = append(r.Cases, c)
}

// Has reports whether a case was measured.
func (r *Results) Has(id string) bool {
	return slices.ContainsFunc(r.Cases, func(c Case) bool { return c.ID == id && c.Failed == "" })
}

// Write keeps the results in a file, whole or not at all.
func (r *Results) Write(path string) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return replace(path, text)
}

func replace(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
