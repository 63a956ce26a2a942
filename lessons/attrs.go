package lessons

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Attrs are the attributes of a cell. The zero value of each field is its default.
type Attrs struct {
	Name        string         // unique in the lesson; the cell's id in a notebook
	Expect      Outcome        // how the cell ends
	ExpectMatch *regexp.Regexp // what the error's text contains
	Match       Match          // how "// Output:" is compared
	Tol         *float64       // how far printed numbers may be from the expected ones
	Timeout     time.Duration  // after which the cell is interrupted
	Tags        []string       // nbformat's tags
	Role        Role           // what the cell is for
	Points      float64        // what passing a test is worth
	Hide        Hide           // what the page leaves out

	All []Attr // every attribute as written, those for others (x-*) too
}

// Attr is one attribute as it stands in the source.
type Attr struct {
	Key   string
	Value json.RawMessage
	Pos   Position
}

// The tags that mean something to a run, as they do to Jupyter's tools.
const (
	TagRaises = "raises-exception" // the cell may end with an error; the run goes on
	TagSkip   = "skip-execution"   // the cell is not run
)

// Has says whether the cell has this tag.
func (a *Attrs) Has(tag string) bool { return slices.Contains(a.Tags, tag) }

// Outcome is how a cell is expected to end.
type Outcome string

const (
	OK           Outcome = "ok"
	Panic        Outcome = "panic"
	CompileError Outcome = "compile-error"
	AnyError     Outcome = "error" // whatever the error is
)

// Match is how expected output is compared with what was printed.
type Match string

const (
	MatchExact Match = ""
	MatchRegex Match = "regex" // the expectation is a regular expression for the whole output
	MatchLines Match = "lines" // each expected line occurs among the printed ones, in this order
)

// Role is what a cell is for.
type Role string

// Test is a cell that must pass with a solution, and must fail without one.
const Test Role = "test"

// Hide is what a page leaves out of a cell; it is run all the same.
type Hide string

const (
	HideCode   Hide = "code"
	HideOutput Hide = "output"
	HideAll    Hide = "all"
)

// attribute is one row of the schema.
type attribute struct {
	key   string
	prose bool // allowed on prose too
	set   func(*Attrs, json.RawMessage) error
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// schema lists every attribute there is. One that has no effect yet is not here: a lesson that asks for what
// nobody does must not pass.
var schema = []attribute{
	{"expect", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Expect, OK, Panic, CompileError, AnyError)
	}},
	{"expect_match", false, func(a *Attrs, v json.RawMessage) error {
		var s string
		if err := decode(v, &s); err != nil {
			return err
		}
		re, err := regexp.Compile(s)
		a.ExpectMatch = re
		return err
	}},
	{"hide", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Hide, HideCode, HideOutput, HideAll)
	}},
	{"match", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Match, MatchRegex, MatchLines)
	}},
	{"name", true, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Name); err != nil {
			return err
		}
		if !namePattern.MatchString(a.Name) {
			return fmt.Errorf("want 1 to 64 of the characters A-Z a-z 0-9 _ -, got %q", a.Name)
		}
		return nil
	}},
	{"points", false, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Points); err != nil {
			return err
		}
		if a.Points < 0 {
			return errors.New("want a number that is not negative")
		}
		return nil
	}},
	{"role", false, func(a *Attrs, v json.RawMessage) error { return oneOf(v, &a.Role, Test) }},
	{"tags", true, func(a *Attrs, v json.RawMessage) error { return decode(v, &a.Tags) }},
	{"timeout", false, func(a *Attrs, v json.RawMessage) error {
		var s string
		if err := decode(v, &s); err != nil {
			return err
		}
		d, err := duration(s)
		a.Timeout = d
		return err
	}},
	{"tol", false, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Tol); err != nil {
			return err
		}
		if a.Tol == nil || *a.Tol < 0 {
			return errors.New("want a number that is not negative")
		}
		return nil
	}},
}

// apply sets the attributes of a cell from their source form.
func (a *Attrs) apply(kind Kind, attrs []Attr, errs *ErrorList) {
	a.All = attrs
	seen := map[string]bool{}
	for _, at := range attrs {
		if seen[at.Key] {
			errs.add(at.Pos, "attribute %q is given twice", at.Key)
			continue
		}
		seen[at.Key] = true
		if err := a.set(kind, at); err != nil {
			errs.add(at.Pos, "%v", err)
		}
	}
	if len(attrs) == 0 {
		return
	}
	if a.Match == MatchRegex && a.Tol != nil {
		errs.add(attrs[0].Pos, `match="regex" and tol cannot be combined: a regular expression compares no numbers`)
	}
	if a.Points != 0 && a.Role != Test {
		errs.add(attrs[0].Pos, `points are for tests: add role="test"`)
	}
	if a.ExpectMatch != nil && (a.Expect == "" || a.Expect == OK) {
		errs.add(attrs[0].Pos, `expect_match needs an error to match: add expect="panic", "compile-error" or "error"`)
	}
}

func (a *Attrs) set(kind Kind, at Attr) error {
	if strings.HasPrefix(at.Key, "x-") {
		return nil
	}
	i := slices.IndexFunc(schema, func(s attribute) bool { return s.key == at.Key })
	switch {
	case i < 0:
		return fmt.Errorf("unknown attribute %q%s", at.Key, suggest(at.Key, attributeKeys()))
	case kind == Prose && !schema[i].prose:
		return fmt.Errorf("attribute %q belongs to code cells, not to prose", at.Key)
	}
	if err := schema[i].set(a, at.Value); err != nil {
		return fmt.Errorf("attribute %q: %w", at.Key, err)
	}
	return nil
}

func attributeKeys() []string {
	keys := make([]string, len(schema))
	for i, s := range schema {
		keys[i] = s.key
	}
	return keys
}

func decode[T any](v json.RawMessage, into *T) error {
	if err := json.Unmarshal(v, into); err != nil {
		return fmt.Errorf("want %s, got %s", jsonKind(*into), v)
	}
	return nil
}

func jsonKind(v any) string {
	switch v.(type) {
	case string:
		return "a string in quotes"
	case []string:
		return "a list of strings"
	case float64, *float64:
		return "a number"
	}
	return fmt.Sprintf("%T", v)
}

func oneOf[T ~string](v json.RawMessage, into *T, allowed ...T) error {
	var s string
	if err := decode(v, &s); err != nil {
		return err
	}
	*into = T(s)
	if slices.Contains(allowed, T(s)) {
		return nil
	}
	names := make([]string, len(allowed))
	for i, n := range allowed {
		names[i] = string(n)
	}
	return fmt.Errorf("want one of %s, got %q%s", strings.Join(names, ", "), s, suggest(s, names))
}

// scanAttrs reads attributes from the text after a fence's language or a region's start. flags are the words with a leading
// dot. pos gives the position of a byte of s.
func scanAttrs(s string, pos func(int) Position, errs *ErrorList) (attrs []Attr, flags []string) {
	i := 0
	for {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
		if i == len(s) {
			return attrs, flags
		}
		word := s[i:]
		if n := strings.IndexAny(word, " \t="); n >= 0 {
			word = word[:n]
		}
		end := i + len(word)
		if end == len(s) || s[end] != '=' {
			if !strings.HasPrefix(word, ".") {
				errs.add(pos(i), "attribute %q has no value: attributes are written key=JSON", word)
				return attrs, flags
			}
			flags = append(flags, word)
			i = end
			continue
		}
		dec := json.NewDecoder(strings.NewReader(s[end+1:]))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			errs.add(pos(end+1), "attribute %q: the value is not JSON (strings stand in double quotes)", word)
			return attrs, flags
		}
		attrs = append(attrs, Attr{Key: word, Value: bytes.Clone(value), Pos: pos(i)})
		i = end + 1 + int(dec.InputOffset())
		if i < len(s) && s[i] != ' ' && s[i] != '\t' {
			errs.add(pos(i), "attribute %q: a space must follow the value", word)
			return attrs, flags
		}
	}
}

// suggest ends an error about an unknown word: with the known word that is nearest, or with all of them.
func suggest(word string, known []string) string {
	best, bestDistance := "", len(word)/2+1
	for _, k := range known {
		if d := distance(strings.ToLower(word), k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	if best == "" {
		return "; known: " + strings.Join(known, ", ")
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is the Levenshtein distance of two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
