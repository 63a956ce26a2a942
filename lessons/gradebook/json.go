package gradebook

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// WriteJSON writes all that is known. A book of thousands is written, as it is read, an entry at a time.
func (b *Book) WriteJSON(w io.Writer) error {
	around := *b
	around.Entries = []Entry{}
	text, err := jsonText(around, "")
	if err != nil {
		return err
	}
	const none = "\n  \"entries\": []" // nowhere else: texts have no line ends
	before, after, _ := strings.Cut(text, none)
	out := bufio.NewWriter(w) // errors stay until the end
	out.WriteString(before + strings.TrimSuffix(none, "]"))
	for i := range b.Entries {
		if text, err = jsonText(&b.Entries[i], "    "); err != nil {
			return err
		}
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n    " + text)
	}
	if len(b.Entries) > 0 {
		out.WriteString("\n  ")
	}
	out.WriteString("]" + after + "\n")
	return out.Flush()
}

func jsonText(v any, indent string) (string, error) {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent(indent, "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(text.String(), "\n"), err
}

// ReadBook reads the book that an earlier run has written; nil when there is none.
func ReadBook(file string) (*Book, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		defer f.Close()
		var b *Book
		if b, err = readBook(f); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("read the earlier gradebook %s: %w", file, err)
}

func readBook(r io.Reader) (*Book, error) {
	d := json.NewDecoder(bufio.NewReader(r))
	around, entries := map[string]json.RawMessage{}, []Entry{}
	if err := want(d, json.Delim('{')); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if key == "entries" {
			if entries, err = readEntries(d); err != nil {
				return nil, err
			}
			continue
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		around[fmt.Sprint(key)] = v
	}
	if err := want(d, json.Delim('}')); err != nil {
		return nil, err
	}
	text, err := json.Marshal(around)
	if err != nil {
		return nil, err
	}
	b := new(Book)
	err = json.Unmarshal(text, b)
	b.Entries = entries
	return b, err
}

func readEntries(d *json.Decoder) (entries []Entry, err error) {
	if err := want(d, json.Delim('[')); err != nil {
		return nil, err
	}
	entries = []Entry{}
	texts := shared{}
	for d.More() {
		var e Entry
		if err := d.Decode(&e); err != nil {
			return nil, err
		}
		if e.Attempt != nil {
			e.Answers = nil // nobody asks what was answered then
			texts.attempt(e.Attempt)
		}
		entries = append(entries, e)
	}
	return entries, want(d, json.Delim(']'))
}

// want takes the next token, which has to be this one.
func want(d *json.Decoder, delim json.Delim) error {
	t, err := d.Token()
	if err == nil && t != delim {
		err = fmt.Errorf("at byte %d: got %v, want %v", d.InputOffset(), t, delim)
	}
	return err
}
