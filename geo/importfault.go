package geo

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// nameLimit is the most bytes of what an import or a mapping is found by.
const nameLimit = 500

// NoImport is the NotFound of an import that is not there.
func NoImport() error { return Errorf(NotFound, "There is no such import.") }

// ImportTaken is the Conflict of an id that was given before.
func ImportTaken(id string) error {
	return Errorf(Conflict, "There is an import %q already.", id)
}

// TokenTaken is the Conflict of a token that its actor has given before.
func TokenTaken(token string) error {
	return Errorf(Conflict, "There is an import with the token %q already.", token)
}

// Added returns the import as a store keeps it when it is new. moment is that of
// the change that it is added with, zero for an import that is added by itself.
func (im Import) Added(moment time.Time) (Import, error) {
	im.Serial, im.Moment = 1, time.Time{}
	return im.kept(moment)
}

// After returns the import as a store keeps it in the place of the one stored,
// nil for none. moment is that of the change that it is written with, zero for an
// import that is written by itself.
func (im Import) After(stored *Import, moment time.Time) (Import, error) {
	switch {
	case stored == nil && moment.IsZero():
		return im, NoImport()
	case stored == nil:
		return im, Errorf(Conflict, "There is no import %q to be written with the change.", im.ID)
	case im.Serial != stored.Serial:
		return im, Errorf(Conflict, "The import %q was changed meanwhile; read it again.", im.ID)
	case !stored.State.MayBecome(im.State):
		return im, Errorf(Conflict, "The import %q is %s and cannot become %s.", im.ID, stored.State, im.State)
	}
	im.Serial, im.Moment = stored.Serial+1, stored.Moment
	return im.kept(moment)
}

// kept checks what every store must be able to keep and find again, and gives an
// import that becomes Applied its moment. Moments are kept to the microsecond.
func (im Import) kept(moment time.Time) (Import, error) {
	if im.State == Applied || im.State == RolledBack {
		if moment.IsZero() {
			return im, Errorf(Conflict, "The import %q becomes %s only together with the data.", im.ID, im.State)
		}
	}
	if im.State == Applied {
		im.Moment = moment
	}
	im.Created, im.Changed, im.Base.Moment = kept(im.Created), kept(im.Changed), kept(im.Base.Moment)
	im.Options, im.Report = orNone(im.Options), orNone(im.Report)
	switch {
	case !slices.Contains(ImportStates(), im.State):
		return im, Errorf(Invalid, "%q is not a state of an import.", im.State)
	case !nameable(im.ID, im.Actor) || im.Token != "" && !nameable(im.Token):
		return im, Errorf(Invalid, "The id, the actor and the token of an import are texts of 1 to %d bytes.", nameLimit)
	case !storable(im.Collection, im.File, im.Digest, im.Undoes, im.UndoneBy):
		return im, Errorf(Invalid, "A text of the import %q holds a character that cannot be stored.", im.ID)
	case !whole(im.Options) || !whole(im.Report):
		return im, Errorf(Invalid, "The options and the report of an import are JSON.")
	}
	return im, nil
}

func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func orNone(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return nil
	}
	return text
}

func whole(text json.RawMessage) bool { return text == nil || utf8.Valid(text) && json.Valid(text) }

// nameable reports whether texts are neither blank nor too long for an index.
func nameable(texts ...string) bool {
	return storable(texts...) && !slices.ContainsFunc(texts, func(s string) bool { return s == "" || len(s) > nameLimit })
}

// storable reports whether every store can keep the texts as they are.
func storable(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) })
}

// Check refuses a mapping that a store could not keep and find again (Invalid).
// One without fields has an empty map of them.
func (m *Mapping) Check() error {
	if m.Fields == nil {
		m.Fields = map[string]string{}
	}
	if !nameable(m.Name) || !storable(m.Collection) {
		return Errorf(Invalid, "The name of a mapping is a text of 1 to %d bytes.", nameLimit)
	}
	for field, property := range m.Fields {
		if !storable(field, property) {
			return Errorf(Invalid, "A field of the mapping %q holds a character that cannot be stored.", m.Name)
		}
	}
	return nil
}
