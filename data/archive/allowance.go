package archive

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Allowance gives a decoder that keeps what it reads only so many bytes before
// it must come back for more, which bounds the memory of one record.
type Allowance struct {
	source io.Reader
	most   int64
	left   int64
	over   func() error
}

// NewAllowance reads from source at most so many bytes between two calls of
// Renew; what is above is the error that over makes.
func NewAllowance(source io.Reader, most int64, over func() error) *Allowance {
	return &Allowance{source: source, most: most, left: most, over: over}
}

// Renew starts the next record.
func (a *Allowance) Renew() { a.left = a.most }

// Read implements io.Reader.
func (a *Allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, a.over()
	}
	n, err := a.source.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

// Regular refuses a path that leads to no regular file. It is asked before a
// file is opened, because opening a pipe would wait for a writer.
func Regular(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, broken(RuleNotFile, info.Name(), "this is no file")
	}
	return info, nil
}

// Head returns the first bytes of a file, at most so many, to tell its format by.
func Head(path string, most int64) ([]byte, error) {
	if _, err := Regular(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	return head, nil
}
