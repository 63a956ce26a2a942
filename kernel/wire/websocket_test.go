package wire

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

var subprotocols = []string{"", WebSocketV1}

func webSocketMessage(buffers ...[]byte) *Message {
	return &Message{
		Header:   Header{ID: "1", Type: "stream"},
		header:   []byte(`{"msg_id":"1","msg_type":"stream","x":[1]}`),
		Parent:   []byte(`{"msg_id":"0","subshell_id":null}`),
		Metadata: []byte(`{}`),
		Content:  []byte(`{"name":"stdout","text":"<&> ⌘"}`),
		Buffers:  buffers,
	}
}

// TestWebSocketRoundTrip: what is encoded is decoded to the same, in both protocols.
func TestWebSocketRoundTrip(t *testing.T) {
	for _, p := range subprotocols {
		for name, buffers := range map[string][][]byte{
			"none": nil, "one": {[]byte("abc")}, "an empty one": {{}}, "several": {[]byte("\x00\xff"), {}, bytes.Repeat([]byte("x"), 70_000)},
		} {
			m := webSocketMessage(buffers...)
			data, isBinary, err := EncodeWebSocket(p, IOPub, m)
			if err != nil {
				t.Fatal(err)
			}
			if want := p == WebSocketV1 || len(buffers) > 0; isBinary != want {
				t.Errorf("%q, %s: binary is %v", p, name, isBinary)
			}
			channel, got, err := DecodeWebSocket(p, data, isBinary)
			if err != nil {
				t.Errorf("%q, %s: %v", p, name, err)
				continue
			}
			if channel != IOPub || got.Header != m.Header || !slices.EqualFunc(got.Buffers, buffers, bytes.Equal) {
				t.Errorf("%q, %s: %s %v", p, name, channel, got)
			}
			for _, pair := range [][2][]byte{{got.header, m.header}, {got.Parent, m.Parent}, {got.Metadata, m.Metadata}, {got.Content, m.Content}} {
				if !bytes.Equal(pair[0], pair[1]) {
					t.Errorf("%q, %s: got %s, want %s", p, name, pair[0], pair[1])
				}
			}
		}
	}
}

// TestWebSocketOfClients: forms that clients send and nobody writes here.
func TestWebSocketOfClients(t *testing.T) {
	for _, text := range []string{
		`{"channel":"shell","header":{"msg_id":"1","msg_type":"x"},"content":{"a":1}}`,
		`{"channel":"shell","header":{"msg_id":"1","msg_type":"x"},"parent_header":null,"metadata":null,"content":{"a":1},"buffers":null,"buffer_paths":[]}`,
		`{"buffers":[],"channel":"shell","msg_id":"9","header":{"msg_id":"1","msg_type":"x"},"parent_header":{},"metadata":{},"content":{"a":1}}`,
	} {
		channel, m, err := DecodeWebSocket("", []byte(text), false)
		if err != nil || channel != Shell || m.Header.ID != "1" || string(m.Parent) != "{}" || string(m.Metadata) != "{}" || string(m.Content) != `{"a":1}` {
			t.Errorf("%s: %s %v %v", text, channel, m, err)
		}
	}
}

// TestWebSocketBad: each row is refused, and the error says why.
func TestWebSocketBad(t *testing.T) {
	const object = `{"channel":"shell","header":{"msg_id":"1","msg_type":"x"}}`
	le, be := binary.LittleEndian.AppendUint64, binary.BigEndian.AppendUint32
	v1 := func(parts ...string) string {
		var raw [][]byte
		for _, p := range parts {
			raw = append(raw, []byte(p))
		}
		return string(joinParts(raw, table64))
	}
	rows := []struct {
		name, subprotocol, data string
		binary                  bool
		want                    string
	}{
		{"nothing", "", "", false, "unexpected end of JSON"},
		{"no object", "", "[]", false, "cannot unmarshal array"},
		{"no channel", "", `{"header":{"msg_id":"1","msg_type":"x"}}`, false, `channel ""`},
		{"another channel", "", strings.Replace(object, "shell", "hb", 1), false, `channel "hb"`},
		{"no header", "", `{"channel":"shell"}`, false, "header is not a JSON object"},
		{"no id", "", `{"channel":"shell","header":{}}`, false, "header has no msg_id"},
		{"content that is a list", "", `{"channel":"shell","header":{"msg_id":"1","msg_type":"x"},"content":[]}`, false, "content is not a JSON object"},
		{"a short table", "", "\x00\x00", true, "2 bytes, expected a table"},
		{"an empty table", "", string(be(nil, 0)), true, "no parts"},
		{"a table that is too large", "", string(be(be(nil, 7), 8)), true, "table of 7 offsets in 8 bytes"},
		{"a number that overflows", WebSocketV1, string(le(nil, 1<<63)), true, "table of"},
		{"an offset outside", "", string(be(be(nil, 1), 99)) + object, true, "part 0 is from 99"},
		{"offsets that go back", WebSocketV1, string(le(le(le(nil, 2), 24), 8)), true, "part 0 is from 24 to 8"},
		{"text in v1", WebSocketV1, object, false, "text, expected binary"},
		{"one offset in v1", WebSocketV1, string(le(le(nil, 1), 16)), true, "no parts"},
		{"too few parts", WebSocketV1, v1("shell", `{"msg_id":"1","msg_type":"x"}`, "{}", "{}"), true, "4 parts, expected at least 5"},
		{"another channel in v1", WebSocketV1, v1("x", `{"msg_id":"1","msg_type":"x"}`, "{}", "{}", "{}"), true, `channel "x"`},
	}
	for _, row := range rows {
		_, m, err := DecodeWebSocket(row.subprotocol, []byte(row.data), row.binary)
		if err == nil || !strings.Contains(err.Error(), row.want) || m != nil {
			t.Errorf("%s: %v, expected %q", row.name, err, row.want)
		}
	}
}

// FuzzWebSocket: nothing makes it panic, and what is read is written and read again as the same.
func FuzzWebSocket(f *testing.F) {
	for _, p := range subprotocols {
		for _, buffers := range [][][]byte{nil, {[]byte("abc"), {}}} {
			data, isBinary, err := EncodeWebSocket(p, Shell, webSocketMessage(buffers...))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(p == WebSocketV1, data, isBinary)
		}
	}
	f.Fuzz(func(t *testing.T, v1 bool, data []byte, isBinary bool) {
		p := ""
		if v1 {
			p = WebSocketV1
		}
		channel, m, err := DecodeWebSocket(p, data, isBinary)
		if err != nil {
			return
		}
		again, binaryAgain, err := EncodeWebSocket(p, channel, m)
		if err != nil {
			t.Fatal(err)
		}
		channelAgain, n, err := DecodeWebSocket(p, again, binaryAgain)
		if err != nil || channelAgain != channel || n.Header != m.Header || !slices.EqualFunc(n.Buffers, m.Buffers, bytes.Equal) {
			t.Errorf("%v became %v: %v", m, n, err)
		}
	})
}
