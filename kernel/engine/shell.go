package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// sh runs a command, or the rest of the cell, in the shell.
func (c *call) sh() error {
	if c.Args == "" {
		return c.command(c.cwd(), c.Body, "sh")
	}
	err := c.command(c.cwd(), "", shell(), "-c", c.Args)
	if err != nil && c.ctx.Err() == nil && c.current().Has(firstName.FindString(c.Args)) {
		return fmt.Errorf("%w; a line that begins with ! is a command: for Go's not write (!%s)", err, c.Args)
	}
	return err
}

var firstName = regexp.MustCompile(`^[\pL_][\pL\pN_]*`)

func (c *call) modsh() error {
	if c.Args == "" {
		return c.misused()
	}
	return c.command(c.mods.dir, "", shell(), "-c", c.Args)
}

func (c *call) bash() error {
	if c.Args != "" {
		return c.command(c.cwd(), "", "bash", "-c", c.Args)
	}
	return c.command(c.cwd(), c.Body, "bash")
}

func (c *call) script() error {
	words := cell.Words(c.Args)
	if len(words) == 0 {
		return c.misused()
	}
	return c.command(c.cwd(), c.Body, words...)
}

// shell is what commands are written for: bash where it is.
func shell() string {
	if _, err := exec.LookPath("bash"); err == nil {
		return "bash"
	}
	return "sh"
}

// command runs a program and shows what it prints while it does.
func (c *call) command(dir, input string, argv ...string) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("the working directory %s is gone: %%cd goes to another", strings.TrimSuffix(dir, " (deleted)")) // as the system calls it
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, append(c.environ(), "PWD="+dir)
	if input != "" || c.input == nothingToRead {
		input = wholeLines(input)
		cmd.Stdin = strings.NewReader(input)
		return c.stream(cmd)
	}
	started, fed, err := c.feed(cmd)
	if err != nil {
		return err
	}
	err = c.streamWith(cmd, started)
	if unfed := fed(); unfed != nil && c.ctx.Err() == nil {
		return unfed
	}
	return err
}

// wholeLines ends the last line of a cell as front ends do not.
func wholeLines(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// stream runs a command with its output going to the cell, both streams in one: only so they stay in order. An interrupt goes to
// it and to what it has started; when that does not end them, they are killed.
func (c *call) stream(cmd *exec.Cmd) error { return c.streamWith(cmd, func(int) {}) }

// streamWith calls started with the command's process group.
func (c *call) streamWith(cmd *exec.Cmd, started func(group int)) error {
	out := &outputWriter{sink: c.sink}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second // for what a command leaves running with its output open
	setDeathSignal(cmd)
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	err := runInterruptible(c.ctx, cmd, c.o.Grace, started)
	out.flush()
	var exit *exec.ExitError
	switch {
	case c.ctx.Err() != nil:
		return interrupted("the command was interrupted")
	case errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.As(err, &exit):
		return fmt.Errorf("the command ended with %s", exit.ProcessState)
	}
	return err
}

// runInterruptible runs a command that leads a process group.
func runInterruptible(ctx context.Context, cmd *exec.Cmd, grace time.Duration, begun func(group int)) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the death signal belongs to the thread that starts the command
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	begun(cmd.Process.Pid)
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		syscall.Kill(-cmd.Process.Pid, syscall.SIGINT)
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return <-ended
	}
}

// outputWriter shows what is written to it. It never cuts a character.
type outputWriter struct {
	sink nbformat.Sink
	rest []byte
}

func (w *outputWriter) Write(b []byte) (int, error) {
	text := append(w.rest, b...)
	n := wholeRunes(text)
	w.rest = slices.Clone(text[n:])
	w.show(text[:n])
	return len(b), nil
}

func (w *outputWriter) flush() {
	w.show(w.rest)
	w.rest = nil
}

func (w *outputWriter) show(text []byte) {
	if len(text) > 0 {
		w.sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: strings.ToValidUTF8(string(text), "\uFFFD")})
	}
}

// wholeRunes returns how many bytes of a text are not the beginning of a character that may go on.
func wholeRunes(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return len(text) - n
			}
			break
		}
	}
	return len(text)
}
