package zmtp

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// The keys of ZeroMQ's own documentation (https://rfc.zeromq.org/spec/32/ and zmq_curve(7)).
const (
	curvePublic = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
	curveSecret = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"
)

func curveKeys(t testing.TB) *CurveKeys {
	t.Helper()
	k, err := ParseCurveKeys(curvePublic, curveSecret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestZ85(t *testing.T) {
	rows := []struct {
		text string
		want []byte // nil: refused
	}{
		{"", []byte{}},
		{"HelloWorld", []byte{0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B}}, // the specification's example
		{"00000", []byte{0, 0, 0, 0}},
		{"%nSc0", []byte{0xFF, 0xFF, 0xFF, 0xFF}},
		{"%nSc1", nil},
		{"#####", nil},
		{"Hello Worl", nil},
		{"Hell", nil},
	}
	for _, row := range rows {
		got, err := decodeZ85(row.text)
		if (err != nil) != (row.want == nil) || !bytes.Equal(got, row.want) && err == nil {
			t.Errorf("%q: got % x, %v, want % x", row.text, got, err, row.want)
		}
	}
	for _, row := range [][3]string{
		{curvePublic[1:], curveSecret, "the public CURVE key is not 40 characters in Z85"},
		{curvePublic, curveSecret + "00000", "the secret CURVE key is not 40 characters in Z85"},
	} {
		if _, err := ParseCurveKeys(row[0], row[1]); err == nil || err.Error() != row[2] {
			t.Errorf("got %v, want %s", err, row[2])
		}
	}
}

// TestCurveTurnsAway: each row is what somebody sends who is not to be let in.
func TestCurveTurnsAway(t *testing.T) {
	hello := append(append([]byte{1, 0}, make([]byte, 72)...), bytes.Repeat([]byte{7}, helloSize-74)...)
	command := func(name string, body []byte) []byte {
		b := append(append([]byte{byte(len(name))}, name...), body...)
		return append([]byte{flagCommand, byte(len(b))}, b...)
	}
	rows := []struct {
		name string
		sent []byte
	}{
		{"no encryption", append(greeting("NULL"), ready("\x0bSocket-Type\x00\x00\x00\x06DEALER")...)},
		{"the wrong mechanism", greeting("PLAIN")},
		{"READY instead of HELLO", append(greeting("CURVE"), ready("\x0bSocket-Type\x00\x00\x00\x06DEALER")...)},
		{"a message instead of HELLO", append(greeting("CURVE"), 0, 1, 'x')},
		{"a short HELLO", append(greeting("CURVE"), command("HELLO", hello[:helloSize-1])...)},
		{"a HELLO for another key", append(greeting("CURVE"), command("HELLO", hello)...)},
		{"INITIATE at once", append(greeting("CURVE"), command("INITIATE", hello)...)},
	}
	var said strings.Builder
	r := newRouter(t, "tcp://127.0.0.1:0", Options{Curve: curveKeys(t)})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			c := dialRaw(t, r)
			if _, err := c.Write(row.sent); err != nil {
				t.Fatal(err)
			}
			said.Reset()
			if _, err := io.Copy(&said, c); err != nil && !isClosed(err) {
				t.Fatalf("the connection stays open: %v", err)
			}
			if strings.Contains(said.String(), "READY") {
				t.Error("let in")
			}
		})
	}
}

// TestCurveFrames: what is sealed is opened once, as it was, and nothing that was changed is.
func TestCurveFrames(t *testing.T) {
	frames := func() *curve { return &curve{keys: curveKeys(t)} }
	for _, flags := range []byte{0, flagMore, flagCommand} {
		for _, n := range []int{0, 1, 255, 256, 70000} {
			body := bytes.Repeat([]byte{byte(n)}, n)
			s := frames()
			s.sent = 41
			sealed := s.seal([]byte(curveMessage), nonceClient, append([]byte{innerFlags(flags)}, body...))
			if len(sealed) != n+curveCost {
				t.Errorf("%d bytes grow to %d, want %d", n, len(sealed), n+curveCost)
			}
			o := frames()
			gotFlags, got, err := o.openFrame(sealed)
			if err != nil || gotFlags != flags || !bytes.Equal(got, body) {
				t.Fatalf("flags %d, %d bytes: got flags %d, %d bytes, %v", flags, n, gotFlags, len(got), err)
			}
			if _, _, err := o.openFrame(sealed); err != errCurve {
				t.Errorf("a second time: %v", err)
			}
			for _, at := range []int{0, len(curveMessage), len(curveMessage) + 8, len(sealed) - 1} {
				changed := bytes.Clone(sealed)
				changed[at] ^= 1
				if _, _, err := frames().openFrame(changed); err != errCurve {
					t.Errorf("byte %d changed: %v", at, err)
				}
			}
			if _, _, err := frames().openFrame(sealed[:len(curveMessage)+3]); err != errCurve {
				t.Errorf("cut off: %v", err)
			}
		}
	}
}
