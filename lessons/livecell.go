package lessons

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Live is what a page of a server has so that its cells can be run: the addresses of a script and its style. The page then has no content
// security policy of its own; the server must send one. Each code cell that can be run is a section with what the script needs to know
// of it:
//
//	data-cell      its name, or a digest of its source
//	data-source    its source
//	data-hide      what is not shown: code, output, all, or nothing
//	data-skip      present if it runs only when it is asked for by itself
//	data-may-fail  present if the cells after it are to run even if it fails; so it is for tests, which fail until an exercise is done
//	data-lock      present if readers are not to change it
//	data-needs     of a cell with the attribute deps: the keys (data-cell) of all cells that must be run before it, with spaces between them
//	data-terms     JSON, present if it runs under terms: what metadata.lesson of a request to execute it has to say; see [nbformat.ReadTerms]
//	data-test      present if it is a test: what passing it is worth, or nothing
//	data-answers   of a test: the keys of the cells of its exercise that stand above, which a reader may have changed since they ran
type Live struct {
	Script, Style string
}

// liveCell renders a cell without outputs; those come when it runs.
func (b *pageBuilder) liveCell(c *Cell) string {
	code, err := highlight("go", c.Source)
	if err != nil {
		b.err = err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<section class=\"cell\" aria-label=\"%s\" data-cell=\"%s\" data-source=\"%s\" data-hide=\"%s\"",
		html.EscapeString("Cell "+c.Label()), html.EscapeString(b.liveKey(c)), html.EscapeString(c.Source), c.Attrs.Hide)
	if c.Attrs.Name != "" {
		fmt.Fprintf(&out, " id=\"cell-%s\"", c.Attrs.Name)
	}
	if !c.Runs() {
		out.WriteString(" data-skip")
	}
	if mayFail(c) || c.Attrs.Role == Test || c.Attrs.Role == SelfCheck {
		out.WriteString(" data-may-fail")
	}
	if c.Attrs.ReadOnly() {
		out.WriteString(" data-lock")
	}
	if c.Attrs.Deps != nil {
		fmt.Fprintf(&out, " data-needs=\"%s\"", html.EscapeString(strings.Join(b.liveNeeds(c), " ")))
	}
	if terms := c.terms(); terms != "" {
		fmt.Fprintf(&out, " data-terms=\"%s\"", html.EscapeString(terms))
	}
	if c.Attrs.Role == Test || c.Attrs.Role == SelfCheck {
		fmt.Fprintf(&out, " data-test=\"%s\"", worth(c.Attrs.Worth()))
		if keys := b.liveAnswers(c); len(keys) > 0 {
			fmt.Fprintf(&out, " data-answers=\"%s\"", html.EscapeString(strings.Join(keys, " ")))
		}
	}
	fmt.Fprintf(&out, ">\n<div class=\"code\">%s</div>\n</section>\n", code)
	return out.String()
}

// liveKey tells cells of a page apart, and stays what it is when other cells come and go.
func (b *pageBuilder) liveKey(c *Cell) string {
	key := c.Attrs.Name
	if key == "" {
		sum := sha256.Sum256([]byte(c.Source))
		key = "#" + hex.EncodeToString(sum[:6])
	}
	if b.keys == nil {
		b.keys = map[string]int{}
	}
	b.keys[key]++
	if n := b.keys[key]; n > 1 {
		key = fmt.Sprintf("%s.%d", key, n)
	}
	if b.keyOf == nil {
		b.keyOf = map[*Cell]string{}
	}
	b.keyOf[c] = key
	return key
}

// liveNeeds are the keys of what must be run before a cell, all of which stand above it.
func (b *pageBuilder) liveNeeds(c *Cell) (keys []string) {
	l, needed := b.report.Lesson, map[*Cell]bool{}
	l.need(slices.Index(l.Cells, c), needed)
	for _, other := range l.Cells {
		if other != c && needed[other] && other.Runs() {
			keys = append(keys, b.keyOf[other])
		}
	}
	return keys
}

// liveAnswers are the keys of the cells that a test is about.
func (b *pageBuilder) liveAnswers(test *Cell) (keys []string) {
	for _, c := range b.report.Lesson.Cells {
		if c == test {
			break
		}
		if c.Attrs.Exercise != "" && c.Attrs.Exercise == test.Attrs.Exercise && c.Attrs.Role != Test && c.Attrs.Role != SelfCheck && c.Runs() {
			keys = append(keys, b.keyOf[c])
		}
	}
	return keys
}

// terms are the attributes that a kernel sees to, as JSON, or "".
func (c *Cell) terms() string {
	m := map[string]json.RawMessage{}
	for _, key := range []string{"memory", "seed"} {
		if v, ok := c.Attrs.value(key); ok {
			m[key] = v
		}
	}
	if len(m) == 0 {
		return ""
	}
	text, _ := json.Marshal(m) // which was JSON before
	return string(text)
}

// worth are points as people read them, or "".
func worth(points float64) string {
	switch points {
	case 0:
		return ""
	case 1:
		return "1 point"
	}
	return strconv.FormatFloat(points, 'f', -1, 64) + " points"
}

// WriteFragment writes Markdown, such as a cell displays it, as a page has it.
func (p Page) WriteFragment(w io.Writer, markdown string) error {
	b := &pageBuilder{page: p}
	html, err := b.convert([]byte(markdown))
	if err == nil {
		err = b.err
	}
	if err != nil {
		return fmt.Errorf("render Markdown: %w", err)
	}
	_, err = io.WriteString(w, html)
	return err
}
