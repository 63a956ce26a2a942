package lessons

import (
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/resident-go/resident/nbformat"
)

// codeCell renders a code cell with its outputs.
func (b *pageBuilder) codeCell(r *CellReport) string {
	if b.page.Live != nil && !r.Cell.NoEval {
		return b.liveCell(r.Cell)
	}
	c := r.Cell
	showCode := c.Attrs.Hide != HideCode && c.Attrs.Hide != HideAll
	showOutputs := c.Attrs.Hide != HideOutput && c.Attrs.Hide != HideAll && len(r.Outputs) > 0 && !b.living(c)
	behind := ""
	if b.living(c) && c.Attrs.Hide != HideAll {
		behind = b.playground(c)
	}
	if !showCode && !showOutputs && r.Status != Failed {
		return behind
	}
	var out strings.Builder
	id := ""
	if c.Attrs.Name != "" {
		id = fmt.Sprintf(` id="cell-%s"`, c.Attrs.Name)
	}
	fmt.Fprintf(&out, "<section class=\"cell%s\"%s%s>\n", cellClass(r), id, cellLabel(r))
	if showCode {
		code, err := highlight("go", c.Source)
		if err != nil {
			b.err = err
		}
		out.WriteString("<div class=\"code\">" + note(r) + code + "</div>\n")
	}
	if showOutputs {
		b.outputs(&out, r.Outputs)
	}
	if r.Status == Failed {
		out.WriteString(problem(r))
	}
	out.WriteString("</section>\n")
	return out.String() + behind
}

func cellClass(r *CellReport) string {
	switch {
	case r.Cell.NoEval:
		return " noeval"
	case r.Status == Failed:
		return " failed"
	}
	return ""
}

// cellLabel names a cell for readers who jump from one to the next. A name that several cells have would help nobody.
func cellLabel(r *CellReport) string {
	switch {
	case r.Count > 0:
		return fmt.Sprintf(` aria-label="Code cell %d"`, r.Count)
	case r.Cell.Attrs.Name != "":
		return fmt.Sprintf(` aria-label="Code cell %s"`, r.Cell.Attrs.Name)
	}
	return ""
}

// note is the small print in the corner of a cell: its number, its time, and whether its output was checked; or why it was not run.
func note(r *CellReport) string {
	if r.Status == NotRun && r.Problem != "" {
		return "<div class=\"cell-info\"><span>not run: " + html.EscapeString(r.Problem) + "</span></div>"
	}
	if r.Count == 0 {
		return ""
	}
	parts := []string{fmt.Sprintf("<span class=\"count\">%d</span>", r.Count)}
	if r.Elapsed.Milliseconds() >= 500 {
		parts = append(parts, fmt.Sprintf("<span>%s</span>", Elapsed(r.Elapsed)))
	}
	if r.Status == Passed && r.Cell.Want != nil {
		parts = append(parts, `<span class="checked" title="The output was compared with the expected one">checked</span>`)
	}
	return "<div class=\"cell-info\">" + strings.Join(parts, "") + "</div>"
}

func problem(r *CellReport) string {
	line, details, _ := strings.Cut(r.Problem, "\n")
	s := "<div class=\"problem\" role=\"alert\"><p>" + html.EscapeString(line) + "</p>"
	if details != "" {
		s += "<pre tabindex=\"0\">" + diffHTML(details) + "</pre>"
	}
	return s + "</div>\n"
}

// diffHTML marks the lines of a diff.
func diffHTML(diff string) string {
	lines := strings.Split(html.EscapeString(diff), "\n")
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "-"):
			lines[i] = "<del>" + line + "</del>"
		case strings.HasPrefix(line, "+"):
			lines[i] = "<ins>" + line + "</ins>"
		}
	}
	return strings.Join(lines, "\n")
}

func (b *pageBuilder) outputs(out *strings.Builder, outputs []nbformat.Output) {
	out.WriteString("<div class=\"outputs\">\n")
	for _, o := range outputs {
		b.output(out, o)
	}
	out.WriteString("</div>\n")
}

func (b *pageBuilder) output(out *strings.Builder, o nbformat.Output) {
	switch o.Type {
	case nbformat.Stream:
		class := "stdout"
		if o.Name == "stderr" {
			class = "stderr"
		}
		writePre(out, class, o.Text)
	case nbformat.ErrorOutput:
		trace := strings.Join(o.Traceback, "\n")
		if trace == "" {
			trace = o.EName + ": " + o.EValue
		}
		writePre(out, "error", trace)
	case nbformat.DisplayData, nbformat.ExecuteResult:
		b.bundle(out, o.Data)
	}
}

func writePre(out *strings.Builder, class, text string) {
	fmt.Fprintf(out, "<pre class=\"%s\" tabindex=\"0\">%s</pre>\n", class, terminalHTML(strings.TrimRight(text, "\n")))
}

// mimeTypes lists what a page can show, the richest first.
var mimeTypes = []struct {
	name  string
	write func(b *pageBuilder, out *strings.Builder, v any)
}{
	{"text/html", writeRaw("html")},
	{"image/svg+xml", writeRaw("picture")},
	{"image/png", writePicture("image/png")},
	{"image/jpeg", writePicture("image/jpeg")},
	{"image/gif", writePicture("image/gif")},
	{"image/webp", writePicture("image/webp")},
	{"text/markdown", func(b *pageBuilder, out *strings.Builder, v any) {
		html, err := (&pageBuilder{page: b.page}).convert([]byte(mimeText(v)))
		if err != nil {
			b.err = err
		}
		out.WriteString("<div class=\"html\">" + html + "</div>\n")
	}},
	{"text/plain", func(_ *pageBuilder, out *strings.Builder, v any) { writePre(out, "result", mimeText(v)) }},
	{"application/json", func(b *pageBuilder, out *strings.Builder, v any) {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			b.err = err
		}
		writePre(out, "result", string(text))
	}},
}

// widgetView is the form of controls. A page has no kernel to move them for, and shows what they stood at as text.
const widgetView = "application/vnd.jupyter.widget-view+json"

func (b *pageBuilder) bundle(out *strings.Builder, data map[string]any) {
	if _, ok := data[widgetView]; ok {
		out.WriteString("<p class=\"still\">Controls. They move where the cell is run: in a notebook, or on a page that is served.</p>\n")
	}
	for _, t := range mimeTypes {
		if v, ok := data[t.name]; ok {
			t.write(b, out, v)
			return
		}
	}
}

// darkInk is found in a drawing that was made for white paper. On a dark page it lies on a plate.
var darkInk = regexp.MustCompile(`(?i)(#000(000)?\b|[:"'\s]black\b|rgb\(\s*0[\s,]+0[\s,]+0\s*\))`)

func writeRaw(class string) func(*pageBuilder, *strings.Builder, any) {
	return func(_ *pageBuilder, out *strings.Builder, v any) {
		text := mimeText(v)
		if i := strings.Index(text, "<svg"); class == "picture" && i > 0 {
			text = text[i:] // behind an XML declaration, which HTML does not know
		}
		plate := ""
		if class == "picture" && darkInk.MatchString(text) {
			plate = " plate"
		}
		out.WriteString("<div class=\"" + class + plate + "\">" + sanitize(text) + "</div>\n")
	}
}

func writePicture(kind string) func(*pageBuilder, *strings.Builder, any) {
	return func(_ *pageBuilder, out *strings.Builder, v any) {
		base64 := strings.Join(strings.Fields(mimeText(v)), "")
		fmt.Fprintf(out, "<div class=\"picture plate\"><img src=\"data:%s;base64,%s\" alt=\"Picture shown by the cell\"></div>\n",
			kind, html.EscapeString(base64))
	}
}

// PlainText is the text of an output that is no stream, for those who see only text.
func PlainText(o nbformat.Output) string {
	if o.Type == nbformat.ErrorOutput {
		return stripANSI(strings.Join(o.Traceback, "\n"))
	}
	for _, kind := range []string{"text/plain", "text/markdown"} {
		if s := mimeText(o.Data[kind]); s != "" {
			return s
		}
	}
	return "[" + strings.Join(slices.Sorted(maps.Keys(o.Data)), ", ") + "]"
}
