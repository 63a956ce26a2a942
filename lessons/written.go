package lessons

import "strings"

// written is how a cell stands in a lesson: what opens it, its source, what closes it. Prose has a region around it if it has attributes, or
// if it would be read otherwise without.
func (c *Cell) written(region bool) (open, body, end string) {
	attrs := canonicalAttrs(c.Kind, c.Attrs.All)
	switch {
	case c.Kind == Code:
		fence := strings.Repeat("`", max(3, longestFence(c.Source)+1))
		if c.NoEval {
			attrs = " .noeval" + attrs
		}
		if body = c.Source; c.Attrs.Include != "" {
			body = ""
		}
		return fence + "go" + attrs + "\n", body + "\n", fence + "\n"
	case c.Kind == Raw:
		return "<!-- #raw" + attrs + " -->\n", c.Source + "\n", "<!-- #endraw -->\n"
	case region || attrs != "":
		return "<!-- #region" + attrs + " -->\n", c.Source + "\n", "<!-- #endregion -->\n"
	}
	return "", c.Source, ""
}

// longestFence is the longest row of backticks that begins a line.
func longestFence(source string) (n int) {
	for line := range strings.Lines(source) {
		line = strings.TrimLeft(line, " \t")
		n = max(n, len(line)-len(strings.TrimLeft(line, "`")))
	}
	return n
}
