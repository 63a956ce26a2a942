package wire

import (
	"maps"
	"slices"
	"unicode/utf8"
)

// long is from how many bytes on a text to show is quoted here. Pages and images have megabytes, and encoding/json looks at each character of
// them several times.
const long = 16 << 10

// shown is a content whose Data may be long: it appends itself, because encoding/json reads again what a part of it has written.
type shown interface{ appendTo([]byte) ([]byte, error) }

func (c DisplayData) appendTo(to []byte) ([]byte, error) {
	return appendMembers(to, member{"data", c.Data}, member{"metadata", c.Metadata}, member{"transient", c.Transient})
}

func (c UpdateDisplayData) appendTo(to []byte) ([]byte, error) { return DisplayData(c).appendTo(to) }

func (c ExecuteResult) appendTo(to []byte) ([]byte, error) {
	return appendMembers(to, member{"execution_count", c.ExecutionCount}, member{"data", c.Data}, member{"metadata", c.Metadata}, member{"transient", c.Transient})
}

type member struct {
	key   string
	value any
}

func appendMembers(to []byte, members ...member) (_ []byte, err error) {
	to = append(to, '{')
	for i, f := range members {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = appendValue(to, f.key); err != nil {
			return nil, err
		}
		if to, err = appendValue(append(to, ':'), f.value); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

func appendValue(to []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		if len(v) >= long && utf8.ValidString(v) {
			return appendQuoted(slices.Grow(to, len(v)+len(v)/8), v), nil
		}
	case Dict:
		var members []member
		for _, key := range slices.Sorted(maps.Keys(v)) {
			members = append(members, member{key, v[key]})
		}
		return appendMembers(to, members...)
	}
	raw, err := marshal(v)
	return append(to, raw...), err
}

// appendQuoted appends a text, which is UTF-8, as JSON.
func appendQuoted(to []byte, text string) []byte {
	const hex = "0123456789abcdef"
	to = append(to, '"')
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		to = append(to, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			to = append(to, '\\', c)
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(to, text[from:]...), '"')
}
