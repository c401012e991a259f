package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"oxus/geo"
	"oxus/geo/crs"
)

// The rules of records.
const (
	RuleKey          geo.Rule = "key-required"
	RuleDuplicateKey geo.Rule = "duplicate-key"
	RuleAmbiguousKey geo.Rule = "ambiguous-key"
	RuleCRS          geo.Rule = "crs-required"
	RuleDomain       geo.Rule = "outside-crs"
)

// Request says what to import, and how.
type Request struct {
	Atlas      *geo.Atlas
	Collection *geo.Collection
	// Key is the property that tells which feature a record is.
	Key string
	// Map gives fields to properties where their names do not.
	Map map[string]string
	// CRS overrides what the layer says; nil takes its word.
	CRS *crs.CRS
	// File and Digest (SHA-256, hex) identify the file in the history.
	File, Digest string
	Actor        string
	Now          time.Time
	// Progress, when set, is told after each record.
	Progress func()
}

// Plan is what an import would do, and the change that does it.
type Plan struct {
	Report Report
	change geo.Change
}

// Prepare reads the layer against the store and reports the difference.
// Nothing is written. The error is about the import as a whole; records that
// break a rule are in the report.
func Prepare(ctx context.Context, layer geo.Layer, store geo.Reader, r Request) (*Plan, error) {
	b := &builder{request: r, today: geo.DateOf(r.Now)}
	if err := b.begin(ctx, layer, store); err != nil {
		return nil, err
	}
	for record, err := range layer.Records() {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.Progress != nil {
			r.Progress()
		}
		b.plan.Report.Records++
		var fault geo.Fault
		switch {
		case errors.As(err, &fault):
			b.reject(fault)
		case err != nil:
			return nil, err
		default:
			b.record(&record)
		}
	}
	b.finish()
	return &b.plan, b.refer(ctx, store)
}

// Apply writes the plan as one change. A plan with rejected records is refused:
// all of a file or nothing of it.
func (p *Plan) Apply(ctx context.Context, w geo.Writer) error {
	if len(p.Report.Rejected) > 0 {
		return &geo.Error{Kind: geo.Invalid, Detail: "Nothing was imported, because records were refused.", Faults: p.Report.Rejected}
	}
	if len(p.change.Features) == 0 {
		return nil
	}
	return w.Apply(ctx, p.change)
}

// builder gathers a plan record by record.
type builder struct {
	request Request
	today   geo.Date
	crs     *crs.CRS
	mapping *Mapping
	key     int // position of the key among the properties, -1 for id
	stored  map[string][]*geo.Feature
	seen    map[string]int // key → record that had it
	taken   map[string]int // id → record that is it, 0 for a stored feature
	records []int          // the record of each put, for faults found at the end
	plan    Plan
}

func (b *builder) begin(ctx context.Context, layer geo.Layer, store geo.Reader) error {
	c := b.request.Collection
	b.key = c.PropertyIndex(b.request.Key)
	if b.key < 0 && b.request.Key != "id" {
		return geo.Errorf(geo.Invalid, "%s has no property %q to be the key.", c.ID, b.request.Key)
	}
	var faults []geo.Fault
	if b.mapping, faults = match(c, layer.Fields(), b.request.Map); len(faults) > 0 {
		return geo.Faulty(faults)
	}
	if !b.mapping.has(b.request.Key) {
		return geo.Faulty([]geo.Fault{{Rule: RuleNoKey, Place: geo.Place{File: b.request.File}, Detail: fmt.Sprintf(
			"no field fills %q, which tells which feature a record is; name one with --map FIELD=%s or choose another --key", b.request.Key, b.request.Key)}})
	}
	if err := b.findCRS(layer.CRS()); err != nil {
		return err
	}
	b.seen = map[string]int{}
	b.plan.Report = Report{
		Collection: c.ID, File: b.request.File, Digest: b.request.Digest, Layer: layer.Name(),
		CRS: b.crs.Name(), Operation: b.crs.Operation(), Mapping: *b.mapping,
	}
	return b.loadStored(ctx, store)
}

func (b *builder) findCRS(text string) error {
	if b.crs = b.request.CRS; b.crs != nil {
		return nil
	}
	place := geo.Place{File: b.request.File}
	if strings.TrimSpace(text) == "" {
		return geo.Faulty([]geo.Fault{{Rule: RuleCRS, Place: place, Detail: "the file does not say which coordinate reference system it is in; give --crs EPSG:n"}})
	}
	found, err := parseCRS(text)
	if err != nil {
		return geo.Faulty([]geo.Fault{{Rule: RuleCRS, Place: place, Detail: err.Error() + "; give --crs EPSG:n"}})
	}
	b.crs = found
	return nil
}

// parseCRS reads what a layer says of its system: the code of one, or WKT. The
// order of coordinates is x, y in every file, so that CRS84 and EPSG:4326 are
// the same here.
func parseCRS(text string) (*crs.CRS, error) {
	if text = strings.TrimSpace(text); strings.EqualFold(text, "OGC:CRS84") {
		return crs.ByEPSG(4326)
	}
	if len(text) > 5 && strings.EqualFold(text[:5], "EPSG:") {
		return crs.Parse(text)
	}
	return crs.ParseWKT(text)
}

func (b *builder) loadStored(ctx context.Context, store geo.Reader) error {
	b.stored, b.taken = map[string][]*geo.Feature{}, map[string]int{}
	for it, err := range store.Items(ctx, geo.Query{Collection: b.request.Collection, Today: b.today}) {
		if err != nil {
			return err
		}
		b.taken[it.ID] = 0
		key := b.keyOf(it.Feature)
		b.stored[key] = append(b.stored[key], it.Feature)
		b.plan.Report.Stored++
	}
	return nil
}

func (b *builder) keyOf(f *geo.Feature) string {
	if b.key < 0 {
		return f.ID
	}
	return asText(f.Values[b.key])
}

func (b *builder) reject(faults ...geo.Fault) {
	b.plan.Report.Rejected = append(b.plan.Report.Rejected, faults...)
	b.plan.Report.RejectedRecords++
}

func (b *builder) place(r *geo.Record, id string) geo.Place {
	return geo.Place{File: b.request.File, Record: r.Number, Feature: id}
}

// record plans one record: refuse it, or find it new, changed or the same.
func (b *builder) record(r *geo.Record) {
	key := strings.TrimSpace(asText(b.mapping.value(r, b.request.Key)))
	stored, fault := b.find(r, key)
	if fault != nil {
		b.reject(*fault)
		return
	}
	id := b.idOf(r, key, stored)
	f, faults := b.feature(r, id, stored)
	if len(faults) == 0 {
		faults = b.request.Collection.CheckFeature(&f, b.place(r, id))
		faults = append(faults, b.identity(r, id, stored)...)
	}
	switch {
	case len(faults) > 0:
		b.reject(faults...)
	case stored == nil:
		b.plan.Report.New = append(b.plan.Report.New, id)
		b.put(r, f, 0)
	case f.SameContent(stored):
		b.plan.Report.Same++
	default:
		b.plan.Report.Changed = append(b.plan.Report.Changed, difference(b.request.Collection, stored, &f))
		b.put(r, f, stored.Revision)
	}
}

// identity refuses an id that another feature has, stored or in the file, and
// one that differs from that of the feature its key finds.
func (b *builder) identity(r *geo.Record, id string, stored *geo.Feature) []geo.Fault {
	other, isTaken := b.taken[id]
	given := strings.TrimSpace(asText(b.mapping.value(r, "id")))
	switch {
	case stored != nil && given != "" && given != stored.ID:
		return []geo.Fault{{Rule: geo.RuleID, Place: b.place(r, id), Detail: fmt.Sprintf("the record has the id %q, but its %s is that of %q", given, b.request.Key, stored.ID)}}
	case stored == nil && isTaken && other == 0:
		return []geo.Fault{{Rule: geo.RuleDuplicateID, Place: b.place(r, id), Detail: fmt.Sprintf("a stored feature has the id %q and another %s", id, b.request.Key)}}
	case stored == nil && isTaken:
		return []geo.Fault{{Rule: geo.RuleDuplicateID, Place: b.place(r, id), Detail: fmt.Sprintf("record %d has the id %q too", other, id)}}
	}
	if stored == nil {
		b.taken[id] = r.Number
	}
	return nil
}

func (b *builder) put(r *geo.Record, f geo.Feature, expect int64) {
	b.records = append(b.records, r.Number)
	b.plan.change.Features = append(b.plan.change.Features, geo.Put{Collection: b.request.Collection, Feature: f, Expect: expect})
}

// find returns the stored feature a record is, nil when it is new.
func (b *builder) find(r *geo.Record, key string) (*geo.Feature, *geo.Fault) {
	place := b.place(r, key)
	if key == "" {
		return nil, &geo.Fault{Rule: RuleKey, Place: place, Detail: fmt.Sprintf("the record has no %s", b.request.Key)}
	}
	if first, twice := b.seen[key]; twice {
		return nil, &geo.Fault{Rule: RuleDuplicateKey, Place: place, Detail: fmt.Sprintf("record %d has the same %s", first, b.request.Key)}
	}
	b.seen[key] = r.Number
	switch stored := b.stored[key]; len(stored) {
	case 0:
		return nil, nil
	case 1:
		return stored[0], nil
	default:
		return nil, &geo.Fault{Rule: RuleAmbiguousKey, Place: place, Detail: fmt.Sprintf("%d stored features have this %s", len(stored), b.request.Key)}
	}
}

// idOf returns the id of the feature: the stored one, the one in the file, or a
// slug of the key.
func (b *builder) idOf(r *geo.Record, key string, stored *geo.Feature) string {
	if stored != nil {
		return stored.ID
	}
	if id := strings.TrimSpace(asText(b.mapping.value(r, "id"))); id != "" {
		return id
	}
	return slug(key)
}

func slug(s string) string {
	dash := func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToLower(r)
		}
		return '-'
	}
	return strings.Join(strings.FieldsFunc(strings.Map(dash, s), func(r rune) bool { return r == '-' }), "-")
}

// finish completes the report and the change.
func (b *builder) finish() {
	p := &b.plan
	for key, features := range b.stored {
		if _, inFile := b.seen[key]; !inFile {
			for _, f := range features {
				p.Report.Missing = append(p.Report.Missing, f.ID)
			}
		}
	}
	slices.Sort(p.Report.Missing)
	p.change.Actor = b.request.Actor
	p.change.Note = "import " + b.request.File + " sha256:" + b.request.Digest
	b.citeImport()
}

// citeImport gives features that name no source the import itself as one.
func (b *builder) citeImport() {
	id := "import-" + b.today.String() + "-" + b.request.Digest[:min(12, len(b.request.Digest))]
	cited := false
	for i := range b.plan.change.Features {
		if f := &b.plan.change.Features[i].Feature; len(f.Sources) == 0 {
			f.Sources = []string{id}
			cited = true
			b.plan.Report.note(f.ID, "names no source: the import itself is cited")
		}
	}
	if cited {
		b.plan.change.Sources = []geo.Source{{
			ID: id, Publisher: b.request.Actor, Title: "Import of " + b.request.File,
			Published: geo.On(b.today), Accessed: geo.On(b.today), Supports: "sha256:" + b.request.Digest,
		}}
	}
}
