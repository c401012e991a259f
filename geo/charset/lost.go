package charset

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Loss is a sign in a text that letters of it were lost, "" for none.
type Loss string

// The signs.
const (
	// Replaced: the character that stands for what could not be decoded.
	Replaced Loss = "replacement characters"
	// Marked: question marks within words or where a word begins.
	Marked Loss = "question marks in words"
	// Spelt: Tajik words spelt with the nearest Russian letters.
	Spelt Loss = "Tajik words in Russian letters"
	// Drawn: the Macedonian and Ukrainian letters in whose place old fonts drew Tajik
	// ones.
	Drawn Loss = "letters that old Tajik fonts draw as others"
)

// LossIn returns the first sign that a text shows. Plain ASCII, which most texts are,
// shows none but question marks.
func LossIn(text string) Loss {
	switch {
	case plain(text):
		return ""
	case strings.ContainsRune(text, utf8.RuneError):
		return Replaced
	case strings.ContainsRune(text, '?') && marks.MatchString(withoutAddresses(text)):
		return Marked
	case speltInRussian(text):
		return Spelt
	case oldFonts.MatchString(text):
		return Drawn
	default:
		return ""
	}
}

// plain reports whether a text is ASCII without question marks.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf || text[i] == '?' {
			return false
		}
	}
	return true
}

// Lost says, one sentence each, what texts show of letters that their encoding
// could not hold. It returns nil when nothing shows.
func Lost(encoding string, texts []string) []string {
	shown := map[Loss]*found{}
	for _, text := range texts {
		if sign := LossIn(text); sign != "" {
			if shown[sign] == nil {
				shown[sign] = &found{}
			}
			shown[sign].see(text)
		}
	}
	var advice []string
	for _, told := range []struct {
		sign Loss
		what string
	}{
		{Replaced, ": letters were lost when the text was converted. " + lacks(encoding)},
		{Marked, ": a letter was lost there. " + lacks(encoding)},
		{Spelt, ". " + lacks(encoding)},
		{Drawn, " (Ѓ as Ғ, Ї as Ӣ, Ќ as Қ, Ў as Ӯ, Њ as Ҳ, Љ as Ҷ): write the right letters in the file"},
	} {
		if f := shown[told.sign]; f != nil {
			advice = append(advice, fmt.Sprintf("%s %s, for instance %q%s", f.have(), told.sign, f.example, told.what))
		}
	}
	return advice
}

// Watch keeps the texts of a reading that Lost has something to say of. The
// zero value is ready.
type Watch struct{ suspects []string }

// mostSuspects bounds what a Watch keeps of a file of any size.
const mostSuspects = 1000

// See looks at one text. Most are passed by at the price of a search for a
// question mark, a replacement character and letters beyond ASCII.
func (w *Watch) See(text string) {
	if len(w.suspects) == mostSuspects || len(text) > 64<<10 {
		return
	}
	suspicious := func(r rune) bool { return r == '?' || r == utf8.RuneError || unicode.Is(unicode.Cyrillic, r) }
	if strings.ContainsFunc(text, suspicious) && LossIn(text) != "" {
		w.suspects = append(w.suspects, text)
	}
}

// Advice is what Lost says of the texts seen.
func (w *Watch) Advice(encoding string) []string { return Lost(encoding, w.suspects) }

// found counts texts and keeps the first as an example.
type found struct {
	count   int
	example string
}

func (f *found) see(text string) {
	if f.count++; f.count == 1 {
		f.example = shorten(text)
	}
}

func (f *found) have() string {
	if f.count == 1 {
		return "one text has"
	}
	return fmt.Sprintf("%d texts have", f.count)
}

func shorten(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

var (
	marks    = regexp.MustCompile(`\pL\?+\pL|(?:^|\s)\?+\pL|\?{3,}`)
	oldFonts = regexp.MustCompile(`[ЉљЊњЌќЃѓ]`)
)

// withoutAddresses leaves out words that are addresses, which have question marks by
// right.
func withoutAddresses(text string) string {
	words := strings.Fields(text)
	kept := words[:0]
	for _, w := range words {
		if !strings.Contains(w, "://") && !strings.HasPrefix(w, "www.") && !strings.ContainsAny(w, "=&") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// russianSpellings are frequent Tajik words with ҳ, қ, ҷ, ғ, ӣ or ӯ as they look
// in Russian letters; none is a word of Russian.
func russianSpellings() []string {
	return []string{
		"точикистон", "чумхури", "чамоат", "нохия", "нохияи", "шахри", "дехаи", "дехот", "кухи", "чануб", "гарбии", "шаркии", "киргоки", "рохи", "сархад",
		"сархади", "хукумат", "курук", "кишлоки", "мухофизат",
	}
}

func speltInRussian(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		for _, spelling := range russianSpellings() {
			if w == spelling {
				return true
			}
		}
	}
	return false
}

// lacks says which letters of Tajik and Pashto an encoding has not.
func lacks(encoding string) string {
	d, ok := Find(encoding, FromNothing)
	if !ok || d.table == nil {
		return "It was lost before the file was written; ask for one that was never in an old encoding."
	}
	var parts []string
	for _, script := range []struct{ language, letters string }{
		{"Tajik", "ҒӢҚӮҲҶ"}, {"Pashto", "ټډړږښګڼېۍځڅ"}, {"Dari", "پچژگی"},
	} {
		if missing := missingIn(d.table, script.letters); missing != "" {
			parts = append(parts, missing+" of "+script.language)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%s has no %s; ask for the file in UTF-8.", d.encoding.Name, strings.Join(parts, ", no "))
}

func missingIn(table *charmap.Charmap, letters string) string {
	var missing []string
	for _, r := range letters {
		if _, has := table.EncodeRune(r); !has {
			missing = append(missing, string(r))
		}
	}
	return strings.Join(missing, " ")
}
