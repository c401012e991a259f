package shapefile

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"oxus/geo"
)

// Origin says what named an encoding.
type Origin string

// The origins, strongest first.
const (
	// FromOverride is Options.Encoding.
	FromOverride Origin = "override"
	// FromCpg is the .cpg of the layer.
	FromCpg Origin = ".cpg"
	// FromLanguageDriver is byte 29 of the .dbf.
	FromLanguageDriver Origin = "language driver"
	// FromNothing means that the file names none: ASCII and valid UTF-8 are
	// taken, anything else is a fault that asks for an encoding.
	FromNothing Origin = "none"
)

// Encoding is how the texts of a layer are decoded.
type Encoding struct {
	// Name is the IANA name where there is one, such as "UTF-8",
	// "windows-1251" or "IBM866".
	Name   string
	Origin Origin
	// Given is what the origin said, such as "ANSI 1251" or "0xC9".
	Given string
}

// String says both, for instance "windows-1251 (.cpg: ANSI 1251)".
func (e Encoding) String() string {
	if e.Given == "" {
		return fmt.Sprintf("%s (%s)", e.Name, e.Origin)
	}
	return fmt.Sprintf("%s (%s: %s)", e.Name, e.Origin, e.Given)
}

const (
	nameUTF8  = "UTF-8"
	nameASCII = "US-ASCII"
)

// codePage is one single-byte encoding with the number it goes by in .cpg
// files and language drivers.
type codePage struct {
	number string
	name   string
	table  *charmap.Charmap
}

func codePages() []codePage {
	return []codePage{
		{"1250", "windows-1250", charmap.Windows1250},
		{"1251", "windows-1251", charmap.Windows1251},
		{"1252", "windows-1252", charmap.Windows1252},
		{"1253", "windows-1253", charmap.Windows1253},
		{"1254", "windows-1254", charmap.Windows1254},
		{"1255", "windows-1255", charmap.Windows1255},
		{"1256", "windows-1256", charmap.Windows1256},
		{"1257", "windows-1257", charmap.Windows1257},
		{"1258", "windows-1258", charmap.Windows1258},
		{"874", "windows-874", charmap.Windows874},
		{"437", "IBM437", charmap.CodePage437},
		{"850", "IBM850", charmap.CodePage850},
		{"852", "IBM852", charmap.CodePage852},
		{"855", "IBM855", charmap.CodePage855},
		{"858", "IBM00858", charmap.CodePage858},
		{"860", "IBM860", charmap.CodePage860},
		{"862", "IBM862", charmap.CodePage862},
		{"863", "IBM863", charmap.CodePage863},
		{"865", "IBM865", charmap.CodePage865},
		{"866", "IBM866", charmap.CodePage866},
		{"88591", "ISO-8859-1", charmap.ISO8859_1},
		{"88592", "ISO-8859-2", charmap.ISO8859_2},
		{"88593", "ISO-8859-3", charmap.ISO8859_3},
		{"88594", "ISO-8859-4", charmap.ISO8859_4},
		{"88595", "ISO-8859-5", charmap.ISO8859_5},
		{"88596", "ISO-8859-6", charmap.ISO8859_6},
		{"88597", "ISO-8859-7", charmap.ISO8859_7},
		{"88598", "ISO-8859-8", charmap.ISO8859_8},
		{"88599", "ISO-8859-9", charmap.ISO8859_9},
		{"885910", "ISO-8859-10", charmap.ISO8859_10},
		{"885913", "ISO-8859-13", charmap.ISO8859_13},
		{"885914", "ISO-8859-14", charmap.ISO8859_14},
		{"885915", "ISO-8859-15", charmap.ISO8859_15},
		{"885916", "ISO-8859-16", charmap.ISO8859_16},
		{"KOI8R", "KOI8-R", charmap.KOI8R},
		{"KOI8U", "KOI8-U", charmap.KOI8U},
		{"10000", "macintosh", charmap.Macintosh},
		{"10007", "x-mac-cyrillic", charmap.MacintoshCyrillic},
	}
}

// aliases are the names that the rule of canonical does not reduce to a number.
func aliases() map[string]string {
	return map[string]string{
		"UTF8": nameUTF8, "65001": nameUTF8, "UNICODE11UTF8": nameUTF8, "ASCII": nameASCII, "USASCII": nameASCII, "20127": nameASCII,
		"LATIN1": "88591", "L1": "88591", "LATIN2": "88592", "LATIN5": "88599", "CYRILLIC": "88595",
		"20866": "KOI8R", "21866": "KOI8U", "MACINTOSH": "10000", "MACROMAN": "10000",
		"28603": "885913", "28605": "885915",
		"MACCYRILLIC": "10007", "XMACCYRILLIC": "10007", "00858": "858",
	}
}

// canonical reduces "ANSI 1251", "windows-1251", "CP1251", "ISO 8859-1" or
// "OEM 866" to the number that counts.
func canonical(name string) string {
	key := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.:/", r) {
			return -1
		}
		return r
	}, strings.ToUpper(name))
	for _, prefix := range []string{"WINDOWS", "WIN", "ANSI", "OEM", "CP", "IBM", "DOS", "MSDOS", "ISO", "X"} {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			key = rest
			break
		}
	}
	if iso, ok := strings.CutPrefix(key, "2859"); ok && len(iso) == 1 {
		key = "8859" + iso
	}
	if alias, ok := aliases()[key]; ok {
		return alias
	}
	return key
}

// acceptedEncodings lists the names for an error.
func acceptedEncodings() string {
	names := []string{nameUTF8, nameASCII}
	for _, p := range codePages() {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// textDecoder decodes the texts of one layer.
type textDecoder struct {
	encoding Encoding
	// table is nil for UTF-8 and ASCII.
	table *charmap.Charmap
}

// decoderFor returns false when the name is not known.
func decoderFor(given string, origin Origin) (textDecoder, bool) {
	key := canonical(given)
	d := textDecoder{encoding: Encoding{Name: key, Origin: origin, Given: given}}
	if key == nameUTF8 || key == nameASCII {
		return d, true
	}
	for _, p := range codePages() {
		if p.number == key {
			d.encoding.Name, d.table = p.name, p.table
			return d, true
		}
	}
	return d, false
}

// chooseEncoding asks the override, the .cpg and the language driver in turn. A
// name that is not known is an error, never passed over: the text would be read
// as something it is not.
func chooseEncoding(override string, cpg *member, page string, dbf *member, language byte) (textDecoder, error) {
	if override != "" {
		d, ok := decoderFor(override, FromOverride)
		if !ok {
			return d, broken(RuleEncoding, "", "the encoding %q is not known; known are %s", showName(override), acceptedEncodings())
		}
		return d, nil
	}
	if page != "" {
		d, ok := decoderFor(page, FromCpg)
		if !ok {
			return d, broken(RuleEncoding, cpg.name, "the encoding %q is not known; give --encoding with one of %s", showName(page), acceptedEncodings())
		}
		return d, nil
	}
	return languageDecoder(dbf, language)
}

func languageDecoder(dbf *member, language byte) (textDecoder, error) {
	page, ok := languageDrivers()[language]
	if !ok {
		return textDecoder{encoding: Encoding{Name: nameUTF8, Origin: FromNothing}}, nil
	}
	d, ok := decoderFor(page, FromLanguageDriver)
	d.encoding.Given = fmt.Sprintf("0x%02X", language)
	if !ok {
		return d, broken(RuleEncoding, dbf.name, "byte 29 (0x%02X) names code page %s, which is not read; give --encoding with one of %s",
			language, page, acceptedEncodings())
	}
	return d, nil
}

// languageDrivers are the code pages of dBase's language driver numbers, as the
// dBase, FoxPro and ArcGIS documentation list them. 0x57 is left out: it means
// "the ANSI page of the computer that wrote this", which names none, and GDAL
// writes it by default.
func languageDrivers() map[byte]string {
	return map[byte]string{
		0x01: "437", 0x02: "850", 0x03: "1252", 0x04: "10000", 0x08: "865", 0x09: "437", 0x0A: "850", 0x0B: "437",
		0x0D: "437", 0x0E: "850", 0x0F: "437", 0x10: "850", 0x11: "437", 0x12: "850", 0x13: "932", 0x14: "850",
		0x15: "437", 0x16: "850", 0x17: "865", 0x18: "437", 0x19: "437", 0x1A: "850", 0x1B: "437", 0x1C: "863",
		0x1D: "850", 0x1F: "852", 0x22: "852", 0x23: "852", 0x24: "860", 0x25: "850", 0x26: "866", 0x37: "850",
		0x40: "852", 0x4D: "936", 0x4E: "949", 0x4F: "950", 0x50: "874", 0x58: "1252", 0x59: "1252", 0x64: "852",
		0x65: "866", 0x66: "865", 0x67: "861", 0x68: "895", 0x69: "620", 0x6A: "737", 0x6B: "857", 0x6C: "863",
		0x78: "950", 0x79: "949", 0x7A: "936", 0x7B: "932", 0x7C: "874", 0x7D: "1255", 0x7E: "1256", 0x86: "737",
		0x87: "852", 0x88: "857", 0x96: "10007", 0x97: "10029", 0xC8: "1250", 0xC9: "1251", 0xCA: "1254",
		0xCB: "1253", 0xCC: "1257",
	}
}

// decode turns bytes into text, or says why they are not valid in the encoding.
func (d textDecoder) decode(raw []byte) (string, *geo.Fault) {
	if isASCII(raw) {
		return string(raw), nil
	}
	if d.table != nil {
		return d.decodeTable(raw)
	}
	if d.encoding.Name == nameUTF8 && utf8.Valid(raw) {
		return string(raw), nil
	}
	return "", d.fault(raw)
}

// decodeTable refuses bytes the page leaves undefined. They come out as the
// replacement character or as C1 controls, which no text in a table has: they
// show that the file is not in the encoding it names.
func (d textDecoder) decodeTable(raw []byte) (string, *geo.Fault) {
	var b strings.Builder
	for _, c := range raw {
		r := d.table.DecodeByte(c)
		if r == utf8.RuneError || r >= 0x80 && r < 0xA0 {
			return "", d.fault(raw)
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

func (d textDecoder) fault(raw []byte) *geo.Fault {
	shown := raw[:min(len(raw), 40)]
	switch {
	case d.encoding.Origin == FromNothing:
		return faultf(RuleText, "the text %+q is not UTF-8, and the file names no encoding; give --encoding, for instance windows-1251", shown)
	case d.encoding.Name == nameUTF8 && utf8.Valid(wholeRunes(raw)):
		return faultf(RuleText, "the text %q was cut in the middle of a letter", wholeRunes(shown))
	}
	return faultf(RuleText, "the text %+q is not valid in %s; give --encoding with the right one", shown, d.encoding)
}

// wholeRunes takes off the start of a UTF-8 letter that lost its end.
func wholeRunes(raw []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(raw); i++ {
		if tail := raw[len(raw)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return raw[:len(raw)-i]
			}
			break
		}
	}
	return raw
}

// fieldName decodes the name of a field. Programs cut names at ten bytes, in
// the middle of a letter if need be; the rest of that letter is dropped.
func (d textDecoder) fieldName(raw string) (string, *geo.Fault) {
	b := []byte(raw)
	if d.table == nil && len(raw) >= fieldNameBytes-1 {
		b = wholeRunes(b)
	}
	return d.decode(b)
}

func isASCII(raw []byte) bool {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
