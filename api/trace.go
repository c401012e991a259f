package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced gives each request a span, under that of whoever sent it on (W3C Trace Context).
// It names the request by the pattern of its address, as the metrics do: what is asked, and
// by whom, is in no span.
func traced(traces trace.TracerProvider) echo.MiddlewareFunc {
	tracer := traces.Tracer("oxus/api")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
			ctx, span := tracer.Start(ctx, methodOf(c)+" "+routeOf(c), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
				attribute.String("http.request.method", methodOf(c)), attribute.String("http.route", routeOf(c)),
				attribute.String("oxus.request_id", requestID(c)),
			))
			defer span.End()
			c.SetRequest(r.WithContext(ctx))
			err := next(c)
			if err != nil {
				c.Error(err) // now, so that the span has the status
			}
			status := c.Response().Status
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			return nil
		}
	}
}
