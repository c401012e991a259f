package ingest

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"oxus/geo"
)

// enough is how many values a field must have to be known by them.
const enough = 3

// byContent takes fields whose values can only be those of one property, when no other
// field has such.
func (g *matcher) byContent() error {
	for _, property := range g.open() {
		looks := g.look(property)
		if looks == nil {
			continue
		}
		var fit []int
		for i := range g.fields {
			if !g.used[i] && len(g.sample[i]) >= enough && looks(g.sample[i]) {
				fit = append(fit, i)
			}
		}
		if len(fit) != 1 || g.claimed(fit[0], property) {
			continue
		}
		if err := g.offer(property, fit[0], ByContent); err != nil {
			return err
		}
	}
	return nil
}

// claimed reports whether the values of a field look like those of another open
// property too.
func (g *matcher) claimed(field int, property string) bool {
	return slices.ContainsFunc(g.open(), func(other string) bool {
		looks := g.look(other)
		return other != property && looks != nil && looks(g.sample[field])
	})
}

// look returns what knows the values of a property, nil where nothing does.
func (g *matcher) look(property string) func([]geo.Value) bool {
	p, declared := g.c.Property(property)
	switch {
	case !declared:
		return nil
	case p.Codes != nil:
		return func(values []geo.Value) bool { return allCodes(p, values) }
	case strings.HasSuffix(property, "_year") && p.Type == geo.Integer:
		return allYears
	case strings.HasSuffix(property, "country"):
		return allCountries
	}
	switch property {
	case "name_tg":
		return tajikNames
	case "name_ru":
		return russianNames
	case "name_fa":
		return persianNames
	}
	return nil
}

func allCodes(p *geo.Property, values []geo.Value) bool {
	for _, v := range values {
		list, err := toList(asText(v))
		if err != nil || len(list) == 0 || p.Type != geo.TextList && len(list) > 1 {
			return false
		}
		for _, code := range list {
			if !geo.HasCode(p.Codes, code) {
				return false
			}
		}
	}
	return true
}

func allYears(values []geo.Value) bool {
	year := geo.Property{Type: geo.Integer}
	for _, v := range values {
		n, err := toInteger(&year, v, strings.TrimSpace(asText(v)))
		if y, is := n.(int64); err != nil || !is || y < 1900 || y > 2100 {
			return false
		}
	}
	return true
}

// countries are the ISO 3166-1 codes of the region.
var countries = []string{"TJ", "AF", "UZ", "TM", "KG", "KZ", "PK", "CN", "IR", "IN", "RU"}

func allCountries(values []geo.Value) bool {
	return !slices.ContainsFunc(values, func(v geo.Value) bool { return !slices.Contains(countries, strings.TrimSpace(asText(v))) })
}

// tajikLetters are those that Russian does not have, onlyRussian those that Tajik has
// given up.
const (
	tajikLetters = "ғӣқӯҳҷ"
	onlyRussian  = "щыц"
)

func tajikNames(values []geo.Value) bool {
	texts := strings.ToLower(joinedTexts(values))
	return areNames(values, unicode.Cyrillic) && strings.ContainsAny(texts, tajikLetters) && !strings.ContainsAny(texts, onlyRussian)
}

func russianNames(values []geo.Value) bool {
	return areNames(values, unicode.Cyrillic) && !strings.ContainsAny(strings.ToLower(joinedTexts(values)), tajikLetters)
}

func persianNames(values []geo.Value) bool { return areNames(values, unicode.Arabic) }

func joinedTexts(values []geo.Value) string {
	var all strings.Builder
	for _, v := range values {
		all.WriteString(asText(v))
	}
	return all.String()
}

// areNames reports whether texts are written in a script, short as names are, and
// nearly all different: provinces, kinds and remarks are not.
func areNames(values []geo.Value, script *unicode.RangeTable) bool {
	const longest, mostSame, mostOther = 60, 0.2, 0.1
	different := map[string]bool{}
	other := 0
	for _, v := range values {
		text, isText := v.(string)
		if !isText || len([]rune(text)) > longest {
			return false
		}
		letters, own := 0, 0
		for _, r := range text {
			if unicode.IsLetter(r) {
				letters++
				if unicode.Is(script, r) {
					own++
				}
			}
		}
		if own == 0 || own*10 < letters*8 {
			other++
		}
		different[strings.TrimSpace(text)] = true
	}
	n := float64(len(values))
	return float64(other) <= math.Floor(n*mostOther) && float64(len(different)) >= n*(1-mostSame)
}
