package ops

import (
	"context"
	"runtime/metrics"
	"testing"
	"time"
)

// A small heap may grow to several times its size, a large one by half.
func TestGrowth(t *testing.T) {
	for used, want := range map[uint64]int{0: 300, 10 << 20: 300, 32 << 20: 300, 48 << 20: 200, 96 << 20: 100, 192 << 20: 50, 2 << 30: 50} {
		if got := growthOf(used); got != want {
			t.Errorf("%d MB in use: %d %%", used>>20, got)
		}
	}
}

// The collector is told, and is as it was in the end; GOGC stands.
func TestTuneCollector(t *testing.T) {
	grown := func() uint64 {
		percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(percent)
		return percent[0].Value.Uint64()
	}
	t.Setenv("GOGC", "80")
	before := grown()
	TuneCollector(t.Context()) // returns at once
	if got := grown(); got != before {
		t.Errorf("GOGC is set, and it is made %d %%", got)
	}
	t.Setenv("GOGC", "")
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		TuneCollector(ctx)
	}()
	for within := time.Now().Add(20 * time.Second); grown() <= usualGrowth; time.Sleep(time.Millisecond) {
		if time.Now().After(within) {
			t.Fatalf("%d %% with little in use", grown())
		}
	}
	end()
	<-ended
	if got := grown(); got != usualGrowth {
		t.Errorf("%d %% at the end", got)
	}
}
