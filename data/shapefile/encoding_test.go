package shapefile_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"oxus/data/shapefile"
	"oxus/geo"
	"oxus/geo/charset"
)

const khorugh, kunduz = "Хорог", "قندوز"

func encoded(t *testing.T, page *charmap.Charmap, text string) string {
	t.Helper()
	s, err := page.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// named opens one record with the text, the bytes of a .cpg ("" for none) and a
// language driver.
func named(t *testing.T, text, cpg string, language byte, override string) (*shapefile.Layer, error) {
	t.Helper()
	width := byte(len(text))
	files := map[string][]byte{
		"a.shp": shp(1, pointShape(1, 2)),
		"a.dbf": dbfClaiming(1, language, []column{{"NAME", 'C', width, 0}}, " "+text),
	}
	if cpg != "" {
		files["a.cpg"] = []byte(cpg)
	}
	return openOne(t, filepath.Join(write(t, files), "a.shp"), shapefile.Options{Encoding: override})
}

func TestEncodings(t *testing.T) {
	cp1251, cp866 := encoded(t, charmap.Windows1251, khorugh), encoded(t, charmap.CodePage866, khorugh)
	cp1256 := encoded(t, charmap.Windows1256, kunduz)
	cases := []struct {
		text, cpg string
		language  byte
		override  string
		want      string
		name      string
		origin    charset.Origin
	}{
		{khorugh, "UTF-8", 0, "", khorugh, "UTF-8", charset.FromCpg},
		{khorugh, "utf8", 0, "", khorugh, "UTF-8", charset.FromCpg},
		{khorugh, "65001\n", 0, "", khorugh, "UTF-8", charset.FromCpg},
		{khorugh, "CP65001", 0, "", khorugh, "UTF-8", charset.FromCpg},
		{khorugh, "\xef\xbb\xbfUTF-8\x00", 0, "", khorugh, "UTF-8", charset.FromCpg},
		{cp1251, "1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "CP1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "cp-1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "windows-1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "Windows 1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "ANSI 1251", 0, "", khorugh, "windows-1251", charset.FromCpg},
		{cp866, "OEM 866", 0, "", khorugh, "IBM866", charset.FromCpg},
		{cp866, "866", 0, "", khorugh, "IBM866", charset.FromCpg},
		{cp866, "CP866", 0, "", khorugh, "IBM866", charset.FromCpg},
		{cp866, "IBM866", 0, "", khorugh, "IBM866", charset.FromCpg},
		{cp1256, "1256", 0, "", kunduz, "windows-1256", charset.FromCpg},
		{"Kh\xf4r\xfbgh", "ISO-8859-1", 0, "", "Khôrûgh", "ISO-8859-1", charset.FromCpg},
		{"Kh\xf4r\xfbgh", "ISO 88591", 0, "", "Khôrûgh", "ISO-8859-1", charset.FromCpg},
		{"Kh\xf4r\xfbgh", "8859_1", 0, "", "Khôrûgh", "ISO-8859-1", charset.FromCpg},
		{"Kh\xf4r\xfbgh", "28591", 0, "", "Khôrûgh", "ISO-8859-1", charset.FromCpg},
		{encoded(t, charmap.ISO8859_5, khorugh), "88595", 0, "", khorugh, "ISO-8859-5", charset.FromCpg},
		{encoded(t, charmap.KOI8R, khorugh), "koi8-r", 0, "", khorugh, "KOI8-R", charset.FromCpg},
		{encoded(t, charmap.KOI8R, khorugh), "20866", 0, "", khorugh, "KOI8-R", charset.FromCpg},
		{cp1251, "", 0xC9, "", khorugh, "windows-1251", charset.FromLanguageDriver},
		{cp866, "", 0x26, "", khorugh, "IBM866", charset.FromLanguageDriver},
		{cp866, "", 0x65, "", khorugh, "IBM866", charset.FromLanguageDriver},
		{cp1251, "CP1251", 0x26, "", khorugh, "windows-1251", charset.FromCpg},
		{cp1251, "", 0x26, "1251", khorugh, "windows-1251", charset.FromOverride},
		{cp1251, "UTF-8", 0x26, "windows-1251", khorugh, "windows-1251", charset.FromOverride},
		{cp1251, "Klingon", 0x13, "windows-1251", khorugh, "windows-1251", charset.FromOverride},
		{"Khorugh", "", 0, "", "Khorugh", "UTF-8", charset.FromNothing},
		{khorugh, "", 0, "", khorugh, "UTF-8", charset.FromNothing},
		{khorugh, "", 0x57, "", khorugh, "UTF-8", charset.FromNothing},
		{"Khorugh", " \r\n", 0xC9, "", "Khorugh", "windows-1251", charset.FromLanguageDriver},
		{"Khorugh", "US-ASCII", 0, "", "Khorugh", "US-ASCII", charset.FromCpg},
	}
	for _, c := range cases {
		t.Run(c.name+" "+c.cpg+c.override, func(t *testing.T) {
			l, err := named(t, c.text, c.cpg, c.language, c.override)
			if err != nil {
				t.Fatal(err)
			}
			if got := mustRead(t, l)[0].Values[0]; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if e := l.Encoding(); e.Name != c.name || e.Origin != c.origin || !strings.Contains(e.String(), c.name) {
				t.Errorf("the encoding is %s", e)
			}
		})
	}
}

func TestTextThatIsNotValidIsAFaultNeverMojibake(t *testing.T) {
	cp1251 := encoded(t, charmap.Windows1251, khorugh)
	cases := map[string]struct {
		text, cpg string
		language  byte
		says      string
	}{
		"no encoding":              {cp1251, "", 0, "--encoding"},
		"GDAL's default driver":    {cp1251, "", 0x57, "--encoding"},
		"UTF-8 that is 1251":       {cp1251, "UTF-8", 0, "--encoding"},
		"UTF-8 cut":                {khorugh[:len(khorugh)-1], "UTF-8", 0, "cut in the middle"},
		"ASCII that is not":        {khorugh, "ASCII", 0, "--encoding"},
		"Latin-1 that is 866":      {encoded(t, charmap.CodePage866, khorugh), "ISO-8859-1", 0, "--encoding"},
		"1251 that is UTF-8":       {"\xd0\x98ndia", "1251", 0, "--encoding"},
		"1253 with a hole":         {"\xd2", "1253", 0, "--encoding"},
		"driver that is not right": {"\x98", "", 0xC9, "--encoding"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l, err := named(t, c.text, c.cpg, c.language, "")
			if err != nil {
				t.Fatal(err)
			}
			records, faults, err := readAll(l)
			if err != nil || len(records) != 0 || len(faults) != 1 || faults[0].Rule != charset.RuleText || faults[0].Place.Field != "NAME" {
				t.Fatal(records, faults, err)
			}
			if !strings.Contains(faults[0].Detail, c.says) {
				t.Errorf("%q does not say %q", faults[0].Detail, c.says)
			}
		})
	}
}

func TestUnknownEncodingIsNamed(t *testing.T) {
	for _, c := range []struct {
		cpg      string
		language byte
		override string
		says     string
	}{
		{"Klingon", 0, "", "Klingon"},
		{"Big5", 0, "", "Big5"},
		{"../../etc/passwd", 0, "", "passwd"},
		{"1251", 0, "Klingon", "Klingon"},
		{"кодировка 1251", 0, "", "1251"},
		{"", 0x13, "", "932"},
		{"", 0x4F, "", "950"},
	} {
		_, err := named(t, "x", c.cpg, c.language, c.override)
		wantRule(t, err, charset.RuleUnknown)
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "windows-1251") {
			t.Errorf("%v does not name %s and what is accepted", err, c.says)
		}
	}
	_, err := named(t, "x", strings.Repeat("x", 1<<20), 0, "")
	wantRule(t, err, charset.RuleUnknown)
}

// Every name that an error offers is a name that is taken, and means itself.
func TestOfferedEncodingsAreTaken(t *testing.T) {
	_, err := named(t, "x", "Klingon", 0, "")
	_, list, _ := strings.Cut(err.Error(), "one of ")
	list, _, _ = strings.Cut(list, " (")
	names := strings.Split(list, ", ")
	if len(names) < 35 {
		t.Fatal(names)
	}
	for _, name := range names {
		l, err := named(t, "x", "", 0, name)
		if err != nil || l.Encoding().Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFieldNamesAreDecoded(t *testing.T) {
	cyrillic := encoded(t, charmap.Windows1251, "НАЗВАНИЕ")
	table := func(name string) []byte { return dbf([]column{{name, 'C', 4, 0}}, " abcd") }
	l, err := loose(t, shp(1, pointShape(1, 2)), table(cyrillic), shapefile.Options{Encoding: "1251"})
	if err != nil || l.Fields()[0].Name != "НАЗВАНИЕ" {
		t.Error(l, err)
	}
	_, err = loose(t, shp(1, pointShape(1, 2)), table(cyrillic), shapefile.Options{})
	wantRule(t, err, charset.RuleText)
	// Ten bytes hold "aНазв" and half of the next letter.
	l, err = loose(t, shp(1, pointShape(1, 2)), table("aНазвание"[:10]), shapefile.Options{Encoding: "UTF-8"})
	if err != nil || l.Fields()[0].Name != "aНазв" {
		t.Error(l, err)
	}
}

// A layer offers what its texts may be in where they are not in what the file
// names, and never reads by it.
func TestGuess(t *testing.T) {
	cp1251, cp866 := encoded(t, charmap.Windows1251, khorugh), encoded(t, charmap.CodePage866, khorugh)
	for name, c := range map[string]struct {
		text, cpg string
		language  byte
		want      string
	}{
		"names nothing":       {cp1251, "", 0, "windows-1251"},
		"names GDAL's 0x57":   {cp866, "", 0x57, "IBM866"},
		"is what it names":    {cp1251, "1251", 0, ""},
		"is ASCII":            {"Khorugh", "", 0, ""},
		"names UTF-8":         {cp1251, "UTF-8", 0, "windows-1251"},
		"has a lying byte 29": {"Ишкошим", "", 0xC9, "UTF-8"},
	} {
		l, err := named(t, c.text, c.cpg, c.language, "")
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := l.Guess()
		if err != nil || (len(got) == 0) != (c.want == "") || len(got) > 0 && got[0].Name != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if records, _, _ := readAll(l); (len(records) == 0) != (c.want != "") {
			t.Errorf("%s: %d records are read", name, len(records))
		}
	}
}

func TestFieldNamesThatCannotBeReadCarryTheGuess(t *testing.T) {
	table := dbf([]column{{encoded(t, charmap.Windows1251, "НАЗВАНИЕ"), 'C', 5, 0}}, " "+encoded(t, charmap.Windows1251, khorugh))
	_, err := loose(t, shp(1, pointShape(1, 2)), table, shapefile.Options{})
	var doubt *charset.Doubtful
	if !errors.As(err, &doubt) || doubt.Candidates[0].Name != "windows-1251" || doubt.Candidates[0].Samples[1] != khorugh {
		t.Fatalf("%v", err)
	}
	if geo.KindOf(err) != geo.Invalid {
		t.Errorf("%v is not the file's fault", err)
	}
}

func TestLostLettersAreTold(t *testing.T) {
	l, err := named(t, encoded(t, charmap.Windows1251, "То?икистон"), "1251", 0, "")
	if err != nil {
		t.Fatal(err)
	}
	mustRead(t, l)
	if notes := strings.Join(l.Notes(), "\n"); !strings.Contains(notes, "texts: windows-1251") || !strings.Contains(notes, "То?икистон") {
		t.Errorf("told: %s", notes)
	}
}

func TestTextsThatAreUTF8AfterAllAreTold(t *testing.T) {
	for text, told := range map[string]bool{khorugh: true, encoded(t, charmap.Windows1251, khorugh): false, "Khorugh": false} {
		l, err := named(t, text, "", 0xC9, "")
		if err != nil {
			t.Fatal(err)
		}
		mustRead(t, l)
		if notes := strings.Join(l.Notes(), "\n"); strings.Contains(notes, "--encoding UTF-8") != told {
			t.Errorf("%q: told %s", text, notes)
		}
	}
}
