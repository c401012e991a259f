package charset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"oxus/geo"
)

// Reader decodes a whole file into UTF-8 while it is read. UTF-8 and ASCII pass
// as they are. A byte that the encoding leaves undefined ends the reading with a
// RuleText fault of the file that tells where.
func (d Decoder) Reader(r io.Reader, file string) io.Reader {
	if d.table == nil {
		return r
	}
	return &tableReader{decoder: d, source: r, file: file}
}

type tableReader struct {
	decoder Decoder
	source  io.Reader
	file    string
	at      int64
	raw     [4096]byte
	ready   []byte
	decoded []byte
	err     error
}

// Read implements io.Reader.
func (t *tableReader) Read(p []byte) (int, error) {
	for len(t.ready) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		n, err := t.source.Read(t.raw[:])
		t.err = err
		t.decoded = t.decoded[:0]
		for _, c := range t.raw[:n] {
			r := t.decoder.table.DecodeByte(c)
			if c >= utf8.RuneSelf && isUndefined(r) {
				t.err = geo.Faulty([]geo.Fault{{
					Rule: RuleText, Place: geo.Place{File: t.file},
					Detail: fmt.Sprintf("byte 0x%02X at %d is not valid in %s; give --encoding with the right one", c, t.at, t.decoder.encoding),
				}})
				break
			}
			t.decoded = utf8.AppendRune(t.decoded, r)
			t.at++
		}
		t.ready = t.decoded
	}
	n := copy(p, t.ready)
	t.ready = t.ready[n:]
	return n, nil
}

// Doubtful is the error of a file whose texts need an encoding that nothing
// names. It carries the guess, for a person to confirm.
type Doubtful struct {
	Err        *geo.Error
	Candidates []Candidate
}

// Error is the refusal alone; the candidates are for whoever shows it.
func (e *Doubtful) Error() string { return e.Err.Error() }

// Unwrap leads to the refusal.
func (e *Doubtful) Unwrap() error { return e.Err }

// mostExplained is how much of a file is looked at for a guess: its beginning is enough.
const mostExplained = 1 << 20

// Explain adds a guess to the error of a file of markup or JSON that is not in the
// encoding it was read in, from the texts beyond ASCII at its beginning. Any other error
// comes back as it is.
func Explain(err error, beginning func(most int64) ([]byte, error)) error {
	var invalid *geo.Error
	var doubtful *Doubtful
	if errors.As(err, &doubtful) || !errors.As(err, &invalid) || len(invalid.Faults) != 1 || invalid.Faults[0].Rule != RuleText {
		return err
	}
	head, failed := beginning(mostExplained)
	if failed != nil {
		return err
	}
	var texts [][]byte
	for _, piece := range bytes.FieldsFunc(head, func(r rune) bool { return r == '<' || r == '>' || r == '"' }) {
		if !isASCII(piece) {
			texts = append(texts, piece)
		}
	}
	if candidates := Guess(texts); len(candidates) > 0 {
		return &Doubtful{Err: invalid, Candidates: candidates}
	}
	return err
}

// Doubt makes the refusal of a file of which some texts are not valid in the
// decoder's encoding: the fault of the first of them, at its place, and a guess
// from all of them. Without texts it returns nil.
func (d Decoder) Doubt(texts [][]byte, first geo.Place) error {
	for _, t := range texts {
		if _, fault := d.Decode(t); fault != nil {
			fault.Place = first
			return &Doubtful{&geo.Error{Kind: geo.Invalid, Faults: []geo.Fault{*fault}}, Guess(texts)}
		}
	}
	return nil
}
