package geo

import "encoding/binary"

// FeatureEncoder says how answers hold the features of a collection: fixed texts with
// what differs between them. A store that keeps features so keeps what differs alone.
type FeatureEncoder struct {
	// text are the fixed texts, with what is written for a blank part between them, so
	// that what stands around a run of blanks is one piece. The n-th fixed text lies from
	// starts[n] to ends[n].
	text         []byte
	starts, ends []int
	blank        string
	standing     int
	write        func(b []byte, it *Item, part int) []byte
}

// NewFeatureEncoder returns the encoder of the fixed texts that stand in every feature: one
// before each part that differs, and one after the last. Blank is a part that many features
// have, standing the number of parts before what depends on the day that is asked about,
// which is not among them. Write appends the part of that number of a feature, about which
// the item tells nothing else.
func NewFeatureEncoder(fixed []string, blank string, standing int, write func(b []byte, it *Item, part int) []byte) *FeatureEncoder {
	e := &FeatureEncoder{blank: blank, standing: standing, write: write}
	for i, text := range fixed {
		if i > 0 {
			e.text = append(e.text, blank...)
		}
		e.starts = append(e.starts, len(e.text))
		e.text = append(e.text, text...)
		e.ends = append(e.ends, len(e.text))
	}
	return e
}

// parts is how many parts differ.
func (e *FeatureEncoder) parts() int { return len(e.starts) - 1 }

// Encoded is a feature as a FeatureEncoder has it. The zero value is none.
type Encoded struct {
	// By is what encoded it.
	By *FeatureEncoder
	// Parts are what differs, each after its length plus one; 0 stands for a blank.
	Parts []byte
}

// Encode appends the parts of a feature.
func (e *FeatureEncoder) Encode(b []byte, f *Feature) []byte {
	var part []byte
	it := &Item{Feature: f}
	for i := range e.parts() {
		part = e.write(part[:0], it, i)
		if string(part) == e.blank {
			b = append(b, 0)
			continue
		}
		b = binary.AppendUvarint(b, uint64(len(part))+1)
		b = append(b, part...)
	}
	return b
}

// AppendBefore appends what stands before the place of what depends on the day, and
// returns where what stands after it begins.
func (e *Encoded) AppendBefore(b []byte) (before []byte, rest int) {
	return e.append(b, 0, 0, e.By.standing)
}

// AppendAfter appends what stands after that place.
func (e *Encoded) AppendAfter(b []byte, rest int) []byte {
	last := e.By.parts()
	b, _ = e.append(b, rest, e.By.standing, last)
	return append(b, e.By.text[e.By.starts[last]:]...)
}

// append appends the parts of some numbers, each after its fixed text.
func (e *Encoded) append(b []byte, at, from, to int) (longer []byte, next int) {
	start := e.By.starts[from]
	for i := from; i < to; i++ {
		n := int(e.Parts[at])
		at++
		switch {
		case n == 0: // it stands in the text
			continue
		case n >= 0x80:
			long, size := binary.Uvarint(e.Parts[at-1:])
			n, at = int(long), at-1+size
		}
		b = append(b, e.By.text[start:e.By.ends[i]]...)
		b = append(b, e.Parts[at:at+n-1]...)
		at += n - 1
		start = e.By.starts[i+1]
	}
	return append(b, e.By.text[start:e.By.starts[to]]...), at
}
