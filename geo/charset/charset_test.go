package charset_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/charmap"

	"oxus/geo"
	"oxus/geo/charset"
)

func TestReaderDecodesOrNamesTheByte(t *testing.T) {
	for _, c := range []struct{ encoding, raw, want, says string }{
		{"UTF-8", "Хорог", "Хорог", ""},
		{"windows-1251", "\xd5\xee\xf0\xee\xe3", "Хорог", ""},
		{"windows-1251", strings.Repeat("\xd5", 10_000), strings.Repeat("Х", 10_000), ""},
		{"windows-1251", "Khorugh \xd5\x98", "Khorugh Х", "0x98 at 9"},
		{"ISO-8859-1", "\x85", "", "0x85 at 0"},
	} {
		d, ok := charset.Find(c.encoding, charset.FromOverride)
		if !ok {
			t.Fatal(c.encoding)
		}
		for _, source := range []io.Reader{strings.NewReader(c.raw), iotest.OneByteReader(strings.NewReader(c.raw))} {
			got, err := io.ReadAll(d.Reader(source, "a.kml"))
			if string(got) != c.want || (err == nil) != (c.says == "") {
				t.Errorf("%s: %.60q, %v", c.encoding, got, err)
			}
			if err != nil && (geo.KindOf(err) != geo.Invalid || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "a.kml")) {
				t.Errorf("%s: %v does not say %q", c.encoding, err, c.says)
			}
		}
	}
}

func TestDoubtCarriesTheGuess(t *testing.T) {
	raw := in(t, charmap.Windows1251, texts["russian"])
	err := charset.Unnamed().Doubt(raw, geo.Place{File: "a.csv", Line: 2})
	var doubt *charset.Doubtful
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" {
		t.Fatalf("%#v", err)
	}
	var invalid *geo.Error
	if !errors.As(err, &invalid) || invalid.Faults[0].Rule != charset.RuleText || !strings.Contains(err.Error(), "a.csv:2") {
		t.Errorf("%v", err)
	}
	if err := charset.Unnamed().Doubt([][]byte{[]byte("Хорог")}, geo.Place{}); err != nil {
		t.Errorf("doubts UTF-8: %v", err)
	}
}

// FuzzGuess holds that bytes of any kind give candidates of which each reads
// them, or none.
func FuzzGuess(f *testing.F) {
	f.Add([]byte("\xd5\xee\xf0\xee\xe3"))
	f.Add([]byte("Хорог\xff"))
	f.Add([]byte("\x8d\xa0\xe0\x98\x81"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, c := range charset.Guess([][]byte{raw}) {
			if _, ok := charset.Find(c.Name, charset.FromOverride); !ok || c.Score < 0 || c.Score > 1 || len(c.Samples) != 1 {
				t.Errorf("%#v", c)
			}
			charset.Lost(c.Name, c.Samples)
		}
	})
}
