package memory

import (
	"fmt"
	"runtime/debug"
	"strings"

	"oxus/geo"
)

// guarded makes a panic an error with the place where it arose: in a goroutine of the
// engine's own nobody would recover from it, and the program would end.
func guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// firstLine tells an error from others: where a panic arose is written otherwise each time.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// built is the snapshot of what is loaded.
func (s *Store) built(load func() (*geo.Dataset, error)) (now *snapshot, err error) {
	err = guarded(func() error {
		ds, err := load()
		if err == nil {
			now = build(s.atlas, ds)
		}
		return err
	})
	return now, err
}
