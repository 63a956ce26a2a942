package data

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"
)

// excerpt is the beginning of the first book of Opticks, as it stands in the Go installation's file.
//
//go:embed opticks.txt
var excerpt string

// corpus is a text and where it came from.
type corpus struct{ text, source string }

// Opticks returns Isaac Newton's "Opticks" in the edition of 1730, 567 KB of English that is in the public domain. The text is in every
// Go installation, as a file of its tests. Where there is none, it is the 67 KB of its beginning that this package holds:
// [OpticksSource] says which. It is looked for once.
func Opticks() string { return opticks().text }

// OpticksSource says where [Opticks] comes from: the path of the file, or that it is the excerpt.
func OpticksSource() string { return opticks().source }

var opticks = sync.OnceValue(func() corpus { return findOpticks(goroot()) })

// findOpticks reads the text from a Go installation.
func findOpticks(goroot string) corpus {
	path := filepath.Join(goroot, "src", "testdata", "Isaac.Newton-Opticks.txt")
	text, err := os.ReadFile(path)
	if goroot == "" || err != nil || !strings.Contains(string(text), excerpt[:1000]) {
		return corpus{excerpt, "an excerpt in package data: no Go installation was found that has the whole text"}
	}
	return corpus{string(text), path}
}

// goroot is the folder of the Go installation, or "".
func goroot() string {
	if root := os.Getenv("GOROOT"); root != "" {
		return root
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(root))
}

// Text reads a text from a file. It must be UTF-8; a byte order mark at its beginning is left out.
func Text(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("data: read a text: %w", err)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)) {
			line := 1 + strings.Count(text[:i], "\n")
			return "", fmt.Errorf("data: read a text: %s is not UTF-8: byte %#02x in line %d", path, text[i], line)
		}
	}
	return text, nil
}
