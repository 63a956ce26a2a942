package lessons

import (
	"bytes"
	"strings"
)

// edit puts a text in the place of some bytes of a source.
type edit struct {
	start, end int
	text       string
}

// splice makes edits, which are in order and apart. All other bytes stay.
func splice(src []byte, edits []edit) []byte {
	var out bytes.Buffer
	done := 0
	for _, e := range edits {
		out.Write(src[done:e.start])
		out.WriteString(e.text)
		done = e.end
	}
	out.Write(src[done:])
	return out.Bytes()
}

// without takes an attribute off a cell, with the space in front of it. The edit is empty if it has none.
func (c *Cell) without(key string, src []byte) edit {
	for _, at := range c.Attrs.All {
		if at.Key == key {
			before := bytes.TrimRight(src[:at.Pos.Offset], " \t")
			return edit{len(before), at.end, ""}
		}
	}
	return edit{c.Body.Offset, c.Body.Offset, ""}
}

// reindent is a cell's new source as it stands in a file: with the ends of lines that the file has, and behind the spaces that stand before the
// cell's fence.
func (c *Cell) reindent(src []byte, source string) string {
	indent := ""
	if c.Kind == Code {
		indent = indentOf(string(src[c.Pos.Offset:c.Body.Offset]))
		source += "\n"
	}
	lines := strings.SplitAfter(source, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			lines[i] = indent + l
		}
	}
	return strings.ReplaceAll(strings.Join(lines, ""), "\n", lineEnd(src))
}

// lineEnd is how the first line of a file ends.
func lineEnd(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func trimEOLs(b []byte) []byte { return bytes.TrimLeft(b, "\r\n") }
