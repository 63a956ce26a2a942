//go:build !linux

package sandbox

import "context"

// Process is a sandbox that runs; there are none on this system.
type Process struct{}

// Stage does nothing on this system.
func Stage() {}

// Start returns [ErrUnsupported] on this system.
func Start(context.Context, Command) (*Process, error) { return nil, ErrUnsupported }

// Lacking returns [ErrUnsupported] on this system.
func Lacking(Mode) ([]Finding, error) { return nil, ErrUnsupported }

// Probe finds nothing on this system.
func Probe(context.Context) []Finding {
	return []Finding{{Mechanism: View, Err: ErrUnsupported}}
}

// Nothing can be done with a process that cannot be started.
func (*Process) Wait() error                { return ErrUnsupported }
func (*Process) Kill()                      {}
func (*Process) Count(int64, int64) bool    { return false }
func (*Process) Exceeded(_, _ string) error { return ErrUnsupported }
func (*Process) Without() []Finding         { return nil }

// Shield returns [ErrUnsupported] on this system.
func Shield(...int) error { return ErrUnsupported }
