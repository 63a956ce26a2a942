package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// TestStartIsLight counts what packages allocate before main, which every kernel waits for, in bytes: unlike time, that is the same on each machine. Whoever
// exceeds it has a package fill its tables when they are first asked for (sync.OnceValue), or leaves a library that cannot do so out of the program.
func TestStartIsLight(t *testing.T) {
	const most = 6_900_000
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	total, largest, where := 0, 0, ""
	for _, m := range regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, \d+ allocs$`).FindAllSubmatch(out, -1) {
		n, err := strconv.Atoi(string(m[2]))
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n > largest {
			largest, where = n, string(m[1])
		}
	}
	if total == 0 {
		t.Fatalf("packages say nothing about what they allocate:\n%s", out)
	}
	t.Logf("%d bytes, most of them (%d) by %s", total, largest, where)
	if total > most {
		t.Errorf("packages allocate %d bytes before main, most of them (%d) by %s; expected at most %d", total, largest, where, most)
	}
}
