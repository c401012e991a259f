package api

import (
	"io"
	"os"
)

// spooled is how much of what is put by stays in memory; what is more goes to a file.
const spooled = 4 << 20

// spool keeps what is put by until it is asked for: in memory while it is little, in a
// file without a name, that is gone with the program, when it is more.
type spool struct {
	buf  []byte
	file *os.File
	size int64
}

// Write puts b by, after what was put by before. It implements io.Writer.
func (s *spool) Write(b []byte) (int, error) {
	if len(s.buf)+len(b) > spooled {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	s.buf = append(s.buf, b...)
	s.size += int64(len(b))
	return len(b), nil
}

// spill moves what is in memory to the file.
func (s *spool) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "oxus-answer-"); err != nil {
			return err
		}
		if err := os.Remove(s.file.Name()); err != nil { // it lasts as long as it is open
			return err
		}
	}
	_, err = s.file.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

// copyTo writes all that was put by.
func (s *spool) copyTo(w io.Writer) error {
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		// In pieces of one size, and not as the file would rather: what w gathers is of
		// about that size.
		if _, err := io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{s.file}, make([]byte, chunk)); err != nil {
			return err
		}
	}
	_, err := w.Write(s.buf)
	return err
}

// close forgets all of it. What goes wrong is not told: nothing is lost by it.
func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
	s.buf = nil
}
