package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	// defaultUpload is the most bytes of an upload where nothing else is set.
	defaultUpload = 2 << 30
	// maxFields is how many fields an upload may have, maxField how many bytes each.
	maxFields = 32
	maxField  = 64 << 10
	// besides is what an upload may have beside its files: fields and the heads of
	// its parts.
	besides = 4 << 20
	// maxName is how many bytes the name of a file may have, maxToken a token.
	maxName  = 255
	maxToken = 200
	// unread is how much of a refused upload is read all the same: many clients look
	// for the answer only when they have sent everything.
	unread = 4 << 20
)

const multipartType = "multipart/form-data"

// The rules of an upload, beside those of its options. ruleTooLarge is also what the
// service says of files.
const (
	ruleField      geo.Rule = "unknown-field"
	ruleTwice      geo.Rule = "repeated-field"
	ruleFieldOrder geo.Rule = "field-order"
	ruleFieldSize  geo.Rule = "field-size"
	ruleFieldText  geo.Rule = "field-text"
	ruleFileName   geo.Rule = "file-name"
	ruleTooLarge   geo.Rule = "upload-too-large"
)

// optionFields are the options that can be fields of their own: all that there are.
var optionFields = []string{"layer", "encoding", "crs", "separator", "x", "y", "wkt", "key", "mapping", "mode", "missing", "audience", "map"}

// upload takes the files of a new import as they come, and has them staged.
func (s *Server) upload(c echo.Context) error {
	stage, err := s.uploadParameters(c)
	if err != nil {
		return err
	}
	form, err := s.openForm(c)
	if err != nil {
		return err
	}
	im, known, err := s.receiveUpload(c, form)
	if err != nil {
		form.drain()
		// The time for the answer begins now: receiving may have taken longer.
		return errors.Join(err, s.hurried(c))
	}
	if known {
		form.drain()
	}
	status := http.StatusOK
	if !known {
		status = http.StatusCreated
		c.Response().Header().Set(echo.HeaderLocation, s.url("imports", im.ID))
	}
	if err := patient(c); err != nil {
		return err
	}
	if stage && im.State == geo.Uploaded {
		work, err := s.jobs.stage(s.options.Imports, im.ID, nil)
		if err == nil {
			_, err = s.waited(c, work)
		}
		if err != nil {
			// The upload is kept, and can be staged later: that is the answer.
			s.log.Warn("an upload is not staged by itself", "import", im.ID, "error", err)
		}
	}
	return s.stands(c, status, im.ID)
}

func (s *Server) uploadParameters(c echo.Context) (stage bool, err error) {
	values, err := query(c)
	if err != nil {
		return false, err
	}
	p := newParams(values)
	p.format("json")
	stage = true
	p.flag("stage", &stage)
	return stage, p.done()
}

// receiveUpload keeps an upload. known tells that its token was used before.
func (s *Server) receiveUpload(c echo.Context, form *uploadForm) (im geo.Import, known bool, err error) {
	u, first, err := form.upload(s.collectionsToImport(), actorOf(c), c.Request().Header.Get("Idempotency-Key"))
	if err != nil {
		return im, false, err
	}
	asked := false
	im, err = s.options.Imports.Begin(c.Request().Context(), u, func() (*geo.UploadPart, error) {
		part := first
		if asked {
			if part, err = form.nextFile(); err != nil {
				return nil, err
			}
		}
		asked = true
		return part, nil
	})
	if geo.KindOf(err) == geo.Conflict && u.Token != "" {
		// Another upload of the token was quicker.
		if other, findErr := s.options.Importer.FindToken(c.Request().Context(), u.Actor, u.Token); findErr == nil {
			return other, true, nil
		}
	}
	return im, !asked, form.explained(err)
}

// collectionsToImport are the names that an import can be for.
func (s *Server) collectionsToImport() []string {
	names := []string{geo.StatusID, geo.SourcesID}
	for _, k := range s.atlas.Collections {
		names = append(names, k.ID)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// uploadForm reads a multipart form whose fields come before its files.
type uploadForm struct {
	parts  *multipart.Reader
	body   *steadyReader
	fields map[string]string
	faults []geo.Fault
	count  int
}

// openForm holds a request against what can be said before its body is read.
func (s *Server) openForm(c echo.Context) (*uploadForm, error) {
	r := c.Request()
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err != nil || mediaType != multipartType {
		c.Response().Header().Set("Accept-Post", multipartType)
		return nil, &refusal{http.StatusUnsupportedMediaType, "An upload must be " + multipartType + ": fields, then files."}
	}
	if parameters["boundary"] == "" {
		return nil, geo.Errorf(geo.Invalid, "Content-Type names no boundary between the parts.")
	}
	if coding := r.Header.Get(echo.HeaderContentEncoding); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, &refusal{http.StatusUnsupportedMediaType, "The body must come without a content coding."}
	}
	if r.ContentLength > s.options.MaxUpload+besides {
		return nil, s.tooLarge()
	}
	control := http.NewResponseController(c.Response())
	body := &steadyReader{
		from: r.Body, left: s.options.MaxUpload + besides, timeout: s.options.ReadTimeout, tooLarge: s.tooLarge(),
		deadline: control.SetReadDeadline,
	}
	return &uploadForm{parts: multipart.NewReader(body, parameters["boundary"]), body: body, fields: map[string]string{}}, nil
}

func (s *Server) tooLarge() error {
	return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("An upload may have at most %d bytes.", s.options.MaxUpload)}
}

// steadyReader reads a body as long as bytes keep coming, up to a limit.
type steadyReader struct {
	from     io.Reader
	left     int64
	timeout  time.Duration
	deadline func(time.Time) error
	tooLarge error
	// err is what reading ended with, other than the end.
	err error
}

func (r *steadyReader) Read(b []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.left <= 0 {
		r.err = r.tooLarge
		return 0, r.err
	}
	if err := deadlines(r.deadline(time.Now().Add(r.timeout))); err != nil {
		r.err = errors.Join(errClientGone, err)
		return 0, r.err
	}
	n, err := r.from.Read(b[:min(int64(len(b)), r.left)])
	r.left -= int64(n)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		r.err = &refusal{http.StatusRequestTimeout, fmt.Sprintf("Nothing more came for %s.", r.timeout)}
	default:
		r.err = errors.Join(errClientGone, err)
	}
	return n, r.err
}

// drain reads some of what a refused client still sends, for not longer than it sends.
func (f *uploadForm) drain() {
	if f.body.err == nil {
		_, _ = io.CopyN(io.Discard, f.body, unread) // whatever it ends with, the answer is made
	}
}

// explained finds the reason in an error of a reader that wraps it as text.
func (f *uploadForm) explained(err error) error {
	if err == nil {
		return nil
	}
	var refused *refusal
	var domain *geo.Error
	switch {
	case f.body.err != nil:
		return f.body.err
	case errors.As(err, &domain) && slices.ContainsFunc(domain.Faults, func(one geo.Fault) bool { return one.Rule == ruleTooLarge }):
		return f.body.tooLarge
	case errors.As(err, &domain), errors.As(err, &refused):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return geo.Errorf(geo.Invalid, "The form ends before its last boundary.")
	}
	return err
}

// malformed is a form that cannot be read on.
func (f *uploadForm) malformed(err error) error {
	switch {
	case f.body.err != nil:
		return f.body.err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return geo.Errorf(geo.Invalid, "The form ends before its last boundary.")
	}
	return geo.Errorf(geo.Invalid, "The form cannot be read: %s.", clipAll(strings.TrimPrefix(err.Error(), "multipart: ")))
}

func (f *uploadForm) fault(name string, rule geo.Rule, format string, args ...any) {
	if len(f.faults) < maxNamed {
		f.faults = append(f.faults, geo.Fault{Rule: rule, Place: geo.Place{Parameter: clip(name)}, Detail: fmt.Sprintf(format, args...)})
	}
}

// upload reads the fields up to the first file, which it returns beside them.
func (f *uploadForm) upload(collections []string, actor, idempotencyKey string) (*geo.Upload, *geo.UploadPart, error) {
	var first *geo.UploadPart
	for first == nil {
		part, err := f.parts.NextPart()
		if errors.Is(err, io.EOF) {
			f.fault("file", ruleMissing, "there is no file")
			break
		}
		if err != nil {
			return nil, nil, f.malformed(err)
		}
		if part.FormName() == "file" {
			first = f.file(part)
			break
		}
		if err := f.field(part); err != nil {
			return nil, nil, err
		}
	}
	u := &geo.Upload{Collection: f.fields["collection"], Actor: actor, Token: f.token(idempotencyKey)}
	switch {
	case u.Collection == "":
		f.fault("collection", ruleMissing, "the field is needed, before the files")
	case !slices.Contains(collections, u.Collection):
		f.fault("collection", geo.RuleCode, "%q cannot be imported (%s)", clip(u.Collection), strings.Join(collections, ", "))
	}
	u.Options = f.options()
	return u, first, geo.Faulty(f.faults)
}

// field keeps a field. What is blank counts as not given: forms send what nobody has
// filled in.
func (f *uploadForm) field(part *multipart.Part) error {
	name := part.FormName()
	if f.count++; f.count > maxFields {
		return geo.Errorf(geo.Invalid, "An upload has at most %d fields.", maxFields)
	}
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return f.malformed(err)
	}
	_, twice := f.fields[name]
	switch known := name == "collection" || name == "token" || name == "options" || slices.Contains(optionFields, name); {
	case !known:
		f.fault(name, ruleField, "there is no such field")
		return nil
	case twice:
		f.fault(name, ruleTwice, "the field is given more than once")
		return nil
	case len(text) > maxField:
		f.fault(name, ruleFieldSize, "a field may have at most %d bytes", maxField)
		return nil
	case !utf8.Valid(text) || strings.ContainsRune(string(text), 0):
		f.fault(name, ruleFieldText, "the field is not text in UTF-8")
		return nil
	}
	f.fields[name] = strings.TrimSpace(string(text))
	return nil
}

// file is a part that holds a file. Its name is shown and recorded, so it has to be one
// that can be read; what else it could say to a file system is nobody's here.
func (f *uploadForm) file(part *multipart.Part) *geo.UploadPart {
	_, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	name := parameters["filename"]
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case err != nil || name == "" || name == "." || name == "..":
		f.fault("file", ruleFileName, "the file has no name")
	case len(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, hidden):
		f.fault("file", ruleFileName, "the name of a file is printable text of at most %d bytes", maxName)
	}
	return &geo.UploadPart{Name: name, Body: part}
}

// nextFile returns the next file, io.EOF after the last.
func (f *uploadForm) nextFile() (*geo.UploadPart, error) {
	part, err := f.parts.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, f.malformed(err)
	}
	if part.FormName() != "file" {
		f.fault(part.FormName(), ruleFieldOrder, "a field comes after a file; the files must be last")
		return nil, geo.Faulty(f.faults)
	}
	file := f.file(part)
	return file, geo.Faulty(f.faults)
}

// token names the upload: the field, or the header, which is the same.
func (f *uploadForm) token(header string) string {
	header = strings.Trim(strings.TrimSpace(header), `"`)
	token := f.fields["token"]
	if token != "" && header != "" && token != header {
		f.fault("token", ruleTwice, "the field and Idempotency-Key differ")
	}
	token = firstOf(token, header)
	if len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r < '!' || r > '~' }) {
		f.fault("token", ruleFieldText, "a token is at most %d printable characters of ASCII without blanks", maxToken)
	}
	return token
}

// options puts the fields that are options together with those that came as JSON.
// What they may be is for the room that imports to say.
func (f *uploadForm) options() json.RawMessage {
	members := map[string]any{}
	if text := f.fields["options"]; text != "" {
		given, ok := f.json("options", text).(map[string]any)
		if ok {
			members = given
		}
	}
	for _, name := range optionFields {
		text := f.fields[name]
		if text == "" {
			continue
		}
		if _, twice := members[name]; twice {
			f.fault(name, ruleTwice, "the option is given as a field and in options")
			continue
		}
		if members[name] = any(text); name == "map" {
			members[name] = f.json(name, text)
		}
	}
	if len(members) == 0 {
		return nil
	}
	text, err := plainJSON(members)
	if err != nil {
		panic(err) // it was JSON before
	}
	return text
}

// json reads a field that is a JSON object.
func (f *uploadForm) json(name, text string) any {
	v, faults := strictJSON([]byte(text))
	if _, isObject := v.(map[string]any); !isObject && len(faults) == 0 {
		f.fault(name, ruleJSON, "it is not a JSON object")
	}
	for _, one := range faults {
		f.fault(name, one.Rule, "%s", strings.TrimSpace(one.Place.Pointer+" "+one.Detail))
	}
	return v
}
