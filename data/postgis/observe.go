package postgis

import (
	"oxus/geo"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/trace"
)

// Option says what a store does beside answering.
type Option func(*pgxpool.Config)

// Traced gives each statement a span, with its text and without its values; nil gives
// none.
func Traced(traces trace.TracerProvider) Option {
	return func(c *pgxpool.Config) {
		if traces != nil {
			c.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(traces),
				otelpgx.WithDisableConnectionDetailsInAttributes())
		}
	}
}

// Pools tells how things stand with the connections, by what they are for: "read" are those
// of questions, "write" those of changes.
func (s *Store) Pools() map[string]geo.PoolState {
	return map[string]geo.PoolState{"read": poolState(s.pool), "write": poolState(s.writers)}
}

func poolState(pool *pgxpool.Pool) geo.PoolState {
	st := pool.Stat()
	return geo.PoolState{
		Max: int(st.MaxConns()), Busy: int(st.AcquiredConns()), Idle: int(st.IdleConns()),
		Taken: st.AcquireCount(), Waits: st.EmptyAcquireCount(), Waited: st.EmptyAcquireWaitTime().Seconds(),
	}
}
