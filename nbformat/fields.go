package nbformat

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// pathError is a fault at a place in the JSON document, such as cells[3].outputs[0].
type pathError struct{ path, msg string }

func (e *pathError) Error() string {
	if e.path == "" {
		return e.msg
	}
	return e.path + ": " + e.msg
}

// under returns the error as seen from one level up.
func under(parent string, err error) error {
	e, ok := err.(*pathError)
	if !ok {
		return err
	}
	path := e.path
	if parent != "" && path != "" && path[0] != '[' {
		path = "." + path
	}
	return &pathError{parent + path, e.msg}
}

func index(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

// step names a field in a path. Names that people chose may be long or hold line ends; those are clipped and quoted.
func step(key string) string {
	if strings.ContainsFunc(key, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(clip(key))
	}
	return clip(key)
}

func faultAt(path, format string, args ...any) error {
	return &pathError{path, fmt.Sprintf(format, args...)}
}

func mismatch(path, want string, got any) error {
	return faultAt(path, "expected %s, got %s", want, describe(got))
}

// describe names the kind of a JSON value, in the words of an error.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "the number " + clip(string(v))
	case string:
		return "the string " + strconv.Quote(clip(v))
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T", v)
}

// clip shortens text that goes into an error.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}

// fields takes the known fields out of a JSON object. What is left at the end is what this version does not know.
// The first fault is remembered and ends the reading: later calls return zero values.
type fields struct {
	left map[string]any
	err  error
}

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *fields) take(key string) (any, bool) {
	v, ok := f.left[key]
	delete(f.left, key)
	return v, ok && f.err == nil
}

// string takes an optional string.
func (f *fields) string(key string) string {
	v, ok := f.take(key)
	if !ok {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		f.fail(mismatch(key, "a string", v))
	}
	return s
}

// text takes an optional string or list of lines. Without sep the lines hold their own ends.
func (f *fields) text(key, sep string) string {
	v, ok := f.take(key)
	if !ok {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	s, ok := joinLines(v, sep)
	if !ok {
		f.fail(mismatch(key, "a string or a list of strings", v))
	}
	return s
}

// object takes an optional object; when it is missing an empty one is made.
func (f *fields) object(key string) map[string]any {
	v, ok := f.take(key)
	if !ok {
		return map[string]any{}
	}
	m, ok := v.(map[string]any)
	if !ok {
		f.fail(mismatch(key, "an object", v))
	}
	return m
}

// list takes an optional list and hands its items, which must be objects, to each.
func (f *fields) list(key string, each func(i int, item map[string]any) error) {
	v, ok := f.take(key)
	if !ok {
		return
	}
	items, ok := v.([]any)
	if !ok {
		f.fail(mismatch(key, "a list", v))
		return
	}
	for i, item := range items {
		m, ok := item.(map[string]any)
		if !ok {
			f.fail(mismatch(index(key, i), "an object", item))
			return
		}
		if err := each(i, m); err != nil {
			f.fail(under(index(key, i), err))
			return
		}
	}
}

// strings takes an optional list of strings.
func (f *fields) strings(key string) []string {
	v, ok := f.take(key)
	if !ok {
		return []string{}
	}
	items, ok := v.([]any)
	if !ok {
		f.fail(mismatch(key, "a list of strings", v))
		return nil
	}
	out := make([]string, len(items))
	for i, item := range items {
		if out[i], ok = item.(string); !ok {
			f.fail(mismatch(index(key, i), "a string", item))
			return nil
		}
	}
	return out
}

// count takes an optional execution count. In memory 0 stands for null; so that a file's own 0 (and -1, which is for
// Validate to complain about) is not lost, it stays where it is, among the unknown fields.
func (f *fields) count(key string) int {
	v, ok := f.left[key]
	if !ok || f.err != nil {
		return 0
	}
	if v == nil {
		delete(f.left, key)
		return 0
	}
	n, err := integer(v)
	if err != nil {
		f.fail(mismatch(key, "an integer or null", v))
		return 0
	}
	if n <= 0 {
		return 0
	}
	delete(f.left, key)
	return n
}

// rest returns the fields that nobody took, or nil.
func (f *fields) rest() map[string]any {
	if len(f.left) == 0 {
		return nil
	}
	return f.left
}

func integer(v any) (int, error) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, fmt.Errorf("expected an integer, got %s", describe(v))
	}
	return strconv.Atoi(string(n))
}
