package ops

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to a collector.
type Traces struct {
	provider *sdktrace.TracerProvider
}

// NewTraces sends spans over HTTP to the collector of OpenTelemetry at an address such as
// http://localhost:4318, of a share of the requests from 0 to 1. A client cannot have its
// own requests traced: the share goes for those too that come with a trace, which they then
// belong to. Spans that cannot be sent are dropped, and the log says so.
func NewTraces(ctx context.Context, address string, share float64, version string, log *slog.Logger) (*Traces, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not an http address of a collector", address)
	}
	if share < 0 || share > 1 {
		return nil, fmt.Errorf("the share of requests to trace is %g, not from 0 to 1", share)
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/v1/traces"
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return nil, fmt.Errorf("send traces to %s: %w", u.Redacted(), err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err) }))
	some := randomly(share)
	return &Traces{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(some, sdktrace.WithRemoteParentSampled(some))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "oxus"), attribute.String("service.version", version))),
	)}, nil
}

// randomly samples a share of the traces. By what a trace is called, as others do it,
// clients could choose to be sampled.
type randomly float64

// ShouldSample implements trace.Sampler.
func (share randomly) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := sdktrace.SamplingResult{Decision: sdktrace.Drop, Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState()}
	if rand.Float64() < float64(share) {
		result.Decision = sdktrace.RecordAndSample
	}
	return result
}

// Description implements trace.Sampler.
func (share randomly) Description() string { return fmt.Sprintf("randomly %g", float64(share)) }

// Provider is what makes the spans, nil for nil traces.
func (t *Traces) Provider() trace.TracerProvider {
	if t == nil {
		return nil
	}
	return t.provider
}

// Close sends what has not been sent yet. A nil Traces has nothing.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
