package safetensors

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"
)

// MaxHeader is the largest header that is read or written, in bytes: the limit of the reference implementation.
const MaxHeader = 100_000_000

// lengthSize is the size of the number in front of the header.
const lengthSize = 8

// readHeader reads and checks everything in front of the data. data is where the data begins.
func readHeader(r io.ReaderAt, size int64) (h *header, data int64, err error) {
	if size < lengthSize {
		return nil, 0, fault("", "%d bytes long, expected at least %d", size, lengthSize)
	}
	var length [lengthSize]byte
	if err := readAt(r, length[:], 0); err != nil {
		return nil, 0, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > MaxHeader:
		return nil, 0, fault("", "the header says it is %d bytes long, at most %d are allowed", n, MaxHeader)
	case int64(n) > size-lengthSize:
		return nil, 0, fault("", "the header says it is %d bytes long, but %d follow", n, size-lengthSize)
	}
	text := make([]byte, n)
	if err := readAt(r, text, lengthSize); err != nil {
		return nil, 0, err
	}
	if h, err = parseHeader(text); err != nil {
		return nil, 0, err
	}
	data = lengthSize + int64(n)
	return h, data, h.checkLayout(size - data)
}

// readAt fills b. A file that ends early has been cut since its size was taken.
func readAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkLayout brings the tensors into the order of their data and makes sure that they cover it: no hole, no overlap, and
// each as large as its shape says.
func (h *header) checkLayout(size int64) error {
	slices.SortStableFunc(h.tensors, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.End, b.End))
	})
	end, before := int64(0), "the header"
	for _, t := range h.tensors {
		if err := t.check(); err != nil {
			return err
		}
		switch {
		case t.Begin < end:
			return fault(t.Name, "begins at byte %d of the data, inside of %s, which ends at %d", t.Begin, before, end)
		case t.Begin > end:
			return fault(t.Name, "begins at byte %d of the data, expected %d, right behind %s", t.Begin, end, before)
		case t.End > size:
			return fault(t.Name, "ends at byte %d of the data, which is %d bytes long", t.End, size)
		}
		end, before = t.End, "tensor "+quoted(t.Name)
	}
	if end != size {
		return fault("", "the tensors end at byte %d of the data, which is %d bytes long", end, size)
	}
	return nil
}

// check compares a tensor's offsets with its shape.
func (i Info) check() error {
	if i.Begin > i.End {
		return fault(i.Name, "data_offsets [%d,%d] end before they begin", i.Begin, i.End)
	}
	want, err := byteSize(i.DType, i.Shape)
	if err != nil {
		return fault(i.Name, "%v of shape %s: %v", i.DType, shapeText(i.Shape), err)
	}
	if i.Size() != want {
		return fault(i.Name, "data_offsets [%d,%d] hold %d bytes, expected %d for %v of shape %s",
			i.Begin, i.End, i.Size(), want, i.DType, shapeText(i.Shape))
	}
	return nil
}
