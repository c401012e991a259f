package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"

	"oxus/geo"
)

// RuleTouched is broken by a row that was changed after the import that is to be
// taken back.
const RuleTouched geo.Rule = "changed-later"

// RuleNeeded is met by a row that is not taken back because one that stays rests on it.
const RuleNeeded geo.Rule = "still-needed"

// row names a recorded row.
type row struct {
	kind           geo.RowKind
	collection, id string
}

func rowOf(r *geo.Revision) row { return row{r.Kind, r.Collection, r.ID} }

// place names the row to people.
func (r row) place() geo.Place {
	switch r.kind {
	case geo.StatusRow:
		return geo.ByFeature(geo.StatusID+" of "+r.collection, r.id)
	case geo.SourceRow:
		return geo.ByFeature(geo.SourcesID, r.id)
	default:
		return geo.ByFeature(r.collection, r.id)
	}
}

// RollBack takes an applied import back: the rows it touched become what they were
// before it, by an import of its own that can be taken back in turn, which is
// returned. Rows that were changed since are a Conflict that names them, unless only
// the untouched ones are asked for: then they stay, with what they rest on. An import
// that was taken back already stays so.
func (s *Service) RollBack(ctx context.Context, id, actor string, onlyUntouched bool) (geo.Import, error) {
	im, err := s.Store.FindImport(ctx, id)
	if err != nil {
		return im, err
	}
	if im.State == geo.RolledBack {
		return s.Store.FindImport(ctx, im.UndoneBy)
	}
	if err := mustBe(&im, "rolled back", geo.Applied); err != nil {
		return im, err
	}
	touched, total, seen, err := s.touched(ctx, &im)
	if err != nil {
		return im, err
	}
	if len(touched) > 0 && !onlyUntouched {
		return im, &geo.Error{
			Kind:   geo.Conflict,
			Detail: fmt.Sprintf("%d of the %d rows were changed after the import. Nothing was rolled back; the untouched ones alone can be.", len(touched), total), Faults: faultsOf(touched),
		}
	}
	needed, err := s.mustStay(ctx, &im, touched)
	if err != nil {
		return im, err
	}
	back, err := s.rollbackOf(&im, actor, touched, needed, total)
	if err != nil {
		return im, err
	}
	stays := func(at row) bool { return touched[at].Number > 0 || needed[at] != row{} }
	im.State, im.Changed, im.UndoneBy = geo.RolledBack, back.Created, back.ID
	list := s.following(id, "rolling-back", total-len(touched)-len(needed), geo.Ahead(inParts(s.reversed(ctx, &im, stays))))
	err = s.Store.Apply(ctx, geo.Change{
		Actor: actor, Note: geo.ImportNote(back.ID) + ", takes back " + im.ID, Since: &seen, Parts: changes(list, s.Atlas), Imports: []geo.Import{back, im},
	})
	if err != nil {
		return im, inTheWay(err)
	}
	return s.Store.FindImport(ctx, back.ID)
}

// inTheWay says why the rows cannot become what they were: a row was changed since they
// were looked at, or one that is there now breaks a rule together with them.
func inTheWay(err error) error {
	var refused *geo.Error
	if !errors.As(err, &refused) || refused.Detail != "" || refused.Kind != geo.Conflict && refused.Kind != geo.Invalid {
		return err
	}
	return &geo.Error{
		Kind:   geo.Conflict,
		Detail: "The import cannot be rolled back: something was changed meanwhile, or still rests on what it added.", Faults: refused.Faults,
	}
}

// rollbackOf is the import that takes another back.
func (s *Service) rollbackOf(im *geo.Import, actor string, touched map[row]geo.Revision, needed map[row]row, total int) (geo.Import, error) {
	now := s.now()
	back := geo.Import{
		ID: newID(now), State: geo.Applied, Collection: im.Collection, Actor: actor, Created: now, Changed: now, Undoes: im.ID,
	}
	report := Report{
		Import: back.ID, Collection: im.Collection, Actor: actor, Compared: now, Findings: Findings{List: []Finding{}, Tallies: []Tally{}},
		Counts: Counts{Changed: total - len(touched) - len(needed), LeftOut: len(touched) + len(needed)},
	}
	for at, later := range touched {
		report.Findings.add(&Finding{Severity: Warning, Rule: RuleTouched, Feature: at.place().Feature, Detail: laterText(&later)})
	}
	for at, by := range needed {
		report.Findings.add(&Finding{Severity: Warning, Rule: RuleNeeded, Feature: at.place().Feature, Detail: by.place().Feature + " rests on it; it stays as it is"})
	}
	var err error
	back.Report, err = json.Marshal(report)
	return back, err
}

func laterText(later *geo.Revision) string {
	return fmt.Sprintf("%s changed it on %s; it stays as it is", later.Actor, later.Recorded.UTC().Format("2006-01-02 15:04:05"))
}

// touched returns the rows of an import that were changed after it, with the first
// change, how many rows the import touched in all, and the state of the record up to
// which that was looked at.
func (s *Service) touched(ctx context.Context, im *geo.Import) (later map[row]geo.Revision, total int, seen geo.State, err error) {
	own := map[row]bool{}
	seen.Moment = im.Moment
	for r, err := range s.recorded(ctx, im, geo.RevisionQuery{Bare: true}) {
		if err != nil {
			return nil, 0, seen, err
		}
		own[rowOf(&r)] = true
		seen.Last = max(seen.Last, r.Number)
	}
	later = map[row]geo.Revision{}
	if len(own) == 0 {
		return later, 0, seen, nil
	}
	for r, err := range s.Store.Revisions(ctx, geo.RevisionQuery{After: seen.Last, Bare: true}) {
		if err != nil {
			return nil, 0, seen, err
		}
		if at := rowOf(&r); own[at] && later[at].Number == 0 {
			r.Before, r.After = geo.Row{}, geo.Row{}
			later[at] = r
		}
		seen = geo.State{Moment: r.Recorded, Last: r.Number}
	}
	return later, len(own), seen, nil
}

// mustStay returns the untouched rows of an import that those which stay rest on, each
// with one that does: first the touched ones, then these themselves.
func (s *Service) mustStay(ctx context.Context, im *geo.Import, touched map[row]geo.Revision) (map[row]row, error) {
	needed := map[row]row{}
	named, err := s.namedBy(ctx, touched)
	if err != nil {
		return nil, err
	}
	for more := len(named) > 0; more; {
		more = false
		for r, err := range s.recorded(ctx, im, geo.RevisionQuery{Newest: true}) {
			if err != nil {
				return nil, err
			}
			at := rowOf(&r)
			by, isNamed := named[at]
			if !isNamed || touched[at].Number > 0 || needed[at] != (row{}) || !wouldBeMissed(&r) {
				continue
			}
			needed[at] = by
			for _, other := range s.restsOn(&r.After, r.Collection) {
				if _, known := named[other]; !known {
					named[other], more = at, true // it may have been passed already
				}
			}
		}
	}
	return needed, nil
}

// wouldBeMissed reports whether what rests on a row is wrong when its change is taken
// back. A source that was only changed may be kept for fewer than before, and what
// cites it with it.
func wouldBeMissed(r *geo.Revision) bool {
	return r.After.Exists() && (!r.Before.Exists() || r.Kind == geo.SourceRow)
}

// namedBy returns what the touched rows rest on as they are now, each with one of them.
func (s *Service) namedBy(ctx context.Context, touched map[row]geo.Revision) (map[row]row, error) {
	named := map[row]row{}
	if len(touched) == 0 {
		return named, nil
	}
	first := int64(math.MaxInt64)
	for _, r := range touched {
		first = min(first, r.Number)
	}
	rests := map[row][]row{}
	for r, err := range s.Store.Revisions(ctx, geo.RevisionQuery{After: first - 1}) {
		if err != nil {
			return nil, err
		}
		if at := rowOf(&r); touched[at].Number > 0 {
			rests[at] = s.restsOn(&r.After, r.Collection)
		}
	}
	for at, others := range rests {
		for _, other := range others {
			named[other] = at
		}
	}
	return named, nil
}

// restsOn lists the sources and features that a row names.
func (s *Service) restsOn(r *geo.Row, collection string) []row {
	var list []row
	cites := func(sources []string) {
		for _, id := range sources {
			list = append(list, row{geo.SourceRow, geo.SourcesID, id})
		}
	}
	switch {
	case r.Period != nil:
		cites(r.Period.Sources)
		if r.Period.Scope == geo.OfFeature {
			list = append(list, row{geo.FeatureRow, collection, r.Period.Owner})
		}
	case r.Feature != nil:
		cites(r.Feature.Sources)
		c, err := s.Atlas.Collection(collection)
		if err != nil {
			return list // it is not declared any more
		}
		for i := range min(len(c.Properties), len(r.Feature.Values)) {
			if id, names := r.Feature.Values[i].(string); names && c.Properties[i].Refers != "" {
				list = append(list, row{geo.FeatureRow, c.Properties[i].Refers, id})
			}
		}
	}
	return list
}

// maxRows is how many rows an error names.
const maxRows = 50

func faultsOf(touched map[row]geo.Revision) []geo.Fault {
	var faults []geo.Fault
	for at, later := range touched {
		if len(faults) == maxRows {
			break
		}
		faults = append(faults, geo.Fault{Rule: RuleTouched, Place: at.place(), Detail: laterText(&later)})
	}
	return sortedFaults(faults)
}

// reversed yields what an import did the other way round, the last first, without the
// rows that stay.
func (s *Service) reversed(ctx context.Context, im *geo.Import, stays func(row) bool) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		for r, err := range s.recorded(ctx, im, geo.RevisionQuery{Newest: true}) {
			if err == nil {
				if stays(rowOf(&r)) {
					continue
				}
				r.Before, r.After = r.After, r.Before
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
