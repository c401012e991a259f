package geo

import "encoding/binary"

// FeatureEncoder says how answers hold the features of a collection: fixed texts with
// what differs between them. A store that keeps features so keeps what differs alone.
type FeatureEncoder struct {
	// Fixed are the texts that stand in every feature, in order: one before each part
	// that differs, and one after the last.
	Fixed [][]byte
	// Blank is a part that many features have.
	Blank []byte
	// Standing is the number of parts before what depends on the day that is asked
	// about, which is not among them.
	Standing int
	// Append appends the part of that number.
	Append func(b []byte, f *Feature, part int) []byte
}

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
	for i := range len(e.Fixed) - 1 {
		part = e.Append(part[:0], f, i)
		if string(part) == string(e.Blank) {
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
	return e.append(b, 0, 0, e.By.Standing)
}

// AppendAfter appends what stands after that place.
func (e *Encoded) AppendAfter(b []byte, rest int) []byte {
	last := len(e.By.Fixed) - 1
	b, _ = e.append(b, rest, e.By.Standing, last)
	return append(b, e.By.Fixed[last]...)
}

func (e *Encoded) append(b []byte, at, from, to int) (longer []byte, next int) {
	for i := from; i < to; i++ {
		b = append(b, e.By.Fixed[i]...)
		n := int(e.Parts[at])
		at++
		switch {
		case n == 0:
			b = append(b, e.By.Blank...)
			continue
		case n >= 0x80:
			long, size := binary.Uvarint(e.Parts[at-1:])
			n, at = int(long), at-1+size
		}
		b = append(b, e.Parts[at:at+n-1]...)
		at += n - 1
	}
	return b, at
}
