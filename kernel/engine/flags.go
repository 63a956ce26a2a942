package engine

import (
	"path/filepath"
	"strings"
)

// What cells import of ours has to come out the same wherever its sources lie, so that the notebook's modules can be built with
// it, too, and a process can hold one. So no folder may be in it: not that of the sources, nor the one the go command works in.

// ownPackages are those packages of ours.
var ownPackages = []string{"/kernel/display/...", "/kernel/engine/worker/rt", "/bridge", "/lessons/check", "/runtime/..."}

// buildFlags make the go command compile packages the way cells refer to them.
// source is where our own module is, "" when it has no part in them.
func (b *base) buildFlags(source string) []string {
	flags, own := []string{"-linkshared", "-buildmode=plugin"}, ""
	if b.Mode == Plugin {
		flags, own = []string{"-buildmode=plugin", "-gcflags=all=" + keepMaps}, keepMaps+" "
	}
	if source != "" {
		flags = append(flags, "-toolexec="+oneWord(b.toolScript()))
		for _, path := range ownPackages {
			flags = append(flags, "-gcflags="+modulePath+path+"="+own+oneWord("-trimpath="+source+"=>resident"))
		}
	}
	return flags
}

// oneWord quotes what stays one word in a flag that the go command or its linker takes apart at blanks. They know no way for both quotes.
func oneWord(s string) string {
	if strings.Contains(s, "'") {
		return `"` + s + `"`
	}
	return "'" + s + "'"
}

// keepMaps has the compiler write the initialisation of maps so that the linker cannot leave out those which a plugin
// does not use. A package is initialised once, by the first plugin that holds it, for all that follow.
const keepMaps = "-d=wrapglobalmapctl=1"

func (b *base) toolScript() string { return filepath.Join(b.dir, "tool.sh") }

// toolScript is what the go command runs its tools through. It tells the compiler itself to leave out the folder it works in, which
// matters for what cgo writes there; but only the last such flag counts, which is ours.
const toolScript = `#!/bin/sh
# Runs a tool for the go command. Of two flags -trimpath the compiler gets both values.
tool=$1
shift
case "$tool $*" in
*/compile\ *" -trimpath="*) ;;
*) exec "$tool" "$@" ;;
esac
left=$# last= first=
while [ $left -gt 0 ]; do
	arg=$1
	shift
	case "$last" in
	-trimpath) first=$arg ;;
	esac
	case "$arg" in
	-trimpath=*) set -- "$@" "$arg;$first" ;;
	*) set -- "$@" "$arg" ;;
	esac
	last=$arg left=$((left - 1))
done
exec "$tool" "$@"
`

// cFlags has C be compiled without notes for debuggers, in which folders are. Nobody debugs what cells are linked with.
func (t *Toolchain) cFlags() string { return "CGO_CFLAGS=" + t.CFlags + " -g0" }
