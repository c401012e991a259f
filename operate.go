package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"oxus/api"
	"oxus/data/memory"
	"oxus/geo"
	"oxus/ops"
)

// ofMemory is how much of the memory that the system grants the heap may fill before it is
// cleaned harder; the rest is for what is no heap.
const ofMemory = 0.9

// limitMemory keeps the heap within what the control group of the process grants, so that
// the collector works before the kernel kills. GOMEMLIMIT, when it is set, stands.
func (p *program) limitMemory() {
	limit, err := memlimit.Set(memlimit.WithRatio(ofMemory))
	switch {
	case errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		p.log.Warn("the memory limit of the control group cannot be read", "error", err)
	case limit != math.MaxInt64:
		p.log.Info("memory limit", "bytes", limit)
	}
}

// startTracing makes what the settings ask for, and returns what ends it.
func (p *program) startTracing(ctx context.Context) (stop func() error, err error) {
	o := &p.settings.Serve.Ops
	if o.Traces == "" {
		return func() error { return nil }, nil
	}
	if p.traces, err = ops.NewTraces(ctx, o.Traces, o.TracesShare, version(), p.log); err != nil {
		return nil, fmt.Errorf("--traces: %w", err)
	}
	return func() error {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if err := p.traces.Close(last); err != nil {
			p.log.Warn("the last traces are lost", "error", err) // no reason to end otherwise
		}
		return nil
	}, nil
}

// watched is what a server is seen and limited by.
type watched struct {
	load    *api.Load
	metrics *ops.Metrics
	admin   *http.Server
}

// watch measures the store and what is done with it, and shows it at the address for those
// who run the server when there is one.
func (p *program) watch(ctx context.Context, store geo.Store, jobs *api.Jobs) (*watched, error) {
	o := &p.settings.Serve.Ops
	w := &watched{
		load:    api.NewLoad(api.Limits{Tiles: o.MaxTiles, Pages: o.MaxPages, Exports: o.MaxExports, Queue: o.MaxQueue, Wait: o.MaxWait}),
		metrics: ops.NewMetrics(version()),
	}
	w.metrics.Watch(sources(store, w.load, jobs))
	if o.Admin == "" {
		return w, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Admin)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for --admin: %w", o.Admin, err)
	}
	w.admin = &http.Server{Handler: w.metrics.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := w.admin.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("metrics are shown no more", "error", err)
		}
	}()
	p.log.Info("showing metrics", "admin", listener.Addr().String())
	return w, nil
}

// stop ends what shows the metrics. What is being read of them is cut off.
func (w *watched) stop() {
	if w.admin != nil {
		_ = w.admin.Close() // it closes what listens, and nothing is left to lose
	}
}

// sources are what the metrics ask.
func sources(store geo.Store, load *api.Load, jobs *api.Jobs) ops.Sources {
	s := ops.Sources{
		Latest: store.Latest,
		Lanes: func() (all []ops.Lane) {
			for _, l := range load.State() {
				all = append(all, ops.Lane(l))
			}
			return all
		},
		Steps: func() (all []ops.Step) {
			for _, j := range jobs.State() {
				all = append(all, ops.Step(j))
			}
			return all
		},
	}
	if engine, ok := store.(*memory.Beside); ok {
		s.Held = engine.Holds
	}
	if database, ok := databaseOf(store); ok {
		s.Pools, s.Heard = database.Pools, database.Heard
	}
	if watcher, ok := store.(geo.Watcher); ok {
		s.Known = watcher.Known
	}
	return s
}
