package api

import (
	"net/url"
	"slices"
	"strings"
)

// asked is a request as its links repeat it: the parameters in order of name, each as it
// stands in an address, so that a link is made without sorting and escaping all of them
// again.
type asked struct {
	values url.Values
	pairs  []pair
}

// pair is a parameter with one of its values, and as it stands in an address.
type pair struct{ name, text string }

func pairOf(name, value string) pair {
	return pair{name, url.QueryEscape(name) + "=" + url.QueryEscape(value)}
}

func askedOf(values url.Values) *asked {
	a := &asked{values: values, pairs: make([]pair, 0, len(values))}
	for name, given := range values {
		for _, v := range given {
			a.pairs = append(a.pairs, pairOf(name, v))
		}
	}
	slices.SortStableFunc(a.pairs, func(p, q pair) int { return strings.Compare(p.name, q.name) })
	return a
}

// at is the question at an address, with some parameters set, in order of name. They
// stand in place of what the question has of those names.
func (a *asked) at(address string, set ...pair) string { return a.write(address, nil, set) }

// in is the question at an address whose answer is written in a format, in the same
// system where the format can be had in it.
func (a *asked) in(address string, f *format) string {
	if a.values.Has("crs") && f.axes != onlyLonLat {
		return a.write(address, saysHow, []pair{pairOf("crs", a.values.Get("crs")), pairOf("f", f.name)})
	}
	return a.write(address, saysHow, []pair{pairOf("f", f.name)})
}

// asPage links to the same answer as a page.
func (a *asked) asPage(address string) link {
	return link{Href: a.write(address, saysHow, []pair{pairOf("f", htmlName)}), Rel: "alternate", Type: htmlType, Title: "This as a page"}
}

// inFile is the address of a file of that format. Its name says the format.
func (a *asked) inFile(address string, f *format) string {
	if a.values.Has("crs") && f.axes != onlyLonLat {
		return a.write(address, saysHow, []pair{pairOf("crs", a.values.Get("crs"))})
	}
	return a.write(address, saysHow, nil)
}

// write leaves out the parameters that leave takes.
func (a *asked) write(address string, leave func(name string) bool, set []pair) string {
	var b strings.Builder
	size := len(address)
	for _, p := range a.pairs {
		size += len(p.text) + 1
	}
	for _, p := range set {
		size += len(p.text) + 1
	}
	b.Grow(size)
	b.WriteString(address)
	separator := byte('?')
	add := func(p pair) {
		b.WriteByte(separator)
		b.WriteString(p.text)
		separator = '&'
	}
	for _, p := range a.pairs {
		for len(set) > 0 && set[0].name < p.name {
			add(set[0])
			set = set[1:]
		}
		instead := slices.ContainsFunc(set, func(s pair) bool { return s.name == p.name })
		if !instead && (leave == nil || !leave(p.name)) {
			add(p)
		}
	}
	for _, p := range set {
		add(p)
	}
	return b.String()
}
