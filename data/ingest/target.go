package ingest

import (
	"context"
	"iter"
	"strings"

	"oxus/geo"
)

// target is what an import fills. Status periods and sources are matched and
// converted as features of a collection without places, declared here, and become
// rows of their own at the end.
type target struct {
	*geo.Collection
	kind geo.RowKind
}

// targetOf returns what the id of an import's collection names.
func targetOf(atlas *geo.Atlas, id string) (*target, error) {
	switch id {
	case geo.StatusID, geo.StatusPeriodsID:
		return tableTarget(statusTable(), geo.StatusRow)
	case geo.SourcesID:
		return tableTarget(sourcesTable(), geo.SourceRow)
	}
	c, err := atlas.Stored(id)
	return &target{c, geo.FeatureRow}, err
}

func tableTarget(c *geo.Collection, kind geo.RowKind) (*target, error) {
	_, err := geo.NewAtlas(c) // which indexes the properties
	return &target{c, kind}, err
}

// The properties of the two tables.
const (
	ownerCollection = "collection"
	ownerScope      = "scope"
	ownerName       = "owner"
	periodKind      = "kind"
	periodStatus    = "status"
	periodBasis     = "end_basis"
	cause           = "cause"
	summary         = "summary"
	publisher       = "publisher"
	title           = "title"
	address         = "url"
	published       = "published"
	accessed        = "accessed"
	supports        = "supports"
	audience        = "audience"
)

// statusTable declares status periods as data/seed writes them.
func statusTable() *geo.Collection {
	return &geo.Collection{
		ID: geo.StatusID, Title: "Status periods",
		Properties: []geo.Property{
			{Name: ownerCollection, Title: "Collection", Required: true},
			{Name: ownerScope, Title: "Whose it is"},
			{Name: ownerName, Title: "The feature or the project", Required: true},
			{Name: periodKind, Title: "Kind"},
			{Name: periodStatus, Title: "Status", Required: true},
			{Name: periodBasis, Title: "How the end is known"},
			{Name: cause, Title: "Cause"},
			{Name: summary, Title: "Summary"},
		},
		Lifetime: geo.LifetimeNames{From: "from_date", FromPrecision: "from_precision", To: "to_date", ToPrecision: "to_precision"},
	}
}

func sourcesTable() *geo.Collection {
	return &geo.Collection{
		ID: geo.SourcesID, Title: "Sources",
		Properties: []geo.Property{
			{Name: publisher, Title: "Publisher", Required: true},
			{Name: title, Title: "Title", Required: true},
			{Name: address, Title: "Address"},
			{Name: published, Type: geo.Partial, Title: "Published"},
			{Name: accessed, Type: geo.Partial, Title: "Read"},
			{Name: supports, Title: "What was taken from it"},
			{Name: audience, Title: "Who may see it", Codes: audienceCodes()},
		},
	}
}

// audienceCodes are the roles a source can be kept for.
func audienceCodes() []geo.Code {
	var codes []geo.Code
	for _, role := range geo.Audiences() {
		codes = append(codes, geo.Code{Value: string(role), Title: "Those of the role " + string(role) + " and above"})
	}
	return codes
}

// check holds a feature of the target against its declaration, and what the declaration
// of a source cannot say of its address.
func (t *target) check(f *geo.Feature, place geo.Place) []geo.Fault {
	faults := t.CheckFeature(f, place)
	if t.kind == geo.SourceRow {
		if err := geo.CheckAddress(t.text(f, address)); err != nil {
			place.Field = address
			faults = append(faults, geo.Fault{Rule: geo.RuleType, Place: place, Detail: err.Error()})
		}
	}
	return faults
}

// row turns a feature of the target into the row that is kept.
func (t *target) row(f *geo.Feature) geo.Row {
	switch {
	case f == nil:
		return geo.Row{}
	case t.kind == geo.StatusRow:
		return geo.Row{Period: t.period(f)}
	case t.kind == geo.SourceRow:
		return geo.Row{Source: t.source(f)}
	default:
		return geo.Row{Feature: f}
	}
}

func (t *target) text(f *geo.Feature, name string) string {
	v, _ := f.Values[t.PropertyIndex(name)].(string)
	return v
}

func (t *target) set(f *geo.Feature, name, text string) {
	if text != "" {
		f.Values[t.PropertyIndex(name)] = text
	}
}

// period reads a period. What a row leaves out is what nearly all have: it speaks
// for a feature, is a phase, and has no known end.
func (t *target) period(f *geo.Feature) *geo.Period {
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	basis := geo.Ongoing
	if f.Lifetime.To.Known() {
		basis = geo.Ended
	}
	return &geo.Period{
		ID: f.ID, Collection: t.text(f, ownerCollection), Owner: t.text(f, ownerName), Status: t.text(f, periodStatus),
		Scope: geo.Scope(or(t.text(f, ownerScope), string(geo.OfFeature))), Kind: geo.PeriodKind(or(t.text(f, periodKind), string(geo.Phase))),
		From: f.Lifetime.From, To: f.Lifetime.To, Basis: geo.EndBasis(or(t.text(f, periodBasis), string(basis))),
		Cause: t.text(f, cause), Summary: t.text(f, summary), Sources: f.Sources,
	}
}

func (t *target) ofPeriod(p *geo.Period) *geo.Feature {
	f := &geo.Feature{ID: p.ID, Values: make([]geo.Value, len(t.Properties)), Lifetime: geo.Lifetime{From: p.From, To: p.To}, Sources: p.Sources}
	for name, text := range map[string]string{
		ownerCollection: p.Collection, ownerScope: string(p.Scope), ownerName: p.Owner, periodKind: string(p.Kind),
		periodStatus: p.Status, periodBasis: string(p.Basis), cause: p.Cause, summary: p.Summary,
	} {
		t.set(f, name, text)
	}
	return f
}

func (t *target) source(f *geo.Feature) *geo.Source {
	date := func(name string) geo.PartialDate {
		d, _ := geo.ParsePartialDate(t.text(f, name)) // the check of the value has refused others
		return d
	}
	return &geo.Source{
		ID: f.ID, Publisher: t.text(f, publisher), Title: t.text(f, title), URL: t.text(f, address),
		Published: date(published), Accessed: date(accessed), Supports: t.text(f, supports),
		Audience: geo.Role(t.text(f, audience)),
	}
}

func (t *target) ofSource(s *geo.Source) *geo.Feature {
	f := &geo.Feature{ID: s.ID, Values: make([]geo.Value, len(t.Properties))}
	for name, text := range map[string]string{
		publisher: s.Publisher, title: s.Title, address: s.URL, published: s.Published.String(), accessed: s.Accessed.String(), supports: s.Supports,
		audience: string(s.Audience),
	} {
		t.set(f, name, text)
	}
	return f
}

// stored yields what is stored of the target. Sources are asked for by the ids
// that the file names.
func (t *target) stored(ctx context.Context, store geo.Reader, atlas *geo.Atlas, today geo.Date, ids []string) iter.Seq2[*geo.Feature, error] {
	switch t.kind {
	case geo.StatusRow:
		return t.storedPeriods(ctx, store, atlas, today)
	case geo.SourceRow:
		return t.storedSources(ctx, store, ids)
	default:
		return func(yield func(*geo.Feature, error) bool) {
			for it, err := range store.Items(ctx, geo.Query{Collection: t.Collection, Today: today, Sort: geo.ByID()}) {
				if !yield(it.Feature, err) || err != nil {
					return
				}
			}
		}
	}
}

func (t *target) storedSources(ctx context.Context, store geo.Reader, ids []string) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		stored, err := store.Sources(ctx, ids)
		if err != nil {
			yield(nil, err)
			return
		}
		for i := range stored {
			if !yield(t.ofSource(&stored[i]), nil) {
				return
			}
		}
	}
}

// storedPeriods yields each period once; those of a project come with every
// feature of it.
func (t *target) storedPeriods(ctx context.Context, store geo.Reader, atlas *geo.Atlas, today geo.Date) iter.Seq2[*geo.Feature, error] {
	return func(yield func(*geo.Feature, error) bool) {
		seen := map[string]bool{}
		for _, c := range atlas.Collections {
			if !c.HasStatus() {
				continue
			}
			for it, err := range store.Items(ctx, geo.Query{Collection: c, Today: today, Histories: true, Sort: geo.ByID()}) {
				if err != nil {
					yield(nil, err)
					return
				}
				for i := range it.History {
					p := &it.History[i]
					if seen[c.ID+"/"+p.ID] {
						continue
					}
					seen[c.ID+"/"+p.ID] = true
					if !yield(t.ofPeriod(p), nil) {
						return
					}
				}
			}
		}
	}
}

// madeID makes the id of a feature that names none. That of a period is made of
// what it says, as that of a curated one is.
func (t *target) madeID(f *geo.Feature, key string) string {
	if t.kind != geo.StatusRow {
		return slug(key)
	}
	p := t.period(f)
	return strings.Join([]string{p.Owner, p.From.String(), string(p.Kind)}, ".")
}
