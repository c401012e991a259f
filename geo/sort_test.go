package geo_test

import (
	"slices"
	"strings"
	"testing"

	"oxus/geo"
)

// What is taken names sortables, each once, and is the same when it is written again.
func FuzzParseSort(f *testing.F) {
	for _, text := range []string{"status,-name_en", "+id", " id", "-", "", "id,id", "valid_from,valid_to,built_year,mode", "-id\x00", "--id", strings.Repeat("id,", 9)} {
		f.Add(text)
	}
	c, err := geo.Border().Collection("crossings")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := c.ParseSort(text)
		if err != nil {
			return
		}
		parts, seen := make([]string, len(keys)), map[string]bool{}
		for i, key := range keys {
			if _, can := c.Sortables()[key.Name]; !can || seen[key.Name] {
				t.Errorf("%q is taken and orders by %q", text, key.Name)
			}
			seen[key.Name] = true
			parts[i] = key.Name
			if key.Descending {
				parts[i] = "-" + key.Name
			}
		}
		again, err := c.ParseSort(strings.Join(parts, ","))
		if err != nil || !slices.Equal(again, keys) {
			t.Errorf("%q is %v, written again %v, %v", text, keys, again, err)
		}
	})
}
