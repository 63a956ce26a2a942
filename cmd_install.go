package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resident-go/resident/kernel"
)

func (p *Program) installCommand() *cobra.Command {
	var prefix string
	c := &cobra.Command{
		Use:   "install",
		Short: "Make the kernel known to Jupyter, and build its worker beforehand",
		Args:  cobra.NoArgs,
		RunE:  interruptible(func(ctx context.Context, _ []string) error { return p.install(ctx, prefix) }),
	}
	c.Flags().Bool("user", false, "install for this user (the default)")
	c.Flags().StringVar(&prefix, "prefix", "", "install under this `folder`, such as a Python environment")
	c.MarkFlagsMutuallyExclusive("user", "prefix")
	return c
}

// install runs a cell first: a kernel that cannot run one is not offered to anybody.
func (p *Program) install(ctx context.Context, prefix string) error {
	program, err := installedProgram()
	if err != nil {
		return err
	}
	dir, err := kernel.SpecDir(prefix)
	if err != nil {
		return err
	}
	finding, err := p.findEngine(ctx)
	if err != nil {
		return err
	}
	where, err := kernel.InstallSpec(dir, kernel.Spec{Program: program})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "engine: %s\nkernelspec: %s\n", finding, where)
	return err
}

// installedProgram is this program's path, which Jupyter will call.
func installedProgram() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	if strings.Contains(program, string(filepath.Separator)+"go-build") {
		return "", errors.New("install: this program was started by go run and is gone afterwards; build it with go build or go install, and run that")
	}
	return program, nil
}

// findKernelspec looks where Jupyter looks, in its order, as far as that can be known without asking Python.
func findKernelspec(context.Context) (string, error) {
	own, err := kernel.SpecDir("")
	if err != nil {
		return "", err
	}
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("JUPYTER_PATH")) {
		dirs = append(dirs, filepath.Join(dir, "kernels"))
	}
	dirs = append(dirs, own)
	for _, prefix := range []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX"), "/usr/local", "/usr"} {
		if dir, err := kernel.SpecDir(prefix); prefix != "" && err == nil {
			dirs = append(dirs, dir)
		}
	}
	for _, dir := range dirs {
		file := filepath.Join(dir, kernel.SpecName, "kernel.json")
		if exists(file) {
			return readKernelspec(file)
		}
	}
	return "", errors.New("not installed; resident install does it")
}

func readKernelspec(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var spec struct{ Argv []string }
	if err := json.Unmarshal(data, &spec); err != nil || len(spec.Argv) == 0 {
		return "", fmt.Errorf("%s is no kernelspec; resident install repairs it", file)
	}
	if !exists(spec.Argv[0]) {
		return "", fmt.Errorf("%s starts %s, which is gone; resident install repairs it", file, spec.Argv[0])
	}
	return file + ", starts " + spec.Argv[0], nil
}
