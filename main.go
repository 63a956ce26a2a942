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
		Use:           "resident",
		Short:         "Go in notebooks and lessons: compiled cells that stay resident",
		SilenceErrors: true, // Run prints them
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	p.Switches.register(root.PersistentFlags())
	root.AddCommand(
		p.runCommand(), p.serveCommand(), p.checkCommand(), p.buildCommand(), p.gradeCommand(), p.exportCommand(), p.gradescopeCommand(), p.convertCommand(), p.fmtCommand(),
		p.kernelCommand(), p.installCommand(), p.cellCommand(), p.doctorCommand(), p.versionCommand(), p.sandboxCommand(),
	)
	return root
}

// interruptible is a command's function whose context ends with Ctrl-C and the like, so that it can clean up.
func interruptible(run func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
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
