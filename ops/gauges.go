package ops

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"oxus/geo"
)

// Lane is how things stand with one class of requests.
type Lane struct {
	Class                             string
	Places, Working, Waiting, Stalled int
}

// Step is how many imports are at one step, with the records that are done of those that
// there are.
type Step struct {
	Step                    string
	Imports, Records, Total int
}

// Sources are asked whenever the metrics are read. What is nil has no metrics.
type Sources struct {
	// Lanes are the places of requests.
	Lanes func() []Lane
	// Pools are the connections of the store, by what they are for.
	Pools func() map[string]geo.PoolState
	// Latest is the state of the record.
	Latest func(ctx context.Context) (geo.State, error)
	// Steps are what imports are busy with.
	Steps func() []Step
	// Held are the collections that are answered from memory beside the store, with the
	// bytes they take.
	Held func() (collections []string, bytes []int64)
	// Known is what the store knows of the state of its data without being asked, nil when
	// it does not know, and Heard when it last heard of it, zero for never.
	Known func() *geo.Known
	Heard func() time.Time
}

// askWithin is how long the metrics wait for the store: without its state they are still
// worth reading.
const askWithin = 2 * time.Second

// gauges reads the sources.
type gauges struct {
	sources Sources
	metrics *Metrics

	places, working, waiting, stalled *prometheus.Desc
	poolMax, poolOpen                 *prometheus.Desc
	poolTaken, poolWaits, poolWaited  *prometheus.Desc
	up, revision, recorded            *prometheus.Desc
	imports, records, total           *prometheus.Desc
	keptMost, keptBytes, keptAnswers  *prometheus.Desc
	known, heard, version             *prometheus.Desc
	memory                            *prometheus.Desc
}

// Watch adds what is asked for when the metrics are read. It is called once.
func (m *Metrics) Watch(s Sources) {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	m.registry.MustRegister(&gauges{
		sources: s, metrics: m,
		places:  d("oxus_load_places", "Requests that may be worked on at once.", "class"),
		working: d("oxus_load_working", "Requests that are being worked on.", "class"),
		waiting: d("oxus_load_waiting", "Requests that wait for a place.", "class"),
		stalled: d("oxus_load_stalled", "Requests whose client does not read; they hold no place.", "class"),

		poolMax:    d("oxus_pool_max_connections", "Connections to the database that there may be.", "pool"),
		poolOpen:   d("oxus_pool_connections", "Connections to the database, busy and idle.", "pool", "state"),
		poolTaken:  d("oxus_pool_acquires_total", "How often a connection was taken.", "pool"),
		poolWaits:  d("oxus_pool_waits_total", "How often no connection was free.", "pool"),
		poolWaited: d("oxus_pool_wait_seconds_total", "How long was waited for connections.", "pool"),

		up:       d("oxus_store_up", "1 when the store told its state, 0 when it did not in two seconds."),
		revision: d("oxus_record_revision", "The number of the last change that this server sees; servers of one database show the same."),
		recorded: d("oxus_record_timestamp_seconds", "When the last change was recorded."),

		imports: d("oxus_imports", "Imports that are being worked on, by step.", "step"),
		records: d("oxus_import_records", "Records that are done of those imports.", "step"),
		total:   d("oxus_import_records_expected", "Records that those imports have, as far as is known.", "step"),

		keptMost:    d("oxus_cache_max_bytes", "Bytes that kept answers may take."),
		keptBytes:   d("oxus_cache_bytes", "Bytes that kept answers take, with the addresses they are found by, about."),
		keptAnswers: d("oxus_cache_answers", "Answers that are kept, about."),

		memory: d("oxus_memory_bytes", "Bytes that collections take which are answered from memory beside the database, about; the others are not there.", "collection"),

		known:   d("oxus_changes_known", "1 while the server hears of changes of the data as they happen, 0 while it asks the store for each answer."),
		heard:   d("oxus_changes_heard_timestamp_seconds", "When the server last knew that it had heard of all changes; 0 for never."),
		version: d("oxus_collection_version", "A number for the version of a collection, or of the sources, that the server knows: another after each change, and the same on servers of one database.", "collection"),
	})
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		g.places, g.working, g.waiting, g.stalled, g.poolMax, g.poolOpen, g.poolTaken, g.poolWaits, g.poolWaited,
		g.up, g.revision, g.recorded, g.imports, g.records, g.total, g.keptMost, g.keptBytes, g.keptAnswers, g.memory, g.known, g.heard, g.version,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, v, labels...)
	}
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		tell(d, prometheus.GaugeValue, float64(v), labels...)
	}
	if g.sources.Lanes != nil {
		for _, l := range g.sources.Lanes() {
			gauge(g.places, l.Places, l.Class)
			gauge(g.working, l.Working, l.Class)
			gauge(g.waiting, l.Waiting, l.Class)
			gauge(g.stalled, l.Stalled, l.Class)
		}
	}
	if g.sources.Pools != nil {
		for name, p := range g.sources.Pools() {
			gauge(g.poolMax, p.Max, name)
			gauge(g.poolOpen, p.Busy, name, "busy")
			gauge(g.poolOpen, p.Idle, name, "idle")
			tell(g.poolTaken, prometheus.CounterValue, float64(p.Taken), name)
			tell(g.poolWaits, prometheus.CounterValue, float64(p.Waits), name)
			tell(g.poolWaited, prometheus.CounterValue, p.Waited, name)
		}
	}
	if g.sources.Latest != nil {
		g.collectRecord(tell)
	}
	if g.sources.Steps != nil {
		for _, s := range g.sources.Steps() {
			gauge(g.imports, s.Imports, s.Step)
			gauge(g.records, s.Records, s.Step)
			gauge(g.total, s.Total, s.Step)
		}
	}
	if k := g.metrics.kept.Load(); k != nil {
		answers, bytes := k.held()
		tell(g.keptMost, prometheus.GaugeValue, float64(k.most))
		tell(g.keptBytes, prometheus.GaugeValue, float64(bytes))
		gauge(g.keptAnswers, answers)
	}
	if g.sources.Held != nil {
		collections, bytes := g.sources.Held()
		for i, id := range collections {
			tell(g.memory, prometheus.GaugeValue, float64(bytes[i]), id)
		}
	}
	g.collectKnown(tell)
}

// collectKnown tells what the store knows of its data.
func (g *gauges) collectKnown(tell func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	if g.sources.Known == nil {
		return
	}
	known := g.sources.Known()
	if known == nil {
		tell(g.known, prometheus.GaugeValue, 0)
	} else {
		tell(g.known, prometheus.GaugeValue, 1)
		for id, name := range known.Versions {
			tell(g.version, prometheus.GaugeValue, versionValue(name), id)
		}
	}
	if g.sources.Heard == nil {
		return
	}
	seconds := 0.0
	if heard := g.sources.Heard(); !heard.IsZero() {
		seconds = float64(heard.UnixMilli()) / 1000
	}
	tell(g.heard, prometheus.GaugeValue, seconds)
}

// versionValue is a number for the name of a version, of as many bits as a metric holds
// exactly.
func versionValue(name string) float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return float64(h.Sum64() >> 12)
}

// collectRecord asks the store, which may not answer.
func (g *gauges) collectRecord(tell func(*prometheus.Desc, prometheus.ValueType, float64, ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	st, err := g.sources.Latest(ctx)
	if err != nil {
		tell(g.up, prometheus.GaugeValue, 0)
		return
	}
	tell(g.up, prometheus.GaugeValue, 1)
	tell(g.revision, prometheus.GaugeValue, float64(st.Last))
	tell(g.recorded, prometheus.GaugeValue, float64(st.Moment.UnixMilli())/1000)
}
