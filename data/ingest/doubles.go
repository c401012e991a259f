package ingest

import (
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"
	spherical "github.com/paulmach/orb/geo"

	"oxus/geo"
)

// nearBy is how many metres a new feature may lie from a stored one of its name
// before they count as two.
const nearBy = 10

// cellSize is in degrees, more than nearBy anywhere below 60 degrees of latitude.
const cellSize = 0.0002

type cell struct{ x, y int32 }

func cellOf(p orb.Point) cell {
	return cell{int32(math.Floor(p[0] / cellSize)), int32(math.Floor(p[1] / cellSize))}
}

// namesOf are the names of a feature in all languages, folded.
func (b *builder) namesOf(f *geo.Feature) []string {
	var names []string
	for i := range b.target.Properties {
		p := &b.target.Properties[i]
		isName := i == 0 || strings.HasPrefix(p.Name, "name_")
		if text, is := f.Values[i].(string); is && isName && p.Codes == nil {
			names = append(names, strings.ToLower(strings.Join(strings.Fields(text), " ")))
		}
	}
	return names
}

// dayOf tells events of one name at one place apart; features that stand for years
// are one whatever their dates.
func (b *builder) dayOf(f *geo.Feature) geo.PartialDate {
	if b.target.HasStatus() {
		return geo.PartialDate{}
	}
	return f.Lifetime.From
}

// doubles finds features by name and place, the first of each. A key is a hash of both,
// 64 bits that chance does not repeat among all that fits in memory.
type doubles struct {
	seed maphash.Seed
	// records are those of the file, of which there may be millions: what a point is, the
	// place tells, and shapes has the other geometries.
	records map[uint64]int
	shapes  map[uint64]orb.Geometry
	// features are those that are stored.
	features map[uint64]*geo.Feature
}

func newDoubles() *doubles {
	return &doubles{maphash.MakeSeed(), map[uint64]int{}, map[uint64]orb.Geometry{}, map[uint64]*geo.Feature{}}
}

// key is that of a name, a day, and a place or cell.
func key[T comparable](d *doubles, name string, day geo.PartialDate, at T) uint64 {
	return maphash.Comparable(d.seed, struct {
		name string
		day  geo.PartialDate
		at   T
	}{name, day, at})
}

// twiceInFile sees a record that has the name and exactly the place of one before.
func twiceInFile(b *builder, s *sight) *Finding {
	at := firstOf(s.f.Geometry)
	if at == nil {
		return nil
	}
	if b.inFile == nil {
		b.inFile = newDoubles()
	}
	var found *Finding
	for _, name := range b.namesOf(s.f) {
		k := key(b.inFile, name, b.dayOf(s.f), *at)
		other, there := b.inFile.records[k]
		switch {
		case !there:
			b.inFile.records[k] = s.record.Number
			if shape := beyondPlace(s.f.Geometry); shape != nil {
				b.inFile.shapes[k] = shape
			}
		case found == nil && other != s.record.Number && b.placedAnew(s) && orb.Equal(b.inFile.shapes[k], beyondPlace(s.f.Geometry)):
			found = &Finding{At: at, Detail: fmt.Sprintf("record %d has the same place and the name %q too", other, name)}
		}
	}
	return found
}

// beyondPlace is a geometry that its first position does not tell, nil for a point.
func beyondPlace(g orb.Geometry) orb.Geometry {
	if _, isPoint := g.(orb.Point); isPoint {
		return nil
	}
	return g
}

// placedAnew reports whether a record brings a place or a name that is not stored.
func (b *builder) placedAnew(s *sight) bool {
	return s.moved() || !slices.Equal(b.namesOf(s.f), b.namesOf(s.stored))
}

// thereAlready sees a new feature that has the place and a name of a stored one with
// another key.
func thereAlready(b *builder, s *sight) *Finding {
	at := firstOf(s.f.Geometry)
	if s.stored != nil || at == nil {
		return nil
	}
	if b.inStore == nil {
		b.inStore = b.storedPlaces()
	}
	if len(b.inStore.features) == 0 {
		return nil
	}
	c := cellOf(*at)
	for _, name := range b.namesOf(s.f) {
		for n := range int32(9) {
			k := key(b.inStore, name, b.dayOf(s.f), cell{c.x + n/3 - 1, c.y + n%3 - 1})
			if other, there := b.inStore.features[k]; there && alongside(s.f.Geometry, other.Geometry) {
				return &Finding{At: at, Detail: fmt.Sprintf("the stored feature %s has the name %q too and lies within %d m: this may be the same", other.ID, name, nearBy)}
			}
		}
	}
	return nil
}

// storedPlaces has one feature for each name in each cell.
func (b *builder) storedPlaces() *doubles {
	d := newDoubles()
	for _, features := range b.stored {
		for _, f := range features {
			at := firstOf(f.Geometry)
			if at == nil {
				continue
			}
			for _, name := range b.namesOf(f) {
				d.features[key(d, name, b.dayOf(f), cellOf(*at))] = f
			}
		}
	}
	return d
}

// alongside reports whether two geometries begin and end within nearBy of each other.
func alongside(g, h orb.Geometry) bool {
	a, b := geo.Positions(g), geo.Positions(h)
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	return spherical.Distance(a[0], b[0]) <= nearBy && spherical.Distance(a[len(a)-1], b[len(b)-1]) <= nearBy
}
