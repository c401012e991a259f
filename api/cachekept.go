package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/paulmach/orb"

	"oxus/geo"
)

// kept is an answer that is kept: the answer itself as the handler made it, and in each
// coding that was asked for.
type kept struct {
	asked  fingerprint
	route  string // the pattern of its address, for the metrics
	status int
	header http.Header
	body   []byte

	// epoch and footing say what it was made of, day when; one of any day is about a
	// past state of the record. Area is all it shows, nil for everything.
	epoch   uint64
	day     geo.Date
	anyDay  bool
	area    *orb.Bound
	footing atomic.Pointer[footing]

	mu    sync.Mutex // of who makes a form
	forms [codings]atomic.Pointer[form]
	// unchanged is the whole header that tells everybody that they have it.
	unchanged atomic.Pointer[http.Header]
}

// footing is what an answer rests on, as it was when it was last found to be one.
type footing struct {
	known *geo.Known
	on    []dependency
}

// dependency is a version of a collection, or of the sources.
type dependency struct{ collection, version string }

// form is an answer in a coding.
type form struct {
	header http.Header
	body   []byte
	// whole is the whole header for everybody, but for the id of the request.
	whole atomic.Pointer[http.Header]
}

// coding is how the bytes of an answer are packed.
type coding int

const (
	plain coding = iota
	gzipped
	zstandard
	codings
)

// codingNames are the names of codings in headers.
var codingNames = [codings]string{"", "gzip", "zstd"}

// stands reports whether an answer is still the answer.
func (a *kept) stands(known *geo.Known, today geo.Date) bool {
	if a.epoch != known.Epoch || !a.anyDay && a.day != today {
		return false
	}
	was := a.footing.Load()
	if was.known == known {
		return true
	}
	now := &footing{known: known, on: make([]dependency, len(was.on))}
	for i, d := range was.on {
		if !known.Stands(d.collection, d.version, a.area) {
			return false
		}
		now.on[i] = dependency{d.collection, known.Versions[d.collection]}
	}
	a.footing.Store(now)
	return true
}

// serves reports whether the answer can be given to a request: one that was only told
// that it has the answer already serves those who have it.
func (a *kept) serves(r *http.Request) bool {
	return a.status != http.StatusNotModified || a.isHadBy(r)
}

// isHadBy reports whether the client has the answer.
func (a *kept) isHadBy(r *http.Request) bool {
	given, tag := r.Header["If-None-Match"], a.header["Etag"]
	if len(given) == 0 || len(tag) == 0 {
		return false
	}
	return given[0] == tag[0] || hasTag(given[0], tag[0])
}

// weight is how many bytes it takes about.
func (a *kept) weight() uint32 {
	n := overhead + len(a.body)
	for i := range a.forms {
		if f := a.forms[i].Load(); f != nil && f.header.Get(echo.HeaderContentEncoding) != "" {
			n += overhead + len(f.body)
		}
	}
	return uint32(n)
}

// in returns the answer in a coding, and whether it was made just now.
func (a *kept) in(code coding) (f *form, made bool) {
	if f := a.forms[code].Load(); f != nil {
		return f, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.forms[code].Load(); f != nil {
		return f, false
	}
	f = a.pack(code)
	a.forms[code].Store(f)
	return f, true
}

// pack packs an answer as one that is not kept would be.
func (a *kept) pack(code coding) *form {
	out := &keptAnswer{header: a.header.Clone()}
	if code == plain || len(a.body) == 0 {
		out.body.Write(a.body)
	} else {
		r := &http.Request{Method: http.MethodGet, Header: http.Header{echo.HeaderAcceptEncoding: {codingNames[code]}}}
		compressed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(a.body) })).ServeHTTP(out, r)
	}
	f := &form{header: out.header, body: out.body.Bytes()}
	if f.header.Get(echo.HeaderContentEncoding) == "" {
		f.body = a.body // one copy is enough
	}
	if a.status == http.StatusOK {
		f.header.Set(echo.HeaderContentLength, strconv.Itoa(len(f.body)))
	}
	return f
}

// keptPart is how much of an answer that is kept goes out at a time: there is all of it,
// and each part costs a call of the system.
const keptPart = 4 * chunk

// write sends an answer whose header is set, each chunk of a part within the timeout.
func (f *form) write(w http.ResponseWriter, status int, method string, timeout time.Duration) error {
	w.WriteHeader(status)
	if method == http.MethodHead || status != http.StatusOK {
		return nil
	}
	control := http.NewResponseController(w)
	for rest := f.body; len(rest) > 0; {
		part := rest[:min(len(rest), keptPart)]
		if len(f.body) > chunk {
			most := timeout * time.Duration(1+len(part)/chunk)
			if err := control.SetWriteDeadline(time.Now().Add(most)); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
		}
		if _, err := w.Write(part); err != nil {
			return errors.Join(errClientGone, err)
		}
		rest = rest[len(part):]
	}
	return nil
}

// codingOf is the coding that a request prefers of those there are. Answers to HEAD are
// not packed, as elsewhere.
func codingOf(r *http.Request) coding {
	if r.Method == http.MethodHead {
		return plain
	}
	accepts := r.Header.Get(echo.HeaderAcceptEncoding)
	if accepts == codingNames[gzipped] {
		return gzipped
	}
	var quality [codings]float64
	for element := range strings.SplitSeq(accepts, ",") {
		name, parameters, _ := strings.Cut(element, ";")
		weight, ok := weightOf(parameters)
		for code := gzipped; ok && code < codings; code++ {
			if strings.EqualFold(strings.TrimSpace(name), codingNames[code]) {
				quality[code] = weight
			}
		}
	}
	switch {
	case quality[zstandard] > 0 && quality[zstandard] >= quality[gzipped]:
		return zstandard
	case quality[gzipped] > 0:
		return gzipped
	}
	return plain
}
