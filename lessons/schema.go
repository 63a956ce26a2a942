package lessons

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// attribute is one row of the schema.
type attribute struct {
	key   string
	prose bool // allowed on prose too
	set   func(*Attrs, json.RawMessage) error
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// jupyterKeys are metadata of cells that Jupyter defines and other tools write behind fences. They pass, and mean nothing here.
var jupyterKeys = []string{"collapsed", "deletable", "editable", "format", "jupyter", "scrolled", "slideshow"}

// refused are attributes that people look for and there are none of, with the reason.
var refused = map[string]string{
	"cache": "what a cell is compiled to is always kept, and what it computes never is, because the cells after it need its variables",
}

// maxSeed is the largest whole number that the programs that read notebooks agree on: many of them know no numbers but float64.
const maxSeed = 1<<53 - 1

// schema lists every attribute there is. One that has no effect is not here: a lesson that asks for what
// nobody does must not pass.
var schema = []attribute{
	{"deps", false, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Deps); err != nil {
			return err
		}
		if a.Deps == nil {
			return errors.New("want a list of names, which may be empty")
		}
		return nil
	}},
	{"exercise", true, func(a *Attrs, v json.RawMessage) error { return name(v, &a.Exercise) }},
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
	{"frozen", true, func(a *Attrs, v json.RawMessage) error { return decode(v, &a.Frozen) }},
	{"hide", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Hide, HideCode, HideOutput, HideAll)
	}},
	{"include", false, func(a *Attrs, v json.RawMessage) error { return includePath(v, &a.Include) }},
	{"kind", true, func(a *Attrs, v json.RawMessage) error { return oneOf(v, &a.Grading, Auto, Manual, Task) }},
	{"lock", true, func(a *Attrs, v json.RawMessage) error { return decode(v, &a.Lock) }},
	{"match", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Match, MatchRegex, MatchLines)
	}},
	{"memory", false, func(a *Attrs, v json.RawMessage) error {
		var s string
		if err := decode(v, &s); err != nil {
			return err
		}
		n, err := nbformat.ParseMemory(s)
		a.Memory = n
		return err
	}},
	{"name", true, func(a *Attrs, v json.RawMessage) error { return name(v, &a.Name) }},
	{"points", true, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Points); err != nil {
			return err
		}
		if a.Points < 0 {
			return errors.New("want a number that is not negative")
		}
		return nil
	}},
	{"role", false, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Role, Setup, Demo, Starter, Solution, Test, SelfCheck, Playground)
	}},
	{"seed", false, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Seed); err != nil {
			return err
		}
		if a.Seed == nil || *a.Seed > maxSeed {
			return fmt.Errorf("want a whole number from 0 to %d", uint64(maxSeed))
		}
		return nil
	}},
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
	{"visibility", true, func(a *Attrs, v json.RawMessage) error {
		return oneOf(v, &a.Visibility, Visible, Hidden, AfterDue, AfterPublished)
	}},
	{"weight", true, func(a *Attrs, v json.RawMessage) error {
		if err := decode(v, &a.Weight); err != nil {
			return err
		}
		if a.Weight == nil || *a.Weight < 0 {
			return errors.New("want a number that is not negative")
		}
		return nil
	}},
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
	case *uint64:
		return "a whole number from 0 on"
	case bool:
		return "true or false"
	}
	return fmt.Sprintf("%T", v)
}

func name(v json.RawMessage, into *string) error {
	if err := decode(v, into); err != nil {
		return err
	}
	if !namePattern.MatchString(*into) {
		return fmt.Errorf("want 1 to 64 of the characters A-Z a-z 0-9 _ -, got %q", *into)
	}
	return nil
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
	return fmt.Errorf("want one of %s, got %q%s", strings.Join(names, ", "), s, didYouMean(s, names))
}
