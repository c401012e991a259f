package charset

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
)

// Lost says, one sentence each, what texts show of letters that their encoding
// could not hold: question marks within words, Tajik words spelt with the
// nearest Russian letters, and the Macedonian and Ukrainian letters in whose
// place old fonts drew Tajik ones. It returns nil when nothing shows.
func Lost(encoding string, texts []string) []string {
	var marked, spelt, drawn found
	for _, text := range texts {
		if !strings.ContainsAny(text, "=&/") { // a question mark of a URL is one
			marked.see(markWithin.FindString(text), text)
		}
		spelt.see(speltInRussian(text), text)
		drawn.see(oldFonts.FindString(text), text)
	}
	var advice []string
	if marked.count > 0 {
		advice = append(advice, fmt.Sprintf("%s question marks within words, for instance %q: a letter was lost there. %s", marked.have(), marked.example, lacks(encoding)))
	}
	if spelt.count > 0 {
		advice = append(advice, fmt.Sprintf("%s Tajik words in Russian letters, for instance %q. %s", spelt.have(), spelt.example, lacks(encoding)))
	}
	if drawn.count > 0 {
		advice = append(advice, fmt.Sprintf("%s letters that old Tajik fonts draw as others (Ѓ as Ғ, Ї as Ӣ, Ќ as Қ, Ў as Ӯ, Њ as Ҳ, Љ as Ҷ), for instance %q: write the right letters in the file",
			drawn.have(), drawn.example))
	}
	return advice
}

// Watch keeps the texts of a reading that Lost has something to say of. The
// zero value is ready.
type Watch struct{ suspects []string }

// mostSuspects bounds what a Watch keeps of a file of any size.
const mostSuspects = 1000

// See looks at one text. Most are passed by at the price of a search for a
// question mark and for letters beyond ASCII.
func (w *Watch) See(text string) {
	if len(w.suspects) == mostSuspects || len(text) > 64<<10 {
		return
	}
	if strings.Contains(text, "?") || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
		if len(Lost(UTF8, []string{text})) > 0 {
			w.suspects = append(w.suspects, text)
		}
	}
}

// Advice is what Lost says of the texts seen.
func (w *Watch) Advice(encoding string) []string { return Lost(encoding, w.suspects) }

// found counts texts and keeps the first as an example.
type found struct {
	count   int
	example string
}

func (f *found) see(part, text string) {
	if part == "" {
		return
	}
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
	markWithin = regexp.MustCompile(`\p{L}\?+\p{L}`)
	oldFonts   = regexp.MustCompile(`[ЉљЊњЌќЃѓ]`)
)

// russianSpellings are frequent Tajik words with ҳ, қ, ҷ, ғ, ӣ or ӯ as they look
// in Russian letters; none is a word of Russian.
func russianSpellings() []string {
	return []string{
		"точикистон", "чумхури", "чамоат", "нохия", "нохияи", "шахри", "дехаи", "дехот", "кухи", "чануб", "гарбии", "шаркии", "киргоки", "рохи", "сархад",
		"сархади", "хукумат", "курук", "кишлоки", "мухофизат",
	}
}

func speltInRussian(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		for _, spelling := range russianSpellings() {
			if w == spelling {
				return w
			}
		}
	}
	return ""
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
