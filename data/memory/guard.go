package memory

import (
	"strings"

	"oxus/geo"
)

// firstLine tells an error from others: where a panic arose is written otherwise each time.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// built is the snapshot of what is loaded.
func (s *Store) built(load func() (*geo.Dataset, error)) (now *snapshot, err error) {
	err = geo.Guarded(func() error {
		ds, err := load()
		if err == nil {
			now = build(s.atlas, ds)
		}
		return err
	})
	return now, err
}
