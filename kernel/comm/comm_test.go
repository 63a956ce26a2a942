package comm_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/comm"
)

// recorder is a front that keeps what is sent.
type recorder struct{ sent []string }

func (r *recorder) Send(m comm.Message) {
	r.sent = append(r.sent, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %q", m.Kind, m.Target, m.Data, m.Metadata, m.Buffers)), " "))
}
func (r *recorder) Request() string { return "" }

func (r *recorder) take() string {
	s := strings.Join(r.sent, "; ")
	r.sent = nil
	return s
}

func TestComm(t *testing.T) {
	r, old := &recorder{}, comm.Seam
	comm.Seam = r
	t.Cleanup(func() { comm.Seam = old })
	var heard []string
	hear := func(what string) func(comm.Message) {
		return func(m comm.Message) { heard = append(heard, fmt.Sprintf("%s %s %q", what, m.Data, m.Buffers)) }
	}
	var c *comm.Comm
	deliver := func(kind comm.Kind, id, target string) {
		comm.Deliver(comm.Message{Kind: kind, ID: id, Target: target, Data: []byte("{}"), Buffers: [][]byte{{1}}})
	}
	open := func(target string, data, metadata any) {
		opened, err := comm.Open(target, data, metadata, []byte("b"))
		if err != nil {
			r.sent = append(r.sent, err.Error())
			return
		}
		c = opened
	}
	rows := []struct {
		name        string
		do          func()
		sent, heard string
	}{
		{"open", func() { open("t", map[string]int{"a": 1}, nil) }, `comm_open t {"a":1} ["b"]`, "[]"},
		{"nobody hears", func() { deliver(comm.Sent, c.ID(), "") }, "", "[]"},
		{"a message", func() { c.OnMessage(hear("message")); deliver(comm.Sent, c.ID(), "") }, "", `[message {} ["\x01"]]`},
		{"send", func() { c.Send(struct{ B bool }{true}, nil, []byte{2}) }, `comm_msg {"B":true} ["" "\x02"]`, "[]"},
		{"closed by the front end", func() { c.OnClose(hear("close")); deliver(comm.Closed, c.ID(), "") }, "", `[close {} ["\x01"]]`},
		{"nothing more is sent", func() { c.Send(nil); c.Close() }, "", "[]"},
		{"nor heard", func() { deliver(comm.Sent, c.ID(), ""); deliver(comm.Closed, c.ID(), "") }, "", "[]"},
		{"unknown target", func() { deliver(comm.Opened, "x", "mine") }, "comm_close []", "[]"},
		{"a target", func() {
			comm.Handle("mine", func(opened *comm.Comm, m comm.Message) { c = opened; hear("open " + c.ID())(m) })
			deliver(comm.Opened, "x", "mine")
		}, "", `[open x {} ["\x01"]]`},
		{"closed by us", func() { c.Close(); c.Close() }, "comm_close []", "[]"},
		{"the target is gone", func() { comm.Handle("mine", nil); deliver(comm.Opened, "x", "mine") }, "comm_close []", "[]"},
		{"no object", func() { open("t", []int{1}, nil) }, "open a comm for t: data: []int is no JSON object", "[]"},
		{"metadata that JSON cannot hold", func() { open("t", nil, map[string]float64{"x": math.Inf(1)}) }, "open a comm for t: metadata: json: unsupported value: +Inf", "[]"},
	}
	for _, row := range rows {
		heard = nil
		row.do()
		if got := r.take(); got != row.sent {
			t.Errorf("%s: sent %s, expected %s", row.name, got, row.sent)
		}
		if got := fmt.Sprint(heard); got != row.heard {
			t.Errorf("%s: heard %s, expected %s", row.name, got, row.heard)
		}
	}
}
