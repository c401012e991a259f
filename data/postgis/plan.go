package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// planValues are the values that a plan names: another box or date makes no other plan.
var planValues = regexp.MustCompile(`'(?:[^']|'')*'(?:::[a-z_ ]+(?:\[\])?)?|\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b`)

// Plan implements geo.Planner: a hash over the plan of the statement, without its costs
// and its values. The ways that a page tries first are tried, as each reads few rows;
// a statement that looks at any number of them is not run.
func (v view) Plan(ctx context.Context, q geo.Query) (string, error) {
	t, err := v.table(q.Collection)
	if err != nil {
		return "", err
	}
	if q.Limit == 0 || q.Near != nil {
		q.Limit = part
	}
	conn, err := v.store.acquireApart(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	lines, err := t.plan(ctx, conn, &q)
	if err != nil {
		return "", failed(ctx, err)
	}
	return planName(lines), nil
}

// plan is the plan of the statement that answers a query with a limit, line by line.
func (t *table) plan(ctx context.Context, conn *pgxpool.Conn, q *geo.Query) ([]string, error) {
	if !q.Histories || t.status == "" { // else no route is tried
		if _, found, err := t.tryRoutes(ctx, conn, q, nil); err != nil {
			return nil, err
		} else if found != nil {
			return explained(ctx, conn, found)
		}
	}
	if err := forQuestions(ctx, conn); err != nil {
		return nil, err
	}
	by, err := t.command(ctx, conn, q)
	if err != nil {
		return nil, err
	}
	return explained(ctx, conn, by)
}

// explained is the plan of a statement.
func explained(ctx context.Context, conn *pgxpool.Conn, by *command) ([]string, error) {
	rows, err := conn.Query(ctx, "EXPLAIN (COSTS OFF) "+by.text, by.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// planName is the same for plans that differ in their values alone.
func planName(lines []string) string {
	h := sha256.New()
	for _, line := range lines {
		h.Write(append(planValues.ReplaceAll([]byte(line), []byte("?")), '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
