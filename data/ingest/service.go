package ingest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"oxus/geo"
	"oxus/geo/charset"
)

// File is an opened file.
type File interface {
	Layers() []geo.Layer
	Close() error
}

// Opening is what is opened.
type Opening struct {
	// Path is where the file lies, Name what it was called.
	Path, Name string
	// Collection is what it is imported into: some files are read as one.
	Collection string
	// Options are what the maintainer says of the file.
	Options Options
}

// Opener opens a file of any format that can be imported; the context bounds the whole
// reading. What the file breaks is a geo.Error of kind Invalid, one whose texts need an
// encoding that nothing names a charset.Doubtful.
type Opener func(ctx context.Context, o Opening) (File, error)

// Service takes imports through their states. Every state is kept by the store before
// a method returns; a process that dies leaves the state before or after, and the
// step can be asked for again.
type Service struct {
	Atlas *geo.Atlas
	Store geo.Store
	Open  Opener
	// Dir is the folder that uploads are kept in until they are applied or discarded.
	Dir string
	// MaxBytes is the most that an upload may have.
	MaxBytes int64
	// Borders are those that places are held against, nil for none.
	Borders *Borders
	// Now tells the time; nil means the system's clock.
	Now func() time.Time
	// Tell, when set, is told how far an import has come, often.
	Tell func(id string, p geo.ImportProgress)
	// Log, when set, takes what goes wrong after a step is kept, which undoes nothing.
	Log *slog.Logger
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now().UTC().Truncate(time.Millisecond)
	}
	return s.Now()
}

func (s *Service) tell(id string, p geo.ImportProgress) {
	if s.Tell != nil {
		s.Tell(id, p)
	}
}

// newID names an import by its day and chance.
func newID(now time.Time) string {
	b := make([]byte, 5)
	rand.Read(b) // never fails since Go 1.24
	return now.UTC().Format("20060102") + "-" + hex.EncodeToString(b)
}

// open is the states in which an import can still be staged or discarded.
var open = []geo.ImportState{geo.Uploaded, geo.Decoded, geo.Checked, geo.Staged}

func mustBe(im *geo.Import, doing string, states ...geo.ImportState) error {
	if slices.Contains(states, im.State) {
		return nil
	}
	return geo.Errorf(geo.Conflict, "The import %s is %s and cannot be %s.", im.ID, im.State, doing)
}

// errNotStaged ends a staging whose report is not good enough to be staged.
var errNotStaged = errors.New("there is nothing to stage")

// Stage reads the uploaded file, checks it, compares it with the data as it is now
// and keeps the difference and the report. It can be asked again, for a fresh
// difference, until the import is applied or discarded; options, where there are some,
// take the place of those it has. A file that breaks rules is no error: the report
// says so, and the state.
func (s *Service) Stage(ctx context.Context, id string, options json.RawMessage) (geo.Import, error) {
	im, err := s.Store.FindImport(ctx, id)
	if err != nil {
		return im, err
	}
	if err := mustBe(&im, "staged", open...); err != nil {
		return im, err
	}
	if len(options) > 0 {
		if _, err := ParseOptions(options); err != nil {
			return im, err
		}
		im.Options = options
	}
	staging := newID(s.now())
	var report *Report
	var parts []int
	err = s.Store.Stage(ctx, id, func(yield func([]byte, error) bool) {
		w, err := newPartWriter(s.Atlas, staging, func(part []byte) bool { return yield(part, nil) })
		if err == nil {
			report, err = s.examine(ctx, &im, w.add)
		}
		if err == nil && report.State() != geo.Staged {
			err = errNotStaged
		}
		if err == nil {
			err = w.flush()
			parts = w.counts
		}
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	})
	if err != nil && !errors.Is(err, errNotStaged) {
		return im, err
	}
	report.Staging, report.Parts = staging, parts
	if im.Report, err = json.Marshal(report); err != nil {
		return im, err
	}
	im.State, im.Changed = report.State(), s.now()
	return s.Store.PutImport(ctx, im)
}

// Preview reports what a file would do, and keeps nothing. The first of the paths is
// opened; others belong to it.
func (s *Service) Preview(ctx context.Context, u *geo.Upload, paths ...string) (*Report, error) {
	path := paths[0]
	im := geo.Import{ID: "preview", Collection: u.Collection, File: u.Name, Actor: u.Actor, Options: u.Options}
	var err error
	if im.Digest, err = digest(paths); err != nil {
		return nil, err
	}
	return s.examineFile(ctx, &im, path, func(*Entry) error { return nil })
}

// examine checks an upload against the present data.
func (s *Service) examine(ctx context.Context, im *geo.Import, emit func(*Entry) error) (*Report, error) {
	path, err := s.uploaded(im.ID)
	if err != nil {
		return nil, err
	}
	return s.examineFile(ctx, im, path, emit)
}

func (s *Service) examineFile(ctx context.Context, im *geo.Import, path string, emit func(*Entry) error) (*Report, error) {
	options, err := ParseOptions(im.Options)
	if err != nil {
		return nil, err
	}
	if err := s.useMapping(ctx, &options); err != nil {
		return nil, err
	}
	request := Request{
		Atlas: s.Atlas, Collection: im.Collection, Options: options, Import: im.ID, File: im.File, Digest: im.Digest, Actor: im.Actor, Now: s.now(),
		Borders: s.Borders,
	}
	broken := func(err error) (*Report, error) {
		var doubtful *charset.Doubtful
		if errors.As(err, &doubtful) {
			report := brokenReport(&request, &geo.Error{})
			report.askEncoding(doubtful.Candidates)
			return report, nil
		}
		var invalid *geo.Error
		if !errors.As(err, &invalid) || invalid.Kind != geo.Invalid {
			return nil, err
		}
		return brokenReport(&request, invalid), nil
	}
	file, err := s.Open(ctx, Opening{Path: path, Name: im.File, Collection: im.Collection, Options: options})
	if err != nil {
		return broken(err)
	}
	defer func() { _ = file.Close() }() // it was only read
	layer, question := chooseLayer(file.Layers(), options.Layer)
	if question != nil {
		report := brokenReport(&request, &geo.Error{})
		report.ask(question)
		return report, nil
	}
	st, err := s.Store.Latest(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := s.Store.At(ctx, st)
	if err != nil {
		return nil, err
	}
	request.Progress = s.counting(im.ID, "checking", layer)
	report, err := Check(ctx, layer, reader, request, emit)
	if err != nil {
		return broken(err)
	}
	im.Base, report.Compared = st, request.Now
	report.tell(layer)
	return report, nil
}

// useMapping fills in a saved mapping under what the options say themselves.
func (s *Service) useMapping(ctx context.Context, o *Options) error {
	if o.Mapping == "" {
		return nil
	}
	saved, err := s.Store.Mappings(ctx)
	if err != nil {
		return err
	}
	for _, m := range saved {
		if m.Name != o.Mapping {
			continue
		}
		fields := map[string]string{}
		for field, property := range m.Fields {
			fields[field] = property
		}
		for field, property := range o.Map {
			fields[field] = property
		}
		o.Map = fields
		return nil
	}
	return geo.Errorf(geo.Invalid, "There is no mapping %q.", o.Mapping)
}

func chooseLayer(layers []geo.Layer, wanted string) (geo.Layer, *Question) {
	choices := make([]Choice, len(layers))
	for i, l := range layers {
		if l.Name() == wanted || wanted == "" && len(layers) == 1 {
			return l, nil
		}
		choices[i] = Choice{Value: l.Name(), Detail: fmt.Sprintf("%d fields", len(l.Fields()))}
	}
	if wanted != "" {
		return nil, ask("layer", choices, "the file has no layer %q", wanted)
	}
	return nil, ask("layer", choices, "the file has several layers; choose one")
}

// counting returns what tells how many records of a layer are read.
func (s *Service) counting(id, step string, layer geo.Layer) func() {
	p := geo.ImportProgress{Step: step}
	if c, ok := layer.(counted); ok {
		p.Total = max(0, c.Len())
	}
	return func() {
		p.Done++
		s.tell(id, p)
	}
}

// Discard gives an import up. Its file and what it staged are let go.
func (s *Service) Discard(ctx context.Context, id string) (geo.Import, error) {
	im, err := s.Store.FindImport(ctx, id)
	if err != nil {
		return im, err
	}
	if im.State == geo.Discarded {
		s.letGoAfter(ctx, id)
		return im, nil
	}
	if err := mustBe(&im, "discarded", open...); err != nil {
		return im, err
	}
	im.State, im.Changed = geo.Discarded, s.now()
	if im, err = s.Store.PutImport(ctx, im); err != nil {
		return im, err
	}
	s.letGoAfter(ctx, id)
	return im, nil
}

// letGo removes what an import needs no more. The file goes last: as long as it is
// there, Tidy finds the import.
func (s *Service) letGo(ctx context.Context, id string) error {
	none := func(func([]byte, error) bool) {}
	if err := s.Store.Stage(ctx, id, none); err != nil {
		return err
	}
	return s.removeUpload(id)
}

// letGoTimeout is how long letting go may keep whoever asked for a step.
const letGoTimeout = 30 * time.Second

// letGoAfter lets go of what an import needs no more after a step that is kept, also
// when whoever asked for it is gone. That it fails makes nothing of the step undone: to
// ask for the step again, and Tidy, make up for it.
func (s *Service) letGoAfter(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGoTimeout)
	defer cancel()
	if err := s.letGo(ctx, id); err != nil && s.Log != nil {
		s.Log.Warn("what an import needs no more cannot be removed", "import", id, "error", err)
	}
}

// Apply makes what an import has staged part of the data: all of it in one
// transaction, or nothing. Warnings must be accepted. An import that is applied
// already stays so. Where the data was changed in rows that the import touches it is a
// Conflict that names them: stage it again to see the difference as it is now.
func (s *Service) Apply(ctx context.Context, id, actor string, acceptWarnings bool) (geo.Import, error) {
	im, err := s.Store.FindImport(ctx, id)
	if err != nil {
		return im, err
	}
	if im.State == geo.Applied {
		s.letGoAfter(ctx, id)
		return im, nil
	}
	if err := mustBe(&im, "applied", geo.Staged); err != nil {
		return im, err
	}
	report, err := ParseReport(im.Report)
	if err != nil {
		return im, err
	}
	if n := report.Warnings(); n > 0 && !acceptWarnings {
		return im, &geo.Error{Kind: geo.Invalid, Detail: fmt.Sprintf("There are %d warnings; accept them to apply the import.", n), Faults: report.warned()}
	}
	im.State, im.Changed = geo.Applied, s.now()
	list := s.following(id, "applying", report.Counts.New+report.Counts.Changed+report.Counts.Removed, entries(s.Store.Staged(ctx, id, 0), report.Staging, s.Atlas))
	err = s.Store.Apply(ctx, geo.Change{
		Actor: actor, Note: noteOf(&im), Since: &im.Base, Parts: changes(list, s.Atlas), Imports: []geo.Import{im},
	})
	if err != nil {
		return im, stale(err)
	}
	s.letGoAfter(ctx, id)
	return s.Store.FindImport(context.WithoutCancel(ctx), id) // it is applied, whoever is gone
}

func noteOf(im *geo.Import) string {
	return geo.ImportNote(im.ID) + ", " + im.File + " sha256:" + im.Digest
}

// stale tells what to do about data that was changed under an import.
func stale(err error) error {
	var conflict *geo.Error
	if errors.As(err, &conflict) && conflict.Kind == geo.Conflict && conflict.Detail == "" {
		return &geo.Error{Kind: geo.Conflict, Detail: "The data was changed since the import was compared with it. Nothing was applied; stage the import again to see the difference as it is now.", Faults: conflict.Faults}
	}
	return err
}

// following tells how many entries are taken.
func (s *Service) following(id, step string, total int, list iter.Seq2[[]Entry, error]) iter.Seq2[[]Entry, error] {
	return func(yield func([]Entry, error) bool) {
		done := 0
		for part, err := range list {
			if !yield(part, err) {
				return
			}
			done += len(part)
			s.tell(id, geo.ImportProgress{Step: step, Done: done, Total: total})
		}
	}
}

// Changes yields what an import would change, or did, row by row in the order it is
// applied in, without the rows before. Of those no more is read than the ones in the
// same part of a staging.
func (s *Service) Changes(ctx context.Context, im *geo.Import, before geo.RowsBefore) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		report, err := ParseReport(im.Report)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		switch im.State {
		case geo.Staged:
			part, rest := report.partOf(before.Count)
			passOver(entries(s.Store.Staged(ctx, im.ID, part), report.Staging, s.Atlas), rest, yield)
		case geo.Applied, geo.RolledBack:
			if before.Number > 0 {
				before.Count = 0
			}
			one := func(yield func([]Entry, error) bool) {
				for r, err := range s.recorded(ctx, im, geo.RevisionQuery{After: before.Number}) {
					if !yield([]Entry{entryOf(&r)}, err) {
						return
					}
				}
			}
			passOver(one, before.Count, yield)
		default: // there are none
		}
	}
}

// entryOf is a recorded change as an entry.
func entryOf(r *geo.Revision) Entry {
	return Entry{Collection: r.Collection, Kind: r.Kind, ID: r.ID, Before: r.Before, After: r.After, Number: r.Number}
}

// passOver yields the entries of a list one by one, without the first ones.
func passOver(list iter.Seq2[[]Entry, error], count int, yield func(Entry, error) bool) {
	for part, err := range list {
		if err != nil {
			yield(Entry{}, err)
			return
		}
		passed := min(count, len(part))
		count -= passed
		for _, e := range part[passed:] {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// recorded yields what the history has of an import, in the order and from where the
// query says.
func (s *Service) recorded(ctx context.Context, im *geo.Import, q geo.RevisionQuery) iter.Seq2[geo.Revision, error] {
	q.Since, q.Until = im.Moment, im.Moment
	return func(yield func(geo.Revision, error) bool) {
		for r, err := range s.Store.Revisions(ctx, q) {
			if err == nil && r.Note != geo.ImportNote(im.ID) && !strings.HasPrefix(r.Note, geo.ImportNote(im.ID)+",") {
				continue
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// inParts yields recorded changes as entries.
func inParts(list iter.Seq2[geo.Revision, error]) iter.Seq2[[]Entry, error] {
	return func(yield func([]Entry, error) bool) {
		var part []Entry
		for r, err := range list {
			if err != nil {
				yield(nil, err)
				return
			}
			part = append(part, entryOf(&r))
			if len(part) == partEntries {
				if !yield(part, nil) {
					return
				}
				part = nil
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}

// WriteReport writes the report of an import as text.
func (s *Service) WriteReport(w io.Writer, im *geo.Import) error {
	report, err := ParseReport(im.Report)
	if err != nil {
		return err
	}
	return report.WriteText(w)
}
