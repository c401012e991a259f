package ops

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// heapRoom is how many bytes the heap may grow by between two collections at least: less
	// would have a small heap collected many times a second under load.
	heapRoom = 96 << 20
	// leastGrowth and mostGrowth bound the growth in hundredths of what is in use. A large
	// heap, as of an engine in memory, is not doubled by what nobody needs any more.
	leastGrowth, mostGrowth = 50, 300
	// usualGrowth is what Go does by itself.
	usualGrowth = 100
	// tuneEvery is how soon what is in use is looked at again: while an engine loads it grows
	// by tens of megabytes a second.
	tuneEvery = 250 * time.Millisecond
)

// TuneCollector sets how far the heap may grow between two collections by what is in use of
// it, until the context ends. GOGC, when it is set, stands.
func TuneCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	defer debug.SetGCPercent(usualGrowth)
	again := time.NewTicker(tuneEvery)
	defer again.Stop()
	for set := usualGrowth; ; {
		if wanted := growthOf(inUse()); wanted != set {
			debug.SetGCPercent(wanted)
			set = wanted
		}
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// growthOf is how far a heap may grow of which so many bytes are in use.
func growthOf(used uint64) int {
	return int(min(max(100*heapRoom/max(used, 1), leastGrowth), mostGrowth))
}

// inUse is how much of the heap was in use when it was last collected.
func inUse() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}
