package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const testKey = "a0436f6c-1916-498b-8eb9-e81ab9368e84"

type golden struct {
	Key      string
	Messages []struct {
		Name, Type, ID string
		Frames         []string
	}
}

// readGolden returns the messages that jupyter_client signed (testdata/golden.py).
func readGolden(t testing.TB) (key string, names []string, messages [][][]byte) {
	t.Helper()
	raw, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	for _, m := range g.Messages {
		var frames [][]byte
		for _, f := range m.Frames {
			b, err := hex.DecodeString(f)
			if err != nil {
				t.Fatal(err)
			}
			frames = append(frames, b)
		}
		names, messages = append(names, m.Name), append(messages, frames)
	}
	return g.Key, names, messages
}

func TestGoldenRoundTrip(t *testing.T) {
	key, names, messages := readGolden(t)
	codec := NewCodec(key)
	for i, frames := range messages {
		t.Run(names[i], func(t *testing.T) {
			m, err := codec.Decode(frames)
			if err != nil {
				t.Fatal(err)
			}
			back, err := codec.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(back, frames, bytes.Equal) {
				t.Errorf("got frames  %q\nwant frames %q", back, frames)
			}
		})
	}
}

func TestGoldenContents(t *testing.T) {
	key, names, messages := readGolden(t)
	decode := func(name string) *Message {
		m, err := NewCodec(key).Decode(messages[slices.Index(names, name)])
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := decode("execute")
	r, err := Parse[ExecuteRequest](m)
	if err != nil {
		t.Fatal(err)
	}
	if want := "fmt.Println(\"héllo, 世界 <&>\")\n"; r.Code != want || r.UserExpressions["x"] != "1+1" || !r.AllowStdin {
		t.Errorf("got %+v", r)
	}
	if m.Header.Username != "läser" || string(m.Identities[0]) != "client-1" {
		t.Errorf("got header %+v, identities %q", m.Header, m.Identities)
	}
	if m := decode("two identities"); len(m.Identities) != 2 || string(m.Identities[0]) != "\x00\x01\xff" {
		t.Errorf("got identities %q", m.Identities)
	}
	if m := decode("buffers"); len(m.Buffers) != 2 || string(m.Buffers[1]) != "\x00\x01\x02" {
		t.Errorf("got buffers %q", m.Buffers)
	}
	if m := decode("parent and metadata"); m.ParentID() == "" {
		t.Errorf("no parent id in %s", m.Parent)
	}
}

func TestMalformed(t *testing.T) {
	const ok = `{}`
	header := `{"msg_id":"1","msg_type":"kernel_info_request","session":"s"}`
	rows := []struct {
		name, want string
		parts      []string // header, parent, metadata, content
	}{
		{"header is a list", "header is not a JSON object", []string{`[]`, ok, ok, ok}},
		{"header is null", "header is not a JSON object", []string{`null`, ok, ok, ok}},
		{"header is half", "header is not a JSON object", []string{header[:20], ok, ok, ok}},
		{"msg_id missing", "no msg_id", []string{`{"msg_type":"x"}`, ok, ok, ok}},
		{"msg_id a number", "header: json:", []string{`{"msg_id":7,"msg_type":"x"}`, ok, ok, ok}},
		{"msg_type missing", "no msg_type", []string{`{"msg_id":"x"}`, ok, ok, ok}},
		{"parent is null", "parent header is not", []string{header, `null`, ok, ok}},
		{"metadata is text", "metadata is not", []string{header, ok, `"x"`, ok}},
		{"content is empty", "content is not", []string{header, ok, ok, ``}},
		{"content has a tail", "content is not", []string{header, ok, ok, `{} {}`}},
	}
	codec := NewCodec(testKey)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var parts [][]byte
			for _, p := range r.parts {
				parts = append(parts, []byte(p))
			}
			_, err := codec.Decode(append([][]byte{delimiter, codec.sign(parts)}, parts...))
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got error %v, want one with %q", err, r.want)
			}
		})
	}
}

func TestBrokenFrames(t *testing.T) {
	key, _, messages := readGolden(t)
	codec := NewCodec(key)
	for n := range messages[0] {
		if _, err := codec.Decode(messages[0][:n]); err == nil {
			t.Errorf("the first %d frames decode without an error", n)
		}
	}
	for i := 2; i < len(messages[0]); i++ {
		frames := slices.Clone(messages[0])
		frames[i] = append(bytes.Clone(frames[i]), ' ')
		if _, err := codec.Decode(frames); !errors.Is(err, ErrSignature) {
			t.Errorf("frame %d changed: got error %v, want %v", i, err, ErrSignature)
		}
	}
	if _, err := NewCodec("another key").Decode(messages[0]); !errors.Is(err, ErrSignature) {
		t.Errorf("another key: got error %v, want %v", err, ErrSignature)
	}
	if _, err := NewCodec("").Decode(messages[0]); err != nil {
		t.Errorf("empty key: %v", err)
	}
}

func TestLimits(t *testing.T) {
	codec := NewCodec("")
	m := testMessage(t, testSession(), Status{State: "starting"})
	m.Buffers = [][]byte{make([]byte, MaxMessage)}
	if _, err := codec.Encode(m); err == nil {
		t.Error("an oversized message was encoded")
	}
	m.Buffers = make([][]byte, maxFrames)
	if _, err := codec.Encode(m); err == nil {
		t.Error("a message of too many frames was encoded")
	}
}

func testSession() *Session {
	date := time.Date(2026, 11, 23, 16, 0, 0, 123456789, time.FixedZone("", 3600))
	return &Session{ID: "0123", Username: "kernel", Now: func() time.Time { return date }}
}

func testMessage(t testing.TB, s *Session, c Content) *Message {
	t.Helper()
	m, err := s.Publish(nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// FuzzDecode feeds arbitrary frames, cut from one string at the bytes 0xFE, signed when sign is set.
func FuzzDecode(f *testing.F) {
	_, _, messages := readGolden(f)
	for _, frames := range messages {
		f.Add(bytes.Join(frames, []byte{0xFE}), false)
		f.Add(bytes.Join(frames, []byte{0xFE}), true)
	}
	f.Fuzz(func(t *testing.T, in []byte, sign bool) {
		codec := NewCodec(testKey)
		frames := bytes.Split(in, []byte{0xFE})
		if at := slices.IndexFunc(frames, func(b []byte) bool { return bytes.Equal(b, delimiter) }); sign && at >= 0 && len(frames) >= at+6 {
			frames[at+1] = codec.sign(frames[at+2 : at+6])
		}
		m, err := codec.Decode(frames)
		if err != nil {
			return
		}
		back, err := codec.Encode(m)
		if err != nil {
			t.Fatalf("decoded, but not encoded again: %v", err)
		}
		if !slices.EqualFunc(back, frames, bytes.Equal) {
			t.Fatalf("got  %q\nwant %q", back, frames)
		}
		fuzzParse(t, m)
	})
}

// fuzzParse reads the content in every way there is: no panic, and an answer that fits the request.
func fuzzParse(t *testing.T, m *Message) {
	_, _ = Parse[ExecuteRequest](m)
	_, _ = Parse[CodeRequest](m)
	_, _ = Parse[HistoryRequest](m)
	_, _ = Parse[CommRequest](m)
	_, _ = Parse[InputReply](m)
	_ = Check(Shell, m)
	_ = m.String()
	r, err := testSession().Reply(m, StatusReply{Status: "ok"})
	if err != nil {
		t.Fatal(err)
	}
	if r.ParentID() != m.Header.ID || !bytes.Equal(r.Parent, m.header) {
		t.Fatalf("reply has parent %s, want %s", r.Parent, m.header)
	}
}
