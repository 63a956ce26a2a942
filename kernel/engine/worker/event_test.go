package worker_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/engine/worker"
)

// TestEvents: what is sent is read again, also when it comes in pieces, and texts of any length.
func TestEvents(t *testing.T) {
	large, huge := strings.Repeat("<p>\n\x00\u2028", 4000), strings.Repeat("x", 1<<20)
	rows := []struct {
		name       string
		event      worker.Event
		data, want map[string]any // want: data, if nil
	}{
		{"nothing", worker.Event{Op: "ready"}, nil, nil},
		{"a short text", worker.Event{Op: "display", Mark: 7}, map[string]any{"text/plain": "<b>"}, nil},
		{"a long text", worker.Event{Op: "result", ID: 3}, map[string]any{"text/html": large}, nil},
		{"long and short, and no text", worker.Event{Op: "display", DisplayID: "d"}, map[string]any{"text/plain": "a", "text/html": large, "image/png": huge,
			"application/json": map[string]any{"n": json.Number("1")}}, nil},
		{"not UTF-8", worker.Event{Op: "display"}, map[string]any{"text/plain": huge + "\xff"}, map[string]any{"text/plain": huge + "\ufffd"}},
	}
	var all bytes.Buffer
	for _, row := range rows {
		row.event.Data = row.data
		parts, err := row.event.Encode()
		if err != nil {
			t.Fatal(err)
		}
		all.Write(bytes.Join(parts, nil))
		if row.data != nil && len(row.event.Data) != len(row.data) {
			t.Errorf("%s: the event was changed", row.name)
		}
	}
	whole := bytes.Clone(all.Bytes())
	events := worker.NewReader(io.MultiReader(bytes.NewReader(whole[:100]), bytes.NewReader(whole[100:40000]), bytes.NewReader(whole[40000:])))
	for _, row := range rows {
		got, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		row.event.Data = row.data
		if row.want != nil {
			row.event.Data = row.want
		}
		if !reflect.DeepEqual(got, row.event) {
			t.Errorf("%s: received something else", row.name)
		}
	}
	if _, err := events.Next(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	cut := worker.NewReader(bytes.NewReader(whole[:len(whole)-1]))
	for range rows[1:] {
		if _, err := cut.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cut.Next(); err != io.EOF {
		t.Errorf("cut off: %v", err)
	}
}

// TestForged reads what no worker writes: what a cell writes into the connection must not end the kernel.
func TestForged(t *testing.T) {
	for sent, want := range map[string]string{
		`{"Long":{"text/html":-1}}`:                  "read an event: text/html: a text of -1 bytes",
		`{"Long":{"text/html":9000000000000000000}}`: "EOF",
		`{"Long":{"text/html":1e3}}`:                 "json: cannot unmarshal number 1e3 into Go struct field Event.Long of type int",
		`{"Data":[]}`:                                "json: cannot unmarshal array into Go struct field Event.Data of type map[string]interface {}",
		`{`:                                          "unexpected EOF",
	} {
		if _, err := worker.NewReader(strings.NewReader(sent + "\nabc")).Next(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", sent, err, want)
		}
	}
}
