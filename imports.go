package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"oxus/data/ingest"
	"oxus/data/postgis"
	"oxus/geo"
)

// outcome ends a command that has said itself what there is to say, with the code the
// program exits with.
type outcome int

// The exit codes of oxus import, beside 0 and 1. The guide tells them.
const (
	refusedRecords outcome = 3
	openWarnings   outcome = 4
	openQuestions  outcome = 5
	dataChanged    outcome = 6
)

// Error says what the code means.
func (o outcome) Error() string {
	switch o {
	case refusedRecords:
		return "nothing was imported, because records were refused"
	case openWarnings:
		return "nothing was imported, because there are warnings; --accept-warnings applies it"
	case openQuestions:
		return "nothing was imported, because questions are open"
	default:
		return "nothing was changed, because the data was changed meanwhile"
	}
}

// ofState is the outcome of a staging, nil where it can be applied.
func ofState(state geo.ImportState) error {
	switch state {
	case geo.Decoded:
		return openQuestions
	case geo.Checked:
		return refusedRecords
	default:
		return nil
	}
}

// ofConflict gives an error about data that was changed its exit code.
func ofConflict(err error) error {
	if geo.KindOf(err) == geo.Conflict {
		return errors.Join(dataChanged, err)
	}
	return err
}

// withImports opens the store and hands over what takes imports into it.
func (p *program) withImports(ctx context.Context, why purpose, do func(*ingest.Service) error) error {
	dir, err := p.uploads()
	if err != nil {
		return err
	}
	lines, err := borders()
	if err != nil {
		return err
	}
	return p.withStore(ctx, why, func(store geo.Store) error {
		return do(&ingest.Service{Atlas: p.atlas, Store: store, Open: openFile, Dir: dir, MaxBytes: maxUpload, Borders: lines, Tell: p.progress(), Log: p.log})
	})
}

// maxUpload is the most that a file may have that is imported by the command line.
const maxUpload = 64 << 30

// uploads is the folder that keeps the files of imports: each database has its own, as
// what one has no import of is removed.
func (p *program) uploads() (string, error) {
	if p.settings.Uploads != "" || p.settings.DatabaseURL == "" {
		return or(p.settings.Uploads, p.settings.File+".imports"), nil
	}
	place, err := postgis.Place(string(p.settings.DatabaseURL))
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	sum := sha256.Sum256([]byte(place))
	return filepath.Join(cache, "oxus", "imports", hex.EncodeToString(sum[:8])), err
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// progress draws a bar on a terminal and nothing elsewhere.
func (p *program) progress() func(string, geo.ImportProgress) {
	if !isTerminal(p.stderr) {
		return nil
	}
	var bar *progressbar.ProgressBar
	step := ""
	return func(_ string, at geo.ImportProgress) {
		if at.Step != step {
			if bar != nil {
				_ = bar.Finish() // a bar that cannot be drawn is no reason to stop
			}
			step = at.Step
			total := at.Total
			if total == 0 {
				total = -1
			}
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.stderr), progressbar.OptionSetDescription(step),
				progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(at.Done)
	}
}

func isTerminal(w any) bool {
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// optionsJSON are the options as an import keeps them.
func (o *importOptions) json() (json.RawMessage, error) {
	return json.Marshal(ingest.Options{
		Separator: o.Separator, X: o.X, Y: o.Y, WKT: o.WKT,
		Layer: o.Layer, Encoding: o.Encoding, CRS: o.CRS, Key: o.Key, Map: o.Map, Mapping: o.Mapping, Mode: ingest.Mode(o.Mode), Missing: ingest.Missing(o.Missing),
		Audience: geo.Role(o.Audience),
	})
}

// over puts what is said here over what an import has.
func (o *importOptions) over(kept json.RawMessage) (json.RawMessage, error) {
	was, err := ingest.ParseOptions(kept)
	if err != nil {
		return nil, err
	}
	fields := maps.Clone(was.Map)
	if fields == nil {
		fields = map[string]string{}
	}
	maps.Copy(fields, o.Map)
	return json.Marshal(ingest.Options{
		Separator: or(o.Separator, was.Separator), X: or(o.X, was.X), Y: or(o.Y, was.Y), WKT: or(o.WKT, was.WKT),
		Layer: or(o.Layer, was.Layer), Encoding: or(o.Encoding, was.Encoding), CRS: or(o.CRS, was.CRS), Key: or(o.Key, was.Key), Map: fields,
		Mapping: or(o.Mapping, was.Mapping), Mode: ingest.Mode(or(o.Mode, string(was.Mode))), Missing: ingest.Missing(or(o.Missing, string(was.Missing))),
		Audience: geo.Role(or(o.Audience, string(was.Audience))),
	})
}

// actorName names who imports: what was given, else the user.
func (w *importWho) actorName() string {
	if w.Actor != "" {
		return w.Actor
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// importFile checks a file, shows what it would change, and applies it when that is
// wanted.
func (p *program) importFile(ctx context.Context) error {
	c := &p.settings.Import.File
	options, err := c.json()
	if err != nil {
		return err
	}
	upload := &geo.Upload{Name: filepath.Base(c.Path), Collection: c.Collection, Options: options, Actor: c.actorName(), Token: c.Token}
	if c.DryRun {
		return p.withImports(ctx, toRead, func(s *ingest.Service) error { return p.dryRun(ctx, s, upload) })
	}
	return p.withImports(ctx, toWrite, func(s *ingest.Service) error {
		files, err := filesOf(c.Path)
		if err != nil {
			return err
		}
		defer files.close()
		im, err := s.Begin(ctx, upload, files.next)
		if err != nil {
			return err
		}
		if im.State != geo.Applied && im.State != geo.RolledBack {
			if im, err = s.Stage(ctx, im.ID, nil); err != nil {
				return err
			}
		}
		if c.SaveMapping != "" {
			if err := saveMapping(ctx, s, &im, c.SaveMapping); err != nil {
				return err
			}
		}
		return p.offer(ctx, s, im)
	})
}

// dryRun reports what a file would change. Its outcome is that of the import.
func (p *program) dryRun(ctx context.Context, s *ingest.Service, upload *geo.Upload) error {
	c := &p.settings.Import.File
	files, err := filesOf(c.Path)
	if err != nil {
		return err
	}
	report, err := s.Preview(ctx, upload, files.paths...)
	if err != nil {
		return err
	}
	if c.JSON {
		err = p.printJSON(report)
	} else if err = report.WriteText(p.stdout); err == nil {
		_, err = fmt.Fprintln(p.stdout, "Dry run: nothing was changed.")
	}
	return errors.Join(err, ofState(report.State()))
}

func saveMapping(ctx context.Context, s *ingest.Service, im *geo.Import, name string) error {
	report, err := ingest.ParseReport(im.Report)
	if err != nil {
		return err
	}
	options, err := ingest.ParseOptions(im.Options)
	if err != nil {
		return err
	}
	fields := map[string]string{}
	for field, property := range options.Map {
		if property == "" { // what fills nothing is said to
			fields[field] = ""
		}
	}
	for _, m := range report.Mapping.Matches {
		fields[m.Field] = m.Property
	}
	return s.Store.PutMapping(ctx, geo.Mapping{Name: name, Collection: im.Collection, Fields: fields})
}

// offer shows what an import would change and applies it, when the command line or
// the person at the terminal says so.
func (p *program) offer(ctx context.Context, s *ingest.Service, im geo.Import) error {
	c := &p.settings.Import.File
	report, err := ingest.ParseReport(im.Report)
	if err != nil {
		return err
	}
	if !c.JSON {
		if err := report.WriteText(p.stdout); err != nil {
			return err
		}
	}
	if im.State == geo.Staged && (c.Yes || !c.JSON && p.asked(report)) {
		accept := c.AcceptWarnings || !c.Yes // who was asked has seen them
		if report.Warnings() > 0 && !accept {
			return errors.Join(p.told(&im, c.JSON), openWarnings)
		}
		if im, err = s.Apply(ctx, im.ID, c.actorName(), accept); err != nil {
			return ofConflict(err)
		}
	}
	return errors.Join(p.told(&im, c.JSON), ofState(im.State))
}

// asked asks the person at the terminal; where there is none the answer is no.
func (p *program) asked(report *ingest.Report) bool {
	if !isTerminal(p.stdin) || !isTerminal(p.stdout) {
		return false
	}
	warnings := ""
	if n := report.Warnings(); n > 0 {
		warnings = fmt.Sprintf(", in spite of %d warnings", n)
	}
	fmt.Fprintf(p.stdout, "Apply%s? [y/N] ", warnings)
	line, _ := bufio.NewReader(p.stdin).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

// told prints where an import stands.
func (p *program) told(im *geo.Import, asJSON bool) error {
	if asJSON {
		return p.printJSON(plainImport(im))
	}
	text := map[geo.ImportState]string{
		geo.Uploaded:   "Nothing is changed yet: oxus import stage %s",
		geo.Decoded:    "Nothing is changed: the import waits for answers. oxus import stage %s, with the options the questions name",
		geo.Checked:    "Nothing was imported, because records were refused. oxus import discard %s",
		geo.Staged:     "Nothing is changed yet: oxus import apply %s",
		geo.Applied:    "Applied: import %s.",
		geo.Discarded:  "Discarded: import %s.",
		geo.RolledBack: "Rolled back: import %s.",
	}[im.State]
	_, err := fmt.Fprintf(p.stdout, text+"\n", im.ID)
	return err
}

// importJSON is an import as the command line prints it.
type importJSON struct {
	ID         string          `json:"id"`
	State      geo.ImportState `json:"state"`
	Collection string          `json:"collection"`
	File       string          `json:"file,omitempty"`
	Digest     string          `json:"sha256,omitempty"`
	Actor      string          `json:"actor"`
	Created    time.Time       `json:"created"`
	Changed    time.Time       `json:"changed"`
	Applied    *time.Time      `json:"applied,omitempty"`
	Undoes     string          `json:"undoes,omitempty"`
	UndoneBy   string          `json:"undone_by,omitempty"`
	Options    json.RawMessage `json:"options,omitempty"`
	Report     json.RawMessage `json:"report,omitempty"`
}

func plainImport(im *geo.Import) importJSON {
	plain := importJSON{
		im.ID, im.State, im.Collection, im.File, im.Digest, im.Actor, im.Created, im.Changed, nil, im.Undoes, im.UndoneBy, im.Options, im.Report,
	}
	if !im.Moment.IsZero() {
		plain.Applied = &im.Moment
	}
	return plain
}

func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(v)
}

func (p *program) listImports(ctx context.Context) error {
	return p.withImports(ctx, toRead, func(s *ingest.Service) error {
		imports, err := s.Store.Imports(ctx, geo.ImportQuery{})
		if err != nil {
			return err
		}
		if p.settings.Import.List.JSON {
			plain := make([]importJSON, len(imports))
			for i := range imports {
				plain[i] = plainImport(&imports[i])
			}
			return p.printJSON(plain)
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tSTATE\tCOLLECTION\tFILE\tACTOR\tCREATED")
		for i := range imports {
			im := &imports[i]
			file := im.File
			if im.Undoes != "" {
				file = "(takes back " + im.Undoes + ")"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", im.ID, im.State, im.Collection, file, im.Actor, im.Created.Format(time.RFC3339))
		}
		return table.Flush()
	})
}

func (p *program) showImport(ctx context.Context) error {
	c := &p.settings.Import.Show
	return p.withImports(ctx, toRead, func(s *ingest.Service) error {
		im, err := s.Store.FindImport(ctx, c.ID)
		if err != nil {
			return err
		}
		if c.JSON && !c.Rows {
			return p.printJSON(plainImport(&im))
		}
		if c.Rows {
			return p.showRows(ctx, s, &im)
		}
		if err := s.WriteReport(p.stdout, &im); err != nil {
			return err
		}
		return p.told(&im, false)
	})
}

// showRows prints every row of an import, as JSON one a line.
func (p *program) showRows(ctx context.Context, s *ingest.Service, im *geo.Import) error {
	out := bufio.NewWriter(p.stdout)
	for row, err := range s.Changes(ctx, im, geo.RowsBefore{}) {
		if err != nil {
			return err
		}
		if p.settings.Import.Show.JSON {
			line, err := json.Marshal(ingest.Described(&row, p.atlas))
			if err != nil {
				return err
			}
			fmt.Fprintln(out, string(line))
			continue
		}
		fmt.Fprintln(out, ingest.Described(&row, p.atlas))
	}
	return out.Flush()
}

func (p *program) stageImport(ctx context.Context) error {
	c := &p.settings.Import.Stage
	return p.withImports(ctx, toWrite, func(s *ingest.Service) error {
		im, err := s.Store.FindImport(ctx, c.ID)
		if err != nil {
			return err
		}
		options, err := c.over(im.Options)
		if err != nil {
			return err
		}
		if im, err = s.Stage(ctx, c.ID, options); err != nil {
			return ofConflict(err)
		}
		if !c.JSON {
			if err := s.WriteReport(p.stdout, &im); err != nil {
				return err
			}
		}
		return errors.Join(p.told(&im, c.JSON), ofState(im.State))
	})
}

func (p *program) applyImport(ctx context.Context) error {
	c := &p.settings.Import.Apply
	return p.withImports(ctx, toWrite, func(s *ingest.Service) error {
		im, err := s.Store.FindImport(ctx, c.ID)
		if err != nil {
			return err
		}
		report, err := ingest.ParseReport(im.Report)
		if err != nil {
			return err
		}
		if im.State == geo.Staged && report.Warnings() > 0 && !c.AcceptWarnings {
			return errors.Join(s.WriteReport(p.stdout, &im), openWarnings)
		}
		if im, err = s.Apply(ctx, c.ID, c.actorName(), c.AcceptWarnings); err != nil {
			return ofConflict(err)
		}
		return p.told(&im, c.JSON)
	})
}

func (p *program) discardImport(ctx context.Context) error {
	c := &p.settings.Import.Discard
	return p.withImports(ctx, toWrite, func(s *ingest.Service) error {
		im, err := s.Discard(ctx, c.ID)
		if err != nil {
			return ofConflict(err)
		}
		return p.told(&im, c.JSON)
	})
}

func (p *program) rollBackImport(ctx context.Context) error {
	c := &p.settings.Import.Rollback
	return p.withImports(ctx, toWrite, func(s *ingest.Service) error {
		back, err := s.RollBack(ctx, c.ID, c.actorName(), c.OnlyUntouched)
		if err != nil {
			return ofConflict(err)
		}
		if c.JSON {
			return p.printJSON(plainImport(&back))
		}
		_, err = fmt.Fprintf(p.stdout, "Rolled back: import %s takes back %s.\n", back.ID, back.Undoes)
		return err
	})
}

// looseFiles are a file, or a .shp with its siblings, read one after the other.
type looseFiles struct {
	paths []string
	open  *os.File
}

// filesOf finds what belongs to a file: to a .shp everything of its name.
func filesOf(path string) (*looseFiles, error) {
	if !strings.EqualFold(filepath.Ext(path), ".shp") {
		return &looseFiles{paths: []string{path}}, nil
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	stem := func(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }
	files := &looseFiles{paths: []string{path}}
	for _, e := range entries {
		sibling := strings.EqualFold(stem(e.Name()), stem(filepath.Base(path)))
		if sibling && !strings.EqualFold(filepath.Ext(e.Name()), ".shp") && siblings[strings.ToLower(filepath.Ext(e.Name()))] {
			files.paths = append(files.paths, filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	return files, nil
}

// siblings are the extensions that are read beside a .shp.
var siblings = map[string]bool{".dbf": true, ".prj": true, ".cpg": true}

func (l *looseFiles) next() (*geo.UploadPart, error) {
	l.close()
	if len(l.paths) == 0 {
		return nil, io.EOF
	}
	f, err := os.Open(l.paths[0])
	if err != nil {
		return nil, err
	}
	l.open, l.paths = f, l.paths[1:]
	return &geo.UploadPart{Name: filepath.Base(f.Name()), Body: f}, nil
}

func (l *looseFiles) close() {
	if l.open != nil {
		_ = l.open.Close() // it was only read
		l.open = nil
	}
}
