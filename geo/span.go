package geo

// DatedSpan gathers the span from the first to the last dated day of a
// collection. The zero value has seen nothing.
type DatedSpan struct {
	first, last   Date
	dated, opened bool
}

// AddLifetime takes in a lifetime. One that has a start and no end leaves the
// span open; one without dates says nothing.
func (s *DatedSpan) AddLifetime(l Lifetime) {
	if l.From.Known() {
		s.add(l.From.First())
		s.opened = s.opened || !l.To.Known()
	}
	if l.To.Known() {
		s.add(l.To.Last())
	}
}

// AddPeriod takes in the days of a period.
func (s *DatedSpan) AddPeriod(p *Period) {
	during := p.During()
	s.add(during.From)
	if during.To.Bounded() {
		s.add(during.To)
		return
	}
	s.opened = true
}

func (s *DatedSpan) add(d Date) {
	if !s.dated {
		s.first, s.last, s.dated = d, d, true
	}
	s.first, s.last = min(s.first, d), max(s.last, d)
}

// Interval returns the span. Its start is DistantPast when nothing is dated,
// its end DistantFuture then or when something still goes on.
func (s *DatedSpan) Interval() Interval {
	i := Always
	if s.dated {
		i.From = s.first
		if !s.opened {
			i.To = s.last
		}
	}
	return i
}
