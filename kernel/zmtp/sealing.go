package zmtp

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// What framing does for CURVE: each frame is sealed in the body of another one, with its flags.

func (f *framing) sealed() bool { return f.open && f.curve != nil }

// unseal reads the body of a frame and opens the frame in it.
func (f *framing) unseal(size uint64) (header []byte, flags byte, inner uint64, err error) {
	if size > uint64(max(f.max, maxCommand)+int64(curveCost)) {
		return nil, 0, 0, fmt.Errorf("sealed frame of %d bytes, the limit is %d", size, f.max)
	}
	sealed := make([]byte, size)
	if _, err := io.ReadFull(f.in, sealed); err != nil {
		return nil, 0, 0, io.ErrUnexpectedEOF
	}
	if flags, f.opened, err = f.curve.openFrame(sealed); err != nil {
		return nil, 0, 0, err
	}
	return frameHeader(flags, len(f.opened)), flags, uint64(len(f.opened)), nil
}

// writeSealed collects what Conn writes and seals each frame that is whole.
func (f *framing) writeSealed(p []byte) error {
	f.plain = append(f.plain, p...)
	rest := f.plain
	for {
		flags, body, after, ok := cutFrame(rest)
		if !ok {
			break
		}
		rest = after
		sealed := f.curve.sealFrame(flags, body)
		if _, err := f.out.Write(frameHeader(0, len(sealed))); err != nil {
			return err
		}
		if _, err := f.out.Write(sealed); err != nil {
			return err
		}
	}
	f.plain = append(f.plain[:0], rest...)
	return nil
}

// cutFrame takes the first frame, if all of it is there.
func cutFrame(b []byte) (flags byte, body, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, nil, nil, false
	}
	size, from := uint64(b[1]), 2
	if b[0]&flagLong != 0 {
		if len(b) < 9 {
			return 0, nil, nil, false
		}
		size, from = binary.BigEndian.Uint64(b[1:]), 9
	}
	if size > uint64(len(b)-from) {
		return 0, nil, nil, false
	}
	end := from + int(size)
	return b[0], b[from:end], b[end:], true
}

func frameHeader(flags byte, size int) []byte {
	if size <= math.MaxUint8 {
		return []byte{flags, byte(size)}
	}
	return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, uint64(size))
}

// reader reads from a slice, which becomes shorter.
type reader []byte

func (r *reader) Read(p []byte) (int, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	n := copy(p, *r)
	*r = (*r)[n:]
	return n, nil
}
