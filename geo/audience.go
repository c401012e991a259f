package geo

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Everybody is the role of those who bring no key.
const Everybody Role = ""

// Audiences returns the roles that a source or a collection can be kept for, in
// ascending order. Admin is not among them: who imports must see what stands in
// the way of an import.
func Audiences() []Role { return []Role{Viewer, Editor, Maintainer} }

// SeesAll reports whether nothing is hidden from the role.
func (r Role) SeesAll() bool { return r.Includes(Maintainer) }

// Sees reports whether the role may see what is kept for an audience, Everybody
// for what is kept for nobody. An audience that is none is seen by those alone
// from whom nothing is hidden.
func (r Role) Sees(audience Role) bool {
	return audience == Everybody || r.SeesAll() || r.Includes(audience)
}

// Seen returns the audiences whose things the role may see, Everybody aside.
func (r Role) Seen() []string {
	seen := []string{}
	for _, audience := range Audiences() {
		if r.Sees(audience) {
			seen = append(seen, string(audience))
		}
	}
	return seen
}

// Known returns the role itself, and Everybody for what is none.
func (r Role) Known() Role {
	if slices.Contains(Roles(), r) {
		return r
	}
	return Everybody
}

// CheckAudience returns an error when a role is no audience. Blank is everybody.
func CheckAudience(r Role) error {
	if r == Everybody || slices.Contains(Audiences(), r) {
		return nil
	}
	names := make([]string, len(Audiences()))
	for i, a := range Audiences() {
		names[i] = string(a)
	}
	return fmt.Errorf("%q is not an audience (%s; blank is everybody)", r, strings.Join(names, ", "))
}

// Restrict keeps whole collections for audiences, by id. What follows from them
// is kept with them. It is called before the atlas is handed to anybody.
func (a *Atlas) Restrict(audiences map[string]Role) error {
	for id, audience := range audiences {
		c, err := a.Stored(id)
		if err != nil {
			return err
		}
		if err := CheckAudience(audience); err != nil {
			return Errorf(Invalid, "The collection %s: %s.", id, err)
		}
		c.Audience = audience
	}
	return nil
}

// Closed returns the ids of the stored collections that a role may not see, in
// the order they are shown.
func (a *Atlas) Closed(who Role) []string {
	closed := []string{}
	for _, c := range a.Collections {
		if !who.Sees(c.Audience) {
			closed = append(closed, c.ID)
		}
	}
	return closed
}

// View answers as one who asks may see: what is hidden from them is not there,
// in no answer, count, extent, status, history or past state.
type View interface {
	Reader
	Recorder
}

// Gate is the way to the data for those who ask from outside.
type Gate interface {
	// For returns the view of those who have a role, Everybody for those who have
	// none; what is no role is none.
	For(who Role) View
	// Ready returns nil when the store can answer.
	Ready(ctx context.Context) error
}

// For returns the atlas as a role sees it: without the collections that are closed
// to it, and without a word of them in the others.
func (a *Atlas) For(who Role) *Atlas {
	closed := a.Closed(who)
	if len(closed) == 0 {
		return a
	}
	seen := &Atlas{byID: map[string]*Collection{}}
	for _, c := range a.Served() {
		if slices.Contains(closed, c.ID) {
			continue
		}
		c = c.without(closed)
		if seen.byID[c.ID] = c; c.Derived {
			seen.Derived = append(seen.Derived, c)
		} else {
			seen.Collections = append(seen.Collections, c)
		}
	}
	return seen
}

// without is a copy of a declaration that does not name other collections.
func (c *Collection) without(closed []string) *Collection {
	seen := *c
	seen.Properties = slices.Clone(c.Properties)
	for i := range seen.Properties {
		p := &seen.Properties[i]
		if slices.Contains(closed, p.Refers) {
			p.Refers = ""
		}
		p.Codes = slices.DeleteFunc(slices.Clone(p.Codes), func(code Code) bool { return slices.Contains(closed, code.Value) })
	}
	return &seen
}

// KeepUnseen returns what is to be stored of a feature that is sent back by one who
// saw only a part of it: what it names that they were not shown stays, unless they
// name something else in its place.
func (c *Collection) KeepUnseen(sent, seen, whole *Feature) Feature {
	kept := *sent
	kept.Values = slices.Clone(sent.Values)
	for i := range min(len(kept.Values), len(c.Properties)) {
		p, all := &c.Properties[i], valueAt(whole, i)
		switch list, isList := all.([]string); {
		case p.Refers != "" && valueAt(seen, i) == nil && kept.Values[i] == nil:
			kept.Values[i] = all
		case p.Mentions && isList:
			shown, _ := valueAt(seen, i).([]string)
			now, _ := kept.Values[i].([]string)
			now = slices.Clone(now)
			for _, id := range list {
				if !slices.Contains(shown, id) && !slices.Contains(now, id) {
					now = append(now, id)
				}
			}
			kept.Values[i] = listOrNil(now)
		}
	}
	return kept
}
