package charset

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Candidate is an encoding that texts may be in.
type Candidate struct {
	// Name is the encoding, to be given as --encoding.
	Name string
	// Score says how well the decoded texts look like a language of the region,
	// from 0 to 1. It orders candidates; it is no probability.
	Score float64
	// Language is the language tag (BCP 47) whose letters fit most of the texts.
	Language string
	// Samples are up to ten of the texts as they would be read.
	Samples []string
}

// String shows the candidate to the person who is to confirm it.
func (c Candidate) String() string {
	quoted := make([]string, len(c.Samples))
	for i, s := range c.Samples {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%s (%.0f %%): %s", c.Name, 100*c.Score, strings.Join(quoted, ", "))
}

// What a guess looks at and returns.
const (
	mostTexts      = 200
	mostBytes      = 200
	mostSamples    = 10
	mostCandidates = 5
)

// candidateNames are the encodings a guess considers, in the order in which
// they win where texts look the same in several.
func candidateNames() []string {
	return []string{
		UTF8, "windows-1251", "IBM866", "windows-1252", "windows-1256", "KOI8-R", "ISO-8859-5", "x-mac-cyrillic", "ISO-8859-1", "KOI8-U",
		"macintosh", "IBM850",
	}
}

// Guess ranks the encodings that the texts may be in, the likeliest first.
// Texts of ASCII alone say nothing; without any other there is no candidate. It
// knows Tajik, Russian, Uzbek, Dari, Pashto and transliterations into Latin.
func Guess(texts [][]byte) []Candidate {
	var telling [][]byte
	for _, t := range texts {
		if len(telling) == mostTexts {
			break
		}
		if !isASCII(t) {
			telling = append(telling, t[:min(len(t), mostBytes)])
		}
	}
	// What has the most letters to look at is shown first.
	slices.SortStableFunc(telling, func(a, b []byte) int { return cmp.Compare(beyond(b), beyond(a)) })
	var out []Candidate
	known := models()
	seen := map[string]bool{}
	for _, name := range candidateNames() {
		c, whole := weigh(name, telling, known)
		// Encodings that read the same are one candidate.
		if len(c.Samples) == 0 || seen[whole] {
			continue
		}
		seen[whole] = true
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Candidate) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), mostCandidates)]
}

func beyond(raw []byte) int {
	n := 0
	for _, c := range raw {
		if c >= utf8.RuneSelf {
			n++
		}
	}
	return min(n, 20) // a name is enough
}

// mostBroken is the share of texts that may be invalid in a candidate: one
// damaged text must not hide the right encoding.
const mostBroken = 0.2

// weigh scores one encoding; whole is all texts as it reads them.
func weigh(name string, texts [][]byte, known []model) (c Candidate, whole string) {
	d, ok := Find(name, FromNothing)
	if !ok {
		return c, ""
	}
	c.Name = name
	var total score
	var read strings.Builder
	byLanguage := map[string]int{}
	broken := 0
	for _, raw := range texts {
		if name == UTF8 {
			raw = WholeLetters(raw)
		}
		text, fault := d.Decode(raw)
		if fault != nil {
			broken++
			continue
		}
		s, tag := bestLanguage(text, known)
		total.sum, total.letters = total.sum+s.sum, total.letters+s.letters
		byLanguage[tag] += s.letters
		read.WriteString(text + "\x00")
		c.Samples = addSample(c.Samples, text)
	}
	valid := 1 - float64(broken)/float64(max(1, len(texts)))
	if valid < 1-mostBroken {
		c.Samples = nil
		return c, ""
	}
	c.Score = valid * total.likeness()
	if name == UTF8 {
		// No text of a single-byte encoding happens to be valid UTF-8.
		c.Score = valid
	}
	for tag, letters := range byLanguage {
		if letters > byLanguage[c.Language] || letters == byLanguage[c.Language] && tag < c.Language {
			c.Language = tag
		}
	}
	return c, read.String()
}

func addSample(samples []string, text string) []string {
	const most = 80
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	if len(samples) < mostSamples && !slices.Contains(samples, text) {
		samples = append(samples, text)
	}
	return samples
}

// score is the sum of the logarithms of how likely each letter beyond ASCII is.
type score struct {
	sum     float64
	letters int
}

// likeness takes the average letter to 0 to 1: that of a language's own text is
// about -3.
func (s score) likeness() float64 {
	if s.letters == 0 {
		return 0
	}
	return min(1, math.Exp(s.sum/float64(s.letters)+usual))
}

// The weights of what is no usual letter, as logarithms beside the shares of
// letters, which lie between -2.3 and -7.
const (
	usual       = 3.0
	punctuation = -4.5
	foreign     = -9.0  // a letter the language does not have
	symbol      = -10.0 // boxes and signs that no name has
	caseTurn    = -6.0  // a capital after a small letter
	mixed       = -6.0  // two scripts in a word
	clumsy      = -1.5  // a fourth consonant or a third vowel in a row
	accents     = -3.0  // a second accented Latin letter in a row
)

func bestLanguage(text string, known []model) (best score, tag string) {
	for i := range known {
		s := known[i].score(text)
		if tag == "" || s.sum > best.sum {
			best, tag = s, known[i].tag
		}
	}
	return best, tag
}

// typographic are the signs beyond ASCII that texts of all languages have.
const typographic = "«»“”„‘’‚–—…•№°\u00a0،؛؟ʻʼ"

func (m *model) score(text string) score {
	var s score
	var before rune
	run, runOfVowels := 0, false
	for _, r := range text {
		lower := unicode.ToLower(r)
		if isVowel := m.vowels[lower]; unicode.IsLetter(r) && unicode.IsLetter(before) && isVowel == runOfVowels {
			run++
		} else {
			run, runOfVowels = 1, isVowel
		}
		if r >= utf8.RuneSelf {
			s.sum += m.weight(r, lower) + neighbours(before, r)
			if len(m.vowels) > 0 && unicode.IsLetter(r) && (runOfVowels && run > 2 || run > 3) {
				s.sum += clumsy
			}
			s.letters++
		}
		before = r
	}
	return s
}

func (m *model) weight(r, lower rune) float64 {
	share, known := m.shares[lower]
	switch {
	case known:
		return share
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
		return foreign
	case strings.ContainsRune(typographic, r):
		return punctuation
	}
	return symbol
}

// closing are the signs that no letter beyond ASCII follows.
const closing = "»”’…•°"

// neighbours weighs a letter by the one before it.
func neighbours(before, r rune) float64 {
	if !unicode.IsLetter(r) {
		return 0
	}
	if strings.ContainsRune(closing, before) {
		return mixed
	}
	if !unicode.IsLetter(before) {
		return 0
	}
	weight := 0.0
	if unicode.IsLower(before) && unicode.IsUpper(r) {
		weight += caseTurn
	}
	switch latin, latinBefore := unicode.Is(unicode.Latin, r), unicode.Is(unicode.Latin, before); {
	case latin != latinBefore:
		weight += mixed
	case latin && before >= utf8.RuneSelf:
		weight += accents
	}
	return weight
}
