package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/resident-go/resident/kernel/cell"
	"github.com/resident-go/resident/nbformat"
)

// suite is a kind of functions that package testing runs.
type suite struct {
	prefix, param string
	pattern       string // the flag that selects some of them
	run           string // an expression that runs them: %s stands for the list
}

var (
	tests      = suite{"Test", "testing.T", "run", "resident_testing.RunTests(match, []resident_testing.InternalTest{%s})"}
	benchmarks = suite{"Benchmark", "testing.B", "bench", "func() bool { resident_testing.RunBenchmarks(match, []resident_testing.InternalBenchmark{%s}); return true }()"}
)

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
	names := s.functions(c.session, cell.GoOnly(c.code))
	if len(names) == 0 {
		return fmt.Errorf("the session has no function %sNAME(*%s)", s.prefix, s.param)
	}
	flags, err := testFlags(c.Args, s.pattern)
	if err != nil {
		return err
	}
	sink := &placingSink{Sink: c.sink, sources: &c.sources}
	err = c.evaluate(c.ctx, s.source(names, flags), sink)
	sink.flush()
	var exit *nbformat.CellError
	if errors.As(err, &exit) && exit.EName == "Exit" {
		return &nbformat.CellError{EName: "TestFailed", EValue: "tests failed", Traceback: []string{red + "tests failed" + reset}}
	}
	return err
}

// functions lists the functions of a suite: those that a cell declares itself, or else all.
func (s suite) functions(session *cell.Session, code string) (names []string) {
	wanted := regexp.MustCompile(`^` + s.prefix + `([^a-z].*)?$`)
	param := regexp.MustCompile(`^\(\s*\w+\s+\*` + regexp.QuoteMeta(s.param) + `\s*\)$`)
	var own []string
	for _, d := range session.Declared() {
		if d.Kind == "func" && wanted.MatchString(d.Name) && param.MatchString(d.Type) {
			names = append(names, d.Name)
			if regexp.MustCompile(`(?m)^func ` + d.Name + `\(`).MatchString(code) {
				own = append(own, d.Name)
			}
		}
	}
	if own != nil {
		return own
	}
	return names
}

// testFlags reads what stands behind the directive: a pattern, and flags of go test, with or without "test.".
func testFlags(args, pattern string) (map[string]string, error) {
	flags := map[string]string{"test.v": "true", "test." + pattern: "."}
	for _, w := range cell.Words(args) {
		name, isFlag := strings.CutPrefix(w, "-")
		if !isFlag {
			flags["test."+pattern] = w
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(name, "-"), "test."), "=")
		if !found {
			value = "true"
		}
		if !regexp.MustCompile(`^[a-z]+$`).MatchString(name) {
			return nil, fmt.Errorf("%s is no flag of go test", w)
		}
		flags["test."+name] = value
	}
	return flags, nil
}

// source is Go that runs the functions. It leaves the flags of package testing as they were.
func (s suite) source(names []string, flags map[string]string) string {
	var list, set strings.Builder
	for _, n := range names {
		fmt.Fprintf(&list, "{%q, %s}, ", n, n)
	}
	for name, value := range flags {
		fmt.Fprintf(&set, "\tset(%q, %q)\n", name, value)
	}
	return fmt.Sprintf(`import (
	resident_flag "flag"
	resident_fmt "fmt"
	resident_os "os"
	resident_regexp "regexp"
	resident_testing "testing"
)
func() {
	resident_testing.Init()
	if !resident_flag.Parsed() {
		resident_flag.CommandLine.Parse(nil)
	}
	var undo []func()
	defer func() {
		for _, f := range undo {
			f()
		}
	}()
	set := func(name, value string) {
		f := resident_flag.Lookup(name)
		if f == nil {
			resident_fmt.Println("testing has no flag", name)
			resident_os.Exit(2)
		}
		before := f.Value.String()
		undo = append(undo, func() { f.Value.Set(before) })
		if err := f.Value.Set(value); err != nil {
			resident_fmt.Println(name, err)
			resident_os.Exit(2)
		}
	}
%s	match := resident_regexp.MatchString
	if !%s {
		resident_fmt.Println("FAIL")
		for _, f := range undo {
			f()
		}
		resident_os.Exit(1)
	}
	resident_fmt.Println("PASS")
}()`, set.String(), fmt.Sprintf(s.run, list.String()))
}

// placingSink names places in printed lines as errors do: Cell In[n], line m.
type placingSink struct {
	nbformat.Sink
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
	text = cellPlace.ReplaceAllStringFunc(text, func(place string) string {
		m := cellPlace.FindStringSubmatch(place)
		if _, known := s.sources.find(m[1]); !known {
			return place
		}
		return s.sources.place(m[1], atoi(m[2]))
	})
	s.Sink.Output(nbformat.Output{Type: nbformat.Stream, Name: s.name, Text: text})
}
