package shapefile_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"oxus/data/shapefile"
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
		origin    shapefile.Origin
	}{
		{khorugh, "UTF-8", 0, "", khorugh, "UTF-8", shapefile.FromCpg},
		{khorugh, "utf8", 0, "", khorugh, "UTF-8", shapefile.FromCpg},
		{khorugh, "65001\n", 0, "", khorugh, "UTF-8", shapefile.FromCpg},
		{khorugh, "CP65001", 0, "", khorugh, "UTF-8", shapefile.FromCpg},
		{khorugh, "\xef\xbb\xbfUTF-8\x00", 0, "", khorugh, "UTF-8", shapefile.FromCpg},
		{cp1251, "1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "CP1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "cp-1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "windows-1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "Windows 1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "ANSI 1251", 0, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp866, "OEM 866", 0, "", khorugh, "IBM866", shapefile.FromCpg},
		{cp866, "866", 0, "", khorugh, "IBM866", shapefile.FromCpg},
		{cp866, "CP866", 0, "", khorugh, "IBM866", shapefile.FromCpg},
		{cp866, "IBM866", 0, "", khorugh, "IBM866", shapefile.FromCpg},
		{cp1256, "1256", 0, "", kunduz, "windows-1256", shapefile.FromCpg},
		{"Kh\xf4r\xfbgh", "ISO-8859-1", 0, "", "Khôrûgh", "ISO-8859-1", shapefile.FromCpg},
		{"Kh\xf4r\xfbgh", "ISO 88591", 0, "", "Khôrûgh", "ISO-8859-1", shapefile.FromCpg},
		{"Kh\xf4r\xfbgh", "8859_1", 0, "", "Khôrûgh", "ISO-8859-1", shapefile.FromCpg},
		{"Kh\xf4r\xfbgh", "28591", 0, "", "Khôrûgh", "ISO-8859-1", shapefile.FromCpg},
		{encoded(t, charmap.ISO8859_5, khorugh), "88595", 0, "", khorugh, "ISO-8859-5", shapefile.FromCpg},
		{encoded(t, charmap.KOI8R, khorugh), "koi8-r", 0, "", khorugh, "KOI8-R", shapefile.FromCpg},
		{encoded(t, charmap.KOI8R, khorugh), "20866", 0, "", khorugh, "KOI8-R", shapefile.FromCpg},
		{cp1251, "", 0xC9, "", khorugh, "windows-1251", shapefile.FromLanguageDriver},
		{cp866, "", 0x26, "", khorugh, "IBM866", shapefile.FromLanguageDriver},
		{cp866, "", 0x65, "", khorugh, "IBM866", shapefile.FromLanguageDriver},
		{cp1251, "CP1251", 0x26, "", khorugh, "windows-1251", shapefile.FromCpg},
		{cp1251, "", 0x26, "1251", khorugh, "windows-1251", shapefile.FromOverride},
		{cp1251, "UTF-8", 0x26, "windows-1251", khorugh, "windows-1251", shapefile.FromOverride},
		{cp1251, "Klingon", 0x13, "windows-1251", khorugh, "windows-1251", shapefile.FromOverride},
		{"Khorugh", "", 0, "", "Khorugh", "UTF-8", shapefile.FromNothing},
		{khorugh, "", 0, "", khorugh, "UTF-8", shapefile.FromNothing},
		{khorugh, "", 0x57, "", khorugh, "UTF-8", shapefile.FromNothing},
		{"Khorugh", " \r\n", 0xC9, "", "Khorugh", "windows-1251", shapefile.FromLanguageDriver},
		{"Khorugh", "US-ASCII", 0, "", "Khorugh", "US-ASCII", shapefile.FromCpg},
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
			if err != nil || len(records) != 0 || len(faults) != 1 || faults[0].Rule != shapefile.RuleText || faults[0].Place.Field != "NAME" {
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
		wantRule(t, err, shapefile.RuleEncoding)
		if !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "windows-1251") {
			t.Errorf("%v does not name %s and what is accepted", err, c.says)
		}
	}
	_, err := named(t, "x", strings.Repeat("x", 1<<20), 0, "")
	wantRule(t, err, shapefile.RuleEncoding)
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
	wantRule(t, err, shapefile.RuleText)
	// Ten bytes hold "aНазв" and half of the next letter.
	l, err = loose(t, shp(1, pointShape(1, 2)), table("aНазвание"[:10]), shapefile.Options{Encoding: "UTF-8"})
	if err != nil || l.Fields()[0].Name != "aНазв" {
		t.Error(l, err)
	}
}
