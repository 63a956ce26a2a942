package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// program is the session so far as a Go program. With places its parts say from which cells they are.
func (c *call) program(places bool) (string, error) {
	c.building.Lock()
	defer c.building.Unlock()
	var cells []cell.Cell
	for _, r := range c.history {
		p := cell.Cell{Number: r.count, Source: r.code, Failed: r.failed.Load()}
		if places {
			p.File = fileOf(r.code)
		}
		cells = append(cells, p)
	}
	c.analyse.Lock()
	defer c.analyse.Unlock()
	c.pkgs.ctx, c.pkgs.may = c.ctx, offline
	return cell.Program(cells, c.pkgs)
}

// withProgram has the go command see the session as a program. The function gets a folder of its own and the arguments that name
// the program; it uses the modules of the session, in whose folder the go command runs.
func (c *call) withProgram(use func(tmp string, args ...string) error) error {
	text, err := c.program(true)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(c.scratch, "program-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "main.go")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		return err
	}
	args := c.o.around.tagFlags()
	if c.mods.own {
		args = append(args, "-mod=mod")
	}
	args = append(args, file)
	sink := &placingSink{passing: passing{c.sink}, sources: &c.sources}
	c.sink = sink
	defer func() { c.sink = sink.Sink }()
	defer sink.flush()
	return use(tmp, args...)
}

// vet has go vet look at the session.
func (c *call) vet() error {
	return c.finally(func() error {
		return c.withProgram(func(_ string, args ...string) error { return c.goStream(append([]string{"vet"}, args...)...) })
	})
}

// race runs the session as a program of its own, from its first cell.
func (c *call) race() error {
	return c.finally(func() error {
		return c.withProgram(func(tmp string, args ...string) error {
			bin := filepath.Join(tmp, "session")
			if err := c.goStream(append([]string{"build", "-race", "-o", bin}, args...)...); err != nil {
				return err
			}
			return c.command(c.cwd(), "", bin)
		})
	})
}

// finally does something when the cell's code has run without an error.
func (c *call) finally(do func() error) error {
	c.after(func(failed error) error {
		if failed != nil {
			return failed
		}
		return c.directiveError(c.count, c.code, c.Directive, do())
	})
	return nil
}

// asm shows what the compiler makes of a function in an ordinary program: without what cells have so that they can be interrupted.
func (c *call) asm() error {
	name := c.Args
	return c.finally(func() error {
		if !slices.ContainsFunc(c.current().Declared(), func(d cell.Declared) bool { return d.Kind == "func" && d.Name == name }) {
			return fmt.Errorf("the session has no function %q", name)
		}
		return c.withProgram(func(_ string, args ...string) error {
			cmd := exec.CommandContext(c.ctx, c.base.tc.Go, append([]string{"list", "-export", "-gcflags=-S"}, args...)...)
			cmd.Dir, cmd.Env = c.mods.dir, c.mods.environ()
			var listing strings.Builder
			cmd.Stderr = &listing
			if _, err := output(cmd); err != nil {
				return err
			}
			text := assembly(listing.String(), name)
			if text == "" {
				return fmt.Errorf("the compiler made no function %s: it is generic, or in line everywhere", name)
			}
			c.print(text)
			return nil
		})
	})
}

// assembly cuts one function out of the compiler's listing, without the bytes and relocations behind it.
func assembly(listing, name string) string {
	typ, method, isMethod := strings.Cut(name, ".")
	symbols := []string{"main." + name}
	if isMethod {
		symbols = append(symbols, "main.(*"+typ+")."+method)
	}
	var b strings.Builder
	inside := false
	for line := range strings.Lines(listing) {
		if !strings.HasPrefix(line, "\t") {
			symbol, _, _ := strings.Cut(line, " ")
			inside = slices.Contains(symbols, symbol)
		}
		if inside && !strings.HasPrefix(line, "\trel ") && !strings.HasPrefix(line, "\t0x00") || inside && strings.Count(line, "\t") > 2 {
			b.WriteString(listedPlace.ReplaceAllString(line, "$1"))
		}
	}
	return b.String()
}

// listedPlace is a place in a listing, and where the same stands in the program's file.
var listedPlace = regexp.MustCompile(`(\([^()\s]+:\d+)\[[^\]]*\]`)

// pprof profiles the code of the cell.
func (c *call) pprof() error {
	tmp, err := os.CreateTemp(c.scratch, "profile-*")
	if err != nil {
		return err
	}
	tmp.Close()
	start := fmt.Sprintf(`import (
	resident_os "os"
	resident_pprof "runtime/pprof"
)
func() {
	f, err := resident_os.Create(%s)
	if err == nil {
		err = resident_pprof.StartCPUProfile(f)
	}
	if err != nil {
		panic(err)
	}
}()`, strconv.Quote(tmp.Name()))
	if err := c.evaluate(c.ctx, start, c.sink); err != nil {
		os.Remove(tmp.Name())
		return err
	}
	c.after(func(failed error) error {
		defer os.Remove(tmp.Name())
		if c.dead() {
			return failed
		}
		err := c.evaluate(c.ctx, `import resident_pprof "runtime/pprof"; resident_pprof.StopCPUProfile()`, c.sink)
		if err == nil {
			err = c.showProfile(tmp.Name())
		}
		if failed != nil {
			return failed
		}
		return c.directiveError(c.count, c.code, c.Directive, err)
	})
	return nil
}

// showProfile shows a table of functions and, where Graphviz is installed, a graph.
func (c *call) showProfile(file string) error {
	report := func(format string) (string, error) {
		cmd := exec.CommandContext(c.ctx, c.base.tc.Go, "tool", "pprof", format, "-nodecount=25", file)
		cmd.Env = goEnv("PPROF_TMPDIR=" + c.scratch)
		out, err := output(cmd)
		return string(out), err
	}
	table, err := report("-top")
	if err != nil {
		return err
	}
	if _, after, ok := strings.Cut(table, "Showing nodes"); ok {
		table = "Showing nodes" + after
	}
	data := map[string]any{"text/plain": cell.PlainName(table)}
	if _, err := exec.LookPath("dot"); err == nil {
		if svg, err := report("-svg"); err == nil {
			data["image/svg+xml"] = cell.PlainName(svg)
		}
	}
	c.sink.Output(nbformat.Output{Type: nbformat.DisplayData, Data: data, Metadata: map[string]any{}})
	return nil
}
