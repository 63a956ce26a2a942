package kernel

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

// TestShells feeds events and compares effects, as TestQueue does; "s:" before an event or an effect names the subshell.
func TestShells(t *testing.T) {
	rows := []struct{ name, events, want string }{
		{"a subshell does not wait", "A +s s:B s:ok ok", "start A 1;; s:start B 2;;"},
		{"nor do others for it", "+s s:A B", "; s:start A 1; start B 2"},
		{"one at a time in each", "+s A B s:i s:j ok s:ok", "; start A 1; prepare B; s:start i 1;; start B 2; s:start j 2"},
		{"a failure takes only cells of its shell", "+s A B s:C s:D fail", "; start A 1; prepare B; s:start C 2; s:prepare D; abort B"},
		{"interrupt means the main shell first", "+s A s:B interrupt fail interrupt", "; start A 1; s:start B 2; cancel;; s:cancel"},
		{"interrupt with nothing to stop in the main shell", "+s i s:B interrupt", "; start i 0; s:start B 1; s:cancel"},
		{"interrupt reaches every subshell", "+s +t s:A t:B interrupt", ";; s:start A 1; t:start B 2; s:cancel, t:cancel"},
		{"an interrupt reaches comm messages", "+s A s:m* ok interrupt", "; start A 1; s:start m* 1;; s:cancel"},
		{"but no other requests", "+s A s:i interrupt", "; start A 1; s:start i 1; cancel"},
		{"deleted with cells waiting", "+s s:A s:B s:i -s s:ok", "; s:start A 1; s:prepare B;; s:abort B, s:cancel;"},
		{"deleted when idle", "+s s:A s:ok -s +t t:B", "; s:start A 1;;;; t:start B 2"},
		{"stop", "+s +t A s:B stop ok s:ok", ";; start A 1; s:start B 2; cancel, s:cancel;;"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := newShells()
			var got []string
			for event := range strings.FieldsSeq(r.events) {
				got = append(got, describe(shellsEvent(s, event)))
			}
			if s := squeeze(strings.Join(got, ";")); s != squeeze(r.want) {
				t.Errorf("events %s\ngot  %s\nwant %s", r.events, s, squeeze(r.want))
			}
			if s.running() {
				for id, q := range s.queues {
					if q.running == nil && !s.known(id) {
						t.Errorf("the deleted subshell %s is kept", id)
					}
				}
			}
		})
	}
}

func shellsEvent(s *shells, event string) []effect {
	shell, name, found := strings.Cut(event, ":")
	if !found {
		shell, name = "", event
	}
	switch {
	case event[0] == '+':
		s.create(event[1:])
		return nil
	case event[0] == '-':
		return s.remove(event[1:])
	case event == "interrupt":
		return s.interrupt()
	case event == "stop":
		return s.stop()
	case name == "ok" || name == "fail":
		if s.queues[shell].running.execute != nil {
			s.ended(shell, name == "fail")
		}
		return s.finish(shell)
	}
	return s.arrive(shell, jobOf(name))
}

func (f *front) createSubshell() string {
	f.t.Helper()
	var r wire.CreateSubshellReply
	if err := json.Unmarshal(f.reply(wire.Control, f.send(wire.Control, "create_subshell_request", dict{})).Content, &r); err != nil || r.Status != "ok" {
		f.t.Fatalf("create_subshell: %+v, %v", r, err)
	}
	return r.SubshellID
}

func (f *front) subshells() string {
	f.t.Helper()
	return string(f.reply(wire.Control, f.send(wire.Control, "list_subshell_request", dict{})).Content)
}

// TestSubshells sends requests to a subshell while a cell runs in the main shell.
func TestSubshells(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	if got := f.subshells(); got != `{"status":"ok","subshell_id":[]}` {
		t.Errorf("at first: %s", got)
	}
	main := f.execute("open k\nout main\nwait a\nout end")
	s.reached("a")
	id, other := f.createSubshell(), f.createSubshell()
	if got, want := f.subshells(), `{"status":"ok","subshell_id":["`+id+`","`+other+`"]}`; got != want {
		t.Errorf("two subshells: %s, want %s", got, want)
	}
	rows := []struct {
		msgType          string
		content          dict
		reply, published string
	}{
		{"complete_request", dict{"code": "fmt.", "cursor_pos": 4}, `{"status":"ok","matches":["4"],"cursor_start":0,"cursor_end":4,"metadata":{"_jupyter_types_experimental":[{"end":4,"signature":"int","start":0,"text":"4","type":"instance"}]}}`, "busy; idle"},
		{"inspect_request", dict{"code": "x", "cursor_pos": 1, "detail_level": 0}, `{"status":"ok","found":true,"data":{"text/plain":"x1 0"},"metadata":{}}`, "busy; idle"},
		{"history_request", dict{"hist_access_type": "tail", "n": 1}, `{"status":"ok","history":[[1,1,"open k\nout main\nwait a\nout end"]]}`, "busy; idle"},
		{"comm_info_request", dict{}, `{"status":"ok","comms":{"k":{"target_name":"scripts"}}}`, "busy; idle"},
		{"execute_request", dict{"code": "out b"}, `{"status":"ok","execution_count":2,"payload":[],"user_expressions":{}}`, `busy; input 2 "out b"; stdout "b"; idle`},
		{"comm_msg", dict{"comm_id": "k", "data": dict{"do": "say k"}}, "", `busy; comm_msg {"comm_id":"k","data":{"n":1}}; idle`},
	}
	for _, r := range rows {
		id := f.sendIn(id, r.msgType, r.content)
		if got := showAll(f.published(id)); got != r.published {
			t.Errorf("%s published %s, want %s", r.msgType, got, r.published)
		}
		if r.reply == "" {
			continue
		}
		if got := string(f.reply(wire.Shell, id).Content); got != r.reply {
			t.Errorf("%s: got  %s\nwant %s", r.msgType, got, r.reply)
		}
	}
	s.open("a")
	if got := show(f.reply(wire.Shell, main)); got != "ok 1" {
		t.Errorf("the cell in the main shell: %s", got)
	}
}

// TestDeletedSubshell: what runs is interrupted, what waits is aborted, what comes later is refused.
func TestDeletedSubshell(t *testing.T) {
	s := serveKernel(t, nil)
	f := s.front("f")
	sub := f.createSubshell()
	runs := f.sendIn(sub, "execute_request", dict{"code": "wait a"})
	s.reached("a")
	waits := f.sendIn(sub, "execute_request", dict{"code": "out never"})
	s.received(waits)
	rows := []struct{ name, msgType, subshell, channel, want string }{
		{"delete", "delete_subshell_request", sub, wire.Control, `{"status":"ok"}`},
		{"delete again", "delete_subshell_request", sub, wire.Control, `{"status":"error","ename":"NoSubshell","evalue":"there is no subshell \"` + sub + `\"","traceback":[]}`},
		{"delete the main shell", "delete_subshell_request", "", wire.Control, `{"status":"error","ename":"NoSubshell","evalue":"there is no subshell \"\"","traceback":[]}`},
	}
	for _, r := range rows {
		if got := string(f.reply(r.channel, f.send(r.channel, r.msgType, dict{"subshell_id": r.subshell})).Content); got != r.want {
			t.Errorf("%s: got  %s\nwant %s", r.name, got, r.want)
		}
	}
	for id, want := range map[string]string{
		runs:  "error 1 Interrupted",
		waits: "aborted",
		f.sendIn(sub, "execute_request", dict{"code": "out never"}): "error 0 NoSubshell",
		f.sendIn(sub, "kernel_info_request", dict{}):                "kernel_info_reply",
	} {
		if got := show(f.reply(wire.Shell, id)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		f.published(id)
	}
	if got := f.subshells(); got != `{"status":"ok","subshell_id":[]}` {
		t.Errorf("at last: %s", got)
	}
	if got := show(f.reply(wire.Shell, f.execute("out x"))); got != "ok 2" {
		t.Errorf("the main shell: %s", got)
	}
}
