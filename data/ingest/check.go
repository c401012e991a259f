package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/paulmach/orb"

	"oxus/geo"
	"oxus/geo/charset"
	"oxus/geo/crs"
)

// The rules of imports, beside those of the data.
const (
	RuleOption       geo.Rule = "import-option"
	RuleKey          geo.Rule = "key-required"
	RuleDuplicateKey geo.Rule = "duplicate-key"
	RuleAmbiguousKey geo.Rule = "ambiguous-key"
	RuleDomain       geo.Rule = "outside-crs"
	RuleCited        geo.Rule = "import-cited"
	RulePrivate      geo.Rule = "terms-of-use"
	RuleMayBeCut     geo.Rule = "text-may-be-cut"
	RuleNoGeometry   geo.Rule = "no-geometry"
	RuleLeftOut      geo.Rule = "left-out"
	RulePhaseEnded   geo.Rule = "phase-ended"
)

// Request says what to check a layer for.
type Request struct {
	Atlas *geo.Atlas
	// Collection is the id of a collection, geo.StatusID or geo.SourcesID.
	Collection string
	Options    Options
	// Import, File and Digest (SHA-256, hex) identify the import in the history.
	Import, File, Digest string
	Actor                string
	Now                  time.Time
	// Borders are those that places are held against, nil for none.
	Borders *Borders
	// Progress, when set, is told after each record.
	Progress func()
}

// Check reads the layer against the store and reports what it would change; emit
// takes each row of that, in an order in which they can be applied. Where a question
// is open, or the report has errors, what was emitted is not all of it and means
// nothing. Nothing is written. The error is about the reading as a whole.
func Check(ctx context.Context, layer geo.Layer, store geo.Reader, r Request, emit func(*Entry) error) (*Report, error) {
	b := &builder{request: r, today: geo.DateOf(r.Now), emit: emit, seen: map[string]int{}, written: map[string]bool{}, lookedUp: map[string]bool{}}
	b.brought, _ = layer.(geo.Sourced)
	b.storedSource = func(id string) (*geo.Source, error) {
		found, err := store.Sources(ctx, []string{id})
		if err != nil || len(found) == 0 {
			return nil, err
		}
		return &found[0], nil
	}
	if err := b.begin(ctx, layer, store); err != nil {
		return nil, err
	}
	if len(b.report.Questions) > 0 {
		return b.report, nil
	}
	if err := b.loadStored(ctx, layer, store); err != nil {
		return nil, err
	}
	if err := b.read(ctx, layer); err != nil {
		return nil, err
	}
	if err := b.doubt(layer); err != nil {
		return nil, err
	}
	if err := b.settle(ctx, store); err != nil {
		return nil, err
	}
	b.report.Findings.sort()
	return b.report, nil
}

// builder checks a layer record by record.
type builder struct {
	request Request
	target  *target
	today   geo.Date
	emit    func(*Entry) error
	crs     *crs.CRS
	swapped bool // the file has y first
	mapping *Mapping
	key     int // position of the key among the properties, -1 for id
	stored  map[string][]*geo.Feature
	seen    map[string]int // key → record that had it
	taken   map[string]int // id → record that is it, 0 for a stored feature
	// names are what the records name that must be there, and added the features that
	// they add, which others may name.
	names []naming
	added map[string]bool
	// namesItself says that features of the collection may name others of it.
	namesItself bool
	// fields are the positions of the fields that fill the properties, -1 for none.
	fields []int
	// lookedUp are the sources that were looked up one by one.
	lookedUp map[string]bool
	// written are the sources that the import adds or has looked up: its own, and
	// those that the layer brings, nil for none.
	written map[string]bool
	brought geo.Sourced
	// storedSource returns what is stored of a source, nil for none.
	storedSource func(id string) (*geo.Source, error)
	// audience is whom the import is kept for, blank for nobody; kept are the sources
	// that are kept, as far as they were looked at.
	audience geo.Role
	kept     map[string]bool
	// waiting are rows that are emitted at the end: those that rest on others of
	// their kind, and all of the two tables, which are checked together.
	waiting []Entry
	report  *Report
	// at is where the record lies that is being read, nil where nobody knows.
	at *orb.Point
	// pairs counts the pairs of edges that were looked at for crossings.
	pairs int
	// inFile and inStore find features by name and place.
	inFile, inStore *doubles
}

func (b *builder) begin(ctx context.Context, layer geo.Layer, store geo.Reader) error {
	var err error
	o := &b.request.Options
	if b.target, err = targetOf(b.request.Atlas, b.request.Collection); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.mode() == Replace && b.target.kind != geo.FeatureRow {
		return geo.Errorf(geo.Invalid, "%s cannot be replaced as a whole by an import.", b.target.Title)
	}
	b.report = newReport(&b.request, b.target, layer)
	b.audience, b.kept = o.audienceOf(layer), map[string]bool{}
	b.report.Audience = b.audience
	if b.key = b.target.PropertyIndex(o.key()); b.key < 0 && o.key() != "id" {
		return geo.Errorf(geo.Invalid, "%s has no property %q to be the key.", b.target.ID, o.key())
	}
	if err := b.match(ctx, layer, store); err != nil {
		return err
	}
	b.fields = b.mapping.fields(b.target.Collection)
	b.namesItself = slices.ContainsFunc(b.target.Properties, func(p geo.Property) bool { return p.Refers == b.target.ID })
	return b.findCRS(layer)
}

func (b *builder) findCRS(layer geo.Layer) error {
	if b.target.Geometry == geo.NoGeometry {
		return nil
	}
	given, swapped := strings.CutSuffix(strings.TrimSpace(b.request.Options.CRS), swappedSuffix)
	text := strings.TrimSpace(layer.CRS())
	var err error
	switch {
	case given != "":
		if b.crs, err = crs.Parse(given); err != nil {
			return geo.Faulty([]geo.Fault{{Rule: RuleOption, Place: geo.Place{Parameter: "crs"}, Detail: err.Error()}})
		}
		b.swapped = swapped
	case text == "":
		return b.askCRS(layer, "the file does not say which coordinate reference system it is in; give EPSG:n")
	default:
		if b.crs, err = parseCRS(text); err != nil {
			return b.askCRS(layer, err.Error()+"; give EPSG:n")
		}
	}
	b.report.CRS, b.report.Operation = b.crs.Name(), b.crs.Operation()
	return nil
}

// parseCRS reads what a layer says of its system: WKT, or a code alone. The order of
// coordinates is x, y in every file, so that CRS84 and EPSG:4326 are the same here.
func parseCRS(text string) (*crs.CRS, error) {
	switch {
	case strings.EqualFold(text, "OGC:CRS84"):
		return crs.ByEPSG(4326)
	case strings.ContainsAny(text, "[("):
		return crs.ParseWKT(text)
	default:
		return crs.Parse(text)
	}
}

// swappedSuffix after a system says that the file has y first.
const swappedSuffix = " swapped"

const (
	// sampled is how many positions systems are proposed by.
	sampled = 1000
	// proposed is how many systems are shown.
	proposed = 6
)

// askCRS asks for the system and proposes some: nothing is assumed.
func (b *builder) askCRS(layer geo.Layer, detail string) error {
	var sample []orb.Point
	for record, err := range layer.Records() {
		var fault geo.Fault
		if err != nil && !errors.As(err, &fault) {
			return err
		}
		if flat, err := geo.Flatten(record.Geometry); err == nil && flat.Geometry != nil {
			sample = append(sample, geo.Positions(single(flat.Geometry))...)
		}
		if len(sample) >= sampled {
			break
		}
	}
	var choices []Choice
	for _, p := range crs.Propose(sample) {
		if len(choices) == proposed {
			break
		}
		choice := Choice{Value: p.CRS.String(), Detail: p.CRS.Name() + ", " + p.Why, Bounds: &[4]float64{p.Bound.Min[0], p.Bound.Min[1], p.Bound.Max[0], p.Bound.Max[1]}}
		if p.Swapped {
			choice.Value += swappedSuffix
		}
		choices = append(choices, choice)
	}
	b.report.ask(ask("crs", choices, "%s", detail))
	return nil
}

// loadStored reads what records are compared with.
func (b *builder) loadStored(ctx context.Context, layer geo.Layer, store geo.Reader) error {
	b.stored, b.taken, b.added = map[string][]*geo.Feature{}, map[string]int{}, map[string]bool{}
	ids, err := b.namedSources(layer)
	if err != nil {
		return err
	}
	for f, err := range b.target.stored(ctx, store, b.request.Atlas, b.today, ids) {
		if err != nil {
			return err
		}
		key := b.keyOf(f)
		if !b.keyIsID() {
			b.taken[b.identityOf(f)] = 0
		}
		b.stored[key] = append(b.stored[key], f)
		b.report.Counts.Stored++
	}
	return nil
}

// namedSources reads the ids of a file of sources; of other files there are none.
func (b *builder) namedSources(layer geo.Layer) ([]string, error) {
	if b.target.kind != geo.SourceRow {
		return nil, nil
	}
	var ids []string
	for record, err := range layer.Records() {
		var fault geo.Fault
		if err != nil && !errors.As(err, &fault) {
			return nil, err
		}
		ids = append(ids, strings.TrimSpace(asText(b.mapping.value(&record, "id"))))
	}
	return ids, nil
}

// keyOf is what a stored feature is found by. The ids of periods repeat between
// collections.
func (b *builder) keyOf(f *geo.Feature) string {
	if b.key < 0 {
		return b.identityOf(f)
	}
	return asText(f.Values[b.key])
}

func (b *builder) identityOf(f *geo.Feature) string {
	if b.target.kind == geo.StatusRow {
		return b.target.text(f, ownerCollection) + "/" + f.ID
	}
	return f.ID
}

func (b *builder) read(ctx context.Context, layer geo.Layer) error {
	for record, err := range readAhead(layer) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if b.request.Progress != nil {
			b.request.Progress()
		}
		b.report.Counts.Records++
		var fault geo.Fault
		switch {
		case errors.As(err, &fault):
			b.reject(fault)
		case err != nil:
			return err
		default:
			before := len(b.report.Findings.List)
			b.at = nil
			b.repaired(&record)
			if err := b.record(&record); err != nil {
				return err
			}
			b.report.Findings.locate(before, b.at)
		}
	}
	return nil
}

// repaired tells what was set right in a record while it was read.
func (b *builder) repaired(r *geo.Record) {
	for i := range r.Repairs {
		f := faulted(&r.Repairs[i])
		f.Severity, f.Record = Repair, r.Number
		if p := r.Repairs[i].Place.Point; p != nil && b.crs != nil {
			f.At = nil // where it cannot be projected the record is refused
			if at, err := b.projectPoint(*p); err == nil {
				f.At = &at
			}
		}
		b.report.Findings.add(f)
	}
}

// doubt asks for the encoding where texts could not be decoded.
func (b *builder) doubt(layer geo.Layer) error {
	guess, ok := layer.(guesser)
	if !ok || !slices.ContainsFunc(b.report.Findings.Tallies, func(t Tally) bool { return t.Rule == charset.RuleText }) {
		return nil
	}
	guesses, err := guess.Guess()
	if len(guesses) > 0 {
		b.report.askEncoding(guesses)
	}
	return err
}

// reject refuses a record for all its faults.
func (b *builder) reject(faults ...geo.Fault) {
	for i := range faults {
		b.report.Findings.add(faulted(&faults[i]))
	}
	b.report.Counts.Refused++
}

func (b *builder) warn(severity Severity, rule geo.Rule, r *geo.Record, id, field, format string, args ...any) {
	b.report.Findings.add(&Finding{Severity: severity, Rule: rule, Record: r.Number, Feature: id, Field: field, Detail: fmt.Sprintf(format, args...)})
}

func (b *builder) place(r *geo.Record, id string) geo.Place {
	return geo.Place{File: b.request.File, Record: r.Number, Feature: id}
}

// record takes one record: refuse it, or find it new, changed or the same.
func (b *builder) record(r *geo.Record) error {
	key := b.recordKey(r)
	stored, faults := b.find(r, key)
	if len(faults) > 0 {
		b.reject(faults...)
		return nil
	}
	id := b.idOf(r, key, stored)
	leaveOut, why := UpdateOnly, "it is not there"
	if stored != nil {
		leaveOut, why = Insert, "it is there already"
	}
	if b.request.Options.mode() == leaveOut {
		b.report.Counts.LeftOut++
		b.warn(Warning, RuleLeftOut, r, id, "", "%s", why)
		return nil
	}
	f, faults := b.feature(r, id, stored)
	if len(faults) == 0 {
		faults = append(b.target.check(&f, b.place(r, id)), b.identity(r, &f, stored)...)
	}
	if len(faults) > 0 {
		b.reject(faults...)
		return nil
	}
	b.observe(r, &f, stored)
	return b.put(r, stored, &f)
}

// put emits what a record changes, or keeps it until the end.
func (b *builder) put(r *geo.Record, stored, f *geo.Feature) error {
	if b.target.kind == geo.StatusRow {
		f = b.target.ofPeriod(b.target.period(f)) // what a row leaves out is said
	}
	if stored != nil && f.SameContent(stored) {
		b.report.Counts.Same++
		return nil
	}
	if err := b.citing(r, f, stored); err != nil {
		return err
	}
	e := Entry{Record: r.Number, Collection: b.target.ID, Kind: b.target.kind, ID: f.ID, Before: b.target.row(stored), After: b.target.row(f)}
	switch {
	case b.target.kind != geo.FeatureRow:
		if p := e.After.Period; p != nil {
			e.Collection = p.Collection
		} else {
			e.Collection = ""
		}
	case !b.refersToItself(f):
		return b.write(&e)
	}
	b.waiting = append(b.waiting, e)
	return nil
}

// write emits an entry and counts it.
func (b *builder) write(e *Entry) error {
	b.report.count(e, b.request.Atlas)
	return b.emit(e)
}

// refersToItself reports whether a feature names another of its collection, which
// must be there before it.
func (b *builder) refersToItself(f *geo.Feature) bool {
	return b.namesItself && slices.ContainsFunc(b.target.Properties, func(p geo.Property) bool {
		return p.Refers == b.target.ID && f.Values[b.target.PropertyIndex(p.Name)] != nil
	})
}

// naming is a record that names something which must be there.
type naming struct {
	// collection is that of what is named, geo.SourcesID for a source.
	collection, id string
	field          string
	record         int
	// feature is the one that the record becomes, new or changed.
	feature string
	isNew   bool
	at      *orb.Point
}

// identity refuses an id that another feature has, stored or in the file, and
// one that differs from that of the feature its key finds.
func (b *builder) identity(r *geo.Record, f, stored *geo.Feature) []geo.Fault {
	id := b.identityOf(f)
	other, isTaken := b.taken[id]
	given := strings.TrimSpace(asText(b.mapping.value(r, "id")))
	fault := func(rule geo.Rule, format string, args ...any) []geo.Fault {
		return []geo.Fault{{Rule: rule, Place: b.place(r, f.ID), Detail: fmt.Sprintf(format, args...)}}
	}
	switch {
	case stored != nil && given != "" && given != stored.ID:
		return fault(geo.RuleID, "the record has the id %q, but its %s is that of %q", given, b.request.Options.key(), stored.ID)
	case stored == nil && isTaken && other == 0:
		return fault(geo.RuleDuplicateID, "a stored feature has the id %q and another %s", f.ID, b.request.Options.key())
	case stored == nil && isTaken:
		return fault(geo.RuleDuplicateID, "record %d has the id %q too", other, f.ID)
	}
	if stored == nil && !b.keyIsID() {
		b.taken[id] = r.Number
	}
	return nil
}

// keyIsID reports whether features are found by the id, so that two keys are two ids.
func (b *builder) keyIsID() bool { return b.key < 0 && b.target.kind != geo.StatusRow }

// recordKey is what tells which feature a record is.
func (b *builder) recordKey(r *geo.Record) string {
	key := strings.TrimSpace(asText(b.mapping.value(r, b.request.Options.key())))
	if b.target.kind != geo.StatusRow || b.key >= 0 {
		return key
	}
	f, _ := b.feature(r, key, nil)
	if f.ID == "" && f.Lifetime.From.Known() {
		f.ID = b.target.madeID(&f, "")
	}
	if f.ID == "" {
		return ""
	}
	return b.identityOf(&f)
}

// find returns the stored feature a record is, nil when it is new.
func (b *builder) find(r *geo.Record, key string) (*geo.Feature, []geo.Fault) {
	place := b.place(r, key)
	if key == "" {
		return nil, []geo.Fault{{Rule: RuleKey, Place: place, Detail: fmt.Sprintf("the record has no %s", b.request.Options.key())}}
	}
	if first, twice := b.seen[key]; twice {
		return nil, []geo.Fault{{Rule: RuleDuplicateKey, Place: place, Detail: fmt.Sprintf("record %d has the same %s", first, b.request.Options.key())}}
	}
	b.seen[key] = r.Number
	switch stored := b.stored[key]; len(stored) {
	case 0:
		return nil, nil
	case 1:
		return stored[0], nil
	default:
		return nil, []geo.Fault{{Rule: RuleAmbiguousKey, Place: place, Detail: fmt.Sprintf("%d stored features have this %s", len(stored), b.request.Options.key())}}
	}
}

// idOf returns the id of the feature: the stored one, the one in the file, or one
// made of its key.
func (b *builder) idOf(r *geo.Record, key string, stored *geo.Feature) string {
	if stored != nil {
		return stored.ID
	}
	if id := strings.TrimSpace(asText(b.mapping.value(r, "id"))); id != "" {
		return id
	}
	if b.target.kind == geo.StatusRow {
		_, id, _ := strings.Cut(key, "/")
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
