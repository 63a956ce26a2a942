package sandbox

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Shield keeps other processes of the sandbox out of this one: they cannot look into it or write to its memory. Its children do not
// inherit the descriptors.
func Shield(descriptors ...int) error {
	for _, fd := range descriptors {
		unix.CloseOnExec(fd)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("shield the process: %w", err)
	}
	return nil
}
