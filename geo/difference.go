package geo

import "github.com/paulmach/orb"

// Member is a named part of a recorded row. Its value is a Value, or an
// orb.Geometry; nil when it is unknown.
type Member struct {
	Name  string
	Value Value
}

// Difference is a part of a row that a revision changed.
type Difference struct {
	Name          string
	Before, After Value
}

// Differences returns what a revision of a row of the collection changed, in
// the order the parts are declared in. Of a row that was added or deleted it is
// everything the row said. For a source the collection is not looked at.
func (r *Revision) Differences(c *Collection) []Difference {
	before, after := r.Before.members(c), r.After.members(c)
	var changed []Difference
	for i := range max(len(before), len(after)) {
		d := Difference{}
		if i < len(before) {
			d.Name, d.Before = before[i].Name, before[i].Value
		}
		if i < len(after) {
			d.Name, d.After = after[i].Name, after[i].Value
		}
		if !sameValue(d.Before, d.After) {
			changed = append(changed, d)
		}
	}
	return changed
}

func sameValue(a, b Value) bool {
	ga, aIsGeometry := a.(orb.Geometry)
	gb, bIsGeometry := b.(orb.Geometry)
	if aIsGeometry || bIsGeometry {
		return orbEqual(ga, gb)
	}
	return EqualValues(a, b)
}

// members lists a row's parts; those of two rows of one kind agree in number
// and order.
func (r Row) members(c *Collection) []Member {
	switch {
	case r.Feature != nil:
		return featureMembers(c, r.Feature)
	case r.Period != nil:
		return periodMembers(r.Period)
	case r.Source != nil:
		return sourceMembers(r.Source)
	default:
		return nil
	}
}

func featureMembers(c *Collection, f *Feature) []Member {
	list := []Member{{Name: "geometry"}}
	if f.Geometry != nil {
		list[0].Value = f.Geometry
	}
	for i := range c.Properties {
		list = append(list, Member{c.Properties[i].Name, valueAt(f, i)})
	}
	list = append(list, dateMembers(c.Lifetime.From, c.Lifetime.FromPrecision, f.Lifetime.From)...)
	list = append(list, dateMembers(c.Lifetime.To, c.Lifetime.ToPrecision, f.Lifetime.To)...)
	return append(list, Member{"sources", f.Sources})
}

func periodMembers(p *Period) []Member {
	list := []Member{
		{"scope", string(p.Scope)}, {"owner", p.Owner}, {"kind", string(p.Kind)}, {"status", p.Status},
	}
	list = append(list, dateMembers("from", "from_precision", p.From)...)
	list = append(list, dateMembers("to", "to_precision", p.To)...)
	return append(list, Member{"end_basis", string(p.Basis)}, textMember("cause", p.Cause), textMember("summary", p.Summary), Member{"sources", p.Sources})
}

func sourceMembers(s *Source) []Member {
	return []Member{
		textMember("publisher", s.Publisher), textMember("title", s.Title), textMember("url", s.URL),
		textMember("published", s.Published.String()), textMember("accessed", s.Accessed.String()), textMember("supports", s.Supports),
		textMember("audience", string(s.Audience)),
	}
}

// dateMembers are a date as its day and, where it has a name, its precision.
func dateMembers(name, precision string, d PartialDate) []Member {
	day := textMember(name, "")
	if d.Known() {
		day.Value = d.Date.String()
	}
	if precision == "" {
		return []Member{day}
	}
	return []Member{day, textMember(precision, d.Precision.String())}
}

// textMember leaves out what is blank: unknown is never "".
func textMember(name, text string) Member {
	if text == "" {
		return Member{Name: name}
	}
	return Member{name, text}
}

// Displacement returns how far a geometry was moved in metres: the farthest that
// a vertex of one lies from the other.
func Displacement(a, b orb.Geometry) float64 {
	farthest := 0.0
	for _, pair := range [][2]orb.Geometry{{a, b}, {b, a}} {
		for _, p := range Positions(pair[0]) {
			farthest = max(farthest, Distance(p, pair[1]))
		}
	}
	return farthest
}

// Vertices returns how many vertices a geometry has.
func Vertices(g orb.Geometry) int { return len(Positions(g)) }
