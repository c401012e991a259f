package delimited

import (
	"bufio"
	"errors"
	"io"

	"oxus/geo"
)

// rowReader takes a file apart into rows and cells (RFC 4180).
type rowReader struct {
	r         *bufio.Reader
	separator byte
	limits    Limits
	file      string
	// line is the number of the line that the next byte is on.
	line int
	// text has the cells of a row one after the other, ends where each ends.
	text []byte
	ends []int
	// size counts the bytes of the row, quotes included.
	size int
}

func newRowReader(r *bufio.Reader, separator byte, l Limits, file string) *rowReader {
	return &rowReader{r: r, separator: separator, limits: l, file: file, line: 1}
}

// next returns the cells of the next row that is not empty, valid until the row
// after it, and the line it starts on. The fault is one of the row alone; err
// ends the file, io.EOF at its end.
func (r *rowReader) next() (cells [][]byte, line int, fault *geo.Fault, err error) {
	for {
		line = r.line
		r.text, r.ends, r.size = r.text[:0], r.ends[:0], 0
		fault, err = r.row(line)
		if err != nil && (!errors.Is(err, io.EOF) || len(r.ends) == 0) {
			return nil, line, nil, err
		}
		if len(r.ends) == 1 && r.size == 0 { // an empty line
			if err != nil {
				return nil, line, nil, err
			}
			continue
		}
		start := 0
		for _, end := range r.ends {
			cells = append(cells, r.text[start:end:end])
			start = end
		}
		return cells, line, fault, nil
	}
}

// row reads up to the end of a row. At the end of the file it returns io.EOF
// with the cells there are.
func (r *rowReader) row(line int) (fault *geo.Fault, err error) {
	for {
		misplaced, ended, err := r.cell(line)
		if misplaced != nil && fault == nil {
			fault = misplaced
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(r.ends) == r.limits.Fields {
			return nil, broken(RuleFields, geo.Place{File: r.file, Line: line}, "the row has more than %d cells", r.limits.Fields)
		}
		r.ends = append(r.ends, len(r.text))
		if ended || err != nil {
			return fault, err
		}
	}
}

// read returns the next byte of a row.
func (r *rowReader) read(line int) (byte, error) {
	c, err := r.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if r.size++; r.size > r.limits.RecordBytes {
		return 0, broken(RuleRecordBytes, geo.Place{File: r.file, Line: line},
			"the row has more than %d bytes; perhaps a quote in it is not closed", r.limits.RecordBytes)
	}
	return c, nil
}

// cell reads one cell and what ends it.
func (r *rowReader) cell(line int) (fault *geo.Fault, ended bool, err error) {
	c, err := r.read(line)
	if err != nil {
		return nil, true, err
	}
	if c == '"' {
		if c, err = r.quoted(line); err != nil {
			return nil, true, err
		}
		if c != r.separator && c != '\n' && c != '\r' {
			fault = faultf(RuleQuote, "a cell goes on after its closing quote; a quote within quotes is written twice")
		}
	}
	for {
		switch c {
		case r.separator:
			return fault, false, nil
		case '\n':
			r.line++
			r.size--
			return fault, true, nil
		case '\r':
			return fault, true, r.carriageReturn()
		case '"':
			if fault == nil {
				fault = faultf(RuleQuote, "a quote stands within a cell that does not start with one")
			}
		}
		r.text = append(r.text, c)
		if c, err = r.read(line); err != nil {
			return fault, true, err
		}
	}
}

// carriageReturn ends a row at CR LF or at CR alone.
func (r *rowReader) carriageReturn() error {
	r.line++
	r.size--
	c, err := r.r.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil // the next row finds the end
		}
		return err
	}
	if c != '\n' {
		return r.r.UnreadByte()
	}
	return nil
}

// quoted reads a cell after its opening quote, and returns the byte after its
// closing one; the end of the file counts as the end of a line there.
func (r *rowReader) quoted(line int) (byte, error) {
	opened := r.line
	for {
		c, err := r.read(line)
		if errors.Is(err, io.EOF) {
			return 0, broken(RuleOpenQuote, geo.Place{File: r.file, Line: opened}, "the quote that is opened here is never closed")
		}
		if err != nil {
			return 0, err
		}
		if c == '\n' {
			r.line++
		}
		if c == '"' {
			c, err = r.read(line)
			if errors.Is(err, io.EOF) {
				return '\n', nil
			}
			if err != nil || c != '"' {
				return c, err
			}
		}
		r.text = append(r.text, c)
	}
}
