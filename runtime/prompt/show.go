package prompt

import (
	"cmp"
	"fmt"
	"html"
	"strings"
	"text/tabwriter"
)

// String is a table: each part with its tokens and what it lost, and the sum.
func (p Prompt) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "part\ttokens\tof\tcut\n")
	for _, f := range p.Parts {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", f.Name, f.Tokens, f.Had, cmp.Or(f.story(), "-"))
	}
	fmt.Fprintf(w, "prompt\t%d\t%d\tbudget: %d\n", p.Tokens, p.had(), p.Budget)
	w.Flush()
	return b.String()
}

func (p Prompt) had() (n int) {
	for _, f := range p.Parts {
		n += f.Had
	}
	return n
}

// story says what a part lost: "2 of 5 items (first): ...".
func (f Fate) story() string {
	if f.Cut == Never {
		return ""
	}
	what := map[Cut]string{TrimStart: "beginning", TrimEnd: "end", DropAll: "all of it"}[f.Cut]
	if lost := f.Items - f.Kept; f.Items > 0 && f.Cut != DropAll {
		what = fmt.Sprintf("%d of %d items, the %s ones", lost, f.Items, map[Cut]string{DropFirst: "first", DropLast: "last"}[f.Cut])
	}
	return what + ": " + excerpt(f.Lost)
}

// excerpt is the beginning of a text, on one line.
func excerpt(s string) string {
	const most = 40
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// HTML is how a notebook shows a prompt: a bar for the budget, the parts in it, the text, and what was cut, struck out.
func (p Prompt) HTML() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div><div>%d of %d tokens</div>`, p.Tokens, p.Budget)
	fmt.Fprintf(&b, `<div style="display:flex;height:1em;max-width:40em;border:1px solid #8886" role="img" aria-label="%d of %d tokens used">`, p.Tokens, p.Budget)
	for i, f := range p.Parts {
		if f.Tokens > 0 {
			fmt.Fprintf(&b, `<div title="%s: %d tokens" style="width:%.1f%%;background:%s"></div>`,
				html.EscapeString(f.Name), f.Tokens, 100*float64(f.Tokens)/float64(max(1, p.Budget)), colours[i%len(colours)])
		}
	}
	b.WriteString(`</div><table><tr><th>part</th><th>tokens</th><th>of</th><th>cut</th></tr>`)
	for i, f := range p.Parts {
		fmt.Fprintf(&b, `<tr><td><span style="color:%s">■</span> %s</td><td>%d</td><td>%d</td><td>%s</td></tr>`,
			colours[i%len(colours)], html.EscapeString(f.Name), f.Tokens, f.Had, html.EscapeString(f.story()))
	}
	fmt.Fprintf(&b, `</table><pre style="white-space:pre-wrap;max-width:60em">%s</pre></div>`, html.EscapeString(p.Text))
	return b.String()
}

// The colours of parts: far apart from each other on white and on black, also for eyes that do not tell red from green (Okabe and Ito).
var colours = []string{"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"}
