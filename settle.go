package main

import (
	"fmt"
	"os"
	"os/user"
)

// settle gives the process what the go command and cells count on, and services and containers may have left out: HOME, which the system knows, and a folder for
// temporary files that is there.
func (p *Program) settle() {
	if _, set := os.LookupEnv("HOME"); !set {
		if u, err := user.Current(); err == nil && exists(u.HomeDir) {
			os.Setenv("HOME", u.HomeDir)
		}
	}
	if dir, set := os.LookupEnv("TMPDIR"); set && !exists(dir) {
		os.Unsetenv("TMPDIR")
		fmt.Fprintf(p.Stderr, "resident: TMPDIR is %s, which is not there; temporary files are in %s\n", dir, os.TempDir())
	}
}
