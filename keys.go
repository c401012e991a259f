package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"oxus/data/geopackage"
	"oxus/data/postgis"
	"oxus/geo"
)

type keyCommand struct {
	Add    keyAddCommand    `cmd:"" help:"Make a key and print it, once; only its SHA-256 is kept."`
	List   keyListCommand   `cmd:"" help:"List the keys, revoked ones too."`
	Revoke keyRevokeCommand `cmd:"" help:"End a key at once."`
}

type keyAddCommand struct {
	Name           string `arg:"" help:"Whose key it is; the history names what it changes by it."`
	Role           string `enum:"viewer,editor,maintainer,admin" default:"editor" help:"What the key may do (${enum}); each may do what those before it may."`
	WithoutIfMatch bool   `help:"For programs that cannot send If-Match, such as QGIS: the key may replace and delete what it has not seen the last revision of."`
}

type keyListCommand struct{}

type keyRevokeCommand struct {
	Name string `arg:"" help:"The name the key was given."`
}

// withKeys opens the keys of the store the settings name. Those of a file can be
// changed while a server has it open.
func (p *program) withKeys(ctx context.Context, do func(geo.Keyring) error) error {
	if p.settings.DatabaseURL == "" {
		keys, err := geopackage.OpenKeys(ctx, p.settings.File, p.atlas)
		if err != nil {
			return err
		}
		return errors.Join(do(keys), keys.Close())
	}
	store, err := postgis.Open(ctx, string(p.settings.DatabaseURL), p.atlas)
	if err != nil {
		return err
	}
	if err := store.Current(ctx); err != nil {
		return errors.Join(err, store.Close())
	}
	return errors.Join(do(store), store.Close())
}

// addKey prints the key alone to standard output, for scripts to take.
func (p *program) addKey(ctx context.Context) error {
	options := &p.settings.Key.Add
	key, text, err := geo.NewKey(options.Name, geo.Role(options.Role), options.WithoutIfMatch, time.Now())
	if err != nil {
		return err
	}
	return p.withKeys(ctx, func(keys geo.Keyring) error {
		if err := keys.AddKey(ctx, key); err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "The key of %s, %s. It is not shown again:\n", key.Name, key.Role)
		_, err := fmt.Fprintln(p.stdout, text)
		return err
	})
}

func (p *program) listKeys(ctx context.Context) error {
	return p.withKeys(ctx, func(keyring geo.Keyring) error {
		keys, err := keyring.Keys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tKEY\tCREATED\tREVOKED\tIF-MATCH")
		for _, k := range keys {
			revoked, condition := "-", "required"
			if !k.Revoked.IsZero() {
				revoked = k.Revoked.Format(time.RFC3339)
			}
			if k.Unconditional {
				condition = "optional"
			}
			fmt.Fprintf(table, "%s\t%s\t%s…\t%s\t%s\t%s\n", k.Name, k.Role, k.Prefix, k.Created.Format(time.RFC3339), revoked, condition)
		}
		return table.Flush()
	})
}

func (p *program) revokeKey(ctx context.Context) error {
	name := p.settings.Key.Revoke.Name
	return p.withKeys(ctx, func(keys geo.Keyring) error {
		if err := keys.RevokeKey(ctx, name, time.Now().Truncate(time.Second)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		_, err := fmt.Fprintf(p.stdout, "The key of %s opens nothing any more.\n", name)
		return err
	})
}
