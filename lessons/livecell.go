package lessons

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html"
	"io"
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
	if c.Attrs.Lock {
		out.WriteString(" data-lock")
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
	return key
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
