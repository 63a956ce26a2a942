package wire_test

import (
	"fmt"
	"time"

	"github.com/resident-go/resident/kernel/wire"
)

// A kernel takes frames from a socket, reads the request, and answers it.
func Example() {
	codec := wire.NewCodec("")
	frames := [][]byte{
		[]byte("client-7"), []byte("<IDS|MSG>"), {},
		[]byte(`{"msg_id": "a1", "msg_type": "complete_request", "session": "s"}`), []byte(`{}`), []byte(`{}`),
		[]byte(`{"code": "fmt.Pr", "cursor_pos": 6}`),
	}
	request, err := codec.Decode(frames)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := wire.Parse[wire.CodeRequest](request)
	if err != nil {
		fmt.Println(err)
		return
	}
	session := &wire.Session{ID: "k", Username: "kernel", Now: time.Now}
	reply, err := session.Reply(request, wire.CompleteReply{Status: "ok", CursorStart: 4, CursorEnd: r.CursorPos})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("to %s: %s\n", reply.Identities[0], reply.Header.Type)
	fmt.Printf("%s\n", reply.Content)
	fmt.Println("as the protocol has it:", wire.Check(wire.Shell, reply) == nil)
	// Output:
	// to client-7: complete_reply
	// {"status":"ok","matches":[],"cursor_start":4,"cursor_end":6,"metadata":{}}
	// as the protocol has it: true
}
