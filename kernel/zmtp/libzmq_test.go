package zmtp

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// python returns a Python that has the module. Without one the test is skipped, except in CI.
func python(t *testing.T, module string) string {
	t.Helper()
	p := os.Getenv("RESIDENT_PYTHON")
	if p == "" {
		p = "python3"
	}
	if err := exec.Command(p, "-c", "import "+module).Run(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s cannot import %s: %v", p, module, err)
		}
		t.Skipf("%s cannot import %s (set RESIDENT_PYTHON)", p, module)
	}
	return p
}

// TestLibzmq has libzmq, through pyzmq, as the client of all three sockets.
func TestLibzmq(t *testing.T) {
	py := python(t, "zmq")
	const published = 5000
	want := strings.Join([]string{
		`heartbeats True [b'second']`,
		`named b'me' [0, 1, 300, 3000000]`,
		`one identity [b'me', b'of again'] [b'me', b'of again']`,
		`one identity [b'me', b'of named'] [b'me', b'of named']`,
		`heart b'\x00ping'`,
		`welcome [b'', b'welcome']`,
		`other [b'never', b'welcome']`,
		fmt.Sprintf(`published %d other 0`, published),
	}, "\n")
	for secured, keys := range map[string]*CurveKeys{"plain": nil, "CURVE": curveKeys(t)} {
		for name, endpoint := range endpoints(t) {
			t.Run(name+"/"+secured, func(t *testing.T) {
				t.Parallel() // it waits most of the time
				opts := Options{Logf: t.Logf, Curve: keys}
				of := func(s string) string { return strings.Replace(endpoint, "s-1", s, 1) }
				r := newRouter(t, of("router"), opts)
				x := newXPub(t, of("xpub"), welcomeFrames, opts)
				rep, err := ListenRep(of("rep"), opts)
				if err != nil {
					t.Fatal(err)
				}
				defer closeSocket(t, rep)

				var out strings.Builder
				cmd := exec.Command(py, "testdata/client.py", dialAddr(r), dialAddr(x), dialAddr(rep))
				if keys != nil {
					cmd.Args = append(cmd.Args, curvePublic)
				}
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				exit := make(chan error, 1)
				go func() { exit <- cmd.Wait() }()
				answer(t, r, x, published, exit)
				if got := strings.TrimSpace(out.String()); got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// answer sends every message back with its identity in front, until the client ends.
func answer(t *testing.T, r *Router, x *XPub, published int, exit <-chan error) {
	for {
		select {
		case m := <-r.Messages():
			if string(m[0]) == "end" {
				for i := range published {
					x.Send(bytesOf("t", fmt.Sprint(i)))
				}
				x.Send(bytesOf("last"))
				closeSocket(t, x)
				continue
			}
			if err := r.Send(append([][]byte{m[0]}, m...)); err != nil {
				t.Error(err)
			}
		case err := <-exit:
			if err != nil {
				t.Errorf("client: %v", err)
			}
			return
		}
	}
}
