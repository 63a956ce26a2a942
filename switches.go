package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// Switches are the X-rays that every command has. This is the only place where they are listed.
type Switches struct {
	Work   bool // print the name of the work directory and keep it
	Trace  bool // print each message between a front end or a lesson and the engine
	Timing bool // print where the time of each cell went
}

var switchNames = []string{"work", "trace", "timing"}

func (s *Switches) register(flags *pflag.FlagSet) {
	flags.BoolVar(&s.Work, "work", false, "print the name of the work directory and keep it")
	flags.BoolVar(&s.Trace, "trace", false, "print each message to and from the engine")
	flags.BoolVar(&s.Timing, "timing", false, "print where the time of each cell went")
}

// args are the switches as another process of this program is given them.
func (s *Switches) args() (args []string) {
	for i, on := range []bool{s.Work, s.Trace, s.Timing} {
		if on {
			args = append(args, "--"+switchNames[i])
		}
	}
	return args
}

// longSwitches lets the switches be written with one dash too, as the go command's are.
func longSwitches(args []string) []string {
	long := make([]string, len(args))
	for i, arg := range args {
		long[i] = arg
		for _, name := range switchNames {
			if arg == "-"+name || strings.HasPrefix(arg, "-"+name+"=") {
				long[i] = "-" + arg
			}
		}
	}
	return long
}
