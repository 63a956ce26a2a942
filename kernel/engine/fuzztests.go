package engine

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// fuzzes are functions FuzzNAME(*testing.F). As with go test they run with the inputs that they add themselves, and with those of the files in
// testdata/fuzz/FuzzNAME; the flag -fuzz looks for others.
var fuzzes = suite{prefix: "Fuzz", param: "testing.F"}

// fuzzing is what stands behind a directive with -fuzz: other functions do not run.
var fuzzing = suite{flags: map[string]string{"test.run": "^$"}}

// isFuzz reports whether a word behind a directive is the flag that looks for inputs.
func isFuzz(word string) bool {
	name, _, _ := strings.Cut(word, "=")
	return slices.Contains([]string{"-fuzz", "--fuzz", "-test.fuzz", "--test.fuzz"}, name)
}

// fuzz looks for inputs with which a function fails, in the session as a program of its own: inputs are made of others by what code they have
// reached, which only code that is compiled for that can tell.
func (c *call) fuzz() error {
	flags, err := fuzzing.read(c.Args)
	if err != nil {
		return err
	}
	return c.withProgram(func(tmp string, args ...string) error {
		build, file := args[:len(args)-1], args[len(args)-1]
		session, start, bin := filepath.Join(tmp, "session_test.go"), filepath.Join(tmp, "start_test.go"), filepath.Join(tmp, "session")
		if err := errors.Join(os.Rename(file, session), os.WriteFile(start, []byte(startFuzzing), 0o666)); err != nil {
			return err
		}
		build = slices.Concat([]string{"test", "-c", "-vet=off", "-fuzz=.", "-o", bin}, build, []string{session, start})
		if err := c.goStream(build...); err != nil {
			return err
		}
		argv := []string{bin, "-test.fuzzcachedir=" + filepath.Join(c.scratch, "fuzz")}
		for name, value := range flags {
			argv = append(argv, "-"+name+"="+value)
		}
		return c.command(c.cwd(), "", argv...)
	})
}

// startFuzzing has the session's cells run before its functions are tested.
const startFuzzing = `package main

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	main()
	os.Exit(m.Run())
}
`

// corpusDir is where the inputs of functions are, below the working directory.
const corpusDir = "testdata/fuzz"

// corpora writes the inputs that files give to functions, as elements of a map of resident_inputs by folders.
func (c *call) corpora(functions []string) (string, error) {
	var b strings.Builder
	for _, name := range functions {
		dir := filepath.Join(corpusDir, name)
		files, err := os.ReadDir(filepath.Join(c.cwd(), dir))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		fmt.Fprintf(&b, "%q: {", dir)
		for _, f := range files {
			if f.IsDir() {
				continue
			}
			path := filepath.Join(dir, f.Name())
			data, err := os.ReadFile(filepath.Join(c.cwd(), path))
			if err != nil {
				return "", err
			}
			values, err := corpusValues(string(data))
			if err != nil {
				return "", fmt.Errorf("%s: %w", path, err)
			}
			fmt.Fprintf(&b, "{Path: %q, Values: []any{%s}}, ", path, strings.Join(values, ", "))
		}
		b.WriteString("}, ")
	}
	return b.String(), nil
}

// corpusValues reads a file of inputs, which has a value a line, in Go.
func corpusValues(text string) (values []string, err error) {
	const version = "go test fuzz v1"
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSuffix(first, "\r") != version {
		return nil, fmt.Errorf("the first line is %q, expected %q", first, version)
	}
	for line := range strings.Lines(rest) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		value := corpusValue(line)
		if value == "" {
			return nil, fmt.Errorf("malformed line %q: expected a value such as int(5), string(\"text\") or []byte(\"bytes\")", line)
		}
		values = append(values, value)
	}
	if len(values) == 0 {
		return nil, errors.New("it has no value")
	}
	return values, nil
}

var (
	// ofBits are floating-point numbers that are given by their bits.
	ofBits = pattern(`^math\.(Float(?:32|64)frombits\((?:0x[0-9a-fA-F]+|\d+)\))$`)
	// notConstant are those that no constant of Go has.
	notConstant = pattern(`^(float(?:32|64))\((?:([+-]?)Inf|NaN)\)$`)
	// corpusTypes are the types of inputs.
	corpusTypes = strings.Fields("string []byte bool byte rune int int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32 float64")
)

// pattern is compiled when it is first asked for: few sessions have such files.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// corpusValue returns a line of a file of inputs as Go, "" if it is none that there may be.
func corpusValue(line string) string {
	if m := ofBits().FindStringSubmatch(line); m != nil {
		return "resident_math." + m[1]
	}
	if m := notConstant().FindStringSubmatch(line); m != nil {
		if strings.Contains(line, "NaN") {
			return m[1] + "(resident_math.NaN())"
		}
		return m[1] + "(resident_math.Inf(" + m[2] + "1))"
	}
	x, err := parser.ParseExpr(line)
	conversion, ok := x.(*ast.CallExpr)
	if err != nil || !ok || !slices.Contains(corpusTypes, types.ExprString(conversion.Fun)) {
		return ""
	}
	constant := strings.Replace(line, "[]byte(", "string(", 1)
	if v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, constant); err != nil || v.Value == nil {
		return ""
	}
	return line
}
