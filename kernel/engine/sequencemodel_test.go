package engine

import (
	"cmp"
	"errors"
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
	kind string // "type", "method", "func", "const", "var", "import", "init", or "" for a statement; "interrupt" is the last one of a cell; rm, reset and replay are cells
	name string // what it declares: of methods T.m, of constants several with blanks between; what rm takes away
	typ  string // variables: the type; text is the value then. Imports: the path
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
	case i.kind == "import":
		return fmt.Sprintf("import %s %q", i.name, i.typ)
	case i.kind == "init":
		return "func init() {\n" + text + "\n}"
	case i.kind == "interrupt":
		return "fmt.Println(\"ready\")\nfor i := 0; ; i++ {\n}"
	case i.kind == "rm":
		return "%rm " + i.name
	case i.kind == "reset", i.kind == "replay":
		return "%" + i.kind
	}
	return text
}

// declarations reports whether a cell has nothing but declarations. Then they are ordered by what they need.
func declarations(cell []entry) bool {
	return !slices.ContainsFunc(cell, func(i entry) bool { return i.kind == "" || i.kind == "interrupt" || i.kind == "var" && !i.long })
}

// model says what a session means as one plain program, by these rules:
//   - A name means what was declared last, also in what was declared before; with all that it reaches in this way it is a version.
//     Each version has a name of its own in the program: x_1, x_2.
//   - A variable declared again with the same type is the same variable. So is one whose type was declared again, as long as the
//     layout is the same; else it is gone.
//   - Declarations count from the beginning of their cell, variables from their statement on. In a cell of declarations alone, all count from the beginning.
//   - A package's name means what it does where it stands: what is declared later does not change that.
//   - A cell that does not compile leaves nothing.
type model struct {
	decls    map[string]entry  // by name
	memory   map[string]string // of variables: what they were made as
	symbols  map[string]string // of versions
	versions map[string]int    // by name
	program  string
	calls    []string
	history  [][]entry // cells since the last reset
}

func newModel() *model {
	return &model{decls: map[string]entry{}, memory: map[string]string{}, symbols: map[string]string{}, versions: map[string]int{}}
}

func (m *model) clone() *model {
	c := *m
	c.calls, c.history = slices.Clip(c.calls), slices.Clip(c.history)
	c.decls, c.memory, c.symbols, c.versions = maps.Clone(m.decls), maps.Clone(m.memory), maps.Clone(m.symbols), maps.Clone(m.versions)
	return &c
}

// run adds what a cell does, unless the program does not compile with it.
func (m *model) run(cell []entry) (*model, error) {
	switch cell[0].kind {
	case "rm":
		return m.without(cell[0].name), nil
	case "reset":
		return m.empty(), nil
	case "replay":
		next := m.empty()
		for _, c := range m.history {
			if with, err := next.add(c); err == nil {
				next = with
			} else {
				next.calls = append(next.calls, `func() { fmt.Println("refused") }`)
			}
		}
		return next, nil
	}
	return m.add(cell)
}

// empty is the model after all memory was lost.
func (m *model) empty() *model {
	next := newModel()
	next.versions, next.program, next.calls = m.versions, m.program, m.calls
	return next.clone()
}

// add adds a cell of Go, unless the program does not compile with it.
func (m *model) add(cell []entry) (*model, error) {
	next := m.clone()
	next.history = append(next.history, cell)
	for _, i := range cell {
		for _, name := range strings.Fields(i.name) {
			next.decls[name] = i
		}
	}
	later := map[string]bool{} // variables that the cell is yet to declare
	bound := slices.Clone(cell)
	for n, i := range bound {
		bound[n] = next.bind(i)
		for _, name := range strings.Fields(i.name) {
			next.decls[name] = bound[n]
			later[name] = i.kind == "var"
		}
	}
	old := next.carry(m, later)
	file := declarations(cell)
	var unsorted error
	if file {
		if unsorted = next.sortVariables(bound); errors.Is(unsorted, errCycle) {
			return nil, unsorted
		}
	}
	body, inits := "", ""
	for _, i := range bound {
		switch i.kind {
		case "":
			body += next.resolve(i.text, old) + "\n"
		case "interrupt":
			body += "fmt.Println(\"ready\")\ninterrupt()\n"
		case "init":
			inits += "func() {\n" + next.resolve(i.text, nil) + "\n}()\n"
		case "import":
		case "var":
			before := old
			if file {
				before = map[string]string{i.name: old[i.name]}
			}
			value := next.resolve(i.text, before)
			delete(old, i.name)
			body += next.resolve("$"+i.name, nil) + " = " + value + "\n"
		default:
			if t, _, ok := strings.Cut(i.name, "."); ok && next.decls[t].kind != "type" {
				return nil, fmt.Errorf("%s has no type", i.name)
			}
			for _, name := range strings.Fields(i.name) {
				next.symbol(strings.Split(name, ".")[0])
			}
		}
	}
	next.program += fmt.Sprintf("func cell_%d() {\n%s%s}\n", len(next.calls), body, inits)
	next.calls = append(next.calls, fmt.Sprintf("cell_%d", len(next.calls)))
	err := next.check()
	if err == nil && unsorted != nil {
		panic(fmt.Sprintf("a cell that compiles has no order: %v\n%s", unsorted, written(cell, true)))
	}
	return next, err
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
	return marked.ReplaceAllStringFunc(tags.ReplaceAllString(text, ""), func(use string) string {
		d, ok := m.decls[use[1:]]
		if !ok || slices.Contains(within, use) {
			return use
		}
		body := d.text
		if value := m.constant(use[1:]); value != "" {
			return value
		}
		if d.kind == "type" {
			_, body, _ = strings.Cut(body, use) // its own name does not matter
		}
		within := append(slices.Clone(within), use)
		if before, of, ok := strings.Cut(body, "= "); ok && d.kind == "type" {
			return before + m.layout(of, within)
		}
		return "(" + m.layout(body, within) + ")"
	})
}

var tags = regexp.MustCompile("`[^`]*`")

// resolve replaces uses of names by those of the versions that they mean.
func (m *model) resolve(text string, old map[string]string) string {
	return marked.ReplaceAllStringFunc(text, func(use string) string {
		if symbol, ok := old[use[1:]]; ok {
			return cmp.Or(symbol, "nothing")
		}
		return m.symbol(use[1:])
	})
}

// symbol is the name of what a name means now, which the program has from then on.
func (m *model) symbol(name string) string {
	d, ok := m.decls[name]
	switch {
	case !ok:
		return name
	case d.kind == "import": // the name was another's where it stands
		return name + "_"
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

const sequenceHead = `package main

import (
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	pkg_strconv "strconv"
	pkg_strings "strings"
	"unsafe"
)

var (
	_ unsafe.Pointer
	_ iter.Seq[int]
	_ = slices.Sorted[int]
	_ = pkg_strings.ToUpper
	_ = pkg_strconv.Itoa
)

var interrupted bool

func interrupt() {
	interrupted = true
	runtime.Goexit()
}

func call(cell func()) {
	fmt.Printf("\x00")
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() {
			if r := recover(); r != nil {
				fmt.Println("panic:", r)
			}
		}()
		cell()
	}()
	<-done
	if interrupted {
		fmt.Println("interrupted")
	}
	interrupted = false
}
` + sequenceShow

func (m *model) text() string {
	calls := ""
	for _, c := range m.calls {
		calls += "\tcall(" + c + ")\n"
	}
	return sequenceHead + m.program + "func main() {\n" + calls + "}\n"
}

var standard = importer.Default()

func (m *model) check() error { return checkProgram(m.text(), nil) }

func checkProgram(text string, info *types.Info) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "program.go", text, 0)
	if err != nil {
		return err
	}
	conf := types.Config{Importer: standard}
	_, err = conf.Check("main", fset, []*ast.File{f}, info)
	return err
}
