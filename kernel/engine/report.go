package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

// Colours of tracebacks, as terminals and Jupyter understand them.
const (
	red   = "\x1b[31m"
	green = "\x1b[32m"
	blue  = "\x1b[34m"
	bold  = "\x1b[1m"
	reset = "\x1b[0m"
)

// source is a cell that ran: what positions in its file mean.
type source struct {
	count int
	lines []string
	name  string // of the file that a directive loaded, "" for cells
}

// sources maps the file names that positions carry to cells. A cell executed again has its latest number.
type sources struct {
	mu     sync.Mutex
	byFile map[string]source
}

func (s *sources) add(file string, count int, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byFile == nil {
		s.byFile = map[string]source{}
	}
	s.byFile[file] = source{count: count, lines: strings.Split(code, "\n")}
}

// addFile enters a file that is run as a part of a cell.
func (s *sources) addFile(file, name string, count int, code string) {
	s.add(file, count, code)
	s.mu.Lock()
	defer s.mu.Unlock()
	src := s.byFile[file]
	src.name = name
	s.byFile[file] = src
}

// touch gives a cell its latest number. One that is there keeps its lines: it may be a part of a longer cell.
func (s *sources) touch(file string, count int, code string) {
	if src, ok := s.find(file); ok {
		s.mu.Lock()
		s.byFile[file] = source{count, src.lines, src.name}
		s.mu.Unlock()
		return
	}
	s.add(file, count, code)
}

// find returns the cell that a position's file names.
func (s *sources) find(file string) (source, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	src, ok := s.byFile[filepath.Base(file)]
	return src, ok
}

// place names a position the way notebooks do, and VS Code looks for.
func (s *sources) place(file string, line int) string {
	if src, ok := s.find(file); ok {
		return src.place(line)
	}
	return fmt.Sprintf("%s:%d", file, line)
}

func (src source) place(line int) string {
	if src.name != "" {
		return fmt.Sprintf("%s, line %d", src.name, line)
	}
	return fmt.Sprintf("Cell In[%d], line %d", src.count, line)
}

// diagnostics reports what is wrong with a cell's source: every error with its line and a caret.
func (s *sources) diagnostics(e *cell.Error) *nbformat.CellError {
	var lines []string
	for i, d := range e.List {
		if i == 10 {
			lines = append(lines, fmt.Sprintf("and %d more errors", len(e.List)-i))
			break
		}
		line, col := d.Position()
		where := fmt.Sprintf("%s, column %d", s.place(d.Origin.File, line), col)
		lines = append(lines, fmt.Sprintf("%s%s%s: %s%s%s", blue, where, reset, red, s.placed(d.Message), reset))
		text := d.Line()
		lines = append(lines, "    "+untab(text), "    "+caretIndent(text, col)+bold+"^"+reset)
		if d.Hint != "" {
			lines = append(lines, fmt.Sprintf("    %shint: %s%s", green, d.Hint, reset))
		}
	}
	d := e.List[0]
	line, col := d.Position()
	return &nbformat.CellError{
		EName: "CompileError", EValue: fmt.Sprintf("%s:%d: %s", s.place(d.Origin.File, line), col, s.placed(d.Message)), Traceback: lines,
	}
}

// untab writes tabs as four spaces: a tab's width depends on where the front end puts the line.
func untab(line string) string { return strings.ReplaceAll(line, "\t", "    ") }

// caretIndent is the space before column col of an untabbed line.
func caretIndent(text string, col int) string {
	before := []rune(text)
	before = before[:min(max(col-1, 0), len(before))]
	return strings.Repeat(" ", len([]rune(untab(string(before)))))
}

// compiler reports errors that only the compiler found. Its lines read file:line:col: message.
func (s *sources) compiler(e *compileError) *nbformat.CellError {
	var lines []string
	value := ""
	for l := range strings.Lines(e.output) {
		l = strings.TrimRight(cell.PlainC(cell.PlainName(l)), "\n")
		file, rest, ok := strings.Cut(l, ":")
		num, msg, ok2 := strings.Cut(rest, ":")
		if n := atoi(num); ok && ok2 && n > 0 {
			col, text, hasCol := strings.Cut(msg, ":")
			if hasCol && atoi(col) > 0 {
				msg = text
			}
			l = fmt.Sprintf("%s: %s", s.place(file, n), strings.TrimSpace(msg))
			if src, ok := s.find(file); ok && n <= len(src.lines) {
				l += "\n    " + untab(src.lines[n-1])
			}
		}
		if value == "" && !strings.HasPrefix(l, "#") {
			value, _, _ = strings.Cut(l, "\n")
		}
		lines = append(lines, l)
	}
	return &nbformat.CellError{EName: "CompileError", EValue: value, Traceback: lines}
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<24 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// panicked reports a panic with the frames of the user's own cells, innermost first. Without a hint that knows better it gets the
// general one for its kind.
func (s *sources) panicked(e worker.Event, background bool, hint string) *nbformat.CellError {
	value := s.placed(e.Value)
	head := "panic: " + value
	if background {
		head = "panic in a goroutine: " + value
	}
	lines := []string{red + head + reset}
	hidden := 0
	for _, f := range withoutOurs(e.Frames) {
		src, ok := s.find(f.File)
		if !ok {
			hidden++
			if hidden == 1 && len(lines) == 1 {
				lines = append(lines, fmt.Sprintf("  in %s (%s:%d)", f.Func, f.File, f.Line))
			}
			continue
		}
		lines = append(lines, blue+src.place(f.Line)+reset+inFunc(f.Func))
		lines = append(lines, src.excerpt(f.Line)...)
	}
	if hint == "" && (strings.Contains(e.Type, "runtime.") || strings.HasPrefix(e.Value, "sync: ") || strings.HasPrefix(e.Value, `pattern "`)) {
		hint = panicHint(e.Value)
	}
	if hint != "" {
		lines = append(lines, green+"hint: "+hint+reset)
	}
	return &nbformat.CellError{EName: "panic", EValue: value, Traceback: lines}
}

// withoutOurs leaves out what one of our packages was at when it panicked, down to its function that was called: the cell is to
// blame, and its author knows that function.
func withoutOurs(frames []worker.Frame) []worker.Frame {
	ours := func(f worker.Frame) bool { return strings.HasPrefix(f.Func, modulePath+"/") }
	for len(frames) > 1 && ours(frames[0]) && ours(frames[1]) {
		frames = frames[1:]
	}
	return frames
}

// inFunc names the function of a frame, unless it is the cell itself.
func inFunc(name string) string {
	name = cell.PlainName(strings.TrimPrefix(name, "main."))
	if strings.HasPrefix(name, "Run_") {
		if _, closure, ok := strings.Cut(name, "."); ok {
			return ", in " + closure
		}
		return ""
	}
	if i := strings.Index(name, "_"); i > 0 && (name[:i] == "main" || strings.HasPrefix(name, "init")) && len(name)-i == 21 {
		name = name[:i] // main and init carry the cell's key
	}
	return ", in " + name
}

// excerpt shows the line with its neighbours.
func (src source) excerpt(line int) []string {
	var out []string
	for n := max(line-1, 1); n <= min(line+1, len(src.lines)); n++ {
		if n == line {
			out = append(out, fmt.Sprintf("%s--> %3d%s %s", green, n, reset, untab(src.lines[n-1])))
		} else if strings.TrimSpace(src.lines[n-1]) != "" {
			out = append(out, fmt.Sprintf("    %3d %s", n, untab(src.lines[n-1])))
		}
	}
	return out
}

func interrupted(detail string) *nbformat.CellError {
	return &nbformat.CellError{EName: "Interrupted", EValue: detail, Traceback: []string{red + "Interrupted: " + reset + detail}}
}

func exited(code int) *nbformat.CellError {
	value := fmt.Sprintf("the cell called os.Exit(%d); the session lives on", code)
	return &nbformat.CellError{EName: "Exit", EValue: value, Traceback: []string{red + fmt.Sprintf("exit status %d", code) + reset, value}}
}

// notBuiltError is a cell that could not be built through no fault of its own, such as on a disk that is full. The engine goes on.
type notBuiltError struct{ err error }

func (e *notBuiltError) Error() string { return "the cell could not be built: " + e.err.Error() }

func (e *notBuiltError) Unwrap() error { return e.err }

// SessionLives says to whom the error comes that nothing is lost.
func (e *notBuiltError) SessionLives() bool { return true }

// notBuilt is why a cell could not be built.
func (s *sources) notBuilt(ctx context.Context, err error) error {
	err = s.asCellError(err)
	var failed *nbformat.CellError
	if errors.As(err, &failed) || ctx.Err() != nil {
		return err
	}
	return &notBuiltError{err}
}

// asCellError turns the ways in which a cell can fail to be built into what the front end shows.
func (s *sources) asCellError(err error) error {
	var ce *cell.Error
	var co *compileError
	switch {
	case errors.As(err, &ce):
		return s.diagnostics(ce)
	case errors.As(err, &co):
		return s.compiler(co)
	}
	return err
}
