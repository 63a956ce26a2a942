package lessons

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
)

// escapes are the control sequences of terminals: CSI, OSC and the two-byte ones.
var escapes = regexp.MustCompile("\x1b\\[([0-9;:?]*)[ -/]*([@-~])|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[@-Z\\\\^_]?")

func stripANSI(s string) string { return escapes.ReplaceAllString(s, "") }

// terminalHTML renders what a cell printed as HTML: everything escaped, colours as spans, a carriage return starting
// its line again as a terminal does.
func terminalHTML(s string) string {
	var (
		b     strings.Builder
		style sgr
	)
	s = carriageReturns(s)
	at := 0
	write := func(text string) {
		if text == "" {
			return
		}
		open, closing := style.tags()
		b.WriteString(open + html.EscapeString(visible(text)) + closing)
	}
	for _, m := range escapes.FindAllStringSubmatchIndex(s, -1) {
		write(s[at:m[0]])
		at = m[1]
		if m[4] >= 0 && s[m[4]:m[5]] == "m" {
			style.apply(s[m[2]:m[3]])
		}
	}
	write(s[at:])
	return b.String()
}

// visible replaces control characters that no browser shows.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '\ufffd'
		}
		return r
	}, s)
}

func carriageReturns(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.Contains(s, "\r") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, "\r")
		lines[i] = line[strings.LastIndexByte(line, '\r')+1:]
	}
	return strings.Join(lines, "\n")
}

// sgr is the state of "select graphic rendition".
type sgr struct {
	bold, dim, italic, underline, inverse, strike bool

	fg, bg string // a class such as "3", a colour such as "#ff0000", or empty
}

// apply executes one sequence of parameters.
func (s *sgr) apply(params string) {
	codes := strings.FieldsFunc(params, func(r rune) bool { return r == ';' || r == ':' })
	if len(codes) == 0 {
		*s = sgr{}
	}
	for i := 0; i < len(codes); i++ {
		n, err := strconv.Atoi(codes[i])
		if err != nil {
			return
		}
		switch {
		case n == 38 || n == 48:
			colour, used := extended(codes[i+1:])
			if i += used; n == 38 {
				s.fg = colour
			} else {
				s.bg = colour
			}
		default:
			s.set(n)
		}
	}
}

func (s *sgr) set(n int) {
	switch {
	case n == 0:
		*s = sgr{}
	case n == 1:
		s.bold = true
	case n == 2:
		s.dim = true
	case n == 3:
		s.italic = true
	case n == 4:
		s.underline = true
	case n == 7:
		s.inverse = true
	case n == 9:
		s.strike = true
	case n == 22:
		s.bold, s.dim = false, false
	case n == 23:
		s.italic = false
	case n == 24:
		s.underline = false
	case n == 27:
		s.inverse = false
	case n == 29:
		s.strike = false
	case n >= 30 && n <= 37:
		s.fg = strconv.Itoa(n - 30)
	case n == 39:
		s.fg = ""
	case n >= 40 && n <= 47:
		s.bg = strconv.Itoa(n - 40)
	case n == 49:
		s.bg = ""
	case n >= 90 && n <= 97:
		s.fg = strconv.Itoa(n - 90 + 8)
	case n >= 100 && n <= 107:
		s.bg = strconv.Itoa(n - 100 + 8)
	}
}

// extended reads what follows 38 or 48: 5;n of the palette of 256, or 2;r;g;b.
func extended(codes []string) (colour string, used int) {
	n := make([]int, 0, 4)
	for _, c := range codes[:min(4, len(codes))] {
		v, _ := strconv.Atoi(c)
		n = append(n, v&0xff)
	}
	switch {
	case len(n) >= 2 && n[0] == 5:
		return palette(n[1]), 2
	case len(n) == 4 && n[0] == 2:
		return fmt.Sprintf("#%02x%02x%02x", n[1], n[2], n[3]), 4
	}
	return "", len(codes)
}

// palette is xterm's: 16 named colours, a cube of 6x6x6, 24 greys.
func palette(n int) string {
	switch {
	case n < 16:
		return strconv.Itoa(n)
	case n < 232:
		n -= 16
		level := func(v int) int { return min(v, 1)*55 + v*40 }
		return fmt.Sprintf("#%02x%02x%02x", level(n/36), level(n/6%6), level(n%6))
	}
	grey := 8 + 10*(n-232)
	return fmt.Sprintf("#%02x%02x%02x", grey, grey, grey)
}

// tags returns what surrounds text in this style.
func (s *sgr) tags() (open, closing string) {
	var classes, styles []string
	for _, c := range []struct {
		on   bool
		name string
	}{
		{s.bold, "ansi-bold"}, {s.dim, "ansi-dim"}, {s.italic, "ansi-italic"}, {s.underline, "ansi-underline"},
		{s.inverse, "ansi-inverse"}, {s.strike, "ansi-strike"},
	} {
		if c.on {
			classes = append(classes, c.name)
		}
	}
	for _, c := range []struct{ colour, class, property string }{{s.fg, "ansi-fg-", "color"}, {s.bg, "ansi-bg-", "background"}} {
		switch {
		case strings.HasPrefix(c.colour, "#"):
			styles = append(styles, c.property+":"+c.colour)
		case c.colour != "":
			classes = append(classes, c.class+c.colour)
		}
	}
	if len(classes)+len(styles) == 0 {
		return "", ""
	}
	open = "<span"
	if len(classes) > 0 {
		open += ` class="` + strings.Join(classes, " ") + `"`
	}
	if len(styles) > 0 {
		open += ` style="` + strings.Join(styles, ";") + `"`
	}
	return open + ">", "</span>"
}
