package geojson

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"oxus/data/archive"
	"oxus/geo"
	"oxus/geo/charset"
)

// form is how the features stand in a file.
type form int

const (
	// collection is a FeatureCollection.
	collection form = iota
	// single is one Feature.
	single
	// lines is one feature a line.
	lines
	// records is RFC 8142: a record separator in front of each feature.
	records
)

const recordSeparator = 0x1e

// source is the file as bytes of UTF-8.
type source struct {
	member *archive.Member
	text   charset.Decoder
	limits Limits
}

// reading is one reading of a source.
type reading struct {
	io.Reader
	member *archive.Reader
}

func (r *reading) Close() { r.member.Close() }

// open starts a reading after the byte order mark, if there is one.
func (s *source) open() (*reading, error) {
	m, err := s.member.Open()
	if err != nil {
		return nil, err
	}
	if mark, _ := m.Peek(3); string(mark) == "\ufeff" {
		if err := m.Skip(3); err != nil {
			m.Close()
			return nil, err
		}
	}
	return &reading{s.text.Reader(m, s.member.Name), m}, nil
}

func (s *source) tooLarge() error {
	return broken(RuleRecordBytes, s.member.Name, "a feature, or another member of the collection, has more than %d bytes", s.limits.RecordBytes)
}

// decoder reads JSON within the allowance of one record.
func (s *source) decoder(r io.Reader) (*json.Decoder, *archive.Allowance) {
	a := archive.NewAllowance(r, s.limits.RecordBytes, s.tooLarge)
	return json.NewDecoder(a), a
}

// wrap says where JSON breaks.
func (s *source) wrap(err error, d *json.Decoder) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return broken(RuleJSON, s.member.Name, "the JSON breaks at byte %d: %v", syntax.Offset, syntax)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return broken(archive.RuleTruncated, s.member.Name, "the file ends at byte %d in the middle of its JSON", d.InputOffset())
	}
	return err
}

// heading is what a collection says of itself.
type heading struct {
	form      form
	name, crs []byte
}

// top reads the members of a collection and hands each feature to each, in
// order. It returns early when each returns false.
func (s *source) top(each func(raw []byte) bool) (heading, error) {
	h := heading{form: single}
	r, err := s.open()
	if err != nil {
		return h, err
	}
	defer r.Close()
	d, allowance := s.decoder(r)
	if t, err := d.Token(); err != nil {
		return h, s.wrap(err, d)
	} else if t != json.Delim('{') {
		return h, broken(RuleNotGeoJSON, s.member.Name, "the file is no object of GeoJSON")
	}
	seen := map[string]bool{}
	kind := ""
	for d.More() {
		allowance.Renew()
		t, err := d.Token()
		if err != nil {
			return h, s.wrap(err, d)
		}
		name, _ := t.(string) // within an object tokens are names in turn
		if seen[name] {
			return h, broken(RuleName, s.member.Name, "the name %.60q comes twice", name)
		}
		seen[name] = true
		if name == "features" {
			h.form = collection
			more, err := s.features(d, allowance, each)
			if err != nil || !more {
				return h, err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return h, s.wrap(err, d)
		}
		switch name {
		case "type":
			kind = string(raw)
		case "name":
			h.name = raw
		case "crs":
			h.crs = raw
		}
	}
	if _, err := d.Token(); err != nil {
		return h, s.wrap(err, d)
	}
	return s.finish(h, kind, d, allowance)
}

// finish holds the type against what was found, and looks at what follows.
func (s *source) finish(h heading, kind string, d *json.Decoder, a *archive.Allowance) (heading, error) {
	a.Renew()
	_, err := d.Token()
	follows := !errors.Is(err, io.EOF)
	switch {
	case follows && err != nil && !isJSON(err):
		return h, err
	case h.form == collection && kind != `"FeatureCollection"`:
		return h, broken(RuleMember, s.member.Name, "there are features, but the type is %.60s", orNothing(kind))
	case h.form == collection && follows:
		return h, broken(RuleJSON, s.member.Name, "text follows after the end of the collection, at byte %d", d.InputOffset())
	case h.form == collection:
		return h, nil
	case kind == `"Feature"` && follows:
		h.form = lines
	case kind == `"Feature"`:
		h.form = single
	case kind == `"FeatureCollection"`:
		return h, broken(RuleNoFeatures, s.member.Name, "the collection has no features member")
	default:
		return h, broken(RuleNoFeatures, s.member.Name, "the type is %.60s, not Feature or FeatureCollection; a geometry alone does not say which feature it is", orNothing(kind))
	}
	return h, nil
}

// isJSON reports whether an error is about the text, not about reading it.
func isJSON(err error) bool {
	var syntax *json.SyntaxError
	return errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF)
}

func orNothing(kind string) string {
	if kind == "" {
		return "missing"
	}
	return kind
}

// features hands on each element of the array that the decoder stands before.
func (s *source) features(d *json.Decoder, a *archive.Allowance, each func(raw []byte) bool) (more bool, err error) {
	t, err := d.Token()
	if err != nil {
		return false, s.wrap(err, d)
	}
	if t != json.Delim('[') {
		return false, broken(RuleMember, s.member.Name, "features is no array")
	}
	var raw json.RawMessage
	for d.More() {
		a.Renew()
		raw = raw[:0]
		if err := d.Decode(&raw); err != nil {
			return false, s.wrap(err, d)
		}
		if !each(raw) {
			return false, nil
		}
	}
	if _, err = d.Token(); err != nil {
		return false, s.wrap(err, d)
	}
	return true, nil
}

// texts hands on each text of a sequence, or of the file as one text; a text
// that is too large or no JSON comes as a fault.
func (s *source) texts(f form, each func(raw []byte, fault *geo.Fault) bool) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	defer r.Close()
	buffered := bufio.NewReaderSize(r, 64<<10)
	var buf []byte
	for {
		raw, tooLarge, err := s.cut(buffered, f, buf[:0])
		buf = raw
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		ended := err != nil
		raw = bytes.TrimSpace(raw)
		if len(raw) > 0 || tooLarge {
			fault := checkJSON(raw)
			if tooLarge {
				fault = faultf(RuleRecordBytes, "the feature has more than %d bytes", s.limits.RecordBytes)
			}
			if !each(raw, fault) {
				return nil
			}
		}
		if ended {
			return nil
		}
	}
}

// cut reads up to the next separator into buf, which holds no more than a record
// may have.
func (s *source) cut(r *bufio.Reader, f form, buf []byte) (raw []byte, tooLarge bool, err error) {
	separator := byte('\n')
	if f == records {
		separator = recordSeparator
	}
	for {
		part, err := r.ReadSlice(separator)
		if tooLarge || int64(len(buf)+len(part)) > s.limits.RecordBytes+1 {
			tooLarge = true
		} else {
			buf = append(buf, part...)
		}
		full := errors.Is(err, bufio.ErrBufferFull)
		if full || err == nil && f == single {
			continue
		}
		if err == nil {
			buf = bytes.TrimSuffix(buf, []byte{separator})
		}
		return buf, tooLarge, err
	}
}

func checkJSON(raw []byte) *geo.Fault {
	var syntax *json.SyntaxError
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); errors.As(err, &syntax) {
		return faultf(RuleJSON, "the JSON breaks at byte %d of the feature: %v", syntax.Offset, syntax)
	} else if err != nil {
		return &geo.Fault{Rule: RuleJSON, Detail: fmt.Sprint(err)}
	}
	return nil
}
