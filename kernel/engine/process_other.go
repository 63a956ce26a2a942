//go:build !linux

package engine

import (
	"errors"
	"os"
	"os/exec"
)

// setDeathSignal does nothing here: the worker leaves when its socket closes.
func setDeathSignal(*exec.Cmd) {}

func growPipe(*os.File) {}

func residentMemory(int) (int64, error) {
	return 0, errors.New("what a process holds is known on Linux alone")
}
