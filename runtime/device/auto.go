package device

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// entry is a kind of device that is linked into the program, opened when it is first asked for.
type entry struct {
	name string
	open func() (Device, error)
}

var registry struct {
	sync.Mutex
	entries []entry
}

// Register makes a device known under a name. A package that has one calls it when it is initialised. The device is opened once, when it is
// first asked for; open says why it is not there.
func Register(name string, open func() (Device, error)) {
	registry.Lock()
	defer registry.Unlock()
	registry.entries = append(registry.entries, entry{name, sync.OnceValues(open)})
}

// candidates are the devices in the order in which [Auto] prefers them: accelerators by name, then the CPU.
func candidates() []entry {
	registry.Lock()
	defer registry.Unlock()
	all := slices.Clone(registry.entries)
	slices.SortStableFunc(all, func(a, b entry) int {
		if (a.name == "cpu") != (b.name == "cpu") {
			if a.name == "cpu" {
				return 1
			}
			return -1
		}
		return strings.Compare(a.name, b.name)
	})
	return all
}

// Open returns the device of a name. It is the same one each time.
func Open(name string) (Device, error) {
	var known []string
	for _, e := range candidates() {
		if e.name == name {
			return e.open()
		}
		known = append(known, e.name)
	}
	return nil, fmt.Errorf("open device %q: this program knows %q", name, known)
}

var errNone = errors.New("this program has no device: import runtime/cpu or runtime/cuda")

// Auto returns the best device there is: an accelerator, or else the CPU. [Found] says what was looked for. It panics in a program into which no
// device was linked.
func Auto() Device {
	for _, e := range candidates() {
		if d, err := e.open(); err == nil {
			return d
		}
	}
	panic(errNone)
}

// Found tells, a line for each device that this program knows, what it is or why it is not there.
func Found() []string {
	var lines []string
	for _, e := range candidates() {
		d, err := e.open()
		if err != nil {
			lines = append(lines, fmt.Sprintf("%s: %v", e.name, err))
			continue
		}
		info := d.Info()
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", info.Name, info.Model, info.Detail))
	}
	return lines
}
