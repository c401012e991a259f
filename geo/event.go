package geo

import "slices"

// EventKind says what changed.
type EventKind string

// The kinds of an event. Only the record knows Moved and Corrected: in the world
// features of the collections stay where they are.
const (
	Appeared      EventKind = "appeared"
	Disappeared   EventKind = "disappeared"
	Moved         EventKind = "moved"
	StatusChanged EventKind = "status"
	Corrected     EventKind = "corrected"
)

// Event is something that changed in the world on one day.
type Event struct {
	Kind EventKind
	// Day is when: the first day of a feature or of a status, the last day of a
	// feature that disappeared. Precision is what the source gives of it.
	Day       Date
	Precision Precision
	// From and To are the statuses before that day and from it on. What appeared
	// comes from none, what disappeared has none to go to.
	From, To string
	// Period tells why a status changed and by what sources: the one that begins,
	// or where nothing follows the one that ended. Nil for other kinds.
	Period *Period
}

// Events returns what happened to a feature on the days of the interval up to
// today, in order: what an answer about the day before the first event and one
// about the day after the last differ in. The item must carry its history.
func (c *Collection) Events(it *Item, in Interval, today Date) []Event {
	var events []Event
	life, statusDays := it.Lifetime.Span(), in
	if it.Lifetime.From.Known() {
		// The status it appears with is part of its appearing.
		statusDays.From = max(statusDays.From, life.From+1)
		if in.Contains(life.From) {
			events = append(events, Event{Kind: Appeared, Day: life.From, Precision: it.Lifetime.From.Precision, To: c.statusOn(life.From, it)})
		}
	}
	if c.HasStatus() {
		statusDays.To = min(statusDays.To, life.To)
		events = append(events, turns(it.History, statusDays, today)...)
	}
	// What lasted a day is one event.
	if it.Lifetime.To.Known() && in.Contains(life.To) && life.To != life.From {
		events = append(events, Event{Kind: Disappeared, Day: life.To, Precision: it.Lifetime.To.Precision, From: c.statusOn(life.To, it)})
	}
	return events
}

// statusOn returns the status of a feature on a day, "" where it has none.
func (c *Collection) statusOn(d Date, it *Item) string {
	if !c.HasStatus() {
		return ""
	}
	return StandingOn(d, it.History).Status
}

// turns are the changes of the status on the days of an interval.
func turns(history []Period, in Interval, today Date) []Event {
	var events []Event
	before := Stretch{Standing: Standing{Status: UnknownStatus}}
	for _, now := range Timeline(history, today) {
		if now.Status != before.Status && in.Contains(now.From) {
			events = append(events, turn(&before, &now))
		}
		before = now
	}
	return events
}

func turn(before, now *Stretch) Event {
	e := Event{Kind: StatusChanged, Day: now.From, Precision: Day, From: before.Status, To: now.Status, Period: now.Period}
	switch {
	case now.Period == nil:
		e.Period = before.Period
	case now.Period.From.Date == now.From:
		e.Precision = now.Period.From.Precision
	}
	// The day on which a period ended may be known to the month only.
	if p := before.Period; p != nil && p.Basis == Ended && p.To.Date == now.From && e.Period == p {
		e.Precision = p.To.Precision
	}
	return e
}

// NameOf returns the name of a feature for people: its first property.
func (c *Collection) NameOf(f *Feature) string {
	if len(f.Values) == 0 {
		return ""
	}
	name, _ := f.Values[0].(string)
	return name
}

// Tally sums up the status of one feature over a run of days.
type Tally struct {
	// Over are the days counted; its From is after its To when there are none.
	Over Interval
	// ByStatus counts days, UnknownStatus among them.
	ByStatus map[string]int
	// Closures counts runs of days without a break on which the status is one of
	// the collection's Closed; one that began before the days counted, or goes on
	// after them, counts with the days it shares with them.
	Closures int
	// Closed is how many days the closures have together, Longest the longest of
	// them, the first among equals; without closures it has no days.
	Closed  int
	Longest Interval
}

// Days returns how many days the interval has; it must be bounded.
func (i Interval) Days() int { return max(0, int(i.To-i.From)+1) }

// Tally counts the days of the interval on which the feature exists, from the
// first day anything is known of it to today. The item must carry its history.
func (c *Collection) Tally(it *Item, in Interval, today Date) Tally {
	line := Timeline(it.History, today)
	none := Interval{0, -1}
	t := Tally{Over: countedDays(it.Lifetime, line, in, today), ByStatus: map[string]int{}, Longest: none}
	if t.Over.Days() == 0 {
		return t
	}
	closure := none // the one under way
	for _, s := range filled(line, t.Over) {
		t.ByStatus[s.Status] += s.Days()
		if !slices.Contains(c.Closed, s.Status) {
			closure = none
			continue
		}
		if closure.Days() == 0 {
			closure.From = s.From
			t.Closures++
		}
		closure.To = s.To
		t.Closed += s.Days()
		if t.Longest.Days() < closure.Days() {
			t.Longest = closure
		}
	}
	return t
}

// countedDays leaves of an interval what lies in a lifetime and up to today. An
// open start is the first day of the lifetime or of the timeline.
func countedDays(l Lifetime, line []Stretch, in Interval, today Date) Interval {
	life := l.Span()
	days := Interval{max(in.From, life.From), min(in.To, life.To, today)}
	if !days.From.Bounded() {
		days.From = today + 1
		if len(line) > 0 {
			days.From = line[0].From
		}
	}
	return days
}

// filled returns the stretches within the days given, with one of unknown
// status for days before the first.
func filled(line []Stretch, days Interval) []Stretch {
	unknown := Standing{Status: UnknownStatus}
	if len(line) == 0 {
		return []Stretch{{days, unknown}}
	}
	all := append([]Stretch{{Interval{DistantPast, line[0].From - 1}, unknown}}, line...)
	var within []Stretch
	for _, s := range all {
		s.Interval = Interval{max(s.From, days.From), min(s.To, days.To)}
		if s.From <= s.To {
			within = append(within, s)
		}
	}
	return within
}
