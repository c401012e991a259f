package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"oxus/geo"
)

// RuleTouched is broken by a row that was changed after the import that is to be
// taken back.
const RuleTouched geo.Rule = "changed-later"

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
// the untouched ones are asked for. An import that was taken back already stays so.
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
	back, err := s.rollbackOf(&im, actor, touched, total)
	if err != nil {
		return im, err
	}
	im.State, im.Changed, im.UndoneBy = geo.RolledBack, back.Created, back.ID
	list := s.following(id, "rolling-back", total-len(touched), geo.Ahead(inParts(s.reversed(ctx, &im, touched))))
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
func (s *Service) rollbackOf(im *geo.Import, actor string, touched map[row]geo.Revision, total int) (geo.Import, error) {
	now := s.now()
	back := geo.Import{
		ID: newID(now), State: geo.Applied, Collection: im.Collection, Actor: actor, Created: now, Changed: now, Undoes: im.ID,
	}
	report := Report{
		Import: back.ID, Collection: im.Collection, Actor: actor, Compared: now, Findings: Findings{List: []Finding{}, Tallies: []Tally{}},
		Counts: Counts{Changed: total - len(touched), LeftOut: len(touched)},
	}
	for at, later := range touched {
		report.Findings.add(&Finding{Severity: Warning, Rule: RuleTouched, Feature: at.place().Feature, Detail: laterText(&later)})
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
// rows that were touched later.
func (s *Service) reversed(ctx context.Context, im *geo.Import, touched map[row]geo.Revision) iter.Seq2[geo.Revision, error] {
	return func(yield func(geo.Revision, error) bool) {
		for r, err := range s.recorded(ctx, im, geo.RevisionQuery{Newest: true}) {
			if err == nil {
				if _, later := touched[rowOf(&r)]; later {
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
