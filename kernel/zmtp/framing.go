package zmtp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

const (
	greetingSize = 64
	maxCommand   = 64 << 10 // bytes of a command; a subscription is the largest
	frameCost    = 64       // what a frame counts beside its bytes, so that empty ones are not free
	writeChunk   = 64 << 10

	flagMore    = 1
	flagLong    = 2
	flagCommand = 4
)

// framing stands between zmq4's Conn and the network. It follows the frames that pass, for what Conn does not do:
//   - a frame's length is checked before Conn allocates it;
//   - commands after the handshake are taken out and reported. Conn would hand them on as messages without their name,
//     and would write a PONG in between the frames of a message that another goroutine is sending;
//   - writes are collected until flush, and go out in chunks, so that progress can be seen;
//   - with CURVE, frames are sealed and opened.
//
// One goroutine may read while another writes.
type framing struct {
	net.Conn
	in  *bufio.Reader
	out *bufio.Writer

	max       int64
	onCommand func(name string, body []byte)

	open     bool   // the handshake is over
	greeting int    // bytes of the peer's greeting still to come
	header   []byte // of the current frame, still to be handed out
	body     uint64 // bytes of the current frame still to come
	size     int64  // of the current message so far

	curve  *curve // nil without encryption
	opened []byte // what is still to come of the current frame, if it was sealed
	plain  []byte // what was written and is not a whole frame yet
}

func newFraming(c net.Conn, max int64, progress func(), onCommand func(string, []byte)) *framing {
	return &framing{
		Conn:      c,
		in:        bufio.NewReaderSize(c, 32<<10),
		out:       bufio.NewWriterSize(&chunkWriter{c, progress}, writeChunk),
		max:       max,
		onCommand: onCommand,
		greeting:  greetingSize,
	}
}

// ready tells that the handshake is over. No read or write may be under way.
func (f *framing) ready() { f.open = true }

func (f *framing) Read(p []byte) (int, error) {
	if f.greeting > 0 {
		n, err := f.in.Read(p[:min(len(p), f.greeting)])
		f.greeting -= n
		return n, err
	}
	if len(f.header) == 0 && f.body == 0 {
		if err := f.next(); err != nil {
			return 0, err
		}
	}
	if len(f.header) > 0 {
		n := copy(p, f.header)
		f.header = f.header[n:]
		return n, nil
	}
	var from io.Reader = f.in
	if f.sealed() {
		from = (*reader)(&f.opened)
	}
	n, err := from.Read(p[:min(uint64(len(p)), f.body)])
	f.body -= uint64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the header of the next frame that is Conn's business.
func (f *framing) next() error {
	for {
		header, flags, size, err := f.readHeader()
		if err != nil {
			return err
		}
		if flags&^(flagMore|flagLong|flagCommand) != 0 {
			return fmt.Errorf("frame with unknown flags %#x", flags)
		}
		if f.sealed() {
			if header, flags, size, err = f.unseal(size); err != nil {
				return err
			}
		}
		if flags&flagCommand != 0 || !f.open {
			if size > maxCommand {
				return fmt.Errorf("command of %d bytes, the limit is %d", size, maxCommand)
			}
		} else if err := f.count(flags, size); err != nil {
			return err
		}
		if flags&flagCommand == 0 || !f.open {
			f.header, f.body = header, size
			return nil
		}
		if err := f.takeCommand(size); err != nil {
			return err
		}
	}
}

func (f *framing) readHeader() (header []byte, flags byte, size uint64, err error) {
	header = make([]byte, 2, 9)
	if _, err := io.ReadFull(f.in, header); err != nil {
		return nil, 0, 0, err
	}
	if header[0]&flagLong == 0 {
		return header, header[0], uint64(header[1]), nil
	}
	header = header[:9]
	if _, err := io.ReadFull(f.in, header[2:]); err != nil {
		return nil, 0, 0, io.ErrUnexpectedEOF
	}
	return header, header[0], binary.BigEndian.Uint64(header[1:]), nil
}

// count adds a frame to the current message and refuses it above the limit.
func (f *framing) count(flags byte, size uint64) error {
	if size > uint64(f.max) {
		return fmt.Errorf("frame of %d bytes, the limit is %d", size, f.max)
	}
	f.size += int64(size) + frameCost
	if f.size > f.max+frameCost {
		return fmt.Errorf("message of more than %d bytes, the limit", f.max)
	}
	if flags&flagMore == 0 {
		f.size = 0
	}
	return nil
}

func (f *framing) takeCommand(size uint64) error {
	b := f.opened
	if !f.sealed() {
		b = make([]byte, size)
		if _, err := io.ReadFull(f.in, b); err != nil {
			return io.ErrUnexpectedEOF
		}
	}
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return errors.New("malformed command")
	}
	n := int(b[0]) + 1
	f.onCommand(string(b[1:n]), b[n:])
	return nil
}

// Write collects; the handshake goes out at once.
func (f *framing) Write(p []byte) (int, error) {
	switch {
	case !f.open:
		return f.Conn.Write(p)
	case f.sealed():
		return len(p), f.writeSealed(p)
	}
	return f.out.Write(p)
}

func (f *framing) flush() error { return f.out.Flush() }

// closeWrite says that nothing more will be written, and leaves reading open: closing a connection on which unread
// bytes wait would reset it, and the peer would lose what it has not read yet.
func (f *framing) closeWrite() error {
	if c, ok := f.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return f.Close()
}

// chunkWriter reports every chunk, so that a large message to a slow reader can be told from one to a reader that stands
// still.
type chunkWriter struct {
	conn     net.Conn
	progress func()
}

func (w *chunkWriter) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n, err := w.conn.Write(p[done:min(len(p), done+writeChunk)])
		done += n
		w.progress()
		if err != nil {
			return done, err
		}
	}
	return done, nil
}
