package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel/engine"
	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/grade"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/lessons/sandbox/session"
)

// sandboxCommand is the inside of a session in a sandbox.
func (p *Program) sandboxCommand() *cobra.Command {
	var dir, cache, seed string
	c := &cobra.Command{
		Use:    "sandbox-session",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: interruptible(func(ctx context.Context, _ []string) error {
			return session.Serve(ctx, func(ctx context.Context) (lessons.Runner, func() error, error) {
				o, err := p.engineOptions(dir)
				if err != nil {
					return nil, nil, err
				}
				o.CacheDir, o.Seed = cache, seed
				e, err := startEngine(ctx, o, nil)
				if err != nil {
					return nil, nil, err
				}
				return e, e.Close, nil
			})
		}),
	}
	c.Flags().StringVar(&dir, "dir", "", "the `folder` that cells work in")
	c.Flags().StringVar(&cache, "cache", "", "the engine's cache `folder`")
	c.Flags().StringVar(&seed, "seed", "", "a `folder` with what has been built already")
	return c
}

// noSandbox is the mode of those who trust the cells.
const noSandbox = "none"

// runnerIn starts what runs cells in dir, in a sandbox if the mode names one.
func (p *Program) runnerIn(ctx context.Context, dir, mode string) (lessons.Runner, func() error, error) {
	if mode == noSandbox {
		e, err := p.newEngine(ctx, dir)
		if err != nil {
			return nil, nil, err
		}
		return e, e.Close, nil
	}
	m, err := sandbox.ParseMode(mode)
	if err != nil {
		return nil, nil, fmt.Errorf("%w, or none", err)
	}
	start, _, err := p.sandboxed(ctx, dir, "", m, sandbox.Limits{})
	if err != nil {
		return nil, nil, err
	}
	return start(ctx)
}

// sandboxed returns what starts a session of cells in a sandbox of its own. Of the folder dir they see a private copy, of the engine's
// cache the worker alone: neither what others have compiled, nor what was compiled outside, except for what is in the folder seed, if there is one, which
// they may read. The error says at once what the machine lacks; what is done without is said on the terminal, and returned for reports.
func (p *Program) sandboxed(ctx context.Context, dir, seed string, mode sandbox.Mode, limits sandbox.Limits) (start grade.Start, without []string, err error) {
	o, err := p.engineOptions(dir)
	if err != nil {
		return nil, nil, err
	}
	base, err := p.builtBase(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	c, err := sessionCommand(ctx, o.Dir, base)
	if err != nil {
		return nil, nil, err
	}
	c.Mode, c.Limits = mode, limits
	if seed != "" {
		c.Argv = append(c.Argv, "--seed", seed)
		c.Dirs = append(c.Dirs, sandbox.Dir{Path: seed})
	}
	var options session.Options
	if p.Switches.Timing {
		c.Argv, options.Stderr = append(c.Argv, "--timing"), p.Stderr
	}
	options.Command = c
	if p.Switches.Work {
		fmt.Fprintln(p.Stderr, "resident: -work keeps nothing of what is built in a sandbox: it goes with the sandbox")
	}
	start = func(ctx context.Context) (lessons.Runner, func() error, error) {
		s, err := session.Open(ctx, options)
		if err != nil {
			return nil, nil, err
		}
		return s, s.Close, nil
	}
	without, err = p.trySandbox(ctx, c)
	return start, without, err
}

// trySandbox starts a sandbox like the ones to come, and says what it does without.
func (p *Program) trySandbox(ctx context.Context, c sandbox.Command) (without []string, err error) {
	c.Argv = []string{"/bin/true"}
	b, err := sandbox.Start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%w; --sandbox=best-effort does without what can be missed", err)
	}
	for _, f := range b.Without() {
		fmt.Fprintf(p.Stderr, "resident: WARNING: the sandbox has no %s: %v%s\n", f.Mechanism, f.Err, instead(f))
		without = append(without, string(f.Mechanism)+instead(f))
	}
	return without, b.Wait()
}

func instead(f sandbox.Finding) string {
	if f.Fallback == "" {
		return "; nothing stands in for it"
	}
	return "; in its place: " + f.Fallback
}

// builtBase returns the folder of the worker, which is built outside of sandboxes.
func (p *Program) builtBase(ctx context.Context, o engine.Options) (dir string, err error) {
	e, err := startEngine(ctx, o, p.busy)
	if err != nil {
		return "", err
	}
	defer closeEngine(e, &err)
	return e.Base(), nil
}

// sessionCommand is the inside of a session as a command, with what it has to see.
func sessionCommand(ctx context.Context, dir, base string) (sandbox.Command, error) {
	program, err := os.Executable()
	if err != nil {
		return sandbox.Command{}, err
	}
	tc, err := engine.FindToolchain(ctx)
	if err != nil {
		return sandbox.Command{}, err
	}
	modules, err := firstOutputLine(ctx, tc.Go, "env", "GOMODCACHE")
	if err != nil {
		return sandbox.Command{}, err
	}
	cache := filepath.Dir(base)
	dirs := []sandbox.Dir{{Path: program}, {Path: tc.Root}, {Path: cache, Access: sandbox.Empty}, {Path: base}, {Path: dir, Access: sandbox.Layered}}
	if exists(modules) {
		dirs = append(dirs, sandbox.Dir{Path: modules})
	}
	return sandbox.Command{
		Argv: []string{program, "sandbox-session", "--dir", dir, "--cache", cache},
		Env: []string{
			"PATH=" + searchPath(tc), "HOME=" + sandbox.Home, "LANG=C.UTF-8", "TMPDIR=/tmp",
			"GOMODCACHE=" + modules, "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOENV=off", "GOTELEMETRY=off", "CC=" + tc.CC,
		},
		Dir:  dir,
		Dirs: dirs,
	}, nil
}

// searchPath is where programs are found in a sandbox: the go command's folder, and the system's.
func searchPath(tc *engine.Toolchain) string {
	folders := []string{filepath.Join(tc.Root, "bin"), "/usr/local/bin", "/usr/bin", "/bin"}
	if cc, err := exec.LookPath(tc.CC); err == nil && !slices.Contains(folders, filepath.Dir(cc)) {
		folders = append(folders, filepath.Dir(cc))
	}
	return strings.Join(folders, ":")
}
