package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"oxus/geo"
)

// RuleTooLarge is broken by an upload of too many bytes.
const RuleTooLarge geo.Rule = "upload-too-large"

// maxParts is how many files one upload may have.
const maxParts = 16

// Begin keeps an upload and returns its import, in the state Uploaded; when its actor
// has used the token before, that import in the state it has, if it is into the same
// collection; else it is a Conflict. Files are read to their
// ends, whatever the sequence of parts does between.
func (s *Service) Begin(ctx context.Context, u *geo.Upload, next func() (*geo.UploadPart, error)) (geo.Import, error) {
	if _, err := targetOf(s.Atlas, u.Collection); err != nil {
		return geo.Import{}, err
	}
	if _, err := ParseOptions(u.Options); err != nil {
		return geo.Import{}, err
	}
	if u.Token != "" {
		im, err := s.Store.FindToken(ctx, u.Actor, u.Token)
		if err == nil && im.Collection != u.Collection {
			return im, geo.Errorf(geo.Conflict, "The token names the import %s, which is into %s.", im.ID, im.Collection)
		}
		if geo.KindOf(err) != geo.NotFound {
			return im, err
		}
	}
	now := s.now()
	im := geo.Import{ID: newID(now), State: geo.Uploaded, Collection: u.Collection, Actor: u.Actor, Token: u.Token, Created: now, Changed: now, Options: u.Options}
	if err := s.receive(&im, u, next); err != nil {
		return im, errors.Join(err, s.removeUpload(im.ID))
	}
	if err := s.Store.AddImport(ctx, im); err != nil {
		return im, errors.Join(err, s.removeUpload(im.ID))
	}
	return s.Store.FindImport(ctx, im.ID)
}

// receive writes the files of an upload to their folder. It has its name only when all
// of them are whole and on disk, and has it for good before its import is kept.
func (s *Service) receive(im *geo.Import, u *geo.Upload, next func() (*geo.UploadPart, error)) error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, "receiving-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // nothing is left there after the rename
	left := s.MaxBytes
	var paths []string
	for {
		part, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if len(paths) == maxParts {
			return geo.Errorf(geo.Invalid, "An upload has at most %d files.", maxParts)
		}
		path := filepath.Join(dir, safeName(part.Name))
		n, err := writeDurably(path, part.Body, left)
		if err != nil {
			return err
		}
		if u.Name == "" || strings.EqualFold(filepath.Ext(part.Name), ".shp") {
			u.Name = printable(part.Name)
		}
		left -= n
		im.Size += n
		paths = append(paths, path)
	}
	if len(paths) == 0 {
		return geo.Errorf(geo.Invalid, "There is no file in the upload.")
	}
	im.File = printable(u.Name)
	if im.Digest, err = digest(paths); err != nil {
		return err
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	if err := os.Rename(dir, s.folder(im.ID)); err != nil {
		return err
	}
	return syncFolder(s.Dir)
}

// syncFolder has the names in a folder written to the disk, where that can be asked for:
// not every file system takes it.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

func writeDurably(path string, body io.Reader, most int64) (int64, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return 0, geo.Errorf(geo.Invalid, "Two files of the upload have one name, %q.", filepath.Base(path))
	}
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(f, io.LimitReader(body, most+1))
	if err == nil && n > most {
		err = geo.Faulty([]geo.Fault{{Rule: RuleTooLarge, Place: geo.Place{File: filepath.Base(path)}, Detail: "the upload has more bytes than this server takes"}})
	}
	return n, errors.Join(err, f.Sync(), f.Close())
}

// printable is the name of a file without its folders, as people are shown it.
func printable(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
}

// safeName is the name a file has in its folder: what else a name could say to a file
// system is left out.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	plain := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._- ()", r) {
			return r
		}
		return '_'
	}, name))
	if len(plain) > 60 {
		plain = plain[len(plain)-60:] // with its extension
	}
	if visible := strings.TrimLeft(string(plain), "."); visible != "" {
		return visible
	}
	return "_"
}

func (s *Service) folder(id string) string { return filepath.Join(s.Dir, id) }

func (s *Service) removeUpload(id string) error { return os.RemoveAll(s.folder(id)) }

// uploaded returns the file to open of an upload: the .shp among several.
func (s *Service) uploaded(id string) (string, error) {
	entries, err := os.ReadDir(s.folder(id))
	if errors.Is(err, os.ErrNotExist) || err == nil && len(entries) == 0 {
		return "", geo.Errorf(geo.Conflict, "The file of the import %s is not here any more; upload it again.", id)
	}
	if err != nil {
		return "", err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.SortFunc(names, func(a, b string) int {
		shp := func(name string) int {
			if strings.EqualFold(filepath.Ext(name), ".shp") {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(shp(a), shp(b)), cmp.Compare(a, b))
	})
	return filepath.Join(s.folder(id), names[0]), nil
}

// digest is the SHA-256 of a file, in hex; of several that of their names and digests.
func digest(paths []string) (string, error) {
	whole, sum := sha256.New(), ""
	for _, path := range slices.Sorted(slices.Values(paths)) {
		one, err := digestOf(path)
		if err != nil {
			return "", err
		}
		sum = hex.EncodeToString(one)
		fmt.Fprintf(whole, "%s %s\n", sum, filepath.Base(path))
	}
	if len(paths) > 1 {
		sum = hex.EncodeToString(whole.Sum(nil))
	}
	return sum, nil
}

func digestOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}

// uploadName is a name that newID or receive gave to a folder.
var uploadName = regexp.MustCompile(`^(\d{8}-[0-9a-f]{10}|receiving-\d+)$`)

// abandoned is how long nothing was written to an upload that nobody receives any more:
// one that stands still is given up much sooner.
const abandoned = time.Hour

// Tidy removes uploads that nobody needs: those of imports that were applied or
// discarded, with what is left of their stagings, and, once nothing was written to them
// for an hour, those that a process was receiving which died. Other processes may use the
// folder at the same time, and what has another name than an upload has is theirs.
func (s *Service) Tidy(ctx context.Context) error {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if uploadName.MatchString(e.Name()) {
			err = errors.Join(err, s.tidy(ctx, e.Name()))
		}
	}
	return err
}

// tidy removes what lies in the folder under a name, if it is not needed any more.
func (s *Service) tidy(ctx context.Context, name string) error {
	im, err := s.Store.FindImport(ctx, name)
	switch {
	case err == nil && slices.Contains(open, im.State):
		return nil
	case err == nil:
		return s.letGo(ctx, name)
	case geo.KindOf(err) != geo.NotFound:
		return err
	}
	// It is being received, or was just received and its import is not kept yet.
	last, err := lastWritten(s.folder(name))
	if err != nil || time.Since(last) < abandoned {
		return err
	}
	return s.removeUpload(name)
}

// lastWritten is when a folder or a file in it was written last; long ago where it is
// gone meanwhile.
func lastWritten(path string) (last time.Time, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return last, err
}
