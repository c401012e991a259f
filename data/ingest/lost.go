package ingest

import (
	"fmt"
	"regexp"
	"strings"

	"oxus/geo"
)

// lostText sees texts that a program has written into an encoding that has not all
// of their letters.
func lostText(b *builder, s *sight) *Finding {
	for i, p := range b.target.Properties {
		if !s.brings(i) {
			continue
		}
		if text, sign := lostIn(s.f.Values[i]); sign != "" {
			return &Finding{Field: p.Name, Detail: fmt.Sprintf("the text %.60q has %s: letters may have been lost in an old code page. %s", text, sign, lacking)}
		}
	}
	return nil
}

// lacking says which letters of the region the code pages lack that are used most.
const lacking = "Windows-1251 and 866 have no Tajik ғ ӣ қ ӯ ҳ ҷ, Windows-1256 has no Persian ی and no Pashto ټ ډ ړ ږ ښ ڼ ې ۍ ځ څ: " +
	"write the file in UTF-8"

// markWithin is a question mark where a letter belongs: within a word, or before one.
var markWithin = regexp.MustCompile(`\pL\?+\pL|(?:^|\s)\?+\pL|\?{3,}`)

// lostIn returns the first text of a value that shows a loss, and what shows it.
func lostIn(v geo.Value) (text, sign string) {
	texts, _ := v.([]string)
	if one, is := v.(string); is {
		texts = []string{one}
	}
	for _, text := range texts {
		switch {
		case strings.ContainsRune(text, '\uFFFD'):
			return text, "replacement characters"
		case strings.ContainsRune(text, '?') && markWithin.MatchString(withoutAddresses(text)):
			return text, "question marks in words"
		}
	}
	return "", ""
}

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
