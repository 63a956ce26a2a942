package diagram

import (
	"regexp"
	"strings"
)

// reading is a diagram's source as it is drawn, and what stands in it for those who do not see the drawing.
type reading struct {
	source, kind       string
	title, description string
}

// What Mermaid says beside the drawing (https://mermaid.js.org/config/accessibility.html): a title in front matter, accTitle: TEXT, accDescr: TEXT, or accDescr { TEXT }
// over several lines.
var (
	frontMatter = regexp.MustCompile(`(?s)\A\s*---\n(.*?)\n---\n`)
	frontTitle  = regexp.MustCompile(`(?m)^title:[ \t]*(.*)$`)
	accTitle    = regexp.MustCompile(`(?m)^[ \t]*accTitle[ \t]*:[ \t]*(.*)$\n?`)
	accDescr    = regexp.MustCompile(`(?m)^[ \t]*accDescr[ \t]*:[ \t]*(.*)$\n?`)
	accLong     = regexp.MustCompile(`(?ms)^[ \t]*accDescr[ \t]*\{(.*?)\}[ \t]*$\n?`)
	comment     = regexp.MustCompile(`(?m)^[ \t]*%%.*$\n?`)
	lineBreak   = regexp.MustCompile(`(?i)[ \t]*<br[ \t]*/?>[ \t]*`)
	headerEnd   = regexp.MustCompile(`\A(\s*\w[\w -]*);`)
	firstWord   = regexp.MustCompile(`\A\s*(\S+)`)
)

// read takes out of a source what is not drawn. Labels have one line.
func read(source string) (r reading) {
	take := func(pattern *regexp.Regexp, into *string) {
		if m := pattern.FindStringSubmatch(source); m != nil {
			*into = strings.Trim(strings.Join(strings.Fields(m[1]), " "), `"`)
			source = pattern.ReplaceAllString(source, "")
		}
	}
	var front string
	if m := frontMatter.FindStringSubmatch(source); m != nil {
		front, source = m[1], source[len(m[0]):]
	}
	if m := frontTitle.FindStringSubmatch(front); m != nil {
		r.title = strings.Trim(strings.TrimSpace(m[1]), `"'`)
	}
	take(accTitle, &r.title)
	take(accLong, &r.description)
	take(accDescr, &r.description)
	source = comment.ReplaceAllString(source, "")
	source = strings.TrimLeft(source, "\r\n\t ")
	r.source = headerEnd.ReplaceAllString(lineBreak.ReplaceAllString(source, " "), "$1\n")
	if m := firstWord.FindStringSubmatch(r.source); m != nil {
		r.kind = m[1]
	}
	return r
}
