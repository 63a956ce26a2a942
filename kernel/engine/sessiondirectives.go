package engine

import (
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/kernel/engine/worker"
	"github.com/resident-go/resident/nbformat"
)

func (c *call) cd() error {
	words := cell.Words(c.Args)
	switch len(words) {
	case 0:
	case 1:
		return c.chdir(words[0])
	default:
		return c.misused()
	}
	c.printf("%s\n", c.cwd())
	return nil
}

func (c *call) env() error {
	words := cell.Words(c.Args)
	if len(words) == 0 {
		ours := os.Environ()
		for _, v := range c.environ() {
			if !slices.Contains(ours, v) {
				c.printf("%s\n", v)
			}
		}
		return nil
	}
	name, value, found := strings.Cut(words[0], "=")
	rest := strings.Join(words[1:], " ")
	switch {
	case found && rest != "": // as IPython has it
		return c.setenv(name, value+" "+rest)
	case found:
		return c.setenv(name, value)
	case len(words) == 2: // as GoNB has it
		return c.setenv(name, rest)
	case len(words) > 2:
		return c.misused()
	}
	if value, found = c.getenv(name); !found {
		return fmt.Errorf("%s is not set", name)
	}
	c.printf("%s\n", value)
	return nil
}

func (c *call) args() error {
	c.worker().request(worker.Request{Op: "args", Args: cell.Words(c.Args)})
	return nil
}

func (c *call) main() error {
	if c.Args != "" {
		c.args()
	}
	return c.evaluate(c.ctx, `import resident_flag "flag"; resident_flag.Parse()`, c.sink)
}

func (c *call) exec() error {
	name, args, _ := strings.Cut(c.Args, " ")
	if !c.current().Has(name) {
		return fmt.Errorf("the session has no function %q", name)
	}
	if args != "" {
		c.worker().request(worker.Request{Op: "args", Args: cell.Words(args)})
	}
	return c.evaluate(c.ctx, `import resident_flag "flag"; resident_flag.Parse(); `+name+"();", c.sink)
}

// time reports what the cell's code took, without analysis, compiler and linker.
func (c *call) time() error {
	c.after(func(failed error) error {
		c.printf("time: %v, processor %v\n", rounded(c.took.wall), rounded(c.took.cpu))
		return failed
	})
	return nil
}

// rounded keeps three digits or so.
func rounded(d time.Duration) time.Duration {
	for unit := time.Second; unit > 1; unit /= 1000 {
		if d >= unit {
			return d.Round(unit / 100)
		}
	}
	return d
}

// fmt puts the cell, but for the directive itself, into gofmt's form. It is not run.
func (c *call) fmt() error {
	rest := c.code[:c.Start] + c.code[c.End:]
	text, err := cell.Format(rest)
	if err != nil {
		return err
	}
	text = strings.TrimRight(text, "\n")
	if desk := deskOf(c.sink); desk != nil {
		desk.NextCell(text, true)
	} else {
		c.print(text + "\n")
	}
	return errEnough
}

// vars shows a table of the session's variables.
func (c *call) vars() error {
	list := c.current().Variables()
	if len(list) == 0 {
		c.print("no variables\n")
		return nil
	}
	var names []string
	for _, v := range list {
		names = append(names, v.Name)
	}
	values := c.shortValues(names)
	rows := [][]string{{"variable", "type", "value"}}
	for _, v := range list {
		rows = append(rows, []string{v.Name, v.Type, values[v.Name]})
	}
	c.sink.Output(nbformat.Output{
		Type: nbformat.DisplayData, Metadata: map[string]any{},
		Data: map[string]any{"text/plain": textTable(rows), "text/html": htmlTable(rows)},
	})
	return nil
}

// current returns the session as it is now.
func (e *Engine) current() *cell.Session {
	e.analyse.Lock()
	defer e.analyse.Unlock()
	return e.session
}

// shortValues asks the worker for values of variables.
func (e *Engine) shortValues(names []string) map[string]string {
	return e.query(worker.Request{Op: "values", Args: names})
}

// query returns what the worker answers a request for values, nil if it does not.
func (e *Engine) query(q worker.Request) map[string]string {
	e.valuing.Lock()
	defer e.valuing.Unlock()
	e.sinks.Lock()
	e.ids++
	id, p := e.ids, e.proc
	e.sinks.Unlock()
	q.ID = id
	p.request(q)
	timeout := time.After(helpTime)
	for {
		select {
		case ev := <-e.values:
			if ev.ID == id {
				return ev.Values
			}
		case <-p.exited:
			return nil
		case <-timeout:
			return nil
		}
	}
}

// textTable writes rows, of which the first is the head, with columns of one width.
func textTable(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, s := range r {
			widths[i] = max(widths[i], len([]rune(s)))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		var line strings.Builder
		for i, s := range r {
			line.WriteString(s + strings.Repeat(" ", widths[i]-len([]rune(s))+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func htmlTable(rows [][]string) string {
	var b strings.Builder
	b.WriteString("<table>")
	for i, r := range rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, s := range r {
			fmt.Fprintf(&b, `<%s style="text-align: left">%s</%[1]s>`, tag, html.EscapeString(s))
		}
		b.WriteString("</tr>")
	}
	return b.String() + "</table>"
}

// doc shows what a front end that has no inspection cannot ask for, in the notebook, or beside it.
func (c *call) doc() error {
	words := cell.Words(c.Args)
	paged, detail := false, 0
	for ; len(words) > 1; words = words[1:] {
		switch words[0] {
		case "-page":
			paged = true
		case "-src":
			detail = 1
		default:
			return c.misused()
		}
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "-") {
		return c.misused()
	}
	name := words[0]
	text := c.inspectGo(name, len(name), detail)
	if text == "" {
		return fmt.Errorf("nothing is known of %s", name)
	}
	if desk := deskOf(c.sink); paged && desk != nil {
		desk.Page(helpBundle(text))
	} else {
		c.print(text + "\n")
	}
	return nil
}

func (c *call) ls() error {
	for _, d := range c.current().Declared() {
		switch d.Kind {
		case "import":
			c.printf("import %s %s\n", d.Name, strconv.Quote(d.Type))
		case "func":
			c.printf("func %s%s\n", d.Name, d.Type)
		default:
			c.printf("%s\n", strings.TrimSpace(d.Kind+" "+d.Name+" "+d.Type))
		}
	}
	return nil
}

func (c *call) rm() error {
	names := cell.Words(c.Args)
	if len(names) == 0 {
		return c.misused()
	}
	c.building.Lock()
	defer c.building.Unlock()
	c.analyse.Lock()
	defer c.analyse.Unlock()
	declared := map[string]bool{}
	for _, d := range c.session.Declared() {
		declared[d.Name] = true
	}
	for _, n := range names {
		if !declared[n] {
			return fmt.Errorf("the session has declared no %s", n)
		}
	}
	before := c.session.Variables()
	for _, n := range names {
		c.session = c.session.Without(n)
	}
	for _, v := range before {
		if !c.session.Has(v.Name) && !slices.Contains(names, v.Name) {
			note(c.sink, fmt.Sprintf("%s was dropped: its type %s is none any more", v.Name, v.Type))
		}
	}
	return nil
}

func (c *call) reset() error {
	switch c.Args {
	case "":
	case "go.mod":
		if !c.mods.own {
			return errors.New("the notebook's folder has a go.mod of its own, which is never written")
		}
		if err := os.RemoveAll(c.mods.dir); err != nil {
			return err
		}
	default:
		return c.misused()
	}
	return c.Engine.restart(c.ctx, false, c.sink)
}

func (c *call) restart() error { return c.Engine.restart(c.ctx, false, c.sink) }

func (c *call) replay() error { return c.Engine.restart(c.ctx, true, c.sink) }

func (c *call) writefile() error {
	f, err := c.openFile()
	if err != nil {
		return err
	}
	_, err = f.WriteString(wholeLines(c.Body))
	return errors.Join(err, f.Close())
}

// openFile opens the file that the arguments "[-a] FILE" name for writing.
func (c *call) openFile() (*os.File, error) {
	words := cell.Words(c.Args)
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if len(words) == 2 && words[0] == "-a" {
		words, flags = words[1:], os.O_CREATE|os.O_WRONLY|os.O_APPEND
	}
	if len(words) != 1 {
		return nil, c.misused()
	}
	return os.OpenFile(c.path(words[0]), flags, 0o666)
}

// load runs a file. Positions in it name the file.
func (c *call) load() error {
	words := cell.Words(c.Args)
	edit := len(words) == 2 && words[0] == "-edit"
	if edit {
		words = words[1:]
	}
	if len(words) != 1 {
		return c.misused()
	}
	data, err := os.ReadFile(c.path(words[0]))
	if err != nil {
		return err
	}
	code := normalize(string(data))
	if edit {
		return c.edit(code)
	}
	if len(cell.Cut(code)) > 1 {
		return fmt.Errorf("%s has directives of its own", words[0])
	}
	c.sources.addFile(fileOf(code), filepath.Base(words[0]), c.count, code)
	return c.execute(c.ctx, c.count, code, c.sink, &c.took)
}

// edit puts text in place of the cell. What stands below the directive is replaced, too, and not run.
func (c *call) edit(code string) error {
	desk := deskOf(c.sink)
	if desk == nil {
		return errors.New("-edit is for front ends in which cells are written; without it the file is run")
	}
	desk.NextCell(strings.TrimRight(code, "\n"), true)
	return errEnough
}
