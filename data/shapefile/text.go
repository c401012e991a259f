package shapefile

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// chooseEncoding asks the override, the .cpg and the language driver in turn. A
// name that is not known is an error, never passed over: the text would be read
// as something it is not.
func chooseEncoding(override string, cpg *archive.Member, page string, dbf *archive.Member, language byte) (charset.Decoder, error) {
	switch {
	case override != "":
		return charset.Named(override, charset.FromOverride, "")
	case page != "":
		return charset.Named(page, charset.FromCpg, cpg.Name)
	}
	return charset.ByLanguageDriver(language, dbf.Name)
}

// decodeName decodes the name of a field. Programs cut names at ten bytes, in
// the middle of a letter if need be; the rest of that letter is dropped.
func decodeName(d charset.Decoder, raw string) (string, *geo.Fault) {
	b := []byte(raw)
	if !d.SingleByte() && len(raw) >= fieldNameBytes-1 {
		b = charset.WholeLetters(b)
	}
	return d.Decode(b)
}

// mostTexts is how many texts of each kind a guess is made from.
const mostTexts = 200

// unread gathers what a guess is made from.
type unread struct {
	text charset.Decoder
	// invalid texts are not valid in the encoding, others are and have more than
	// ASCII.
	invalid, others [][]byte
}

func (u *unread) add(raw []byte) {
	if _, fault := u.text.Decode(raw); fault != nil {
		u.invalid = append(u.invalid, bytes.Clone(raw))
		return
	}
	if len(u.others) < mostTexts && beyondASCII(raw) {
		u.others = append(u.others, bytes.Clone(raw))
	}
}

// Guess ranks the encodings that the texts of the layer may be in. It is empty
// where every text is valid in the encoding that the file or the options name;
// where some are not, for instance because byte 29 of the .dbf lies, it is made
// from those and others beyond ASCII. It is for a person to confirm: Records
// never decodes by it. Guess reads the .dbf from its start.
func (l *Layer) Guess() ([]charset.Candidate, error) {
	u := unread{text: l.text}
	for _, name := range l.names {
		u.add([]byte(name))
	}
	if err := l.readTexts(&u); err != nil {
		return nil, err
	}
	if len(u.invalid) == 0 {
		return nil, nil
	}
	return charset.Guess(append(u.invalid, u.others...)), nil
}

// readTexts stops where there are enough invalid texts, or where the file
// breaks: what breaks it, Records says.
func (l *Layer) readTexts(u *unread) error {
	rows, err := openRows(l.dbf, l.table)
	if err != nil {
		return notInvalid(err)
	}
	defer rows.Close()
	for number := 0; number < l.table.records && len(u.invalid) < mostTexts; number++ {
		row, err := rows.next()
		if err != nil {
			return notInvalid(err)
		}
		for _, f := range l.table.fields {
			if f.kind == 'C' {
				u.add(textOf(row[f.offset : f.offset+f.width]))
			}
		}
	}
	return nil
}

func notInvalid(err error) error {
	if geo.KindOf(err) == geo.Invalid {
		return nil
	}
	return err
}

// nameFields decodes the names of the fields. Where they are not valid, the
// error carries the guess.
func (l *Layer) nameFields() error {
	for _, f := range l.table.fields {
		l.names = append(l.names, f.name)
	}
	err := decodeFieldNames(l.table.fields, l.text, l.dbf.Name)
	var invalid *geo.Error
	if !errors.As(err, &invalid) {
		return err
	}
	candidates, failed := l.Guess()
	switch {
	case failed != nil:
		return failed
	case len(candidates) == 0:
		return err
	}
	return &charset.Doubtful{Err: invalid, Candidates: candidates}
}

// Notes tells how the texts were decoded, and what the last reading of Records
// left out, set right or saw of letters that were lost before.
func (l *Layer) Notes() []string {
	notes := []string{"texts: " + l.text.Encoding().String()}
	for _, told := range []struct {
		count int
		what  string
	}{
		{l.tally.Deleted, "records are marked deleted and left out"},
		{l.tally.FlatRings, "rings without an area were left out"},
		{l.tally.LooseHoles, "holes outside every ring became areas"},
		{l.tally.Reversed, "areas wound the wrong way round were turned"},
	} {
		if told.count > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", told.count, told.what))
		}
	}
	if l.text.SingleByte() && l.doubts.telling > 0 && l.doubts.telling == l.doubts.valid {
		notes = append(notes, "every text beyond ASCII is valid UTF-8, which texts in "+l.text.Encoding().Name+" never are: look at them, and give --encoding UTF-8")
	}
	return append(notes, l.lost.Advice(l.text.Encoding().Name)...)
}

// mojibake counts texts beyond ASCII, and those of them that are valid UTF-8: a
// file that names another encoding for them lies.
type mojibake struct{ telling, valid int }

func (m *mojibake) see(raw []byte) {
	if !beyondASCII(raw) {
		return
	}
	m.telling++
	if utf8.Valid(raw) {
		m.valid++
	}
}

func beyondASCII(raw []byte) bool {
	return bytes.ContainsFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf })
}
