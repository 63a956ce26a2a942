package grade

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// refuses says why code of a submission is not run, or "".
func (g *Grader) refuses(code string) string {
	if len(code) > maxSource {
		return fmt.Sprintf("it has %d bytes, at most %d are run", len(code), maxSource)
	}
	reaches, commands := inspect(strings.TrimPrefix(code, "\ufeff"))
	switch name := g.taken(code); {
	case commands:
		return "it has a line that begins like a command to the kernel (%, !, //resident:), which are not run where work is graded"
	case reaches != "":
		return "it reaches for the program that runs it: " + reaches
	case name != "":
		return fmt.Sprintf("it declares or changes %s, which the tests use", name)
	}
	return ""
}

// inspect looks through a cell for what is of no use but to get at the program around it: the front that results are shown on, and what is not exported. It tells, too, whether a statement begins
// with what speaks to the kernel and not to Go: at the beginning of a line, outside of all brackets, texts and comments, as the kernel reads it.
func inspect(code string) (reaches string, commands bool) {
	file := token.NewFileSet().AddFile("", -1, len(code))
	var s scanner.Scanner
	s.Init(file, []byte(code), func(token.Position, string) {}, scanner.ScanComments)
	depth, begins := 0, true
	var last [2]string // tokens
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return reaches, commands
		}
		at := file.Offset(pos)
		if depth == 0 && begins && (at == 0 || code[at-1] == '\n') {
			commands = commands || isCommand(code[at], tok, lit)
		}
		reaches = cmp.Or(reaches, reachedFor(last, tok, lit))
		switch tok {
		case token.COMMENT:
			continue
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		}
		begins = tok == token.SEMICOLON
		last = [2]string{last[1], cmp.Or(lit, tok.String())}
	}
}

// isCommand tells what a directive of the kernel begins with.
func isCommand(sign byte, tok token.Token, lit string) bool {
	if tok != token.COMMENT {
		return sign == '%' || sign == '!'
	}
	for _, mark := range []string{"//resident:", "//gonb:"} {
		if name, ok := strings.CutPrefix(lit, mark); ok && strings.Trim(name, " \t\r") != "" && !strings.ContainsAny(name[:1], " \t\r") {
			return true
		}
	}
	return false
}

// fronts are the packages whose variable Seam is what cells are shown on.
var fronts = []string{"kernel/display", "kernel/comm", "runtime/report"}

// reachedFor is what of the program a token is about, with the two in front of it, or "".
func reachedFor(before [2]string, tok token.Token, lit string) string {
	switch tok {
	case token.COMMENT:
		if strings.HasPrefix(lit, "//go:linkname") {
			return "//go:linkname"
		}
	case token.IDENT:
		isFront := func(front string) bool { return path.Base(front) == before[0] }
		if lit == "Seam" && before[1] == "." && slices.ContainsFunc(fronts, isFront) {
			return before[0] + ".Seam"
		}
	case token.STRING:
		to, err := strconv.Unquote(lit)
		isFront := func(front string) bool { return strings.HasSuffix(to, "/"+front) }
		if name := before[1]; err == nil && slices.ContainsFunc(fronts, isFront) && name != path.Base(to) && (name == "." || token.IsIdentifier(name)) {
			return "package " + path.Base(to) + " under another name"
		}
	}
	return ""
}

// taken is a name that code of a submission declares, changes or imports and may not, or "". Code that is no Go does nothing, and the compiler says so.
func (g *Grader) taken(code string) string {
	pieces, err := cut(code)
	var changes []string
	if err != nil && strings.Count(code, ";") > maxInner { // it may be Go that could not be cut
		changes = identifiers(code)
	}
	for _, p := range pieces {
		for _, name := range p.renames() {
			if g.packages[name] || g.kept[name] {
				return name
			}
		}
		if p.fn != nil && p.fn.Recv != nil && !g.methods[p.fn.Name.Name] {
			changes = append(changes, p.assigned()...) // a method of its own changes nothing for tests
			continue
		}
		changes = slices.Concat(changes, p.changes(), p.assigned())
	}
	for _, name := range changes {
		if g.kept[name] {
			return name
		}
	}
	return ""
}

// assigned are the names of elsewhere that a piece assigns to, also in functions that are called later.
func (p *piece) assigned() (names []string) {
	file, elsewhere := p.resolve()
	if file == nil {
		return nil
	}
	add := func(list ...ast.Expr) {
		for _, e := range list {
			if id := rootOf(e); elsewhere[id] {
				names = append(names, id.Name)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				add(n.Lhs...)
			}
		case *ast.IncDecStmt:
			add(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				add(n.Key, n.Value)
			}
		}
		return true
	})
	return names
}

// renames are the names that a piece gives to imports whose packages are called otherwise, or like others of the standard library.
func (p *piece) renames() (names []string) {
	for _, i := range p.importSpecs() {
		name, to := imports(i)
		if name != packageName(to) || standard[name] != "" && standard[name] != to {
			names = append(names, name)
		}
	}
	return names
}
