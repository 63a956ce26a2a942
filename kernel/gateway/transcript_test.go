package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// TestTranscript: what cells show is there for who comes later, whoever was there when it was shown.
func TestTranscript(t *testing.T) {
	s := serve(t, nil)
	id := s.start().ID
	path := "/api/kernels/" + id + "/cells"
	// The gateway listens to the kernel for itself, and may hear of an end a little later than the client.
	transcript := func(is string) (m transcriptModel) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; {
			m = want[transcriptModel](s, http.StatusOK, "GET", path, "")
			got := tell(m)
			if got == is {
				return m
			}
			if time.Now().After(deadline) {
				t.Fatalf("got  %s\nwant %s", got, is)
			}
		}
	}
	transcript("")
	c := s.dial(id)
	end := func(request string) {
		c.until("the end", func(_ string, m *wire.Message) bool { return m.ParentID() == request && isStatus(m, "idle") })
	}
	end(c.executeIn("a", "say one"))
	end(c.executeIn("", "say nobody's"))
	end(c.executeIn("b", "say two"))
	transcript(`a ok "say one": stdout "one"; b ok "say two": stdout "two"`)
	end(c.executeIn("a", "say again"))
	waiting := c.executeIn("c", "wait")
	c.until("its output", func(_ string, m *wire.Message) bool { return m.ParentID() == waiting && m.Header.Type == "stream" })
	next := c.executeIn("d", "say never")
	transcript(`b ok "say two": stdout "two"; a ok "say again": stdout "again"; c running "wait": stdout "waiting"; d queued "say never"`)
	c.ws.CloseNow() // the page is gone, the kernel goes on
	want[any](s, http.StatusNoContent, "POST", "/api/kernels/"+id+"/interrupt", "")
	m := transcript(`b ok "say two": stdout "two"; a ok "say again": stdout "again"; c error "wait": stdout "waiting", error Interrupted; d aborted "say never"`)
	if r := m.Cells[3].Request; r != next {
		t.Errorf("the request of d is %s, want %s", r, next)
	}
	want[kernelModel](s, http.StatusOK, "POST", "/api/kernels/"+id+"/restart", "")
	transcript(`b stale "say two": stdout "two"; a stale "say again": stdout "again"; c stale "wait": stdout "waiting", error Interrupted; d stale "say never"`)
	if got, _ := s.call("GET", "/api/kernels/none/cells", ""); got != http.StatusNotFound {
		t.Errorf("of no kernel: status %d", got)
	}
}

// tell is a transcript on a line.
func tell(m transcriptModel) string {
	var cells []string
	for _, c := range m.Cells {
		var all []string
		for _, s := range c.Messages {
			var o struct {
				Name, Text, EName string
				Data              map[string]any
			}
			json.Unmarshal(s.Content, &o)
			switch s.Type {
			case "stream":
				all = append(all, fmt.Sprintf("%s %.40q", o.Name, o.Text))
			case "error":
				all = append(all, "error "+o.EName)
			default:
				all = append(all, fmt.Sprintf("%s %v", s.Type, o.Data["text/plain"]))
			}
		}
		text := fmt.Sprintf("%s%s %s %q", c.Cell, c.Widget, c.State, c.Code)
		if c.Cut {
			text += " cut"
		}
		if len(all) > 0 {
			text += ": " + strings.Join(all, ", ")
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, "; ")
}

// TestTranscriptOfWidgets: what an Output widget takes is its own, not the cell's.
func TestTranscriptOfWidgets(t *testing.T) {
	session := &wire.Session{ID: "s", Username: "u", Now: time.Now}
	tr := &transcript{now: time.Now}
	request, err := session.Request(executeRequest{Code: "x", Enclosure: wire.Enclosure{Metadata: wire.Object(`{"cellId":"a"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	moved, err := session.Request(wire.CommMsg{CommID: "slider", Data: wire.Object(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	takes := func(id string) wire.Content {
		return wire.CommMsg{CommID: "w", Data: wire.Object(`{"method":"update","state":{"msg_id":"` + id + `"}}`)}
	}
	tr.asked(request)
	for _, row := range []struct {
		parent *wire.Message
		said   wire.Content
	}{
		{request, wire.ExecuteInput{Code: "x"}}, {request, wire.Stream{Name: "stdout", Text: "mine"}}, {request, takes(request.Header.ID)},
		{request, wire.Stream{Name: "stdout", Text: "taken"}}, {request, takes("")}, {request, wire.Stream{Name: "stdout", Text: ", mine again"}}, {request, wire.Status{State: idle}},
		{moved, wire.Stream{Name: "stdout", Text: "nobody's"}}, {moved, takes(moved.Header.ID)}, {moved, wire.ClearOutput{Wait: true}}, {moved, wire.Stream{Name: "stdout", Text: "after a move"}},
	} {
		m, err := session.Publish(row.parent, row.said)
		if err != nil {
			t.Fatal(err)
		}
		tr.said(m)
	}
	if got, want := tell(tr.model()), `a ok "x": stdout "mine, mine again"; w  "": stdout "after a move"`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tr.over()
	if got, want := tell(tr.model()), `a stale "x": stdout "mine, mine again"`; got != want {
		t.Errorf("after the process: got %s, want %s", got, want)
	}
}

// TestTranscriptOfMessages: each row is what a kernel says, and what is left of it.
func TestTranscriptOfMessages(t *testing.T) {
	session := &wire.Session{ID: "s", Username: "u", Now: time.Now}
	long := strings.Repeat("a long line of text\n", maxCellText/20+2)
	display := func(text, id string) wire.DisplayData {
		return wire.DisplayData{Data: wire.Dict{"text/plain": text}, Transient: wire.Dict{"display_id": id}}
	}
	for _, row := range []struct {
		name string
		said []wire.Content
		want string
	}{
		{"text is joined", []wire.Content{wire.Stream{Name: "stdout", Text: "a"}, wire.Stream{Name: "stdout", Text: "b"}, wire.Stream{Name: "stderr", Text: "c"}, wire.Stream{Name: "stdout", Text: "d"}},
			`stdout "ab", stderr "c", stdout "d"`},
		{"the last update is enough", []wire.Content{display("0", "x"), wire.UpdateDisplayData(display("1", "x")), wire.UpdateDisplayData(display("2", "y")), wire.UpdateDisplayData(display("3", "x"))},
			"display_data 0, update_display_data 2, update_display_data 3"},
		{"cleared", []wire.Content{display("a", ""), wire.ClearOutput{}, display("b", "")}, "display_data b"},
		{"cleared later", []wire.Content{display("a", ""), wire.ClearOutput{Wait: true}}, "display_data a"},
		{"and replaced", []wire.Content{display("a", ""), wire.ClearOutput{Wait: true}, display("b", ""), display("c", "")}, "display_data b, display_data c"},
		{"a flood", []wire.Content{wire.Stream{Name: "stdout", Text: "begin\n"}, wire.Stream{Name: "stdout", Text: long}, wire.Stream{Name: "stdout", Text: "end\n"}},
			`stdout "a long line of text\na long line of text\n"`},
	} {
		tr := &transcript{now: time.Now}
		request, err := session.Request(executeRequest{Code: "x", Enclosure: wire.Enclosure{Metadata: wire.Object(`{"cellId":"a"}`)}})
		if err != nil {
			t.Fatal(err)
		}
		tr.asked(request)
		for _, content := range append([]wire.Content{wire.ExecuteInput{Code: "x"}}, row.said...) {
			m, err := session.Publish(request, content)
			if err != nil {
				t.Fatal(err)
			}
			tr.said(m)
		}
		_, got, _ := strings.Cut(tell(tr.model()), ": ")
		if got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		if size := tr.cells[0].size; size > maxCellText+100 {
			t.Errorf("%s: %d bytes are kept", row.name, size)
		}
	}
}
