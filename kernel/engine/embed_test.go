package engine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEmbedFiles compares what patterns mean with what the go command finds.
func TestEmbedFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n", "a.txt": "a", "b.txt": "b", ".hidden": "h", "_under": "u", "with space": "s",
		"site/index.html": "i", "site/.htaccess": "x", "site/_part/p.html": "p", "site/deep/er/f": "f", "site/.git/config": "g",
		"empty/.keep": "", "other/go.mod": "module example.com/other\n", "other/x.txt": "x", "mixed/own.txt": "o",
		"mixed/mod/go.mod": "module example.com/mixed\n", "mixed/mod/y.txt": "y", "bad|name.txt": "b",
	} {
		writeTestFile(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	if err := os.Symlink("a.txt", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{
		"a.txt", "*.txt", "[ab].txt", "site", "all:site", "site/*", "all:site/*", "site/deep", "site/*/er", ".hidden", "_under", "with space", ".",
		"all:.", "empty", "all:empty", "absent", "*.absent", "other", "other/x.txt", "mixed", "mixed/mod/y.txt", "link", "site/.git", "site/.git/config",
		"../a.txt", "/a.txt", "site/", "./a.txt", "[", "a.txt/", "bad|name.txt", "bad*", "",
	} {
		want, complaint := goEmbeds(t, dir, pattern)
		files, err := embedFiles(os.DirFS(dir), pattern)
		var got []string
		for _, f := range files {
			got = append(got, f.Name)
		}
		if !slices.Equal(got, want) || (err != nil) != (complaint != "") || err != nil && !strings.Contains(complaint, err.Error()) {
			t.Errorf("%q: %q, %v; the go command says %q, %s", pattern, got, err, want, complaint)
		}
	}
}

// goEmbeds asks the go command which files a pattern means, or what is wrong with it.
func goEmbeds(t *testing.T, dir, pattern string) (files []string, complaint string) {
	t.Helper()
	src := "package m\n\nimport \"embed\"\n\n//go:embed " + string(mustJSON(t, pattern)) + "\nvar fs embed.FS\n"
	writeTestFile(t, filepath.Join(dir, "m.go"), []byte(src))
	defer os.Remove(filepath.Join(dir, "m.go"))
	cmd := exec.Command("go", "list", "-e", "-json=EmbedFiles,Error", ".")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		EmbedFiles []string
		Error      *struct{ Err string }
	}
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	if p.Error != nil {
		return nil, p.Error.Err
	}
	return slices.DeleteFunc(p.EmbedFiles, func(f string) bool { return f == "m.go" }), ""
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
