package kernel

import (
	"encoding/json"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// python returns a Python that has the module. Without one the test is skipped, except in CI.
func python(t *testing.T, module string) string {
	t.Helper()
	p := os.Getenv("RESIDENT_PYTHON")
	if p == "" {
		p = "python3"
	}
	if err := exec.Command(p, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s cannot import %s: %v", p, module, err)
		}
		t.Skipf("%s cannot import %s (set RESIDENT_PYTHON)", p, module)
	}
	return p
}

// useJupyterDir makes a directory Jupyter's data directory, and the first one that it looks into: a virtual environment
// may have a kernel of the same name.
func useJupyterDir(t *testing.T, dir string) {
	t.Setenv("JUPYTER_DATA_DIR", dir)
	t.Setenv("JUPYTER_PATH", dir)
}

func TestInstallSpec(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "kernels")
	if _, err := InstallSpec(dir, Spec{Program: "/opt/old/resident"}); err != nil {
		t.Fatal(err)
	}
	path, err := InstallSpec(dir, Spec{Program: "/opt/bin/resident", Env: map[string]string{"A": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(path, "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"argv":                    []any{"/opt/bin/resident", "kernel", "{connection_file}"},
		"display_name":            "Go (resident)",
		"language":                "go",
		"interrupt_mode":          "message",
		"kernel_protocol_version": "5.5",
		"env":                     map[string]any{"A": "b"},
		"metadata":                map[string]any{"debugger": false, "supported_encryption": "curve"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kernel.json is %v, want %v", got, want)
	}
	for name, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		f, err := os.Open(filepath.Join(path, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if img, err := png.DecodeConfig(f); err != nil || img.Width != size || img.Height != size {
			t.Errorf("%s: %d by %d, %v", name, img.Width, img.Height, err)
		}
	}
	if svg, err := os.ReadFile(filepath.Join(path, "logo-svg.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("logo-svg.svg: %v", err)
	}
	wantOnly(t, dir, SpecName)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o055 != 0o055 {
		t.Errorf("others cannot read %s: %v, %v", path, info.Mode(), err)
	}
}

func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, names)
	}
}

func TestInstallSpecFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ name, dir, program, want string }{
		{"relative program", t.TempDir(), "bin/resident", `program is "bin/resident", expected an absolute path`},
		{"file in the way", filepath.Join(file, "kernels"), "/bin/resident", "not a directory"},
		{"read-only", "/proc/kernels", "/bin/resident", "/proc/kernels"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := InstallSpec(r.dir, Spec{Program: r.program})
			if err == nil || !strings.Contains(err.Error(), r.want) || !strings.Contains(err.Error(), "install kernelspec in "+r.dir) {
				t.Errorf("got error %v, want one with %q that names %s", err, r.want, r.dir)
			}
			if _, err := os.Stat(filepath.Join(r.dir, SpecName)); err == nil {
				t.Error("something was installed")
			}
		})
	}
}

// TestSpecDir has Jupyter itself as its oracle: where it says that data is, there the kernelspec must go.
func TestSpecDir(t *testing.T) {
	py := python(t, "jupyter_client")
	rows := []struct{ name, dataDir, xdg string }{
		{"home", "", ""},
		{"XDG_DATA_HOME", "", "/x/data"},
		{"JUPYTER_DATA_DIR", "/j/data", "/x/data"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Setenv("HOME", t.TempDir())
			t.Setenv("JUPYTER_DATA_DIR", r.dataDir)
			t.Setenv("XDG_DATA_HOME", r.xdg)
			t.Setenv("JUPYTER_PLATFORM_DIRS", "0")
			want, err := exec.Command(py, "-c", "from jupyter_client.kernelspec import KernelSpecManager as M; print(M().user_kernel_dir, end='')").Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, err := SpecDir(""); err != nil || got != string(want) {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
		})
	}
	if got, err := SpecDir("/usr/local"); err != nil || got != "/usr/local/share/jupyter/kernels" {
		t.Errorf("prefix: got %s, %v", got, err)
	}
}

// TestJupyterFindsTheSpec asks Jupyter for the kernels it sees.
func TestJupyterFindsTheSpec(t *testing.T) {
	py := python(t, "jupyter_client")
	useJupyterDir(t, t.TempDir())
	dir, err := SpecDir("")
	if err != nil {
		t.Fatal(err)
	}
	path, err := InstallSpec(dir, Spec{Program: "/opt/bin/resident"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(py, "-m", "jupyter_client.kernelspecapp", "list", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Kernelspecs map[string]struct {
			ResourceDir string `json:"resource_dir"`
			Spec        struct {
				DisplayName string `json:"display_name"`
			}
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	got := list.Kernelspecs[SpecName]
	if got.ResourceDir != path || got.Spec.DisplayName != "Go (resident)" {
		t.Errorf("Jupyter sees %+v, want %s", list.Kernelspecs, path)
	}
	var files []string
	fs.WalkDir(os.DirFS(path), ".", func(p string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, p)
		}
		return err
	})
	if got := strings.Join(files, " "); got != "kernel.json logo-32x32.png logo-64x64.png logo-svg.svg" {
		t.Errorf("files %s", got)
	}
}
