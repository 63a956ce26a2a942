package nbformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// deepest is how many levels of lists and maps a document may have. Python, and so Jupyter, gives up near there too; and since
// each level is indented, deeper documents would grow without measure when they are written.
const deepest = 1000

var errDeep error = &pathError{"", fmt.Sprintf("nested deeper than %d levels", deepest)}

func tooDeep(v any, levels int) bool {
	if levels < 0 {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		for _, child := range v {
			if tooDeep(child, levels-1) {
				return true
			}
		}
	case []any:
		for _, child := range v {
			if tooDeep(child, levels-1) {
				return true
			}
		}
	}
	return false
}

// plain returns v made of map[string]any, []any, string, json.Number, bool and nil only, every string valid UTF-8. Other
// Go values become what encoding/json makes of them.
func plain(v any, levels int) (any, error) {
	if levels < 0 {
		return nil, errDeep // a map that holds itself ends here
	}
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return strings.ToValidUTF8(v, "\ufffd"), nil
	case json.Number:
		if c, err := json.Marshal(v); err != nil || string(c) != string(v) {
			return nil, faultAt("", "invalid JSON number %q", clip(string(v)))
		}
		return v, nil
	case map[string]any:
		return plainMap(v, levels)
	case []any:
		return plainList(v, levels)
	}
	return plainValue(v, levels)
}

func plainMap(m map[string]any, levels int) (any, error) {
	out := make(map[string]any, len(m))
	for key, v := range m {
		p, err := plain(v, levels-1)
		if err == errDeep {
			return nil, err // a path of so many steps helps nobody
		}
		if err != nil {
			return nil, under(step(key), err)
		}
		out[strings.ToValidUTF8(key, "\ufffd")] = p
	}
	return out, nil
}

func plainList(list []any, levels int) (any, error) {
	out := make([]any, len(list))
	for i, v := range list {
		p, err := plain(v, levels-1)
		if err == errDeep {
			return nil, err
		}
		if err != nil {
			return nil, under(index("", i), err)
		}
		out[i] = p
	}
	return out, nil
}

func plainValue(v any, levels int) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, faultAt("", "a %T cannot be stored: %v", v, err)
	}
	p, err := decode(data)
	if err != nil {
		return nil, faultAt("", "a %T cannot be stored: %v", v, err)
	}
	if tooDeep(p, levels) {
		return nil, errDeep
	}
	return p, nil
}

// encode writes a plain value as Python's json.dumps does with indent=1, sort_keys=True and ensure_ascii=False, which is how
// Jupyter stores notebooks. Python sorts keys by code point; that is the order of UTF-8 bytes.
func encode(b *bytes.Buffer, v any, depth int) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		fmt.Fprint(b, v)
	case json.Number:
		b.WriteString(string(v))
	case string:
		encodeString(b, v)
	case map[string]any:
		encodeMap(b, v, depth)
	case []any:
		encodeList(b, v, depth)
	}
}

func encodeMap(b *bytes.Buffer, m map[string]any, depth int) {
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		separate(b, i, depth+1)
		encodeString(b, key)
		b.WriteString(": ")
		encode(b, m[key], depth+1)
	}
	if len(m) > 0 {
		newline(b, depth)
	}
	b.WriteByte('}')
}

func encodeList(b *bytes.Buffer, list []any, depth int) {
	b.WriteByte('[')
	for i, v := range list {
		separate(b, i, depth+1)
		encode(b, v, depth+1)
	}
	if len(list) > 0 {
		newline(b, depth)
	}
	b.WriteByte(']')
}

func separate(b *bytes.Buffer, i, depth int) {
	if i > 0 {
		b.WriteByte(',')
	}
	newline(b, depth)
}

func newline(b *bytes.Buffer, depth int) {
	b.WriteByte('\n')
	for range depth {
		b.WriteByte(' ')
	}
}

// encodeString escapes what JSON demands and nothing more: no HTML characters, no line separators.
func encodeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	start := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			b.WriteString(s[start:i])
			encodeByte(b, c)
			start = i + 1
		}
	}
	b.WriteString(s[start:])
	b.WriteByte('"')
}

func encodeByte(b *bytes.Buffer, c byte) {
	switch c {
	case '"', '\\':
		b.WriteByte('\\')
		b.WriteByte(c)
	case '\b':
		b.WriteString(`\b`)
	case '\f':
		b.WriteString(`\f`)
	case '\n':
		b.WriteString(`\n`)
	case '\r':
		b.WriteString(`\r`)
	case '\t':
		b.WriteString(`\t`)
	default:
		fmt.Fprintf(b, `\u%04x`, c)
	}
}
