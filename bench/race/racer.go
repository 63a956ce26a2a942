package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// racer is a process that does units of a task when it is told to.
type racer struct {
	name, about string
	ours        bool
	need        float64 // bytes
	times       map[int][]float64
	results     map[int][]float64 // of all units, also those that do not count

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// start runs the command and waits until it is ready. Its errors go to ours.
func (r *racer) start(command string) (err error) {
	r.cmd = exec.Command("sh", "-c", "exec "+command)
	r.cmd.Stderr = os.Stderr
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	r.out = bufio.NewScanner(out)
	if err := r.cmd.Start(); err != nil {
		return err
	}
	for r.out.Scan() { // libraries greet
		if text, ok := strings.CutPrefix(r.out.Text(), "ready "); ok {
			need, about, _ := strings.Cut(text, " ")
			r.about = about
			r.forgetMemory()
			_, err := fmt.Sscan(need, &r.need)
			return err
		}
	}
	return errors.New("ended before it was ready")
}

// forgetMemory has Linux count the most memory from now on: reading and converting a file is not what is measured.
func (r *racer) forgetMemory() {
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", r.cmd.Process.Pid), []byte("5"), 0); err != nil && runtime.GOOS == "linux" {
		fmt.Fprintf(os.Stderr, "race: %s: memory counts from its start: %v\n", r.name, err)
	}
}

// unit has the racer do one unit with a number of threads.
func (r *racer) unit(threads int, counts bool) error {
	if _, err := fmt.Fprintln(r.in, threads); err != nil {
		return err
	}
	var seconds, result float64
	for {
		if !r.out.Scan() {
			return errors.New("ended in the middle")
		}
		if n, _ := fmt.Sscan(r.out.Text(), &seconds, &result); n == 2 {
			break
		}
	}
	if counts {
		r.times[threads] = append(r.times[threads], seconds)
	}
	r.results[threads] = append(r.results[threads], result)
	return nil
}

// end lets the process end and returns the most memory that it had since it was ready, in bytes.
func (r *racer) end() float64 {
	r.in.Close()
	if err := r.cmd.Wait(); err != nil {
		fmt.Fprintf(os.Stderr, "race: %s: at the end: %v\n", r.name, err)
	}
	usage, ok := r.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss)
	}
	return 1024 * float64(usage.Maxrss)
}

// drop leaves the racer out.
func (r *racer) drop(why error) {
	fmt.Fprintf(os.Stderr, "race: without %s, which %v\n", r.name, why)
	r.cmd.Process.Kill() // it may have ended by itself
	r.end()
}
