package playground

import (
	"fmt"
	"html"
	"math"
	"strings"

	"github.com/resident-go/resident/runtime/cost"
	"github.com/resident-go/resident/runtime/infer"
)

// Colours that can be told apart, and read, on light and on dark; text has the colour of the page.
const (
	modelColour, drawnColour     = "#8f8a80", "#d9722e"
	frozenColour, learningColour = "#2f7fb8", "#d9722e"
)

func (m Mode) colour() string {
	if m == Training {
		return learningColour
	}
	return frozenColour
}

// entropy of a distribution, in bits.
func entropy(cs []infer.Candidate) (bits float64) {
	for _, c := range cs {
		if c.Prob > 0 {
			bits -= c.Prob * math.Log2(c.Prob)
		}
	}
	return bits
}

// visible writes a token so that its blanks and line ends are seen.
func visible(token string) string {
	return html.EscapeString(strings.NewReplacer(" ", "␣", "\n", "⏎", "\r", "", "\t", "⇥").Replace(strings.ToValidUTF8(token, "�")))
}

// HTML is two bars for each token: the model's probability, and that with which it is drawn.
func (n Next) HTML() string {
	const row, left, width = 22, 90, 300
	var b strings.Builder
	height := row*len(n.Choices) + 26
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 560 %d" style="max-width:560px;width:100%%;font:12px sans-serif" fill="currentColor" role="img" aria-label="%s">`,
		height, html.EscapeString(n.label()))
	fmt.Fprintf(&b, `<text x="%d" y="13">the model says <tspan fill="%s">■</tspan>, drawn with %s <tspan fill="%s">■</tspan></text>`,
		left, modelColour, html.EscapeString(n.Options), drawnColour)
	for i, c := range n.Choices {
		y := 24 + row*i
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" font-family="monospace">%s</text>`, left-8, y+13, visible(c.Text))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="6" fill="%s"/>`, left, y+2, max(0.5, width*c.Model), modelColour)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="8" fill="%s"/>`, left, y+9, max(0.5, width*c.Drawn), drawnColour)
		drawn := "never"
		if c.Drawn > 0 {
			drawn = fmt.Sprintf("%.1f %%", 100*c.Drawn)
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.1f %% → %s</text>`, left+8+width*max(c.Model, c.Drawn), y+14, 100*c.Model, drawn)
	}
	b.WriteString("</svg>")
	fmt.Fprintf(&b, `<div style="font-size:smaller;opacity:.8">%s</div>`, html.EscapeString(n.label()))
	return b.String()
}

func (n Next) label() string {
	return fmt.Sprintf("%d of %d tokens can come next, %.2f bits of choice", n.Left, n.Of, n.Entropy)
}

func (n Next) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", n.Options, n.label())
	for _, c := range n.Choices {
		fmt.Fprintf(&b, "%-12q %5.1f %% -> %5.1f %%\n", c.Text, 100*c.Model, 100*c.Drawn)
	}
	return b.String()
}

// HTML is the network as a row of boxes, from the input to the output, with its state.
func (s State) HTML() string {
	const box, gap, height = 96, 14, 64
	var b strings.Builder
	width := len(s.Layers)*(box+gap) - gap
	fmt.Fprintf(&b, `<div><span style="color:%s" aria-hidden="true">●</span> <b>%s</b> <span>%s parameters, digest %s</span></div>`,
		s.Mode.colour(), s.Mode, cost.SI(float64(s.Params), ""), s.Digest.Short())
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" style="max-width:%dpx;width:100%%;font:11px sans-serif" fill="currentColor" role="img" aria-label="%s">`,
		width, height, width, html.EscapeString(s.String()))
	for i, l := range s.Layers {
		x := i * (box + gap)
		if i > 0 {
			fmt.Fprintf(&b, `<path d="M%d 40h%d" stroke="currentColor" stroke-opacity=".5"/>`, x-gap, gap)
		}
		fmt.Fprintf(&b, `<text x="%d" y="10" text-anchor="middle" opacity=".7">%s</text>`, x+box/2, l.Part)
		fmt.Fprintf(&b, `<g><title>%s</title><rect x="%d" y="17" width="%d" height="44" rx="5" fill="%s" fill-opacity=".15" stroke="%[4]s"/>`, l.shapes(), x+1, box-2, s.Mode.colour())
		fmt.Fprintf(&b, `<text x="%d" y="35" text-anchor="middle" font-weight="600">%s</text>`, x+box/2, html.EscapeString(l.Name))
		fmt.Fprintf(&b, `<text x="%d" y="51" text-anchor="middle">%s</text></g>`, x+box/2, l.size())
	}
	b.WriteString("</svg>")
	return b.String()
}

// shapes lists a layer's tensors.
func (l Layer) shapes() string {
	var all []string
	for _, t := range l.Tensors {
		all = append(all, fmt.Sprintf("%s %v", t.Name, t.Shape))
	}
	return html.EscapeString(strings.Join(all, "\n"))
}

// size is the shape of a layer that is one tensor, or how many numbers it has.
func (l Layer) size() string {
	switch {
	case len(l.Tensors) == 1 && len(l.Tensors[0].Shape) == 2:
		s := l.Tensors[0].Shape
		if l.Part == Output {
			return fmt.Sprintf("%d → %d", s[1], s[0])
		}
		return fmt.Sprintf("%d → %d", s[0], s[1])
	case l.Params >= 1000:
		return cost.SI(float64(l.Params), "")
	}
	return fmt.Sprint(l.Params)
}

func (s State) String() string {
	return fmt.Sprintf("%s: %d layers, %d parameters, digest %s", s.Mode, len(s.Layers), s.Params, s.Digest.Short())
}

// rows are the dashboard's lines.
func (d Dashboard) rows() [][2]string {
	updates := grouped(d.Updates)
	if d.Mode == Frozen {
		updates = fmt.Sprintf("%d (locked)", d.Last.ChangedWeights)
	}
	rows := [][2]string{{"weight updates", updates}}
	if d.Mode == Training {
		rows = append(rows, [2]string{"steps of training", grouped(d.Steps)}, [2]string{"loss", fmt.Sprintf("%.3f", d.Loss)})
	}
	q := d.Last
	return append(rows,
		[2]string{"response time", fmt.Sprintf("%s, first token after %s", cost.Seconds(q.Seconds), cost.Seconds(q.FirstToken))},
		[2]string{"tokens generated", fmt.Sprintf("%d, %.0f a second", q.NewTokens, q.TokensPerSecond())},
		[2]string{"cost per query", fmt.Sprintf("%s, or %s for a million such", cost.SI(q.FLOPs, "FLOP"), cost.Money(1e6*q.Price, q.Currency))},
	)
}

// grouped writes a number with a narrow blank before each three digits.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

// HTML is the dashboard as a table.
func (d Dashboard) HTML() string {
	var b strings.Builder
	b.WriteString(`<table>`)
	for _, r := range d.rows() {
		fmt.Fprintf(&b, `<tr><th style="text-align:left">%s</th><td style="text-align:left">%s</td></tr>`, r[0], html.EscapeString(r[1]))
	}
	b.WriteString(`</table>`)
	return b.String()
}

func (d Dashboard) String() string {
	var b strings.Builder
	for _, r := range d.rows() {
		fmt.Fprintf(&b, "%-18s %s\n", r[0], r[1])
	}
	return b.String()
}
