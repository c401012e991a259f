package frontend_test

import (
	"io/fs"
	"testing"

	"oxus/frontend"
	"oxus/geo/topojson"
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

// The borders are what imports are held against.
func TestBasemapHasBorders(t *testing.T) {
	t.Parallel()
	borders, err := topojson.Lines(frontend.Basemap(), "border")
	if err != nil {
		t.Fatal(err)
	}
	vertices := 0
	for _, l := range borders {
		for _, p := range l {
			if p[0] < 55 || p[0] > 80 || p[1] < 29 || p[1] > 45 {
				t.Fatalf("a border runs through %v, outside the basemap", p)
			}
			vertices++
		}
	}
	if len(borders) < 44 || vertices < 5000 {
		t.Errorf("%d borders with %d vertices; there should be more", len(borders), vertices)
	}
}
