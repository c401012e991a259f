package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"oxus/bench/data"
)

// generation names how rows are made and loaded; a database of another is not used again.
const generation = "2"

// fill returns a database that holds so many rows and no others: one that an earlier run left,
// where it has the same seed and schema, else a new one.
func (b *bench) fill(ctx context.Context, rows int) (address string, set *data.Set, err error) {
	if set, err = data.New(b.Seed, rows); err != nil {
		return "", nil, err
	}
	schema, err := b.schema()
	if err != nil {
		return "", nil, err
	}
	prefix := fmt.Sprintf("rows_%d_", rows)
	name := fmt.Sprintf("%s%d_%s", prefix, b.Seed, schema)
	conn, err := pgx.Connect(ctx, b.cluster.url("postgres"))
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return b.cluster.url(name), set, err
	}
	if err := drop(ctx, conn, prefix); err != nil {
		return "", nil, err
	}
	// It gets its name when it is whole.
	making := pgx.Identifier{prefix + "making"}.Sanitize()
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+making); err != nil {
		return "", nil, err
	}
	if err := b.load(ctx, b.cluster.url(prefix+"making"), set); err != nil {
		return "", nil, err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+making+" RENAME TO "+pgx.Identifier{name}.Sanitize())
	return b.cluster.url(name), set, err
}

// drop removes the databases that earlier runs left and nobody can use any more.
func drop(ctx context.Context, conn *pgx.Conn, prefix string) error {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) load(ctx context.Context, address string, set *data.Set) error {
	migrate := exec.CommandContext(ctx, b.oxus, "migrate")
	migrate.Env = append(os.Environ(), "DATABASE_URL="+address)
	if out, err := migrate.CombinedOutput(); err != nil {
		return fmt.Errorf("oxus migrate: %w: %s", err, out)
	}
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	return set.Load(ctx, conn, b.tell)
}

// schema is a short name of the schema's text: a database of another one is filled anew.
func (b *bench) schema() (string, error) {
	h := sha256.New()
	h.Write([]byte(generation))
	err := filepath.WalkDir(filepath.Join(b.Root, "migrations"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".sql" || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		h.Write(text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:6]), err
}
