//go:build linux && (amd64 || arm64)

package worker_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSlim runs the rows in a worker that is a shared library with everything in it, with the cells compiled against it.
// (The engine links cells against an import library, which is faster; here the library itself serves.)
func TestSlim(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LD_LIBRARY_PATH", dir)
	host, library := buildSlim(t, dir)
	playAll(t, host, library, "main.", "main..inittask")
}

func buildSlim(t *testing.T, dir string) (host, cells string) {
	at := func(name string) string { return filepath.Join(dir, name) }
	packages, main := exports(t)
	write(t, at("packages"), lines("packagefile ", packages))
	shared := []string{"-buildmode=shared", "-checklinkname=0", "-s", "-w", "-extld=gcc"}

	link := append([]string{"link", "-o", at("libworker.so"), "-importcfg", at("packages")}, shared...)
	goTool(t, append(link, packages...)...)

	linked := make([]string, len(packages))
	for i, p := range packages {
		path, _, _ := strings.Cut(p, "=")
		linked[i] = path + "=" + at("libworker.so")
	}
	config := lines("packagefile ", packages) + lines("packageshlib ", linked)
	write(t, at("host.cfg"), config)
	goTool(t, "link", "-o", at("host"), "-importcfg", at("host.cfg"), "-buildmode=exe", "-linkshared", "-installsuffix", "dynlink",
		"-checklinkname=0", "-s", "-w", "-extld=gcc", main)

	source, err := filepath.Abs("testdata/cells/cells.go")
	if err != nil {
		t.Fatal(err)
	}
	goTool(t, "compile", "-p", "main", "-dynlink", "-linkshared", "-installsuffix", "dynlink", "-importcfg", at("packages"),
		"-pack", "-o", at("cells.a"), source)
	write(t, at("cells.cfg"), config+"packagefile main="+at("cells.a")+"\n")
	link = append([]string{"link", "-o", at("libcells.so"), "-importcfg", at("cells.cfg"), "-linkshared", "-installsuffix", "dynlink"}, shared...)
	goTool(t, append(link, "main="+at("cells.a"))...)
	return at("host"), at("libcells.so")
}

// exports lists the compiled packages of the worker and of what the cells import, as PATH=FILE, and the file of the
// host's own package, which is compiled as part of a program and not of a library.
func exports(t *testing.T) (packages []string, main string) {
	t.Helper()
	const linked = "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"
	for _, line := range goList(t, "-export", "-linkshared", "-deps", "-buildmode=plugin", "-f", linked, hostTag, "./host", "./testdata/cells") {
		if path, _, _ := strings.Cut(line, "="); !strings.HasSuffix(path, "/worker/host") && !strings.HasSuffix(path, "/testdata/cells") {
			packages = append(packages, line)
		}
	}
	return packages, goList(t, "-export", "-linkshared", hostTag, "-f", "{{.Export}}", "./host")[0]
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}

func lines(before string, list []string) string {
	return before + strings.Join(list, "\n"+before) + "\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func goTool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("go", append([]string{"tool"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("go tool %v: %v\n%s", args, err, out)
	}
}
