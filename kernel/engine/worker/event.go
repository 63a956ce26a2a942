package worker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// long is from how many bytes on a text of Data goes beside the JSON. There it would become longer, and be read and written several times.
const long = 16 << 10

// Encode is an event as it is sent: a line of JSON, and behind it the texts that it calls long.
func (e Event) Encode() ([][]byte, error) {
	var texts [][]byte
	data := e.Data
	for _, mime := range slices.Sorted(maps.Keys(data)) {
		text, ok := data[mime].(string)
		if !ok || len(text) < long {
			continue
		}
		if e.Long == nil {
			e.Data, e.Long = maps.Clone(data), map[string]int{}
		}
		text = strings.ToValidUTF8(text, "\ufffd") // as JSON does
		delete(e.Data, mime)
		e.Long[mime] = len(text)
		texts = append(texts, []byte(text))
	}
	line, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return append([][]byte{append(line, '\n')}, texts...), nil
}

// Reader reads events.
type Reader struct{ in *bufio.Reader }

// NewReader returns a reader of what Encode has made.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReaderSize(r, 64<<10)} }

// Next reads an event. Numbers in Data are json.Number.
func (r *Reader) Next() (e Event, err error) {
	line, err := r.in.ReadBytes('\n')
	if err != nil {
		return e, err
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if err := d.Decode(&e); err != nil {
		return e, err
	}
	if e.Data == nil && e.Long != nil {
		e.Data = map[string]any{}
	}
	for _, mime := range slices.Sorted(maps.Keys(e.Long)) {
		n := e.Long[mime]
		if n < 0 {
			return e, fmt.Errorf("read an event: %s: a text of %d bytes", mime, n)
		}
		var text strings.Builder
		text.Grow(min(n, 1<<20)) // more when it comes: who writes into the connection may promise anything
		if _, err := io.CopyN(&text, r.in, int64(n)); err != nil {
			return e, err
		}
		e.Data[mime] = text.String()
	}
	e.Long = nil
	return e, nil
}
