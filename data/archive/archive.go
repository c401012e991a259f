// Package archive opens what the readers of formats read: a file, or the members
// of a zip, whose bytes are counted while they are read and held against limits.
//
// A zip is hostile until read: its directory is read within a bound, sizes in its
// headers decide nothing, and an entry that breaks a rule refuses the whole.
// Nothing is unpacked to disk.
//
// What is not here: formats, and archives within archives.
package archive

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"oxus/geo"
	"oxus/geo/charset"
)

// Read returns the members of a zip that are wanted, after every entry has passed
// the rules. Other entries are only looked at by name. The shadow files that
// macOS puts beside its files are never members. A zip that breaks a rule is a
// *geo.Error of kind Invalid with the faults of all its entries.
func Read(f *os.File, size int64, b *Budget, wanted func(name string) bool) ([]*Member, error) {
	z, err := readDirectory(f, size, b.limits)
	if err != nil {
		return nil, err
	}
	isMember := func(name string) bool { return !isShadow(name) && wanted(name) }
	faults := checkEntries(z.File, isMember)
	faults = append(faults, checkOverlap(z.File)...)
	if err := geo.Faulty(faults); err != nil {
		return nil, err
	}
	var members []*Member
	for _, e := range z.File {
		if isMember(e.Name) {
			members = append(members, archiveMember(e, size, b))
		}
	}
	return members, nil
}

// directoryReader lets the zip directory be read up to a number of bytes, which
// bounds the memory it takes whatever number of entries it declares.
type directoryReader struct {
	f    *os.File
	left int64
	// read says that the directory is done; members have counters of their own.
	read bool
}

var errDirectory = errors.New("the directory is too long")

// ReadAt implements io.ReaderAt.
func (d *directoryReader) ReadAt(p []byte, off int64) (int, error) {
	if !d.read {
		if d.left -= int64(len(p)); d.left < 0 {
			return 0, errDirectory
		}
	}
	return d.f.ReadAt(p, off)
}

// bytesPerEntry is room for a name of 250 bytes with extra fields; the
// directory's own end record and read-ahead come on top.
const (
	bytesPerEntry  = 512
	directoryExtra = 256 << 10
)

func readDirectory(f *os.File, size int64, l Limits) (*zip.Reader, error) {
	d := &directoryReader{f: f, left: int64(l.Entries)*bytesPerEntry + directoryExtra}
	z, err := zip.NewReader(d, size)
	var disk *fs.PathError
	switch {
	case d.left < 0:
		return nil, broken(RuleZipEntries, "", "the directory of the archive is longer than %d entries need", l.Entries)
	case errors.As(err, &disk):
		return nil, fmt.Errorf("read archive: %w", err)
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, broken(RuleZipDamaged, "", "the archive cannot be read: %v", err)
	case len(z.File) > l.Entries:
		return nil, broken(RuleZipEntries, "", "the archive has more than %d entries", l.Entries)
	}
	d.read = true
	return z, nil
}

func archiveMember(e *zip.File, size int64, b *Budget) *Member {
	return &Member{
		Name: charset.Show(e.Name),
		// The declared size cannot make the ratio laxer than the archive is long.
		packed: int64(min(e.CompressedSize64, uint64(size))),
		source: e.Open,
		budget: b,
	}
}

func isShadow(name string) bool {
	return strings.HasPrefix(path.Base(name), "._") || strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/")
}

// checkEntries returns one fault for each entry that breaks a rule.
func checkEntries(entries []*zip.File, isMember func(string) bool) []geo.Fault {
	var faults []geo.Fault
	names := make(map[string]string, len(entries))
	for _, e := range entries {
		fault := checkName(e.Name)
		if fault == nil {
			fault = checkEntry(e, isMember(e.Name))
		}
		folded := FoldName(strings.TrimSuffix(e.Name, "/"))
		if other, double := names[folded]; fault == nil && double {
			fault = faultf(RuleZipCase, "the archive has this name twice (%s)", other)
		}
		names[folded] = charset.Show(e.Name)
		if fault != nil {
			fault.Place.File = charset.Show(e.Name)
			faults = append(faults, *fault)
		}
	}
	return faults
}

func checkEntry(e *zip.File, isMember bool) *geo.Fault {
	const encrypted, strongEncryption = 1 << 0, 1 << 6
	mode := e.Mode()
	switch {
	case mode&fs.ModeSymlink != 0:
		return faultf(RuleZipSymlink, "the entry is a symbolic link")
	case mode&(fs.ModeType&^fs.ModeDir) != 0:
		return faultf(RuleZipSymlink, "the entry is no regular file")
	case e.Flags&(encrypted|strongEncryption) != 0:
		return faultf(RuleZipEncrypted, "the entry is encrypted; pack the archive without a password")
	case isMember && e.Method != zip.Store && e.Method != zip.Deflate:
		return faultf(RuleZipMethod, "the entry is packed by method %d; only stored and deflated are read", e.Method)
	}
	return nil
}

// checkName refuses names that would lead outside a folder or mean something
// else on another system. Nothing is unpacked to disk here; an archive that
// tries is not an honest one.
func checkName(name string) *geo.Fault {
	switch {
	case name == "" || strings.IndexFunc(name, unicode.IsControl) >= 0:
		return faultf(RuleZipName, "the name is empty or has control characters")
	case strings.Contains(name, `\`):
		return faultf(RuleZipBackslash, `the name has a backslash; folders are separated by "/"`)
	case strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':':
		return faultf(RuleZipAbsolute, "the name is an absolute path")
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(name, "/"), "/") {
		switch {
		case part == "..":
			return faultf(RuleZipParent, "the name leads to a parent folder")
		case part == "" || part == ".":
			return faultf(RuleZipName, "the name has an empty part")
		case isDevice(part):
			return faultf(RuleZipDevice, "%q names a device on Windows", part)
		}
	}
	return nil
}

// isDevice follows "Naming Files, Paths, and Namespaces" (Microsoft): the name
// before the first dot counts, trailing blanks do not.
func isDevice(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	switch base = strings.ToUpper(strings.TrimRight(base, " ")); base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, isPort := strings.CutPrefix(base, "COM")
	if !isPort {
		port, isPort = strings.CutPrefix(base, "LPT")
	}
	return isPort && utf8.RuneCountInString(port) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}

// checkOverlap refuses entries that share bytes: that is how a small archive
// unpacks to petabytes at any ratio.
func checkOverlap(entries []*zip.File) []geo.Fault {
	const localHeader = 30
	type span struct {
		start, end int64
		name       string
	}
	spans := make([]span, 0, len(entries))
	for _, e := range entries {
		start, err := e.DataOffset()
		if err != nil || e.CompressedSize64 > 1<<62 {
			fault := faultf(RuleZipDamaged, "the entry has no header where the directory says")
			fault.Place.File = charset.Show(e.Name)
			return []geo.Fault{*fault}
		}
		spans = append(spans, span{start, start + int64(e.CompressedSize64), charset.Show(e.Name)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start-localHeader < spans[i-1].end {
			fault := faultf(RuleZipOverlap, "the entry shares bytes with %s", spans[i-1].name)
			fault.Place.File = spans[i].name
			return []geo.Fault{*fault}
		}
	}
	return nil
}

// FoldName makes names equal that differ by case alone. Names that are not
// UTF-8 keep their bytes, so that different ones do not become equal.
func FoldName(name string) string {
	if utf8.ValidString(name) {
		return strings.ToLower(name)
	}
	folded := []byte(name)
	for i, c := range folded {
		if c >= 'A' && c <= 'Z' {
			folded[i] = c + 'a' - 'A'
		}
	}
	return string(folded)
}
