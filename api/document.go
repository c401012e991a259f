package api

import (
	"bytes"
	"encoding/json"

	"github.com/labstack/echo/v4"
)

// document is a JSON object that keeps the order its members were added in.
type document struct {
	members []documentMember
}

type documentMember struct {
	name  string
	value any
}

func (d *document) add(name string, value any) {
	d.members = append(d.members, documentMember{name, value})
}

// MarshalJSON writes the members in their order.
func (d document) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range d.members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.name), ':')
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		b = append(b, value...)
	}
	return append(b, '}'), nil
}

// plainJSON is json.Marshal without the HTML escapes, which only hurt readers
// here: every answer is served as JSON with nosniff.
func plainJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

func writeJSON(c echo.Context, status int, mediaType string, v any) error {
	body, err := plainJSON(v)
	if err != nil {
		return err
	}
	return c.Blob(status, mediaType, append(body, '\n'))
}

// link is a web link as OGC API documents carry them (RFC 8288).
type link struct {
	Href  string `json:"href"`
	Rel   string `json:"rel"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
	// Templated marks an address with names in braces (RFC 6570).
	Templated bool `json:"templated,omitempty"`
	// Method is that of a request which does something, "" for GET.
	Method string `json:"method,omitempty"`
}

const (
	jsonType    = "application/json"
	geoJSONType = "application/geo+json"
	schemaType  = "application/schema+json"
	openAPIType = "application/vnd.oai.openapi+json;version=3.0"
)
