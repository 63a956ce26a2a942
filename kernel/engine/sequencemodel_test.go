package engine

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// entry is a entry of a cell. In its text each use of a name of the session is marked: $f($x).
type entry struct {
	kind string // "type", "method", "func", "const", "var", or "" for a statement
	name string // what it declares: of methods T.m, of constants several with blanks between
	typ  string // variables: the type; text is the value then
	long bool   // var x T = value, and not x := value
	text string
}

var marked = regexp.MustCompile(`\$(\w+)`)

// source is the entry as a person writes it.
func (i entry) source() string {
	text := marked.ReplaceAllString(i.text, "$1")
	switch {
	case i.kind == "var" && i.long:
		return fmt.Sprintf("var %s %s = %s", i.name, marked.ReplaceAllString(i.typ, "$1"), text)
	case i.kind == "var":
		return i.name + " := " + text
	}
	return text
}

// model says what a session means as one plain program, by these rules:
//   - A name means what was declared last, also in what was declared before; with all that it reaches in this way it is a version.
//     Each version has a name of its own in the program: x_1, x_2.
//   - A variable declared again with the same type is the same variable. So is one whose type was declared again, as long as the
//     layout is the same; else it is gone.
//   - Declarations count from the beginning of their cell, variables from their statement on.
//   - A cell that does not compile leaves nothing.
type model struct {
	decls    map[string]entry  // by name
	memory   map[string]string // of variables: what they were made as
	symbols  map[string]string // of versions
	versions map[string]int    // by name
	program  string
	calls    string
}

func newModel() *model {
	return &model{decls: map[string]entry{}, memory: map[string]string{}, symbols: map[string]string{}, versions: map[string]int{}}
}

func (m *model) clone() *model {
	c := *m
	c.decls, c.memory, c.symbols, c.versions = maps.Clone(m.decls), maps.Clone(m.memory), maps.Clone(m.symbols), maps.Clone(m.versions)
	return &c
}

// add adds a cell, unless the program does not compile with it.
func (m *model) add(n int, cell []entry) (*model, error) {
	next := m.clone()
	later := map[string]bool{} // variables that the cell is yet to declare
	for _, i := range cell {
		for _, name := range strings.Fields(i.name) {
			next.decls[name] = i
			later[name] = i.kind == "var"
		}
	}
	old := next.carry(m, later)
	body := ""
	for _, i := range cell {
		switch i.kind {
		case "":
			body += next.resolve(i.text, old) + "\n"
		case "var":
			value := next.resolve(i.text, old)
			delete(old, i.name)
			body += next.resolve("$"+i.name, old) + " = " + value + "\n"
		default:
			for _, name := range strings.Fields(i.name) {
				next.symbol(strings.Split(name, ".")[0])
			}
		}
	}
	next.program += fmt.Sprintf("func cell_%d() {\n%s}\n", n, body)
	next.calls += fmt.Sprintf("\tcall(%d, cell_%d)\n", n, n)
	return next, next.check()
}

// carry finds the memory of all variables, and returns what those mean that the cell uses before it declares them again: "" is nothing.
func (m *model) carry(before *model, later map[string]bool) map[string]string {
	old := map[string]string{}
	for name, d := range m.decls {
		if d.kind != "var" {
			continue
		}
		last, known := before.decls[name]
		keeps := known && last.kind == "var" && before.memory[name] == m.made(last)
		switch {
		case !later[name] && !keeps:
			delete(m.decls, name)
		case later[name]:
			m.memory[name] = m.made(d)
			if old[name] = ""; keeps {
				old[name] = m.view(name, before.memory[name], last.typ)
			}
		}
	}
	return old
}

// made identifies a variable's memory.
func (m *model) made(d entry) string {
	return d.name + " " + d.typ + " " + strings.Join(strings.Fields(m.layout(d.typ, nil)), " ")
}

// layout is a type with the names in it replaced by what they stand for.
func (m *model) layout(text string, within []string) string {
	return marked.ReplaceAllStringFunc(text, func(use string) string {
		d, ok := m.decls[use[1:]]
		if !ok || slices.Contains(within, use) {
			return use
		}
		body := d.text
		if d.kind == "type" {
			_, body, _ = strings.Cut(body, use) // its own name does not matter
		}
		return "(" + m.layout(body, append(slices.Clone(within), use)) + ")"
	})
}

// resolve replaces uses of names by those of the versions that they mean.
func (m *model) resolve(text string, old map[string]string) string {
	return marked.ReplaceAllStringFunc(text, func(use string) string {
		if symbol, ok := old[use[1:]]; ok {
			return symbol
		}
		return m.symbol(use[1:])
	})
}

// symbol is the name of what a name means now, which the program has from then on.
func (m *model) symbol(name string) string {
	d, ok := m.decls[name]
	if !ok {
		return name
	}
	if d.kind == "var" {
		return m.view(name, m.memory[name], d.typ)
	}
	key := m.version(name)
	if symbol, ok := m.symbols[key]; ok {
		return symbol
	}
	symbol := m.fresh(name, key)
	own := map[string]string{}
	if d.kind == "const" { // another version of one constant of a group is not one of the others
		for _, other := range strings.Fields(d.name) {
			own[other] = "_"
		}
	}
	own[name] = symbol
	text := m.resolve(d.text, own) + "\n"
	for _, method := range m.methods(name) {
		text += m.resolve(m.decls[method].text, nil) + "\n"
	}
	m.program += text
	return symbol
}

func (m *model) fresh(name, key string) string {
	m.versions[name]++
	m.symbols[key] = fmt.Sprintf("%s_%d", name, m.versions[name])
	return m.symbols[key]
}

// view is a variable's memory, seen as one of a type.
func (m *model) view(name, memory, typ string) string {
	typ = m.resolve(typ, nil)
	key := memory + " as " + typ
	if _, ok := m.symbols[key]; !ok {
		value := "new(" + typ + ")"
		if first, ok := m.symbols[memory]; ok {
			value = fmt.Sprintf("(*%s)(unsafe.Pointer(%s))", typ, first)
		}
		symbol := m.fresh(name, key)
		if m.symbols[memory] == "" {
			m.symbols[memory] = symbol
		}
		m.program += fmt.Sprintf("var %s = %s\n", symbol, value)
	}
	return "(*" + m.symbols[key] + ")"
}

func (m *model) methods(name string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for k := range m.decls {
			if strings.HasPrefix(k, name+".") && !yield(k) {
				return
			}
		}
	})
}

// version identifies a declaration with all that it reaches.
func (m *model) version(name string) string {
	reached := map[string]string{}
	var visit func(name string)
	visit = func(name string) {
		d, ok := m.decls[name]
		if _, again := reached[name]; !ok || again {
			return
		}
		text := d.text
		if d.kind == "var" {
			text = d.typ
		}
		reached[name] = text + m.memory[name]
		for _, use := range marked.FindAllStringSubmatch(text, -1) {
			visit(use[1])
		}
		for _, method := range m.methods(name) {
			visit(method)
		}
	}
	visit(name)
	key := name
	for _, n := range slices.Sorted(maps.Keys(reached)) {
		key += "\x00" + n + "\x00" + reached[n]
	}
	return key
}

const sequenceHead = "package main\n\nimport (\n\t\"fmt\"\n\t\"reflect\"\n\t\"unsafe\"\n)\n\nvar _ unsafe.Pointer\n" + sequenceShow + `
func call(n int, cell func()) {
	fmt.Printf("\x00")
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	cell()
}
`

func (m *model) text() string {
	return sequenceHead + m.program + "func main() {\n" + m.calls + "}\n"
}

var standard = importer.Default()

func (m *model) check() error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "program.go", m.text(), 0)
	if err != nil {
		return err
	}
	conf := types.Config{Importer: standard}
	_, err = conf.Check("main", fset, []*ast.File{f}, nil)
	return err
}
