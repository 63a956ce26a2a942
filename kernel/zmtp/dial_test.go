package zmtp

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dialEndpoints are one for each transport; the port of tcp is chosen.
func dialEndpoints(t *testing.T) []string {
	return []string{"tcp://127.0.0.1:0", "ipc://" + filepath.Join(t.TempDir(), "s")}
}

func connectTo(s interface{ Addr() net.Addr }) string {
	if a, ok := s.Addr().(*net.UnixAddr); ok {
		return "ipc://" + a.Name
	}
	return "tcp://" + s.Addr().String()
}

// TestDialDealer: messages of all sizes there and back, under the name that was given.
func TestDialDealer(t *testing.T) {
	for _, endpoint := range dialEndpoints(t) {
		router, err := ListenRouter(endpoint, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer router.Close(context.Background())
		c, err := DialDealer(t.Context(), connectTo(router), "ada", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, size := range []int{0, 1, 255, 256, 1 << 20} {
			want := [][]byte{[]byte("first"), []byte(strings.Repeat("x", size))}
			if err := c.Send(want); err != nil {
				t.Fatal(err)
			}
			got := <-router.Messages()
			if string(got[0]) != "ada" || len(got) != 3 || len(got[2]) != size {
				t.Fatalf("%s: arrived %d frames from %q", endpoint, len(got), got[0])
			}
			if err := router.Send(got); err != nil {
				t.Fatal(err)
			}
			back, err := c.Receive()
			if err != nil || len(back) != 2 || string(back[0]) != "first" || len(back[1]) != size {
				t.Fatalf("%s: came back %d frames, %v", endpoint, len(back), err)
			}
		}
	}
}

// TestDialSub: what is published after the welcome arrives.
func TestDialSub(t *testing.T) {
	for _, endpoint := range dialEndpoints(t) {
		pub, err := ListenXPub(endpoint, func([]byte) [][]byte { return [][]byte{[]byte("welcome")} }, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer pub.Close(context.Background())
		c, err := DialSub(t.Context(), connectTo(pub), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if m, err := c.Receive(); err != nil || string(m[0]) != "welcome" {
			t.Fatalf("%q, %v", m, err)
		}
		for i := range 100 {
			if err := pub.Send([][]byte{fmt.Append(nil, i)}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 100 {
			if m, err := c.Receive(); err != nil || string(m[0]) != fmt.Sprint(i) {
				t.Fatalf("message %d is %q, %v", i, m, err)
			}
		}
	}
}

// TestDialRefused: each row is a place where there is no such socket.
func TestDialRefused(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	pub, err := ListenXPub("tcp://127.0.0.1:0", nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer pub.Close(context.Background())
	rows := []struct {
		name, endpoint string
		within         time.Duration
		want           string
	}{
		{"no transport", "127.0.0.1:1", patience, "expected tcp://host:port or ipc://path"},
		{"nobody there", "ipc://" + filepath.Join(t.TempDir(), "none"), patience, "no such file"},
		{"who does not greet", "tcp://" + silent.Addr().String(), 50 * time.Millisecond, "deadline exceeded"},
	}
	for _, row := range rows {
		if c, err := DialDealer(t.Context(), row.endpoint, "", Options{HandshakeTimeout: row.within}); c != nil || err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, expected %q", row.name, err, row.want)
		}
	}
}

// TestDialTooLarge: a message above the limit ends the connection before memory is taken for it.
func TestDialTooLarge(t *testing.T) {
	router, err := ListenRouter("tcp://127.0.0.1:0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer router.Close(context.Background())
	c, err := DialDealer(t.Context(), connectTo(router), "ada", Options{MaxMessage: 1000})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Send([][]byte{[]byte("hello")}); err != nil {
		t.Fatal(err)
	}
	<-router.Messages()
	if err := router.Send([][]byte{[]byte("ada"), make([]byte, 1001)}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Receive(); err == nil || !strings.Contains(err.Error(), "the limit is 1000") {
		t.Errorf("got %v", err)
	}
}
