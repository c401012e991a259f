package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"oxus/geo"
)

// Mode says what an import may do to the rows of a collection.
type Mode string

// The modes. In all but Insert what a record has no field for is kept as it is
// stored.
const (
	// Upsert adds what is new and changes what is there; what the file does not have
	// stays. It is the mode of an import that names none.
	Upsert Mode = "upsert"
	// Replace is an Upsert of a file that is the whole collection: what becomes of
	// the features it does not have must be said.
	Replace Mode = "replace"
	// Insert only adds: records of features that are there are left out.
	Insert Mode = "insert"
	// UpdateOnly only changes: records of features that are not there are left out.
	UpdateOnly Mode = "update-only"
)

// Modes returns all modes.
func Modes() []Mode { return []Mode{Upsert, Replace, Insert, UpdateOnly} }

// Missing says what becomes of the features that a whole collection does not have
// any more.
type Missing string

// The answers. There is no default: nothing is assumed.
const (
	Keep   Missing = "keep"
	Drop   Missing = "remove"
	unsaid Missing = ""
)

// Options are what the maintainer says about an import, at its upload or as the
// answers to its questions. What is blank is found out or asked.
type Options struct {
	// Layer is the name of the layer, where a file has several.
	Layer string `json:"layer,omitempty"`
	// Encoding is that of the texts, CRS the system of the positions (EPSG:n), where
	// the file does not say or says it wrongly.
	Encoding string `json:"encoding,omitempty"`
	CRS      string `json:"crs,omitempty"`
	// Separator is what stands between the cells of a table (comma, semicolon, tab,
	// bar); X and Y are the columns of its coordinates, WKT that of Well-Known Text.
	Separator string `json:"separator,omitempty"`
	X         string `json:"x,omitempty"`
	Y         string `json:"y,omitempty"`
	WKT       string `json:"wkt,omitempty"`
	// Key is the property that tells which feature a record is; "id" when blank.
	Key string `json:"key,omitempty"`
	// Map gives properties by field, "" to a field that fills nothing; Mapping names a saved one that Map goes before.
	Map     map[string]string `json:"map,omitempty"`
	Mapping string            `json:"mapping,omitempty"`
	Mode    Mode              `json:"mode,omitempty"`
	Missing Missing           `json:"missing,omitempty"`
	// Audience is the least role that may see what the import brings. Blank keeps
	// nothing for anybody, but for a dataset whose terms forbid to pass it on: that
	// is then kept for those who import.
	Audience geo.Role `json:"audience,omitempty"`
}

// ParseOptions reads options as JSON; nothing is none. What is unknown is refused.
func ParseOptions(text json.RawMessage) (Options, error) {
	var o Options
	if len(text) == 0 {
		return o, nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&o)
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) && other.Field != "" {
		return o, geo.Faulty([]geo.Fault{{Rule: RuleOption, Place: geo.Place{Parameter: other.Field}, Detail: "it is a " + other.Value + ", not a text"}})
	}
	if other != nil {
		return o, geo.Errorf(geo.Invalid, "The options of an import are an object of JSON.")
	}
	if err != nil {
		return o, geo.Errorf(geo.Invalid, "The options of an import cannot be read: %s.", strings.TrimPrefix(err.Error(), "json: "))
	}
	return o, o.check()
}

func (o *Options) check() error {
	var faults []geo.Fault
	refuse := func(name, format string, args ...any) {
		faults = append(faults, geo.Fault{Rule: RuleOption, Place: geo.Place{Parameter: name}, Detail: fmt.Sprintf(format, args...)})
	}
	if o.Mode != "" && !slices.Contains(Modes(), o.Mode) {
		refuse("mode", "%q is not a mode (%s)", o.Mode, joined(Modes()))
	}
	if o.Separator != "" && !slices.Contains([]string{"comma", "semicolon", "tab", "bar"}, o.Separator) {
		refuse("separator", "%q is no separator (comma, semicolon, tab, bar)", o.Separator)
	}
	if !slices.Contains([]Missing{unsaid, Keep, Drop}, o.Missing) {
		refuse("missing", "%q says nothing about what is missing (%s, %s)", o.Missing, Keep, Drop)
	}
	if err := geo.CheckAudience(o.Audience); err != nil {
		refuse("audience", "%s", err)
	}
	if o.Missing == Drop && o.mode() != Replace {
		refuse("missing", "only a file that is the whole collection (mode %s) can tell what is to be removed", Replace)
	}
	return geo.Faulty(faults)
}

func (o *Options) mode() Mode {
	if o.Mode == "" {
		return Upsert
	}
	return o.Mode
}

func (o *Options) key() string {
	if o.Key == "" {
		return "id"
	}
	return o.Key
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
