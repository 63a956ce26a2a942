package child

import (
	"flag"
	"slices"
)

// forgetFlags makes room for flags of the command line that a cell is about to define, as it did when it ran before. The others keep their values.
func forgetFlags(names []string) {
	if !slices.ContainsFunc(names, func(name string) bool { return flag.Lookup(name) != nil }) {
		return
	}
	old := flag.CommandLine
	kept := flag.NewFlagSet(old.Name(), old.ErrorHandling())
	kept.SetOutput(old.Output())
	kept.Usage = old.Usage
	old.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(names, f.Name) {
			kept.Var(f.Value, f.Name, f.Usage)
			kept.Lookup(f.Name).DefValue = f.DefValue
		}
	})
	*old = *kept
}
