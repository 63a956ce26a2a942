package course

import (
	"fmt"
	"math"
	"time"
)

// Late is what being late costs. The zero value costs nothing.
type Late struct {
	Grace  time.Duration // is not late yet
	PerDay float64       // percent of the points for each day that has begun
	AtMost float64       // percent; 100 when the course does not say
	Closed time.Duration // after which there are no points at all; 0 is never
}

type lateYAML struct {
	Grace  string   `yaml:"grace"`
	PerDay float64  `yaml:"per_day"`
	AtMost *float64 `yaml:"at_most"`
	Closed float64  `yaml:"closed_after"`
}

func (y *lateYAML) read() (l Late, err error) {
	if y == nil {
		return l, nil
	}
	l = Late{PerDay: y.PerDay, AtMost: 100, Closed: time.Duration(y.Closed * 24 * float64(time.Hour))}
	if y.AtMost != nil {
		l.AtMost = *y.AtMost
	}
	if y.Grace != "" {
		l.Grace, err = time.ParseDuration(y.Grace)
	}
	if err != nil || l.Grace < 0 || l.PerDay < 0 || l.PerDay > 100 || l.AtMost < 0 || l.AtMost > 100 || l.Closed < 0 {
		return l, fmt.Errorf("late: want grace: a duration such as 15m, per_day and at_most: percent from 0 to 100, closed_after: days")
	}
	return l, nil
}

// Deduction is how many percent of its points a submission loses, and why. Without a due date, or a time at which it came, it loses none; one of which
// all that is known is that it was late counts as a day late.
func (l Late) Deduction(due, received time.Time, late bool) (percent float64, why string) {
	by := received.Sub(due)
	switch {
	case due.IsZero():
		return 0, ""
	case received.IsZero() && !late:
		return 0, ""
	case received.IsZero():
		by = max(time.Hour, l.Grace+1)
	case by <= l.Grace:
		return 0, ""
	}
	if l.Closed > 0 && by > l.Closed {
		return 100, "it came after the end"
	}
	days := math.Ceil(by.Hours() / 24)
	return min(days*l.PerDay, l.AtMost), fmt.Sprintf("late by %s", dayCount(days))
}

func dayCount(n float64) string {
	if n == 1 {
		return "a day"
	}
	return fmt.Sprintf("%v days", n)
}
