package ingest

import (
	"fmt"

	"oxus/geo"
	"oxus/geo/charset"
)

// lostText sees texts that a program has written into an encoding that has not all
// of their letters.
func lostText(b *builder, s *sight) *Finding {
	for i := range b.target.Properties {
		if !s.brings(i) {
			continue
		}
		if text, sign := lostIn(s.f.Values[i]); sign != "" {
			return &Finding{Field: b.target.Properties[i].Name, Detail: fmt.Sprintf("the text %.60q has %s: letters may have been lost in an old code page. %s", text, sign, lacking)}
		}
	}
	return nil
}

// lacking says which letters of the region the code pages lack that are used most.
const lacking = "Windows-1251 and 866 have no Tajik ғ ӣ қ ӯ ҳ ҷ, Windows-1256 has no Persian ی and no Pashto ټ ډ ړ ږ ښ ڼ ې ۍ ځ څ: " +
	"write the file in UTF-8"

// lostIn returns the first text of a value that shows a loss, and what shows it.
func lostIn(v geo.Value) (text string, sign charset.Loss) {
	if one, is := v.(string); is {
		return one, charset.LossIn(one)
	}
	texts, _ := v.([]string)
	for _, text := range texts {
		if sign := charset.LossIn(text); sign != "" {
			return text, sign
		}
	}
	return "", ""
}
