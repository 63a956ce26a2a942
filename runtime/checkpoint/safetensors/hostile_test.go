package safetensors_test

import (
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/resident-go/resident/runtime/checkpoint/safetensors"
)

// hostile are files that break a rule, and what the error says besides the file's name. A row without a tensor is about
// the whole header. The reference implementation refuses them, too, except where strict is set (see oracle_test.go).
var hostile = []struct {
	name         string
	data         []byte
	tensor, want string
	strict       bool
}{
	// The length.
	{name: "nothing", want: "0 bytes long, expected at least 8"},
	{name: "half a length", data: []byte{1, 0, 0}, want: "3 bytes long, expected at least 8"},
	{name: "no header", data: length(10), want: "the header says it is 10 bytes long, but 0 follow"},
	{name: "short header", data: append(length(3), "{}"...), want: "the header says it is 3 bytes long, but 2 follow"},
	{name: "huge header", data: append(length(100_000_001), "{}"...), want: "the header says it is 100000001 bytes long, at most 100000000 are allowed"},
	{name: "negative header", data: append(length(math.MaxUint64), "{}"...), want: "the header says it is 18446744073709551615 bytes long, at most 100000000 are allowed"},
	{name: "wrapping header", data: append(length(math.MaxUint64-7), "{}"...), want: "the header says it is 18446744073709551608 bytes long, at most 100000000 are allowed"},

	// The JSON text.
	{name: "empty header", data: file(""), want: "the JSON text ends in the middle"},
	{name: "spaces", data: file("  "), want: "the JSON text ends in the middle"},
	{name: "open", data: file("{"), want: "the JSON text ends in the middle"},
	{name: "open text", data: file(`{"a`), want: "the JSON text ends in the middle"},
	{name: "open entry", data: file(`{"a":{"dtype":`), tensor: "a", want: "the JSON text ends in the middle"},
	{name: "not JSON", data: file("{x}"), want: "not JSON at byte 1: invalid character 'x'"},
	{name: "no colon", data: file(`{"a" 1}`), tensor: "a", want: "not JSON at byte"},
	{name: "comma", data: file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},}`), want: "not JSON at byte"},
	{name: "not UTF-8", data: file("{\"\xff\":1}"), want: "the header is not valid UTF-8"},
	{name: "an array", data: file("[]"), want: "the header is an array, expected an object"},
	{name: "null", data: file("null"), want: "the header is null, expected an object"},
	{name: "two objects", data: file("{}{}"), want: "something follows the JSON object at byte 3"},
	{name: "zero behind", data: file("{}\x00"), want: "something follows the JSON object at byte 2"},
	{name: "number for a tensor", data: file(`{"a":1}`), tensor: "a", want: `the entry is the number "1", expected an object`},
	{name: "nested", data: file(`{"a":` + strings.Repeat("[", 100_000) + "}"), tensor: "a", want: "the entry is an array, expected an object"},
	{name: "nested in a field", data: file(`{"a":{"x":` + strings.Repeat("[", 100_000) + "}}"), tensor: "a", want: "exceeded max depth"},

	// Keys that stand twice.
	{name: "tensor twice", data: file(`{"a":`+u8("[1]", 0, 1)+`,"a":`+u8("[1]", 0, 1)+"}", 1), want: `the header has the key "a" twice`, strict: true},
	{name: "tensor twice by escape", data: file(`{"a":` + u8("[0]", 0, 0) + `,"\u0061":` + u8("[0]", 0, 0) + "}"), want: `the header has the key "a" twice`, strict: true},
	{name: "shape twice", data: file(`{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}`, 1), tensor: "a", want: `the entry has the key "shape" twice`},
	{name: "metadata twice", data: file(`{"__metadata__":{},"__metadata__":{}}`), want: `the header has the key "__metadata__" twice`},
	{name: "metadata key twice", data: file(`{"__metadata__":{"k":"1","k":"2"}}`), want: `__metadata__ has the key "k" twice`, strict: true},

	// Metadata.
	{name: "metadata is text", data: file(`{"__metadata__":"x"}`), want: `__metadata__ is the text "x", expected an object`},
	{name: "metadata of a number", data: file(`{"__metadata__":{"k":1}}`), want: `__metadata__ "k" is the number "1", expected text`},
	{name: "metadata of an object", data: file(`{"__metadata__":{"k":{}}}`), want: `__metadata__ "k" is an object, expected text`},
	{name: "metadata of null", data: file(`{"__metadata__":{"k":null}}`), want: `__metadata__ "k" is null, expected text`},

	// Fields.
	{name: "no dtype", data: file(`{"a":{"shape":[0],"data_offsets":[0,0]}}`), tensor: "a", want: "dtype is missing"},
	{name: "no shape", data: file(`{"a":{"dtype":"U8","data_offsets":[0,0]}}`), tensor: "a", want: "shape is missing"},
	{name: "no offsets", data: file(`{"a":{"dtype":"U8","shape":[0]}}`), tensor: "a", want: "data_offsets is missing"},
	{name: "unknown dtype", data: file(`{"a":{"dtype":"F31","shape":[0],"data_offsets":[0,0]}}`), tensor: "a", want: `unknown dtype "F31"`},
	{name: "dtype in lower case", data: file(`{"a":{"dtype":"f32","shape":[0],"data_offsets":[0,0]}}`), tensor: "a", want: `unknown dtype "f32"`},
	{name: "dtype of a number", data: file(`{"a":{"dtype":32,"shape":[0],"data_offsets":[0,0]}}`), tensor: "a", want: `dtype is the number "32", expected text`},
	{name: "shape of text", data: file(`{"a":{"dtype":"U8","shape":"0","data_offsets":[0,0]}}`), tensor: "a", want: `shape is the text "0", expected an array`},
	{name: "shape of null", data: file(`{"a":{"dtype":"U8","shape":null,"data_offsets":[0,0]}}`), tensor: "a", want: "shape is null, expected an array"},
	{name: "shape of texts", data: file(`{"a":`+u8(`["1"]`, 0, 1)+"}", 1), tensor: "a", want: `shape holds the text "1", expected whole numbers from 0 to 2^63-1`},
	{name: "nested shape", data: file(`{"a":`+u8(`[[1]]`, 0, 1)+"}", 1), tensor: "a", want: "shape holds an array, expected whole numbers"},
	{name: "negative dimension", data: file(`{"a":`+u8(`[-1]`, 0, 1)+"}", 1), tensor: "a", want: `shape holds the number "-1", expected whole numbers`},
	{name: "fractional dimension", data: file(`{"a":`+u8(`[1.0]`, 0, 1)+"}", 1), tensor: "a", want: `shape holds the number "1.0", expected whole numbers`},
	{name: "exponent", data: file(`{"a":`+u8(`[1e0]`, 0, 1)+"}", 1), tensor: "a", want: `shape holds the number "1e0", expected whole numbers`},
	{name: "minus zero", data: file(`{"a":` + u8(`[-0]`, 0, 0) + "}"), tensor: "a", want: `shape holds the number "-0", expected whole numbers`},
	{name: "one offset", data: file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}`), tensor: "a", want: "data_offsets holds 1 numbers, expected begin and end"},
	{name: "three offsets", data: file(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}`), tensor: "a", want: "data_offsets holds 3 numbers, expected begin and end"},
	{name: "offset beyond int64", data: file(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551615]}}`, 1), tensor: "a", want: `data_offsets holds the number "18446744073709551615", expected whole numbers`},

	// Sizes and places.
	{name: "backwards", data: file(`{"a":` + u8("[0]", 4, 0) + "}"), tensor: "a", want: "data_offsets [4,0] end before they begin"},
	{name: "too small for the shape", data: file(`{"a":{"dtype":"I32","shape":[2,2],"data_offsets":[0,4]}}`, 1, 2, 3, 4), tensor: "a", want: "data_offsets [0,4] hold 4 bytes, expected 16 for I32 of shape [2,2]"},
	{name: "too large for the shape", data: file(`{"a":`+u8("[]", 0, 2)+"}", 1, 2), tensor: "a", want: "data_offsets [0,2] hold 2 bytes, expected 1 for U8 of shape []"},
	{name: "too long to print", data: file(`{"a":`+u8("[1"+strings.Repeat(",1", 40)+"]", 0, 2)+"}", 1, 2), tensor: "a", want: "of shape [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,...]"},
	{name: "product overflows", data: file(`{"a":{"dtype":"I32","shape":[4,9223372036854775807],"data_offsets":[0,16]}}`, make([]byte, 16)...), tensor: "a", want: "I32 of shape [4,9223372036854775807]: more bytes than can be counted"},
	{name: "product wraps to its size", data: file(`{"a":{"dtype":"I32","shape":[4294967296,4294967297],"data_offsets":[0,16]}}`, make([]byte, 16)...), tensor: "a", want: "more bytes than can be counted"},
	{name: "overflow before a zero", data: file(`{"a":` + u8("[9223372036854775807,9223372036854775807,0]", 0, 0) + "}"), tensor: "a", want: "more bytes than can be counted"},
	{name: "bits overflow", data: file(`{"a":{"dtype":"F64","shape":[1152921504606846976],"data_offsets":[0,16]}}`, make([]byte, 16)...), tensor: "a", want: "more bytes than can be counted"},
	{name: "half a byte", data: file(`{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, 1, 2), tensor: "a", want: "F4 of shape [3]: not a whole number of bytes"},
	{name: "past the end", data: file(`{"a":`+u8("[5]", 0, 5)+"}", 1, 2, 3, 4), tensor: "a", want: "ends at byte 5 of the data, which is 4 bytes long"},
	{name: "far past the end", data: file(`{"a":`+u8("[1099511627776]", 0, 1<<40)+"}", 1), tensor: "a", want: "ends at byte 1099511627776 of the data, which is 1 bytes long"},
	{name: "second past the end", data: file(`{"a":`+u8("[1]", 0, 1)+`,"b":`+u8("[2]", 1, 3)+"}", 1, 2), tensor: "b", want: "ends at byte 3 of the data, which is 2 bytes long"},
	{name: "overlap", data: file(`{"a":`+u8("[2]", 0, 2)+`,"b":`+u8("[2]", 1, 3)+"}", 1, 2, 3), tensor: "b", want: `begins at byte 1 of the data, inside of tensor "a", which ends at 2`},
	{name: "the same bytes", data: file(`{"a":`+u8("[2]", 0, 2)+`,"b":`+u8("[2]", 0, 2)+"}", 1, 2), tensor: "b", want: `begins at byte 0 of the data, inside of tensor "a", which ends at 2`},
	{name: "empty inside", data: file(`{"a":`+u8("[2]", 0, 2)+`,"b":`+u8("[0]", 1, 1)+"}", 1, 2), tensor: "b", want: `begins at byte 1 of the data, inside of tensor "a", which ends at 2`},
	{name: "hole", data: file(`{"a":`+u8("[1]", 0, 1)+`,"b":`+u8("[1]", 2, 3)+"}", 1, 2, 3), tensor: "b", want: `begins at byte 2 of the data, expected 1, right behind tensor "a"`},
	{name: "hole in front", data: file(`{"a":`+u8("[1]", 1, 2)+"}", 1, 2), tensor: "a", want: "begins at byte 1 of the data, expected 0, right behind the header"},
	{name: "bytes behind", data: file(`{"a":`+u8("[1]", 0, 1)+"}", 1, 2), want: "the tensors end at byte 1 of the data, which is 2 bytes long"},
	{name: "bytes without tensors", data: file("{}", 1), want: "the tensors end at byte 0 of the data, which is 1 bytes long"},

	// Names that would spoil the message.
	{name: "lines in a name", data: file(`{"a\nb":1}`), tensor: "a\nb", want: `tensor "a\nb": the entry is`},
	{name: "long name", data: file(`{"` + strings.Repeat("é", 5000) + `":1}`), tensor: strings.Repeat("é", 5000), want: `éé"...: the entry is`},
}

func length(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// u8 is an entry of bytes.
func u8(shape string, begin, end int64) string {
	return `{"dtype":"U8","shape":` + shape + `,"data_offsets":[` + strconv.FormatInt(begin, 10) + `,` + strconv.FormatInt(end, 10) + `]}`
}

func TestHostile(t *testing.T) {
	for _, row := range hostile {
		t.Run(row.name, func(t *testing.T) {
			_, err := open(row.data)
			var f *safetensors.FormatError
			if !errors.As(err, &f) {
				t.Fatalf("error %v, expected a FormatError: %s", err, row.want)
			}
			if f.File != "x.safetensors" || f.Tensor != row.tensor || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %q of file %q, tensor %q, expected tensor %q: %s", err, f.File, f.Tensor, row.tensor, row.want)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
				t.Errorf("not one short line: %q", err)
			}
		})
	}
}

// Files that look odd and break no rule.
func TestTolerated(t *testing.T) {
	for _, row := range []struct{ name, header, data string }{
		{"spaces around", " \t\r\n{} \t\r\n", ""},
		{"no metadata", `{"__metadata__":null}`, ""},
		{"empty metadata", `{"__metadata__":{}}`, ""},
		{"any order", `{"b":` + u8("[1]", 2, 3) + `,"a":` + u8("[2]", 0, 2) + "}", "123"},
		{"empty tensors at one place", `{"a":` + u8("[1]", 0, 1) + `,"b":` + u8("[0,5]", 0, 0) + `,"c":` + u8("[0]", 1, 1) + "}", "1"},
		{"zero and large", `{"a":` + u8("[0,9223372036854775807,9223372036854775807]", 0, 0) + "}", ""},
		{"unknown field", `{"a":{"note":[{"x":[]}],"data_offsets":[0,1],"shape":[1],"dtype":"BOOL"}}`, "1"},
		{"packed", `{"a":{"dtype":"F6_E3M2","shape":[2,2],"data_offsets":[0,3]}}`, "123"},
		{"not aligned", `{"a":` + u8("[1]", 0, 1) + `,"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}`, "123456789"},
		{"shape without end", `{"a":` + u8("[1"+strings.Repeat(",1", 1000)+"]", 0, 1) + "}", "1"},
	} {
		if _, err := open(file(row.header, []byte(row.data)...)); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// What a header claims costs nothing: memory follows the size of the file.
func TestHostileMemory(t *testing.T) {
	for _, row := range hostile {
		if got, most := allocated(func() { open(row.data) }), allowance(len(row.data)); got > most {
			t.Errorf("%s: %d bytes allocated for a file of %d, at most %d expected", row.name, got, len(row.data), most)
		}
	}
}

// allowance is what may be allocated while a file of this size is checked.
func allowance(size int) uint64 { return 64<<10 + 100*uint64(size) }

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
