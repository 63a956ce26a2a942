package kernel

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/resident-go/resident/kernel/wire"
)

// TestRequests sends one request on shell and compares the content of its reply.
func TestRequests(t *testing.T) {
	rows := []struct {
		name, msgType string
		content       dict
		want          string
	}{
		{"complete", "complete_request", dict{"code": "fmt.", "cursor_pos": 4},
			`{"status":"ok","matches":["4"],"cursor_start":0,"cursor_end":4,"metadata":{"_jupyter_types_experimental":[{"end":4,"signature":"int","start":0,"text":"4","type":"instance"}]}}`},
		{"complete counts code points", "complete_request", dict{"code": "世界", "cursor_pos": 2},
			`{"status":"ok","matches":["2"],"cursor_start":0,"cursor_end":2,"metadata":{"_jupyter_types_experimental":[{"end":2,"signature":"int","start":0,"text":"2","type":"instance"}]}}`},
		{"complete behind the end", "complete_request", dict{"code": "😀", "cursor_pos": 2},
			`{"status":"ok","matches":["1"],"cursor_start":0,"cursor_end":1,"metadata":{"_jupyter_types_experimental":[{"end":1,"signature":"int","start":0,"text":"1","type":"instance"}]}}`},
		{"complete before the beginning", "complete_request", dict{"code": "x", "cursor_pos": -1},
			`{"status":"ok","matches":["0"],"cursor_start":0,"cursor_end":0,"metadata":{"_jupyter_types_experimental":[{"end":0,"signature":"int","start":0,"text":"0","type":"instance"}]}}`},
		{"inspect", "inspect_request", dict{"code": "x", "cursor_pos": 9, "detail_level": 1},
			`{"status":"ok","found":true,"data":{"text/plain":"x1 1"},"metadata":{}}`},
		{"inspect nothing", "inspect_request", dict{"code": "", "cursor_pos": 0, "detail_level": 0},
			`{"status":"ok","found":false,"data":{},"metadata":{}}`},
		{"complete code", "is_complete_request", dict{"code": "x"}, `{"status":"complete","indent":""}`},
		{"incomplete code", "is_complete_request", dict{"code": "{"}, `{"status":"incomplete","indent":"\t"}`},
		{"history", "history_request", dict{"hist_access_type": "tail", "n": 1, "output": false, "raw": true},
			`{"status":"ok","history":[[1,1,"result <7>"]]}`},
		{"history with results", "history_request", dict{"hist_access_type": "search", "pattern": "res*", "output": true, "raw": true, "stop": nil},
			`{"status":"ok","history":[[1,1,["result <7>","<7>"]]]}`},
		{"no comms", "comm_info_request", dict{"target_name": "jupyter.widget"}, `{"status":"ok","comms":{}}`},
		{"ports", "connect_request", dict{},
			`{"status":"ok","shell_port":1,"iopub_port":2,"stdin_port":3,"hb_port":5,"control_port":4}`},
	}
	f := serveKernel(t, nil).front("f")
	f.reply(wire.Shell, f.execute("result <7>"))
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			id := f.send(wire.Shell, r.msgType, r.content)
			m := f.reply(wire.Shell, id)
			if got := string(m.Content); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
			if got := showAll(f.published(id)); got != "busy; idle" {
				t.Errorf("published %s", got)
			}
		})
	}
}

func TestKernelInfo(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	for _, channel := range []string{wire.Shell, wire.Control} {
		m := f.reply(channel, f.send(channel, "kernel_info_request", dict{}))
		var info wire.KernelInfoReply
		if err := json.Unmarshal(m.Content, &info); err != nil {
			t.Fatal(err)
		}
		if info.ProtocolVersion != "5.5" || info.LanguageInfo.Name != "go" || info.LanguageInfo.FileExtension != ".go" || len(info.HelpLinks) == 0 {
			t.Errorf("%s: got %+v", channel, info)
		}
		if strings.Contains(string(m.Content), `""`) {
			t.Errorf("%s: an empty field in %s", channel, m.Content)
		}
		if strings.Contains(info.LanguageInfo.Version, "go") {
			t.Errorf("%s: version %q, want a number", channel, info.LanguageInfo.Version)
		}
	}
}

// TestParentIsVerbatim: the parent header is the header of the request, unknown fields and all.
func TestParentIsVerbatim(t *testing.T) {
	f := serveKernel(t, nil).front("f")
	header := `{ "msg_id":"odd",  "msg_type":"kernel_info_request","subshell_id":null, "later":[1.50] }`
	template, err := f.session.Publish(nil, request{"kernel_info_request", dict{}})
	if err != nil {
		t.Fatal(err)
	}
	template.Identities = nil
	frames, err := wire.NewCodec("").Encode(template)
	if err != nil {
		t.Fatal(err)
	}
	frames[2] = []byte(header)
	m, err := wire.NewCodec("").Decode(frames)
	if err != nil {
		t.Fatal(err)
	}
	if frames, err = f.codec.Encode(m); err != nil {
		t.Fatal(err)
	}
	f.sendRaw(wire.Shell, frames)
	if got := string(f.reply(wire.Shell, "odd").Parent); got != header {
		t.Errorf("parent %s, want %s", got, header)
	}
}
