package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"iter"

	"github.com/klauspost/compress/zstd"

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

// partWriter gathers entries into parts: lines of JSON, compressed. The first line of
// each part is the name of the staging, which the report has too: what two who stage one
// import at once leave behind cannot be mixed up.
type partWriter struct {
	atlas   *geo.Atlas
	staging string
	zip     *zstd.Encoder
	lines   bytes.Buffer
	count   int
	// counts are those of the parts that are written.
	counts []int
	yield  func([]byte) bool
}

func newPartWriter(atlas *geo.Atlas, staging string, yield func([]byte) bool) (*partWriter, error) {
	zip, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	return &partWriter{atlas: atlas, staging: staging, zip: zip, yield: yield}, err
}

// errEnough says that nobody wants more parts.
var errEnough = errors.New("no more parts are wanted")

func (w *partWriter) add(e *Entry) error {
	line, err := encodeEntry(e, w.atlas)
	if err != nil {
		return err
	}
	w.begin()
	w.lines.Write(line)
	w.lines.WriteByte('\n')
	if w.count++; w.count < partEntries && w.lines.Len() < partBytes {
		return nil
	}
	return w.flush()
}

// begin names the staging where a part begins.
func (w *partWriter) begin() {
	if w.lines.Len() == 0 {
		w.lines.WriteString(w.staging + "\n")
	}
}

// flush writes a part. There is one also of no entries.
func (w *partWriter) flush() error {
	if w.lines.Len() == 0 && len(w.counts) > 0 {
		return nil
	}
	w.begin()
	part := w.zip.EncodeAll(w.lines.Bytes(), nil)
	w.lines.Reset()
	w.counts = append(w.counts, w.count)
	w.count = 0
	if !w.yield(part) {
		return errEnough
	}
	return nil
}

// partOf returns the part of a staging that a row is in, by the number of rows before it,
// and how many rows come before it in that part. A staging of an earlier version does
// not say how long its parts are.
func (r *Report) partOf(before int) (part, rest int) {
	for part < len(r.Parts) && before >= r.Parts[part] {
		before -= r.Parts[part]
		part++
	}
	return part, before
}

// entries yields the entries of the parts of a staging. Each part begins with its name,
// of an earlier version only the first.
func entries(parts iter.Seq2[[]byte, error], report *Report, atlas *geo.Atlas) iter.Seq2[[]Entry, error] {
	return func(yield func([]Entry, error) bool) {
		unzip, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPart))
		if err != nil {
			yield(nil, err)
			return
		}
		defer unzip.Close()
		first := true
		for part, err := range parts {
			var list []Entry
			var lines []byte
			if err == nil {
				lines, err = unzip.DecodeAll(part, nil)
			}
			if err == nil && (first || report.Parts != nil) {
				lines, err = namedStaging(lines, report.Staging)
				first = false
			}
			if err == nil {
				list, err = decodeLines(lines, atlas)
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

func decodeLines(lines []byte, atlas *geo.Atlas) ([]Entry, error) {
	var list []Entry
	for line := range bytes.Lines(lines) {
		e, err := decodeEntry(line, atlas)
		if err != nil {
			return nil, fmt.Errorf("read what was staged: %w", err)
		}
		list = append(list, e)
	}
	return list, nil
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
