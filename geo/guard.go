package geo

import (
	"fmt"
	"runtime/debug"
)

// Guarded does something and makes a panic of it an error, with the place where it arose.
// It is for what runs in a goroutine of its own, where nobody would recover from it and the
// program would end.
func Guarded(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
