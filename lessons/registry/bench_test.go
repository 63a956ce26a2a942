package registry

import (
	"context"
	"testing"
)

// BenchmarkJobs hands in, grades with a grader that takes no time, and waits: what the registry itself costs for each submission. Run it with -benchtime 2000x, so
// that starting is not what is measured.
func BenchmarkJobs(b *testing.B) {
	places := map[string]func() string{
		"sqlite":   func() string { return b.TempDir() + "/registry.db" },
		"postgres": func() string { return startPostgres(b).fresh(b) },
	}
	for _, name := range []string{"sqlite", "postgres"} {
		b.Run(name, func(b *testing.B) {
			r := database{place: places[name]()}.open(b)
			all := essays(b.N)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			b.ResetTimer()
			asked, err := r.HandIn(ctx, all)
			if err != nil {
				b.Fatal(err)
			}
			in := b.Elapsed()
			ended := make(chan error, 1)
			go func() { ended <- r.Work(ctx, Worker{Graders: map[string]Grade{theGrader: count}, Jobs: 8}) }()
			n := 0
			err = r.Await(ctx, keysOf(asked), func(Outcome) error { n++; return nil })
			if err != nil || n != b.N {
				b.Fatalf("%d of %d: %v", n, b.N, err)
			}
			b.ReportMetric(float64(b.N)/in.Seconds(), "handed-in/s")
			b.ReportMetric(float64(b.N)/(b.Elapsed()-in).Seconds(), "graded/s")
			b.StopTimer()
			cancel()
			if err := <-ended; err != nil {
				b.Fatal(err)
			}
		})
	}
}
