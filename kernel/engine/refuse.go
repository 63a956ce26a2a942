package engine

import (
	"errors"
	"fmt"
	"strings"
)

// gonbUI is how cells show things under the kernel GoNB.
const gonbUI = "github.com/janpfeifer/gonb/gonbui"

// mayImport applies the rule for internal packages: a cell is seen as a file of the notebook's folder.
func (m *modules) mayImport(path string) error {
	if strings.HasPrefix(path, "vendor/") || strings.HasPrefix(path, ".") || strings.HasPrefix(path, "/") {
		return fmt.Errorf("package %s is not in std", path)
	}
	if path == gonbUI || strings.HasPrefix(path, gonbUI+"/") {
		return fmt.Errorf("package %s speaks to the kernel GoNB, and shows nothing here: use package display, as in display.Show(display.HTML(text)), and for widgets %s/kernel/widget", path, modulePath)
	}
	elems := strings.Split(path, "/")
	for i := len(elems) - 1; i >= 0; i-- {
		if elems[i] != "internal" {
			continue
		}
		parent := strings.Join(elems[:i], "/")
		if parent == "" || m.home != parent && !strings.HasPrefix(m.home, parent+"/") {
			return fmt.Errorf("use of internal package %s not allowed", path)
		}
		return nil
	}
	return nil
}

// changedSince is what an import says of a package that has changed.
const changedSince = "has changed since this session loaded it"

// clash explains why p, which path needs, cannot be used beside the one that is there.
func (m *modules) clash(path string, held, p *pkg) error {
	of := p.Path
	if p.Path != path {
		of = fmt.Sprintf("%s, which %s needs,", p.Path, path)
	}
	switch {
	case m.base.byPath[p.Path] != nil:
		return fmt.Errorf("package %s in version %s: the worker holds %s, and a process can hold only one; with a go.mod beside the notebook that requires %s, a worker without it is used", of, version(p), version(held), version(p))
	case held.Version == p.Version:
		return fmt.Errorf("package %s "+changedSince+", and a process can hold only one: run %%replay to start again and run the cells so far, or %%restart", of)
	}
	return fmt.Errorf("package %s in version %s: this session has loaded %s, and a process can hold only one: run %%replay to start again and run the cells so far, or %%restart", of, version(p), version(held))
}

func version(p *pkg) string {
	if p.Version == "" {
		return "of this folder"
	}
	return p.Version
}

// packageError shortens what the go command says of a package it cannot find.
func (m *modules) packageError(path string, err error) error {
	var te *toolError
	if !errors.As(err, &te) {
		return err
	}
	msg := te.output
	switch {
	case strings.Contains(msg, "is not in std"):
		return fmt.Errorf("package %s is not in std", path)
	case m.own && !m.o.around.fetches():
		return fmt.Errorf("package %s is not there, and %%noautoget is in force: add its module with %%get", path)
	case strings.Contains(msg, "no required module provides package") && m.module != "" && strings.HasPrefix(path, m.module+"/"):
		return fmt.Errorf("module %s, which this notebook is in, has no package %s", m.module, path)
	case strings.Contains(msg, "no required module provides package"):
		return fmt.Errorf("no module in this notebook's go.mod provides package %s; !*go get %s adds it", path, path)
	}
	if m.own && moduleRoot(m.o.Dir) != "" {
		return fmt.Errorf("package %s is none of the session's modules; the notebook's folder has a go.mod since the session began, which %%restart goes by", path)
	}
	said := ""
	for line := range strings.Lines(msg) {
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "go: "), path+": ")
		if line == "" || strings.HasPrefix(line, "downloading ") || strings.HasPrefix(line, "finding ") || strings.HasPrefix(line, "#") {
			continue
		}
		if said = strings.TrimSpace(said + " " + line); !strings.HasSuffix(line, ":") { // else the advice is on the next line
			return fmt.Errorf("package %s: %s", path, said)
		}
	}
	return fmt.Errorf("package %s: %w", path, err)
}
