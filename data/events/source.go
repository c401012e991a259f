package events

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"oxus/geo"
)

// sourceList gathers the sources that records cite: the dataset itself, and the
// reports it names.
type sourceList struct {
	own     geo.Source
	reports map[string]geo.Source
}

// cite adds reports and returns the ids of what their record cites, the dataset
// first, each once.
func (s *sourceList) cite(reports []geo.Source) []string {
	if s.reports == nil {
		s.reports = map[string]geo.Source{}
	}
	ids := []string{s.own.ID}
	for _, r := range reports {
		ids = append(ids, r.ID)
		s.reports[r.ID] = r
	}
	return unique(ids...)
}

func (s *sourceList) find(id string) (geo.Source, bool) {
	if id == s.own.ID {
		return s.own, true
	}
	r, brought := s.reports[id]
	return r, brought
}

// idOf makes an id that is the same in every import of the same texts.
func idOf(prefix string, texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "\x00")))
	return prefix + hex.EncodeToString(sum[:8])
}

var (
	releaseForm = regexp.MustCompile(`^\d\d\.\d{1,2}(\.\d{1,2})?$`)
	releaseName = regexp.MustCompile(`(?i)(?:^|[^a-z])ged(?:event)?[-_ ]?v?(\d\d)[._]?(\d{1,2})(?:[._](\d{1,2}))?(?:\D|$)`)
)

// ReleaseOf reads the release of UCDP GED from the name its file is published
// under, such as GEDEvent_v25_1.csv or ged251-csv.zip, "" where it does not tell.
func ReleaseOf(fileName string) string {
	found := releaseName.FindStringSubmatch(fileName)
	if found == nil {
		return ""
	}
	return joined(".", found[1:]...)
}

func ucdpSource(o Options) geo.Source {
	s := geo.Source{
		ID: "ucdp-ged", Publisher: "Uppsala Conflict Data Program (UCDP)", Title: "UCDP Georeferenced Event Dataset (GED), release not stated",
		URL: "https://ucdp.uu.se/downloads/", Accessed: o.Accessed,
		Supports: "Events as they are coded there; CC BY 4.0. Attribution: UCDP GED",
	}
	if o.Release != "" {
		s.ID += "-" + o.Release
		s.Title = "UCDP Georeferenced Event Dataset (GED), release " + o.Release
		s.Supports += " " + o.Release
	}
	return s
}

// articleForm is one member of source_article as it is coded since 2013: office,
// date and headline.
var articleForm = regexp.MustCompile(`(?s)^(.+?),(\d{4}-\d\d-\d\d),(.*)$`)

// articles takes source_article apart: a list of quoted "office,date,headline".
// What older rows have instead is free text, which is returned as it is.
func articles(s string) (reports []geo.Source, free string) {
	inner, quoted := strings.CutPrefix(s, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	if !quoted || !closed {
		return nil, oneLine(s)
	}
	for member := range strings.SplitSeq(inner, `";"`) {
		parts := articleForm.FindStringSubmatch(member)
		if parts == nil {
			return nil, oneLine(s)
		}
		published, err := geo.ParseDate(parts[2])
		office, headline := oneLine(parts[1]), oneLine(parts[3])
		if err != nil || office == "" {
			return nil, oneLine(s)
		}
		if headline == "" {
			headline = "Report of " + parts[2]
		}
		reports = append(reports, geo.Source{
			ID: idOf("ucdp-report-", office, parts[2], headline), Publisher: office, Title: headline, Published: geo.On(published),
			Supports: "Named by UCDP GED as the source of an event",
		})
	}
	return reports, ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func acledSource(o Options) geo.Source {
	return geo.Source{
		ID: "acled", Publisher: "Armed Conflict Location & Event Data (ACLED)", Title: "ACLED, an export of events", URL: "https://acleddata.com/",
		Accessed: o.Accessed, Supports: "Events as they are coded there; the terms of ACLED forbid to pass them on",
	}
}

// outlets makes sources of the names in ACLED's column source.
func outlets(s string) []geo.Source {
	var all []geo.Source
	for _, name := range members(s) {
		all = append(all, geo.Source{
			ID: idOf("acled-outlet-", name), Publisher: name, Title: "Report of " + name + ", not identified further",
			Supports: "Named by ACLED as the source of an event",
		})
	}
	return all
}
