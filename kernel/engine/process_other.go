//go:build !linux

package engine

import (
	"os"
	"os/exec"
)

// setDeathSignal does nothing here: the worker leaves when its socket closes.
func setDeathSignal(*exec.Cmd) {}

func growPipe(*os.File) {}
