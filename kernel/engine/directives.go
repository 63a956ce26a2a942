package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/comm"
	"github.com/resident-go/resident/nbformat"
)

// directive is one thing that a cell can ask of the kernel.
type directive struct {
	name string
	args string // as help writes them
	help string // one line
	also string // other names: those of GoNB and IPython for the same
	run  func(*call) error
}

// directives are all there are, in the order in which help lists them. It is filled in by init because help lists it.
var directives []directive

func init() {
	directives = []directive{
		{"help", "[NAME]", "list the directives, or describe one", "lsmagic", (*call).help},
		{"version", "", "show the versions of this kernel and of Go, and how cells are built", "", (*call).version},

		{"sh", "COMMAND", "run a command of the shell, as !COMMAND does; without one, the rest of the cell is a script", "", (*call).sh},
		{"modsh", "COMMAND", "the same in the folder of the session's go.mod, as !*COMMAND does", "", (*call).modsh},
		{"bash", "[COMMAND]", "run a command with bash; without one, the rest of the cell", "", (*call).bash},
		{"script", "PROGRAM [ARGS]", "run a program with the rest of the cell as its input", "", (*call).script},
		{"with_inputs", "", "the next command reads its standard input from the person in front", "", (*call).withInputs},
		{"with_password", "", "the same for one line, which is not shown", "", (*call).withPassword},
		{"cd", "[DIR]", "change the working directory of cells and commands, or show it", "pwd", (*call).cd},
		{"env", "[NAME=VALUE]", "set an environment variable for cells and commands, or show what was set", "set_env", (*call).env},
		{"args", "[ARGS]", "set os.Args for the cells that follow", "", (*call).args},
		{"main", "[ARGS]", "the same, and parse the flags declared so far: what follows is the program's main", "", (*call).main},
		{"exec", "FUNC [ARGS]", "the same, and call a function", "", (*call).exec},

		{"goflags", "[-gcflags=FLAGS] [-tags=TAGS]", "flags of the compiler for cells: -N, -l, -m and a few more, and build tags for the packages that they import; \"\" for none", "", (*call).goflags},
		{"get", "MODULE[@VERSION]", "add a module to the session's, or change its version", "", (*call).get},
		{"mod", "[ARGS]", "show the session's go.mod, or run go mod edit, graph, why, download or verify there", "", (*call).mod},
		{"replace", "MODULE=DIR", "use a folder in place of a module", "", (*call).replace},
		{"autoget", "", "fetch modules that cells import, as is done anyway", "", (*call).autoget},
		{"noautoget", "", "do not: what a cell imports has to be there, or is added with %get", "", (*call).noautoget},

		{"test", "[PATTERN] [-FLAG]", "run the Test, Fuzz and Example functions of this cell, and its Benchmark functions, or else those of the session but for benchmarks; -fuzz=NAME looks for inputs", "", (*call).test},
		{"bench", "[PATTERN] [-FLAG]", "the same for Benchmark functions", "", (*call).bench},
		{"vet", "", "look for likely mistakes in the session's code with go vet", "", (*call).vet},
		{"race", "", "run the session so far as a program with the race detector", "", (*call).race},
		{"asm", "FUNC", "show what the compiler makes of a function of the session", "", (*call).asm},
		{"fmt", "", "write the cell as gofmt does, in its place or, where that cannot be, below it; it is not run", "gofmt", (*call).fmt},
		{"time", "", "say what time the cell's own code took", "", (*call).time},
		{"pprof", "", "profile the cell's own code: where the processor was", "prun", (*call).pprof},

		{"vars", "", "a table of the session's variables", "whos who", (*call).vars},
		{"doc", "[-page] [-src] NAME", "show what inspection says of a name, of a package's member for instance; -src: its source; NAME? and NAME?? show both beside the notebook, where there is a pager (-page)", "pinfo", (*call).doc},
		{"ls", "", "list what the session has declared", "list", (*call).ls},
		{"rm", "NAME...", "forget declarations", "remove", (*call).rm},
		{"save", "FILE", "write the session, as it is at this place, as a Go program; FOLDER/: with the go.mod it needs", "", (*call).save},
		{"load", "[-edit] FILE", "run a Go file as if its text stood here; -edit: put the text in place of the cell, to be changed", "", (*call).load},
		{"capture", "[-a] FILE", "copy what the cell prints and shows from here on to a file, as text; -a appends", "", (*call).capture},
		{"writefile", "[-a] FILE", "write the rest of the cell to a file; -a appends", "", (*call).writefile},
		{"reset", "[go.mod]", "forget everything: a new worker, in the first folder and environment; go.mod: the modules, too", "", (*call).reset},
		{"restart", "", "the same as reset; modules are looked up again", "", (*call).restart},
		{"replay", "", "restart, and run the cells so far again", "", (*call).replay},

		{"track", "[PATH]", "nothing to do: folders that cells import from are looked at again by themselves", "untrack goworkfix widgets", (*call).nothing},
		{"wasm", "", "no: says what there is in its place", "", (*call).wasm},
		{"widgets_hb", "", "no: says what there is in its place", "", (*call).widgetsHeartbeat},
	}
}

// findDirective returns the directive of that name, or nil.
func findDirective(name string) *directive {
	for i, d := range directives {
		if d.name == name || slices.Contains(strings.Fields(d.also), name) {
			return &directives[i]
		}
	}
	return nil
}

// directiveNames lists all names by which directives go.
func directiveNames() []string {
	var names []string
	for _, d := range directives {
		names = append(append(names, d.name), strings.Fields(d.also)...)
	}
	return names
}

// usage is how a directive is written.
func (d *directive) usage() string { return strings.TrimSpace("%" + d.name + " " + d.args) }

// call is one directive being carried out. Its functions run while no cell does.
type call struct {
	*Engine
	*cell.Directive
	*whole
	ctx   context.Context
	count int
}

// whole is what the parts of a cell share.
type whole struct {
	code  string
	sink  nbformat.Sink // of the parts that follow
	took  spent         // by the cell's code so far
	input asking        // what the next command reads
	later []func(failed error) error
}

// printf writes to the cell's output.
func (c *call) printf(format string, args ...any) { c.print(fmt.Sprintf(format, args...)) }

func (c *call) print(text string) {
	c.sink.Output(nbformat.Output{Type: nbformat.Stream, Name: "stdout", Text: text})
}

// carryOut runs a directive. What stands behind one that takes nothing would be ignored, and belongs into lines of its own.
func (c *call) carryOut() error {
	d := findDirective(c.Name)
	if d.args == "" && c.Args != "" && strings.TrimSpace(c.Args) != `""` {
		return fmt.Errorf("expected %s alone in its line", d.usage())
	}
	return d.run(c)
}

// misused says how the directive is written.
func (c *call) misused() error { return errors.New("expected " + findDirective(c.Name).usage()) }

// after has f called when the cell's code has run, with the error that ended it.
func (c *call) after(f func(failed error) error) { c.later = append(c.later, f) }

// errEnough ends a cell without an error: the directive was about its text.
var errEnough = errors.New("the rest of the cell is not run")

// runParts runs a cell, or a file with that name: its directives and its Go source, one after the other. Only the last expression of the cell is shown.
func (e *Engine) runParts(ctx context.Context, count int, name, code string, sink nbformat.Sink) (err error) {
	e.sources.addFile(fileOf(code), name, count, code)
	w := &whole{code: code, sink: sink}
	parts := cell.Cut(code)
	last := -1
	for i, p := range parts {
		if p.Directive == nil && strings.TrimSpace(code[p.Start:p.End]) != "" {
			last = i
		} else if p.Directive != nil && findDirective(p.Directive.Name) == nil {
			return e.directiveError(count, code, p.Directive, unknownDirective(p.Directive.Name))
		}
	}
	if len(parts) <= 1 && last >= 0 || len(parts) == 0 {
		return e.execute(ctx, count, code, sink, nil)
	}
	for i, p := range parts {
		switch {
		case p.Directive != nil:
			c := &call{e, p.Directive, w, ctx, count}
			err = e.directiveError(count, code, p.Directive, c.carryOut())
		case i == last:
			err = e.executePart(ctx, count, code, p, w.sink, &w.took)
		case strings.TrimSpace(code[p.Start:p.End]) != "":
			err = e.executePart(ctx, count, code, p, quiet{passing{w.sink}}, &w.took)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			break
		}
	}
	for _, f := range w.later {
		err = f(err)
	}
	return err
}

// executePart runs one part of a cell, in its place: the lines before it are empty.
func (e *Engine) executePart(ctx context.Context, count int, code string, p cell.Part, sink nbformat.Sink, took *spent) error {
	part := cell.Only(code, p)
	src, _ := e.sources.find(fileOf(code))
	e.sources.addFile(fileOf(part), src.name, count, code)
	return e.execute(ctx, count, part, sink, took)
}

// passing is in front of another sink, and lets comms through to it.
type passing struct{ nbformat.Sink }

func (s passing) Comm(m comm.Message) {
	if front, ok := s.Sink.(comm.Sink); ok {
		front.Comm(m)
	}
}

func (s passing) Request() string {
	if front, ok := s.Sink.(comm.Sink); ok {
		return front.Request()
	}
	return ""
}

func (s passing) behind() nbformat.Sink { return s.Sink }

// deskOf is the desk of the person behind a sink, nil without one.
func deskOf(sink nbformat.Sink) nbformat.Desk {
	for {
		front, ok := sink.(interface{ behind() nbformat.Sink })
		if !ok {
			break
		}
		sink = front.behind()
	}
	desk, _ := sink.(nbformat.Desk)
	return desk
}

// quiet shows all but results.
type quiet struct{ passing }

func (s quiet) Output(o nbformat.Output) {
	if o.Type != nbformat.ExecuteResult {
		s.Sink.Output(o)
	}
}

// directiveError reports the failure of a directive with its place. What is an error of a cell already stays as it is.
func (e *Engine) directiveError(count int, code string, d *cell.Directive, err error) error {
	var failed *nbformat.CellError
	if err == nil || errors.As(err, &failed) || errors.Is(err, errEnough) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	value := fmt.Sprintf("%%%s: %v", d.Name, err)
	line := strings.Count(code[:d.Start], "\n") + 1
	text, _, _ := strings.Cut(code[d.Start:], "\n")
	src, _ := e.sources.find(fileOf(code))
	where := source{count: count, name: src.name}.place(line)
	return &nbformat.CellError{EName: "DirectiveError", EValue: value, Traceback: []string{
		blue + where + reset + ": " + red + value + reset,
		"    " + untab(text), "    " + bold + "^" + reset,
	}}
}

// help lists the directives.
func (c *call) help() error {
	if name := strings.TrimLeft(c.Args, "%!"); name != "" {
		d := findDirective(name)
		if d == nil {
			return unknownDirective(name)
		}
		c.print(d.describe() + "\n")
		return nil
	}
	c.print(helpText())
	return nil
}

// describe is all that there is to say of a directive.
func (d *directive) describe() string {
	text := d.usage() + "\n    " + d.help
	if d.also != "" {
		text += "\n    also: %" + strings.Join(strings.Fields(d.also), " %")
	}
	return text
}

func helpText() string {
	var b strings.Builder
	b.WriteString("A line of a cell that begins with % or ! is for the kernel, as is //resident:NAME, with which a file stays valid Go.\n\n")
	width := 0
	for _, d := range directives {
		width = max(width, len(d.usage()))
	}
	for _, d := range directives {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, d.usage(), d.help)
	}
	return b.String()
}
