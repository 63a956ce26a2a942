package cell

import (
	"go/scanner"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Directive is a part of a cell that speaks to the kernel. It begins at the beginning of a line, where a statement could begin:
//
//	%name arguments
//	%%name arguments          the same
//	!command                  a shell command: the directive sh
//	!*command                 the same in the folder of the session's module: modsh
//	%% arguments              the directive main
//	?name, name?              documentation: doc -page; with two question marks also the source
//	//resident:name arguments the same for files that are to stay valid Go; //gonb: means the same
//
// A line that ends with a backslash goes on in the next one. Some directives take the rest of the cell, see [Directive.Body].
type Directive struct {
	Name       string // without signs
	Args       string // what follows it, in one line
	Body       string // writefile and script, and sh and bash without arguments: the rest of the cell
	Start, End int    // its text in the cell, with the end of the line and the body
}

// Part is a stretch of a cell: a directive, or Go source.
type Part struct {
	Start, End int
	Directive  *Directive // nil for Go
}

// commentMarks begin directives that Go takes for comments.
var commentMarks = []string{"//resident:", "//gonb:"}

// Cut divides a cell into directives and the Go source between them.
func Cut(source string) []Part {
	var parts []Part
	src := []byte(source) // once: there may be as many directives as lines
	for at := 0; at < len(source); {
		d := nextDirective(source, src, at)
		if d == nil {
			return append(parts, Part{Start: at, End: len(source)})
		}
		if d.Start > at {
			parts = append(parts, Part{Start: at, End: d.Start})
		}
		parts = append(parts, Part{d.Start, d.End, d})
		at = d.End
	}
	return parts
}

// GoOnly returns the cell with spaces in place of its directives: what is left stays where it is.
func GoOnly(source string) string {
	return blankOut(source, func(p Part) bool { return p.Directive == nil })
}

// Only returns the cell with spaces in place of all but one part.
func Only(source string, part Part) string {
	return blankOut(source, func(p Part) bool { return p.Start == part.Start })
}

func blankOut(source string, keep func(Part) bool) string {
	parts := Cut(source)
	if !slices.ContainsFunc(parts, func(p Part) bool { return !keep(p) }) {
		return source
	}
	b := []byte(source)
	for _, p := range parts {
		if keep(p) {
			continue
		}
		for i := p.Start; i < p.End; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	return string(b)
}

// nextDirective returns the first directive at or after an offset at which a statement may begin, or nil. src is the source.
func nextDirective(source string, src []byte, from int) *Directive {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source)-from)
	s.Init(file, src[from:], func(token.Position, string) {}, scanner.ScanComments)
	depth, begins := 0, true
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return nil
		}
		at := from + file.Offset(pos)
		if depth == 0 && begins && startsLine(source, at) {
			if text := directiveText(source[at:], tok, lit); text != "" {
				return readDirective(source, at, len(text))
			}
			if d := readQuestion(source, at); d != nil {
				return d
			}
		}
		switch tok {
		case token.COMMENT:
			continue
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth = max(depth-1, 0)
		}
		begins = tok == token.SEMICOLON
	}
}

func startsLine(source string, at int) bool { return at == 0 || source[at-1] == '\n' }

// directiveText returns the signs with which a token begins a directive, or "".
func directiveText(source string, tok token.Token, lit string) string {
	if tok != token.COMMENT {
		switch source[0] {
		case '!':
			return "!"
		case '%':
			return "%"
		}
		return ""
	}
	for _, mark := range commentMarks {
		if rest, ok := strings.CutPrefix(lit, mark); ok && strings.TrimLeft(rest, " \t\r") == rest && rest != "" {
			return mark
		}
	}
	return ""
}

// question is a line that asks what a name is.
var question = regexp.MustCompile(`^(?:(\?\??)[ \t]*([\pL_][\pL\pN_./]*)|([\pL_][\pL\pN_./]*)[ \t]*(\?\??))[ \t\r]*(?:\n|$)`)

// readQuestion reads the question at an offset; nil if there is none.
func readQuestion(source string, at int) *Directive {
	m := question.FindStringSubmatch(source[at:])
	if m == nil {
		return nil
	}
	args := "-page " + m[2] + m[3]
	if m[1]+m[4] == "??" {
		args = "-page -src " + m[2] + m[3]
	}
	return &Directive{Name: "doc", Args: args, Start: at, End: at + len(m[0])}
}

// readDirective reads the directive at an offset, which begins with so many bytes of signs.
func readDirective(source string, at, signs int) *Directive {
	d := &Directive{Start: at}
	line, end := joinedLine(source, at)
	text := line[signs:]
	if signs > 1 && !strings.HasPrefix(text, "%") && !strings.HasPrefix(text, "!") {
		text = "%" + text
	} else if signs == 1 {
		text = line
	}
	d.Name, d.Args = nameAndArgs(text)
	if takesRest(d.Name, d.Args) {
		d.Body, end = source[end:], len(source)
	}
	d.End = end
	return d
}

// joinedLine returns the line at an offset, with those that it goes on in, and where the next one begins.
func joinedLine(source string, at int) (line string, end int) {
	for {
		part, rest, found := strings.Cut(source[at:], "\n")
		at = len(source) - len(rest)
		part, more := strings.CutSuffix(part, "\\")
		line += part
		if !more || !found {
			return line, at
		}
		line += " "
	}
}

func nameAndArgs(text string) (name, args string) {
	if command, ok := strings.CutPrefix(text, "!*"); ok {
		return "modsh", strings.TrimSpace(command)
	}
	if command, ok := strings.CutPrefix(text, "!"); ok {
		return "sh", strings.TrimSpace(command)
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, "%"), "%")
	i := strings.IndexFunc(text, unicode.IsSpace)
	if i < 0 {
		i = len(text)
	}
	if name = text[:i]; name == "" {
		name = "main"
	}
	return name, strings.TrimSpace(text[i:])
}

// takesRest tells directives whose text is the rest of the cell.
func takesRest(name, args string) bool {
	switch name {
	case "writefile", "script":
		return true
	case "sh", "bash":
		return args == ""
	}
	return false
}

// Words cuts arguments at spaces. Quotes, single or double, keep spaces; within double ones \" and \\ stand for the second sign.
func Words(args string) []string {
	var words []string
	var b strings.Builder
	var quote rune
	open, escaped := false, false
	for _, r := range args {
		switch {
		case escaped:
			if r != '"' && r != '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			escaped = false
		case quote == '"' && r == '\\':
			escaped = true
		case r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, open = r, true
		case quote == 0 && unicode.IsSpace(r):
			if open {
				words = append(words, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	if open || b.Len() > 0 {
		words = append(words, b.String())
	}
	return words
}
