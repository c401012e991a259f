package archive

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

// Limits are the ceilings of one file. Each is refused by a rule that names it.
type Limits struct {
	// Entries is the most entries of an archive.
	Entries int
	// TotalBytes is the most that all members together unpack to.
	TotalBytes int64
	// MemberBytes is the most that one member unpacks to.
	MemberBytes int64
	// Ratio is the most unpacked bytes for each packed one; members below 16 MB
	// are not held to it.
	Ratio int64
}

// Budget counts what all members together have unpacked to.
type Budget struct {
	limits Limits
	used   int64
}

// NewBudget starts the count of one file.
func NewBudget(l Limits) *Budget { return &Budget{limits: l} }

// Member is one file, loose or in an archive.
type Member struct {
	// Name is the path in the archive or the base name, as faults show it.
	Name string
	// packed is the size in the archive, 0 for a loose file.
	packed int64
	source func() (io.ReadCloser, error)
	budget *Budget
	// seen is the most bytes any reading has got to: a second reading unpacks
	// the same bytes and does not count again.
	seen int64
}

// Loose is a file that is in no archive. It is opened for each reading.
func Loose(file string, b *Budget) *Member {
	return &Member{
		Name:   strings.ToValidUTF8(filepath.Base(file), "\uFFFD"),
		source: func() (io.ReadCloser, error) { return os.Open(file) },
		budget: b,
	}
}

// Open starts a reading of the member at its first byte.
func (m *Member) Open() (*Reader, error) {
	source, err := m.source()
	if err != nil {
		return nil, m.wrap(err, 0)
	}
	r := &Reader{counter: &counter{member: m, source: source}}
	r.Reader = bufio.NewReaderSize(r.counter, 64<<10)
	return r, nil
}

// Beginning returns the first bytes of the member.
func (m *Member) Beginning(most int64) ([]byte, error) {
	r, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}

// wrap tells a damaged archive, which is the file's fault, from a disk that
// fails, which is not.
func (m *Member) wrap(err error, at int64) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrAlgorithm),
		errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &corrupt):
		return broken(RuleZipDamaged, m.Name, "the archive is damaged after %d unpacked bytes: %v", at, err)
	}
	return fmt.Errorf("read %s: %w", m.Name, err)
}

// counter counts bytes as they come out of the member and stops at the limits,
// whatever sizes the archive declares.
type counter struct {
	member *Member
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

func (m *Member) count(at int64) error {
	l := m.budget.limits
	if at > m.seen {
		m.budget.used += at - m.seen
		m.seen = at
	}
	switch {
	case at > l.MemberBytes:
		return broken(RuleMemberBytes, m.Name, "the member unpacks to more than %d bytes", l.MemberBytes)
	case m.budget.used > l.TotalBytes:
		return broken(RuleTotalBytes, m.Name, "the members together unpack to more than %d bytes", l.TotalBytes)
	case m.packed > 0 && at > ratioFloor && at/m.packed >= l.Ratio:
		return broken(RuleZipRatio, m.Name, "the member unpacks to more than %d times its size", l.Ratio)
	}
	return nil
}

// Reader is one reading of a member.
type Reader struct {
	*bufio.Reader
	counter *counter
	// offset of the next byte.
	offset int64
}

// Offset returns the place of the next byte, counted from 0.
func (r *Reader) Offset() int64 { return r.offset }

// Close ends the reading.
func (r *Reader) Close() { _ = r.counter.source.Close() }

// Fill reads all of p. At the end of the member it returns io.EOF if nothing
// was left, and a RuleTruncated error that names the offset if only a part was.
func (r *Reader) Fill(p []byte) error {
	n, err := io.ReadFull(r.Reader, p)
	start := r.offset
	r.offset += int64(n)
	if err == io.ErrUnexpectedEOF {
		return r.Truncated(start, int64(len(p)))
	}
	return err
}

// Truncated is the error of a member that ends in the middle of want bytes that
// start at a place.
func (r *Reader) Truncated(start, want int64) error {
	return broken(RuleTruncated, r.counter.member.Name, "the file ends at byte %d, in the middle of %d bytes that start at %d",
		r.offset, want, start)
}

// Grow reads n bytes into buf, which it makes larger only as fast as bytes
// really arrive, so that a claim alone allocates nothing.
func (r *Reader) Grow(buf []byte, n int64) ([]byte, error) {
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
		if err := r.Fill(buf[old:]); err != nil {
			if errors.Is(err, io.EOF) || isTruncated(err) {
				err = r.Truncated(start, n)
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

// Skip passes over n bytes.
func (r *Reader) Skip(n int64) error {
	start := r.offset
	done, err := io.CopyN(io.Discard, r.Reader, n)
	r.offset += done
	if errors.Is(err, io.EOF) {
		return r.Truncated(start, n)
	}
	return err
}

// Drain reads to the end of the member, where an archive compares its sums.
func (r *Reader) Drain() error {
	n, err := io.Copy(io.Discard, r.Reader)
	r.offset += n
	return err
}

// Name is the name of the member that is read, as faults show it.
func (r *Reader) Name() string { return r.counter.member.Name }
