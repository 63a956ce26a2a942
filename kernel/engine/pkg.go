package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// pkg is one package that cells can import, as the go command has compiled it.
type pkg struct {
	Path, Name, Export string
	Standard           bool
	Imports            []string `json:",omitempty"`
	Version            string   `json:",omitempty"` // of its module, "" for modules that are folders here
	Dir                string   `json:",omitempty"` // of the sources, for packages of modules
	Stamp              string   `json:",omitempty"` // of the sources when they were compiled, where they may change

	id string // see content
}

// content identifies what the package holds, wherever its archive is.
func (p *pkg) content() string {
	if p.id == "" {
		id, err := contentID(p.Export)
		if err != nil {
			id = p.Export
		}
		p.id = id
	}
	return p.id
}

// listFields are what decodePkgs reads.
const listFields = "-json=ImportPath,Name,Export,Standard,Imports,Dir,Module"

// decodePkgs reads what go list prints: packages before those that import them.
func decodePkgs(out []byte) ([]pkg, error) {
	type module struct {
		Version string
		Replace *module
	}
	var list []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p struct {
			ImportPath, Name, Export, Dir string
			Standard                      bool
			Imports                       []string
			Module                        *module
		}
		if err := dec.Decode(&p); err != nil {
			return nil, fmt.Errorf("go list -json: %w", err)
		}
		if p.Export == "" {
			continue
		}
		q := pkg{Path: p.ImportPath, Name: p.Name, Export: p.Export, Standard: p.Standard, Imports: p.Imports}
		if m := p.Module; m != nil {
			if m.Replace != nil {
				m = m.Replace
			}
			q.Dir = p.Dir
			if q.Version = m.Version; m.Version == "" {
				q.Stamp = stamp(p.Dir)
			}
		}
		list = append(list, q)
	}
	return list, nil
}

// stamp identifies the state of a folder's files without reading them.
func stamp(dir string) string {
	h := sha256.New()
	files, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && !f.IsDir() {
			fmt.Fprintln(h, f.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

var buildID = regexp.MustCompile(`\nbuild id "[^"]*/([^"/]+)"\n`)

// contentID identifies what a compiled package holds, by the end of its build ID; its beginning tells how it was made.
func contentID(archive string) (string, error) {
	f, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 1024)
	n, _ := io.ReadFull(f, head)
	m := buildID.FindSubmatch(head[:n])
	if m == nil {
		return "", fmt.Errorf("%s has no build ID", archive)
	}
	return string(m[1]), nil
}
