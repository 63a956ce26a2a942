// Command resident is a Jupyter kernel for Go whose cells are compiled and stay resident, and a runner of lessons.
//
// This package only wires: each subcommand stands in a file of its own and hands its work to the packages below.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/lessons/sandbox"
)

func main() {
	sandbox.Stage()
	p := &Program{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	os.Exit(p.Run(context.Background(), os.Args[1:]))
}

// Program is the command line with its surroundings, so that a test can start it too.
type Program struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Switches       Switches
}

// The exit codes of every command.
const (
	exitOK          = 0
	exitCheckFailed = 1
	exitBroken      = 2
)

// These end a command whose report is already printed.
var (
	errCheckFailed = errors.New("a check failed")
	errBroken      = errors.New("a file is broken")
)

// Run executes one command line and returns the exit code. An error is one line on Stderr.
func (p *Program) Run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(longSwitches(args))
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errCheckFailed):
		return exitCheckFailed
	case errors.Is(err, errBroken):
		return exitBroken
	}
	fmt.Fprintln(p.Stderr, "resident:", oneLine(err))
	return exitBroken
}

func (p *Program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "resident",
		Short: "Go in notebooks and lessons: compiled cells that stay resident",
		Long: `Go in notebooks and lessons: compiled cells that stay resident.

The exit code of every command is 0 when all is well, 1 when something was found that is not as it should be, and 2 when the command could not do its work.`,
		SilenceErrors: true, // Run prints them
		SilenceUsage:  true,
		Args:          noCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Example: `  resident doctor                            what is there, and what is missing
  resident run LESSON.md --html LESSON.html  run a lesson, check it, make a page of it
  resident serve LESSON.md                   the lesson in a browser, to edit and to run`,
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		if c == root && c.Flags().NArg() > 0 { // flags of what was meant
			return noCommand(c, c.Flags().Args())
		}
		return fmt.Errorf("%s: %w; see %s --help", c.Name(), err, c.CommandPath())
	})
	p.Switches.register(root.PersistentFlags())
	root.AddCommand(
		p.runCommand(), p.serveCommand(), p.checkCommand(), p.buildCommand(), p.gradeCommand(), p.workerCommand(), p.regradeCommand(), p.exportCommand(), p.gradescopeCommand(), p.convertCommand(), p.fmtCommand(),
		p.kernelCommand(), p.installCommand(), p.uninstallCommand(), p.cellCommand(), p.doctorCommand(), p.versionCommand(), p.sandboxCommand(),
	)
	for _, c := range root.Commands() {
		sayUsage(c)
	}
	return root
}

// noCommand says what may have been meant by words that begin with no command.
func noCommand(root *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	word := words[0]
	root.SuggestionsMinimumDistance = min(2, len(word)/2) // in letters
	if near := root.SuggestionsFor(word); len(near) > 0 {
		return fmt.Errorf("unknown command %q; did you mean %q?", word, near[0])
	}
	if ext := filepath.Ext(word); ext == ".md" || ext == ".ipynb" {
		return fmt.Errorf("unknown command %q; a lesson or a notebook is run by: resident run %[1]q", word)
	}
	return fmt.Errorf("unknown command %q; see resident --help", word)
}

// sayUsage has a command, and those below it, say what it wants when it is given something else.
func sayUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return fmt.Errorf("%s: %w; usage: %s", c.Name(), err, c.UseLine())
			}
			return nil
		}
	}
	for _, below := range c.Commands() {
		sayUsage(below)
	}
}

// interruptible is a command's function whose context ends with Ctrl-C and the like, so that it can clean up. A second Ctrl-C does not wait for that.
func interruptible(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		context.AfterFunc(ctx, stop)
		return run(ctx, args)
	}
}

// oneLine keeps a message from spreading over the terminal: what follows its first line is details of a tool.
func oneLine(err error) string {
	line, rest, more := strings.Cut(strings.TrimSpace(err.Error()), "\n")
	if more && strings.HasSuffix(line, ":") {
		next, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		return line + " " + next
	}
	return line
}
