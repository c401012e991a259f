package api

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// What is put by comes back as it was, also when most of it went to a file, and leaves
// nothing behind.
func TestSpool(t *testing.T) {
	for _, size := range []int{0, 1, spooled - 1, spooled, spooled + 1, 3*spooled + 17} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("TMPDIR", dir)
			var want, got bytes.Buffer
			s := &spool{}
			for n := 0; want.Len() < size; n++ {
				part := fmt.Appendf(nil, "%d/%s", n, bytes.Repeat([]byte{byte(n)}, n%70_000))
				part = part[:min(len(part), size-want.Len())]
				want.Write(part)
				if _, err := s.Write(part); err != nil {
					t.Fatal(err)
				}
			}
			if s.size != int64(size) {
				t.Errorf("%d bytes count as %d", size, s.size)
			}
			// Whatever ends the program, no file is left behind.
			if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || size > spooled != (s.file != nil) || len(left) > 0 {
				t.Errorf("%d bytes are kept in %v, %q, %v", size, s.file, left, err)
			}
			if err := s.copyTo(&got); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%d bytes come back as %d others: %v", size, got.Len(), err)
			}
			s.close()
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("it leaves %v, %v", left, err)
			}
		})
	}
}

// So many large files are sent beside those that are made; of more, each keeps its place.
func TestFilesOnTheDiskAreBounded(t *testing.T) {
	load := NewLoad(Limits{})
	s := &Server{options: Options{Load: load}}
	large := func(w io.Writer) error {
		_, err := w.Write(make([]byte, spooled+1))
		return err
	}
	reads := make(chan struct{})
	begun := make(chan struct{})
	var wait sync.WaitGroup
	freeAfter := func() int {
		var once sync.Once
		w := &answer{send: func([]byte, bool) error {
			once.Do(func() { begun <- struct{}{} })
			<-reads
			return nil
		}}
		wait.Go(func() {
			if err := s.sendMade(t.Context(), w, large); err != nil {
				t.Error(err)
			}
		})
		<-begun
		load.writers.mu.Lock()
		defer load.writers.mu.Unlock()
		return load.writers.free
	}
	for n := range spooledFiles {
		if free := freeAfter(); free != layerWriters {
			t.Errorf("with %d sent, %d places are free", n+1, free)
		}
	}
	if free := freeAfter(); free != layerWriters-1 {
		t.Errorf("with one more, %d places are free", free)
	}
	close(reads)
	wait.Wait()
	if load.writers.free != layerWriters || len(load.spools) > 0 {
		t.Errorf("at the end %d places are free and %d files are sent", load.writers.free, len(load.spools))
	}
}
