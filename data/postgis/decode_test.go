package postgis

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"github.com/paulmach/orb"
)

// listOf is a list of texts in PostgreSQL's binary format.
func listOf(members ...string) []byte {
	raw := binary.BigEndian.AppendUint32(nil, 1)
	raw = append(raw, 0, 0, 0, 0, 0, 0, 0, 25)
	raw = binary.BigEndian.AppendUint32(raw, uint32(len(members)))
	raw = append(raw, 0, 0, 0, 1)
	for _, m := range members {
		raw = append(binary.BigEndian.AppendUint32(raw, uint32(len(m))), m...)
	}
	return raw
}

func TestRowReaderReadsLists(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want []string
	}{
		"null":            {nil, nil},
		"of nothing":      {make([]byte, 12), []string{}},
		"of one":          {listOf("a"), []string{"a"}},
		"with a blank":    {listOf("", "ғ"), []string{"", "ғ"}},
		"of many members": {listOf(strings.Split(strings.Repeat("x ", 500), " ")...), strings.Split(strings.Repeat("x ", 500), " ")},
	} {
		r := rowReader{columns: [][]byte{c.raw}}
		if got := r.list(); !reflect.DeepEqual(got, c.want) || r.failed != nil {
			t.Errorf("a list %s: %q, %v", name, got, r.failed)
		}
	}
}

// Nothing that is cut off is read as something.
func TestRowReaderRefusesWhatIsShort(t *testing.T) {
	list := listOf("one", "two")
	for size := range len(list) {
		r := rowReader{columns: [][]byte{list[:size]}}
		if got := r.list(); r.failed == nil {
			t.Errorf("%d bytes of a list are %q", size, got)
		}
	}
	for name, read := range map[string]func(r *rowReader){
		"a number":   func(r *rowReader) { r.integer() },
		"a day":      func(r *rowReader) { r.partial() },
		"a geometry": func(r *rowReader) { r.geometry() },
	} {
		r := rowReader{columns: [][]byte{{1, 1}, []byte("day")}}
		if read(&r); r.failed == nil {
			t.Errorf("two bytes are %s", name)
		}
		r = rowReader{}
		if read(&r); r.failed == nil {
			t.Errorf("no column is %s", name)
		}
	}
}

func TestRowReaderReadsGeometries(t *testing.T) {
	for _, want := range []orb.Geometry{
		orb.Point{70.123, -38.5}, orb.LineString{{1, 2}, {3, 4}}, orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
	} {
		raw, err := encoded(want)
		if err != nil {
			t.Fatal(err)
		}
		r := rowReader{columns: [][]byte{raw}}
		if got := r.geometry(); !reflect.DeepEqual(got, want) || r.failed != nil {
			t.Errorf("%v is read as %v, %v", want, got, r.failed)
		}
	}
}
