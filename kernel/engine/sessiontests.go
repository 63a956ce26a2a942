package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// suite is a kind of functions that package testing runs.
type suite struct {
	prefix, param string            // param is "" where they have none
	flags         map[string]string // those of package testing; * is where a pattern goes
}

var (
	tests      = suite{"Test", "testing.T", map[string]string{"test.v": "true", "test.run": "*"}}
	benchmarks = suite{"Benchmark", "testing.B", map[string]string{"test.run": "^$", "test.bench": "*"}}
	both       = suite{"", "", map[string]string{"test.v": "true", "test.run": "*", "test.bench": "*"}}
)

// testFlags are the flags of go test that make sense here.
var testFlags = []string{"bench", "benchmem", "benchtime", "count", "cpu", "failfast", "fuzz", "fuzzminimizetime", "fuzztime", "parallel", "run", "short", "shuffle", "skip", "timeout", "v"}

// testSwitches are those of the flags that need no value.
var testSwitches = []string{"benchmem", "failfast", "short", "v"}

// test runs the tests after the cell's code, as go test does in a package.
func (c *call) test() error { return c.runSuite(tests) }

func (c *call) bench() error { return c.runSuite(benchmarks) }

func (c *call) runSuite(s suite) error {
	c.after(func(failed error) error {
		if failed != nil {
			return failed
		}
		return c.directiveError(c.count, c.code, c.Directive, c.suite(s))
	})
	return nil
}

func (c *call) suite(s suite) error {
	if slices.ContainsFunc(cell.Words(c.Args), isFuzz) {
		return c.fuzz()
	}
	code := cell.GoOnly(c.code)
	run := &toRun{tests: tests.own(c.Engine, code), fuzzes: fuzzes.own(c.Engine, code), examples: c.withOutput(examples.own(c.Engine, code)), benchmarks: benchmarks.functions(c.Engine, code)}
	asked := s.prefix == tests.prefix
	if asked && c.Args == "" && len(benchmarks.own(c.Engine, code)) > 0 {
		s, asked = both, false // of a cell that declares benchmarks
	} else if run.nothing() {
		run.tests, run.fuzzes, run.examples = tests.all(c.Engine), fuzzes.all(c.Engine), c.withOutput(examples.all(c.Engine))
	}
	if asked && run.nothing() || s.prefix == benchmarks.prefix && len(run.benchmarks) == 0 {
		return fmt.Errorf("the session has no function %sNAME(*%s)", s.prefix, s.param)
	}
	var err error
	if run.flags, err = s.read(c.Args); err != nil {
		return err
	}
	if run.corpora, err = c.corpora(run.fuzzes); err != nil {
		return err
	}
	sink := &placingSink{passing: passing{c.sink}, sources: &c.sources}
	err = c.evaluate(c.ctx, run.main(), sink)
	sink.flush()
	var exit *nbformat.CellError
	switch {
	case !errors.As(err, &exit) || exit.EName != "Exit":
		return err
	case exit.EValue == exited(0).EValue:
		return nil
	}
	value := "tests failed"
	return &nbformat.CellError{EName: "TestFailed", EValue: value, Traceback: []string{red + value + reset}}
}

// functions lists the functions of a suite: those that a cell declares itself, or else all.
func (s suite) functions(e *Engine, code string) []string {
	if own := s.own(e, code); own != nil {
		return own
	}
	return s.all(e)
}

// own lists those that a cell declares.
func (s suite) own(e *Engine, code string) (names []string) {
	for _, name := range s.all(e) {
		if regexp.MustCompile(`(?m)^func ` + name + `\(`).MatchString(code) {
			names = append(names, name)
		}
	}
	return names
}

// all lists those of the session, in the order of the cells.
func (s suite) all(e *Engine) (names []string) {
	wanted := regexp.MustCompile(`^` + s.prefix + `([^a-z].*)?$`)
	param := regexp.MustCompile(`^\(\s*\)$`)
	if s.param != "" {
		param = regexp.MustCompile(`^\(\s*\w+\s+\*` + regexp.QuoteMeta(s.param) + `\s*\)$`)
	}
	list := slices.DeleteFunc(e.current().Declared(), func(d cell.Declared) bool {
		return d.Kind != "func" || !wanted.MatchString(d.Name) || !param.MatchString(d.Type)
	})
	slices.SortStableFunc(list, func(a, b cell.Declared) int {
		x, _ := e.sources.find(a.File)
		y, _ := e.sources.find(b.File)
		return cmp.Or(x.count-y.count, a.Offset-b.Offset)
	})
	for _, d := range list {
		names = append(names, d.Name)
	}
	return names
}

// read reads what stands behind the directive: a pattern, and flags of go test, with or without "test.".
func (s suite) read(args string) (map[string]string, error) {
	pattern := "."
	given := map[string]string{}
	words := cell.Words(args)
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		name, isFlag := strings.CutPrefix(w, "-")
		if !isFlag {
			pattern = w
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "-"), "test."), "=")
		switch {
		case !slices.Contains(testFlags, name):
			return nil, fmt.Errorf("%s is none of the flags -%s", w, strings.Join(testFlags, " -"))
		case found:
		case slices.Contains(testSwitches, name):
			value = "true"
		case len(words) == 0:
			return nil, fmt.Errorf("%s: expected a value behind it", w)
		default:
			value, words = words[0], words[1:]
		}
		given["test."+name] = value
	}
	flags := map[string]string{}
	for name, value := range s.flags {
		flags[name] = strings.ReplaceAll(value, "*", pattern)
	}
	maps.Copy(flags, given)
	return flags, nil
}

// placingSink names places in printed lines as errors do: Cell In[n], line m.
type placingSink struct {
	passing
	sources *sources
	name    string // of the stream whose line is not complete
	rest    string
}

var cellPlace = regexp.MustCompile(`(?:[^\s:()]*/)?(cell-[0-9a-f]{12}\.go):(\d+)`)

func (s *placingSink) Output(o nbformat.Output) {
	if o.Type != nbformat.Stream {
		s.flush()
		s.Sink.Output(o)
		return
	}
	if o.Name != s.name {
		s.flush()
	}
	s.name, s.rest = o.Name, s.rest+o.Text
	if i := strings.LastIndexByte(s.rest, '\n') + 1; i > 0 {
		s.show(s.rest[:i])
		s.rest = s.rest[i:]
	}
}

func (s *placingSink) flush() {
	s.show(s.rest)
	s.rest = ""
}

func (s *placingSink) show(text string) {
	if text == "" {
		return
	}
	text = s.sources.placed(text)
	s.Sink.Output(nbformat.Output{Type: nbformat.Stream, Name: s.name, Text: text})
}

// placed names the places in a text as errors do. What is cut off at its ends stays as it is.
func (s *sources) placed(text string) string {
	if !strings.Contains(text, "cell-") {
		return text
	}
	return cellPlace.ReplaceAllStringFunc(text, func(place string) string {
		m := cellPlace.FindStringSubmatch(place)
		if _, known := s.find(m[1]); !known {
			return place
		}
		return s.place(m[1], atoi(m[2]))
	})
}
