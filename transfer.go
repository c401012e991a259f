package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"oxus/api"
	"oxus/data/ingest"
	"oxus/geo"
	"oxus/geo/charset"
	"oxus/geo/crs"
)

// importFile imports one layer of a file, or reports what it would do.
func (p *program) importFile(ctx context.Context) error {
	request, err := p.importRequest()
	if err != nil {
		return err
	}
	file, err := openFile(&p.settings.Import)
	if err != nil {
		return err
	}
	chosen, err := p.chooseLayer(file.layers)
	if err == nil {
		why := toWrite
		if p.settings.Import.DryRun {
			why = toRead
		}
		err = p.withStore(ctx, why, func(store geo.Store) error { return p.importLayer(ctx, chosen, store, request) })
	}
	return errors.Join(err, file.Close())
}

func (p *program) importLayer(ctx context.Context, l layer, store geo.Store, request ingest.Request) error {
	bar := p.progress(l.Len())
	request.Progress = func() { _ = bar.Add(1) } // a bar that cannot be drawn is no reason to stop
	plan, err := ingest.Prepare(ctx, l, store, request)
	_ = bar.Finish() // nor is one that cannot be ended
	if err != nil {
		return err
	}
	for _, note := range l.Notes() {
		fmt.Fprintln(p.stdout, note)
	}
	err = p.carryOut(ctx, plan, store)
	return errors.Join(err, p.offerEncodings(l, plan.Report.Rejected))
}

// offerEncodings shows what the texts of a layer may be in, where records were
// refused because they are not in what it names. A person chooses.
func (p *program) offerEncodings(l layer, rejected []geo.Fault) error {
	guesser, ok := l.(interface {
		Guess() ([]charset.Candidate, error)
	})
	if !ok || !slices.ContainsFunc(rejected, func(f geo.Fault) bool { return f.Rule == charset.RuleText }) {
		return nil
	}
	candidates, err := guesser.Guess()
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, offered(candidates))
	return err
}

// offered lists candidates for an encoding as they would read the file.
func offered(candidates []charset.Candidate) string {
	var b strings.Builder
	for i, c := range candidates {
		if i == 0 {
			b.WriteString("The texts may be in one of these; choose one with --encoding:\n")
		}
		fmt.Fprintf(&b, "  %s\n", c)
	}
	return b.String()
}

// carryOut prints the report and applies the plan, unless it is a dry run.
func (p *program) carryOut(ctx context.Context, plan *ingest.Plan, store geo.Writer) error {
	if err := plan.Report.WriteText(p.stdout); err != nil {
		return err
	}
	refused := len(plan.Report.Rejected) > 0
	switch {
	case p.settings.Import.DryRun:
		fmt.Fprintln(p.stdout, "Dry run: nothing was changed.")
	case refused:
		fmt.Fprintln(p.stdout, "Nothing was imported, because records were refused.")
	default:
		if err := plan.Apply(ctx, store); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Imported: %d new, %d changed.\n", len(plan.Report.New), len(plan.Report.Changed))
	}
	if refused {
		return errReported
	}
	return nil
}

func (p *program) importRequest() (ingest.Request, error) {
	options := &p.settings.Import
	c, err := p.atlas.Stored(options.Collection)
	if err != nil {
		return ingest.Request{}, err
	}
	request := ingest.Request{
		Atlas: p.atlas, Collection: c, Key: options.Key, Map: options.Map, File: filepath.Base(options.Path),
		Actor: p.actor(), Now: time.Now(),
	}
	if options.CRS != "" {
		if request.CRS, err = crs.Parse(options.CRS); err != nil {
			return request, fmt.Errorf("--crs: %w", err)
		}
	}
	request.Digest, err = digest(options.Path)
	return request, err
}

// actor names who imports: what was given, else the user.
func (p *program) actor() string {
	if p.settings.Import.Actor != "" {
		return p.settings.Import.Actor
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// digest is the SHA-256 of a file, in hex.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func (p *program) chooseLayer(layers []layer) (layer, error) {
	names := make([]string, len(layers))
	for i, l := range layers {
		names[i] = l.Name()
	}
	wanted := p.settings.Import.Layer
	switch i := slices.Index(names, wanted); {
	case i >= 0:
		return layers[i], nil
	case wanted != "":
		return nil, fmt.Errorf("--layer: the file has no layer %q (%s)", wanted, strings.Join(names, ", "))
	case len(layers) > 1:
		return nil, fmt.Errorf("the file has several layers (%s); choose one with --layer", strings.Join(names, ", "))
	}
	return layers[0], nil
}

// progress draws a bar on a terminal and nothing elsewhere.
func (p *program) progress(records int) *progressbar.ProgressBar {
	f, isFile := p.stderr.(*os.File)
	if isFile {
		info, err := f.Stat()
		isFile = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if !isFile {
		return progressbar.DefaultSilent(-1)
	}
	return progressbar.NewOptions(records, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond))
}

// export writes a collection as the API would answer it. A file appears under
// its name only when it is whole.
func (p *program) export(ctx context.Context) error {
	c, err := p.atlas.Collection(p.settings.Export.Collection)
	if err != nil {
		return err
	}
	return p.withStore(ctx, toRead, func(store geo.Store) error {
		write := func(w io.Writer) error {
			buffered := bufio.NewWriter(w)
			return errors.Join(api.Export(ctx, buffered, store, c, time.Now()), buffered.Flush())
		}
		if p.settings.Export.Output == "" {
			return write(p.stdout)
		}
		return writeWhole(p.settings.Export.Output, write)
	})
}

func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left there after the rename
	// A temporary file is its owner's alone; an export is for reading.
	if err := errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
