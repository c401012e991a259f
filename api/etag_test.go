package api

import "testing"

func TestHasTag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header string
		want   bool
	}{
		{`"2"`, true},
		{`W/"2"`, true},
		{`"2-gzip"`, true},
		{`"2-zstd"`, true}, // what browsers were answered with
		{`"1", "2-zstd"`, true},
		{`"3-zstd"`, false},
		{`"2-br"`, false},
		{`*`, false},
		{``, false},
	} {
		if got := hasTag(c.header, `"2"`); got != c.want {
			t.Errorf("%s has the tag \"2\": %t, want %t", c.header, got, c.want)
		}
	}
}
