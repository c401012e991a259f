package archive_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oxus/data/archive"
	"oxus/geo"
)

func TestAllowance(t *testing.T) {
	over := errors.New("over")
	a := archive.NewAllowance(strings.NewReader("0123456789"), 4, func() error { return over })
	got, err := io.ReadAll(a)
	if string(got) != "0123" || !errors.Is(err, over) {
		t.Errorf("read %q, %v", got, err)
	}
	a.Renew()
	if got, err = io.ReadAll(a); string(got) != "4567" || !errors.Is(err, over) {
		t.Errorf("read %q, %v after renewal", got, err)
	}
	a.Renew()
	if got, err = io.ReadAll(a); string(got) != "89" || err != nil {
		t.Errorf("read %q, %v at the end", got, err)
	}
}

func TestHead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(path, []byte("Khorugh"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := archive.Head(path, 4); string(got) != "Khor" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := archive.Head(path, 400); string(got) != "Khorugh" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := archive.Head(dir, 4); geo.KindOf(err) != geo.Invalid || !strings.Contains(err.Error(), string(archive.RuleNotFile)) {
		t.Errorf("a folder is %v", err)
	}
	if _, err := archive.Head(path+"x", 4); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing is %v", err)
	}
}
