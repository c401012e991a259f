package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
	"net/url"
	"slices"
	"time"

	"oxus/geo"
)

// position is where a page ended: the id and the Hilbert key of its last feature, or
// of its first for the page before it; the day the first page was asked on and the state of the
// record it was read in, so that pages fetched around midnight or around an import
// still belong together.
type position struct {
	after string
	key   geo.HilbertKey
	today geo.Date
	// state is the zero value for lists that are not read in one.
	state geo.State
	back  bool
}

const (
	cursorVersion = 3
	questionBytes = 8
	cursorHeader  = 1 + questionBytes + 4 + 8 + 8 + 8 + 1
)

// question identifies what was asked, without where in the answer the reader
// is and how much of it a page takes.
type question [questionBytes]byte

// questionOf hashes the collection and the named values of a request, each with
// its length, so that no two different requests read the same.
func questionOf(collection string, values url.Values) question {
	h := sha256.New()
	write := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	write(collection)
	names := make([]string, 0, len(values))
	for name := range values {
		if name != "cursor" && name != "limit" && !saysHow(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		write(name)
		for _, v := range values[name] {
			write(v)
		}
	}
	return question(h.Sum(nil)[:questionBytes])
}

// cursor writes a position as the opaque text of the cursor parameter, bound to
// its question.
func (p position) cursor(q question) string {
	b := make([]byte, 0, cursorHeader+len(p.after))
	b = append(b, cursorVersion)
	b = append(b, q[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(p.today))
	b = binary.BigEndian.AppendUint64(b, uint64(p.state.Last))
	b = binary.BigEndian.AppendUint64(b, uint64(microseconds(p.state.Moment)))
	b = binary.BigEndian.AppendUint64(b, uint64(p.key))
	b = append(b, direction(p.back))
	b = append(b, p.after...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// microseconds counts from 1970, no moment being the smallest number.
func microseconds(moment time.Time) int64 {
	if moment.IsZero() {
		return math.MinInt64
	}
	return moment.UnixMicro()
}

func direction(back bool) byte {
	if back {
		return '<'
	}
	return '>'
}

// parseCursor reads what cursor wrote. It refuses a cursor of another question,
// whose answer would be a page of something nobody asked for.
func parseCursor(s string, q question) (position, error) {
	foreign := errors.New("this is not a cursor of this server; follow the next link of a page")
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) <= cursorHeader || b[0] != cursorVersion {
		return position{}, foreign
	}
	if question(b[1:1+questionBytes]) != q {
		return position{}, errors.New("the cursor belongs to another question; only limit may change from page to page")
	}
	rest := b[1+questionBytes:]
	p := position{
		after: string(b[cursorHeader:]), today: geo.Date(binary.BigEndian.Uint32(rest)),
		state: geo.State{Last: int64(binary.BigEndian.Uint64(rest[4:]))},
		key:   geo.HilbertKey(binary.BigEndian.Uint64(rest[20:])), back: rest[28] == direction(true),
	}
	moment := int64(binary.BigEndian.Uint64(rest[12:]))
	if moment != math.MinInt64 {
		p.state.Moment = time.UnixMicro(moment).UTC()
	}
	_, err = geo.ParseDate(p.today.String())
	unheard := p.state.Last < 0 || moment < 0 && moment != math.MinInt64 || p.key < 0 || p.key > geo.Unplaced
	if err != nil || unheard || rest[28] != direction(p.back) {
		return position{}, foreign
	}
	return p, nil
}
