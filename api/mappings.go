package api

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"oxus/geo"
)

const (
	// maxMapped is how many fields a mapping may have, maxMappings how many mappings
	// there may be.
	maxMapped   = 500
	maxMappings = 1000
)

var mappingName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// listMappings answers the mappings that imports can use by name.
func (s *Server) listMappings(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	kept, err := s.options.Mappings.Mappings(c.Request().Context())
	if err != nil {
		return err
	}
	list := make([]document, len(kept))
	for i := range kept {
		list[i] = s.mappingDocument(&kept[i])
	}
	doc := document{}
	doc.add("title", "Mappings")
	doc.add("mappings", list)
	doc.add("links", []link{{Href: s.url("mappings"), Rel: "self", Type: jsonType}, asPage(s.url("mappings"), nil)})
	return writeJSON(c, http.StatusOK, jsonType, doc)
}

func (s *Server) mappingDocument(m *geo.Mapping) document {
	doc := document{}
	doc.add("name", m.Name)
	doc.add("collection", m.Collection)
	doc.add("fields", m.Fields)
	doc.add("links", []link{{Href: s.url("mappings", m.Name), Rel: "self", Type: jsonType}})
	return doc
}

func (s *Server) oneMapping(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	name := pathParam(c, "mapping")
	kept, err := s.options.Mappings.Mappings(c.Request().Context())
	if err != nil {
		return err
	}
	for i := range kept {
		if kept[i].Name == name {
			return writeJSON(c, http.StatusOK, jsonType, s.mappingDocument(&kept[i]))
		}
	}
	return geo.Errorf(geo.NotFound, "There is no mapping %q.", clip(name))
}

// putMapping keeps a mapping in the place of the one of its name. Whether a file has
// its fields shows when an import uses it.
func (s *Server) putMapping(c echo.Context) error {
	if err := s.onlyFormats(c, "json"); err != nil {
		return err
	}
	members, _, err := stepBody(c)
	if err != nil {
		return err
	}
	m, err := s.readMapping(pathParam(c, "mapping"), members)
	if err != nil {
		return err
	}
	kept, err := s.options.Mappings.Mappings(c.Request().Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !slices.ContainsFunc(kept, func(other geo.Mapping) bool { return other.Name == m.Name }) {
		if status = http.StatusCreated; len(kept) >= maxMappings {
			return geo.Errorf(geo.Conflict, "There are %d mappings; put a new one in the place of an old one.", len(kept))
		}
		c.Response().Header().Set(echo.HeaderLocation, s.url("mappings", m.Name))
	}
	if err := s.options.Mappings.PutMapping(c.Request().Context(), m); err != nil {
		return err
	}
	return writeJSON(c, status, jsonType, s.mappingDocument(&m))
}

// readMapping reads a mapping as it is sent, and names everything that is wrong.
func (s *Server) readMapping(name string, members map[string]any) (geo.Mapping, error) {
	var faults []geo.Fault
	fault := func(pointer string, rule geo.Rule, format string, args ...any) {
		if len(faults) < maxNamed {
			faults = append(faults, geo.Fault{Rule: rule, Place: geo.Place{Pointer: clip(pointer)}, Detail: fmt.Sprintf(format, args...)})
		}
	}
	if !mappingName.MatchString(name) {
		fault("", geo.RuleID, "the name of a mapping is letters, digits, '.', '_' and '-', at most 100")
	}
	m := geo.Mapping{Name: name, Fields: map[string]string{}}
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains([]string{"name", "collection", "fields", "links"}, member) {
			fault(below("", member), ruleMember, "a mapping has no such member")
		}
	}
	if given, there := members["name"]; there && given != name {
		fault("/name", ruleIDStays, "the name is that of the address")
	}
	m.Collection, _ = members["collection"].(string)
	if names := s.collectionsToImport(); !slices.Contains(names, m.Collection) {
		fault("/collection", geo.RuleCode, "it is not what can be imported (%s)", strings.Join(names, ", "))
	}
	fields, _ := members["fields"].(map[string]any)
	if len(fields) == 0 || len(fields) > maxMapped {
		fault("/fields", ruleNeeded, "it must be an object of 1 to %d fields with their properties", maxMapped)
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		property, isText := fields[field].(string)
		if !isText || strings.ContainsRune(field+property, 0) {
			fault(below("/fields", field), geo.RuleType, "it is neither the name of a property nor \"\", which fills nothing")
		}
		m.Fields[field] = property
	}
	return m, geo.Faulty(faults)
}
