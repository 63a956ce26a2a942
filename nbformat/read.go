package nbformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Read reads a notebook of nbformat 3.0 to 4.x to the end of r, and upgrades it to 4.5.
func Read(r io.Reader) (*Notebook, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read notebook: %w", err)
	}
	nb, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read notebook: %w", err)
	}
	return nb, nil
}

func parse(data []byte) (*Notebook, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := looksLikeJSON(data); err != nil {
		return nil, err
	}
	v, err := decode(data)
	if err != nil {
		return nil, err
	}
	if tooDeep(v, deepest) {
		return nil, errDeep
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("not a notebook: expected a JSON object, got %s", describe(v))
	}
	major, minor, err := version(doc)
	if err != nil {
		return nil, err
	}
	if major == 3 {
		if err := upgrade3(doc); err != nil {
			return nil, err
		}
	}
	return notebook4(doc, minor)
}

// looksLikeJSON turns away what is plainly something else, in words that say what it is.
func looksLikeJSON(data []byte) error {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return errors.New("not a notebook: the file is empty")
	case !utf8.Valid(data):
		n := 0
		for rest := data; ; n++ {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				break
			}
			rest = rest[size:]
			n += size - 1
		}
		return fmt.Errorf("not a notebook: %s: not UTF-8", position(data, n))
	case text[0] == '<':
		return fmt.Errorf("not a notebook: it starts with %q, as HTML or XML does", clip(firstLine(text)))
	case text[0] != '{' && text[0] != '[':
		return fmt.Errorf("not a notebook: expected a JSON object, the file starts with %q", clip(firstLine(text)))
	}
	return nil
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimRight(line, "\r")
}

// position says where in the file a byte is, as editors count: columns are characters.
func position(data []byte, offset int) string {
	before := data[:min(max(offset, 0), len(data))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

// decode reads exactly one JSON value and keeps its numbers as they are spelled.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, syntaxError(data, err)
	}
	end := int(d.InputOffset())
	if rest := bytes.TrimLeft(data[end:], " \t\r\n"); len(rest) > 0 {
		return nil, fmt.Errorf("not a notebook: %s: more text after the JSON document", position(data, len(data)-len(rest)))
	}
	return v, nil
}

func syntaxError(data []byte, err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("truncated: the JSON document is not finished at %s, the end of the file", position(data, len(data)))
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON: %s: %s", position(data, int(syntax.Offset)-1), syntax)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// version takes the format version off the document and says whether this package reads it.
func version(doc map[string]any) (major, minor int, err error) {
	v, ok := doc["nbformat"]
	if !ok {
		return 0, 0, errors.New(`not a notebook: a JSON object without "nbformat"`)
	}
	if major, err = integer(v); err != nil {
		return 0, 0, mismatch("nbformat", "an integer", v)
	}
	if v, ok := doc["nbformat_minor"]; ok {
		if minor, err = integer(v); err != nil || minor < 0 {
			return 0, 0, mismatch("nbformat_minor", "an integer, 0 or more", v)
		}
	}
	delete(doc, "nbformat")
	delete(doc, "nbformat_minor")
	if major < 3 {
		return 0, 0, fmt.Errorf("nbformat %d is too old: 3.0 to 4.5 can be read", major)
	}
	if major > Major {
		return 0, 0, fmt.Errorf("nbformat %d is newer than this program: 3.0 to 4.5 can be read", major)
	}
	if major == 3 {
		minor = Minor
	}
	return major, max(minor, Minor), nil
}
