package ops

import (
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics counts what a server does. Its labels are patterns of addresses, names of
// questions and ids of declared collections, so that there are as many series as the
// program has and no client can make more. It is an api.Meter.
type Metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec
	bytes     *prometheus.CounterVec
	// series are those of requests that there have been: to look for them by their labels
	// would cost more than an answer from the cache does.
	series atomic.Pointer[map[request]answered]
	adding sync.Mutex // of who adds to them

	looks map[string]prometheus.Counter
	kept  atomic.Pointer[kept]

	questions *prometheus.HistogramVec
	rows      *prometheus.CounterVec
	failures  *prometheus.CounterVec
	slow      *prometheus.CounterVec

	waits   *prometheus.HistogramVec
	refused *prometheus.CounterVec

	followers prometheus.Gauge
}

// request is what the metrics know of one, and answered what counts those like it.
type (
	request struct {
		route, method string
		status        int
	}
	answered struct {
		requests, bytes prometheus.Counter
		duration        prometheus.Observer
	}
)

// kept tells how many answers are kept.
type kept struct {
	most int64
	held func() (answers int, bytes int64)
}

// outcomes are those of looks into the cache of answers.
var outcomes = []string{"hit", "client", "miss", "unknown"}

// requestBuckets and questionBuckets are seconds, from what an answer out of memory takes
// to what a client gives up at.
var (
	requestBuckets  = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
	questionBuckets = []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30}
	waitBuckets     = []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10}
)

// NewMetrics returns metrics with those of the process and of Go's runtime. version is of
// the program.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), looks: map[string]prometheus.Counter{}}
	m.series.Store(&map[request]answered{})
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "oxus_build_info", Help: "1, with the version of the program."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build)

	m.requests = m.counter("oxus_http_requests_total", "Requests that have ended, by the pattern of their address, method and status; cut is an answer that was cut off, 499 a client that left before there was one.", "route", "method", "status")
	m.durations = m.histogram("oxus_http_request_duration_seconds", "How long requests took, to the last byte written.", requestBuckets, "route")
	m.bytes = m.counter("oxus_http_response_bytes_total", "Bytes of answers before they were packed.", "route")

	looks := m.counter("oxus_cache_requests_total", "Looks into the cache of answers: hit for one that was kept, client for one that was kept and that the client has too, miss for one that was made, unknown where the server did not know what state the data is in.", "outcome")
	for _, outcome := range outcomes {
		m.looks[outcome] = looks.WithLabelValues(outcome)
	}

	m.questions = m.histogram("oxus_question_duration_seconds", "How long the store took for a question, without what was done with its rows.", questionBuckets, "question", "collection")
	m.rows = m.counter("oxus_question_rows_total", "Rows that the store gave.", "question", "collection")
	m.failures = m.counter("oxus_question_failures_total", "Questions that the store failed to answer.", "question", "collection")
	m.slow = m.counter("oxus_slow_questions_total", "Questions that took longer than the threshold and are in the log.", "question", "collection")

	m.waits = m.histogram("oxus_load_wait_seconds", "How long requests waited for a place, refused ones too.", waitBuckets, "class")
	m.refused = m.counter("oxus_load_refused_total", "Requests that found no place: full when too many waited, late when they waited too long, gone when the client left.", "class", "reason")
	m.followers = prometheus.NewGauge(prometheus.GaugeOpts{Name: "oxus_followers", Help: "Clients that follow the data and are told of changes."})
	m.registry.MustRegister(m.followers)
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// Answered counts a request that has ended; a status of 0 is an answer that was cut off.
func (m *Metrics) Answered(route, method string, status int, took time.Duration, bytes int64) {
	of := request{route, method, status}
	a, ok := (*m.series.Load())[of]
	if !ok {
		a = m.seriesOf(of)
	}
	a.requests.Inc()
	a.duration.Observe(took.Seconds())
	a.bytes.Add(float64(bytes))
}

// seriesOf adds what counts requests of a kind.
func (m *Metrics) seriesOf(of request) answered {
	code := "cut"
	if of.status != 0 {
		code = strconv.Itoa(of.status)
	}
	a := answered{m.requests.WithLabelValues(of.route, of.method, code), m.bytes.WithLabelValues(of.route), m.durations.WithLabelValues(of.route)}
	m.adding.Lock()
	defer m.adding.Unlock()
	all := maps.Clone(*m.series.Load())
	all[of] = a
	m.series.Store(&all)
	return a
}

// Looked counts a look into the cache of answers.
func (m *Metrics) Looked(outcome string) {
	if c := m.looks[outcome]; c != nil {
		c.Inc()
	}
}

// Keeping takes what tells how many answers are kept.
func (m *Metrics) Keeping(most int64, held func() (answers int, bytes int64)) {
	m.kept.Store(&kept{most, held})
}

// Asked counts a question to the store.
func (m *Metrics) Asked(question, collection string, took time.Duration, rows int, failed bool) {
	m.questions.WithLabelValues(question, collection).Observe(took.Seconds())
	m.rows.WithLabelValues(question, collection).Add(float64(rows))
	if failed {
		m.failures.WithLabelValues(question, collection).Inc()
	}
}

// Waited counts a request that has waited for a place; refused is why it got none, "" when
// it did.
func (m *Metrics) Waited(class string, took time.Duration, refused string) {
	m.waits.WithLabelValues(class).Observe(took.Seconds())
	if refused != "" {
		m.refused.WithLabelValues(class, refused).Inc()
	}
}

// Slow counts a question that is in the log for having taken long.
func (m *Metrics) Slow(question, collection string) {
	m.slow.WithLabelValues(question, collection).Inc()
}

// Following counts a client that begins or ceases to follow the data.
func (m *Metrics) Following(change int) { m.followers.Add(float64(change)) }
