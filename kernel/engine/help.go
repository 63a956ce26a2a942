package engine

import (
	"context"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/resident-go/resident/kernel/cell"
)

// helpTime bounds what a person waits for names and documentation.
const helpTime = 5 * time.Second

// Complete returns the names that may stand at the cursor and the range that they replace, in code points. It works
// while a cell runs; before the engine is ready it knows nothing.
func (e *Engine) Complete(code string, cursor int) (names []cell.Name, start, end int) {
	if !e.isReady() {
		return nil, cursor, cursor
	}
	at := byteOffset(code, cursor)
	names, from, to, ok := e.completeDirective(code, at)
	if !ok {
		names, from, to = e.completeGo(cell.GoOnly(code), at)
	}
	return names, utf8.RuneCountInString(code[:from]), utf8.RuneCountInString(code[:to])
}

func (e *Engine) completeGo(code string, at int) (names []cell.Name, start, end int) {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	e.pkgs.ctx, e.pkgs.may = ctx, offline
	return e.foresee().Complete(code, at, e.pkgs)
}

// Inspect describes what is at the cursor: a directive, or an identifier by its declaration, for members of packages by their
// documentation, and for variables with their value as it is now.
func (e *Engine) Inspect(code string, cursor, detail int) (data map[string]any, found bool) {
	if !e.isReady() {
		return nil, false
	}
	at := byteOffset(code, cursor)
	text, ok := describeDirective(code, at)
	if !ok {
		text = e.inspectGo(cell.GoOnly(code), at, detail)
	}
	if text == "" {
		return nil, false
	}
	return helpBundle(text), true
}

// helpBundle is help in the forms in which front ends show it.
func helpBundle(text string) map[string]any {
	return map[string]any{"text/plain": text, "text/html": htmlHelp(text)}
}

func (e *Engine) inspectGo(code string, at, detail int) string {
	text, path, symbol, mods, dir := e.describe(code, at)
	if path != "" {
		if doc := documentation(mods, dir, path, symbol, detail); doc != "" {
			return doc
		}
	}
	if rest, ok := strings.CutPrefix(text, "var "); ok && path == "" {
		name, _, _ := strings.Cut(rest, " ")
		if value, ok := e.shortValues([]string{name})[name]; ok && e.current().Has(name) {
			text += "\n\n" + name + " is " + value
		}
	}
	return text
}

// htmlHelp marks the declaration: the first line, and what follows it in Go.
func htmlHelp(text string) string {
	end := 0
	for line := range strings.Lines(text) {
		if end > 0 && !declares.MatchString(strings.TrimRight(line, "\n")) {
			break
		}
		end += len(line)
	}
	head := strings.TrimRight(text[:end], "\n")
	return "<pre><b>" + html.EscapeString(head) + "</b>" + html.EscapeString(text[len(head):]) + "</pre>"
}

var declares = regexp.MustCompile(`^(func |type |var |const |\t|\}|\)|$)`)

// describe says what an identifier is, and of members of packages where their documentation is.
func (e *Engine) describe(code string, at int) (text, path, symbol string, mods *modules, dir string) {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	e.pkgs.ctx, e.pkgs.may = ctx, offline
	text, path, symbol = e.foresee().Describe(code, at, e.pkgs)
	return text, path, symbol, e.mods, e.mods.sourceDir(path)
}

// documentation is what the sources say of a symbol. What is not found there in the plain way the go command is asked for, which
// takes longer: it knows the notebook's module, or else the session's.
func documentation(mods *modules, dir, path, symbol string, detail int) string {
	if dir != "" {
		if text := symbolDoc(dir, path, symbol, detail > 0); text != "" {
			return text
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	args := []string{"doc"}
	if detail > 0 {
		args = append(args, "-src")
	}
	args = append(args, path)
	if symbol != "" {
		args = append(args, symbol)
	}
	out, err := mods.goCommand(ctx, offline, args...)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// sourceDir is where the sources of a package are, as far as that is known without asking.
func (m *modules) sourceDir(path string) string {
	p := m.base.byPath[path]
	if p == nil {
		p = m.byPath[path]
	}
	switch {
	case path == "builtin" || p != nil && p.Standard:
		return filepath.Join(m.base.tc.Root, "src", filepath.FromSlash(path))
	case p != nil:
		return p.Dir
	}
	return ""
}

func (e *Engine) isReady() bool {
	select {
	case <-e.ready:
		return e.err == nil
	default:
		return false
	}
}

// byteOffset turns an offset in code points into one in bytes. Front ends that count otherwise are clamped.
func byteOffset(s string, points int) int {
	for i := range s {
		if points <= 0 {
			return i
		}
		points--
	}
	return len(s)
}
