package api

import (
	"oxus/geo"
)

// appendDetail appends one feature with its status history, its sources in full
// and its links as further members.
func appendDetail(b []byte, d *geo.Detail, k *collection, links []link) []byte {
	b = appendFeature(b, &d.Item, k.columns)
	if k.HasStatus() {
		b = append(b, `,"statusHistory":[`...)
		for i := range d.History {
			b = appendMember(b, i, appendPeriod, &d.History[i])
		}
		b = append(b, "\n]"...)
	}
	b = append(b, `,"sources":[`...)
	for i := range d.Sources {
		b = appendMember(b, i, appendSource, &d.Sources[i])
	}
	b = append(b, "\n],\"links\":"...)
	return append(appendLinks(b, links), '}')
}

func appendMember[T any](b []byte, i int, write func([]byte, T) []byte, v T) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return write(append(b, '\n'), v)
}

func appendPeriod(b []byte, p *geo.Period) []byte {
	text := func(name, s string) {
		b = append(append(b, name...), ':')
		b = appendText(b, s)
	}
	text(`{"kind"`, string(p.Kind))
	text(`,"status"`, p.Status)
	text(`,"from"`, dateText(p.From))
	text(`,"from_precision"`, p.From.Precision.String())
	text(`,"to"`, dateText(p.To))
	text(`,"to_precision"`, p.To.Precision.String())
	text(`,"end_basis"`, string(p.Basis))
	text(`,"cause"`, p.Cause)
	text(`,"summary"`, p.Summary)
	text(`,"scope"`, string(p.Scope))
	b = append(b, `,"sources":`...)
	return append(appendStrings(b, p.Sources), '}')
}

func dateText(p geo.PartialDate) string {
	if !p.Known() {
		return ""
	}
	return p.Date.String()
}

func appendSource(b []byte, s *geo.Source) []byte {
	text := func(name, v string) {
		b = append(append(b, name...), ':')
		b = appendText(b, v)
	}
	text(`{"id"`, s.ID)
	text(`,"publisher"`, s.Publisher)
	text(`,"title"`, s.Title)
	text(`,"url"`, s.URL)
	text(`,"published"`, s.Published.String())
	text(`,"accessed"`, s.Accessed.String())
	text(`,"supports"`, s.Supports)
	if s.Audience != geo.Everybody {
		text(`,"audience"`, string(s.Audience))
	}
	return append(b, '}')
}
