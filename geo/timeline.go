package geo

import "slices"

// Stretch is a run of days on which one period gives the status of a feature,
// or none does.
type Stretch struct {
	Interval
	Standing
}

// Timeline returns the stretches of a feature's history from the first day
// anything is documented for to today, in order and without overlaps: the
// status of every day as StandingOn gives it. What begins after today is left
// out. It is empty when nothing is documented.
func Timeline(periods []Period, today Date) []Stretch {
	turns := turningDays(periods, today)
	var line []Stretch
	for i, day := range turns {
		end := today
		if i+1 < len(turns) {
			end = turns[i+1] - 1
		}
		now := StandingOn(day, periods)
		if n := len(line); n > 0 && line[n-1].Period == now.Period {
			line[n-1].To = end
			continue
		}
		line = append(line, Stretch{Interval{day, end}, now})
	}
	return line
}

// turningDays are the days up to today on which the status may change, in order.
func turningDays(periods []Period, today Date) []Date {
	var turns []Date
	for i := range periods {
		if periods[i].Kind == Milestone {
			continue
		}
		during := periods[i].During()
		turns = append(turns, during.From)
		if during.To.Bounded() {
			turns = append(turns, during.To+1)
		}
	}
	turns = slices.DeleteFunc(turns, func(d Date) bool { return d > today })
	slices.Sort(turns)
	return slices.Compact(turns)
}
