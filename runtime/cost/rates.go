package cost

import (
	"fmt"
	"slices"
	"strings"
)

// Rates turn seconds into energy and money. All of them are assumptions, to be replaced by one's own numbers.
type Rates struct {
	Name       string
	Watts      float64 // of one device under load
	PerHour    float64 // price of one device for an hour
	PerKWh     float64 // price of its electricity, 0 when it is in the price of the hour
	Currency   string
	Assumption string // where the numbers come from, and from when
}

// Joules is the energy that devices take in a time.
func (r Rates) Joules(seconds float64, devices int) float64 {
	return r.Watts * seconds * float64(devices)
}

// Price is what devices cost for a time.
func (r Rates) Price(seconds float64, devices int) float64 {
	const kWh = 3.6e6
	return seconds/hour*r.PerHour*float64(devices) + r.Joules(seconds, devices)/kWh*r.PerKWh
}

// String says the assumptions in one line.
func (r Rates) String() string {
	text := fmt.Sprintf("%s: %s W", r.Name, digits(r.Watts))
	if r.PerHour != 0 {
		text += ", " + Money(r.PerHour, r.Currency) + " an hour"
	}
	if r.PerKWh != 0 {
		text += ", " + Money(r.PerKWh, r.Currency) + " a kWh"
	}
	if r.Assumption != "" {
		text += " (" + r.Assumption + ")"
	}
	return text
}

// OwnCPU are the rates of a computer one has: so many cores, 10 W for each that works, and the electricity.
func OwnCPU(cores int) Rates {
	name := fmt.Sprintf("own CPU, %d cores", cores)
	if cores == 1 {
		name = "own CPU, 1 core"
	}
	return Rates{
		Name: name, Watts: 10 * float64(cores), PerKWh: 0.30, Currency: "EUR",
		Assumption: "assumed in 2025: 10 W a core, electricity at 0.30 EUR/kWh, without the computer itself",
	}
}

// Hardware is a number of equal devices.
type Hardware struct {
	Rates
	FLOPS       float64 // peak of one device, operations a second
	Bandwidth   float64 // of one device's memory, bytes a second; 0 when not known
	Memory      float64 // of one device, bytes; 0 when not known
	Utilisation float64 // share of the peak that is reached, more than 0 and at most 1
	Count       int
}

// gpu is a rented device whose work reaches 40 percent of its peak, which large training runs report.
func gpu(name string, flops, bandwidth, memory, watts, perHour float64) Hardware {
	return Hardware{
		Rates: Rates{
			Name: name, Watts: watts, PerHour: perHour, Currency: "USD",
			Assumption: "assumed in 2025: rented on demand, electricity included; providers differ by a factor of 2 and more",
		},
		FLOPS: flops, Bandwidth: bandwidth, Memory: memory, Utilisation: 0.4, Count: 1,
	}
}

// The rented devices below have FLOP/s that are the makers' figures for dense products of 16-bit floating point, watts that are their limits of power, and the memory
// of the larger model. Their prices are assumptions (see Assumption).

// H100 is NVIDIA's H100 SXM (2022).
func H100() Hardware { return gpu("H100 SXM", 989e12, 3.35e12, 80e9, 700, 3.00) }

// A100 is NVIDIA's A100 SXM with 80 GB (2020).
func A100() Hardware { return gpu("A100 SXM 80 GB", 312e12, 2.04e12, 80e9, 400, 1.80) }

// V100 is NVIDIA's V100 SXM with 32 GB (2017).
func V100() Hardware { return gpu("V100 SXM", 125e12, 0.90e12, 32e9, 300, 0.80) }

// T4 is NVIDIA's T4 (2018), the small one.
func T4() Hardware { return gpu("T4", 65e12, 0.32e12, 16e9, 70, 0.35) }

// RatesOf are those of a device by what its maker calls it ("NVIDIA H100 80GB HBM3"), if it is one of the rented devices; else those of one's own CPU with so
// many cores.
func RatesOf(model string, cores int) Rates {
	words := strings.FieldsFunc(model, func(r rune) bool { return r == ' ' || r == '-' })
	for _, h := range []Hardware{H100(), A100(), V100(), T4()} {
		name, _, _ := strings.Cut(h.Name, " ")
		if slices.Contains(words, name) {
			return h.Rates
		}
	}
	return OwnCPU(max(1, cores))
}

// Times returns that many of the devices.
func (h Hardware) Times(n int) Hardware {
	h.Count = n
	return h
}
