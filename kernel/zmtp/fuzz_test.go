package zmtp

import (
	"context"
	"net"
	"testing"
	"time"
)

// FuzzPeer sends arbitrary bytes after the greeting, once as a handshake and once as frames. The socket must end the
// connection or wait for more; a panic of the goroutine would end the test binary.
func FuzzPeer(f *testing.F) {
	dealer := ready("\x0bSocket-Type\x00\x00\x00\x06DEALER")
	f.Add(dealer)
	f.Add(append(dealer, 0, 1, 'x'))
	f.Add([]byte{flagMore, 0, 0, 1, 'x'})
	f.Add([]byte{flagCommand, 7, 4, 'P', 'I', 'N', 'G', 0, 0})
	f.Add(frame(0, 1<<62))
	f.Add(frame(flagCommand, 3))
	r, err := ListenRouter("tcp://127.0.0.1:0", Options{MaxMessage: 1 << 16})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { r.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, before := range [][]byte{greeting("NULL"), append(greeting("NULL"), dealer...)} {
			ours, theirs := net.Pipe()
			ours.SetDeadline(time.Now().Add(patience))
			go func() {
				ours.Write(append(before, in...))
				ours.Close()
			}()
			go func() { // what the socket says is not looked at, but taken
				for buf := make([]byte, 1024); ; {
					if _, err := ours.Read(buf); err != nil {
						return
					}
				}
			}()
			done := make(chan struct{})
			go func() { r.serve(theirs); close(done) }()
			for waiting := true; waiting; {
				select {
				case <-r.Messages():
				case <-done:
					waiting = false
				}
			}
		}
	})
}
