package api

import (
	"slices"

	"oxus/geo"
)

// received is the schema of a collection for those who read and those who write:
// one document in which what cannot be written is read only. Programs make forms
// of it, so it tells the place of each property.
func received(k *collection, doc collectionSchema) collectionSchema {
	doc.Required = slices.Clone(doc.Required)
	if !k.Derived {
		doc.Required = append(doc.Required, geo.SourcesID)
	}
	given := doc.Properties.members
	doc.Properties = document{}
	for i, m := range given {
		switch s := m.value.(type) {
		case schema:
			doc.Properties.add(m.name, receivedProperty(k, m.name, s, i+1))
		case map[string]any:
			s["readOnly"] = k.Derived
			doc.Properties.add(m.name, s)
		}
	}
	return doc
}

func receivedProperty(k *collection, name string, s schema, place int) schema {
	s.PropertySeq = place
	s.ReadOnly = s.ReadOnly || k.Derived
	switch {
	case k.Derived:
	case name == "id":
		s.ReadOnly = false
		s.Description = "Given when the feature is made, or else made of its name; it never changes."
	case name == geo.SourcesID:
		s.Description = "Ids of sources; every feature cites at least one."
	}
	return s
}
