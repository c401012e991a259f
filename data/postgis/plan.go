package postgis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"oxus/geo"

	"github.com/jackc/pgx/v5"
)

// planValues are the values that a plan names: another box or date makes no other plan.
var planValues = regexp.MustCompile(`'(?:[^']|'')*'(?:::[a-z_ ]+(?:\[\])?)?|\b\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\b`)

// Plan implements geo.Planner: a hash over the plan of the statement, without its costs
// and its values. The statement is not run.
func (v view) Plan(ctx context.Context, q geo.Query) (string, error) {
	t, err := v.table(q.Collection)
	if err != nil {
		return "", err
	}
	if q.Limit == 0 {
		q.Limit = part
	}
	conn, err := v.store.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	mark, err := t.mark(ctx, conn, &q)
	if err != nil {
		return "", failed(ctx, err)
	}
	sql, args, err := t.itemsSQL(&q, mark)
	if err != nil {
		return "", err
	}
	rows, err := conn.Query(ctx, "EXPLAIN (COSTS OFF) "+sql, args...)
	if err != nil {
		return "", failed(ctx, err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", failed(ctx, err)
	}
	return planName(lines), nil
}

// planName is the same for plans that differ in their values alone.
func planName(lines []string) string {
	h := sha256.New()
	for _, line := range lines {
		h.Write(append(planValues.ReplaceAll([]byte(line), []byte("?")), '\n'))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}
