package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel/engine"
	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/lessons/sandbox"
	"github.com/resident-go/resident/nbformat"
)

func (p *Program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Say what this machine has of what cells need, one line each",
		Args:  cobra.NoArgs,
		RunE:  interruptible(func(ctx context.Context, _ []string) error { return p.doctor(ctx) }),
	}
}

// checkup is one line of the doctor's: a finding, or an error that says what is missing and what to do.
type checkup struct {
	name     string
	required bool // cells do not run without it
	find     func(ctx context.Context) (string, error)
}

func (p *Program) checkups() []checkup {
	return []checkup{
		{"go", true, findGo},
		{"gcc", true, findCompiler},
		{"linker", true, findLinker},
		{"write", true, findWriteAccess},
		{"engine", true, p.findEngine},
		{"kernelspec", false, findKernelspec},
		{"startup", false, findStartup},
		{"gpu", false, findGPU},
	}
}

func (p *Program) doctor(ctx context.Context) error {
	var missing []string
	for _, c := range p.checkups() {
		finding, err := c.find(ctx)
		state := "ok"
		switch {
		case err != nil && c.required:
			state, finding = "MISSING", oneLine(err)
			missing = append(missing, c.name)
		case err != nil:
			state, finding = "none", oneLine(err)
		}
		p.diagnose(c.name, state, finding)
	}
	for _, f := range sandbox.Probe(ctx) {
		p.diagnoseSandbox(f)
	}
	if len(missing) > 0 {
		return fmt.Errorf("cells cannot run here; missing: %s", strings.Join(missing, ", "))
	}
	return nil
}

func (p *Program) diagnose(name, state, finding string) {
	fmt.Fprintf(p.Stdout, "%-11s %-8s %s\n", name, state, finding)
}

// diagnoseSandbox says what a try of one piece of the sandbox came to. Cells that are trusted need none.
func (p *Program) diagnoseSandbox(f sandbox.Finding) {
	switch {
	case f.Err == nil:
		p.diagnose("sandbox", "ok", string(f.Mechanism)+": "+f.Detail)
	case f.Fallback != "":
		p.diagnose("sandbox", "weaker", fmt.Sprintf("%s: %s; in its place: %s", f.Mechanism, oneLine(f.Err), f.Fallback))
	default:
		p.diagnose("sandbox", "none", fmt.Sprintf("%s: %s", f.Mechanism, oneLine(f.Err)))
	}
}

func findGo(ctx context.Context) (string, error) {
	tc, err := engine.FindToolchain(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s for %s/%s, %s", tc.Version, tc.OS, tc.Arch, tc.Go), nil
}

// compiler is the C compiler that the go command uses.
func compiler(ctx context.Context) string {
	if tc, err := engine.FindToolchain(ctx); err == nil && tc.CC != "" {
		return tc.CC
	}
	return "gcc"
}

func findCompiler(ctx context.Context) (string, error) {
	cc := compiler(ctx)
	v, err := firstOutputLine(ctx, cc, "--version")
	if err != nil {
		return "", fmt.Errorf("%w; the worker is linked with it: install gcc", err)
	}
	return v, nil
}

func findLinker(ctx context.Context) (string, error) {
	ld, err := firstOutputLine(ctx, compiler(ctx), "-print-prog-name=ld")
	if err != nil {
		return "", err
	}
	v, err := firstOutputLine(ctx, ld, "--version")
	if err != nil {
		return "", fmt.Errorf("%w; cells are linked with it: install binutils", err)
	}
	return v + ", " + ld, nil
}

func firstOutputLine(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "", fmt.Errorf("run %s %s: %w", name, strings.Join(args, " "), err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line), nil
}

// findWriteAccess tries the folders that are written to.
func findWriteAccess(context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	folders := []string{filepath.Join(cache, "resident"), os.TempDir()}
	for _, dir := range folders {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return "", err
		}
		if err := tryFolder(dir); err != nil {
			return "", err
		}
	}
	return strings.Join(folders, ", "), nil
}

// findEngine runs a cell.
func (p *Program) findEngine(ctx context.Context) (finding string, err error) {
	e, err := p.newEngine(ctx, os.TempDir())
	if err != nil {
		return "", err
	}
	defer closeEngine(e, &err)
	mode, reason := e.Mode()
	if reason != "" {
		mode += " (" + reason + ")"
	}
	start := time.Now()
	out := nbformat.NewCollector(nil)
	if err := e.Run(ctx, 1, "6 * 7", out); err != nil {
		return "", fmt.Errorf("%s: a cell failed: %w", mode, err)
	}
	return fmt.Sprintf("%s, a cell took %s", mode, lessons.Elapsed(time.Since(start))), nil
}

func findGPU(context.Context) (string, error) {
	const driver = "libcuda.so.1"
	folders := append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")),
		"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64")
	for _, dir := range folders {
		if file := filepath.Join(dir, driver); exists(file) {
			return "NVIDIA driver, " + file, nil
		}
	}
	return "", errors.New("no NVIDIA driver (" + driver + "); everything runs on the CPU")
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}
