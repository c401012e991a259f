package run

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Settings say what is measured and for how long.
type Settings struct {
	// Rows is how many incidents there are.
	Rows int
	Seed uint64
	// Seconds is how long each variant is asked in each round.
	Seconds float64
	Rounds  int
	// Only names the cases to measure, all when empty. A letter names all cases that begin with it.
	Only []string
	// Dir keeps the database, the binaries and the results between runs.
	Dir string
	// Growth is how many times as many rows the larger data set of the cases of growth has; they
	// are not measured when it is below 2.
	Growth int
	// Root is the folder of the module, Page the page that is written.
	Root, Page string
	// Self is the command that runs a floor, when "floor", its name, address and database follow.
	Self []string
}

// FromEnvironment reads the settings from variables that begin with BENCH_; the defaults are
// those of make bench, run in the folder of the module. The error names every variable that
// cannot be read.
func FromEnvironment(getenv func(string) string) (Settings, error) {
	s := Settings{Rows: 1_000_000, Seed: 42, Seconds: 2, Rounds: 3, Dir: filepath.Join("var", "bench"), Root: ".", Page: filepath.Join("docs", "performance.md")}
	var faults []error
	take := func(name string, use func(text string) error) {
		if text := getenv(name); text != "" {
			if err := use(text); err != nil {
				faults = append(faults, fmt.Errorf("%s=%s: %w", name, text, err))
			}
		}
	}
	number := func(into *int, least int) func(string) error {
		return func(text string) error {
			n, err := strconv.Atoi(text)
			if err != nil || n < least {
				return fmt.Errorf("not a whole number from %d on", least)
			}
			*into = n
			return nil
		}
	}
	take("BENCH_ROWS", number(&s.Rows, 100))
	take("BENCH_ROUNDS", number(&s.Rounds, 1))
	take("BENCH_GROWTH", number(&s.Growth, 0))
	take("BENCH_SEED", func(text string) (err error) {
		s.Seed, err = strconv.ParseUint(text, 10, 64)
		return err
	})
	take("BENCH_SECONDS", func(text string) (err error) {
		if s.Seconds, err = strconv.ParseFloat(text, 64); err == nil && !(s.Seconds > 0 && s.Seconds <= 600) {
			err = errors.New("not between 0 and 600")
		}
		return err
	})
	take("BENCH_ONLY", func(text string) error {
		s.Only = strings.Split(text, ",")
		return nil
	})
	take("BENCH_DIR", func(text string) error {
		s.Dir = text
		return nil
	})
	take("BENCH_PAGE", func(text string) error {
		s.Page = text
		return nil
	})
	return s, errors.Join(faults...)
}

// wanted reports whether a case is to be measured.
func (s *Settings) wanted(id string) bool {
	for _, name := range s.Only {
		if name == id || len(name) == 1 && strings.HasPrefix(id, name) {
			return true
		}
	}
	return len(s.Only) == 0
}

// span is so many times the seconds of a round.
func (s *Settings) span(times float64) time.Duration {
	return time.Duration(times * s.Seconds * float64(time.Second))
}
