package engine

import (
	"fmt"
	"strings"
)

// toRun are names of functions that package testing is to run.
type toRun struct {
	tests, fuzzes, benchmarks []string
	examples                  []string // as elements of a []testing.InternalExample
	corpora                   string   // see [call.corpora]
	flags                     map[string]string
}

// nothing reports whether there are no functions that are run for what they check.
func (r *toRun) nothing() bool { return len(r.tests)+len(r.fuzzes)+len(r.examples) == 0 }

// main is Go that runs the functions as the main function of a test does; it ends with os.Exit. Flags of package testing that
// earlier calls have set do not count.
func (r *toRun) main() string {
	list := func(kind string, elements []string) string {
		return "[]resident_testing.Internal" + kind + "{" + strings.Join(elements, ", ") + "}"
	}
	named := func(names []string) (elements []string) {
		for _, n := range names {
			elements = append(elements, fmt.Sprintf("{%q, %s}", n, n))
		}
		return elements
	}
	tests, benchmarks, examples := list("Test", named(r.tests)), list("Benchmark", named(r.benchmarks)), list("Example", r.examples)
	deps, run := "", fmt.Sprintf("resident_testing.Main(resident_regexp.MatchString, %s, %s, %s)", tests, benchmarks, examples)
	if len(r.fuzzes) > 0 {
		deps = fmt.Sprintf(fuzzDeps, r.corpora)
		run = fmt.Sprintf("resident_os.Exit(resident_testing.MainStart(resident_deps{}, %s, %s, %s, %s).Run())", tests, benchmarks, list("FuzzTarget", named(r.fuzzes)), examples)
	}
	return fmt.Sprintf(testMain, deps, r.flags, run)
}

const testMain = `import (
	resident_errors "errors"
	resident_flag "flag"
	resident_fmt "fmt"
	resident_io "io"
	resident_math "math"
	resident_os "os"
	resident_reflect "reflect"
	resident_regexp "regexp"
	resident_strings "strings"
	resident_testing "testing"
	resident_time "time"
)
%s
func() {
	resident_testing.Init()
	if !resident_flag.Parsed() {
		resident_flag.CommandLine.Parse(nil)
	}
	resident_flag.VisitAll(func(f *resident_flag.Flag) {
		if resident_strings.HasPrefix(f.Name, "test.") {
			f.Value.Set(f.DefValue)
		}
	})
	for name, value := range %#v {
		if err := resident_flag.Set(name, value); err != nil {
			resident_fmt.Println(name, err)
			resident_os.Exit(2)
		}
	}
	%s
}()`

// fuzzDeps is what package testing wants of go test where it runs functions FuzzNAME. It has no promise to stay so: where there are no such
// functions it is left out.
const fuzzDeps = `
type resident_input = struct {
	Parent, Path string
	Data         []byte
	Values       []any
	Generation   int
	IsSeed       bool
}

type resident_deps struct{}

func (resident_deps) ImportPath() string { return "main" }
func (resident_deps) ModulePath() string { return "" }
func (resident_deps) MatchString(pattern, s string) (bool, error) { return resident_regexp.MatchString(pattern, s) }
func (resident_deps) SetPanicOnExit0(bool) {}
func (resident_deps) StartCPUProfile(resident_io.Writer) error { return resident_errors.ErrUnsupported }
func (resident_deps) StopCPUProfile() {}
func (resident_deps) WriteProfileTo(string, resident_io.Writer, int) error { return resident_errors.ErrUnsupported }
func (resident_deps) StartTestLog(resident_io.Writer) {}
func (resident_deps) StopTestLog() error { return nil }
func (resident_deps) ResetCoverage() {}
func (resident_deps) SnapshotCoverage() {}
func (resident_deps) InitRuntimeCoverage() (mode string, end func(string, string) (string, error), share func() float64) { return }
func (resident_deps) RunFuzzWorker(func(resident_input) error) error { return resident_errors.ErrUnsupported }
func (resident_deps) CoordinateFuzzing(resident_time.Duration, int64, resident_time.Duration, int64, int, []resident_input, []resident_reflect.Type, string, string) error {
	return resident_errors.ErrUnsupported
}

func (d resident_deps) ReadCorpus(dir string, types []resident_reflect.Type) ([]resident_input, error) {
	inputs := map[string][]resident_input{%s}[dir]
	for _, in := range inputs {
		if err := d.CheckCorpus(in.Values, types); err != nil {
			return nil, resident_fmt.Errorf("%%q: %%v", in.Path, err)
		}
	}
	return inputs, nil
}

func (resident_deps) CheckCorpus(values []any, types []resident_reflect.Type) error {
	if len(values) != len(types) {
		return resident_fmt.Errorf("wrong number of values in corpus entry: %%d, want %%d", len(values), len(types))
	}
	have := make([]resident_reflect.Type, len(values))
	for i, v := range values {
		have[i] = resident_reflect.TypeOf(v)
	}
	for i := range types {
		if have[i] != types[i] {
			return resident_fmt.Errorf("mismatched types in corpus entry: %%v, want %%v", have, types)
		}
	}
	return nil
}
`
