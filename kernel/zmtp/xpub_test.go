package zmtp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

func welcomeFrames(topic []byte) [][]byte { return [][]byte{topic, []byte("welcome")} }

// TestSubscriptions runs with both forms of subscribing.
func TestSubscriptions(t *testing.T) {
	forms := map[string]func(t *testing.T, c raw, on bool, topic string){
		"message": func(t *testing.T, c raw, on bool, topic string) {
			c.send(t, map[bool]string{true: "\x01", false: "\x00"}[on]+topic)
		},
		"command": func(t *testing.T, c raw, on bool, topic string) {
			name := map[bool]string{true: zmq4.CmdSubscribe, false: zmq4.CmdCancel}[on]
			if err := c.zmtp.SendCmd(name, []byte(topic)); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, tell := range forms {
		t.Run(name, func(t *testing.T) {
			x := newXPub(t, "tcp://127.0.0.1:0", welcomeFrames, Options{})
			c := dialOpen(t, x, zmq4.Sub, "")
			publish := func(frames ...string) {
				if err := x.Send(bytesOf(frames...)); err != nil {
					t.Fatal(err)
				}
			}
			// A PONG comes back through the same queue as messages, after the subscription has been seen.
			settle := func() {
				if err := c.zmtp.SendCmd(zmq4.CmdPing, []byte("\x00\x00")); err != nil {
					t.Fatal(err)
				}
				if cmd, err := c.zmtp.RecvCmd(); err != nil || cmd.Name != zmq4.CmdPong {
					t.Fatalf("got %s, %v, want PONG", cmd.Name, err)
				}
			}
			publish("a", "before anyone listens")
			tell(t, c, true, "a")
			wantFrames(t, c.recv(t), "a", "welcome")
			settle()
			publish("b", "for others")
			publish("ab", "longer topic")
			wantFrames(t, c.recv(t), "ab", "longer topic")

			tell(t, c, true, "a") // twice: it takes two to cancel
			wantFrames(t, c.recv(t), "a", "welcome")
			tell(t, c, false, "a")
			settle()
			publish("a", "still")
			wantFrames(t, c.recv(t), "a", "still")
			tell(t, c, false, "a")
			settle()
			publish("a", "no more")
			tell(t, c, true, "")
			wantFrames(t, c.recv(t), "", "welcome")
			settle()
			publish("c", "everything")
			wantFrames(t, c.recv(t), "c", "everything")
		})
	}
}

// TestAfterWelcome: nothing that is published from the welcome on is missed.
func TestAfterWelcome(t *testing.T) {
	var x *XPub
	var news sync.WaitGroup
	x = newXPub(t, "tcp://127.0.0.1:0", func(topic []byte) [][]byte {
		news.Go(func() {
			if err := x.Send(bytesOf(string(topic), "news")); err != nil {
				t.Error(err)
			}
		})
		return welcomeFrames(topic)
	}, Options{})
	c := dialOpen(t, x, zmq4.Sub, "")
	for i := range 1000 {
		topic := fmt.Sprintf("%04d", i)
		c.send(t, "\x01"+topic)
		wantFrames(t, c.recv(t), topic, "welcome")
		news.Wait()
		if err := x.Send(bytesOf("0000", "last")); err != nil {
			t.Fatal(err)
		}
		wantFrames(t, c.recv(t), topic, "news")
		wantFrames(t, c.recv(t), "0000", "last")
	}
}

func TestSubOfZMQ4(t *testing.T) {
	for name, endpoint := range endpoints(t) {
		t.Run(name, func(t *testing.T) {
			x := newXPub(t, endpoint, welcomeFrames, Options{})
			sub := client(t, zmq4.NewSub, dialAddr(x), "")
			if err := sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
				t.Fatal(err)
			}
			m, err := sub.Recv()
			if err != nil {
				t.Fatal(err)
			}
			wantFrames(t, m.Frames, "", "welcome")
		})
	}
}

// TestStalledSubscriber: one that stops reading is disconnected, and another loses nothing because of it.
func TestStalledSubscriber(t *testing.T) {
	const count, size = 3000, 20000
	l := newLogs()
	x := newXPub(t, "tcp://127.0.0.1:0", welcomeFrames, Options{StallTimeout: 5 * time.Second, QueueMessages: 100, Logf: l.logf})
	stalled := dialOpen(t, x, zmq4.Sub, "")
	healthy := dialOpen(t, x, zmq4.Sub, "")
	for _, c := range []raw{stalled, healthy} {
		c.send(t, "\x01")
		c.recv(t)
	}
	waitSubscribed(t, x, 2)

	var sender sync.WaitGroup
	sender.Go(func() {
		payload := make([]byte, size)
		for i := range count {
			if err := x.Send([][]byte{[]byte("t"), binary.BigEndian.AppendUint32(nil, uint32(i)), payload}); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range count {
		m := healthy.recv(t)
		if got := binary.BigEndian.Uint32(m[1]); got != uint32(i) || len(m[2]) != size {
			t.Fatalf("message %d is number %d with %d bytes", i, got, len(m[2]))
		}
	}
	sender.Wait()
	l.wait(t, "does not read; disconnected")
	if _, err := io.Copy(io.Discard, stalled.net); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the stalled connection was not closed")
	}
}

// TestPausedSubscriber: one that reads late, but whose queue has room, loses nothing, however late it is: its stall
// timeout would be over at once.
func TestPausedSubscriber(t *testing.T) {
	const count = 200
	x := newXPub(t, "tcp://127.0.0.1:0", welcomeFrames, Options{StallTimeout: time.Nanosecond})
	c := dialOpen(t, x, zmq4.Sub, "")
	c.send(t, "\x01")
	c.recv(t)
	waitSubscribed(t, x, 1)
	payload := make([]byte, 100_000)
	for i := range count {
		if err := x.Send([][]byte{[]byte(fmt.Sprint(i)), payload}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		if m := c.recv(t); string(m[0]) != fmt.Sprint(i) || len(m[1]) != len(payload) {
			t.Fatalf("message %d is %q", i, m[0])
		}
	}
}

// waitSubscribed waits until the socket has registered n subscriptions to everything: the welcome is sent just before.
func waitSubscribed(t *testing.T, x *XPub, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); len(x.subscribers(nil)) < n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d subscriptions, want %d", len(x.subscribers(nil)), n)
		}
		<-time.After(time.Millisecond)
	}
}

// TestCloseDelivers: what was sent before Close arrives, although the subscriber begins to read only afterwards.
func TestCloseDelivers(t *testing.T) {
	const count = 2000
	for name, endpoint := range endpoints(t) {
		t.Run(name, func(t *testing.T) {
			x := newXPub(t, endpoint, welcomeFrames, Options{})
			c := dialOpen(t, x, zmq4.Sub, "")
			c.send(t, "\x01")
			c.recv(t)
			waitSubscribed(t, x, 1)
			payload := strings.Repeat("x", 5000)
			for i := range count {
				if err := x.Send(bytesOf("t", fmt.Sprint(i), payload)); err != nil {
					t.Fatal(err)
				}
			}
			var closer sync.WaitGroup
			closer.Go(func() { closeSocket(t, x) })
			<-x.closing
			for i := range count {
				wantFrames(t, c.recv(t), "t", fmt.Sprint(i), payload)
			}
			if m, err := c.zmtp.RecvMsg(); !errors.Is(err, io.EOF) {
				t.Errorf("after the last message: got %.20q, %v, want the end", m.Frames, err)
			}
			closer.Wait()
		})
	}
}

// TestCloseGivesUp: a peer that takes nothing keeps Close until its context ends, and is counted.
func TestCloseGivesUp(t *testing.T) {
	x, err := ListenXPub("tcp://127.0.0.1:0", welcomeFrames, Options{StallTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	c := dialOpen(t, x, zmq4.Sub, "")
	c.send(t, "\x01")
	c.recv(t)
	waitSubscribed(t, x, 1)
	for range 20 {
		if err := x.Send([][]byte{make([]byte, 1<<20)}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := x.Close(ctx); err == nil || !strings.Contains(err.Error(), "1 peers did not take all messages") {
		t.Errorf("got error %v", err)
	}
}
