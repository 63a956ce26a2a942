package wire

import (
	"encoding/json"
	"maps"
	"unicode/utf8"
)

// long is from how many bytes on a text of a Dict is quoted here. Pages and images have megabytes, and encoding/json looks at each character
// of them several times.
const long = 16 << 10

// quoted are the values of a Dict with its long texts as JSON.
func (d Dict) quoted() map[string]any {
	all, ours := map[string]any(d), false
	for key, value := range d {
		if text, ok := value.(string); ok && len(text) >= long && utf8.ValidString(text) {
			if !ours {
				all, ours = maps.Clone(all), true
			}
			all[key] = json.RawMessage(appendQuoted(make([]byte, 0, len(text)+len(text)/16), text))
		}
	}
	return all
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
