package geo

// Rows are rows of one kind and collection, by id.
type Rows struct {
	Kind RowKind
	// Collection is as revisions have it: SourcesID for sources.
	Collection string
	IDs        []string
}

// Uncounted are the status periods and sources that a change, or a part of one, writes
// or removes: they have no revision of their own that it could expect, so that
// Change.Since is asked about them.
func (ch *Change) Uncounted() []Rows {
	type group struct {
		kind       RowKind
		collection string
	}
	var all []Rows
	at := map[group]int{}
	add := func(kind RowKind, collection, id string) {
		n, seen := at[group{kind, collection}]
		if !seen {
			n = len(all)
			at[group{kind, collection}], all = n, append(all, Rows{Kind: kind, Collection: collection})
		}
		all[n].IDs = append(all[n].IDs, id)
	}
	for i := range ch.Removals {
		switch r := &ch.Removals[i]; r.Kind {
		case SourceRow:
			add(SourceRow, SourcesID, r.ID)
		case StatusRow:
			add(StatusRow, r.Collection, r.ID)
		default: // a feature, with the revision expected
		}
	}
	for i := range ch.Sources {
		add(SourceRow, SourcesID, ch.Sources[i].ID)
	}
	for i := range ch.Periods {
		add(StatusRow, ch.Periods[i].Collection, ch.Periods[i].ID)
	}
	return all
}

// Changed is the fault of one of the rows that has a later revision than the change was
// made against.
func (r *Rows) Changed(id string) Fault {
	named := Removal{Kind: r.Kind, Collection: r.Collection, ID: id}
	return Fault{Rule: RuleChanged, Place: named.Place(), Detail: "it has been changed since it was read"}
}
