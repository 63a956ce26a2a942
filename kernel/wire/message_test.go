package wire

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestContents marshals the zero value and a full value of every content that a kernel sends: both must pass Check, so
// a forgotten list or map is never null on the wire.
func TestContents(t *testing.T) {
	req := &Message{
		Identities: [][]byte{[]byte("client")},
		Header:     Header{ID: "q1"},
		header:     json.RawMessage(`{"msg_id":"q1","unknown":{"kept":1}}`),
	}
	rows := []struct {
		channel, request string // request is "" for what is published
		content          Content
		want             string // content as JSON
	}{
		{Shell, "execute_request", ExecuteReply{Status: "ok", ExecutionCount: 3},
			`{"status":"ok","execution_count":3,"payload":[],"user_expressions":{}}`},
		{Shell, "execute_request", StatusReply{Status: "aborted"}, `{"status":"aborted"}`},
		{Shell, "execute_request", ExecuteError{Status: "error", ExecutionCount: 1, EName: "E"},
			`{"status":"error","execution_count":1,"payload":[],"user_expressions":{},"ename":"E","evalue":"","traceback":[]}`},
		{Shell, "complete_request", CompleteReply{Status: "ok"},
			`{"status":"ok","matches":[],"cursor_start":0,"cursor_end":0,"metadata":{}}`},
		{Shell, "inspect_request", InspectReply{Status: "ok"}, `{"status":"ok","found":false,"data":{},"metadata":{}}`},
		{Shell, "is_complete_request", IsCompleteReply{Status: "unknown"}, `{"status":"unknown","indent":""}`},
		{Shell, "history_request", HistoryReply{Status: "ok"}, `{"status":"ok","history":[]}`},
		{Shell, "history_request", HistoryReply{Status: "ok", History: List[[]any]{{1, 2, "<x>"}}},
			`{"status":"ok","history":[[1,2,"<x>"]]}`},
		{Shell, "comm_info_request", CommInfoReply{Status: "ok"}, `{"status":"ok","comms":{}}`},
		{Shell, "kernel_info_request", ErrorReply{Status: "error", EName: "E", EValue: "v"},
			`{"status":"error","ename":"E","evalue":"v","traceback":[]}`},
		{Control, "interrupt_request", StatusReply{Status: "ok"}, `{"status":"ok"}`},
		{Control, "shutdown_request", ShutdownReply{Status: "ok", Restart: true}, `{"status":"ok","restart":true}`},
		{IOPub, "", Stream{Name: "stdout", Text: "\xff<"}, `{"name":"stdout","text":"\ufffd<"}`},
		{IOPub, "", DisplayData{Data: Dict{"text/html": "<b>"}}, `{"data":{"text/html":"<b>"},"metadata":{},"transient":{}}`},
		{IOPub, "", UpdateDisplayData{Transient: Dict{"display_id": "d"}}, `{"data":{},"metadata":{},"transient":{"display_id":"d"}}`},
		{IOPub, "", ExecuteResult{ExecutionCount: 1, Data: Dict{"application/json": map[string]any{"a": nil}}},
			`{"execution_count":1,"data":{"application/json":{"a":null}},"metadata":{},"transient":{}}`},
		{IOPub, "", Error{}, `{"ename":"","evalue":"","traceback":[]}`},
		{IOPub, "", ClearOutput{}, `{"wait":false}`},
		{IOPub, "", CommOpen{CommID: "c", TargetName: "t"}, `{"comm_id":"c","target_name":"t","data":{}}`},
		{IOPub, "", CommMsg{CommID: "c", Data: Object(`{"a":null}`)}, `{"comm_id":"c","data":{"a":null}}`},
		{IOPub, "", CommClose{CommID: "c"}, `{"comm_id":"c","data":{}}`},
		{Control, "create_subshell_request", CreateSubshellReply{Status: "ok", SubshellID: "s"}, `{"status":"ok","subshell_id":"s"}`},
		{Control, "list_subshell_request", ListSubshellReply{Status: "ok"}, `{"status":"ok","subshell_id":[]}`},
		{Control, "delete_subshell_request", StatusReply{Status: "ok"}, `{"status":"ok"}`},
		{IOPub, "", ExecuteInput{Code: "x", ExecutionCount: 1}, `{"code":"x","execution_count":1}`},
	}
	s := testSession()
	for _, r := range rows {
		t.Run(r.request+r.content.MsgType(), func(t *testing.T) {
			req := *req
			req.Header.Type = r.request
			m, err := s.Publish(&req, r.content)
			if r.request != "" {
				m, err = s.Reply(&req, r.content)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(string(m.Content), "\ufffd", `\ufffd`); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
			if err := Check(r.channel, m); err != nil {
				t.Error(err)
			}
			if string(m.Parent) != string(req.header) {
				t.Errorf("parent %s, want %s", m.Parent, req.header)
			}
		})
	}
}

func TestAddressing(t *testing.T) {
	s := testSession()
	req := &Message{Identities: [][]byte{[]byte("a"), []byte("b")}, Header: Header{ID: "q", Type: "shutdown_request"},
		header: json.RawMessage(`{"msg_id":"q"}`)}
	reply, err := s.Reply(req, ShutdownReply{Status: "ok"})
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.Identities) != 2 || string(reply.Identities[1]) != "b" || reply.Header.Type != "shutdown_reply" {
		t.Errorf("reply to %q, type %s", reply.Identities, reply.Header.Type)
	}
	again, err := s.Announce(req, ShutdownReply{Status: "ok"})
	if err != nil {
		t.Fatal(err)
	}
	if again.Header.ID == reply.Header.ID || string(again.Identities[0]) != "kernel.0123.shutdown_reply" {
		t.Errorf("broadcast has id %s (the reply %s), topic %q", again.Header.ID, reply.Header.ID, again.Identities)
	}
	if want := "2026-11-23T15:00:00.123456Z"; reply.Header.Date != want {
		t.Errorf("date %s, want %s", reply.Header.Date, want)
	}
	welcome, err := s.Welcome([]byte("topic"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(IOPub, welcome); err != nil || string(welcome.Identities[0]) != "topic" || string(welcome.Parent) != "{}" {
		t.Errorf("welcome %s: %v", welcome, err)
	}
}

func TestParse(t *testing.T) {
	rows := []struct{ name, msgType, content, want string }{
		{"code missing", "execute_request", `{}`, "code is missing"},
		{"code null", "execute_request", `{"code":null}`, "code is null, expected a string"},
		{"code a list", "execute_request", `{"code":[]}`, "code is [], expected a string"},
		{"silent a word", "execute_request", `{"code":"","silent":"yes"}`, `silent is "yes", expected a boolean`},
		{"silent null", "execute_request", `{"code":"","silent":null}`, ""},
		{"expressions of numbers", "execute_request", `{"code":"","user_expressions":{"x":1}}`, "cannot unmarshal number"},
		{"unknown field", "execute_request", `{"code":"","later":1}`, ""},
		{"cursor a fraction", "complete_request", `{"code":"","cursor_pos":1.5}`, "expected an integer"},
		{"cursor huge", "complete_request", `{"code":"","cursor_pos":99999999999999999999}`, "cannot unmarshal number"},
		{"unknown access", "history_request", `{"hist_access_type":"all"}`, "expected one of range, tail, search"},
		{"unknown type", "hello_request", `{}`, "no such message"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			m := &Message{Header: Header{ID: "1", Type: r.msgType}, Content: json.RawMessage(r.content)}
			var err error
			switch r.msgType {
			case "history_request":
				_, err = Parse[HistoryRequest](m)
			case "complete_request":
				_, err = Parse[CodeRequest](m)
			default:
				_, err = Parse[ExecuteRequest](m)
			}
			if (err == nil) != (r.want == "") || err != nil && !strings.Contains(err.Error(), r.want) {
				t.Errorf("got error %v, want %q", err, r.want)
			}
		})
	}
	m := &Message{Header: Header{ID: "1", Type: "execute_request"}, Content: json.RawMessage(`{"code":"x"}`)}
	r, err := Parse[ExecuteRequest](m)
	if err != nil || !r.StoreHistory || !r.StopOnError || r.AllowStdin || r.Silent {
		t.Errorf("defaults: %+v, %v", r, err)
	}
}

// TestCheckRefuses has one row for each mistake that a front end would answer with silence.
func TestCheckRefuses(t *testing.T) {
	rows := []struct{ name, channel, msgType, content, want string }{
		{"null list", Shell, "complete_reply", `{"status":"ok","matches":null,"cursor_start":0,"cursor_end":0,"metadata":{}}`, "matches is null"},
		{"no metadata", Shell, "complete_reply", `{"status":"ok","matches":[],"cursor_start":0,"cursor_end":0}`, "metadata is missing"},
		{"no count in an error", Shell, "execute_reply", `{"status":"error","ename":"","evalue":"","traceback":[]}`, "execution_count is missing"},
		{"a count where nothing ran", Shell, "execute_reply", `{"status":"aborted","execution_count":1}`, "unknown fields: execution_count"},
		{"no traceback", Shell, "execute_reply", `{"status":"error","execution_count":1,"payload":[],"user_expressions":{},"ename":"","evalue":""}`, "traceback is missing"},
		{"status unknown", Shell, "execute_reply", `{"status":"abort","execution_count":1,"payload":[],"user_expressions":{}}`, "expected one of ok"},
		{"wrong channel", Shell, "stream", `{"name":"stdout","text":""}`, "belongs on iopub"},
		{"private type", IOPub, "progress", `{}`, "no such message"},
		{"extra field", IOPub, "stream", `{"name":"stdout","text":"","x":1}`, "unknown fields: x"},
		{"other stream", IOPub, "stream", `{"name":"stdlog","text":""}`, "expected one of stdout, stderr"},
		{"mime key", IOPub, "display_data", `{"data":{"html":"x"},"metadata":{}}`, "not a MIME type"},
		{"mime value", IOPub, "display_data", `{"data":{"text/html":["x"]},"metadata":{}}`, "has text/html as"},
		{"JSON as text", IOPub, "display_data", `{"data":{"application/vnd.x+json":"{}"},"metadata":{}}`, "has application/vnd.x+json as"},
		{"wait a number", IOPub, "clear_output", `{"wait":1}`, "wait is 1, expected a boolean"},
		{"busy without parent", IOPub, "status", `{"execution_state":"busy"}`, "has no parent"},
		{"password a number", Stdin, "input_request", `{"prompt":"","password":0}`, "password is 0"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			m := testMessage(t, testSession(), Status{})
			m.Header.Type = r.msgType
			m.Content = json.RawMessage(r.content)
			if r.want != "has no parent" {
				m.Parent = json.RawMessage(`{"msg_id":"q"}`)
			}
			if err := Check(r.channel, m); err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got error %v, want one with %q", err, r.want)
			}
		})
	}
	m := testMessage(t, testSession(), Status{State: "starting"})
	m.header = json.RawMessage(strings.Replace(string(m.header), ".123456Z", ".123456789Z", 1))
	m.Header.Date = strings.Replace(m.Header.Date, "Z", "789Z", 1)
	if err := Check(IOPub, m); err == nil || !strings.Contains(err.Error(), "at most 6 digits") {
		t.Errorf("nine digits of a second: got error %v", err)
	}
}
