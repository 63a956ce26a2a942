package cost

import (
	"fmt"
	"math"
	"strconv"
)

// none stands for what is not known.
const none = "–"

// SI writes a number with three digits and a prefix, such as 314 ZFLOP or 1.5 MB. What is less than 1 has none.
func SI(x float64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"}
	step := 0
	for round3(x) >= 1000 && step < len(prefixes)-1 {
		x, step = x/1000, step+1
	}
	return join(digits(x), prefixes[step]+unit)
}

// round3 rounds to three significant digits: 999.6 is a thousand.
func round3(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	if err != nil {
		return x
	}
	return y
}

// digits writes a number with three significant digits, without an exponent where that is short.
func digits(x float64) string {
	switch a := math.Abs(round3(x)); {
	case a == 0:
		return "0"
	case a >= 1e15 || a < 1e-9 || math.IsNaN(x):
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	return strconv.FormatFloat(round3(x), 'f', -1, 64)
}

func join(number, unit string) string {
	if unit == "" {
		return number
	}
	return number + " " + unit
}

// scale is a unit that is used from some size on.
type scale struct {
	from, size float64
	unit       string
}

func scaled(x float64, scales []scale) string {
	for _, s := range scales {
		if math.Abs(x) >= s.from {
			return join(digits(x/s.size), s.unit)
		}
	}
	return none
}

const (
	minute = 60.0
	hour   = 60 * minute
	day    = 24 * hour
	year   = 365.25 * day
)

// Seconds writes a time in the unit in which people would say it.
func Seconds(s float64) string {
	if s == 0 {
		return "0 s"
	}
	return scaled(s, []scale{
		{2 * year, year, "years"}, {2 * day, day, "days"}, {2 * hour, hour, "h"}, {2 * minute, minute, "min"},
		{1, 1, "s"}, {1e-3, 1e-3, "ms"}, {1e-6, 1e-6, "µs"}, {0, 1e-9, "ns"},
	})
}

// Energy writes joules, as watt-hours where these are what people pay for.
func Energy(joules float64) string {
	const wh = 3600
	return scaled(joules, []scale{
		{1e9 * wh, 1e9 * wh, "GWh"}, {1e6 * wh, 1e6 * wh, "MWh"}, {1e3 * wh, 1e3 * wh, "kWh"}, {wh, wh, "Wh"},
		{1, 1, "J"}, {0, 1e-3, "mJ"},
	})
}

// Money writes an amount to the cent, with three digits when it is less than that, or in thousands and more.
func Money(amount float64, currency string) string {
	switch a := math.Abs(amount); {
	case a == 0:
		return join("0", currency)
	case a >= 1e4:
		return SI(amount, currency)
	case a >= 0.1:
		return join(fmt.Sprintf("%.2f", amount), currency)
	}
	return join(digits(amount), currency)
}
