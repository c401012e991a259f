package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/url"
	"slices"

	"oxus/geo"
)

// position is where a page ended: the id of its last feature, and the day the
// first page was asked on, so that pages fetched around midnight still belong
// together.
type position struct {
	after string
	today geo.Date
}

const (
	cursorVersion = 1
	questionBytes = 8
	cursorHeader  = 1 + questionBytes + 4
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
		if name != "cursor" && name != "limit" {
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
	b = append(b, p.after...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseCursor reads what cursor wrote. It refuses a cursor of another question,
// whose answer would be a page of something nobody asked for.
func parseCursor(s string, q question) (position, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) <= cursorHeader || b[0] != cursorVersion {
		return position{}, errors.New("this is not a cursor of this server; follow the next link of a page")
	}
	if question(b[1:1+questionBytes]) != q {
		return position{}, errors.New("the cursor belongs to another question; only limit may change from page to page")
	}
	today := geo.Date(binary.BigEndian.Uint32(b[1+questionBytes : cursorHeader]))
	if _, err := geo.ParseDate(today.String()); err != nil {
		return position{}, errors.New("this is not a cursor of this server; follow the next link of a page")
	}
	return position{after: string(b[cursorHeader:]), today: today}, nil
}
