// Cells for the tests of the worker. Each function is a row: its comment holds, after "engine:", what the engine
// sends and what it must receive, in this order. See script in worker_test.go.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/resident-go/resident/kernel/display"
	"github.com/resident-go/resident/kernel/engine/worker/rt"
)

func main() {}

var kept int

// engine:
//
//	out "hello\n"
//	turn
//	err "oops\n"
//	turn
//	out "again"
//	done ok
func Run_prints(r *rt.Run) {
	fmt.Println("hello")
	fmt.Fprintln(os.Stderr, "oops")
	fmt.Print("again")
	kept = 41
}

// Variables live on from run to run.
//
// engine:
//
//	result 42
//	done ok
func Run_state(r *rt.Run) {
	kept++
	r.Show(kept)
}

// engine:
//
//	result 1 "two" nil
//	done ok
func Run_values(r *rt.Run) { r.Show(1, "two", nil) }

// engine:
//
//	done ok
func Run_no_values(r *rt.Run) { r.Show() }

// engine:
//
//	out "before"
//	display text/html <b>x</b>
//	err "between"
//	clear
//	out "after"
//	done ok
func Run_order(r *rt.Run) {
	fmt.Print("before")
	display.Show(display.HTML("<b>x</b>"))
	fmt.Fprint(os.Stderr, "between")
	display.Clear(false)
	fmt.Print("after")
}

// engine:
//
//	panic runtime.boundsError: runtime error: index out of range [5] with length 3
//	at deep: return s[i]
//	at Run_index: deep(make([]int, 3), 5)
//	done panic
func Run_index(r *rt.Run) {
	deep(make([]int, 3), 5)
}

//go:noinline
func deep(s []int, i int) int {
	return s[i]
}

// engine:
//
//	panic runtime.errorString: runtime error: invalid memory address or nil pointer dereference
//	at Run_nil: fmt.Println(*p)
//	done panic
func Run_nil(r *rt.Run) {
	var p *int
	fmt.Println(*p)
}

// engine:
//
//	panic *fmt.wrapError: outer: EOF
//	at Run_error: panic(fmt.Errorf("outer: %w", io.EOF))
//	done panic
func Run_error(r *rt.Run) {
	panic(fmt.Errorf("outer: %w", io.EOF))
}

// engine:
//
//	panic *runtime.PanicNilError: panic called with nil argument
//	at Run_panic_nil: panic(nil)
//	done panic
func Run_panic_nil(r *rt.Run) {
	panic(nil)
}

// engine:
//
//	panic string: second
//	at Run_nested.func1: panic("second")
//	at Run_nested: panic("first")
//	done panic
func Run_nested(r *rt.Run) {
	defer func() {
		panic("second")
	}()
	panic("first")
}

// Functions that the compiler puts in line have their frames all the same.
//
// engine:
//
//	panic runtime.boundsError: runtime error: index out of range [5] with length 3
//	at third: return s[i]
//	at second: return third(s, i)
//	at Run_inlined: second(make([]int, 3), 5)
//	done panic
func Run_inlined(r *rt.Run) {
	second(make([]int, 3), 5)
}

func second(s []int, i int) int {
	return third(s, i)
}

func third(s []int, i int) int {
	return s[i]
}

type angry struct{}

func (angry) Error() string { panic("no text") }

// engine:
//
//	panic main.angry: (main.angry: panic while printing the value: no text)
//	at Run_angry: panic(angry{})
//	done panic
func Run_angry(r *rt.Run) {
	panic(angry{})
}

// The frames of a library stand above those of the cell.
//
// engine:
//
//	panic string: strings: negative Repeat count
//	at strings.Repeat
//	at Run_library: _ = strings.Repeat("x", -kept)
//	done panic
func Run_library(r *rt.Run) {
	_ = strings.Repeat("x", -kept)
}

// engine:
//
//	out "deferred"
//	done ok
func Run_goexit(r *rt.Run) {
	defer fmt.Print("deferred")
	runtime.Goexit()
}

// No deferred function runs, as with the real one, and nothing after it.
//
// engine:
//
//	out "before"
//	done exit 3
func Run_exit(r *rt.Run) {
	defer fmt.Print("deferred")
	fmt.Print("before")
	os.Exit(3)
	fmt.Print("after")
}

// engine:
//
//	done exit 4
func Run_syscall_exit(r *rt.Run) {
	syscall.Exit(4)
}

// engine:
//
//	err "fatal: 7\n"
//	done exit 1
func Run_log_fatal(r *rt.Run) {
	log.SetFlags(0)
	log.Fatal("fatal: ", 7)
}

// engine:
//
//	done exit 0
func Run_goroutine_exit(r *rt.Run) {
	go os.Exit(0)
	select {}
}

// A panic in a goroutine ends the run, although the cell itself waits for ever.
//
// engine:
//
//	panic *errors.errorString: boom
//	at Run_goroutine_panic.func1: panic(errors.New("boom"))
//	done panic
func Run_goroutine_panic(r *rt.Run) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		panic(errors.New("boom"))
	}()
	wg.Wait()
}

// Deferred functions of a goroutine run before its panic counts, as everywhere in Go; then the cell goes no further.
//
// engine:
//
//	out "deferred"
//	panic string: boom
//	at Run_goroutine_panic_defer.func1: panic("boom")
//	done panic
func Run_goroutine_panic_defer(r *rt.Run) {
	go func() {
		defer fmt.Print("deferred")
		panic("boom")
	}()
	for {
		r.Step()
		runtime.Gosched()
	}
}

// What counts of a panic that was recovered and raised again is the first.
//
// engine:
//
//	panic string: boom
//	at Run_repanic.func1: panic("boom")
//	at sync.(*WaitGroup).Go.func1
//	done panic
func Run_repanic(r *rt.Run) {
	var wg sync.WaitGroup
	wg.Go(func() {
		panic("boom")
	})
	wg.Wait()
}

var (
	wakeUp = make(chan bool)
	awake  = make(chan bool)
)

// engine:
//
//	done ok
func Run_leave_behind(r *rt.Run) {
	go func() {
		<-wakeUp
		panic("late")
	}()
}

// A panic after the end of a run is an event of that run, and the current one goes on. The signal that an interrupt stands
// for reaches a cell that asked for it, which then ends as it likes.
//
// engine:
//
//	panic string: late
//	at Run_leave_behind.func1: panic("late")
//	of Run_leave_behind
//	send interrupt
//	asked
//	out "unharmed"
//	done ok
func Run_woken(r *rt.Run) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	wakeUp <- true
	<-ctx.Done()
	fmt.Print("unharmed")
}

// engine:
//
//	out "spinning"
//	send interrupt
//	done interrupted
func Run_spin(r *rt.Run) {
	fmt.Print("spinning")
	spin()
}

func spin() {
	for {
		if rt.Stop != 0 {
			rt.Poll()
		}
		kept++
	}
}

// A run that listens for interrupts is stopped when it does so no more. Until then it can go through loops and show things.
//
// engine:
//
//	out "listening"
//	send interrupt
//	asked
//	display text/html <b>tidied up</b>
//	out "stopped"
//	done interrupted
func Run_listens(r *rt.Run) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	fmt.Print("listening")
	<-ctx.Done()
	r.Step()
	rt.Poll()
	display.Show(display.HTML("<b>tidied up</b>"))
	stop()
	fmt.Print("stopped")
	spin()
}

// One that listens, but does not stop, is stopped by the second interrupt.
//
// engine:
//
//	out "spinning"
//	send interrupt
//	asked
//	send interrupt
//	done interrupted
func Run_does_not_listen(r *rt.Run) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	defer signal.Stop(signals)
	fmt.Print("spinning")
	spin()
}

// Whoever gives it up before the news has come that it listens is not obeyed.
//
// engine:
//
//	out "listening"
//	send interrupt
//	send abandon
//	asked
//	input
//	send input now
//	out "tidied up now"
//	done ok
func Run_crossed(r *rt.Run) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Print("listening")
	<-ctx.Done()
	var when string
	fmt.Scan(&when)
	fmt.Print("tidied up ", when)
}

// engine:
//
//	out "spinning"
//	send interrupt
//	done interrupted
func Run_statements(r *rt.Run) {
	fmt.Print("spinning")
	for i := 0; i < 1_000_000; i++ {
		runtime.Gosched()
		r.Step()
		time.Sleep(time.Microsecond)
	}
	panic("not interrupted")
}

// The goroutines of the run stop as well; what they defer lets the cell itself come to its end.
//
// engine:
//
//	out "spinning"
//	send interrupt
//	done interrupted
func Run_spin_in_goroutines(r *rt.Run) {
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for {
				if rt.Stop != 0 {
					rt.Poll()
				}
			}
		})
	}
	fmt.Print("spinning")
	wg.Wait()
}

var turns atomic.Int64

// engine:
//
//	done ok
func Run_background(r *rt.Run) {
	go func() {
		for {
			if rt.Stop != 0 {
				rt.Poll()
			}
			turns.Add(1)
		}
	}()
}

// An interrupt is for the current run: goroutines of earlier ones go on.
//
// engine:
//
//	out "spinning"
//	send interrupt
//	done interrupted
func Run_spin_beside(r *rt.Run) {
	fmt.Print("spinning")
	for {
		if rt.Stop != 0 {
			rt.Poll()
		}
	}
}

// engine:
//
//	out "alive"
//	done ok
func Run_background_alive(r *rt.Run) {
	for before := turns.Load(); turns.Load() == before; {
		runtime.Gosched()
	}
	fmt.Print("alive")
}

var (
	release  = make(chan bool)
	stopped  = make(chan string, 1)
	deserted = make(chan bool)
)

// engine:
//
//	out "blocked"
//	send interrupt
//	send abandon
//	done abandoned
func Run_blocked(r *rt.Run) {
	defer func() { stopped <- "stopped" }()
	fmt.Print("blocked")
	<-release
	r.Step()
	fmt.Print("went on")
}

// What an abandoned run does when it wakes is nobody's concern: it stops at its next statement, silently.
//
// engine:
//
//	out "stopped"
//	done ok
func Run_release(r *rt.Run) {
	release <- true
	fmt.Print(<-stopped)
}

// engine:
//
//	out "blocked"
//	send abandon
//	done abandoned
func Run_blocked_before_loop(r *rt.Run) {
	defer func() { deserted <- true }()
	fmt.Print("blocked")
	<-release
	for {
		if rt.Stop != 0 {
			rt.Poll()
		}
	}
}

// An abandoned run that wakes into a loop stops too, although another run is under way and no interrupt pending.
//
// engine:
//
//	out "stopped"
//	done ok
func Run_release_into_loop(r *rt.Run) {
	release <- true
	<-deserted
	fmt.Print("stopped")
}

// engine:
//
//	out "Name? "
//	input
//	send input Ada Lovelace
//	out "hello Ada of Lovelace"
//	input
//	send eof
//	out ": EOF"
//	done ok
func Run_scan(r *rt.Run) {
	var first, last string
	fmt.Print("Name? ")
	fmt.Scan(&first, &last)
	fmt.Printf("hello %s of %s", first, last)
	_, err := fmt.Scan(&first)
	fmt.Print(": ", err)
}

// The rest of a line that an earlier run did not read is gone.
//
// engine:
//
//	input
//	send input one
//	input
//	send input two
//	input
//	send eof
//	out "[one two]"
//	done ok
func Run_lines(r *rt.Run) {
	var lines []string
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		lines = append(lines, in.Text())
	}
	fmt.Print(lines)
}

// engine:
//
//	input
//	send input one
//	out "one\n"
//	input
//	send eof
//	done ok
func Run_copy(r *rt.Run) {
	io.Copy(os.Stdout, os.Stdin)
}

// engine:
//
//	input
//	send error no front end
//	out "no front end"
//	done ok
func Run_input_error(r *rt.Run) {
	_, err := fmt.Scanln()
	fmt.Print(err)
}

// engine:
//
//	input
//	send interrupt
//	done interrupted
func Run_input_interrupted(r *rt.Run) {
	fmt.Scanln()
}

// engine:
//
//	input Who?
//	send input me
//	password PIN
//	send input 1234
//	out "me 1234"
//	done ok
func Run_display_input(r *rt.Run) {
	who, _ := display.Input("Who?")
	pin, _ := display.Password("PIN")
	fmt.Print(who, " ", pin)
}

// Files other than os.Stdin are read as ever, and os.Stdin may be another file.
//
// engine:
//
//	out "piped <nil>; read |0: file already closed; invalid argument"
//	done ok
func Run_other_files(r *rt.Run) {
	pr, pw, _ := os.Pipe()
	go func() { io.WriteString(pw, "piped"); pw.Close() }()
	stdin := os.Stdin
	os.Stdin = pr
	text, err := io.ReadAll(os.Stdin)
	os.Stdin = stdin
	pr.Close()
	_, err2 := pr.Read(make([]byte, 1))
	_, err3 := (*os.File)(nil).Read(nil)
	fmt.Print(string(text), " ", err, "; ", err2, "; ", err3)
}

// Programs that a cell starts write among its output; they see neither the socket nor the worker's settings.
//
// engine:
//
//	out "child\n"
//	out "token\n"
//	out "sockets: 0\n"
//	done ok
func Run_child(r *rt.Run) {
	for _, args := range [][]string{{"echo", "child"}, {"sh", "-c", "echo token $RESIDENT_WORKER_TOKEN"}, {"sh", "-c", "echo sockets: $(ls -l /proc/self/fd | grep -c socket:)"}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Println(err)
		}
	}
}

// engine:
//
//	out "[notebook] socket hidden"
//	done ok
func Run_world(r *rt.Run) {
	fmt.Print("[", filepath.Base(os.Args[0]), "]")
	if _, err := syscall.Getpeername(3); err != nil {
		fmt.Print(" socket hidden")
	}
}

// Closing the standard files does not cut the engine off.
//
// engine:
//
//	out "last"
//	clear wait
//	done ok
func Run_dup(r *rt.Run) {
	fmt.Print("last")
	saved, _ := syscall.Dup(1)
	syscall.Close(1)
	display.Clear(true)
	syscall.Dup3(saved, 1, 0)
	syscall.Close(saved)
}

// A goroutine that sets profiler labels of its own counts as the current run's.
//
// engine:
//
//	panic string: labelled
//	at Run_labels.func1.1: panic("labelled")
//	done panic
func Run_labels(r *rt.Run) {
	pprof.Do(context.Background(), pprof.Labels("a", "b"), func(context.Context) {
		go func() {
			panic("labelled")
		}()
	})
	select {}
}
