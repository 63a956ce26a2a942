package nbformat

import "strings"

// terminal is the text of a stream as a terminal would leave it: \r goes back to the start of the line and what follows
// writes over it, \b takes a character back, \n goes to the next line wherever the cursor stands. This is what JupyterLab
// stores, so a progress bar that was drawn a thousand times is one line in the file. Other control characters, and the
// escape sequences for colour, stay as they are.
type terminal struct {
	done   strings.Builder // finished lines, with their ends
	line   []rune          // the last line
	column int             // of the cursor in it
}

func (t *terminal) write(s string) {
	for {
		i := strings.IndexAny(s, "\n\r\b")
		if i < 0 {
			t.put(s)
			return
		}
		t.put(s[:i])
		t.control(s[i])
		s = s[i+1:]
	}
}

// put writes over what is at the cursor.
func (t *terminal) put(s string) {
	if s == "" {
		return
	}
	text := []rune(s)
	n := copy(t.line[t.column:], text)
	t.line = append(t.line, text[n:]...)
	t.column += len(text)
}

func (t *terminal) control(c byte) {
	switch c {
	case '\n':
		t.done.WriteString(string(t.line))
		t.done.WriteByte('\n')
		t.line, t.column = t.line[:0], 0
	case '\r':
		t.column = 0
	case '\b':
		t.back()
	}
}

// back takes the character before the cursor away; inside a line also the one under it, as JupyterLab does.
func (t *terminal) back() {
	if t.column == 0 {
		return
	}
	end := min(t.column+1, len(t.line))
	t.line = append(t.line[:t.column-1], t.line[end:]...)
	t.column--
}

func (t *terminal) String() string { return t.done.String() + string(t.line) }
