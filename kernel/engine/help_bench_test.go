package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// BenchmarkHelp measures how long a person waits for names and for a description, in a session of 50 cells: the median.
func BenchmarkHelp(b *testing.B) {
	e := newTestEngine(b, Options{})
	for n := range 50 {
		code := fmt.Sprintf("type record%d struct{ Name string; Value float64 }\nfunc (r record%[1]d) Twice() float64 { return 2 * r.Value }\nr%[1]d := record%[1]d{\"n\", %[1]d}\nfmt.Fprintln(io.Discard, r%[1]d.Twice(), strings.ToUpper(r%[1]d.Name))", n)
		if err := e.Run(b.Context(), n+1, code, &recorder{}); err != nil {
			b.Fatal(err)
		}
	}
	rows := []struct{ name, code string }{
		{"names", "x := r4‸"}, {"fields", "r40.‸"}, {"package", "strings.‸"}, {"new package", "hex.‸"},
		{"variable", "r4‸0"}, {"function", "r40.Twi‸ce()"}, {"documentation", "strings.ToUp‸per"},
		{"documentation of a method", "time.Now().Ye‸ar()"}, {"documentation of a type", "var c http.Cli‸ent"}, {"documentation of a package", "htt‸p.Get"}, {"directive", "%ti‸me"},
	}
	for i, row := range rows {
		before, after, _ := strings.Cut(row.code, "‸")
		cursor := utf8.RuneCountInString(before)
		b.Run(row.name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if i < 4 {
					if names, _, _ := e.Complete(before+after, cursor); len(names) == 0 {
						b.Fatal("no names")
					}
				} else if _, found := e.Inspect(before+after, cursor, 0); !found {
					b.Fatal("nothing is known")
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "median-ms")
		})
	}
}
