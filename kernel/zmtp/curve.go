package zmtp

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-zeromq/zmq4"
	"golang.org/x/crypto/nacl/box"
)

// CurveKeys are a server's keys for CURVE, ZeroMQ's encryption (https://rfc.zeromq.org/spec/26/). A client that knows the public one is let in.
type CurveKeys struct{ Public, Secret [32]byte }

// ParseCurveKeys reads keys as ZeroMQ writes them: 40 characters in Z85 (https://rfc.zeromq.org/spec/32/).
func ParseCurveKeys(public, secret string) (*CurveKeys, error) {
	var k CurveKeys
	for _, key := range []struct {
		name, text string
		to         *[32]byte
	}{{"public", public, &k.Public}, {"secret", secret, &k.Secret}} {
		b, err := decodeZ85(key.text)
		if err != nil || len(b) != len(key.to) {
			return nil, fmt.Errorf("the %s CURVE key is not 40 characters in Z85", key.name)
		}
		copy(key.to[:], b)
	}
	return &k, nil
}

const z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"

func decodeZ85(s string) ([]byte, error) {
	if len(s)%5 != 0 {
		return nil, errors.New("the length is no multiple of five")
	}
	var out []byte
	for ; len(s) > 0; s = s[5:] {
		var v uint64
		for i := range 5 {
			digit := strings.IndexByte(z85, s[i])
			if digit < 0 {
				return nil, fmt.Errorf("character %q", s[i])
			}
			v = 85*v + uint64(digit)
		}
		if v > 1<<32-1 {
			return nil, fmt.Errorf("%q is too large", s[:5])
		}
		out = binary.BigEndian.AppendUint32(out, uint32(v))
	}
	return out, nil
}

// Nonces are 24 bytes: what they are for, and a number or random bytes.
const (
	nonceHello    = "CurveZMQHELLO---"
	nonceInitiate = "CurveZMQINITIATE"
	nonceReady    = "CurveZMQREADY---"
	nonceClient   = "CurveZMQMESSAGEC"
	nonceServer   = "CurveZMQMESSAGES"
	nonceWelcome  = "WELCOME-"
	nonceVouch    = "VOUCH---"
)

// Flags of a frame in a box.
const (
	curveMore    = 1
	curveCommand = 2
)

const (
	cookieSize   = 96
	helloSize    = 194 // version 2, zeros 72, client's key 32, nonce 8, box 80
	initiateSize = cookieSize + 8 + box.Overhead + vouchSize
	vouchSize    = 32 + 16 + 80 // client's permanent key, nonce, box

	curveMessage = "\x07MESSAGE"
	// curveCost is what a frame grows by: the command's name, the nonce, the box, and the flags in it.
	curveCost = len(curveMessage) + 8 + box.Overhead + 1
)

// curve is the server's side of one connection: the handshake as zmq4 wants it, and what is needed to seal and open frames afterwards.
type curve struct {
	keys   *CurveKeys
	shared [32]byte // of the two short-term keys
	sent   uint64   // the last nonce's number
	seen   uint64
}

var errCurve = errors.New("CURVE: a box that was not made for this connection")

// Type implements zmq4.Security.
func (*curve) Type() zmq4.SecurityType { return zmq4.CurveSecurity }

// Encrypt and Decrypt implement zmq4.Security. They do nothing: zmq4 would write the lengths of what is not encrypted, so framing does it.
func (*curve) Encrypt(w io.Writer, data []byte) (int, error) { return w.Write(data) }
func (*curve) Decrypt(w io.Writer, data []byte) (int, error) { return w.Write(data) }

// Handshake implements zmq4.Security: HELLO, WELCOME, INITIATE, READY.
func (c *curve) Handshake(conn *zmq4.Conn, _ bool) error {
	hello, err := expect(conn, "HELLO", helloSize)
	if err != nil {
		return err
	}
	client := (*[32]byte)(hello[74:106])
	if plain, ok := box.Open(nil, hello[114:], nonce(nonceHello, hello[106:114]), client, &c.keys.Secret); !ok || hello[0] != 1 || len(plain) != 64 {
		return errCurve
	}
	ours, secret, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	// A cookie is there for servers that forget a client between its two messages. This one does not.
	cookie, once := random(cookieSize), random(16)
	welcome := box.Seal(once, append(ours[:], cookie...), nonce(nonceWelcome, once), client, &c.keys.Secret)
	if err := conn.SendCmd("WELCOME", welcome); err != nil {
		return err
	}
	initiate, err := expect(conn, "INITIATE", initiateSize)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(initiate[:cookieSize], cookie) != 1 {
		return errCurve
	}
	box.Precompute(&c.shared, client, secret)
	metadata, err := c.vouched(initiate[cookieSize:], client, secret)
	if err != nil {
		return err
	}
	if err := conn.Peer.Meta.UnmarshalZMTP(metadata); err != nil {
		return err
	}
	raw, err := conn.Meta.MarshalZMTP()
	if err != nil {
		return err
	}
	return conn.SendCmd(zmq4.CmdReady, c.seal(nil, nonceReady, raw))
}

// expect receives a command of at least so many bytes.
func expect(conn *zmq4.Conn, name string, size int) ([]byte, error) {
	cmd, err := conn.RecvCmd()
	switch {
	case err != nil:
		return nil, err
	case cmd.Name != name || len(cmd.Body) < size:
		return nil, fmt.Errorf("CURVE: got %s of %d bytes, want %s of at least %d", cmd.Name, len(cmd.Body), name, size)
	}
	return cmd.Body, nil
}

// vouched opens the box of INITIATE, checks that the client's permanent key stands behind its short-term one, and returns the metadata. secret is
// that of our short-term key.
func (c *curve) vouched(sealed []byte, client, secret *[32]byte) (metadata []byte, err error) {
	plain, err := c.open(nonceInitiate, sealed)
	if err != nil {
		return nil, err
	}
	permanent, random, vouch := (*[32]byte)(plain[:32]), plain[32:48], plain[48:vouchSize]
	said, ok := box.Open(nil, vouch, nonce(nonceVouch, random), permanent, secret)
	if !ok || subtle.ConstantTimeCompare(said[:32], client[:]) != 1 || subtle.ConstantTimeCompare(said[32:], c.keys.Public[:]) != 1 {
		return nil, errCurve
	}
	return plain[vouchSize:], nil
}

// seal appends a box with the next nonce.
func (c *curve) seal(to []byte, purpose string, plain []byte) []byte {
	c.sent++
	to = binary.BigEndian.AppendUint64(to, c.sent)
	return box.SealAfterPrecomputation(to, plain, nonce(purpose, to[len(to)-8:]), &c.shared)
}

// open opens what the client has sealed. Each of its nonces is larger than the one before: nothing can be sent a second time.
func (c *curve) open(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < 8+box.Overhead {
		return nil, errCurve
	}
	number := binary.BigEndian.Uint64(sealed)
	plain, ok := box.OpenAfterPrecomputation(nil, sealed[8:], nonce(purpose, sealed[:8]), &c.shared)
	if !ok || number <= c.seen {
		return nil, errCurve
	}
	c.seen = number
	return plain, nil
}

// sealFrame is a frame, flags and body, as it goes over the network: the body of another one.
func (c *curve) sealFrame(flags byte, body []byte) []byte {
	to := make([]byte, 0, len(body)+curveCost)
	return c.seal(append(to, curveMessage...), nonceServer, append([]byte{innerFlags(flags)}, body...))
}

// innerFlags are a frame's flags as they stand in a box.
func innerFlags(flags byte) (inner byte) {
	if flags&flagMore != 0 {
		inner |= curveMore
	}
	if flags&flagCommand != 0 {
		inner |= curveCommand
	}
	return inner
}

// openFrame is the frame in a body.
func (c *curve) openFrame(sealed []byte) (flags byte, body []byte, err error) {
	if !bytes.HasPrefix(sealed, []byte(curveMessage)) {
		return 0, nil, errCurve
	}
	plain, err := c.open(nonceClient, sealed[len(curveMessage):])
	if err != nil {
		return 0, nil, err
	}
	if len(plain) == 0 {
		return 0, nil, errCurve
	}
	if plain[0]&curveMore != 0 {
		flags |= flagMore
	}
	if plain[0]&curveCommand != 0 {
		flags |= flagCommand
	}
	return flags, plain[1:], nil
}

func nonce(purpose string, rest []byte) *[24]byte {
	var n [24]byte
	copy(n[copy(n[:], purpose):], rest)
	return &n
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
