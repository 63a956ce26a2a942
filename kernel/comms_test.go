package kernel

import (
	"context"
	"fmt"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

// TestComms sends messages one after the other on shell, and compares all that is published for each: cells and front ends
// open comms, talk and close them.
func TestComms(t *testing.T) {
	do := func(lines string) dict { return dict{"comm_id": "c", "data": dict{"do": lines}} }
	rows := []struct {
		name, msgType string
		content       dict
		published     string // between busy and idle
		comms         string // that are open afterwards
	}{
		{"nobody has the target", "comm_open", dict{"comm_id": "x", "target_name": "nobody", "data": dict{}}, `comm_close {"comm_id":"x","data":{}}`, `{}`},
		{"a message on a comm that was refused", "comm_msg", dict{"comm_id": "x", "data": dict{}}, "", `{}`},
		{"a front end opens", "comm_open", dict{"comm_id": "c", "target_name": "scripts", "data": dict{"do": `out hello\n`}}, `stdout "hello\n"`, `{"c":{"target_name":"scripts"}}`},
		{"an answer", "comm_msg", do("out a\nsay c\nout b"), `stdout "a"; comm_msg {"comm_id":"c","data":{"n":1}}; stdout "b"`, `{"c":{"target_name":"scripts"}}`},
		{"what is shown", "comm_msg", do("show d\nclear"), `display_data map[text/plain:d] map[]; clear_output {"wait":true}`, `{"c":{"target_name":"scripts"}}`},
		{"a failure", "comm_msg", do("out a\nfail badly"), `stdout "a"; error Failed: badly`, `{"c":{"target_name":"scripts"}}`},
		{"a mistake of ours", "comm_msg", do("panic"), `error InternalError: the kernel failed on this: oh no (details are in its log)`, `{"c":{"target_name":"scripts"}}`},
		{"a cell opens", "execute_request", dict{"code": "open k\nsay k\nresult v"},
			`input 1 "open k\nsay k\nresult v"; comm_open {"comm_id":"k","target_name":"scripts","data":{}}; comm_msg {"comm_id":"k","data":{"n":1}}; result 1 map[text/plain:v]`,
			`{"c":{"target_name":"scripts"},"k":{"target_name":"scripts"}}`},
		{"a silent cell opens", "execute_request", dict{"code": "open s\nclose s", "silent": true},
			`comm_open {"comm_id":"s","target_name":"scripts","data":{}}; comm_close {"comm_id":"s","data":{}}`, `{"c":{"target_name":"scripts"},"k":{"target_name":"scripts"}}`},
		{"a cell closes", "execute_request", dict{"code": "close k"}, `input 2 "close k"; comm_close {"comm_id":"k","data":{}}`, `{"c":{"target_name":"scripts"}}`},
		{"a front end closes", "comm_close", do("out bye"), `stdout "bye"`, `{}`},
		{"no id", "comm_msg", dict{"data": dict{}}, "", `{}`},
	}
	f := serveKernel(t, nil).front("f")
	f.reply(wire.Shell, f.execute("", dict{"store_history": false})) // the engine has started
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			id := f.send(wire.Shell, r.msgType, r.content)
			want := "busy; " + r.published + "; idle"
			if r.published == "" {
				want = "busy; idle"
			}
			if got := showAll(f.published(id)); got != want {
				t.Errorf("published %s\nwant      %s", got, want)
			}
			info := f.reply(wire.Shell, f.send(wire.Shell, "comm_info_request", dict{"target_name": "scripts"}))
			if got, want := string(info.Content), `{"status":"ok","comms":`+r.comms+`}`; got != want {
				t.Errorf("comm_info: %s, want %s", got, want)
			}
		})
	}
	f.reply(wire.Shell, f.execute("open k"))
	info := f.reply(wire.Shell, f.send(wire.Shell, "comm_info_request", dict{"target_name": "other"}))
	if got := string(info.Content); got != `{"status":"ok","comms":{}}` {
		t.Errorf("comms of another target: %s", got)
	}
}

// TestCommEnclosures: metadata and buffers travel both ways, byte by byte.
func TestCommEnclosures(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	f.reply(wire.Shell, f.execute(""))
	open := wire.CommOpen{CommID: "c", TargetName: "scripts", Data: wire.Object(`{"do":"open k\nsay c\nrequest"}`),
		Enclosure: wire.Enclosure{Metadata: wire.Object(`{"version":"2.1.0"}`), Buffers: [][]byte{{0, 1, 255}, {}}}}
	id := f.sendMessage(wire.Shell, nil, open, "")
	got := f.published(id)
	want := `busy; stdout "{\"version\":\"2.1.0\"} [\"\\x00\\x01\\xff\" \"\"]"; comm_open {"comm_id":"k","target_name":"scripts","data":{}}; ` +
		`comm_msg {"comm_id":"c","data":{"n":1}}; stdout "` + id + `"; idle`
	if showAll(got) != want {
		t.Fatalf("published %s\nwant      %s", showAll(got), want)
	}
	if m := string(got[2].Metadata); m != `{"version":"1"}` {
		t.Errorf("metadata of comm_open: %s", m)
	}
	if b := fmt.Sprintf("%q", got[3].Buffers); b != `["\x00raw" ""]` {
		t.Errorf("buffers of comm_msg: %s", b)
	}
}

// TestCommBeforeEngine: while the engine starts, a comm is refused and what is said on it is not heard; comm_info answers.
func TestCommBeforeEngine(t *testing.T) {
	never := func(ctx context.Context, _ func(string)) (Engine, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	f := serveKernel(t, never).front("f")
	id := f.send(wire.Shell, "comm_open", dict{"comm_id": "c", "target_name": "scripts", "data": dict{}})
	if got := showAll(f.published(id)); got != `busy; comm_close {"comm_id":"c","data":{}}; idle` {
		t.Errorf("comm_open published %s", got)
	}
	if got := showAll(f.published(f.send(wire.Shell, "comm_msg", dict{"comm_id": "c", "data": dict{}}))); got != "busy; idle" {
		t.Errorf("comm_msg published %s", got)
	}
	if got := string(f.reply(wire.Shell, f.send(wire.Shell, "comm_info_request", dict{})).Content); got != `{"status":"ok","comms":{}}` {
		t.Errorf("comm_info: %s", got)
	}
}

// TestInterruptComm: an interrupt ends what is done for a comm message.
func TestInterruptComm(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	f.reply(wire.Shell, f.execute(""))
	id := f.send(wire.Shell, "comm_open", dict{"comm_id": "c", "target_name": "scripts", "data": dict{"do": "wait a"}})
	s.reached("a")
	f.reply(wire.Control, f.send(wire.Control, "interrupt_request", dict{}))
	if got := showAll(f.published(id)); got != "busy; error Interrupted: the cell was interrupted; idle" {
		t.Errorf("published %s", got)
	}
}
