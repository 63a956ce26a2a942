package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// WebSocketV1 is the name of the subprotocol in which a WebSocket carries the parts of a message as they are. See "Wire protocol" of Jupyter Server's
// documentation on WebSocket kernel connections.
const WebSocketV1 = "v1.kernel.websocket.jupyter.org"

// EncodeWebSocket returns a message as one WebSocket message: in the subprotocol v1, or in the older one that has no name, where a message is one
// JSON object, behind a table of offsets if it has buffers. Binary says of which kind the WebSocket message is.
func EncodeWebSocket(subprotocol, channel string, m *Message) (data []byte, binary bool, err error) {
	if subprotocol == WebSocketV1 {
		return encodeV1(channel, m), true, nil
	}
	text, err := marshal(jsonMessage{
		Channel: channel, ID: m.Header.ID, Type: m.Header.Type,
		Header: m.header, Parent: m.Parent, Metadata: m.Metadata, Content: m.Content, Buffers: List[struct{}]{},
	})
	if err != nil {
		return nil, false, fmt.Errorf("encode %s for a WebSocket: %w", m.Header.Type, err)
	}
	if len(m.Buffers) == 0 {
		return text, false, nil
	}
	return joinParts(slices.Insert(slices.Clone(m.Buffers), 0, text), table32), true, nil
}

// DecodeWebSocket takes apart what EncodeWebSocket, or a front end, has made.
func DecodeWebSocket(subprotocol string, data []byte, binary bool) (channel string, m *Message, err error) {
	switch {
	case subprotocol == WebSocketV1 && !binary:
		err = errors.New("text, expected binary data")
	case subprotocol == WebSocketV1:
		channel, m, err = decodeV1(data)
	default:
		channel, m, err = decodeJSON(data, binary)
	}
	if err == nil && !slices.Contains([]string{Shell, Control, Stdin, IOPub}, channel) {
		err = fmt.Errorf("channel %q, expected shell, control or stdin", channel)
	}
	if err != nil {
		return "", nil, fmt.Errorf("decode WebSocket message: %w", err)
	}
	return channel, m, nil
}

// jsonMessage is a message in the protocol without a name.
type jsonMessage struct {
	Channel  string          `json:"channel"`
	ID       string          `json:"msg_id"`
	Type     string          `json:"msg_type"`
	Header   json.RawMessage `json:"header"`
	Parent   json.RawMessage `json:"parent_header"`
	Metadata json.RawMessage `json:"metadata"`
	Content  json.RawMessage `json:"content"`
	Buffers  List[struct{}]  `json:"buffers"` // those there are stand behind the object
}

func decodeJSON(data []byte, binary bool) (channel string, m *Message, err error) {
	var buffers [][]byte
	if binary {
		parts, err := splitParts(data, table32)
		if err != nil {
			return "", nil, err
		}
		data, buffers = parts[0], parts[1:]
	}
	var j struct {
		jsonMessage
		Buffers json.RawMessage `json:"buffers"`
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return "", nil, err
	}
	m, err = assemble([][]byte{j.Header, orEmpty(j.Parent), orEmpty(j.Metadata), orEmpty(j.Content)}, buffers)
	return j.Channel, m, err
}

// orEmpty is what front ends mean by nothing and by null.
func orEmpty(object json.RawMessage) json.RawMessage {
	if len(object) == 0 || string(object) == "null" {
		return json.RawMessage("{}")
	}
	return object
}

func encodeV1(channel string, m *Message) []byte {
	parts := [][]byte{[]byte(channel), m.header, m.Parent, m.Metadata, m.Content}
	return joinParts(append(parts, m.Buffers...), table64)
}

func decodeV1(data []byte) (channel string, m *Message, err error) {
	parts, err := splitParts(data, table64)
	if err != nil {
		return "", nil, err
	}
	if len(parts) < 5 {
		return "", nil, fmt.Errorf("%d parts, expected at least 5", len(parts))
	}
	m, err = assemble(parts[1:5], parts[5:])
	return string(parts[0]), m, err
}

// table is how offsets stand before the parts that they point to: their number, and then where each part begins.
type table struct {
	size int // bytes of a number
	end  bool
	put  func(b []byte, n uint64) []byte
	get  func(b []byte) uint64
}

var (
	// table32 is that of the older protocol.
	table32 = table{
		size: 4,
		put:  func(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint32(b, uint32(n)) },
		get:  func(b []byte) uint64 { return uint64(binary.BigEndian.Uint32(b)) },
	}
	// table64 has one offset more, where the last part ends.
	table64 = table{
		size: 8,
		end:  true,
		put:  binary.LittleEndian.AppendUint64,
		get:  binary.LittleEndian.Uint64,
	}
)

func joinParts(parts [][]byte, t table) []byte {
	n := len(parts)
	if t.end {
		n++
	}
	at := t.size * (1 + n)
	out := t.put(nil, uint64(n))
	for _, p := range parts {
		out = t.put(out, uint64(at))
		at += len(p)
	}
	if t.end {
		out = t.put(out, uint64(at))
	}
	return append(out, slices.Concat(parts...)...)
}

// splitParts returns at least one part. They share the memory of the data.
func splitParts(data []byte, t table) ([][]byte, error) {
	if len(data) < t.size {
		return nil, fmt.Errorf("%d bytes, expected a table of offsets", len(data))
	}
	n := t.get(data)
	if n > maxFrames || uint64(len(data)) < uint64(t.size)*(n+1) {
		return nil, fmt.Errorf("table of %d offsets in %d bytes", n, len(data))
	}
	offsets := make([]uint64, n, n+1)
	for i := range offsets {
		offsets[i] = t.get(data[t.size*(i+1):])
	}
	if !t.end {
		offsets = append(offsets, uint64(len(data)))
	}
	if len(offsets) < 2 {
		return nil, errors.New("no parts")
	}
	parts := make([][]byte, len(offsets)-1)
	for i := range parts {
		from, to := offsets[i], offsets[i+1]
		if from > to || to > uint64(len(data)) {
			return nil, fmt.Errorf("part %d is from %d to %d in %d bytes", i, from, to, len(data))
		}
		parts[i] = data[from:to:to]
	}
	return parts, nil
}
