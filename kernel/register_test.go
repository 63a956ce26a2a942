package kernel

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-zeromq/zmq4"

	"github.com/resident-go/resident/kernel/wire"
)

// launcher is who starts kernels and hears which ports they have chosen.
func launcher(t *testing.T, transport string) (zmq4.Socket, dict) {
	t.Helper()
	s := zmq4.NewRouter(t.Context())
	t.Cleanup(func() { s.Close() })
	file := dict{"kernel_id": "the kernel", "transport": transport, "registration_ip": "127.0.0.1", "registration_port": 1,
		"key": testKey, "signature_scheme": "hmac-sha256"}
	endpoint := "tcp://127.0.0.1:0"
	if transport == "ipc" {
		file["registration_ip"] = filepath.Join(t.TempDir(), "r")
		endpoint = "ipc://" + file["registration_ip"].(string) + "-1"
	}
	if err := s.Listen(endpoint); err != nil {
		t.Fatal(err)
	}
	if a, ok := s.Addr().(*net.TCPAddr); ok {
		file["registration_port"] = a.Port
	}
	return s, file
}

func registrationFile(t *testing.T, content dict) string {
	t.Helper()
	raw, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "registration.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRegister: a kernel that is given no ports chooses some and says which; all five are then there.
func TestRegister(t *testing.T) {
	for _, transport := range []string{"tcp", "ipc"} {
		t.Run(transport, func(t *testing.T) {
			socket, content := launcher(t, transport)
			ctx, cancel := context.WithCancel(t.Context())
			done, heard := make(chan error, 1), make(chan struct{})
			start := func(context.Context, func(string)) (Engine, error) {
				close(heard) // an engine is started by a kernel that is registered
				return newScripted(&gates{}), nil
			}
			go func() {
				done <- Serve(ctx, Config{ConnectionFile: registrationFile(t, content), Start: start, HistoryFile: filepath.Join(t.TempDir(), "h"), Log: io.Discard})
			}()
			m, err := socket.Recv()
			if err != nil {
				t.Fatal(err)
			}
			codec := wire.NewCodec(testKey)
			raw, err := codec.DecodeContent(m.Frames)
			if err != nil {
				t.Fatal(err)
			}
			var said map[string]string // all values are text
			if err := json.Unmarshal(raw, &said); err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
			answer := append([][]byte{m.Frames[0]}, codec.EncodeContent([]byte(`{"status":"ok"}`))...)
			if err := socket.Send(zmq4.NewMsgFrom(answer...)); err != nil {
				t.Fatal(err)
			}
			if said["kernel_id"] != "the kernel" || len(said) != 6 {
				t.Errorf("registered with %s", raw)
			}
			for _, name := range []string{"shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"} {
				port, err := strconv.Atoi(said[name])
				if err != nil {
					t.Fatalf("%s is %q", name, said[name])
				}
				_, addr, _ := strings.Cut(connection{Transport: transport, IP: content["registration_ip"].(string)}.endpoint(port), "://")
				c, err := net.Dial(map[string]string{"tcp": "tcp", "ipc": "unix"}[transport], addr)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				c.Close()
			}
			select {
			case <-heard:
			case err := <-done:
				t.Fatalf("ended early: %v", err)
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRegisterRefused: each row is an answer that is none. The kernel ends.
func TestRegisterRefused(t *testing.T) {
	wrong := wire.NewCodec("another key").EncodeContent([]byte("{}"))
	rows := []struct {
		name   string
		answer [][]byte
		want   string
	}{
		{"a wrong signature", wrong, "decode content: wrong signature"},
		{"no content", wrong[:2], "decode content: 2 frames"},
		{"something else", [][]byte{[]byte("hello")}, "decode content: 1 frames"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			socket, content := launcher(t, "tcp")
			done := make(chan error, 1)
			go func() {
				done <- Serve(t.Context(), Config{ConnectionFile: registrationFile(t, content), HistoryFile: filepath.Join(t.TempDir(), "h"), Log: io.Discard})
			}()
			m, err := socket.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if err := socket.Send(zmq4.NewMsgFrom(append([][]byte{m.Frames[0]}, row.answer...)...)); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err == nil || !strings.Contains(err.Error(), "register the kernel's ports: "+row.want) {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
	_, content := launcher(t, "ipc")
	content["registration_ip"] = filepath.Join(t.TempDir(), "nobody")
	err := Serve(t.Context(), Config{ConnectionFile: registrationFile(t, content), HistoryFile: filepath.Join(t.TempDir(), "h"), Log: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "register the kernel's ports: ask ipc://") {
		t.Errorf("nobody there: %v", err)
	}
}
