package engine

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// without is the model without what a name means, what belongs to that, and the variables whose types mention it.
func (m *model) without(name string) *model {
	next := m.clone()
	for n, d := range m.decls {
		if strings.HasPrefix(n, name+".") || d.kind == "var" && m.mentions(d.typ, name, map[string]bool{}) {
			delete(next.decls, n)
		}
	}
	delete(next.decls, name)
	return next
}

// mentions reports whether a type is made of what has that name.
func (m *model) mentions(text, name string, seen map[string]bool) bool {
	for _, use := range marked.FindAllStringSubmatch(text, -1) {
		d := m.decls[use[1]]
		if use[1] == name || !seen[use[1]] && (d.kind == "type" || d.kind == "const") && m.mentions(d.text, name, with(seen, use[1])) {
			return true
		}
	}
	return false
}

func with(set map[string]bool, name string) map[string]bool {
	set[name] = true
	return set
}

// seqPackages are those that cells need not import.
var seqPackages = map[string]string{"strings": "strings"}

// bind replaces the names of packages in an entry by those that the program has for them.
func (m *model) bind(i entry) entry {
	name := func(use string) string {
		path := seqPackages[use[1:]]
		if d, ok := m.decls[use[1:]]; ok {
			path = ""
			if d.kind == "import" {
				path = d.typ
			}
		}
		if path == "" {
			return use
		}
		return "pkg_" + path
	}
	i.text = marked.ReplaceAllStringFunc(i.text, name)
	return i
}

// errCycle says that variables need each other before they have values.
var errCycle = errors.New("initialization cycle")

// sortVariables puts the variables of a cell into the order in which Go initialises those of a package.
func (m *model) sortVariables(cell []entry) error {
	text, written := sequenceHead, map[string]bool{}
	var write func(names []string)
	write = func(names []string) {
		for _, name := range names {
			d, ok := m.decls[name]
			if !ok || written[name] || written[d.name+d.text] {
				continue
			}
			written[name], written[d.name+d.text] = true, true
			uses := d.text
			switch at := slices.IndexFunc(cell, func(i entry) bool { return i.kind == "var" && i.name == name }); {
			case d.kind == "import":
				continue
			case at >= 0: // its own name means what it was before
				uses = regexp.MustCompile(`\$`+name+`\b`).ReplaceAllLiteralString(uses, "(*new("+d.typ+"))")
				text += fmt.Sprintf("var %s %s = %s\n", name, d.typ, uses)
			case d.kind == "var":
				uses = ""
				text += fmt.Sprintf("var %s %s\n", name, d.typ)
			case d.kind == "const":
				text += m.group(d)
			default:
				text += d.text + "\n"
			}
			var more []string
			for _, use := range marked.FindAllStringSubmatch(d.typ+uses, -1) {
				more = append(more, use[1])
			}
			write(append(more, m.methods(name)...))
		}
	}
	for _, i := range cell {
		if i.kind == "var" {
			write([]string{i.name})
		}
	}
	info := &types.Info{}
	if err := checkProgram(marked.ReplaceAllString(text, "$1")+"func main() {}\n", info); err != nil {
		if strings.Contains(err.Error(), "initialization cycle") {
			return errCycle
		}
		return err // it does not compile
	}
	rank := map[string]int{}
	for n, i := range info.InitOrder {
		rank[i.Lhs[0].Name()] = n
	}
	slices.SortStableFunc(cell, func(a, b entry) int {
		if a.kind != "var" || b.kind != "var" {
			return strings.Compare(a.kind, b.kind)
		}
		return rank[a.name] - rank[b.name]
	})
	return nil
}

// constant is the value of a constant that is made of the session's constants alone, "" for anything else.
func (m *model) constant(name string) string {
	if m.decls[name].kind != "const" {
		return ""
	}
	text, written := "package p\n", map[string]bool{}
	for _, n := range slices.Sorted(maps.Keys(m.decls)) {
		if d := m.decls[n]; d.kind == "const" && !written[d.text] && !strings.Contains(d.text, "$E") {
			written[d.text] = true
			text += m.group(d)
		}
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, 0)
	if err != nil {
		return ""
	}
	conf := types.Config{Error: func(error) {}}
	pkg, _ := conf.Check("p", fset, []*ast.File{f}, nil)
	if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok && c.Val() != nil && c.Val().Kind() == constant.Int {
		return c.Val().ExactString()
	}
	return ""
}

// group is a declaration of constants without those of its names that mean something else now.
func (m *model) group(d entry) string {
	return marked.ReplaceAllStringFunc(d.text, func(use string) string {
		if m.decls[use[1:]].text != d.text && slices.Contains(strings.Fields(d.name), use[1:]) {
			return "_"
		}
		return use[1:]
	}) + "\n"
}
