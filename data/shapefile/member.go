package shapefile

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"oxus/geo"
)

// budget counts what all members together have unpacked to.
type budget struct {
	limits Limits
	used   int64
}

func newBudget(l Limits) *budget { return &budget{limits: l} }

// member is one file of a shapefile, loose or in an archive.
type member struct {
	// name is the path in the archive or the base name, as faults show it.
	name string
	// packed is the size in the archive, 0 for a loose file.
	packed int64
	source func() (io.ReadCloser, error)
	budget *budget
	// seen is the most bytes any reading has got to: a second reading unpacks
	// the same bytes and does not count again.
	seen int64
}

func looseMember(file string, b *budget) *member {
	return &member{
		name:   strings.ToValidUTF8(filepath.Base(file), "\uFFFD"),
		source: func() (io.ReadCloser, error) { return os.Open(file) },
		budget: b,
	}
}

// open starts a reading of the member at its first byte.
func (m *member) open() (*reader, error) {
	source, err := m.source()
	if err != nil {
		return nil, m.wrap(err, 0)
	}
	r := &reader{counter: &counter{member: m, source: source}}
	r.Reader = bufio.NewReaderSize(r.counter, 64<<10)
	return r, nil
}

// wrap tells a damaged archive, which is the file's fault, from a disk that
// fails, which is not.
func (m *member) wrap(err error, at int64) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrAlgorithm),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return broken(RuleZipDamaged, m.name, "the archive is damaged after %d unpacked bytes: %v", at, err)
	}
	return fmt.Errorf("read %s: %w", m.name, err)
}

// counter counts bytes as they come out of the member and stops at the limits,
// whatever sizes the archive declares.
type counter struct {
	member *member
	source io.ReadCloser
	at     int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.source.Read(p)
	c.at += int64(n)
	if over := c.member.count(c.at); over != nil {
		return 0, over
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = c.member.wrap(err, c.at)
	}
	return n, err
}

// ratioFloor keeps small members, whose padding may pack very well, out of the
// ratio's reach: they can do no harm.
const ratioFloor = 16 << 20

func (m *member) count(at int64) error {
	l := m.budget.limits
	if at > m.seen {
		m.budget.used += at - m.seen
		m.seen = at
	}
	switch {
	case at > l.MemberBytes:
		return broken(RuleMemberBytes, m.name, "the member unpacks to more than %d bytes", l.MemberBytes)
	case m.budget.used > l.TotalBytes:
		return broken(RuleTotalBytes, m.name, "the members together unpack to more than %d bytes", l.TotalBytes)
	case m.packed > 0 && at > ratioFloor && at/m.packed >= l.Ratio:
		return broken(RuleZipRatio, m.name, "the member unpacks to more than %d times its size", l.Ratio)
	}
	return nil
}

// reader is one reading of a member.
type reader struct {
	*bufio.Reader
	counter *counter
	// offset of the next byte.
	offset int64
}

func (r *reader) close() { _ = r.counter.source.Close() }

// fill reads all of p. At the end of the member it returns io.EOF if nothing
// was left, and a RuleTruncated error that names the offset if only a part was.
func (r *reader) fill(p []byte) error {
	n, err := io.ReadFull(r.Reader, p)
	start := r.offset
	r.offset += int64(n)
	if err == io.ErrUnexpectedEOF {
		return r.truncated(start, int64(len(p)))
	}
	return err
}

func (r *reader) truncated(start, want int64) error {
	return broken(RuleTruncated, r.counter.member.name, "the file ends at byte %d, in the middle of %d bytes that start at %d",
		r.offset, want, start)
}

// grow reads n bytes into buf, which it makes larger only as fast as bytes
// really arrive, so that a claim alone allocates nothing.
func (r *reader) grow(buf []byte, n int64) ([]byte, error) {
	const step = 1 << 20
	buf = buf[:0]
	start := r.offset
	for int64(len(buf)) < n {
		more := min(n-int64(len(buf)), step)
		old := len(buf)
		if int64(cap(buf)) < int64(old)+more {
			bigger := make([]byte, old, min(n, max(2*int64(old), int64(old)+more)))
			copy(bigger, buf)
			buf = bigger
		}
		buf = buf[:int64(old)+more]
		if err := r.fill(buf[old:]); err != nil {
			if errors.Is(err, io.EOF) || isTruncated(err) {
				err = r.truncated(start, n)
			}
			return buf[:old], err
		}
	}
	return buf, nil
}

func isTruncated(err error) bool {
	var e *geo.Error
	return errors.As(err, &e) && len(e.Faults) == 1 && e.Faults[0].Rule == RuleTruncated
}

// skip passes over n bytes.
func (r *reader) skip(n int64) error {
	start := r.offset
	done, err := io.CopyN(io.Discard, r.Reader, n)
	r.offset += done
	if errors.Is(err, io.EOF) {
		return r.truncated(start, n)
	}
	return err
}

// drain reads to the end of the member, where an archive compares its sums.
func (r *reader) drain() error {
	n, err := io.Copy(io.Discard, r.Reader)
	r.offset += n
	return err
}
