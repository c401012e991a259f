// Package ops shows a running server to those who run it: metrics in the format of
// Prometheus and profiles, both at an address of their own, and traces over OTLP. It is
// told and asks through functions, and knows neither HTTP's routes nor any store. Logs are
// not here: every room writes its own.
package ops
