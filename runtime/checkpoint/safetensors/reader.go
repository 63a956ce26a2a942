package safetensors

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// Reader is an open file, or an open model of several files. Methods may be called from several goroutines at once.
type Reader struct {
	name     string
	metadata map[string]string
	order    []string
	tensors  map[string]entry
	files    []*os.File
}

// entry is a tensor and the file that holds it.
type entry struct {
	Info
	file *source
}

// source is a file whose header has been checked.
type source struct {
	name string
	r    io.ReaderAt
	data int64 // where the data begins
}

// NewReader checks the header of a file of that size and returns a Reader for its tensors. The name is for errors.
// r must stay open as long as the Reader is used.
func NewReader(r io.ReaderAt, size int64, name string) (*Reader, error) {
	h, data, err := readHeader(r, size)
	if err != nil {
		return nil, inFile(name, err)
	}
	out := &Reader{name: name, metadata: h.metadata, tensors: make(map[string]entry, len(h.tensors))}
	src := &source{name, r, data}
	for _, info := range h.tensors {
		out.order = append(out.order, info.Name)
		out.tensors[info.Name] = entry{info, src}
	}
	return out, nil
}

// inFile puts a file's name to an error that has none.
func inFile(name string, err error) error {
	var f *FormatError
	if errors.As(err, &f) {
		f.File = name
		return f
	}
	return fmt.Errorf("read %s: %w", quoted(name), err)
}

// openFile opens one file.
func openFile(path string) (*Reader, error) {
	f, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	r, err := NewReader(f, size, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	r.files = []*os.File{f}
	return r, nil
}

// openRegular opens a file that has a size. Others are not even opened: a pipe would wait for its writer.
func openRegular(path string) (f *os.File, size int64, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, err
	case !info.Mode().IsRegular():
		return nil, 0, fmt.Errorf("read %s: not a regular file", quoted(path))
	}
	f, err = os.Open(path)
	return f, info.Size(), err
}

// Close closes the files that Open opened.
func (r *Reader) Close() error {
	var errs []error
	for _, f := range r.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// Name is what was opened.
func (r *Reader) Name() string { return r.name }

// Names are the tensors in the order in which they are stored, file by file.
func (r *Reader) Names() []string { return slices.Clone(r.order) }

// Metadata is what stands under __metadata__: nil when nothing does. Of a model in several files these are the entries
// about which the files that have them agree.
func (r *Reader) Metadata() map[string]string { return maps.Clone(r.metadata) }

// Info tells what the header says about a tensor.
func (r *Reader) Info(name string) (Info, bool) {
	e, ok := r.tensors[name]
	e.Shape = slices.Clone(e.Shape)
	return e.Info, ok
}

// Section is the data of a tensor, to be read piece by piece.
func (r *Reader) Section(name string) (*io.SectionReader, error) {
	e, err := r.entry(name)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(e.file.r, e.file.data+e.Begin, e.Size()), nil
}

// ReadInto reads the data of a tensor into b, which must be as large as the data.
func (r *Reader) ReadInto(name string, b []byte) error {
	e, err := r.entry(name)
	if err != nil {
		return err
	}
	if int64(len(b)) != e.Size() {
		return fmt.Errorf("read %s: tensor %s is %d bytes long, but there is room for %d",
			quoted(e.file.name), quoted(name), e.Size(), len(b))
	}
	return e.wrap(readAt(e.file.r, b, e.file.data+e.Begin))
}

// Bytes reads the data of a tensor: little-endian, row-major.
func (r *Reader) Bytes(name string) ([]byte, error) {
	e, err := r.entry(name)
	if err != nil {
		return nil, err
	}
	b := make([]byte, e.Size())
	return b, r.ReadInto(name, b)
}

// Float32s reads a tensor of F64, F32, F16 or BF16 into v, which must be as long as the tensor. F64 is rounded to nearest,
// ties to even.
func (r *Reader) Float32s(name string, v []float32) error {
	e, err := r.entry(name)
	if err != nil {
		return err
	}
	switch {
	case !e.DType.Floats():
		return fmt.Errorf("read %s: tensor %s holds %v, expected F64, F32, F16 or BF16", quoted(e.file.name), quoted(name), e.DType)
	case len(v) != e.Elements():
		return fmt.Errorf("read %s: tensor %s has %d elements (shape %s), but there is room for %d",
			quoted(e.file.name), quoted(name), e.Elements(), shapeText(e.Shape), len(v))
	}
	width := e.DType.Bits() / 8
	chunk := make([]byte, min(e.Size(), chunkSize))
	for at := e.file.data + e.Begin; len(v) > 0; at += int64(len(chunk)) {
		chunk = chunk[:min(len(chunk), len(v)*width)]
		if err := readAt(e.file.r, chunk, at); err != nil {
			return e.wrap(err)
		}
		n := len(chunk) / width
		decode(v[:n], e.DType, chunk)
		v = v[n:]
	}
	return nil
}

func (r *Reader) entry(name string) (entry, error) {
	e, ok := r.tensors[name]
	if !ok {
		return e, fmt.Errorf("read %s: no tensor %s", quoted(r.name), quoted(name))
	}
	return e, nil
}

func (e entry) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read %s: tensor %s: %w", quoted(e.file.name), quoted(e.Name), err)
}
