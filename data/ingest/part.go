package ingest

import (
	"bytes"
	"errors"
	"iter"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"oxus/geo"
)

const (
	// partEntries is how many entries are staged, and applied, together.
	partEntries = 5000
	// partBytes ends a part of large entries sooner.
	partBytes = 8 << 20
	// maxPart is the most a part may unpack to: what was staged was ours, but it
	// comes back from a file or a database.
	maxPart = 1 << 30
)

// partWriter gathers entries into parts, compressed. Each part begins with the name of
// the staging, which the report has too: what two who stage one import at once leave
// behind cannot be mixed up. A part is written by another goroutine while the next is
// gathered, and handed over, in order, by that of the caller.
type partWriter struct {
	staging string
	gather  []Entry
	size    int
	writing chan writtenPart // nil when nothing is being written
	free    *packer
	// counts are how many entries each part has that was sent.
	counts []int
	yield  func([]byte) bool
}

// packer makes parts of entries, one after the other.
type packer struct {
	written stagedWriter
	zip     *zstd.Encoder
}

type writtenPart struct {
	part []byte
	err  error
}

func newPartWriter(atlas *geo.Atlas, staging string, yield func([]byte) bool) (*partWriter, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	p := &packer{written: stagedWriter{atlas: atlas, names: map[string]uint64{}}, zip: zip}
	return &partWriter{staging: staging + "\n", free: p, yield: yield}, err
}

// errEnough says that nobody wants more parts.
var errEnough = errors.New("no more parts are wanted")

func (w *partWriter) add(e *Entry) error {
	w.gather = append(w.gather, *e)
	if w.size += sizeOf(e); len(w.gather) < partEntries && w.size < partBytes {
		return nil
	}
	return w.send()
}

// sizeOf is about how many bytes an entry has where it may have many.
func sizeOf(e *Entry) int {
	size := 0
	for _, f := range []*geo.Feature{e.Before.Feature, e.After.Feature} {
		if f == nil {
			continue
		}
		size += 16 * countPositions(f.Geometry)
		for _, v := range f.Values {
			if text, isText := v.(string); isText {
				size += len(text)
			}
		}
	}
	return size
}

func countPositions(g orb.Geometry) int {
	if _, isPoint := g.(orb.Point); isPoint || g == nil {
		return 1
	}
	return len(geo.Positions(g))
}

// send has the entries that are gathered written, after those before are handed over.
func (w *partWriter) send() error {
	if err := w.receive(); err != nil {
		return err
	}
	list, done := w.gather, make(chan writtenPart, 1)
	w.gather, w.size, w.writing = make([]Entry, 0, len(list)), 0, done
	w.counts = append(w.counts, len(list))
	go func() {
		part, err := w.free.pack(w.staging, list)
		done <- writtenPart{part, err}
	}()
	return nil
}

// partOf returns the part of a staging that a row is in, by the number of rows before it,
// and how many rows come before it in that part.
func (r *Report) partOf(before int) (part, rest int) {
	for part < len(r.Parts) && before >= r.Parts[part] {
		before -= r.Parts[part]
		part++
	}
	return part, before
}

// receive hands over what was being written.
func (w *partWriter) receive() error {
	if w.writing == nil {
		return nil
	}
	done := <-w.writing
	w.writing = nil
	if done.err == nil && !w.yield(done.part) {
		return errEnough
	}
	return done.err
}

func (p *packer) pack(head string, list []Entry) ([]byte, error) {
	p.written.reset()
	p.written.buf = append(p.written.buf, head...)
	for i := range list {
		if err := p.written.entry(&list[i]); err != nil {
			return nil, err
		}
	}
	return p.zip.EncodeAll(p.written.buf, nil), nil
}

// flush hands over all that is left. There is a part also of no entries.
func (w *partWriter) flush() error {
	if len(w.gather) > 0 || len(w.counts) == 0 {
		if err := w.send(); err != nil {
			return err
		}
	}
	return w.receive()
}

// entries yields the entries of the parts of a staging, and reads the next part while
// those of one are used.
func entries(parts iter.Seq2[[]byte, error], staging string, atlas *geo.Atlas) iter.Seq2[[]Entry, error] {
	return geo.Ahead(entriesOf(parts, staging, atlas))
}

// entriesOf yields the entries of the parts of a staging.
func entriesOf(parts iter.Seq2[[]byte, error], staging string, atlas *geo.Atlas) iter.Seq2[[]Entry, error] {
	return func(yield func([]Entry, error) bool) {
		unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPart))
		if err != nil {
			yield(nil, err)
			return
		}
		defer unzip.Close()
		for part, err := range parts {
			var list []Entry
			var lines []byte
			if err == nil {
				lines, err = unzip.DecodeAll(part, nil)
			}
			if err == nil {
				lines, err = namedStaging(lines, staging)
			}
			if err == nil {
				list, err = decodePart(lines, atlas)
			}
			if !yield(list, err) || err != nil {
				return
			}
		}
	}
}

// namedStaging takes the name of the staging off a part.
func namedStaging(lines []byte, staging string) ([]byte, error) {
	name, rest, _ := bytes.Cut(lines, []byte{'\n'})
	if string(name) != staging {
		return nil, geo.Errorf(geo.Conflict, "The import was staged anew meanwhile; look at it again.")
	}
	return rest, nil
}

func decodePart(part []byte, atlas *geo.Atlas) ([]Entry, error) {
	r := stagedReader{atlas: atlas, rest: string(part)}
	var list []Entry
	for e, ok := r.entry(); ok; e, ok = r.entry() {
		list = append(list, e)
	}
	return list, r.err
}

// changes yields the entries as parts of a change.
func changes(list iter.Seq2[[]Entry, error], atlas *geo.Atlas) iter.Seq2[geo.Change, error] {
	return func(yield func(geo.Change, error) bool) {
		for part, err := range list {
			var ch geo.Change
			if err == nil {
				ch, err = ChangeOf(part, atlas)
			}
			if !yield(ch, err) || err != nil {
				return
			}
		}
	}
}
