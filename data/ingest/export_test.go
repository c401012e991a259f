package ingest

import "oxus/geo"

// Observed are the rules of what is looked at in every record.
func Observed() []geo.Rule {
	var rules []geo.Rule
	for _, o := range observations {
		rules = append(rules, o.rule)
	}
	return rules
}

// Aliases are the names that people call properties.
func Aliases() map[string][]string { return aliases }

// Fold makes names alike.
func Fold(name string) string { return fold(name) }

// Lacking says which letters the code pages lack.
const Lacking = lacking

// EncodePart writes a part of what is staged.
func EncodePart(list []Entry, atlas *geo.Atlas) ([]byte, error) {
	w := stagedWriter{atlas: atlas, names: map[string]uint64{}}
	for i := range list {
		if err := w.entry(&list[i]); err != nil {
			return nil, err
		}
	}
	return w.buf, nil
}

// DecodePart reads what EncodePart has written.
func DecodePart(part []byte, atlas *geo.Atlas) ([]Entry, error) { return decodePart(part, atlas) }
