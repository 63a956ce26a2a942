package kernels

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// entry matches the head of a kernel with one argument, and the bound of its blocks.
var entry = regexp.MustCompile(`\.visible \.entry (\w+)\(\s*\.param \.align \d+ \.b8 \w+\[(\d+)\]\s*\)(?:\s*\.maxntid (\d+))?`)

// TestPacked holds what programs carry against the text beside it.
func TestPacked(t *testing.T) {
	texts, err := filepath.Glob("_ptx/*.ptx")
	if err != nil || len(texts) == 0 {
		t.Fatalf("%d texts, error %v", len(texts), err)
	}
	want := map[string]Kernel{}
	for _, path := range texts {
		family := strings.TrimSuffix(filepath.Base(path), ".ptx")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := PTX(family); err != nil || got != string(text) {
			t.Errorf("%s: what is packed is not %s, error %v", family, path, err)
		}
		for _, m := range entry.FindAllStringSubmatch(string(text), -1) {
			args, _ := strconv.Atoi(m[2])
			most, _ := strconv.Atoi(m[3])
			want[m[1]] = Kernel{Family: family, Args: args, Most: most}
		}
	}
	if !maps.Equal(All(), want) {
		t.Errorf("the list has %d kernels, the texts have %d, and they are not the same", len(All()), len(want))
	}
	if _, err := PTX("none"); err == nil {
		t.Error("there is a text of a family that does not exist")
	}
}
