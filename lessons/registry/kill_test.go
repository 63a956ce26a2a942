package registry

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/submission"
)

var rounds = flag.Int("rounds", 30, "how often TestKilled kills a worker; each fifth time, it crashes the database as well")

// What tells a process of this test that it is a worker.
const (
	workerPlace = "REGISTRY_TEST_WORKER"
	workerTally = "REGISTRY_TEST_TALLY" // a file to which each grading adds a byte
)

// workerProcess works until it is killed. It grades with a process, as real ones do.
func workerProcess(ctx context.Context, place string) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	r, err := Open(ctx, place)
	for err != nil && ctx.Err() == nil { // it began while the database was down: who supervises workers starts them again
		fmt.Fprintln(os.Stderr, err)
		<-time.After(20 * time.Millisecond)
		r, err = Open(ctx, place)
	}
	if err != nil {
		return 1
	}
	defer r.Close()
	r.poll = 20 * time.Millisecond
	g := func(ctx context.Context, s *submission.Submission) (*grade.Attempt, error) {
		if err := exec.CommandContext(ctx, "sh", "-c", "printf . >>"+os.Getenv(workerTally)).Run(); err != nil {
			return nil, err
		}
		return count(ctx, s)
	}
	if err := r.Work(ctx, Worker{Graders: map[string]Grade{theGrader: g}, Jobs: 2, Beat: 100 * time.Millisecond}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// crew are worker processes. Whoever falls is replaced.
type crew struct {
	t     *testing.T
	d     database
	tally string
	all   []*exec.Cmd
	ends  sync.WaitGroup
}

func (c *crew) start(n int) {
	program, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	w := exec.Command(program)
	w.Env = append(os.Environ(), workerPlace+"="+c.d.place, workerTally+"="+c.tally)
	if err := w.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.ends.Go(func() { w.Wait() })
	c.all[n] = w
}

func (c *crew) kill(n int) { c.all[n].Process.Kill() }

// TestKilled kills workers at random moments, and crashes the database, and wants one attempt for each submission all the same.
func TestKilled(t *testing.T) {
	databases(t, func(t *testing.T, d database) {
		r := d.open(t)
		r.tries = 1000 // it is chance who is killed, and how often
		rounds := *rounds
		if testing.Short() {
			rounds = 5
		}
		n := 8 * rounds
		asked, err := r.HandIn(t.Context(), essays(n))
		if err != nil {
			t.Fatal(err)
		}
		c := &crew{t: t, d: d, tally: filepath.Join(t.TempDir(), "tally"), all: make([]*exec.Cmd, 3)}
		for i := range c.all {
			c.start(i)
		}
		defer c.ends.Wait()
		defer func() {
			for i := range c.all {
				c.kill(i)
			}
		}()
		came := make(chan Key, n)
		failed := make(chan error, 1)
		go func() {
			failed <- r.Await(t.Context(), keysOf(asked), func(o Outcome) error {
				if o.Attempt == nil {
					t.Errorf("%v failed: %s", o.Key, o.Failure)
				}
				came <- o.Key
				return nil
			})
			close(came)
		}()
		done, kills, crashes := 0, 0, 0
		for range came {
			if done++; kills == rounds || done%6 > 0 {
				continue
			}
			<-time.After(rand.N(20 * time.Millisecond)) // the moment is chance; nothing waits for it
			victim := rand.IntN(len(c.all))
			c.kill(victim)
			if kills++; d.server != nil && kills%5 == 0 {
				d.server.crash(t)
				crashes++
			}
			c.start(victim)
		}
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
		c.account(r, n, kills, crashes)
	})
}

// account says what it took, and wants everything there once.
func (c *crew) account(r *Registry, n, kills, crashes int) {
	c.t.Helper()
	if head := r.sound(c.t); head.Seq != int64(2*n) {
		c.t.Errorf("%d rows in the log, want %d", head.Seq, 2*n)
	}
	var attempts, results, failures int
	if err := r.db.QueryRowContext(c.t.Context(), "SELECT (SELECT count(*) FROM attempts), (SELECT count(*) FROM results), (SELECT count(*) FROM failures)").Scan(&attempts, &results, &failures); err != nil {
		c.t.Fatal(err)
	}
	if attempts != n || results != 3*n || failures != 0 {
		c.t.Errorf("%d attempts, %d results, %d failures of %d submissions", attempts, results, failures, n)
	}
	tally, err := os.ReadFile(c.tally)
	if err != nil {
		c.t.Fatal(err)
	}
	if len(tally) < n {
		c.t.Errorf("%d gradings", len(tally))
	}
	c.t.Logf("%d submissions, %d workers killed, %d crashes of the database: %d gradings, %d attempts", n, kills, crashes, len(tally), attempts)
}
