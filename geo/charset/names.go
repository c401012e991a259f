package charset

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
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
		"UTF8": UTF8, "65001": UTF8, "UNICODE11UTF8": UTF8, "ASCII": ASCII, "USASCII": ASCII, "20127": ASCII,
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

// Accepted lists the names of all encodings, for an error.
func Accepted() string {
	names := []string{UTF8, ASCII}
	for _, p := range codePages() {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// ByLanguageDriver returns the decoder that byte 29 of a .dbf asks for, Unnamed
// where it asks for none. The error is a RuleUnknown fault of the file.
func ByLanguageDriver(language byte, file string) (Decoder, error) {
	page, ok := languageDrivers()[language]
	if !ok {
		return Unnamed(), nil
	}
	d, ok := Find(page, FromLanguageDriver)
	d.encoding.Given = fmt.Sprintf("0x%02X", language)
	if !ok {
		return d, unknown(file, "byte 29 (0x%02X) names code page %s, which is not read; give --encoding with one of %s", language, page, Accepted())
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
