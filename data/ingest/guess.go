package ingest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"oxus/geo"
)

// RuleGuessed is told of a field whose property was guessed.
const RuleGuessed geo.Rule = "guessed-field"

// By says how the property of a field was found.
type By string

// The ways, the surest first. The last three are guesses: what they fill must be
// accepted.
const (
	BySaying   By = "said"
	ByName     By = "name"
	ByCutName  By = "cut-name"
	ByAlias    By = "alias"
	ByLikeness By = "likeness"
	ByContent  By = "content"
)

// Guessed reports whether nobody said so.
func (by By) Guessed() bool { return by == ByAlias || by == ByLikeness || by == ByContent }

// because says why a field was taken for a property.
func (by By) because() string {
	switch by {
	case ByAlias:
		return "which it is often called"
	case ByLikeness:
		return "which is written nearly so"
	default:
		return "which its values look like"
	}
}

// sampledRecords is how many records are looked at before a file is read.
const sampledRecords = 200

// sample has the first values of each field that are not blank.
type sample [][]geo.Value

// sampleOf reads the beginning of a layer.
func sampleOf(layer geo.Layer) (sample, error) {
	s := make(sample, len(layer.Fields()))
	n := 0
	for record, err := range layer.Records() {
		var fault geo.Fault
		switch {
		case errors.As(err, &fault):
		case err != nil:
			return nil, err
		default:
			for i, v := range record.Values[:min(len(record.Values), len(s))] {
				if strings.TrimSpace(asText(v)) != "" {
					s[i] = append(s[i], v)
				}
			}
		}
		if n++; n == sampledRecords {
			break
		}
	}
	return s, nil
}

// first shows the first value of a field, "" when all are blank.
func (s sample) first(i int) string {
	const most = 60
	if i >= len(s) || len(s[i]) == 0 {
		return ""
	}
	text := []rune(strings.ToValidUTF8(asText(s[i][0]), "\uFFFD"))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

// matcher finds properties for the fields that nothing said and no name tells.
type matcher struct {
	c      *geo.Collection
	names  []string // of the properties, in their order
	fields []geo.Field
	sample sample
	// isSource says whether one of the ids is that of a source.
	isSource func(ids []string) (bool, error)
	m        *Mapping
	used     map[int]bool
	// refused says of fields why the property they seem to fill does not take them.
	refused map[int]string
	take    func(property string, field int, by By)
}

func (g *matcher) guess() error {
	for _, by := range []func() error{g.byAlias, g.byLikeness, g.byContent} {
		if err := by(); err != nil {
			return err
		}
	}
	return nil
}

// offer takes a field for a property when all of its sampled values fit.
func (g *matcher) offer(property string, field int, by By) error {
	why, err := g.misfit(property, field)
	switch {
	case err != nil:
		return err
	case why == "":
		g.take(property, field, by)
	case g.refused[field] == "":
		g.refused[field] = fmt.Sprintf("it may stand for %s, but %s; use --map", property, why)
	}
	return nil
}

// misfit says why the values of a field cannot be those of a property, "" when they
// can. The error is that of the store.
func (g *matcher) misfit(property string, field int) (string, error) {
	if property == geo.SourcesID {
		known, err := g.isSource(idsOf(g.sample[field]))
		if !known {
			return "it names no source that is stored", err
		}
		return "", err
	}
	for _, v := range g.sample[field] {
		if wrong := g.try(property, v); wrong != nil {
			return wrong.Error(), nil //nolint:nilerr // what does not fit is the answer
		}
	}
	return "", nil
}

// idsOf are the members of the lists that can be read.
func idsOf(values []geo.Value) []string {
	var ids []string
	for _, v := range values {
		if list, err := toList(asText(v)); err == nil {
			ids = append(ids, list...)
		}
	}
	return ids
}

// idLike is a text that can be an id.
var idLike = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// try gives a property a value.
func (g *matcher) try(property string, v geo.Value) error {
	l := g.c.Lifetime
	switch property {
	case "id":
		if !idLike.MatchString(strings.TrimSpace(asText(v))) {
			return fmt.Errorf("%.40q cannot be an id", asText(v))
		}
		return nil
	case l.From, l.To:
		_, err := toDate(v, nil)
		return err
	case l.FromPrecision, l.ToPrecision:
		_, err := geo.ParsePrecision(strings.TrimSpace(asText(v)))
		return err
	}
	i := g.c.PropertyIndex(property)
	f := geo.Feature{ID: "a", Values: make([]geo.Value, len(g.c.Properties))}
	var err error
	if f.Values[i], err = convert(&g.c.Properties[i], v); err != nil {
		return err
	}
	for _, fault := range g.c.CheckFeature(&f, geo.Place{}) {
		if fault.Place.Field == property {
			return errors.New(fault.Detail)
		}
	}
	return nil
}

// open are the properties that no field fills.
func (g *matcher) open() []string {
	return slices.DeleteFunc(slices.Clone(g.names), g.m.has)
}

// byAlias takes fields that are called what people call a property.
func (g *matcher) byAlias() error {
	for _, property := range g.open() {
		if property == "" {
			continue // a lifetime without precisions has no names for them
		}
		own := fold(property)
		for _, alias := range append([]string{own}, aliases[property]...) {
			i := slices.IndexFunc(g.fields, func(f geo.Field) bool { return fold(f.Name) == alias || alias != own && cutTo(f.Name, alias) })
			if i < 0 || g.used[i] || g.m.has(property) {
				continue
			}
			if err := g.offer(property, i, ByAlias); err != nil {
				return err
			}
		}
	}
	return nil
}

// cutTo reports whether a name is an alias that a .dbf has cut to its ten characters.
func cutTo(name, alias string) bool {
	folded := fold(name)
	return len(name) == dbfNameLength && len(folded) > dbfNameLength-2 && strings.HasPrefix(alias, folded)
}

// alikeEnough is how alike two names must be, of 1, and clearly how much more than any
// other pair of either.
const (
	alikeEnough = 0.8
	clearly     = 0.1
	// shortest is how many letters a name must have to be found by likeness: among
	// short ones a letter makes another word, as in county and country.
	shortest = 7
)

// byLikeness takes fields whose names are misspelt.
func (g *matcher) byLikeness() error {
	for i, f := range g.fields {
		if g.used[i] {
			continue
		}
		best, score, second := "", 0.0, 0.0
		for _, property := range g.open() {
			switch s := alike(fold(f.Name), fold(property)); {
			case s > score:
				best, score, second = property, s, score
			case s > second:
				second = s
			}
		}
		if score < alikeEnough || score-second < clearly || g.rival(i, best, score) {
			continue
		}
		if err := g.offer(best, i, ByLikeness); err != nil {
			return err
		}
	}
	return nil
}

// rival reports whether another free field is about as much like the property.
func (g *matcher) rival(field int, property string, score float64) bool {
	for i, f := range g.fields {
		if i != field && !g.used[i] && score-alike(fold(f.Name), fold(property)) < clearly {
			return true
		}
	}
	return false
}

// alike says how alike two names are, 1 when they are the same. Where they begin or
// end otherwise, or have other digits, they are not alike at all: units, languages,
// numbers and denials stand there, and change what a name means.
func alike(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if min(len(x), len(y)) < shortest || x[0] != y[0] || !slices.Equal(x[len(x)-2:], y[len(y)-2:]) || digitsOf(a) != digitsOf(b) {
		return 0
	}
	return 1 - float64(edits(x, y))/float64(max(len(x), len(y)))
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// edits is how many letters must be added, taken out or changed (Levenshtein).
func edits(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := diagonal
			if x != y {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
