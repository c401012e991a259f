package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"strings"

	"oxus/data/ingest"
	"oxus/geo"
)

// killedName is the name by which the test binary is the process that is killed.
const killedName = "oxus-killed"

// The steps that it says it comes to; "between" is said after each.
const (
	stepDecode   = "decode"
	stepStage    = "stage"
	stepApply    = "apply"
	stepRollback = "rollback"
	stepBetween  = "between"
)

// killedLook is what there is: the newest import, and a digest of the crossings.
type killedLook struct {
	ID      string          `json:"id"`
	State   geo.ImportState `json:"state"`
	Undoes  string          `json:"undoes"`
	Serial  int64           `json:"serial"`
	Content string          `json:"content"`
}

// killedProcess imports a file, takes it back, or goes on with what another left.
func killedProcess() {
	if os.Args[1] == "measured" {
		measuredProcess()
		return
	}
	if err := killedCommand(context.Background(), os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // this is the main of a process of its own
	}
}

// measuredProcess runs the program, and says at the end how much memory it has had at
// most: what the system tells of a process that has ended counts that of the one that
// started it.
func measuredProcess() {
	err := run(context.Background(), os.Args[2:], strings.NewReader(""), os.Stdout, io.Discard)
	status, failed := os.ReadFile("/proc/self/status")
	if failed != nil {
		fmt.Fprintln(os.Stderr, failed)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM:") {
			fmt.Fprint(os.Stderr, line)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stdout, err)
		os.Exit(1) //nolint:forbidigo // this is the main of a process of its own
	}
}

func killedCommand(ctx context.Context, command string, args []string) error {
	where := &settings{File: os.Getenv("OXUS_FILE"), DatabaseURL: secret(os.Getenv("DATABASE_URL"))}
	p := &program{settings: where, stdout: io.Discard, stderr: io.Discard, log: slog.New(slog.DiscardHandler), atlas: geo.Border()}
	return p.withStore(ctx, toServe, func(store geo.Store) error {
		s := &ingest.Service{Atlas: p.atlas, Store: saying{store}, Dir: os.Getenv("OXUS_UPLOADS"), MaxBytes: 1 << 20, Open: func(ctx context.Context, o ingest.Opening) (ingest.File, error) {
			say(stepDecode)
			return openFile(ctx, o)
		}}
		switch command {
		case "begin":
			return killedBeginning(ctx, p.atlas, store)
		case "import":
			_, err := killedImport(ctx, s, args[0])
			return err
		case "rollback":
			im, err := killedImport(ctx, s, args[0])
			if err == nil {
				say(stepRollback)
				_, err = s.RollBack(ctx, im.ID, "test", false)
				say(stepBetween)
			}
			return err
		case "look":
			_, err := lookAt(ctx, s)
			return err
		default:
			return settleKilled(ctx, s, args[0])
		}
	})
}

// say writes at once: the process may be killed at any moment.
func say(step string) { fmt.Fprintln(os.Stdout, step) }

// saying is a store that says when it stages and applies.
type saying struct{ geo.Store }

// Stage implements geo.Importer.
func (s saying) Stage(ctx context.Context, id string, parts iter.Seq2[[]byte, error]) error {
	defer say(stepBetween)
	return s.Store.Stage(ctx, id, func(yield func([]byte, error) bool) {
		for part, err := range parts {
			say(stepStage)
			if !yield(part, err) {
				return
			}
		}
	})
}

// Apply implements geo.Writer. That of taking back is a step as a whole.
func (s saying) Apply(ctx context.Context, ch geo.Change) error {
	if !strings.Contains(ch.Note, "takes back") {
		say(stepApply)
		defer say(stepBetween)
	}
	return s.Store.Apply(ctx, ch)
}

// killedBeginning is what the store has at first. All of it is invented.
func killedBeginning(ctx context.Context, atlas *geo.Atlas, store geo.Store) error {
	c, err := atlas.Collection("crossings")
	if err != nil {
		return err
	}
	ch := geo.Change{Actor: "test", Sources: []geo.Source{{ID: "s1", Publisher: "Invented", Title: "Invented"}}}
	for i := range 5 {
		f := geo.Feature{ID: fmt.Sprint("made-up-", i), Values: make([]geo.Value, len(c.Properties)), Sources: []string{"s1"}}
		f.Values[c.PropertyIndex("name_en")], f.Values[c.PropertyIndex("summary")] = "Made up", "Made up for this test."
		ch.Features = append(ch.Features, geo.Put{Collection: c, Feature: f})
	}
	return store.Apply(ctx, ch)
}

func killedImport(ctx context.Context, s *ingest.Service, path string) (geo.Import, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return geo.Import{}, err
	}
	return importTable(ctx, s, &geo.Upload{Collection: "crossings", Actor: "test"}, bytes.NewReader(text))
}

// importTable takes a table through all the steps of an import.
func importTable(ctx context.Context, s *ingest.Service, u *geo.Upload, table io.Reader) (geo.Import, error) {
	parts := []*geo.UploadPart{{Name: u.Collection + ".csv", Body: table}}
	im, err := s.Begin(ctx, u, func() (*geo.UploadPart, error) {
		if len(parts) == 0 {
			return nil, io.EOF
		}
		part := parts[0]
		parts = nil
		return part, nil
	})
	if err == nil {
		im, err = s.Stage(ctx, im.ID, nil)
	}
	if err == nil {
		im, err = s.Apply(ctx, im.ID, u.Actor, true)
	}
	return im, err
}

// newestImport is the last import, the zero one when there is none.
func newestImport(ctx context.Context, s *ingest.Service) (im geo.Import, err error) {
	list, err := s.Store.Imports(ctx, geo.ImportQuery{Limit: 1})
	if len(list) > 0 {
		im = list[0]
	}
	return im, err
}

// lookAt tells what there is. A database may still be ending what the killed process
// has asked it for: the import is as it was before the data was read and after it.
func lookAt(ctx context.Context, s *ingest.Service) (geo.Import, error) {
	for {
		im, err := newestImport(ctx, s)
		if err != nil {
			return im, err
		}
		content, err := crossingsDigest(ctx, s)
		if err != nil {
			return im, err
		}
		again, err := newestImport(ctx, s)
		if err != nil {
			return im, err
		}
		if again.ID == im.ID && again.Serial == im.Serial {
			return im, json.NewEncoder(os.Stdout).Encode(killedLook{im.ID, im.State, im.Undoes, im.Serial, content})
		}
	}
}

// crossingsDigest is of what the crossings and the sources that they name are, but for
// revisions.
func crossingsDigest(ctx context.Context, s *ingest.Service) (string, error) {
	c, err := s.Atlas.Collection("crossings")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for it, err := range s.Store.Items(ctx, geo.Query{Collection: c, Histories: true}) {
		if err != nil {
			return "", err
		}
		// The import that is cited has another name each time.
		fmt.Fprintln(h, it.ID, it.Geometry, it.Values, it.Lifetime, len(it.Sources), len(it.History))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// settleKilled goes on with the newest import or gives it up, and takes it back when it
// is applied. It tells what there is before and after.
func settleKilled(ctx context.Context, s *ingest.Service, how string) error {
	s.Store, s.Open = s.Store.(saying).Store, openFile // which say nothing
	im, err := lookAt(ctx, s)
	if err != nil {
		return err
	}
	err = settleImport(ctx, s, &im, how)
	if geo.KindOf(err) == geo.Conflict { // the database has ended it meanwhile
		if im, err = lookAt(ctx, s); err == nil {
			err = settleImport(ctx, s, &im, how)
		}
	}
	if err != nil {
		return err
	}
	_, err = lookAt(ctx, s)
	return err
}

func settleImport(ctx context.Context, s *ingest.Service, im *geo.Import, how string) error {
	switch im.State {
	case "", geo.Discarded, geo.RolledBack:
		return nil
	case geo.Applied:
		if im.Undoes != "" {
			was, err := s.Store.FindImport(ctx, im.Undoes)
			if err == nil && (was.State != geo.RolledBack || was.UndoneBy != im.ID) {
				err = errors.New("an import that was taken back does not say so")
			}
			return err
		}
	default:
		if how == "discard" {
			_, err := s.Discard(ctx, im.ID)
			return err
		}
		if _, err := s.Stage(ctx, im.ID, nil); err != nil {
			return err
		}
		if _, err := s.Apply(ctx, im.ID, "test", true); err != nil {
			return err
		}
	}
	_, err := s.RollBack(ctx, im.ID, "test", false)
	return err
}
