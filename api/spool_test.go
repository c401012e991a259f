package api

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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
			if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || size > spooled != (len(left) == 1) {
				t.Errorf("%d bytes are kept in %q, %v", size, left, err)
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
