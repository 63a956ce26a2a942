package cost_test

import (
	"math"
	"testing"

	"github.com/resident-go/resident/runtime/cost"
)

func TestUnits(t *testing.T) {
	for _, row := range []struct{ got, want string }{
		{cost.SI(0, "FLOP"), "0 FLOP"},
		{cost.SI(7, ""), "7"},
		{cost.SI(999, "B"), "999 B"},
		{cost.SI(999.4, "B"), "999 B"},
		{cost.SI(999.6, "B"), "1 kB"},
		{cost.SI(1000, "B"), "1 kB"},
		{cost.SI(1234567, ""), "1.23 M"},
		{cost.SI(999_999, ""), "1 M"},
		{cost.SI(3.14e23, "FLOP"), "314 ZFLOP"},
		{cost.SI(186e9, "FLOP/s"), "186 GFLOP/s"},
		{cost.SI(2e33, "FLOP"), "2000 QFLOP"},
		{cost.SI(0.5, "B"), "0.5 B"},
		{cost.SI(1e-9, "B"), "0.000000001 B"},
		{cost.SI(1e-10, "B"), "1e-10 B"},
		{cost.SI(math.Inf(1), "B"), "+Inf QB"},
		{cost.Seconds(0), "0 s"},
		{cost.Seconds(3e-10), "0.3 ns"},
		{cost.Seconds(12.34e-6), "12.3 µs"},
		{cost.Seconds(0.0123), "12.3 ms"},
		{cost.Seconds(1), "1 s"},
		{cost.Seconds(119), "119 s"},
		{cost.Seconds(120), "2 min"},
		{cost.Seconds(7199), "120 min"},
		{cost.Seconds(7200), "2 h"},
		{cost.Seconds(47 * 3600), "47 h"},
		{cost.Seconds(34 * 86400), "34 days"},
		{cost.Seconds(355.2 * 365.25 * 86400), "355 years"},
		{cost.Energy(0.5), "500 mJ"},
		{cost.Energy(20), "20 J"},
		{cost.Energy(3600), "1 Wh"},
		{cost.Energy(7.2e6), "2 kWh"},
		{cost.Energy(3.6e9), "1 MWh"},
		{cost.Energy(1.287e9 * 3600), "1.29 GWh"},
		{cost.Energy(0), "0 mJ"},
		{cost.Money(0, "EUR"), "0 EUR"},
		{cost.Money(0.000_123_4, "EUR"), "0.000123 EUR"},
		{cost.Money(0.0994, "EUR"), "0.0994 EUR"},
		{cost.Money(0.1, "EUR"), "0.10 EUR"},
		{cost.Money(12.345, "USD"), "12.35 USD"},
		{cost.Money(9999.99, "USD"), "9999.99 USD"},
		{cost.Money(4_600_000, "USD"), "4.6 MUSD"},
		{cost.Money(1, ""), "1.00"},
		{cost.Money(math.NaN(), "EUR"), "NaN EUR"},
	} {
		if row.got != row.want {
			t.Errorf("%q, expected %q", row.got, row.want)
		}
	}
}
