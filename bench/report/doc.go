// Package report keeps what was measured and writes it as the generated part of
// docs/performance.md. A figure that was not measured is said to be missing, with the reason; it
// is never filled in. What is not here: measuring.
package report
