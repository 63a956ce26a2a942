// Package wire turns the frames of the Jupyter messaging protocol into typed messages and back.
//
// A message on a ZeroMQ socket is a list of frames: routing identities, the delimiter <IDS|MSG>, a signature, four
// JSON objects (header, parent header, metadata, content) and any number of binary buffers. [Codec] checks and writes
// these frames; [Message] is what is inside; [Session] makes new messages. The protocol itself is a table (see [Check]).
//
// Rules:
//   - the signature covers the four JSON frames exactly as they were sent, never a second encoding of them;
//   - a parent header is the request's header verbatim, unknown fields included;
//   - an answer is derived from its request, so it cannot be addressed wrongly;
//   - lists and maps are never null;
//   - bad input is an error, never a panic.
//
// Not here: sockets, queues, clocks. The package reads and writes byte slices only.
package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ProtocolVersion is the version of the messaging protocol that is spoken here.
const ProtocolVersion = "5.5"

// MaxMessage is the most bytes that all frames of one message may have together. Larger ones are refused, on the
// socket already, so that a wrong length cannot take the kernel's memory.
const MaxMessage = 256 << 20

// maxFrames bounds the number of frames, for the same reason.
const maxFrames = 4096

var delimiter = []byte("<IDS|MSG>")

// ErrSignature says that a message was not signed with the key of this kernel.
var ErrSignature = errors.New("wrong signature")

// Codec signs and checks frames with the key of the connection file.
type Codec struct {
	key []byte
}

// NewCodec returns a codec for the key. With an empty key messages carry empty signatures and none is checked.
func NewCodec(key string) *Codec { return &Codec{key: []byte(key)} }

// Decode checks the frames of one message and takes them apart. The message shares the memory of the frames.
func (c *Codec) Decode(frames [][]byte) (*Message, error) {
	if err := checkSize(frames); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(frames, func(f []byte) bool { return bytes.Equal(f, delimiter) })
	if at < 0 {
		return nil, fmt.Errorf("decode message: no %s among %d frames", delimiter, len(frames))
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return nil, fmt.Errorf("decode message: %d frames after %s, expected at least 5", len(rest), delimiter)
	}
	parts := rest[1:5]
	if len(c.key) > 0 && !hmac.Equal(rest[0], c.sign(parts)) {
		return nil, fmt.Errorf("decode message: %w", ErrSignature)
	}
	m, err := assemble(parts, rest[5:])
	if err != nil {
		return nil, fmt.Errorf("decode message: %w", err)
	}
	m.Identities = frames[:at:at]
	return m, nil
}

// assemble makes a message of its JSON objects: header, parent header, metadata and content.
func assemble(parts, buffers [][]byte) (*Message, error) {
	for i, name := range []string{"header", "parent header", "metadata", "content"} {
		if !isObject(parts[i]) {
			return nil, fmt.Errorf("%s is not a JSON object", name)
		}
	}
	m := &Message{header: parts[0], Parent: parts[1], Metadata: parts[2], Content: parts[3], Buffers: buffers}
	if err := json.Unmarshal(m.header, &m.Header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if m.Header.ID == "" || m.Header.Type == "" {
		return nil, errors.New("header has no msg_id or no msg_type")
	}
	return m, nil
}

// Encode returns the signed frames of a message.
func (c *Codec) Encode(m *Message) ([][]byte, error) {
	parts := [][]byte{m.header, m.Parent, m.Metadata, m.Content}
	frames := make([][]byte, 0, len(m.Identities)+2+len(parts)+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, delimiter, c.sign(parts))
	frames = append(frames, parts...)
	frames = append(frames, m.Buffers...)
	if err := checkSize(frames); err != nil {
		return nil, err
	}
	return frames, nil
}

// EncodeContent returns the frames of a content without a message around it, as a kernel sends them when it registers its ports.
func (c *Codec) EncodeContent(content []byte) [][]byte {
	return [][]byte{delimiter, c.sign([][]byte{content}), content}
}

// DecodeContent checks the frames of such a content and returns it.
func (c *Codec) DecodeContent(frames [][]byte) ([]byte, error) {
	if err := checkSize(frames); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(frames, func(f []byte) bool { return bytes.Equal(f, delimiter) })
	if at < 0 || len(frames) != at+3 {
		return nil, fmt.Errorf("decode content: %d frames, expected %s, a signature and a content", len(frames), delimiter)
	}
	signature, content := frames[at+1], frames[at+2]
	if len(c.key) > 0 && !hmac.Equal(signature, c.sign([][]byte{content})) {
		return nil, fmt.Errorf("decode content: %w", ErrSignature)
	}
	return content, nil
}

func (c *Codec) sign(parts [][]byte) []byte {
	if len(c.key) == 0 {
		return []byte{}
	}
	mac := hmac.New(sha256.New, c.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

func checkSize(frames [][]byte) error {
	if len(frames) > maxFrames {
		return fmt.Errorf("message has %d frames, the limit is %d", len(frames), maxFrames)
	}
	size := 0
	for _, f := range frames {
		size += len(f)
	}
	if size > MaxMessage {
		return fmt.Errorf("message has %d bytes, the limit is %d", size, MaxMessage)
	}
	return nil
}

func isObject(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) > 0 && b[0] == '{' && json.Valid(b)
}
