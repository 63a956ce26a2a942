// Command race measures programs that do the same task in turns, so that a busy machine is busy for all of them.
//
//	race -name Train/10.8M -threads 1,2 -rounds 5 ours='ours train w.bin 4 256' torch='python torch.py train w.bin 4 256'
//
// A racer is a process that prints a line when it is ready: the word ready, how many bytes of memory its task needs at least (0 if it does not
// say), and what it is. Then it reads lines. Each is a number of threads; it does one unit of its task with so many, and prints how many seconds
// that took and a number to compare its result by. It ends when its input does. Other lines are ignored: libraries talk.
//
// Results are lines in the format of Go's benchmarks, one for each number of threads and one for memory. The first racer is ours, the others are
// peers; NAME stands for each in
//
//	NAME-ms          median time of a unit
//	NAME-low, -high  lowest and highest ratio to ours in one round, peers only
//	NAME-off         largest difference from our number, peers only
//	NAME-MB          largest memory that the process had since it was ready (elsewhere than on Linux: since its start)
//	NAME-over-MB     the same, less what the task needs at least
//
// A peer that cannot run is left out, and said to be. Peers are described on lines "NAME: what it is".
package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	name := flag.String("name", "Race", "of the benchmark")
	threads := flag.String("threads", "1", "numbers of threads, separated by commas")
	rounds := flag.Int("rounds", 5, "how many units each racer does with each number of threads")
	warm := flag.Int("warm", 1, "how many rounds come before, and do not count")
	flag.Parse()
	counts, err := numbers(*threads)
	if err == nil {
		err = race(os.Stdout, *name, counts, *warm, *rounds, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "race:", err)
		os.Exit(1)
	}
}

func numbers(list string) (all []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("number of threads %q: want a number from 1 on", text)
		}
		all = append(all, n)
	}
	return all, nil
}

func race(w io.Writer, name string, counts []int, warm, rounds int, commands []string) error {
	racers, err := line(commands)
	if err != nil {
		return err
	}
	for round := range warm + rounds {
		for _, threads := range counts {
			racers = turn(racers, threads, round%2 == 1, round >= warm)
		}
	}
	if len(racers) == 0 || !racers[0].ours {
		return fmt.Errorf("%s: we did not finish", name)
	}
	for _, threads := range counts {
		fmt.Fprintf(w, "Benchmark%s/%dt %d%s\n", name, threads, rounds, times(racers, threads))
	}
	fmt.Fprintf(w, "Benchmark%s/memory 1%s\n", name, memories(racers))
	for _, r := range racers {
		fmt.Fprintf(w, "%s: %s\n", r.name, r.about)
	}
	return nil
}

// turn lets each racer do a unit, every other time in the opposite order: what a racer leaves behind, such as threads that look for more work, must not
// always be met by the same one. Racers that fail are left out.
func turn(racers []*racer, threads int, backwards, counts bool) []*racer {
	order := slices.Clone(racers)
	if backwards {
		slices.Reverse(order)
	}
	for _, r := range order {
		if err := r.unit(threads, counts); err != nil {
			r.drop(err)
			racers = slices.DeleteFunc(racers, func(q *racer) bool { return q == r })
		}
	}
	return racers
}

// line starts the racers, one after the other, and leaves out peers that cannot run.
func line(commands []string) (racers []*racer, err error) {
	for i, c := range commands {
		name, command, ok := strings.Cut(c, "=")
		if !ok {
			return nil, fmt.Errorf("racer %q: want NAME=COMMAND", c)
		}
		r := &racer{name: name, ours: i == 0, times: map[int][]float64{}, results: map[int][]float64{}}
		if err := r.start(command); err != nil {
			if r.ours {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.drop(err)
			continue
		}
		racers = append(racers, r)
	}
	if len(racers) == 0 {
		return nil, fmt.Errorf("no racers")
	}
	return racers, nil
}

// times are the metrics of units with a number of threads.
func times(racers []*racer, threads int) (line string) {
	ours := racers[0]
	for _, r := range racers {
		line += fmt.Sprintf(" %.6g %s-ms", 1000*median(r.times[threads]), r.name)
		if r == ours {
			continue
		}
		low, high, off := math.Inf(1), 0.0, 0.0
		for i, t := range r.times[threads] {
			ratio := t / ours.times[threads][i]
			low, high = min(low, ratio), max(high, ratio)
		}
		for i, v := range r.results[threads] {
			off = max(off, math.Abs(v-ours.results[threads][i]))
		}
		line += fmt.Sprintf(" %.4g %s-low %.4g %s-high %.3g %s-off", low, r.name, high, r.name, off, r.name)
	}
	return line
}

// memories ends the racers, which tells how much memory each had.
func memories(racers []*racer) (line string) {
	for _, r := range racers {
		peak := r.end()
		line += fmt.Sprintf(" %.4g %s-MB", peak/1e6, r.name)
		if r.need > 0 {
			line += fmt.Sprintf(" %.4g %s-over-MB", (peak-r.need)/1e6, r.name)
		}
	}
	return line
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	n := len(all)
	if n == 0 {
		return math.NaN()
	}
	return (all[(n-1)/2] + all[n/2]) / 2
}
