// Package charset knows the encodings that texts of maps come in: their names
// in .cpg files, dBase tables and XML declarations, what their bytes mean, and
// what they cannot hold.
//
// Where a file names no encoding, or its texts are not in the one it names,
// [Guess] ranks what they may be in. A guess is for a person to confirm: nothing
// here, and no reader of files, ever decodes by one.
//
// What is not here: encodings of several bytes a letter other than UTF-8.
package charset

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"oxus/geo"
)

// The rules of texts.
const (
	// RuleUnknown breaks a file whose encoding is named but not known.
	RuleUnknown geo.Rule = "unknown-encoding"
	// RuleText breaks a text that is not valid in its encoding.
	RuleText geo.Rule = "text-encoding"
)

// Origin says what named an encoding.
type Origin string

// The origins. Of a shapefile the first three count in this order.
const (
	// FromOverride is what the reader of the file was told.
	FromOverride Origin = "override"
	// FromCpg is the .cpg of a shapefile.
	FromCpg Origin = ".cpg"
	// FromLanguageDriver is byte 29 of a .dbf.
	FromLanguageDriver Origin = "language driver"
	// FromDeclaration is what an XML document says of itself.
	FromDeclaration Origin = "declaration"
	// FromMark is a byte order mark.
	FromMark Origin = "byte order mark"
	// FromNothing means that the file names none: ASCII and valid UTF-8 are
	// taken, anything else is a fault that asks for an encoding.
	FromNothing Origin = "none"
)

// Encoding is how the texts of a file are decoded.
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

// The names of the encodings without a table.
const (
	UTF8  = "UTF-8"
	ASCII = "US-ASCII"
)

// Decoder decodes texts of one encoding. The zero value is not used; make one
// with Find, ByLanguageDriver or Unnamed.
type Decoder struct {
	encoding Encoding
	// table is nil for UTF-8 and ASCII.
	table *charmap.Charmap
}

// Unnamed decodes the texts of a file that names no encoding: as UTF-8, if they
// are that.
func Unnamed() Decoder { return Decoder{encoding: Encoding{Name: UTF8, Origin: FromNothing}} }

// Find returns the decoder of a named encoding: any name of a .cpg, an XML
// declaration or a person, such as "UTF-8", "windows-1251", "ANSI 1251" or
// "866". It returns false when the name is not known.
func Find(given string, origin Origin) (Decoder, bool) {
	key := canonical(given)
	d := Decoder{encoding: Encoding{Name: key, Origin: origin, Given: given}}
	if key == UTF8 || key == ASCII {
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

// Named is Find with the refusal in words, as a RuleUnknown fault of a file.
func Named(given string, origin Origin, file string) (Decoder, error) {
	d, ok := Find(given, origin)
	if ok {
		return d, nil
	}
	if origin == FromOverride {
		return d, unknown("", "the encoding %q is not known; known are %s", Show(given), Accepted())
	}
	return d, unknown(file, "the encoding %q is not known; give --encoding with one of %s", Show(given), Accepted())
}

func unknown(file, format string, args ...any) error {
	return geo.Faulty([]geo.Fault{{Rule: RuleUnknown, Place: geo.Place{File: file}, Detail: fmt.Sprintf(format, args...)}})
}

// Encoding tells how texts are decoded and what said so.
func (d Decoder) Encoding() Encoding { return d.encoding }

// SingleByte reports whether each byte is a letter, so that a text can be cut
// anywhere.
func (d Decoder) SingleByte() bool { return d.table != nil }

// Decode turns bytes into text, or says with RuleText why they are not valid in
// the encoding.
func (d Decoder) Decode(raw []byte) (string, *geo.Fault) {
	if isASCII(raw) {
		return string(raw), nil
	}
	if d.table != nil {
		return d.decodeTable(raw)
	}
	if d.encoding.Name == UTF8 && utf8.Valid(raw) {
		return string(raw), nil
	}
	return "", d.fault(raw)
}

// decodeTable refuses bytes the page leaves undefined. They come out as the
// replacement character or as C1 controls, which no text in a table has: they
// show that the file is not in the encoding it names.
func (d Decoder) decodeTable(raw []byte) (string, *geo.Fault) {
	text, ok := decodeBytes(d.table, raw)
	if !ok {
		return "", d.fault(raw)
	}
	return text, nil
}

func decodeBytes(table *charmap.Charmap, raw []byte) (string, bool) {
	var b strings.Builder
	for _, c := range raw {
		r := table.DecodeByte(c)
		if isUndefined(r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), true
}

func isUndefined(r rune) bool { return r == utf8.RuneError || r >= 0x80 && r < 0xA0 }

func (d Decoder) fault(raw []byte) *geo.Fault {
	shown := raw[:min(len(raw), 40)]
	faultf := func(format string, args ...any) *geo.Fault {
		return &geo.Fault{Rule: RuleText, Detail: fmt.Sprintf(format, args...)}
	}
	switch {
	case d.encoding.Origin == FromNothing:
		return faultf("the text %+q is not UTF-8, and the file names no encoding; give --encoding, for instance windows-1251", shown)
	case d.encoding.Name == UTF8 && utf8.Valid(WholeLetters(raw)):
		return faultf("the text %q was cut in the middle of a letter", WholeLetters(shown))
	}
	return faultf("the text %+q is not valid in %s; give --encoding with the right one", shown, d.encoding)
}

// WholeLetters takes off the start of a UTF-8 letter that lost its end.
func WholeLetters(raw []byte) []byte {
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

func isASCII(raw []byte) bool {
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Show makes foreign text fit to be shown in an error: no control characters,
// valid UTF-8, and not so long that it floods the report.
func Show(text string) string {
	const most = 200
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, text), "\uFFFD")
}
