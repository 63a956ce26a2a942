package child

import (
	"flag"
	"sync"
)

// flags are those of the command line that cells have defined, with the numbers of the runs that did.
type flags struct {
	mu sync.Mutex
	by map[string]int64
}

// define is told that a cell is about to define a flag, and makes room if another run has defined it: the cell may have run before. What one run
// defines twice, or what a package has defined, is a mistake as in any program.
func (p *process) define(name string) {
	run := int64(0)
	if t := p.owner(); t != nil {
		run = t.run.ID
	}
	p.flags.mu.Lock()
	defer p.flags.mu.Unlock()
	if by, known := p.flags.by[name]; known && by != run {
		forgetFlag(name)
	}
	if flag.Lookup(name) == nil {
		p.flags.by[name] = run
	}
}

// forgetFlag forgets a flag of the command line. The others keep their values.
func forgetFlag(name string) {
	old := flag.CommandLine
	kept := flag.NewFlagSet(old.Name(), old.ErrorHandling())
	kept.SetOutput(old.Output())
	kept.Usage = old.Usage
	old.VisitAll(func(f *flag.Flag) {
		if f.Name != name {
			kept.Var(f.Value, f.Name, f.Usage)
			kept.Lookup(f.Name).DefValue = f.DefValue
		}
	})
	*old = *kept
}
