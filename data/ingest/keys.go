package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"oxus/geo"
)

// match finds what the fields fill, warns of what was guessed, and asks for the key
// where no field is known to be it.
func (b *builder) match(ctx context.Context, layer geo.Layer, store geo.Reader) error {
	values, err := sampleOf(layer)
	if err != nil {
		return err
	}
	isSource := func(ids []string) (bool, error) {
		slices.Sort(ids)
		found, err := store.Sources(ctx, slices.Compact(ids))
		return len(found) > 0, err
	}
	o := &b.request.Options
	if b.mapping, err = match(b.target.Collection, layer.Fields(), o.Map, values, isSource); err != nil {
		return err
	}
	b.report.Mapping = *b.mapping
	for _, m := range b.mapping.Matches {
		if m.By.Guessed() {
			b.report.Findings.add(&Finding{
				Severity: Warning, Rule: RuleGuessed, Field: m.Field,
				Detail: fmt.Sprintf("it is taken for %s, %s (first value %q); say so, or where it belongs: map %s=%s", m.Property, m.By.because(), m.Sample, m.Field, m.Property),
			})
		}
	}
	if b.target.kind == geo.StatusRow {
		return nil
	}
	key, there := b.mapping.by(o.key())
	// A key that nobody named decides what every record is: it is not guessed.
	if there && (!key.By.Guessed() || o.Key != "" && key.By == ByAlias) {
		return nil
	}
	return b.askKey(layer, key, there)
}

// askKey asks which property is the key, with what each could be.
func (b *builder) askKey(layer geo.Layer, guess Match, guessed bool) error {
	candidates, err := b.keyCandidates(layer)
	if err != nil {
		return err
	}
	key := b.request.Options.key()
	detail := fmt.Sprintf("no field fills %q, which tells which feature a record is; say which field does (map), or take another key", key)
	if guessed {
		detail = fmt.Sprintf("field %s may be %q, which tells which feature a record is; say so (map %s=%s), or take another key", guess.Field, key, guess.Field, key)
	}
	var choices []Choice
	var ids []string
	for _, c := range candidates {
		switch {
		case c.property != "":
			choices = append(choices, Choice{Value: c.property, Detail: "field " + c.field + ": " + c.tell()})
		case c.unique() && key == "id":
			ids = append(ids, c.field)
		}
	}
	if len(ids) > 0 {
		detail += "; the values of " + strings.Join(ids, ", ") + " all differ and can be ids"
	}
	b.report.ask(ask("key", choices, "%s", detail))
	return nil
}

// candidate is a field that could tell features apart.
type candidate struct {
	field, property string // property is "" for a field that fills none
	at              int
	seen            map[uint64]bool
	values, blank   int
	notID           bool // one of its values cannot be an id
}

func (c *candidate) unique() bool { return c.values > 1 && c.blank == 0 && len(c.seen) == c.values }

func (c *candidate) tell() string {
	switch blank := fmt.Sprintf(", %d are blank", c.blank); {
	case c.values == 0:
		return "all values are blank"
	case c.unique():
		return fmt.Sprintf("all %d values differ", c.values)
	case c.blank == 0:
		return fmt.Sprintf("%d of %d values differ", len(c.seen), c.values)
	default:
		return fmt.Sprintf("%d of %d values differ", len(c.seen), c.values) + blank
	}
}

// mostCounted is how many records are read to tell which fields are unique.
const mostCounted = 200_000

// rowNumbers are names of fields that programs number rows in: unique, and other ones
// in the next file.
var rowNumbers = []string{"fid", "objectid", "ogcfid", "gid", "oid", "index", "rownum"}

// keyCandidates counts the values of each field that could be a key: those that fill
// an open text, and those that fill nothing and could be ids. Unique ones come first.
func (b *builder) keyCandidates(layer geo.Layer) ([]*candidate, error) {
	list := b.candidateFields(layer.Fields())
	seed, n := maphash.MakeSeed(), 0
	for record, err := range layer.Records() {
		var fault geo.Fault
		if err != nil && !errors.As(err, &fault) {
			return nil, err
		}
		for _, c := range list {
			if err != nil || c.at >= len(record.Values) {
				continue
			}
			text := strings.TrimSpace(asText(record.Values[c.at]))
			if text == "" {
				c.blank++
				continue
			}
			c.values++
			c.seen[maphash.String(seed, text)] = true
			c.notID = c.notID || !idLike.MatchString(text)
		}
		if n++; n == mostCounted {
			break
		}
	}
	list = slices.DeleteFunc(list, func(c *candidate) bool { return c.property == "" && c.notID })
	slices.SortStableFunc(list, func(x, y *candidate) int {
		rank := func(c *candidate) int {
			if c.unique() {
				return 0
			}
			return 1
		}
		return cmp.Compare(rank(x), rank(y))
	})
	return list, nil
}

func (b *builder) candidateFields(fields []geo.Field) []*candidate {
	filled := map[int]string{}
	for property, i := range b.mapping.targets {
		filled[i] = property
	}
	var list []*candidate
	for i, f := range fields {
		property, fills := filled[i]
		at := b.target.PropertyIndex(property)
		isText := at >= 0 && b.target.Properties[at].Type == geo.Text && b.target.Properties[at].Codes == nil && property != summary
		if isText || !fills && !slices.Contains(rowNumbers, fold(f.Name)) && !places[fold(f.Name)] {
			list = append(list, &candidate{field: f.Name, property: property, at: i, seen: map[uint64]bool{}})
		}
	}
	return list
}
