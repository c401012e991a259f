package api

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"oxus/geo"
)

const (
	// stagings is how many imports are staged at a time; the rest wait.
	stagings = 2
	// maxJobs is how many jobs run and wait in all.
	maxJobs = 1000
	// maxWatchers is how many requests follow imports at once.
	maxWatchers = 100
)

// The steps of jobs, beside "checking" that a staging tells itself.
const (
	stepWaiting     = "waiting"
	stepStaging     = "checking"
	stepApplying    = "applying"
	stepRollingBack = "rolling-back"
)

// Jobs runs the long steps of imports, one at a time for each import, and tells those
// who watch how far they have come. They outlive the requests that ask for them.
type Jobs struct {
	// stopping ends when the server is told to stop: what is being staged ends then,
	// what is being applied goes on to its end, or to Close.
	stopping context.Context
	life     context.Context // to Close
	end      context.CancelFunc
	log      *slog.Logger
	turns    chan struct{}
	wg       sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	running  map[string]*job
	failures map[string]error
	watchers map[string]map[chan struct{}]bool
	watching int
}

// job is one step of one import on its way. The result is there when done is closed.
type job struct {
	step     string
	progress geo.ImportProgress
	cancel   context.CancelFunc
	done     chan struct{}
	im       geo.Import
	err      error
}

// NewJobs returns what runs jobs until the context ends and Close is called. log takes
// what fails without a request that waits for it.
func NewJobs(stopping context.Context, log *slog.Logger) *Jobs {
	j := &Jobs{
		stopping: stopping, log: log, turns: make(chan struct{}, stagings),
		running: map[string]*job{}, failures: map[string]error{}, watchers: map[string]map[chan struct{}]bool{},
	}
	j.life, j.end = context.WithCancel(context.WithoutCancel(stopping))
	return j
}

// Close ends every job and returns when all of them have ended. The store must still be
// open.
func (j *Jobs) Close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.end()
	j.wg.Wait()
}

// Tell takes how far an import has come from the service that works on it.
func (j *Jobs) Tell(id string, p geo.ImportProgress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at := j.running[id]; at != nil {
		at.progress = p
		j.wake(id)
	}
}

// Resume stages the imports that are not staged yet: a stop of the server may have kept
// them from it. Those that there is no room for are left for the next start, or for who
// asks; a server must not be kept from its start by them.
func (j *Jobs) Resume(ctx context.Context, imports Imports, kept geo.Importer) error {
	left, err := kept.Imports(ctx, geo.ImportQuery{States: []geo.ImportState{geo.Uploaded}})
	if err != nil {
		return err
	}
	for i := range left {
		if _, err := j.stage(imports, left[i].ID, nil); err != nil { //nolint:contextcheck // a job ends with the server
			j.log.Warn("imports wait to be staged until they are asked for", "imports", len(left)-i, "error", err)
			break
		}
	}
	return nil
}

// stage begins to stage an import. One that is being staged goes on with what it has
// when no other options are given, and begins anew with them otherwise.
func (j *Jobs) stage(imports Imports, id string, options []byte) (*job, error) {
	for {
		at, begun, err := j.begin(id, stepStaging, func(ctx context.Context) (geo.Import, error) {
			select {
			case j.turns <- struct{}{}:
				defer func() { <-j.turns }()
			case <-ctx.Done():
				return geo.Import{}, ctx.Err()
			}
			j.Tell(id, geo.ImportProgress{Step: stepStaging})
			return imports.Stage(ctx, id, options)
		})
		switch {
		case err != nil || begun:
			return at, err
		case at.step != stepStaging:
			return nil, geo.Errorf(geo.Conflict, "The import %s is busy: %s.", id, at.step)
		case len(options) == 0:
			return at, nil
		}
		at.cancel()
		<-at.done
	}
}

// inTurn runs a step when the one of its kind before it has ended, and returns what it
// leads to. A request that goes away does not end it.
func (j *Jobs) inTurn(ctx context.Context, id, step string, work func(context.Context) (geo.Import, error)) (geo.Import, error) {
	for {
		at, begun, err := j.begin(id, step, work) //nolint:contextcheck // a job outlives the request that asks for it
		switch {
		case err != nil:
			return geo.Import{}, err
		case !begun && at.step != step:
			return geo.Import{}, geo.Errorf(geo.Conflict, "The import %s is busy: %s.", id, at.step)
		}
		select {
		case <-at.done:
		case <-ctx.Done():
			return geo.Import{}, errors.Join(errClientGone, ctx.Err())
		}
		if begun {
			return at.im, at.err
		}
	}
}

// begin begins a job, or returns the one that the import is busy with.
func (j *Jobs) begin(id, step string, work func(context.Context) (geo.Import, error)) (at *job, begun bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at = j.running[id]; at != nil {
		return at, false, nil
	}
	if j.closed || step == stepStaging && j.stopping.Err() != nil {
		return nil, false, geo.Errorf(geo.Unavailable, "The server is stopping.")
	}
	if len(j.running) == maxJobs {
		return nil, false, geo.Errorf(geo.Unavailable, "Too many imports are being worked on.")
	}
	at = &job{step: step, done: make(chan struct{}), progress: geo.ImportProgress{Step: step}}
	ctx := j.life
	ctx, at.cancel = context.WithCancel(ctx)
	stop := func() bool { return true }
	if step == stepStaging {
		at.progress.Step = stepWaiting
		stop = context.AfterFunc(j.stopping, at.cancel)
	}
	j.running[id] = at
	delete(j.failures, id)
	j.wg.Add(1)
	go func() {
		defer j.wg.Done()
		defer stop()
		defer at.cancel()
		var im geo.Import
		// A file that one reader was not ready for must not end the server, and would
		// again at each start.
		err := geo.Guarded(func() (err error) {
			im, err = work(ctx)
			return err
		})
		j.ended(id, at, im, err)
	}()
	return at, true, nil
}

// ended keeps how a job ended, and tells those who watch. A failure that is no answer to
// what was asked is logged here, as whoever asked may have gone.
func (j *Jobs) ended(id string, at *job, im geo.Import, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at.im, at.err = im, err
	delete(j.running, id)
	if err != nil && !errors.Is(err, context.Canceled) {
		own := geo.KindOf(err) == 0
		if own {
			j.log.Error("a step of an import failed", "import", id, "step", at.step, "error", err)
		}
		if own || at.step == stepStaging {
			j.keepFailure(id, err)
		}
	}
	j.wake(id)
	close(at.done)
}

// keepFailure keeps what the last step of an import failed with.
func (j *Jobs) keepFailure(id string, err error) {
	if len(j.failures) >= maxJobs {
		clear(j.failures) // they are only told while somebody may still look
	}
	j.failures[id] = err
}

// cancelStaging ends the staging of an import and waits for that.
func (j *Jobs) cancelStaging(id string) {
	j.mu.Lock()
	at := j.running[id]
	j.mu.Unlock()
	if at != nil && at.step == stepStaging {
		at.cancel()
		<-at.done
	}
}

// standing is what an import is busy with, nil for nothing, and what its last step
// failed with.
func (j *Jobs) standing(id string) (*geo.ImportProgress, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at := j.running[id]; at != nil {
		p := at.progress
		return &p, nil
	}
	return nil, j.failures[id]
}

// JobState is what imports are doing at one step: how many there are, and the records that
// are done of those they have, as far as is known.
type JobState struct {
	Step                    string
	Imports, Records, Total int
}

// State tells what is being worked on, every step of its own.
func (j *Jobs) State() []JobState {
	steps := []JobState{{Step: stepWaiting}, {Step: stepStaging}, {Step: stepApplying}, {Step: stepRollingBack}}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, at := range j.running {
		for i := range steps {
			if s := &steps[i]; s.Step == at.progress.Step {
				s.Imports++
				s.Records += at.progress.Done
				s.Total += at.progress.Total
			}
		}
	}
	return steps
}

// watch returns a channel that something is sent to when there is news of an import.
func (j *Jobs) watch(id string) (news chan struct{}, stop func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.watching == maxWatchers {
		return nil, nil, geo.Errorf(geo.Unavailable, "Too many requests follow imports.")
	}
	j.watching++
	news = make(chan struct{}, 1)
	if j.watchers[id] == nil {
		j.watchers[id] = map[chan struct{}]bool{}
	}
	j.watchers[id][news] = true
	return news, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.watching--
		if delete(j.watchers[id], news); len(j.watchers[id]) == 0 {
			delete(j.watchers, id)
		}
	}, nil
}

// wake tells those who watch an import that there is news.
func (j *Jobs) wake(id string) {
	for news := range j.watchers[id] {
		select {
		case news <- struct{}{}:
		default: // they have not read the last yet
		}
	}
}

// changed tells those who watch an import that it was changed without a job.
func (j *Jobs) changed(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.failures, id)
	j.wake(id)
}
