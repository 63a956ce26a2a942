package kernel

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/resident-go/resident/kernel/wire"
)

// SpecName is the name of the kernelspec, and of its directory.
const SpecName = "resident"

//go:embed spec
var specFiles embed.FS

// Spec is what a front end needs to know to start a kernel.
type Spec struct {
	Program string            // absolute path; front ends start it from anywhere
	Args    []string          // between the program and the connection file; default "kernel"
	Env     map[string]string // added to the environment
}

// kernelJSON is the file kernel.json.
type kernelJSON struct {
	Argv            []string          `json:"argv"`
	DisplayName     string            `json:"display_name"`
	Language        string            `json:"language"`
	InterruptMode   string            `json:"interrupt_mode"`
	ProtocolVersion string            `json:"kernel_protocol_version"`
	Env             map[string]string `json:"env"`
	Metadata        map[string]any    `json:"metadata"`
}

// File is what stands in the kernelspec's kernel.json.
func (s Spec) File() ([]byte, error) {
	if !filepath.IsAbs(s.Program) {
		return nil, fmt.Errorf("program is %q, expected an absolute path", s.Program)
	}
	args, env := s.Args, s.Env
	if args == nil {
		args = []string{"kernel"}
	}
	if env == nil {
		env = map[string]string{}
	}
	b, err := json.MarshalIndent(kernelJSON{
		Argv:            append(append([]string{s.Program}, args...), "{connection_file}"),
		DisplayName:     "Go (resident)",
		Language:        "go",
		InterruptMode:   "message",
		ProtocolVersion: wire.ProtocolVersion,
		Env:             env,
		Metadata:        map[string]any{"debugger": false, "supported_encryption": "curve"},
	}, "", "  ")
	return append(b, '\n'), err
}

// SpecDir returns the directory in which Jupyter looks for kernelspecs: that of an installation under prefix, or the
// user's own when prefix is empty. It follows Jupyter's rules: JUPYTER_DATA_DIR, else Library/Jupyter on macOS, else
// XDG_DATA_HOME/jupyter, else .local/share/jupyter.
func SpecDir(prefix string) (string, error) {
	if prefix != "" {
		abs, err := filepath.Abs(prefix)
		return filepath.Join(abs, "share", "jupyter", "kernels"), err
	}
	if d := os.Getenv("JUPYTER_DATA_DIR"); d != "" {
		return filepath.Join(d, "kernels"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the directory of kernelspecs: %w", err)
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Jupyter", "kernels"), nil
	}
	data := filepath.Join(home, ".local", "share")
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		data = d
	}
	return filepath.Join(data, "jupyter", "kernels"), nil
}

// InstallSpec writes the kernelspec into dir, in place of one that is there, and returns its directory. Either all of it
// is installed or nothing is changed.
func InstallSpec(dir string, s Spec) (string, error) {
	target := filepath.Join(dir, SpecName)
	if err := installSpec(dir, target, s); err != nil {
		return "", fmt.Errorf("install kernelspec in %s: %w", target, err)
	}
	return target, nil
}

func installSpec(dir, target string, s Spec) error {
	config, err := s.File()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// Jupyter shows every directory here that holds a kernel.json as a kernel; a name with a dot in front is passed over.
	tmp, err := os.MkdirTemp(dir, "."+SpecName+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "new")
	if err := writeSpec(fresh, config); err != nil {
		return err
	}
	old := filepath.Join(tmp, "old")
	if err := os.Rename(target, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, target); err != nil {
		// Put the old one back; there may have been none.
		os.Rename(old, target)
		return err
	}
	return nil
}

// SpecFiles are the files beside kernel.json: the logos.
func SpecFiles() fs.FS {
	files, err := fs.Sub(specFiles, "spec")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return files
}

func writeSpec(dir string, config []byte) error {
	if err := os.CopyFS(dir, SpecFiles()); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "kernel.json"), config, 0o644)
}
