package floor

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The columns that an answer shows, as they are stored.
const (
	incidentColumns = `f.id, f.revision, f.geom, f.sources, f.start_date, f.start_precision, f.end_date, f.end_precision, f.title, f.category, f.place_name,
	f.admin1, f.country, f.actors, f.fatalities_low, f.fatalities_high, f.injuries, f.confidence, f.related_features, f.summary, f.position_accuracy_m,
	f.position_basis`
	crossingColumns = `f.id, f.revision, f.geom, f.sources, f.valid_from, f.valid_from_precision, f.valid_to, f.valid_to_precision, f.name_en, f.name_tg,
	f.name_ru, f.name_fa, f.alt_names, f.mode, f.structure, f.structure_length_m, f.built_year, f.parent, f.summary, f.position_accuracy_m, f.position_basis`
	standingColumns = `s.id, s.kind, s.status, s.from_date, s.from_precision, s.to_date, s.to_precision, s.end_basis, s.cause, s.summary, s.sources`
	inBox           = ` WHERE f.geom && ST_MakeEnvelope($1, $2, $3, $4, 4326)`
)

// questions are the best SQL for what is measured, by name. Pages are any rows that answer, in
// no order: whoever sorts or goes on from page to page has more to do.
var questions = map[string]struct {
	sql    string
	values []string
}{
	"box": {"SELECT " + incidentColumns + " FROM oxus.incidents f" + inBox + " LIMIT $5", []string{"w", "s", "e", "n", "limit"}},
	"one": {
		"SELECT " + incidentColumns + ", src.* FROM oxus.incidents f LEFT JOIN oxus.sources src ON src.id = ANY (f.sources) WHERE f.id = $1",
		[]string{"id"},
	},
	"dated": {
		"SELECT " + incidentColumns + " FROM oxus.incidents f" + inBox + " AND f.lifetime && daterange($5::date, $6::date, '[]') LIMIT $7",
		[]string{"w", "s", "e", "n", "from", "to", "limit"},
	},
	"status": {
		"SELECT " + crossingColumns + ", " + standingColumns + ` FROM oxus.crossings f LEFT JOIN LATERAL (SELECT * FROM oxus.crossings_status s
		WHERE s.feature = f.id AND s.during @> $5::date AND s.kind <> 'milestone' ORDER BY s.kind = 'phase', s.from_date DESC, s.id LIMIT 1) s ON true` +
			inBox + " AND f.lifetime @> $5::date LIMIT $6", []string{"w", "s", "e", "n", "on", "limit"},
	},
}

// SQL returns a handler that asks the database at an address: GET /{question}?… for the
// questions above, and GET /all for every incident by one COPY. Rows are written as PostgreSQL's
// texts with tabs between them. Close the pool after the last request.
func SQL(ctx context.Context, database string) (http.Handler, *pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, nil, fmt.Errorf("read the database's address: %w", err)
	}
	config.MaxConns = int32(max(4, 2*runtime.NumCPU())) // as many as Oxus has
	// What Oxus sets too: with the defaults short questions take several times as long.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	config.ConnConfig.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	config.ConnConfig.RuntimeParams["random_page_cost"] = "1.1" // what it reads is in memory
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{question}", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, pool)
	})
	mux.HandleFunc("GET /all", func(w http.ResponseWriter, r *http.Request) {
		all(w, r, pool)
	})
	return mux, pool, nil
}

func answer(w http.ResponseWriter, r *http.Request, pool *pgxpool.Pool) {
	q, there := questions[r.PathValue("question")]
	if !there {
		http.NotFound(w, r)
		return
	}
	args := []any{pgx.QueryResultFormats{pgx.TextFormatCode}}
	for _, name := range q.values {
		args = append(args, value(r.URL.Query(), name))
	}
	body, err := rows(r.Context(), pool, q.sql, args)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

// value is a parameter as SQL takes it: a number where it reads as one and no text is meant.
func value(values url.Values, name string) any {
	text := values.Get(name)
	switch name {
	case "limit":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	case "w", "s", "e", "n":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	}
	return text
}

func rows(ctx context.Context, pool *pgxpool.Pool, sql string, args []any) ([]byte, error) {
	found, err := pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var body []byte
	for found.Next() {
		for _, raw := range found.RawValues() {
			body = append(append(body, raw...), '\t')
		}
		body = append(body, '\n')
	}
	return body, found.Err()
}

func all(w http.ResponseWriter, r *http.Request, pool *pgxpool.Pool) {
	conn, err := pool.Acquire(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(r.Context(), w, "COPY (SELECT "+incidentColumns+" FROM oxus.incidents f) TO STDOUT")
	if err != nil {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
}
