package safetensors

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/resident-go/resident/runtime/internal/draft"
)

// Write writes a file. The tensors may come in any order; those of one file have different names. Metadata may be nil.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	sorted, header, err := prepare(tensors, metadata)
	if err != nil {
		return err
	}
	buf := bufio.NewWriterSize(w, chunkSize)
	if _, err := buf.Write(header); err != nil {
		return err
	}
	for _, t := range sorted {
		if err := t.WriteData(buf); err != nil {
			return err
		}
	}
	return buf.Flush()
}

// WriteFile writes a file whole or not at all: under another name first, which takes the file's place when everything is
// on the disk. Tensors may be read from the very file that is replaced.
func WriteFile(path string, tensors []Tensor, metadata map[string]string) error {
	return draft.Replace(path, func(w io.Writer) error { return Write(w, tensors, metadata) })
}

// prepare sorts the tensors and encodes everything in front of the data.
func prepare(tensors []Tensor, metadata map[string]string) ([]Tensor, []byte, error) {
	sorted := slices.SortedFunc(slices.Values(tensors), func(a, b Tensor) int {
		return cmp.Or(-cmp.Compare(a.DType, b.DType), cmp.Compare(a.Name, b.Name))
	})
	if err := checkNames(tensors); err != nil {
		return nil, nil, err
	}
	header, err := encodeHeader(sorted, metadata)
	return sorted, header, err
}

func checkNames(tensors []Tensor) error {
	seen := map[string]bool{}
	for _, t := range tensors {
		switch {
		case t.Name == metadataKey:
			return fmt.Errorf("tensor %q: this name is taken by the metadata", t.Name)
		case !utf8.ValidString(t.Name):
			return fmt.Errorf("tensor %s: the name is not valid UTF-8", quoted(t.Name))
		case seen[t.Name]:
			return fmt.Errorf("tensor %s is there twice", quoted(t.Name))
		}
		seen[t.Name] = true
	}
	return nil
}

// encodeHeader gives the length and the header, padded so that the data begins at a multiple of 8.
func encodeHeader(sorted []Tensor, metadata map[string]string) ([]byte, error) {
	b := append(make([]byte, lengthSize), '{')
	if metadata != nil {
		var err error
		if b, err = appendMetadata(b, metadata); err != nil {
			return nil, err
		}
	}
	offset := int64(0)
	for _, t := range sorted {
		size, err := t.Size()
		if err != nil {
			return nil, err
		}
		if offset+size < offset {
			return nil, fmt.Errorf("tensor %s: the file is too large", quoted(t.Name))
		}
		b = appendEntry(comma(b), t, offset, offset+size)
		offset += size
	}
	b = append(b, '}')
	for len(b)%lengthSize != 0 {
		b = append(b, ' ')
	}
	n := len(b) - lengthSize
	if n > MaxHeader {
		return nil, fmt.Errorf("the header would be %d bytes long, at most %d are allowed", n, MaxHeader)
	}
	binary.LittleEndian.PutUint64(b, uint64(n))
	return b, nil
}

// comma separates what follows from what is there.
func comma(b []byte) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return b
}

func appendMetadata(b []byte, metadata map[string]string) ([]byte, error) {
	b = append(appendText(b, metadataKey), ":{"...)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if !utf8.ValidString(key) || !utf8.ValidString(metadata[key]) {
			return nil, fmt.Errorf("metadata %s: not valid UTF-8", quoted(key))
		}
		b = append(appendText(comma(b), key), ':')
		b = appendText(b, metadata[key])
	}
	return append(b, '}'), nil
}

func appendEntry(b []byte, t Tensor, begin, end int64) []byte {
	b = append(appendText(b, t.Name), `:{"dtype":"`...)
	b = append(append(b, t.DType.String()...), `","shape":[`...)
	for i, d := range t.Shape {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(d), 10)
	}
	b = strconv.AppendInt(append(b, `],"data_offsets":[`...), begin, 10)
	b = strconv.AppendInt(append(b, ','), end, 10)
	return append(b, "]}"...)
}

// appendText quotes text as the reference implementation does: only what JSON requires is escaped. (encoding/json escapes
// the line separators U+2028 and U+2029, too, which would make other bytes.)
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		default:
			if c < ' ' {
				b = fmt.Appendf(b, `\u%04x`, c)
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}
