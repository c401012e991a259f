package frontend_test

import (
	"io/fs"
	"testing"

	"oxus/frontend"
)

func TestFilesIsTheInsideOfDist(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(frontend.Files(), ".gitkeep"); err != nil {
		t.Fatalf("the placeholder should lie at the root of Files: %v", err)
	}
	if _, err := fs.Stat(frontend.Files(), "dist"); err == nil {
		t.Fatal("Files should hold what is inside dist, not dist itself")
	}
}
