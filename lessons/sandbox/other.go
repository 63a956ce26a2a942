//go:build !linux

package sandbox

import "context"

// Process is a sandbox that runs; there are none on this system.
type Process struct{}

// Stage does nothing on this system.
func Stage() {}

// Start returns [ErrUnsupported] on this system.
func Start(context.Context, Command) (*Process, error) { return nil, ErrUnsupported }

// Probe finds nothing on this system.
func Probe(context.Context) []Finding {
	return []Finding{{Mechanism: View, Err: ErrUnsupported}}
}

func (*Process) Wait() error                       { return ErrUnsupported }
func (*Process) Kill()                             {}
func (*Process) Count(bytes, lines int64) bool     { return false }
func (*Process) Without() []Finding                { return nil }
func (*Process) Exceeded(what, limit string) error { return ErrUnsupported }

// Shield returns [ErrUnsupported] on this system.
func Shield(...int) error { return ErrUnsupported }
