package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"oxus/api"
	"oxus/data/geopackage"
	"oxus/data/geoparquet"
	"oxus/data/ingest"
	"oxus/data/memory"
	"oxus/data/oidc"
	"oxus/data/shapefile"
	"oxus/frontend"
	"oxus/geo"
	"oxus/ops"
)

// serve runs the server until the context ends, then lets requests finish.
func (p *program) serve(ctx context.Context) error {
	p.limitMemory()
	go ops.TuneCollector(ctx)
	stopTracing, err := p.startTracing(ctx)
	if err != nil {
		return err
	}
	return errors.Join(p.withStore(ctx, toServe, func(store geo.Store) error { return p.serveStore(ctx, store) }), stopTracing())
}

func (p *program) serveStore(ctx context.Context, store geo.Store) error {
	if err := p.seedOnce(ctx, store); err != nil {
		return err
	}
	basemap, err := api.NewBasemap(p.settings.Serve.Tiles, p.settings.Serve.Credit)
	if err != nil {
		return err
	}
	jobs := api.NewJobs(ctx, p.log)
	defer jobs.Close() // before the store is
	imports, err := p.takeImports(ctx, store, jobs)
	if err != nil {
		return err
	}
	identities, err := p.identities()
	if err != nil {
		return err
	}
	watched, err := p.watch(ctx, store, jobs)
	if err != nil {
		return err
	}
	defer watched.stop()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.settings.Serve.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", p.settings.Serve.Listen, err)
	}
	base, err := p.settings.Serve.baseURL(listener.Addr())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		//nolint:contextcheck // requests have contexts of their own
		Handler: api.New(p.atlas, store, api.Options{
			BaseURL: base, Build: version(), Page: frontend.Files(), Basemap: basemap, Log: p.log, Writer: store, Keys: store, Identities: identities, GeoPackage: geopackage.WriteLayer, GeoParquet: geoparquet.WriteLayer, Shapefile: shapefile.WriteLayer,
			Imports: imports, Importer: store, Mappings: store, Jobs: jobs, MaxUpload: imports.MaxBytes, Cache: int64(p.settings.Serve.Cache), ReadTimeout: readTimeout,
			Stopping: ctx, WriteTimeout: p.settings.Serve.Ops.WriteTimeout, SlowQuestion: p.settings.Serve.Ops.SlowQuestion,
			Load: watched.load, Meter: watched.metrics, Traces: p.traces.Provider(),
		}),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       readTimeout,
		WriteTimeout:      2 * time.Minute, // each write sets one of its own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	if followed, ok := store.(*memory.Store); ok {
		go followed.Follow(ctx, time.Second/2, func(err error) {
			if err != nil {
				p.log.Warn("an edit of the file by another program cannot be taken in", "error", err)
				return
			}
			p.log.Info("an edit of the file by another program was taken in")
			p.warnOfFaults(followed.Dataset())
		})
	}
	p.log.Info("listening", "address", listener.Addr().String(), "url", base)
	return p.serveUntil(ctx, server, listener)
}

// identities opens the tokens of the identity provider that the settings name, nil
// where they name none.
func (p *program) identities() (geo.Verifier, error) {
	o := &p.settings.Serve.OIDC
	if o.Issuer == "" {
		return nil, nil //nolint:nilnil // without a provider keys alone count
	}
	verifier, err := oidc.New(oidc.Settings{Issuer: o.Issuer, Audience: o.Audience, RoleClaim: o.RoleClaim, Roles: o.Roles})
	if err != nil {
		return nil, fmt.Errorf("the identity provider: %w", err)
	}
	return verifier, nil
}

// readTimeout is how long a client may take to send a request; an upload may stand
// still for as long.
const readTimeout = 30 * time.Second

// takeImports returns what takes imports over HTTP. Files that no import needs any
// more are removed, and what the last stop kept from being staged is staged.
func (p *program) takeImports(ctx context.Context, store geo.Store, jobs *api.Jobs) (*ingest.Service, error) {
	dir, err := p.uploads()
	if err != nil {
		return nil, fmt.Errorf("no --uploads given and no folder for caches to keep them in: %w", err)
	}
	lines, err := borders()
	if err != nil {
		return nil, err
	}
	imports := &ingest.Service{
		Atlas: p.atlas, Store: store, Open: openFile, Dir: dir, MaxBytes: int64(p.settings.Serve.MaxUpload), Borders: lines, Tell: jobs.Tell, Log: p.log,
	}
	if err := imports.Tidy(ctx); err != nil {
		return nil, fmt.Errorf("tidy the uploads in %s: %w", dir, err)
	}
	go p.keepTidy(ctx, imports)
	return imports, jobs.Resume(ctx, imports, store)
}

// keepTidy removes uploads that nobody needs, as long as the server runs.
func (p *program) keepTidy(ctx context.Context, imports *ingest.Service) {
	hours := time.NewTicker(time.Hour)
	defer hours.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hours.C:
			if err := imports.Tidy(ctx); err != nil && ctx.Err() == nil {
				p.log.Warn("the uploads cannot be tidied", "error", err)
			}
		}
	}
}

// seedOnce fills the store, in a database under its lock, so that two servers
// that start together do not both do it.
func (p *program) seedOnce(ctx context.Context, store geo.Store) error {
	fill := func(ctx context.Context) error { return p.fillWithSeed(ctx, store, p.settings.Serve.Seed) }
	if database, ok := databaseOf(store); ok {
		return database.WithLock(ctx, fill)
	}
	return fill(ctx)
}

func (p *program) serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	p.log.Info("stopping")
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.settings.Serve.Timeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("requests did not finish in %s: %w", p.settings.Serve.Timeout, err), server.Close())
	}
	p.log.Info("stopped")
	return nil
}

// migrate brings the database to this version's schema and says so.
func (p *program) migrate(ctx context.Context) error {
	if p.settings.DatabaseURL == "" {
		return errors.New("migrate needs DATABASE_URL; a file is brought up to date when it is opened")
	}
	return p.withStore(ctx, toMigrate, func(geo.Store) error {
		_, err := fmt.Fprintln(p.stdout, "The database is at this version's schema.")
		return err
	})
}

// healthcheck fails unless the server says it is ready.
func (p *program) healthcheck(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.settings.Healthcheck.URL, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", p.settings.Healthcheck.URL, response.Status)
	}
	return nil
}
