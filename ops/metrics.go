package ops

import (
	"strconv"
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

	questions *prometheus.HistogramVec
	rows      *prometheus.CounterVec
	failures  *prometheus.CounterVec
	slow      *prometheus.CounterVec

	waits   *prometheus.HistogramVec
	refused *prometheus.CounterVec

	followers prometheus.Gauge
}

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
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "oxus_build_info", Help: "1, with the version of the program."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(build)

	m.requests = m.counter("oxus_http_requests_total", "Requests that have ended, by the pattern of their address, method and status; cut is an answer that was cut off, 499 a client that left before there was one.", "route", "method", "status")
	m.durations = m.histogram("oxus_http_request_duration_seconds", "How long requests took, to the last byte written.", requestBuckets, "route")
	m.bytes = m.counter("oxus_http_response_bytes_total", "Bytes of answers before they were packed.", "route")

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
	code := "cut"
	if status != 0 {
		code = strconv.Itoa(status)
	}
	m.requests.WithLabelValues(route, method, code).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
	m.bytes.WithLabelValues(route).Add(float64(bytes))
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
