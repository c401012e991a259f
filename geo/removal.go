package geo

// Place says where a removal lies, for faults.
func (r *Removal) Place() Place {
	switch r.Kind {
	case SourceRow:
		return ByFeature(SourcesID, r.ID)
	case StatusRow:
		return ByFeature(StatusID, r.Collection+"/"+r.ID)
	default:
		return ByFeature(r.Collection, r.ID)
	}
}

// WrittenTwice lists the rows that a change removes twice, or removes and also
// writes: which of the two comes first would decide what is left. A source that is
// removed as one of a collection is refused too: who looks for what rests on it, or
// writes it, would look for another row.
func (ch *Change) WrittenTwice() []Fault {
	if len(ch.Removals) == 0 {
		return nil
	}
	type row struct {
		kind           RowKind
		collection, id string
	}
	written := map[row]bool{}
	for i := range ch.Sources {
		written[row{SourceRow, "", ch.Sources[i].ID}] = true
	}
	for i := range ch.Features {
		written[row{FeatureRow, ch.Features[i].Collection.ID, ch.Features[i].Feature.ID}] = true
	}
	for i := range ch.Periods {
		written[row{StatusRow, ch.Periods[i].Collection, ch.Periods[i].ID}] = true
	}
	var faults []Fault
	for i := range ch.Removals {
		r := &ch.Removals[i]
		if r.Kind == SourceRow && r.Collection != "" {
			faults = append(faults, Fault{Rule: RuleCollection, Place: r.Place(), Detail: "a source is of no collection"})
		}
		this := row{r.Kind, r.Collection, r.ID}
		if written[this] {
			faults = append(faults, Fault{Rule: RuleDuplicateID, Place: r.Place(), Detail: "it is removed and written by one change"})
		}
		written[this] = true
	}
	return faults
}
