package geo

import "time"

// Confirmed returns when the status of a period was last confirmed: by the newest
// publication among its sources, or on its own first day where none of them is
// dated or all are older. published gives the date of a source, the zero value
// where there is none; the day a source was read confirms nothing. A status whose
// end is known, or that is documented up to a day, is documented on each day it is
// in force and does not age: the zero value is returned for it.
func (p *Period) Confirmed(published func(id string) PartialDate) PartialDate {
	if p.Basis != Ongoing {
		return PartialDate{}
	}
	newest := p.From
	for _, id := range p.Sources {
		if on := published(id); on.Known() && on.Last() > newest.Last() {
			newest = on
		}
	}
	return newest
}

// FullYears returns how many full years have passed from one day to another, 0
// where that is not later. A year from 29 February is full on 28 February.
func FullYears(from, to Date) int {
	if to <= from {
		return 0
	}
	a, b := from.Time(), to.Time()
	years := b.Year() - a.Year()
	// The day 0 of a month is the last of the month before.
	lastDay := time.Date(b.Year(), a.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	if NewDate(b.Year(), a.Month(), min(a.Day(), lastDay)) > to {
		years--
	}
	return years
}
