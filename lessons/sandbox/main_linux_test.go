package sandbox

import (
	"fmt"
	"os"
	"testing"
)

// The test program is the sandbox's stages, and what it runs there: a cheat by its name.
func TestMain(m *testing.M) {
	Stage()
	if len(os.Args) > 2 && os.Args[1] == "cheat" {
		fmt.Print(cheats[os.Args[2]](os.Args[3:]))
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "keeper" {
		keep()
	}
	os.Exit(m.Run())
}
