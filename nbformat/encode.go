package nbformat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// plain returns v made of map[string]any, []any, string, json.Number, bool and nil only, every string valid UTF-8. Other
// Go values become what encoding/json makes of them.
func plain(v any) (any, error) {
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
		return plainMap(v)
	case []any:
		return plainList(v)
	}
	return plainValue(v)
}

func plainMap(m map[string]any) (any, error) {
	out := make(map[string]any, len(m))
	for key, v := range m {
		p, err := plain(v)
		if err != nil {
			return nil, under(key, err)
		}
		out[strings.ToValidUTF8(key, "\ufffd")] = p
	}
	return out, nil
}

func plainList(list []any) (any, error) {
	out := make([]any, len(list))
	for i, v := range list {
		p, err := plain(v)
		if err != nil {
			return nil, under(index("", i), err)
		}
		out[i] = p
	}
	return out, nil
}

func plainValue(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, faultAt("", "a %T cannot be stored: %v", v, err)
	}
	p, err := decode(data)
	if err != nil {
		return nil, faultAt("", "a %T cannot be stored: %v", v, err)
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
