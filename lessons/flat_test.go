package lessons_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/resident-go/resident/lessons"
	"github.com/resident-go/resident/nbformat"
)

// flat is a runner that knows nothing of notebooks: it turns all cells into one ordinary Go program, runs that with
// "go run", and plays back what each cell printed. It shows that a lesson is plain Go, and what its cells must print.
//
// A statement becomes the initialiser of a package variable, which Go runs in the order of the source; a
// top-level x := e becomes var x = e. That covers a lesson that declares each name once and whose functions use only names
// from above.
type flat struct {
	dir     string // inside the module, for its requirements, and where ./... does not look
	lesson  *lessons.Lesson
	outputs [][]nbformat.Output
}

const (
	cellMark    = "\x01cell "
	displayMark = "\x01display "
)

func (f *flat) Run(ctx context.Context, count int, _ string, sink nbformat.Sink) error {
	if f.outputs == nil {
		if err := f.run(ctx); err != nil {
			return err
		}
	}
	for _, o := range f.outputs[count-1] {
		sink.Output(o)
	}
	return nil
}

func (f *flat) run(ctx context.Context) error {
	dir, err := os.MkdirTemp(f.dir, "flat")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, flatten(f.lesson), 0o666); err != nil {
		return err
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "run", "./"+filepath.Base(dir))
	cmd.Dir, cmd.Stdout, cmd.Stderr = f.dir, &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go run: %w\n%s", err, errs.Bytes())
	}
	f.outputs = playback(out.String())
	return nil
}

// playback cuts what the program printed into the outputs of each cell.
func playback(out string) [][]nbformat.Output {
	var cells [][]nbformat.Output
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, cellMark) {
			cells = append(cells, nil)
			continue
		}
		last := &cells[len(cells)-1]
		if rest, ok := strings.CutPrefix(line, displayMark); ok {
			kind, coded, _ := strings.Cut(strings.TrimSpace(rest), " ")
			data, err := base64.StdEncoding.DecodeString(coded)
			if err != nil {
				panic(err) // written by the program below
			}
			*last = append(*last, nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{kind: string(data)}})
			continue
		}
		*last = append(*last, nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: line})
	}
	return cells
}

const flatFront = `
type flatFront struct{ display.Front }

func (flatFront) Show(o display.Output) {
	for _, kind := range []string{"image/svg+xml", "text/html", "text/plain"} {
		if s, ok := o.Data[kind].(string); ok {
			fmt.Printf("\x01display %s %s\n", kind, base64.StdEncoding.EncodeToString([]byte(s)))
			return
		}
	}
}

var _ = func() int { display.Seam = flatFront{display.Seam}; return 0 }()

func main() {}
`

func flatten(l *lessons.Lesson) []byte {
	imports := []string{`"encoding/base64"`, `"fmt"`, `"github.com/resident-go/resident/kernel/display"`}
	var body strings.Builder
	for _, c := range l.Cells {
		if !c.Runs() {
			continue
		}
		fmt.Fprintf(&body, "var _ = func() int { fmt.Println(%s); return 0 }()\n", strconv.Quote(cellMark))
		fmt.Fprintf(&body, "//line %s:%d\n", l.File, c.Body.Line)
		for _, piece := range pieces(c.Source) {
			body.WriteString(piece.flat(&imports))
		}
		body.WriteString("\n")
	}
	if strings.Contains(body.String(), "check.Case(") { // imported by its name, as in a session
		imports = append(imports, `"github.com/resident-go/resident/lessons/check"`)
	}
	slices.Sort(imports)
	return fmt.Appendf(nil, "package main\n\nimport (\n%s\n)\n%s\n%s",
		strings.Join(slices.Compact(imports), "\n"), flatFront, body.String())
}

// piece is a declaration or a statement at the top level of a cell.
type piece struct {
	text    string // with what stands before it
	first   token.Token
	define  int // offset of a top-level := in text, or -1
	strings []string
}

func (p piece) flat(imports *[]string) string {
	newlines := strings.Repeat("\n", strings.Count(p.text, "\n"))
	switch {
	case p.first == token.IMPORT:
		*imports = append(*imports, p.strings...)
		return newlines
	case p.first == token.TYPE, p.first == token.VAR, p.first == token.CONST, p.first == token.FUNC:
		return p.text
	case p.define >= 0:
		lead := len(p.text) - len(strings.TrimLeft(p.text, "\n\t "))
		return p.text[:lead] + "var " + p.text[lead:p.define] + "=" + p.text[p.define+2:]
	case strings.TrimSpace(p.text) == "":
		return p.text
	}
	return "var _ = func() int {" + strings.TrimRight(p.text, "\n") + "\nreturn 0 }()" + newlines
}

// pieces cuts a cell at the line ends of its top level.
func pieces(source string) []piece {
	source += "\n"
	file := token.NewFileSet().AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), nil, 0)
	var all []piece
	start, depth := 0, 0
	p := piece{define: -1}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return all
		}
		at := file.Offset(pos)
		if p.first == token.ILLEGAL {
			p.first = tok
		}
		switch tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			depth--
		case token.STRING:
			p.strings = append(p.strings, lit)
		case token.DEFINE:
			if depth == 0 && p.define < 0 && p.first == token.IDENT {
				p.define = at - start
			}
		case token.SEMICOLON:
			if depth > 0 || lit == ";" {
				continue // inside a body, or in the head of a for statement
			}
			end := at + 1
			if source[at] == '/' {
				end = at // the scanner puts the end of a line before its comment
			}
			p.text = source[start:end]
			all = append(all, p)
			start, p = end, piece{define: -1}
		}
	}
}
